//! Order, commits, and partitions that come and go.

use std::collections::BTreeMap;

use local::mapping::{MappingSettings, MappingState, MappingStatus, Next, ProcessingResult, ProvisionedMode};
use local::{Answer, Random};

use crate::stage::{Stage, done, error, named, offsets, on_demand, provisioned};

#[test]
fn a_partition_has_one_batch_at_a_time() {
    let mut stage = Stage::new(MappingSettings { batch_size: 2, ..provisioned() });
    stage.read_many(0, 0..4);
    let first = stage.delivery();
    assert_eq!(stage.pause(), None);
    stage.read_many(1, 0..4);
    let other = stage.delivery();
    assert_eq!((first.offsets, other.offsets.clone()), (offsets(&[(0, 0..2)]), offsets(&[(1, 0..2)])));
    stage.answer(&other, done());
    assert_eq!(stage.delivery().offsets, offsets(&[(1, 2..4)]));
}

#[test]
fn on_demand_one_poller_invokes_once_at_a_time() {
    let mut stage = Stage::new(MappingSettings { batch_size: 1, ..on_demand() });
    stage.read(0, 0, "");
    stage.read(1, 0, "");
    let first = stage.delivery();
    assert_eq!(stage.pause(), None);
    stage.answer(&first, done());
    stage.delivery();
}

#[test]
fn a_provisioned_poller_invokes_at_most_five_times_at_once() {
    for pollers in [1, 2] {
        let provisioned = ProvisionedMode { minimum_pollers: pollers, ..ProvisionedMode::default() };
        let mut stage = Stage::new(MappingSettings { batch_size: 1, provisioned: Some(provisioned), ..on_demand() });
        stage.mapping.assign(0..30);
        for partition in 0..30 {
            stage.read(partition, 0, "");
        }
        for _ in 0..5 * pollers {
            stage.delivery();
        }
        assert_eq!(stage.pause(), None);
    }
}

/// Another partition goes on while one waits for its retry.
#[test]
fn assumed_a_failed_batch_blocks_its_own_partitions_alone() {
    let mut stage = Stage::new(on_demand());
    stage.read_many(0, 0..2);
    stage.carry_out(error());
    stage.read_many(0, 2..3);
    stage.read_many(1, 0..1);
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(1, 0..1)]));
    stage.wait();
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 0..2)]));
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 2..3)]));
}

#[test]
fn an_offset_is_committed_once_everything_before_it_is_finished() {
    let mut stage = Stage::new(provisioned());
    stage.read_many(0, 10..15);
    stage.read_many(1, 3..5);
    assert_eq!(stage.commit(), BTreeMap::new(), "nothing is finished");
    stage.carry_out(named(&[("t-0", 12)]));
    assert_eq!(stage.commit(), BTreeMap::from([(0, 12), (1, 5)]));
    assert_eq!(stage.commit(), BTreeMap::new(), "nothing twice");
    stage.wait();
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 12..15)]));
    assert_eq!(stage.commit(), BTreeMap::from([(0, 15)]));
}

#[test]
fn partitions_that_are_taken_away_leave_nothing_behind() {
    let mut stage = Stage::new(provisioned());
    stage.read_many(0, 0..2);
    stage.read_many(1, 0..2);
    let delivery = stage.delivery();
    stage.read_many(0, 2..3);
    stage.mapping.revoke([0]);
    stage.answer(&delivery, done());
    assert_eq!(stage.commit(), BTreeMap::from([(1, 2)]));
    assert_eq!((stage.pause(), stage.status().assigned.clone()), (None, vec![1, 2]));
    assert!(stage.status().batches.is_empty());
    stage.read_many(0, 3..4);
    assert_eq!(stage.pause(), None, "it is not read any more");
}

/// As at any consumer of the group, what was in flight is delivered again to the member that has the partition then.
#[test]
fn assumed_a_batch_in_flight_is_delivered_again_after_a_rebalance() {
    let mut stage = Stage::new(provisioned());
    stage.read_many(0, 0..2);
    let first = stage.delivery();
    stage.mapping.revoke([0, 1, 2]);
    stage.mapping.assign([0]);
    stage.read_many(0, 0..2);
    let second = stage.delivery();
    assert_eq!((&first.offsets, second.attempt), (&second.offsets, 1));
    stage.answer(&first, done());
    assert_eq!(stage.commit(), BTreeMap::new(), "the answer is to records of an earlier assignment");
    stage.answer(&second, done());
    assert_eq!(stage.commit(), BTreeMap::from([(0, 2)]));
}

