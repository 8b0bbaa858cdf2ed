//! What clients ask first: nodes, topics, partitions; and settings, for consoles.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    DescribeClusterRequest, DescribeClusterResponse, DescribeConfigsRequest, DescribeConfigsResponse, MetadataRequest,
    MetadataResponse, TopicName,
};
use uuid::Uuid;

use super::{CLUSTER, NODE, Shared, host, text};
use crate::kafka::log::Topic;
use crate::kafka::state::State;
use crate::lock::lock;

/// Answers where topics are: all of them, or those that are asked for. None is created.
pub(super) fn metadata(shared: &Shared, request: &MetadataRequest, version: i16) -> MetadataResponse {
    let state = lock(&shared.state);
    // Before version 1, an empty list means all.
    let asked = request.topics.as_ref().filter(|topics| version > 0 || !topics.is_empty());
    let topics = match asked {
        None => state.topics.iter().map(|(name, topic)| described(name, topic, version)).collect(),
        Some(topics) => {
            let one = |topic: &kafka_protocol::messages::metadata_request::MetadataRequestTopic| {
                found(&state, topic.name.as_ref(), topic.topic_id, version)
            };
            topics.iter().map(one).collect()
        }
    };
    drop(state);
    let node = MetadataResponseBroker::default().with_node_id(NODE).with_host(host()).with_port(shared.port.into());
    let answer = MetadataResponse::default().with_brokers(vec![node]).with_topics(topics);
    let answer = if version >= 1 { answer.with_controller_id(NODE) } else { answer };
    if version >= 2 { answer.with_cluster_id(Some(text(CLUSTER))) } else { answer }
}

fn found(state: &State, name: Option<&TopicName>, id: Uuid, version: i16) -> MetadataResponseTopic {
    let known = match name {
        Some(name) => state.topics.get_key_value(name.as_str()),
        None => state.topics.iter().find(|(_, topic)| topic.id == id),
    };
    let unknown = || {
        let missing =
            if name.is_some() { ResponseError::UnknownTopicOrPartition } else { ResponseError::UnknownTopicId };
        let answer = MetadataResponseTopic::default().with_error_code(missing.code());
        // Only version 12 has topics without a name.
        let name = name.cloned().or_else(|| (version < 12).then(TopicName::default));
        let answer = answer.with_name(name);
        if version >= 10 { answer.with_topic_id(id) } else { answer }
    };
    known.map_or_else(unknown, |(name, topic)| described(name, topic, version))
}

fn described(name: &str, topic: &Topic, version: i16) -> MetadataResponseTopic {
    let partition = |(index, _)| {
        let number = i32::try_from(index).unwrap_or(i32::MAX);
        let partition = MetadataResponsePartition::default().with_partition_index(number).with_leader_id(NODE);
        let partition = partition.with_replica_nodes(vec![NODE]).with_isr_nodes(vec![NODE]);
        if version >= 7 { partition.with_leader_epoch(0) } else { partition }
    };
    let partitions = topic.partitions.iter().enumerate().map(partition).collect();
    let answer = MetadataResponseTopic::default().with_name(Some(TopicName(text(name)))).with_partitions(partitions);
    if version >= 10 { answer.with_topic_id(topic.id) } else { answer }
}

/// Describes the one node.
pub(super) fn describe(shared: &Shared, request: &DescribeClusterRequest, version: i16) -> DescribeClusterResponse {
    if version >= 1 && request.endpoint_type != 1 {
        let code = ResponseError::MismatchedEndpointType.code();
        return DescribeClusterResponse::default().with_error_code(code).with_endpoint_type(request.endpoint_type);
    }
    let node = DescribeClusterBroker::default().with_broker_id(NODE).with_host(host()).with_port(shared.port.into());
    DescribeClusterResponse::default().with_cluster_id(text(CLUSTER)).with_controller_id(NODE).with_brokers(vec![node])
}

/// The numbers of Kafka's protocol for what a setting belongs to, where its value is from and what type it has.
const TOPIC: i8 = 2;
const NODE_RESOURCE: i8 = 4;
const DEFAULT: i8 = 5;
const TYPE_TEXT: i8 = 2;

/// Answers the settings of topics and of the node: those that mean something here.
pub(super) fn configs(shared: &Shared, request: &DescribeConfigsRequest, version: i16) -> DescribeConfigsResponse {
    let state = lock(&shared.state);
    let one = |asked: &kafka_protocol::messages::describe_configs_request::DescribeConfigsResource| {
        let name = asked.resource_name.as_str();
        let answer = DescribeConfigsResult::default()
            .with_error_message(None)
            .with_resource_type(asked.resource_type)
            .with_resource_name(asked.resource_name.clone());
        let settings = match asked.resource_type {
            TOPIC if state.topics.contains_key(name) => vec![
                ("cleanup.policy", "delete".to_owned()),
                ("max.message.bytes", state.largest_batch.to_string()),
                ("retention.bytes", state.keep.bytes.to_string()),
                ("retention.ms", "-1".to_owned()),
            ],
            TOPIC => return answer.with_error_code(ResponseError::UnknownTopicOrPartition.code()),
            NODE_RESOURCE if name == "1" || name.is_empty() => vec![
                ("auto.create.topics.enable", "false".to_owned()),
                ("message.max.bytes", state.largest_batch.to_string()),
                ("sasl.enabled.mechanisms", crate::kafka::scram::MECHANISM.to_owned()),
            ],
            _ => return answer.with_error_code(ResponseError::InvalidRequest.code()),
        };
        let asked_for = |name: &str| {
            let keys = asked.configuration_keys.as_ref();
            keys.is_none_or(|keys| keys.iter().any(|key| key.as_str() == name))
        };
        let settings = settings.into_iter().filter(|(name, _)| asked_for(name)).map(|(name, value)| {
            let setting = DescribeConfigsResourceResult::default().with_name(text(name)).with_value(Some(text(&value)));
            let setting = setting.with_read_only(true).with_config_source(DEFAULT).with_documentation(None);
            if version >= 3 { setting.with_config_type(TYPE_TEXT) } else { setting }
        });
        answer.with_configs(settings.collect())
    };
    DescribeConfigsResponse::default().with_results(request.resources.iter().map(one).collect())
}
