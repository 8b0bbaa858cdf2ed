//! Batches that are split.

use local::mapping::{MappingEvent, MappingSettings, ProvisionedMode};

use crate::stage::{Stage, done, error, named, offsets, on_demand};

fn bisecting() -> MappingSettings {
    let provisioned = ProvisionedMode { bisect: true, partial: true, retries: Some(2), ..ProvisionedMode::default() };
    MappingSettings { provisioned: Some(provisioned), on_failure: true, ..on_demand() }
}

#[test]
fn assumed_a_batch_is_split_into_the_halves_of_each_partition() {
    let mut stage = Stage::new(bisecting());
    stage.read_many(0, 0..5);
    stage.read_many(1, 0..2);
    stage.read_many(2, 0..1);
    stage.carry_out(error());
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 0..3), (1, 0..1), (2, 0..1)]));
    assert_eq!(stage.commit(), [(0, 3), (1, 1), (2, 1)].into());
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 3..5), (1, 1..2)]));
    assert_eq!(stage.commit(), [(0, 5), (1, 2)].into());
    let split = |event: &MappingEvent| matches!(event, MappingEvent::Bisected { .. });
    assert_eq!(stage.events().iter().filter(|event| split(event)).count(), 1);
}

#[test]
fn the_second_half_waits_for_the_first() {
    let mut stage = Stage::new(bisecting());
    stage.read_many(0, 0..4);
    stage.carry_out(error());
    let first = stage.delivery();
    assert_eq!((first.offsets.clone(), stage.pause()), (offsets(&[(0, 0..2)]), None));
    stage.answer(&first, named(&[("t-0", 1)]));
    stage.wait();
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 1..2)]));
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 2..4)]));
}

#[test]
fn assumed_splitting_uses_up_no_retry_and_finds_the_one_record() {
    let mut stage = Stage::new(bisecting());
    stage.read_many(0, 0..64);
    let mut delivered = 0;
    loop {
        match stage.mapping.next(stage.now) {
            local::mapping::Next::Deliver(delivery) => {
                delivered += 1;
                let poisoned = delivery.offsets[&0].contains(&37);
                stage.answer(&delivery, if poisoned { error() } else { done() });
            }
            local::mapping::Next::Wait(until) => stage.now = until,
            local::mapping::Next::Idle => break,
        }
    }
    // Six splits, and the record alone with two retries; each split leaves one half that succeeds.
    assert_eq!(delivered, 6 + 3 + 6);
    let failures = stage.failures();
    let info = &failures[0]["KafkaBatchInfo"];
    assert_eq!((failures.len(), &info["batchSize"]), (1, &1.into()));
    assert_eq!(info["recordsInfo"]["t-0"]["firstRecordOffset"], "37");
    assert_eq!(stage.commit(), [(0, 64)].into());
}

#[test]
fn single_records_of_several_partitions_are_split_by_partition() {
    let mut stage = Stage::new(bisecting());
    for partition in 0..3 {
        stage.read(partition, 0, "");
    }
    stage.carry_out(error());
    assert_eq!(stage.delivery().offsets, offsets(&[(0, 0..1), (1, 0..1)]));
    assert_eq!(stage.delivery().offsets, offsets(&[(2, 0..1)]));
}
