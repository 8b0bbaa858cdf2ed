//! Everything that the broker knows, behind one lock: topics, groups, commits, the account, faults.

use std::collections::BTreeMap;
use std::io;
use std::time::Instant;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use uuid::Uuid;

use super::batch::Batch;
use super::fault::{KafkaEffect, KafkaFault};
use super::feed::BrokerEvent;
use super::group::{Change, Group};
use super::log::{Retention, Topic};
use super::scram::{Account, random};
use crate::observer::Observer;

/// The largest number of topics, of partitions of a topic, and of groups.
const MOST_TOPICS: usize = 1_000;
const MOST_PARTITIONS: i32 = 100;
const MOST_GROUPS: usize = 1_000;
/// The longest name of a topic, in bytes.
const LONGEST_NAME: usize = 249;

/// What a group committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) offset: i64,
    pub(super) metadata: String,
}

/// The commits of a group, by topic and partition.
pub(super) type Commits = BTreeMap<(String, i32), Commit>;

/// A group with what it committed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) group: Group,
    pub(super) commits: Commits,
}

/// The state.
pub(super) struct State {
    pub(super) account: Account,
    pub(super) topics: BTreeMap<String, Topic>,
    pub(super) groups: BTreeMap<String, Known>,
    pub(super) keep: Retention,
    /// The largest batch that a client may send, in bytes.
    pub(super) largest_batch: usize,
    faults: Vec<KafkaFault>,
    observer: Observer<BrokerEvent>,
    producers: i64,
}

impl State {
    /// Creates a state without topics.
    pub(super) fn new(
        account: Account,
        keep: Retention,
        largest_batch: usize,
        observer: Observer<BrokerEvent>,
    ) -> Self {
        Self {
            account,
            topics: BTreeMap::new(),
            groups: BTreeMap::new(),
            keep,
            largest_batch,
            faults: Vec::new(),
            observer,
            producers: 0,
        }
    }

    /// Reports an event.
    pub(super) fn report(&self, event: &BrokerEvent) {
        self.observer.observe(event);
    }

    /// Creates a topic.
    ///
    /// # Errors
    ///
    /// Kafka's code, and what is wrong.
    pub(super) fn create_topic(&mut self, name: &str, partitions: i32) -> Result<(), (ResponseError, String)> {
        self.check_topic(name, partitions)?;
        let id = random().map_err(|error| (ResponseError::UnknownServerError, error.to_string()))?;
        let count = usize::try_from(partitions).unwrap_or_default();
        self.topics.insert(name.to_owned(), Topic::new(Uuid::from_bytes(id), count));
        self.report(&BrokerEvent::TopicCreated { topic: name.to_owned(), partitions });
        Ok(())
    }

    /// Checks whether a topic could be created.
    ///
    /// # Errors
    ///
    /// Kafka's code, and what is wrong.
    pub(super) fn check_topic(&self, name: &str, partitions: i32) -> Result<(), (ResponseError, String)> {
        let legal = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if name.is_empty() || name == "." || name == ".." || name.len() > LONGEST_NAME || !name.chars().all(legal) {
            let text = "a topic's name has 1 to 249 letters, digits, dots, underscores and hyphens";
            return Err((ResponseError::InvalidTopicException, text.to_owned()));
        }
        if self.topics.contains_key(name) {
            return Err((ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
        }
        if !(1..=MOST_PARTITIONS).contains(&partitions) {
            let text = format!("a topic has 1 to {MOST_PARTITIONS} partitions here");
            return Err((ResponseError::InvalidPartitions, text));
        }
        if self.topics.len() >= MOST_TOPICS {
            return Err((ResponseError::PolicyViolation, format!("{MOST_TOPICS} topics are the most here")));
        }
        Ok(())
    }

    /// Deletes a topic with what was committed for it. Returns whether it existed.
    pub(super) fn delete_topic(&mut self, name: &str) -> bool {
        let existed = self.topics.remove(name).is_some();
        if existed {
            for known in self.groups.values_mut() {
                known.commits.retain(|(topic, _), _| topic != name);
            }
            self.report(&BrokerEvent::TopicDeleted { topic: name.to_owned() });
        }
        existed
    }

    /// Returns the name of a topic with this id.
    pub(super) fn name_of(&self, id: Uuid) -> Option<String> {
        self.topics.iter().find(|(_, topic)| topic.id == id).map(|(name, _)| name.clone())
    }

    /// Appends a batch and returns the offset of its first record.
    ///
    /// # Errors
    ///
    /// Kafka's code.
    pub(super) fn append(&mut self, topic: &str, partition: i32, batch: Batch) -> Result<i64, ResponseError> {
        let found = self.topics.get_mut(topic).ok_or(ResponseError::UnknownTopicOrPartition)?;
        let appended = found.append(partition, batch, self.keep)?;
        if let Some(batch) = appended.batch {
            self.report(&BrokerEvent::Produced {
                topic: topic.to_owned(),
                partition,
                offset: appended.offset,
                count: batch.count,
                batch: batch.bytes().clone(),
            });
        }
        Ok(appended.offset)
    }

    /// Keeps what a group committed. The caller has checked that the partition exists.
    pub(super) fn commit(&mut self, group: &str, topic: &str, partition: i32, commit: Commit) {
        let event = BrokerEvent::Committed {
            group: group.to_owned(),
            topic: topic.to_owned(),
            partition,
            offset: commit.offset,
            metadata: commit.metadata.clone(),
        };
        if let Some(known) = self.groups.get_mut(group) {
            known.commits.insert((topic.to_owned(), partition), commit);
            self.report(&event);
        }
    }

    /// Returns a group, created if it is new; nothing if there are too many.
    pub(super) fn group_or_new(&mut self, name: &str) -> Option<&mut Known> {
        if !self.groups.contains_key(name) {
            if self.groups.len() >= MOST_GROUPS {
                self.groups.retain(|_, known| !known.group.is_idle() || !known.commits.is_empty());
            }
            if self.groups.len() >= MOST_GROUPS {
                return None;
            }
        }
        let new = || Known { group: Group::new(), commits: BTreeMap::new() };
        Some(self.groups.entry(name.to_owned()).or_insert_with(new))
    }

    /// Deletes a group that nobody is in.
    ///
    /// # Errors
    ///
    /// Kafka's code.
    pub(super) fn delete_group(&mut self, name: &str) -> Result<(), ResponseError> {
        let known = self.groups.get(name).ok_or(ResponseError::GroupIdNotFound)?;
        if !known.group.is_idle() {
            return Err(ResponseError::NonEmptyGroup);
        }
        self.groups.remove(name);
        self.report(&BrokerEvent::GroupDeleted { group: name.to_owned() });
        Ok(())
    }

    /// Reports what happened in a group. Returns whether anything did.
    pub(super) fn report_group(&mut self, name: &str) -> bool {
        let changes = self.groups.get_mut(name).map(|known| known.group.take_changes()).unwrap_or_default();
        for change in &changes {
            let group = name.to_owned();
            self.report(&match change.clone() {
                Change::Joined(member) => BrokerEvent::MemberJoined { group, member },
                Change::Left { member, expired } => BrokerEvent::MemberLeft { group, member, expired },
                Change::Rebalanced { generation, members } => BrokerEvent::Rebalanced { group, generation, members },
            });
        }
        !changes.is_empty()
    }

    /// Lets the time pass in every group. Returns whether anything changed.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let changed: Vec<String> =
            self.groups.iter_mut().filter_map(|(name, known)| known.group.expire(now).then(|| name.clone())).collect();
        for name in &changed {
            self.report_group(name);
        }
        !changed.is_empty()
    }

    /// Returns when [`State::expire`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.groups.values().filter_map(|known| known.group.deadline()).min()
    }

