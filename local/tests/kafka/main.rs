//! The broker over its socket: every answer at every version, sign-in, waiting, faults, hostile bytes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot send its requests has failed")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, FetchRequest, GroupId, JoinGroupRequest, OffsetCommitRequest,
    ProduceRequest, RequestKind, ResponseKind, TopicName,
};
use kafka_protocol::protocol::{Decodable, StrBytes};
use local::KafkaBroker;
use local::kafka::{BrokerEvent, KafkaEffect, KafkaFault, KafkaRecord, KafkaSettings, Observer};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

mod client;
mod requests;

use client::{Client, frame};
use requests::requests;

fn settings() -> KafkaSettings {
    KafkaSettings { topics: vec!["topic".to_owned()], ..KafkaSettings::new("user", "password") }
}

fn broker() -> KafkaBroker {
    KafkaBroker::start(settings()).unwrap()
}

/// Returns the bytes of a batch of one record.
fn batch(value: &'static str) -> Bytes {
    let seen: Arc<Mutex<Bytes>> = Arc::default();
    let kept = Arc::clone(&seen);
    let observer = Observer::new(move |event| {
        if let BrokerEvent::Produced { batch, .. } = event {
            *kept.lock().unwrap() = batch.clone();
        }
    });
    let broker = KafkaBroker::start(KafkaSettings { observer, ..settings() }).unwrap();
    broker.publish("topic", &KafkaRecord::new(value)).unwrap();
    seen.lock().unwrap().clone()
}

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn produce(acks: i16, records: Bytes) -> RequestKind {
    let partition = PartitionProduceData::default().with_records(Some(records));
    let topic = TopicProduceData::default().with_name(TopicName(text("topic"))).with_partition_data(vec![partition]);
    ProduceRequest::default().with_acks(acks).with_topic_data(vec![topic]).into()
}

fn fetch(offset: i64, wait: i32) -> RequestKind {
    let partition = FetchPartition::default().with_fetch_offset(offset).with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default().with_topic(TopicName(text("topic"))).with_partitions(vec![partition]);
    FetchRequest::default()
        .with_max_bytes(1 << 20)
        .with_min_bytes(1)
        .with_max_wait_ms(wait)
        .with_topics(vec![topic])
        .into()
}

fn commit(offset: i64) -> RequestKind {
    let partition = OffsetCommitRequestPartition::default().with_committed_offset(offset);
    let topic =
        OffsetCommitRequestTopic::default().with_name(TopicName(text("topic"))).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default().with_group_id(GroupId(text("group")));
    request.with_generation_id_or_member_epoch(-1).with_topics(vec![topic]).into()
}

/// Returns how many bytes of records an answer to a fetch has.
fn fetched(answer: ResponseKind) -> usize {
    let ResponseKind::Fetch(answer) = answer else { panic!("{answer:?}") };
    answer.responses[0].partitions[0].records.as_ref().map_or(0, Bytes::len)
}

/// Commits, and returns the code.
fn committed(client: &mut Client, offset: i64) -> i16 {
    match client.call(ApiKey::OffsetCommit, 8, &commit(offset)).unwrap() {
        ResponseKind::OffsetCommit(answer) => answer.topics[0].partitions[0].error_code,
        other => panic!("{other:?}"),
    }
}

