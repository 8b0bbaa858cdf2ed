//! Credentials and brokers that do not work, in the words of Lambda.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local::KafkaSource;
use local::kafka::{ApiKey, KafkaEffect, KafkaFault};

use crate::stage::{Cluster, Polled, done, numbered, settings};

const REFUSED: &str = "PROBLEM: SASL authentication failed.";

#[test]
fn the_secret_is_read_again_after_it_was_refused() {
    let cluster = Cluster::new();
    let topic = cluster.topic("secret", 1);
    cluster.publish(&topic, 0, &numbered(0..1));
    let (right, reads) = (cluster.source().secret, Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&reads);
    let secret = move || match counted.fetch_add(1, Ordering::Relaxed) {
        0 => Ok(r#"{"username": "port", "password": "wrong"}"#.to_owned()),
        _ => right(),
    };
    let source = KafkaSource { secret: Box::new(secret), ..cluster.source() };
    let polled = Polled::start_with(source, settings(&topic), None, |_| done());
    polled.wait_result(REFUSED);
    polled.wait_committed(&[(0, 1)]);
    assert_eq!((reads.load(Ordering::Relaxed), polled.poller.status().result.as_str()), (2, "OK"));
}

#[test]
fn a_secret_without_a_password_is_a_failed_authentication() {
    let cluster = Cluster::new();
    let topic = cluster.topic("no-password", 1);
    for secret in ["{}", "not JSON", r#"{"username": "port"}"#] {
        let source = KafkaSource { secret: Box::new(move || Ok(secret.to_owned())), ..cluster.source() };
        let polled = Polled::start_with(source, settings(&topic), None, |_| done());
        polled.wait_result(REFUSED);
    }
}

/// Connections that are open live on, as with Apache Kafka.
#[test]
fn a_rotated_password_matters_to_the_next_connection() {
    let cluster = Cluster::ours();
    let topic = cluster.topic("rotated", 1);
    let polled = Polled::start(&cluster, settings(&topic), |_| done());
    polled.wait_assigned(1);
    let broker = cluster.ours_of();
    broker.rotate_password("another").unwrap();
    let record = |text: &'static str| local::kafka::KafkaRecord::new(text);
    broker.publish(&topic, &record("value 0")).unwrap();
    polled.wait_committed(&[(0, 1)]);
    broker.drop_connections();
    polled.wait_result(REFUSED);
    "another".clone_into(&mut cluster.password.lock().unwrap());
    broker.publish(&topic, &record("value 1")).unwrap();
    polled.wait_committed(&[(0, 2)]);
    assert_eq!(polled.values(&topic)[&0], numbered(0..2));
}

#[test]
fn a_broker_that_is_away_is_a_connection_error_until_it_is_back() {
    let cluster = Cluster::ours();
    let topic = cluster.topic("away", 1);
    let polled = Polled::start(&cluster, settings(&topic), |_| done());
    polled.wait_assigned(1);
    cluster.ours_of().down();
    polled.wait_result("PROBLEM: Connection error. Please check your event source connection configuration.");
    cluster.ours_of().up().unwrap();
    cluster.ours_of().publish(&topic, &local::kafka::KafkaRecord::new("value 0")).unwrap();
    polled.wait_committed(&[(0, 1)]);
    assert_eq!(polled.values(&topic)[&0], numbered(0..1));
}

#[test]
fn a_topic_that_does_not_exist_is_not_created() {
    let cluster = Cluster::new();
    let polled = Polled::start(&cluster, settings("there-is-no-such-topic"), |_| done());
    polled.wait_result("PROBLEM: Connection error. Please check your event source connection configuration.");
    if let Some(broker) = &cluster.broker {
        assert!(broker.offsets("there-is-no-such-topic").is_empty());
    }
}

/// At least once: what was not committed is delivered again to the next member, and nothing is left out.
#[test]
fn a_lost_commit_is_made_up_for() {
    let cluster = Cluster::ours();
    let topic = cluster.topic("lost-commit", 1);
    cluster.publish(&topic, 0, &numbered(0..1));
    cluster.ours_of().script(KafkaFault::new(ApiKey::OffsetCommit, KafkaEffect::Code(16)).times(3));
    let polled = Polled::start(&cluster, settings(&topic), |_| done());
    polled.wait_committed(&[(0, 1)]);
    cluster.ours_of().script(KafkaFault::new(ApiKey::OffsetCommit, KafkaEffect::Code(29)).always());
    cluster.publish(&topic, 0, &numbered(1..2));
    assert!(polled.poller.wait_until(crate::stage::PATIENCE, |status| status.invoked == 2));
    std::thread::sleep(Duration::from_millis(200));
    drop(polled);
    cluster.ours_of().clear_faults();
    let next = Polled::start(&cluster, settings(&topic), |_| done());
    next.wait_committed(&[(0, 2)]);
    assert_eq!(next.values(&topic)[&0], numbered(1..2));
}
