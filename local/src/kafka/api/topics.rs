//! Topics, created and deleted.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, TopicName,
};

use super::{Shared, text};

/// The number of partitions of a topic whose creator does not name one.
const PARTITIONS: i32 = 1;

/// Creates topics. Their settings are ignored; all topics have the same here.
pub(super) fn create(shared: &Shared, request: &CreateTopicsRequest, version: i16) -> CreateTopicsResponse {
    let one = |asked: &kafka_protocol::messages::create_topics_request::CreatableTopic| {
        let partitions = match (asked.num_partitions, asked.assignments.len()) {
            (-1, 0) => PARTITIONS,
            (-1, assigned) => i32::try_from(assigned).unwrap_or(i32::MAX),
            (partitions, _) => partitions,
        };
        let answer = CreatableTopicResult::default().with_name(asked.name.clone()).with_error_message(None);
        let (created, id) = shared.change(|state| {
            let created = if asked.replication_factor > 1 {
                let text = format!(
                    "Unable to replicate the partition {} time(s): there is 1 broker",
                    asked.replication_factor
                );
                Err((ResponseError::InvalidReplicationFactor, text))
            } else if request.validate_only {
                state.check_topic(&asked.name, partitions)
            } else {
                state.create_topic(&asked.name, partitions)
            };
            (created, state.topics.get(asked.name.as_str()).map(|topic| topic.id))
        });
        match created {
            Ok(()) => {
                let answer = if version >= 5 {
                    answer.with_num_partitions(partitions).with_replication_factor(1).with_configs(Some(Vec::new()))
                } else {
                    answer
                };
                if version >= 7 { answer.with_topic_id(id.unwrap_or_default()) } else { answer }
            }
            Err((code, why)) => answer.with_error_code(code.code()).with_error_message(Some(text(&why))),
        }
    };
    CreateTopicsResponse::default().with_topics(request.topics.iter().map(one).collect())
}

/// Deletes topics, by name or by id.
pub(super) fn delete(shared: &Shared, request: &DeleteTopicsRequest, version: i16) -> DeleteTopicsResponse {
    let missing = |answer: DeletableTopicResult, code: ResponseError| answer.with_error_code(code.code());
    let by_name = |name: &TopicName| {
        let answer = DeletableTopicResult::default().with_name(Some(name.clone()));
        let deleted = shared.change(|state| state.delete_topic(name));
        if deleted { answer } else { missing(answer, ResponseError::UnknownTopicOrPartition) }
    };
    let responses = if version >= 6 {
        let one = |asked: &kafka_protocol::messages::delete_topics_request::DeleteTopicState| {
            if let Some(name) = &asked.name {
                return by_name(name);
            }
            let name = shared.change(|state| state.name_of(asked.topic_id).filter(|name| state.delete_topic(name)));
            let answer = DeletableTopicResult::default().with_topic_id(asked.topic_id);
            match name {
                Some(name) => answer.with_name(Some(TopicName(text(&name)))),
                None => missing(answer.with_name(None), ResponseError::UnknownTopicId),
            }
        };
        request.topics.iter().map(one).collect()
    } else {
        request.topic_names.iter().map(by_name).collect()
    };
    DeleteTopicsResponse::default().with_responses(responses)
}
