//! Offsets that groups commit, and read again.

use std::time::Instant;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, TopicName,
};

use super::{Shared, text};
use crate::kafka::state::{Commit, Commits, State};
use crate::lock::lock;

/// The longest note beside an offset, in bytes: Apache Kafka's `offset.metadata.max.bytes`.
const LONGEST_METADATA: usize = 4096;

/// Keeps offsets, each alone, if the member may commit.
pub(super) fn commit(shared: &Shared, body: &OffsetCommitRequest, refused: Option<i16>) -> OffsetCommitResponse {
    let group = body.group_id.as_str();
    let mut state = lock(&shared.state);
    let allowed = match refused {
        Some(code) => Err(code),
        None => check(&mut state, body).map_err(|code| code.code()),
    };
    let topic = |asked: &kafka_protocol::messages::offset_commit_request::OffsetCommitRequestTopic| {
        let partition = |partition: &kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition| {
            let index = partition.partition_index;
            let metadata = partition.committed_metadata.as_deref().unwrap_or_default();
            let known = state.topics.get(asked.name.as_str()).and_then(|topic| topic.partition(index)).is_some();
            let kept = match allowed {
                Err(code) => code,
                Ok(()) if metadata.len() > LONGEST_METADATA => ResponseError::OffsetMetadataTooLarge.code(),
                Ok(()) if !known => ResponseError::UnknownTopicOrPartition.code(),
                Ok(()) => {
                    let commit = Commit { offset: partition.committed_offset, metadata: metadata.to_owned() };
                    state.commit(group, &asked.name, index, commit);
                    0
                }
            };
            OffsetCommitResponsePartition::default().with_partition_index(index).with_error_code(kept)
        };
        let partitions = asked.partitions.iter().map(partition).collect();
        OffsetCommitResponseTopic::default().with_name(asked.name.clone()).with_partitions(partitions)
    };
    OffsetCommitResponse::default().with_topics(body.topics.iter().map(topic).collect())
}

fn check(state: &mut State, body: &OffsetCommitRequest) -> Result<(), ResponseError> {
    let group = body.group_id.as_str();
    if group.is_empty() {
        return Err(ResponseError::InvalidGroupId);
    }
    let generation = body.generation_id_or_member_epoch;
    let known = if generation < 0 { state.group_or_new(group) } else { state.groups.get_mut(group) };
    let missing =
        if generation < 0 { ResponseError::CoordinatorNotAvailable } else { ResponseError::IllegalGeneration };
    let group = &mut known.ok_or(missing)?.group;
    group.check_commit(&body.member_id, body.group_instance_id.as_deref(), generation, Instant::now())
}

/// Answers what groups committed; -1 where nothing was.
pub(super) fn fetch(
    shared: &Shared,
    body: &OffsetFetchRequest,
    version: i16,
    refused: Option<i16>,
) -> OffsetFetchResponse {
    let state = lock(&shared.state);
    if version >= 8 {
        let one = |asked: &kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup| {
            let group = asked.group_id.as_str();
            let topics = asked.topics.as_ref().map(|topics| {
                topics.iter().map(|topic| (topic.name.to_string(), topic.partition_indexes.clone())).collect()
            });
            let answer = OffsetFetchResponseGroup::default().with_group_id(asked.group_id.clone());
            match refused {
                Some(code) => answer.with_error_code(code),
                None => answer.with_topics(found(&state, group, topics).into_iter().map(in_group).collect()),
            }
        };
        return OffsetFetchResponse::default().with_groups(body.groups.iter().map(one).collect());
    }
    let topics = body
        .topics
        .as_ref()
        .map(|topics| topics.iter().map(|topic| (topic.name.to_string(), topic.partition_indexes.clone())).collect());
    let found = found(&state, &body.group_id, topics);
    let topics = found.into_iter().map(|found| alone(found, version, refused.unwrap_or_default())).collect();
    let answer = OffsetFetchResponse::default().with_topics(topics);
    if version >= 2 { answer.with_error_code(refused.unwrap_or_default()) } else { answer }
}

/// A topic with its partitions and what was committed for them.
type Found = (String, Vec<(i32, Option<Commit>)>);

/// Returns the commits of the partitions that are asked for, or of all.
fn found(state: &State, group: &str, asked: Option<Vec<(String, Vec<i32>)>>) -> Vec<Found> {
    let none = Commits::new();
    let commits = state.groups.get(group).map_or(&none, |known| &known.commits);
    if let Some(asked) = asked {
        let commit = |topic: &String, index: i32| (index, commits.get(&(topic.clone(), index)).cloned());
        return asked
            .into_iter()
            .map(|(topic, indexes)| {
                let partitions = indexes.into_iter().map(|index| commit(&topic, index)).collect();
                (topic, partitions)
            })
            .collect();
    }
    let mut all: Vec<Found> = Vec::new();
    for ((topic, index), commit) in commits {
        match all.last_mut() {
            Some((last, partitions)) if last == topic => partitions.push((*index, Some(commit.clone()))),
            _ => all.push((topic.clone(), vec![(*index, Some(commit.clone()))])),
        }
    }
    all
}

fn in_group((topic, partitions): Found) -> OffsetFetchResponseTopics {
    let one = |(index, commit): (i32, Option<Commit>)| {
        let answer = OffsetFetchResponsePartitions::default().with_partition_index(index);
        let (offset, metadata) = parts(commit);
        answer.with_committed_offset(offset).with_metadata(Some(text(&metadata)))
    };
    let partitions = partitions.into_iter().map(one).collect();
    OffsetFetchResponseTopics::default().with_name(TopicName(text(&topic))).with_partitions(partitions)
}

fn alone((topic, partitions): Found, version: i16, code: i16) -> OffsetFetchResponseTopic {
    let one = |(index, commit): (i32, Option<Commit>)| {
        let answer = OffsetFetchResponsePartition::default().with_partition_index(index).with_error_code(code);
        let (offset, metadata) = parts(commit);
        let answer = answer.with_committed_offset(offset).with_metadata(Some(text(&metadata)));
        if version >= 5 { answer.with_committed_leader_epoch(-1) } else { answer }
    };
    let partitions = partitions.into_iter().map(one).collect();
    OffsetFetchResponseTopic::default().with_name(TopicName(text(&topic))).with_partitions(partitions)
}

fn parts(commit: Option<Commit>) -> (i64, String) {
    commit.map_or((-1, String::new()), |commit| (commit.offset, commit.metadata))
}
