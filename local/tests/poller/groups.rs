//! Members that come and go.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use local::mapping::MappingState;

use crate::stage::{Cluster, PATIENCE, Polled, done, numbered, settings};

#[test]
fn two_members_share_the_partitions_and_one_takes_over_from_the_other() {
    let cluster = Cluster::new();
    let topic = cluster.topic("share", 4);
    let one = Polled::start(&cluster, settings(&topic), |_| done());
    one.wait_assigned(4);
    let two = Polled::start(&cluster, settings(&topic), |_| done());
    two.wait_assigned(2);
    one.wait_assigned(2);
    for partition in 0..4 {
        cluster.publish(&topic, partition, &numbered(0..5));
    }
    let all = |polled: &Polled| polled.values(&topic).into_values().map(|values| values.len()).sum::<usize>();
    let is_right = |committed: &[i64]| committed == [5, 5];
    let committed = |polled: &Polled| {
        polled.poller.wait_until(PATIENCE, |status| is_right(&status.committed.values().copied().collect::<Vec<_>>()))
    };
    assert!(committed(&one) && committed(&two));
    assert_eq!((all(&one), all(&two)), (10, 10));
    drop(two);
    one.wait_assigned(4);
    for partition in 0..4 {
        cluster.publish(&topic, partition, &numbered(5..6));
    }
    one.wait_committed(&[(0, 6), (1, 6), (2, 6), (3, 6)]);
    assert_eq!(all(&one), 14, "nothing of the other one's");
}

/// A batch in flight when its partition moves is delivered to the new member, at once and as a whole.
#[test]
fn a_batch_in_flight_is_delivered_to_the_member_that_has_its_partition_next() {
    let cluster = Cluster::new();
    let topic = cluster.topic("moves", 2);
    for partition in 0..2 {
        cluster.publish(&topic, partition, &numbered(0..3));
    }
    let released = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&released);
    let one = Polled::start(&cluster, settings(&topic), move |_| {
        while !gate.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        done()
    });
    assert!(one.poller.wait_until(PATIENCE, |status| status.invoked > 0));
    let two = Polled::start(&cluster, settings(&topic), |_| done());
    two.wait_assigned(1);
    assert!(two.poller.wait_until(PATIENCE, |status| status.committed.values().any(|offset| *offset == 3)));
    released.store(true, Ordering::Relaxed);
    assert!(one.poller.wait_until(PATIENCE, |status| status.committed.values().any(|offset| *offset == 3)));
    let both: BTreeSet<i32> =
        [&one, &two].iter().flat_map(|polled| polled.poller.status().committed.into_keys()).collect();
    assert_eq!(both, [0, 1].into());
}

#[test]
fn a_disabled_mapping_finishes_what_is_in_flight_and_leaves_the_group() {
    let cluster = Cluster::new();
    let topic = cluster.topic("disabled", 1);
    let polled = Polled::start(&cluster, settings(&topic), |_| {
        std::thread::sleep(Duration::from_millis(300));
        done()
    });
    cluster.publish(&topic, 0, &numbered(0..1));
    assert!(polled.poller.wait_until(PATIENCE, |status| status.invoked == 1));
    polled.poller.disable();
    let state = |state: MappingState| {
        let is_there = polled.poller.wait_until(PATIENCE, |status| status.state == state);
        assert!(is_there, "{state:?}: {:?}", polled.poller.status());
    };
    state(MappingState::Disabled);
    assert_eq!(cluster.committed(&format!("{topic}.group")), [(0, 1)].into());
    if let Some(broker) = &cluster.broker {
        assert!(broker.members(&format!("{topic}.group")).is_empty());
    }
    cluster.publish(&topic, 0, &numbered(1..2));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(polled.deliveries().len(), 1);
    polled.poller.enable();
    state(MappingState::Enabled);
    polled.wait_committed(&[(0, 2)]);
    assert_eq!(polled.values(&topic)[&0], numbered(0..2));
}
