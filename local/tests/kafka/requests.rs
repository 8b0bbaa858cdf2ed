//! Requests of every kind, at every version, with every list filled: names that exist, and names that do not.

use bytes::Bytes;
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn name(name: &'static str) -> TopicName {
    TopicName(text(name))
}

/// The topic that exists and one that does not.
const TOPICS: [&str; 2] = ["topic", "none"];

fn topics<T>(one: impl Fn(TopicName) -> T) -> Vec<T> {
    TOPICS.map(|topic| one(name(topic))).into()
}

/// Returns the requests of a kind at a version.
pub(crate) fn requests(api: ApiKey, version: i16, batch: &Bytes) -> Vec<RequestKind> {
    let found = [
        access(api, version),
        topics_of(api, version),
        records(api, version, batch),
        members(api, version),
        groups(api, version),
    ];
    let found: Vec<RequestKind> = found.into_iter().flatten().flatten().collect();
    assert!(!found.is_empty(), "the test has no request for {api:?}");
    found
}

/// What clients ask first, and the settings.
fn access(api: ApiKey, version: i16) -> Option<Vec<RequestKind>> {
    let since = |first: i16| version >= first;
    Some(match api {
        ApiKey::ApiVersions => vec![ApiVersionsRequest::default().into()],
        ApiKey::SaslHandshake => vec![SaslHandshakeRequest::default().with_mechanism(text("SCRAM-SHA-512")).into()],
        ApiKey::SaslAuthenticate => {
            vec![SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from_static(b"n,,")).into()]
        }
        ApiKey::Metadata => {
            let topic = |topic| MetadataRequestTopic::default().with_name(Some(topic));
            let filled = MetadataRequest::default().with_topics(Some(topics(topic)));
            let by_id = MetadataRequestTopic::default().with_name(None).with_topic_id(uuid::Uuid::from_bytes([1; 16]));
            let by_id = MetadataRequest::default().with_topics(Some(vec![by_id]));
            let all = MetadataRequest::default().with_topics(if since(1) { None } else { Some(Vec::new()) });
            let mut requests =
                vec![MetadataRequest::default().with_topics(Some(Vec::new())).into(), all.into(), filled.into()];
            requests.extend(since(12).then(|| by_id.into()));
            requests
        }
        ApiKey::DescribeCluster => {
            let mut requests = vec![DescribeClusterRequest::default().into()];
            requests.extend(since(1).then(|| DescribeClusterRequest::default().with_endpoint_type(2).into()));
            requests
        }
        ApiKey::DescribeConfigs => {
            let resource = |kind, name| {
                DescribeConfigsResource::default()
                    .with_resource_type(kind)
                    .with_resource_name(text(name))
                    .with_configuration_keys(None)
            };
            let some = resource(2, "topic").with_configuration_keys(Some(vec![text("cleanup.policy")]));
            let resources = vec![resource(2, "topic"), some, resource(2, "none"), resource(4, "1"), resource(9, "")];
            vec![DescribeConfigsRequest::default().with_resources(resources).into()]
        }
        _ => return None,
    })
}

/// Topics.
fn topics_of(api: ApiKey, version: i16) -> Option<Vec<RequestKind>> {
    let since = |first: i16| version >= first;
    Some(match api {
        ApiKey::CreateTopics => {
            let topic = |name, partitions| {
                CreatableTopic::default().with_name(name).with_num_partitions(partitions).with_replication_factor(1)
            };
            let own = TopicName(StrBytes::from_string(format!("made-{version}")));
            let assigned = CreatableReplicaAssignment::default().with_broker_ids(vec![BrokerId(1)]);
            let config = CreatableTopicConfig::default().with_name(text("retention.ms")).with_value(Some(text("1")));
            let topics = vec![
                topic(own, 2),
                topic(name("topic"), 1),
                topic(name("a/b"), 1),
                topic(name("many"), 1_000),
                topic(name("assigned"), -1).with_assignments(vec![assigned]).with_configs(vec![config]),
                topic(name("copies"), 1).with_replication_factor(3),
            ];
            vec![CreateTopicsRequest::default().into(), CreateTopicsRequest::default().with_topics(topics).into()]
        }
        ApiKey::DeleteTopics => {
            let made = TopicName(StrBytes::from_string(format!("made-{}", version + 1)));
            if since(6) {
                let by_id = DeleteTopicState::default().with_topic_id(uuid::Uuid::from_bytes([1; 16]));
                let states = [made, name("none")].map(|name| DeleteTopicState::default().with_name(Some(name)));
                vec![DeleteTopicsRequest::default().with_topics(states.into_iter().chain([by_id]).collect()).into()]
            } else {
                vec![DeleteTopicsRequest::default().with_topic_names(vec![made, name("none")]).into()]
            }
        }
        _ => return None,
    })
}

