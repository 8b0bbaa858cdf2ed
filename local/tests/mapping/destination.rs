//! What the on-failure destination receives.

use local::mapping::{DiscardCondition, MappingEvent, MappingSettings, ProvisionedMode};
use serde_json::{Value, json};

use crate::stage::{START, Stage, done, error, named, offsets, on_demand};

fn giving_up_at_once() -> MappingSettings {
    let provisioned = ProvisionedMode { retries: Some(0), partial: true, ..ProvisionedMode::default() };
    MappingSettings {
        provisioned: Some(provisioned),
        on_failure: true,
        bootstrap_servers: vec!["a:9196".to_owned(), "b:9196".to_owned()],
        ..on_demand()
    }
}

#[test]
fn the_message_describes_the_batch_without_its_records() {
    let mut stage = Stage::new(giving_up_at_once());
    stage.read_many(0, 7..9);
    stage.now += 25;
    stage.read_many(0, 9..10);
    stage.read_many(1, 0..1);
    let delivery = stage.carry_out(error());
    let expected = json!({
        "requestContext": {
            "requestId": delivery.request_id,
            "functionArn": "arn:aws:lambda:eu-west-1:000000000000:function:local",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": "2027-01-15T08:00:00.025Z",
        "KafkaBatchInfo": {
            "batchSize": 4,
            "bootstrapServers": "a:9196,b:9196",
            "payloadSize": delivery.event.len(),
            "recordsInfo": {
                "t-0": {
                    "firstRecordOffset": "7", "lastRecordOffset": "9",
                    "firstRecordTimestamp": "2027-01-15T08:00:00.000Z",
                    "lastRecordTimestamp": "2027-01-15T08:00:00.025Z",
                },
                "t-1": {
                    "firstRecordOffset": "0", "lastRecordOffset": "0",
                    "firstRecordTimestamp": "2027-01-15T08:00:00.025Z",
                    "lastRecordTimestamp": "2027-01-15T08:00:00.025Z",
                },
            },
        },
    });
    assert_eq!((START, stage.failures()), (1_800_000_000_000, vec![expected.clone()]));
    // The keys are in the order of AWS's own examples.
    assert_eq!(stage.failures()[0].to_string(), expected.to_string());
}

#[test]
fn the_count_of_invocations_is_that_of_all_attempts() {
    let mut stage = Stage::new(MappingSettings { on_failure: true, ..on_demand() });
    stage.read(0, 0, "");
    for _ in 0..11 {
        stage.carry_out(error());
        stage.now += 60_000;
    }
    assert_eq!(stage.failures()[0]["requestContext"]["approximateInvokeCount"], 11);
}

#[test]
fn assumed_records_that_the_function_named_have_no_function_error() {
    let mut stage = Stage::new(giving_up_at_once());
    stage.read_many(0, 0..3);
    stage.carry_out(named(&[("t-0", 1)]));
    let failure = stage.failures().remove(0);
    assert_eq!(failure["responseContext"], json!({ "statusCode": 200, "executedVersion": "$LATEST" }));
    assert_eq!(failure["KafkaBatchInfo"]["batchSize"], 2);
}

#[test]
fn a_record_that_is_too_large_for_an_event_goes_to_the_destination() {
    for on_failure in [true, false] {
        let mut stage = Stage::new(MappingSettings { on_failure, ..on_demand() });
        stage.read(0, 0, "before");
        stage.carry_out(done());
        stage.read(0, 1, vec![b'x'; 5_000_000]);
        stage.read(0, 2, "behind");
        assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 2..3)]));
        assert_eq!(stage.commit(), [(0, 3)].into());
        let discarded = stage.events().into_iter().find_map(|event| match event {
            MappingEvent::Discarded { condition, offsets, message, .. } => Some((condition, offsets, message)),
            _ => None,
        });
        let (condition, of, message) = discarded.unwrap();
        assert_eq!((condition, of), (DiscardCondition::MaximumPayloadSizeExceeded, offsets(&[(0, 1..2)])));
        assert_eq!(message.is_some(), on_failure);
        let message =
            message.unwrap_or_else(|| json!({ "requestContext": { "condition": "MaximumPayloadSizeExceeded" } }));
        assert_eq!(message["requestContext"]["condition"], "MaximumPayloadSizeExceeded");
        assert_eq!(message["responseContext"], Value::Null);
    }
}

/// Records in front of it are finished first.
#[test]
fn a_record_that_is_too_large_waits_for_its_turn() {
    let mut stage = Stage::new(MappingSettings { on_failure: true, ..on_demand() });
    stage.read(0, 0, "before");
    stage.read(0, 1, vec![b'x'; 5_000_000]);
    let first = stage.delivery();
    assert_eq!((first.offsets.clone(), stage.pause()), (offsets(&[(0, 0..1)]), None));
    assert!(stage.failures().is_empty());
    stage.answer(&first, done());
    assert_eq!((stage.pause(), stage.failures().len()), (None, 1));
}
