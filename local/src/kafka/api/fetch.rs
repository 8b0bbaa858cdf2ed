//! Records, read; with waiting until there are enough.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse};
use tokio::time::{Instant, timeout_at};

use super::{Shared, millis};
use crate::kafka::log::Partition;
use crate::kafka::state::State;
use crate::lock::lock;

/// The longest that a client may wait for records.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The most bytes of records in an answer, unless one batch is larger: Apache Kafka's `fetch.max.bytes`.
const MOST_BYTES: usize = 55 * 1024 * 1024;

/// Answers with records, once there are as many bytes as the client wants, or its time is up. Fetch sessions are not
/// kept: the answer names session 0, and every request is complete.
pub(super) async fn fetch(shared: &Shared, request: &FetchRequest, refused: Option<i16>) -> FetchResponse {
    if let Some(code) = refused {
        return empty(request, code);
    }
    let until = Instant::now() + millis(request.max_wait_ms).min(LONGEST_WAIT);
    let least = usize::try_from(request.min_bytes).unwrap_or_default();
    loop {
        let appended = shared.appended.notified();
        tokio::pin!(appended);
        // From here on, an append is not missed.
        appended.as_mut().enable();
        let enough = enough(&lock(&shared.state), request, least);
        if enough || timeout_at(until, appended).await.is_err() {
            return read(&lock(&shared.state), request);
        }
    }
}

/// Returns whether there is enough to answer, or something to refuse.
fn enough(state: &State, request: &FetchRequest, least: usize) -> bool {
    let mut available = 0;
    for (topic, asked) in partitions(request) {
        match state.topics.get(topic).and_then(|topic| topic.partition(asked.partition)) {
            Some(log) if (log.start()..=log.end()).contains(&asked.fetch_offset) => {
                available += log.available(asked.fetch_offset);
            }
            _ => return true,
        }
    }
    available >= least
}

fn partitions(
    request: &FetchRequest,
) -> impl Iterator<Item = (&str, &kafka_protocol::messages::fetch_request::FetchPartition)> {
    request.topics.iter().flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic.as_str(), partition)))
}

/// Reads the partitions in the order of the request, until the bytes are used up.
fn read(state: &State, request: &FetchRequest) -> FetchResponse {
    let mut left = usize::try_from(request.max_bytes).unwrap_or_default().min(MOST_BYTES);
    let mut nothing_yet = true;
    let topic = |asked: &kafka_protocol::messages::fetch_request::FetchTopic| {
        let known = state.topics.get(asked.topic.as_str());
        let partition = |partition: &kafka_protocol::messages::fetch_request::FetchPartition| {
            let Some(log) = known.and_then(|topic| topic.partition(partition.partition)) else {
                return refusal(partition.partition, ResponseError::UnknownTopicOrPartition.code());
            };
            let most = usize::try_from(partition.partition_max_bytes).unwrap_or_default().min(left);
            let found = log.fetch(partition.fetch_offset, most, nothing_yet);
            let records = found.as_ref().map_or(0, Bytes::len);
            left = left.saturating_sub(records);
            nothing_yet = nothing_yet && records == 0;
            match found {
                Ok(records) => described(partition.partition, log).with_records(Some(records)),
                Err(code) => refusal(partition.partition, code.code()),
            }
        };
        let partitions = asked.partitions.iter().map(partition).collect();
        FetchableTopicResponse::default().with_topic(asked.topic.clone()).with_partitions(partitions)
    };
    FetchResponse::default().with_responses(request.topics.iter().map(topic).collect())
}

fn described(partition: i32, log: &Partition) -> PartitionData {
    PartitionData::default()
        .with_partition_index(partition)
        .with_high_watermark(log.end())
        .with_last_stable_offset(log.end())
}

fn refusal(partition: i32, code: i16) -> PartitionData {
    let data = PartitionData::default().with_partition_index(partition).with_error_code(code);
    data.with_high_watermark(-1).with_records(Some(Bytes::new()))
}

fn empty(request: &FetchRequest, code: i16) -> FetchResponse {
    let topic = |asked: &kafka_protocol::messages::fetch_request::FetchTopic| {
        let partitions = asked.partitions.iter().map(|partition| refusal(partition.partition, code)).collect();
        FetchableTopicResponse::default().with_topic(asked.topic.clone()).with_partitions(partitions)
    };
    FetchResponse::default().with_responses(request.topics.iter().map(topic).collect())
}
