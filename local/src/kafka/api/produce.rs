//! Records, appended as they came.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{
    InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse, ProducerId,
};

use super::{Shared, code};
use crate::kafka::batch::Batch;
use crate::kafka::state::State;

/// Appends the batches of a request, each alone. A client that wants no acknowledgement gets no answer.
pub(super) fn produce(
    shared: &Shared,
    request: &ProduceRequest,
    version: i16,
    refused: Option<i16>,
) -> Option<ProduceResponse> {
    let wrong = if !matches!(request.acks, -1..=1) {
        Some(ResponseError::InvalidRequiredAcks)
    } else if request.transactional_id.is_some() {
        Some(ResponseError::TransactionalIdAuthorizationFailed)
    } else {
        None
    };
    let topics = shared.change(|state| {
        let topic = |asked: &kafka_protocol::messages::produce_request::TopicProduceData| {
            let partition = |asked_partition: &kafka_protocol::messages::produce_request::PartitionProduceData| {
                let answer = PartitionProduceResponse::default().with_index(asked_partition.index);
                let appended = match (refused.map(error), wrong) {
                    (Some(code), _) | (None, Some(code)) => Err(code),
                    (None, None) => append(state, &asked.name, asked_partition.index, asked_partition.records.as_ref()),
                };
                let answer = answer.with_error_code(code(&appended)).with_base_offset(appended.unwrap_or(-1));
                let log =
                    state.topics.get(asked.name.as_str()).and_then(|topic| topic.partition(asked_partition.index));
                let start = log.map_or(-1, crate::kafka::log::Partition::start);
                if version >= 5 { answer.with_log_start_offset(start) } else { answer }
            };
            let partitions = asked.partition_data.iter().map(partition).collect();
            TopicProduceResponse::default().with_name(asked.name.clone()).with_partition_responses(partitions)
        };
        request.topic_data.iter().map(topic).collect()
    });
    (request.acks != 0).then(|| ProduceResponse::default().with_responses(topics))
}

fn append(state: &mut State, topic: &str, partition: i32, records: Option<&Bytes>) -> Result<i64, ResponseError> {
    let known = state.topics.get(topic).and_then(|topic| topic.partition(partition));
    known.ok_or(ResponseError::UnknownTopicOrPartition)?;
    let records = records.filter(|records| !records.is_empty()).ok_or(ResponseError::InvalidRecord)?;
    if records.len() > state.largest_batch {
        return Err(ResponseError::MessageTooLarge);
    }
    state.append(topic, partition, Batch::read(records.clone())?)
}

fn error(code: i16) -> ResponseError {
    ResponseError::try_from_code(code).unwrap_or(ResponseError::UnknownServerError)
}

/// Gives an idempotent producer its number. Transactions do not exist here.
pub(super) fn init(shared: &Shared, request: &InitProducerIdRequest, refused: Option<i16>) -> InitProducerIdResponse {
    let wrong = request.transactional_id.is_some().then(|| ResponseError::TransactionalIdAuthorizationFailed.code());
    let answer = InitProducerIdResponse::default();
    if let Some(code) = refused.or(wrong) {
        return answer.with_error_code(code).with_producer_id(ProducerId(-1)).with_producer_epoch(-1);
    }
    answer.with_producer_id(ProducerId(shared.change(State::next_producer))).with_producer_epoch(0)
}
