//! Where reading begins.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use krafka::Record;
use local::KafkaSource;
use local::mapping::{MappingSettings, StartingPosition};

use crate::stage::{Cluster, Polled, done, numbered, settings};

fn starting_at(topic: &str, starting_position: StartingPosition) -> MappingSettings {
    MappingSettings { starting_position, ..settings(topic) }
}

#[test]
fn trim_horizon_begins_with_the_oldest_record() {
    let cluster = Cluster::new();
    let topic = cluster.topic("oldest", 1);
    cluster.publish(&topic, 0, &numbered(0..2));
    let polled = Polled::start(&cluster, starting_at(&topic, StartingPosition::TrimHorizon), |_| done());
    polled.wait_committed(&[(0, 2)]);
}

#[test]
fn latest_begins_behind_the_newest_record_of_the_first_assignment() {
    let cluster = Cluster::new();
    let topic = cluster.topic("latest", 1);
    cluster.publish(&topic, 0, &numbered(0..2));
    let polled = Polled::start(&cluster, starting_at(&topic, StartingPosition::Latest), |_| done());
    polled.wait_assigned(1);
    // The position is known once a poll was answered.
    assert!(polled.poller.wait_until(crate::stage::PATIENCE, |status| status.state.as_str() == "Enabled"));
    cluster.publish(&topic, 0, &numbered(2..4));
    polled.wait_committed(&[(0, 4)]);
    assert_eq!(polled.values(&topic)[&0], numbered(2..4));
}

/// As with Lambda, which takes minutes to create a mapping.
#[test]
fn latest_misses_what_is_published_while_the_mapping_is_created() {
    let cluster = Cluster::new();
    let topic = cluster.topic("missed", 1);
    let source = KafkaSource { start_delay: Duration::from_secs(2), ..cluster.source() };
    let polled = Polled::start_with(source, starting_at(&topic, StartingPosition::Latest), None, |_| done());
    assert_eq!(polled.poller.status().state.as_str(), "Creating");
    cluster.publish(&topic, 0, &numbered(0..1));
    assert!(polled.poller.wait_until(crate::stage::PATIENCE, |status| status.state.as_str() == "Enabled"));
    cluster.publish(&topic, 0, &numbered(1..2));
    polled.wait_committed(&[(0, 2)]);
    assert_eq!(polled.values(&topic)[&0], numbered(1..2));
}

#[test]
fn at_timestamp_begins_with_the_first_record_of_that_time_or_later() {
    let cluster = Cluster::new();
    let topic = cluster.topic("timestamp", 2);
    // Apache Kafka takes no time of the future, and keeps nothing that is too old.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let start = i64::try_from(now).unwrap() - 60_000;
    cluster.publish_records((0..6_i64).map(|number| {
        let value = format!("value {number}");
        Record::new(topic.as_str(), value).partition(i32::from(number == 5)).timestamp(start + number * 1_000)
    }));
    let polled = Polled::start(&cluster, starting_at(&topic, StartingPosition::AtTimestamp(start + 2_500)), |_| done());
    polled.wait_committed(&[(0, 5), (1, 1)]);
    assert_eq!(polled.values(&topic)[&0], numbered(3..5));
}

#[test]
fn what_the_group_has_committed_wins_over_the_starting_position() {
    let cluster = Cluster::new();
    let topic = cluster.topic("resume", 1);
    cluster.publish(&topic, 0, &numbered(0..3));
    let first = Polled::start(&cluster, settings(&topic), |_| done());
    first.wait_committed(&[(0, 3)]);
    drop(first);
    cluster.publish(&topic, 0, &numbered(3..6));
    for position in [StartingPosition::TrimHorizon, StartingPosition::Latest, StartingPosition::AtTimestamp(1)] {
        let second = Polled::start(&cluster, starting_at(&topic, position), |_| done());
        second.wait_assigned(1);
        if position == StartingPosition::TrimHorizon {
            second.wait_committed(&[(0, 6)]);
            assert_eq!(second.values(&topic)[&0], numbered(3..6));
        } else {
            assert!(second.poller.wait_until(crate::stage::PATIENCE, |status| status.state.as_str() == "Enabled"));
            std::thread::sleep(Duration::from_millis(300));
            assert!(second.deliveries().is_empty());
        }
    }
}