fn versions(client: &mut Client) -> Vec<(ApiKey, i16, i16)> {
    match client.call(ApiKey::ApiVersions, 4, &ApiVersionsRequest::default().into()).unwrap() {
        ResponseKind::ApiVersions(answer) => {
            let one = |api: &kafka_protocol::messages::api_versions_response::ApiVersion| {
                (ApiKey::try_from(api.api_key).unwrap(), api.min_version, api.max_version)
            };
            answer.api_keys.iter().map(one).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_answer_can_be_read_at_every_version() {
    let (broker, batch) = (broker(), batch("value"));
    let mut client = Client::signed_in(broker.address());
    let all = versions(&mut client);
    assert_eq!(all.len(), 22);
    let mut asked = 0;
    for (api, least, most) in all {
        for version in least..=most {
            for request in requests(api, version, &batch) {
                if matches!(api, ApiKey::SaslHandshake | ApiKey::SaslAuthenticate) {
                    let mut client = Client::connect(broker.address());
                    client.call(api, version, &request).unwrap();
                } else {
                    let answer = client.call(api, version, &request);
                    assert!(answer.is_ok(), "{api:?} {version} {request:?}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 250, "{asked}");
}

/// Each code that a fault can put in an answer, at every version.
#[test]
fn every_refusal_can_be_read_at_every_version() {
    let (broker, batch) = (broker(), batch("value"));
    let mut client = Client::signed_in(broker.address());
    for (api, least, most) in versions(&mut client) {
        for version in least..=most {
            if !matches!(api, ApiKey::SaslHandshake | ApiKey::SaslAuthenticate) {
                for request in requests(api, version, &batch) {
                    broker.script(KafkaFault::new(api, KafkaEffect::Code(16)));
                    assert!(client.call(api, version, &request).is_ok(), "{api:?} {version} {request:?}");
                }
            }
        }
    }
}

#[test]
fn a_client_that_is_too_new_is_answered_in_the_oldest_form() {
    let broker = broker();
    for mut client in [Client::connect(broker.address()), Client::signed_in(broker.address())] {
        let mut request = client.frame(ApiKey::ApiVersions, 4, &ApiVersionsRequest::default().into());
        request[3] = 99;
        client.send(&request).unwrap();
        let mut answer = Bytes::from(client.receive().unwrap()).slice(4..);
        let answer = ApiVersionsResponse::decode(&mut answer, 0).unwrap();
        assert_eq!((answer.error_code, answer.api_keys.len()), (35, 22));
        assert_eq!(versions(&mut client).len(), 22, "the same connection goes on");
    }
}

#[test]
fn wrong_credentials_are_refused_in_kafkas_words() {
    let broker = broker();
    for (user, password) in [("user", "Password"), ("other", "password")] {
        let mut client = Client::connect(broker.address());
        let answer = client.sign_in(user, password);
        let words =
            "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512";
        assert_eq!((answer.error_code, answer.error_message), (58, Some(text(words))));
        assert!(client.is_closed());
    }
}

#[test]
fn nothing_is_answered_before_sign_in_and_no_second_sign_in_after() {
    let broker = broker();
    let mut client = Client::connect(broker.address());
    let answer = client.handshake("PLAIN", 1);
    assert_eq!((answer.error_code, answer.mechanisms), (33, vec![text("SCRAM-SHA-512")]));
    assert!(client.is_closed());

    let mut client = Client::connect(broker.address());
    assert!(client.call(ApiKey::Fetch, 11, &fetch(0, 0)).is_err());

    let mut client = Client::connect(broker.address());
    client.handshake("SCRAM-SHA-512", 1);
    assert_eq!(client.handshake("SCRAM-SHA-512", 1).error_code, 34);

    let request = requests(ApiKey::SaslHandshake, 1, &Bytes::new()).remove(0);
    assert!(Client::signed_in(broker.address()).call(ApiKey::SaslHandshake, 1, &request).is_err());
}

#[test]
fn the_oldest_handshake_is_followed_by_bare_messages() {
    let broker = broker();
    let sign_in = |password| {
        let mut client = Client::connect(broker.address());
        client.handshake("SCRAM-SHA-512", 0);
        let first = "n,,n=user,r=mine";
        client.send(first.as_bytes()).unwrap();
        let challenge = client.receive().unwrap();
        client.send(&client::proof(first, &challenge, password)).unwrap();
        (client.receive().is_ok_and(|proof| proof.starts_with(b"v="))).then_some(client)
    };
    assert!(sign_in("wrong").is_none());
    assert_eq!(versions(&mut sign_in("password").unwrap()).len(), 22);
}

#[test]
fn a_rotated_password_counts_for_new_connections() {
    let broker = broker();
    let mut before = Client::signed_in(broker.address());
    broker.rotate_password("other").unwrap();
    assert_eq!(versions(&mut before).len(), 22);
    assert_eq!(Client::connect(broker.address()).sign_in("user", "password").error_code, 58);
    assert_eq!(Client::connect(broker.address()).sign_in("user", "other").error_code, 0);
}

#[test]
fn the_same_port_speaks_tls_to_those_who_begin_with_it() {
    let broker = broker();
    let connect = |ca: &str, name: &str| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(broker.address()).unwrap());
        let request = frame(ApiKey::ApiVersions, 0, 7, &ApiVersionsRequest::default().into());
        stream.write_all(&u32::try_from(request.len()).unwrap().to_be_bytes())?;
        stream.write_all(&request)?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer).map(|()| answer[7])
    };
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(connect(broker.ca_pem(), name).unwrap(), 7, "{name}");
    }
    assert!(connect(broker.ca_pem(), "example.com").is_err());
    let other = local::kafka::Identity::generate().unwrap();
    assert!(connect(&other.ca, "localhost").is_err(), "the authority of another broker");

    let again = KafkaSettings { identity: Some(broker.identity().clone()), ..settings() };
    assert_eq!(KafkaBroker::start(again).unwrap().ca_pem(), broker.ca_pem());
}

#[test]
fn only_loopback_is_bound() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = KafkaBroker::start(KafkaSettings { listen: address.parse().unwrap(), ..settings() }).unwrap_err();
        assert!(refused.to_string().contains(address), "{refused}");
    }
    let broker = KafkaBroker::start(KafkaSettings { listen: "[::1]:0".parse().unwrap(), ..settings() });
    assert!(broker.is_err() || broker.unwrap().address().ip().is_loopback());
}

#[test]
fn a_producer_that_wants_no_answer_gets_none() {
    let broker = broker();
    let mut client = Client::signed_in(broker.address());
    let request = client.frame(ApiKey::Produce, 9, &produce(0, batch("silent")));
    client.send(&request).unwrap();
    assert_eq!(versions(&mut client).len(), 22, "the next answer is that of the next request");
    let records = broker.records("topic", 0, 0..10);
    assert_eq!(records[0].1.value.as_deref(), Some(&b"silent"[..]));
}

#[test]
fn a_batch_that_is_too_large_is_refused() {
    let broker = KafkaBroker::start(KafkaSettings { largest_batch: 80, ..settings() }).unwrap();
    let mut client = Client::signed_in(broker.address());
    for (value, expected) in [("", 0), ("more than eighty bytes", 10)] {
        match client.call(ApiKey::Produce, 9, &produce(1, batch(value))).unwrap() {
            ResponseKind::Produce(answer) => {
                assert_eq!(answer.responses[0].partition_responses[0].error_code, expected)
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_fetch_waits_for_records_or_for_its_time() {
    let broker = broker();
    let mut client = Client::signed_in(broker.address());
    let start = Instant::now();
    assert_eq!(fetched(client.call(ApiKey::Fetch, 11, &fetch(0, 150)).unwrap()), 0);
    assert!(start.elapsed() >= Duration::from_millis(150));

    let request = client.frame(ApiKey::Fetch, 11, &fetch(0, 15_000));
    let start = Instant::now();
    client.send(&request).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    broker.publish("topic", &KafkaRecord::new("value")).unwrap();
    assert!(fetched(client.answer(ApiKey::Fetch, 11).unwrap()) > 0);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_member_whose_connection_ends_while_it_waits_expires() {
    let broker = broker();
    let known = JoinGroupRequestProtocol::default().with_name(text("range"));
    let join = JoinGroupRequest::default().with_group_id(GroupId(text("group"))).with_protocols(vec![known]);
    let join = join.with_session_timeout_ms(6_000).with_rebalance_timeout_ms(100).with_protocol_type(text("consumer"));
    let join: RequestKind = join.into();
    let mut first = Client::signed_in(broker.address());
    let ResponseKind::JoinGroup(joined) = first.call(ApiKey::JoinGroup, 3, &join).unwrap() else { panic!() };
    assert_eq!((joined.error_code, joined.members.len(), &joined.leader), (0, 1, &joined.member_id));
    let mut second = Client::signed_in(broker.address());
    let request = second.frame(ApiKey::JoinGroup, 3, &join);
    second.send(&request).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while broker.members("group").len() < 2 {
        assert!(Instant::now() < until);
    }
    drop(second);
    // The first one does not join again, so it goes with the rebalance; the second one goes with its session.
    while !broker.members("group").is_empty() {
        assert!(Instant::now() < until, "{:?}", broker.members("group"));
        std::thread::sleep(Duration::from_millis(20));
    }
}

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
    let observer = Observer::new(move |event| kept.lock().unwrap().push(event.clone()));
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
    events.iter().for_each(|event| again.replay(event).unwrap());
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
    assert_eq!(again.offsets("gone"), [41..42], "earlier records were forgotten");
}

#[test]
fn a_frame_that_claims_too_much_ends_the_connection() {
    let broker = broker();
    for claim in [i32::MAX, -1, 16 * 1024 * 1024 + 1] {
        let mut client = Client::signed_in(broker.address());
        client.send_raw(&claim.to_be_bytes()).unwrap();
        assert!(client.is_closed(), "{claim}");
    }
    let mut client = Client::connect(broker.address());
    client.send_raw(&(512 * 1024 + 1_i32).to_be_bytes()).unwrap();
    assert!(client.is_closed(), "less is allowed before sign-in");
    let mut client = Client::signed_in(broker.address());
    let large = MetadataTopics(2 * 1024 * 1024).frame();
    client.send(&large).unwrap();
    assert!(client.is_closed(), "only records may be large");
}

/// A question for one topic whose name is longer than a frame without records may be.
struct MetadataTopics(usize);

impl MetadataTopics {
    fn frame(&self) -> Vec<u8> {
        let mut frame = frame(ApiKey::Metadata, 9, 1, &requests(ApiKey::Metadata, 9, &Bytes::new())[0]);
        frame.resize(self.0, 0);
        frame
    }
}

/// Every count and length, replaced by the largest: the broker would run out of memory if it believed one of them.
#[test]
fn no_claim_in_a_request_is_believed() {
    let (broker, batch) = (broker(), batch("value"));
    for (api, least, most) in versions(&mut Client::signed_in(broker.address())) {
        for version in [least, most] {
            for request in requests(api, version, &batch) {
                let frame = frame(api, version, 1, &request);
                for at in 8..frame.len() {
                    for claim in [&[0x7f, 0xff, 0xff, 0xff][..], &[0xff, 0xff, 0xff, 0xff, 0x07], &[0x7f, 0xff]] {
                        let mut bytes = u32::try_from(frame.len()).unwrap().to_be_bytes().to_vec();
                        bytes.extend_from_slice(&frame);
                        let end = (4 + at + claim.len()).min(bytes.len());
                        bytes[4 + at..end].copy_from_slice(&claim[..end - at - 4]);
                        let signed_in = !matches!(api, ApiKey::SaslHandshake | ApiKey::SaslAuthenticate);
                        let _ = broker.rehearse(&bytes, signed_in);
                    }
                }
            }
        }
    }
}
