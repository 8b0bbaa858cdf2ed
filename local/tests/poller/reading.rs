//! From the topic to the function, and back as a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use krafka::Record;
use local::Answer;
use local::mapping::{MappingEvent, MappingSettings, MappingStatus, ProvisionedMode, RecordFilter};
use serde_json::{Value, json};

use crate::stage::{Cluster, Polled, done, numbered, settings};

#[test]
fn every_record_is_delivered_once_in_the_order_of_its_partition_and_committed() {
    let cluster = Cluster::new();
    let topic = cluster.topic("order", 3);
    let polled = Polled::start(&cluster, MappingSettings { batch_size: 7, ..settings(&topic) }, |_| done());
    for partition in 0..3 {
        cluster.publish(&topic, partition, &numbered(0..20));
    }
    polled.wait_committed(&[(0, 20), (1, 20), (2, 20)]);
    for values in polled.values(&topic).into_values() {
        assert_eq!(values, numbered(0..20));
    }
    assert!(polled.deliveries().iter().all(|delivery| delivery.event.matches("\"offset\"").count() <= 7));
    assert_eq!(cluster.committed(&format!("{topic}.group")), [(0, 20), (1, 20), (2, 20)].into());
    let status = polled.poller.status();
    assert_eq!((status.result.as_str(), status.polled, status.invoked), ("OK", 60, 60));
    let mut replayed = MappingStatus::default();
    for event in polled.events() {
        replayed.replay(&event);
    }
    assert_eq!(replayed, status);
}

#[test]
fn a_record_has_its_key_time_and_headers() {
    let cluster = Cluster::new();
    let topic = cluster.topic("headers", 1);
    let record = Record::new(topic.as_str(), "value").partition(0).key("key").timestamp(1_700_000_000_123);
    cluster.publish_records([record.header("h", vec![1, 255])].into_iter());
    let polled = Polled::start(&cluster, settings(&topic), |_| done());
    polled.wait_committed(&[(0, 1)]);
    let event: Value = serde_json::from_str(&polled.deliveries()[0].event).unwrap();
    let record = json!({
        "topic": topic, "partition": 0, "offset": 0, "timestamp": 1_700_000_000_123_i64,
        "timestampType": "CREATE_TIME", "key": "a2V5", "value": "dmFsdWU=", "headers": [{"h": [1, -1]}],
    });
    assert_eq!(event["records"][format!("{topic}-0")], json!([record]));
}

#[test]
fn a_failed_batch_is_delivered_again_and_nothing_is_committed_before() {
    let cluster = Cluster::new();
    let topic = cluster.topic("again", 1);
    cluster.publish(&topic, 0, &numbered(0..3));
    let attempts = Arc::new(AtomicUsize::new(0));
    let polled = Polled::start(&cluster, settings(&topic), move |_| match attempts.fetch_add(1, Ordering::Relaxed) {
        0..3 => Answer::Error(json!({"errorType": "Unfinished"})),
        _ => done(),
    });
    polled.wait_committed(&[(0, 3)]);
    let deliveries = polled.deliveries();
    assert!(deliveries.len() >= 4);
    assert!(deliveries[..4].iter().all(|delivery| delivery.event == deliveries[0].event));
    assert_eq!(deliveries[..4].iter().map(|delivery| delivery.attempt).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let committed = |event: &MappingEvent| matches!(event, MappingEvent::Committed { offset: ..3, .. });
    assert!(!polled.events().iter().any(committed));
}

#[test]
fn a_partial_response_commits_what_is_before_it() {
    let cluster = Cluster::new();
    let topic = cluster.topic("partial", 1);
    cluster.publish(&topic, 0, &numbered(0..5));
    let provisioned = Some(ProvisionedMode { partial: true, ..ProvisionedMode::default() });
    let partition = format!("{topic}-0");
    let polled = Polled::start(&cluster, MappingSettings { provisioned, ..settings(&topic) }, move |delivery| {
        let item = json!({"itemIdentifier": {"partition": partition, "offset": 3}});
        let items = if delivery.offsets[&0].contains(&2) { vec![item] } else { Vec::new() };
        Answer::Response(json!({ "batchItemFailures": items }))
    });
    polled.wait_committed(&[(0, 5)]);
    let last = polled.deliveries().pop().unwrap();
    assert_eq!(last.offsets[&0], 3..5);
}

#[test]
fn records_that_do_not_pass_the_filter_are_committed_without_an_invocation() {
    let cluster = Cluster::new();
    let topic = cluster.topic("filter", 1);
    cluster.publish(&topic, 0, &numbered(0..10));
    let filter: RecordFilter =
        Arc::new(|value| if value.ends_with(b"5") { Ok(()) } else { Err("not a five".to_owned()) });
    let polled = Polled::start_with(cluster.source(), settings(&topic), Some(filter), |_| done());
    polled.wait_committed(&[(0, 10)]);
    assert_eq!(polled.values(&topic)[&0], ["value 5"]);
    assert_eq!(polled.poller.status().filtered_out, 9);
}

/// More records than the poller keeps at a time.
#[test]
fn a_poller_reads_no_further_than_it_can_deliver() {
    let cluster = Cluster::new();
    let topic = cluster.topic("room", 1);
    let (many, gate) = (60, Arc::new(AtomicUsize::new(0)));
    cluster.publish(&topic, 0, &numbered(0..many));
    let opened = Arc::clone(&gate);
    let polled = Polled::start(&cluster, MappingSettings { batch_size: 1, ..settings(&topic) }, move |_| {
        while opened.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        done()
    });
    polled.wait_assigned(1);
    assert!(polled.poller.wait_until(crate::stage::PATIENCE, |status| status.polled > 0));
    gate.store(1, Ordering::Relaxed);
    polled.wait_committed(&[(0, 60)]);
    assert_eq!(polled.values(&topic)[&0], numbered(0..many));
}
