//! Offsets by time.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::Shared;
use crate::kafka::log::Partition;
use crate::lock::lock;

/// The times that are names: the end of the log, its start, and its newest record.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const NEWEST: i64 = -3;

/// Answers which offset each partition has at a time.
pub(super) fn list(
    shared: &Shared,
    request: &ListOffsetsRequest,
    version: i16,
    refused: Option<i16>,
) -> ListOffsetsResponse {
    let state = lock(&shared.state);
    let topic = |asked: &kafka_protocol::messages::list_offsets_request::ListOffsetsTopic| {
        let partition = |partition: &kafka_protocol::messages::list_offsets_request::ListOffsetsPartition| {
            let log =
                state.topics.get(asked.name.as_str()).and_then(|topic| topic.partition(partition.partition_index));
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(partition.partition_index);
            let unknown = ResponseError::UnknownTopicOrPartition.code();
            let Some(log) = log.filter(|_| refused.is_none()) else {
                return answer.with_error_code(refused.unwrap_or(unknown));
            };
            let Some((offset, time)) = offset_at(log, partition.timestamp) else { return answer };
            let answer = answer.with_offset(offset).with_timestamp(time);
            if version >= 4 { answer.with_leader_epoch(0) } else { answer }
        };
        let partitions = asked.partitions.iter().map(partition).collect();
        ListOffsetsTopicResponse::default().with_name(asked.name.clone()).with_partitions(partitions)
    };
    ListOffsetsResponse::default().with_topics(request.topics.iter().map(topic).collect())
}

fn offset_at(log: &Partition, time: i64) -> Option<(i64, i64)> {
    match time {
        LATEST => Some((log.end(), -1)),
        EARLIEST => Some((log.start(), -1)),
        NEWEST => log.newest(),
        time => log.first_since(time),
    }
}
