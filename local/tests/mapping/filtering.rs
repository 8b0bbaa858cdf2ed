//! Records that do not pass the filter.

use std::collections::BTreeMap;
use std::sync::Arc;

use local::kafka::KafkaRecord;
use local::mapping::{MappingEvent, MappingSettings, RecordFilter};

use crate::stage::{Stage, done, offsets, on_demand};

fn only_ours() -> RecordFilter {
    Arc::new(|value: &[u8]| if value == b"ours" { Ok(()) } else { Err("`action` is not ours".to_owned()) })
}

#[test]
fn records_that_do_not_pass_count_as_processed() {
    let mut stage = Stage::with(on_demand(), Some(only_ours()));
    for (offset, value) in ["foreign", "ours", "foreign", "foreign", "ours", "foreign"].into_iter().enumerate() {
        stage.read(0, i64::try_from(offset).unwrap(), value);
    }
    assert_eq!(stage.commit(), BTreeMap::from([(0, 1)]), "up to what is not finished");
    let delivery = stage.delivery();
    assert_eq!(delivery.offsets, offsets(&[(0, 1..5)]));
    assert_eq!(delivery.event.matches("\"offset\"").count(), 2);
    stage.answer(&delivery, done());
    assert_eq!(stage.commit(), BTreeMap::from([(0, 6)]));
    assert_eq!((stage.status().polled, stage.status().filtered_out, stage.status().invoked), (6, 4, 2));
}

#[test]
fn a_batch_that_filters_to_nothing_invokes_nothing() {
    let mut stage = Stage::with(on_demand(), Some(only_ours()));
    stage.read(0, 7, "foreign");
    assert_eq!(stage.pause(), None);
    assert_eq!(stage.commit(), BTreeMap::from([(0, 8)]));
    let why = stage.events().into_iter().find_map(|event| match event {
        MappingEvent::Filtered { partition: 0, offset: 7, why } => Some(why),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("`action` is not ours"));
}

#[test]
fn a_tombstone_passes_no_filter_but_is_delivered_without_one() {
    for (filter, delivered) in [(Some(only_ours()), false), (None, true)] {
        let mut stage = Stage::with(on_demand(), filter);
        stage.read_record(0, 0, KafkaRecord { key: Some("key".into()), ..KafkaRecord::default() });
        assert_eq!(matches!(stage.mapping.next(stage.now), local::mapping::Next::Deliver(_)), delivered);
    }
}

#[test]
fn assumed_window_and_size_count_records_that_pass() {
    let mut stage =
        Stage::with(MappingSettings { batch_size: 2, ..MappingSettings::new("t", "group") }, Some(only_ours()));
    stage.read(0, 0, "foreign");
    assert_eq!(stage.pause(), None, "no window");
    stage.now += 10_000;
    stage.read(0, 1, "ours");
    stage.read(0, 2, "foreign");
    assert_eq!(stage.pause(), Some(500));
    stage.read(0, 3, "ours");
    assert_eq!(stage.delivery().offsets, offsets(&[(0, 1..4)]));
}
