//! Faults, outages, and a broker that is made again from events.

use super::*;

#[test]
fn faults_hit_the_requests_that_they_name() {
    let broker = broker();
    let mut client = Client::signed_in(broker.address());
    broker.script(KafkaFault::new(ApiKey::OffsetCommit, KafkaEffect::Code(16)).times(2));
    assert_eq!([1, 2, 3].map(|offset| committed(&mut client, offset)), [16, 16, 0]);
    assert_eq!(broker.committed("group").into_values().collect::<Vec<_>>(), [3]);

    broker.script(KafkaFault::new(ApiKey::OffsetCommit, KafkaEffect::Delay(Duration::from_millis(120))).always());
    let start = Instant::now();
    assert_eq!([4, 5].map(|offset| committed(&mut client, offset)), [0, 0]);
    assert!(start.elapsed() >= Duration::from_millis(240));
    broker.clear_faults();

    for (applied, offset, kept) in [(false, 6, 5), (true, 7, 7)] {
        broker.script(KafkaFault::new(ApiKey::OffsetCommit, KafkaEffect::Disconnect { applied }));
        let mut client = Client::signed_in(broker.address());
        assert!(client.call(ApiKey::OffsetCommit, 8, &commit(offset)).is_err());
        assert_eq!(broker.committed("group").into_values().collect::<Vec<_>>(), [kept]);
    }
}

#[test]
fn what_is_kept_survives_an_outage() {
    let broker = broker();
    let mut client = Client::signed_in(broker.address());
    broker.publish("topic", &KafkaRecord::new("before")).unwrap();
    broker.drop_connections();
    assert!(client.is_closed());
    let mut client = Client::signed_in(broker.address());
    broker.down();
    assert!(client.is_closed());
    assert!(TcpStream::connect(broker.address()).is_err());
    assert_eq!(broker.publish("topic", &KafkaRecord::new("lost")).unwrap_err().to_string(), "the broker is down");
    broker.up().unwrap();
    broker.up().unwrap();
    assert!(fetched(Client::signed_in(broker.address()).call(ApiKey::Fetch, 11, &fetch(0, 0)).unwrap()) > 0);
}

#[test]
fn events_make_the_same_broker_again() {
    let events: Arc<Mutex<Vec<BrokerEvent>>> = Arc::default();
    let kept = Arc::clone(&events);
    let observer = Observer::new(move |event: &BrokerEvent| kept.lock().unwrap().push(event.clone()));
    let broker = KafkaBroker::start(KafkaSettings { observer, ..settings() }).unwrap();
    broker.create_topic("gone", 1).unwrap();
    broker.create_topic("other", 3).unwrap();
    for value in ["a", "b", "c"] {
        broker.publish("topic", &KafkaRecord::new(value)).unwrap();
        broker.publish("other", &KafkaRecord { key: Some(Bytes::from(value)), ..KafkaRecord::new(value) }).unwrap();
    }
    let mut client = Client::signed_in(broker.address());
    committed(&mut client, 2);
    let delete = requests(ApiKey::DeleteTopics, 1, &Bytes::new());
    client.call(ApiKey::DeleteTopics, 1, &delete[0]).unwrap();

    let again = KafkaBroker::start(KafkaSettings { topics: Vec::new(), ..settings() }).unwrap();
    let events = events.lock().unwrap().clone();
    assert!(events.contains(&BrokerEvent::SignedIn { accepted: true, tls: false }));
    for event in &events {
        again.replay(event).unwrap();
    }
    for (topic, partitions) in [("topic", 1), ("other", 3), ("gone", 1)] {
        assert_eq!(again.offsets(topic), broker.offsets(topic));
        for partition in 0..partitions {
            assert_eq!(again.records(topic, partition, 0..10), broker.records(topic, partition, 0..10));
        }
    }
    assert_eq!(again.committed("group"), broker.committed("group"));
    assert_eq!(again.committed("group").len(), 1);

    let produced = events.iter().find(|event| matches!(event, BrokerEvent::Produced { .. })).unwrap();
    assert!(again.replay(produced).is_err(), "the same batch a second time");
    let BrokerEvent::Produced { batch, .. } = produced.clone() else { panic!() };
    let (topic, offset) = ("gone".to_owned(), 41);
    again.replay(&BrokerEvent::Produced { topic, partition: 0, offset, count: 1, batch }).unwrap();
    assert_eq!(again.offsets("gone").remove(0), 41..42, "earlier records were forgotten");
}
