//! The message that Lambda sends to an on-failure destination: one for a batch, without the records themselves.
//!
//! Lambda developer guide, "Capturing discarded batches for an Apache Kafka event source".

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::feed::DiscardCondition;
use super::record::{Frame, Records, count};

/// What is known about an attempt that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The request id of the last invocation, or of none.
    pub(super) request_id: &'a str,
    /// How often the records were delivered.
    pub(super) invocations: u32,
    /// Whether the function failed, instead of naming records that it did not finish.
    pub(super) error: bool,
}

/// Writes the message about discarded records. Offsets are text, as in AWS's own examples.
pub(super) fn message(
    frame: &Frame,
    (function_arn, bootstrap_servers): (&str, &str),
    condition: DiscardCondition,
    attempt: Attempt<'_>,
    records: &Records,
    now: i64,
) -> Value {
    let mut infos = Map::new();
    for (partition, records) in records {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { continue };
        let info = json!({
            "firstRecordOffset": first.offset.to_string(),
            "lastRecordOffset": last.offset.to_string(),
            "firstRecordTimestamp": written(first.timestamp),
            "lastRecordTimestamp": written(last.timestamp),
        });
        infos.insert(frame.name(*partition), info);
    }
    let mut response = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
    if attempt.error
        && let Some(response) = response.as_object_mut()
    {
        response.insert("functionError".to_owned(), "Unhandled".into());
    }
    json!({
        "requestContext": {
            "requestId": attempt.request_id,
            "functionArn": function_arn,
            "condition": condition.as_str(),
            "approximateInvokeCount": attempt.invocations,
        },
        "responseContext": if attempt.invocations == 0 { Value::Null } else { response },
        "version": "1.0",
        "timestamp": written(now),
        "KafkaBatchInfo": {
            "batchSize": count(records),
            "bootstrapServers": bootstrap_servers,
            "payloadSize": frame.event(records).len(),
            "recordsInfo": infos,
        },
    })
}

fn written(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
