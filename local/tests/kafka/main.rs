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
use local::Observer;
use local::kafka::{BrokerEvent, KafkaEffect, KafkaFault, KafkaRecord, KafkaSettings};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

mod client;
mod requests;

mod access;
mod faults;
mod hostile;

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
    let observer = Observer::new(move |event: &BrokerEvent| {
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
                assert_eq!(answer.responses[0].partition_responses[0].error_code, expected);
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
    let until = Instant::now() + Duration::from_mins(1);
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
