//! When a batch is complete, and what its event looks like.

use local::KafkaEvent;
use local::kafka::KafkaRecord;
use local::mapping::{CloseReason, MappingEvent, MappingSettings};
use serde_json::{Value, json};

use crate::stage::{Stage, done, offsets, on_demand};

const LARGEST: usize = 6 * 1024 * 1024;

fn reason(stage: &Stage) -> CloseReason {
    let closed = stage.events().into_iter().rev().find_map(|event| match event {
        MappingEvent::BatchClosed { reason, .. } => Some(reason),
        _ => None,
    });
    closed.unwrap()
}

#[test]
fn a_batch_is_delivered_as_soon_as_it_has_its_size() {
    for size in [1, 2, 7, 100] {
        let mut stage = Stage::new(MappingSettings { batch_size: size, ..MappingSettings::new("t", "group") });
        stage.read_many(0, 0..i64::try_from(size).unwrap() - 1);
        assert_eq!(stage.pause(), (size > 1).then_some(500));
        stage.read(1, 0, "the last one");
        let delivery = stage.delivery();
        let count: i64 = delivery.offsets.values().map(|range| range.end - range.start).sum();
        assert_eq!((usize::try_from(count).unwrap(), reason(&stage)), (size, CloseReason::Size));
    }
}

#[test]
fn the_window_is_half_a_second_unless_seconds_are_set() {
    for (seconds, milliseconds) in [(None, 500), (Some(1), 1_000), (Some(300), 300_000)] {
        let mut stage = Stage::new(MappingSettings { batching_window: seconds, ..MappingSettings::new("t", "group") });
        stage.read(0, 0, "first");
        assert_eq!(stage.pause(), Some(milliseconds));
        stage.now += milliseconds - 1;
        assert_eq!(stage.pause(), Some(1));
        stage.now += 1;
        assert_eq!(stage.delivery().offsets, offsets(&[(0, 0..1)]));
        assert_eq!(reason(&stage), CloseReason::Window);
    }
    let mut stage = Stage::new(on_demand());
    stage.read(0, 0, "at once");
    stage.delivery();
}

#[test]
fn assumed_the_window_starts_with_the_first_record_that_waits() {
    let mut stage = Stage::new(MappingSettings::new("t", "group"));
    stage.now += 10_000;
    stage.read(0, 0, "first");
    stage.now += 400;
    stage.read(0, 1, "second");
    assert_eq!(stage.wait(), 100);
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 0..2)]));
    stage.read(0, 2, "the next window is its own");
    assert_eq!(stage.pause(), Some(500));
    let opened = |event: &MappingEvent| matches!(event, MappingEvent::BatchOpened { .. });
    assert_eq!(stage.events().iter().filter(|event| opened(event)).count(), 2);
}

#[test]
fn a_batch_ends_before_its_event_is_larger_than_six_megabytes() {
    let mut stage = Stage::new(MappingSettings::new("t", "group"));
    for offset in 0..9 {
        stage.read(i32::try_from(offset % 2).unwrap(), offset / 2, vec![b'x'; 1_000_000]);
    }
    let first = stage.delivery();
    assert_eq!(reason(&stage), CloseReason::Payload);
    assert_eq!(first.offsets, offsets(&[(0, 0..2), (1, 0..2)]), "four records of 1.33 MB, with their base64");
    stage.answer(&first, done());
    assert_eq!(stage.delivery().offsets, offsets(&[(0, 2..4), (1, 2..4)]));
}

/// The limit is exact: the largest event that fits has just that size.
#[test]
fn six_megabytes_are_those_of_the_event_as_json() {
    let mut stage = Stage::new(on_demand());
    stage.read(0, 0, "");
    let empty = stage.carry_out(done()).event.len();
    let fits = (LARGEST - empty) / 4 * 3;
    for (length, delivered) in [(fits, true), (fits + 3, false)] {
        let mut stage = Stage::new(on_demand());
        stage.read(0, 0, vec![b'x'; length]);
        let size = match stage.mapping.next(stage.now) {
            local::mapping::Next::Deliver(delivery) => delivery.event.len(),
            _ => 0,
        };
        assert_eq!(size > 0, delivered);
        assert!(size <= LARGEST && (!delivered || LARGEST - size < 4), "{size}");
    }
    let mut stage = Stage::new(on_demand());
    stage.read_many(0, 0..3);
    stage.read_many(2, 7..9);
    let delivery = stage.delivery();
    let closed = stage.events().into_iter().find_map(|event| match event {
        MappingEvent::BatchClosed { bytes, .. } => Some(bytes),
        _ => None,
    });
    assert_eq!(closed, Some(delivery.event.len()));
}

#[test]
fn a_batch_has_an_even_share_of_each_partition() {
    let mut stage = Stage::new(MappingSettings { batch_size: 7, ..on_demand() });
    for partition in 0..3 {
        stage.read_many(partition, 0..5);
    }
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 0..3), (1, 0..2), (2, 0..2)]));
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(0, 3..5), (1, 2..5), (2, 2..4)]));
    assert_eq!(stage.carry_out(done()).offsets, offsets(&[(2, 4..5)]));
}

#[test]
fn the_event_is_the_one_of_a_self_managed_cluster() {
    let mut stage = Stage::new(MappingSettings {
        bootstrap_servers: vec!["a:9196".to_owned(), "b:9196".to_owned()],
        ..on_demand()
    });
    let headers = vec![("h".to_owned(), Some(vec![0x61, 0xff].into())), ("none".to_owned(), None)];
    let record = KafkaRecord { timestamp: 17, key: Some("key".into()), value: Some("value".into()), headers };
    stage.read_record(0, 5, record);
    stage.read_record(1, 6, KafkaRecord { timestamp: 18, ..KafkaRecord::default() });
    let event: Value = serde_json::from_str(&stage.delivery().event).unwrap();
    let expected = json!({
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "a:9196,b:9196",
        "records": {
            "t-0": [{
                "topic": "t", "partition": 0, "offset": 5, "timestamp": 17, "timestampType": "CREATE_TIME",
                "key": "a2V5", "value": "dmFsdWU=", "headers": [{"h": [97, -1]}, {"none": []}],
            }],
            "t-1": [{
                "topic": "t", "partition": 1, "offset": 6, "timestamp": 18, "timestampType": "CREATE_TIME",
                "headers": [],
            }],
        },
    });
    assert_eq!(event, expected);
    let made = KafkaEvent::new("t").bootstrap_servers("a:9196,b:9196").published_at(12);
    let made = made.keyed_record(0, 5, Some(b"key"), Some(b"value")).build();
    assert_eq!(made["records"]["t-0"][0]["value"], expected["records"]["t-0"][0]["value"]);
    assert_eq!(made["records"]["t-0"][0]["timestamp"], 17);
}