#[test]
fn what_was_read_before_is_not_delivered_twice() {
    let mut stage = Stage::new(on_demand());
    stage.read_many(0, 0..3);
    stage.read_many(0, 1..4);
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 0..4)]));
    assert_eq!(stage.status().polled, 4);
}

#[test]
fn the_status_is_in_the_words_of_lambda() {
    let mut stage = Stage::new(on_demand());
    let words = |stage: &Stage| (stage.status().state.as_str(), stage.status().result.as_str());
    assert_eq!(words(&stage), ("Creating", "No records processed"));
    stage.mapping.enter(MappingState::Enabled);
    stage.read_many(0, 0..1);
    stage.carry_out(error());
    assert_eq!(words(&stage), ("Enabled", "PROBLEM: Function call failed"));
    stage.wait();
    stage.carry_out(done());
    assert_eq!(words(&stage), ("Enabled", "OK"));
    stage.mapping.note(ProcessingResult::AuthenticationFailed, Some("58".to_owned()));
    stage.mapping.enter(MappingState::Disabling);
    assert_eq!(words(&stage), ("Disabling", "PROBLEM: SASL authentication failed."));
}

/// Whatever happens: no record is lost, none is delivered behind its successor, every partition ends at its end, and the
/// status is a fold of the events.
#[test]
fn every_record_is_finished_in_order_whatever_the_answers() {
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let bisect = random.percent(50);
        let provisioned = ProvisionedMode { partial: true, bisect, minimum_pollers: 2, ..ProvisionedMode::default() };
        let batch_size = 1 + random.below(9);
        let settings = MappingSettings { batch_size, provisioned: Some(provisioned), ..on_demand() };
        let mut stage = Stage::new(settings);
        let (mut finished, mut read) = (BTreeMap::from([(0, 0), (1, 0), (2, 0)]), [0; 3]);
        let mut flying = Vec::new();
        for _ in 0..5_000 {
            let partition = random.below(3);
            if read[partition] < 40 && random.percent(70) {
                stage.read(i32::try_from(partition).unwrap(), read[partition], "v");
                read[partition] += 1;
            }
            match stage.mapping.next(stage.now) {
                Next::Deliver(delivery) => flying.push(delivery),
                Next::Wait(until) if flying.is_empty() => stage.now = until,
                _ if flying.is_empty() && read == [40; 3] => break,
                _ => {}
            }
            if !flying.is_empty() && random.percent(60) {
                let delivery = flying.swap_remove(random.below(flying.len()));
                for (partition, range) in &delivery.offsets {
                    assert_eq!(finished[partition], range.start, "seed {seed}: {delivery:?}");
                }
                let mut items = Vec::new();
                let answer = random.below(5);
                for (partition, range) in &delivery.offsets {
                    let stop = range.start + i64::try_from(random.below(5)).unwrap();
                    if answer >= 2 && stop < range.end && random.percent(50) {
                        items.push((format!("t-{partition}"), stop));
                        finished.insert(*partition, stop);
                    } else if answer >= 2 {
                        finished.insert(*partition, range.end);
                    }
                }
                let items: Vec<(&str, i64)> = items.iter().map(|(name, offset)| (name.as_str(), *offset)).collect();
                let answer = match answer {
                    0 => error(),
                    1 => Answer::Throttled,
                    _ => named(&items),
                };
                assert_eq!(stage.answer(&delivery, answer), [""; 0], "seed {seed}");
                stage.commit();
                for (partition, committed) in &stage.status().committed {
                    assert!(*committed <= finished[partition], "seed {seed}");
                }
            }
        }
        assert_eq!(stage.status().committed, BTreeMap::from([(0, 40), (1, 40), (2, 40)]), "seed {seed}");
        let mut replayed = MappingStatus::default();
        for event in stage.events() {
            replayed.replay(&event);
        }
        assert_eq!(&replayed, stage.status());
        assert!(replayed.batches.is_empty(), "seed {seed}: {replayed:?}");
        assert_eq!((replayed.polled, replayed.failures.len()), (120, 0));
    }
}