    /// Returns an id for an idempotent producer.
    pub(super) fn next_producer(&mut self) -> i64 {
        self.producers += 1;
        self.producers
    }

    /// Adds a fault.
    pub(super) fn script(&mut self, fault: KafkaFault) {
        self.faults.push(fault);
    }

    /// Removes all faults.
    pub(super) fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Returns what happens to a request. Of the faults that fit, the first one does.
    pub(super) fn strike(&mut self, api: ApiKey) -> Option<KafkaEffect> {
        let effect = self.faults.iter_mut().find_map(|fault| fault.strike(api));
        self.faults.retain(KafkaFault::is_armed);
        effect
    }

    /// Repeats what an event says, without reporting it. Events about members and sign-ins change nothing: a broker that
    /// is started again has no members.
    ///
    /// # Errors
    ///
    /// When the event does not fit the state: a batch that is damaged or before the end of its log.
    pub(super) fn replay(&mut self, event: &BrokerEvent) -> io::Result<()> {
        let observer = std::mem::take(&mut self.observer);
        let replayed = self.replay_quietly(event);
        self.observer = observer;
        replayed
    }

    fn replay_quietly(&mut self, event: &BrokerEvent) -> io::Result<()> {
        let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        match event {
            BrokerEvent::TopicCreated { topic, partitions } => {
                if !self.topics.contains_key(topic) {
                    self.create_topic(topic, *partitions).map_err(|(_, text)| invalid(text))?;
                }
            }
            BrokerEvent::TopicDeleted { topic } => {
                self.delete_topic(topic);
            }
            BrokerEvent::Produced { topic, partition, offset, batch, .. } => {
                let what = || format!("the batch at {topic}-{partition}@{offset}");
                let batch = Batch::read(batch.clone()).map_err(|code| invalid(format!("{}: {code}", what())))?;
                self.producers = batch.sequence.map_or(self.producers, |known| self.producers.max(known.producer));
                let found = self.topics.get_mut(topic).ok_or_else(|| invalid(format!("{}: no topic", what())))?;
                let log = usize::try_from(*partition).ok().and_then(|number| found.partitions.get_mut(number));
                log.ok_or_else(|| invalid(format!("{}: no partition", what())))?.begin_at(*offset);
                let appended = self.append(topic, *partition, batch);
                if appended != Ok(*offset) {
                    return Err(invalid(format!("{} does not follow the log", what())));
                }
            }
            BrokerEvent::Committed { group, topic, partition, offset, metadata } => {
                self.group_or_new(group);
                let commit = Commit { offset: *offset, metadata: metadata.clone() };
                self.commit(group, topic, *partition, commit);
            }
            BrokerEvent::GroupDeleted { group } => {
                self.groups.remove(group);
            }
            BrokerEvent::MemberJoined { .. }
            | BrokerEvent::MemberLeft { .. }
            | BrokerEvent::Rebalanced { .. }
            | BrokerEvent::SignedIn { .. } => {}
        }
        Ok(())
    }
}