/// Records.
fn records(api: ApiKey, version: i16, batch: &Bytes) -> Option<Vec<RequestKind>> {
    let since = |first: i16| version >= first;
    Some(match api {
        ApiKey::Produce => {
            let partition = |index| PartitionProduceData::default().with_index(index).with_records(Some(batch.clone()));
            let topic = |topic| {
                TopicProduceData::default().with_name(topic).with_partition_data(vec![partition(0), partition(9)])
            };
            let request = ProduceRequest::default().with_acks(-1).with_timeout_ms(1_000);
            let transaction = request.clone().with_transactional_id(Some(TransactionalId(text("t"))));
            vec![
                request.clone().into(),
                request.clone().with_topic_data(topics(topic)).into(),
                request.with_acks(2).with_topic_data(topics(topic)).into(),
                transaction.with_topic_data(topics(topic)).into(),
            ]
        }
        ApiKey::Fetch => {
            let partition = |index, offset| {
                FetchPartition::default()
                    .with_partition(index)
                    .with_fetch_offset(offset)
                    .with_partition_max_bytes(1 << 20)
            };
            let topic = |topic| {
                FetchTopic::default().with_topic(topic).with_partitions(vec![
                    partition(0, 0),
                    partition(0, 1 << 40),
                    partition(9, 0),
                ])
            };
            let forgotten = |topic| ForgottenTopic::default().with_topic(topic).with_partitions(vec![0, 1]);
            let request = FetchRequest::default().with_max_bytes(1 << 20).with_max_wait_ms(1);
            let request = if since(7) { request.with_forgotten_topics_data(topics(forgotten)) } else { request };
            vec![FetchRequest::default().into(), request.with_topics(topics(topic)).into()]
        }
        ApiKey::ListOffsets => {
            let partition = |time| ListOffsetsPartition::default().with_timestamp(time);
            let times = || [-3, -2, -1, 0, i64::MAX].map(partition).into_iter();
            let topic = |topic| {
                let unknown = ListOffsetsPartition::default().with_partition_index(9);
                ListOffsetsTopic::default().with_name(topic).with_partitions(times().chain([unknown]).collect())
            };
            vec![ListOffsetsRequest::default().into(), ListOffsetsRequest::default().with_topics(topics(topic)).into()]
        }
        ApiKey::InitProducerId => {
            let request = InitProducerIdRequest::default().with_transactional_id(None);
            vec![request.clone().into(), request.with_transactional_id(Some(TransactionalId(text("t")))).into()]
        }
        _ => return None,
    })
}

