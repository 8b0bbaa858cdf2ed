//! How often and when a batch is delivered again.

use local::Answer;
use local::mapping::{MappingSettings, ProvisionedMode};

use crate::stage::{Stage, done, error, named, offsets, on_demand, provisioned};

/// Lets every attempt fail until nothing is delivered any more; at most `most` attempts.
fn attempts(stage: &mut Stage, most: usize, answer: &Answer) -> usize {
    for count in 0..most {
        stage.carry_out(answer.clone());
        match stage.pause() {
            Some(wait) => stage.now += wait,
            None => return count + 1,
        }
    }
    most
}

#[test]
fn on_demand_without_a_destination_a_batch_is_retried_for_ever() {
    let mut stage = Stage::new(on_demand());
    stage.read_many(0, 0..2);
    assert_eq!(attempts(&mut stage, 100, &error()), 100);
    assert!(stage.commit().is_empty());
}

#[test]
fn with_a_destination_a_batch_is_retried_ten_times() {
    for settings in [on_demand(), provisioned()] {
        let mut stage = Stage::new(MappingSettings { on_failure: true, ..settings });
        stage.read_many(0, 0..2);
        assert_eq!(attempts(&mut stage, 100, &error()), 11);
        assert_eq!(stage.failures().len(), 1);
        assert_eq!(stage.commit(), [(0, 2)].into());
        stage.read_many(0, 2..3);
        assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 2..3)]), "the partition goes on");
    }
}

#[test]
fn the_first_attempt_is_no_retry() {
    for retries in [0, 1, 5] {
        let limited = ProvisionedMode { retries: Some(retries), ..ProvisionedMode::default() };
        for on_failure in [true, false] {
            let provisioned = Some(limited.clone());
            let mut stage = Stage::new(MappingSettings { provisioned, on_failure, ..on_demand() });
            stage.read_many(0, 0..2);
            assert_eq!(attempts(&mut stage, 100, &error()), usize::try_from(retries).unwrap() + 1);
            assert_eq!(stage.failures().len(), usize::from(on_failure));
            assert_eq!(stage.status().dropped, if on_failure { 0 } else { 2 });
            assert_eq!(stage.commit(), [(0, 2)].into());
        }
    }
}

#[test]
fn assumed_partial_responses_use_up_retries() {
    let limited = ProvisionedMode { retries: Some(2), partial: true, ..ProvisionedMode::default() };
    let mut stage = Stage::new(MappingSettings { provisioned: Some(limited), on_failure: true, ..on_demand() });
    stage.read_many(0, 0..9);
    for offset in [1, 2, 3] {
        stage.carry_out(named(&[("t-0", offset)]));
        stage.now += 60_000;
    }
    assert_eq!(stage.pause(), None);
    let failures = stage.failures();
    assert_eq!(failures[0]["KafkaBatchInfo"]["recordsInfo"]["t-0"]["firstRecordOffset"], "3");
    assert_eq!(stage.commit(), [(0, 9)].into());
}

#[test]
fn assumed_waits_double_from_a_second_to_a_minute() {
    for (speed, expected) in [
        (1, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]),
        (10, [100, 200, 400, 800, 1_600, 3_200, 6_000, 6_000]),
    ] {
        let mut stage = Stage::new(MappingSettings { retry_speed: speed, ..on_demand() });
        stage.read(0, 0, "");
        let waits = expected.map(|_| {
            stage.carry_out(error());
            stage.wait()
        });
        assert_eq!(waits, expected);
    }
    let mut stage = Stage::new(on_demand());
    stage.read(0, 0, "");
    stage.carry_out(error());
    stage.mapping.retry_now();
    stage.carry_out(error());
    assert_eq!(stage.pause(), Some(2_000));
}

#[test]
fn assumed_a_throttled_invocation_uses_up_no_retry() {
    let mut stage = Stage::new(MappingSettings { on_failure: true, ..on_demand() });
    stage.read(0, 0, "");
    for _ in 0..50 {
        stage.carry_out(Answer::Throttled);
        stage.wait();
    }
    assert_eq!(attempts(&mut stage, 100, &error()), 11);
}

#[test]
fn a_throttled_mapping_invokes_less_at_once() {
    let mut stage = Stage::new(MappingSettings { batch_size: 1, ..provisioned() });
    stage.mapping.assign(0..12);
    for partition in 0..12 {
        stage.read(partition, 0, "");
    }
    let five: Vec<_> = (0..5).map(|_| stage.delivery()).collect();
    stage.answer(&five[0], Answer::Throttled);
    assert_eq!(stage.pause(), Some(1_000), "two at once, and four run");
    for delivery in &five[1..4] {
        stage.answer(delivery, done());
    }
    // Each answer lets one more be invoked at once, up to five.
    for _ in 0..4 {
        stage.delivery();
    }
    assert_eq!(stage.pause(), Some(1_000));
}

#[test]
fn a_record_that_is_too_old_is_not_sent() {
    let limited = ProvisionedMode { record_age: Some(60), ..ProvisionedMode::default() };
    let mut stage = Stage::new(MappingSettings { provisioned: Some(limited), on_failure: true, ..on_demand() });
    stage.read_many(0, 0..2);
    stage.now += 30_000;
    stage.read_many(0, 2..4);
    stage.carry_out(error());
    stage.now += 30_001;
    assert_eq!(stage.carry_out(error()).offsets, offsets(&[(0, 2..4)]));
    assert_eq!(stage.failures()[0]["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(stage.commit(), [(0, 2)].into());
    stage.now += 60_000;
    assert_eq!(stage.pause(), None);
    assert_eq!((stage.failures().len(), stage.commit()), (2, [(0, 4)].into()));
    // Also before the first attempt.
    stage.read_many(1, 0..1);
    stage.now += 60_001;
    assert_eq!(stage.pause(), None);
    assert_eq!((stage.failures().len(), stage.commit()), (3, [(1, 1)].into()));
    assert_eq!(stage.failures()[2]["responseContext"], serde_json::Value::Null);
}