/// Members of groups.
fn members(api: ApiKey, version: i16) -> Option<Vec<RequestKind>> {
    let since = |first: i16| version >= first;
    Some(match api {
        ApiKey::FindCoordinator => {
            let request = FindCoordinatorRequest::default();
            let request = if since(4) {
                request.with_coordinator_keys(vec![text("group"), text("other")])
            } else {
                request.with_key(text("group"))
            };
            let mut requests = vec![request.clone().into()];
            requests.extend(since(1).then(|| request.with_key_type(1).into()));
            requests
        }
        ApiKey::JoinGroup => {
            let known = |name| {
                JoinGroupRequestProtocol::default().with_name(text(name)).with_metadata(Bytes::from_static(b"m"))
            };
            let request =
                JoinGroupRequest::default().with_session_timeout_ms(6_000).with_protocol_type(text("consumer"));
            let request = request.with_protocols(vec![known("range"), known("sticky")]);
            let request = if since(1) { request.with_rebalance_timeout_ms(6_000) } else { request };
            let named = |request: JoinGroupRequest| {
                if since(5) { request.with_group_instance_id(Some(text("instance"))) } else { request }
            };
            // Each version has a group of its own: a member that came before would have to join again.
            let group = |prefix: &str| GroupId(StrBytes::from_string(format!("{prefix}-{version}")));
            vec![
                JoinGroupRequest::default().into(),
                request.clone().with_group_id(group("plain")).into(),
                named(request).with_group_id(group("named")).into(),
            ]
        }
        ApiKey::SyncGroup => {
            let one = SyncGroupRequestAssignment::default()
                .with_member_id(text("m"))
                .with_assignment(Bytes::from_static(b"a"));
            let request = SyncGroupRequest::default().with_group_id(GroupId(text("group"))).with_member_id(text("m"));
            vec![SyncGroupRequest::default().into(), request.with_assignments(vec![one]).into()]
        }
        ApiKey::Heartbeat => vec![HeartbeatRequest::default().with_group_id(GroupId(text("group"))).into()],
        ApiKey::LeaveGroup => {
            let request = LeaveGroupRequest::default().with_group_id(GroupId(text("group")));
            let one = MemberIdentity::default().with_member_id(text("m"));
            vec![
                request.clone().into(),
                if since(3) { request.with_members(vec![one]) } else { request.with_member_id(text("m")) }.into(),
            ]
        }
        _ => return None,
    })
}

/// Commits, and groups from outside.
fn groups(api: ApiKey, version: i16) -> Option<Vec<RequestKind>> {
    let since = |first: i16| version >= first;
    Some(match api {
        ApiKey::OffsetCommit => {
            let partition = |index| {
                let partition =
                    OffsetCommitRequestPartition::default().with_partition_index(index).with_committed_offset(1);
                partition.with_committed_metadata(Some(text("note")))
            };
            let topic = |topic| {
                OffsetCommitRequestTopic::default().with_name(topic).with_partitions(vec![partition(0), partition(9)])
            };
            let request =
                OffsetCommitRequest::default().with_generation_id_or_member_epoch(-1).with_topics(topics(topic));
            vec![request.clone().into(), request.with_group_id(GroupId(text("group"))).into()]
        }
        ApiKey::OffsetFetch => offset_fetches(version),
        ApiKey::ListGroups => {
            let mut requests = vec![ListGroupsRequest::default().into()];
            requests
                .extend(since(4).then(|| ListGroupsRequest::default().with_states_filter(vec![text("Stable")]).into()));
            requests
        }
        ApiKey::DescribeGroups => {
            let groups = ["plain-5", "named-7", "none"].map(|group| GroupId(text(group)));
            vec![DescribeGroupsRequest::default().with_groups(groups.into()).into()]
        }
        ApiKey::DeleteGroups => {
            let groups = ["group", "plain-5", "none", "none"].map(|group| GroupId(text(group)));
            vec![DeleteGroupsRequest::default().with_groups_names(groups.into()).into()]
        }
        _ => return None,
    })
}

fn offset_fetches(version: i16) -> Vec<RequestKind> {
    if version >= 8 {
        let topic = |topic| OffsetFetchRequestTopics::default().with_name(topic).with_partition_indexes(vec![0, 9]);
        let group = |name| OffsetFetchRequestGroup::default().with_group_id(GroupId(text(name)));
        let groups =
            vec![group("group").with_topics(Some(topics(topic))), group("group").with_topics(None), group("none")];
        return vec![OffsetFetchRequest::default().with_groups(groups).into()];
    }
    let topic = |topic| OffsetFetchRequestTopic::default().with_name(topic).with_partition_indexes(vec![0, 9]);
    let request = OffsetFetchRequest::default().with_group_id(GroupId(text("group")));
    let mut requests = vec![request.clone().with_topics(Some(topics(topic))).into()];
    requests.extend((version >= 2).then(|| request.with_topics(None).into()));
    requests
}
