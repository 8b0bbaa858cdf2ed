//! A consumer group of the classic protocol, as plain functions of the time: join, sync, heartbeat, leave, expire.
//!
//! Nothing waits here. A member that must wait asks again when the group has changed. The rules and their codes are those
//! of Apache Kafka's group coordinator.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::ResponseError;

mod words;

#[cfg(test)]
mod tests;

pub(super) use words::{Change, Join, Member, Phase, Refusal};

/// The session timeouts that are accepted, as Apache Kafka's defaults.
const SESSIONS: std::ops::RangeInclusive<Duration> = Duration::from_secs(6)..=Duration::from_mins(30);
/// The largest number of members, and of ids that were given out and not used.
const MOST_MEMBERS: usize = 200;

/// A group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) phase: Phase,
    pub(super) generation: i32,
    pub(super) kind: String,
    pub(super) protocol: String,
    pub(super) leader: String,
    pub(super) members: BTreeMap<String, Member>,
    /// Ids that were given out, until when.
    expected: BTreeMap<String, Instant>,
    changes: Vec<Change>,
}

impl Group {
    /// Creates an empty group.
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Empty,
            generation: 0,
            kind: String::new(),
            protocol: String::new(),
            leader: String::new(),
            members: BTreeMap::new(),
            expected: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Returns what happened since the last call.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Returns whether nobody is there or about to come.
    pub(super) fn is_idle(&self) -> bool {
        self.members.is_empty() && self.expected.is_empty()
    }

    /// Lets a member join. Returns its id; [`Group::joined`] says when it is in a generation.
    ///
    /// # Errors
    ///
    /// Why it cannot join.
    pub(super) fn join(&mut self, join: Join, now: Instant) -> Result<String, Refusal> {
        if !SESSIONS.contains(&join.session) {
            return Err(ResponseError::InvalidSessionTimeout.into());
        }
        self.check_protocols(&join)?;
        let owner = join.instance.as_ref().and_then(|instance| self.owner(instance));
        if join.member.is_empty() {
            if self.members.len().max(self.expected.len()) >= MOST_MEMBERS {
                return Err(ResponseError::GroupMaxSizeReached.into());
            }
            // A member with a name takes the place of its former self.
            if let Some(former) = owner {
                self.remove(&former, false);
            } else if join.twice && join.instance.is_none() {
                self.expected.insert(join.fresh.clone(), now + join.session);
                return Err(Refusal::IdRequired(join.fresh));
            }
            return Ok(self.add(join.fresh.clone(), join, now));
        }
        if owner.is_some_and(|owner| owner != join.member) {
            return Err(ResponseError::FencedInstanceId.into());
        }
        if self.expected.remove(&join.member).is_some() {
            return Ok(self.add(join.member.clone(), join, now));
        }
        let leads = self.leader == join.member;
        let member = self.members.get_mut(&join.member).ok_or(ResponseError::UnknownMemberId)?;
        let changed = member.protocols != join.protocols;
        (member.session, member.rebalance, member.protocols) = (join.session, join.rebalance, join.protocols);
        member.deadline = now + member.session;
        let again = match self.phase {
            Phase::Joining(_) => true,
            Phase::Stable => leads || changed,
            Phase::Syncing | Phase::Empty => changed,
        };
        if again {
            member.joining = true;
            self.prepare(now);
            self.complete_if_all_joined(now);
        }
        Ok(join.member)
    }

    /// Returns whether a member is in a generation; nothing as long as it must wait.
    pub(super) fn joined(&self, member: &str) -> Option<Result<(), ResponseError>> {
        match self.members.get(member) {
            None => Some(Err(ResponseError::UnknownMemberId)),
            Some(member) if member.joining => None,
            Some(_) => Some(Ok(())),
        }
    }

    /// Takes the distribution of partitions from the leader; for the others, it only says that they wait for it.
    ///
    /// # Errors
    ///
    /// Kafka's code.
    pub(super) fn sync(
        &mut self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        assignments: Vec<(String, Bytes)>,
        now: Instant,
    ) -> Result<(), ResponseError> {
        self.check(member, instance, generation)?;
        match self.phase {
            Phase::Empty => return Err(ResponseError::UnknownMemberId),
            Phase::Joining(_) => return Err(ResponseError::RebalanceInProgress),
            Phase::Syncing if member == self.leader => {
                let mut assignments: BTreeMap<_, _> = assignments.into_iter().collect();
                for (id, member) in &mut self.members {
                    member.assignment = assignments.remove(id).unwrap_or_default();
                    (member.syncing, member.deadline) = (false, now + member.session);
                }
                self.phase = Phase::Stable;
            }
            Phase::Syncing => {
                if let Some(member) = self.members.get_mut(member) {
                    member.syncing = true;
                }
            }
            Phase::Stable => self.touch(member, now),
        }
        Ok(())
    }

    /// Returns a member's partitions in a generation, or why it gets none; nothing as long as it must wait.
    pub(super) fn synced(&self, member: &str, generation: i32) -> Option<Result<Bytes, ResponseError>> {
        let Some(found) = self.members.get(member) else { return Some(Err(ResponseError::UnknownMemberId)) };
        match self.phase {
            Phase::Stable if self.generation == generation => Some(Ok(found.assignment.clone())),
            Phase::Syncing if self.generation == generation => None,
            _ => Some(Err(ResponseError::RebalanceInProgress)),
        }
    }

    /// Hears that a member is alive.
    ///
    /// # Errors
    ///
    /// Kafka's code, among them that it must join again.
    pub(super) fn heartbeat(
        &mut self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        self.check(member, instance, generation)?;
        self.touch(member, now);
        if matches!(self.phase, Phase::Joining(_)) { Err(ResponseError::RebalanceInProgress) } else { Ok(()) }
    }

    /// Lets a member go.
    ///
    /// # Errors
    ///
    /// When it is unknown.
    pub(super) fn leave(&mut self, member: &str, instance: Option<&str>, now: Instant) -> Result<(), ResponseError> {
        let owner = instance.and_then(|instance| self.owner(instance));
        let member = match (owner, member) {
            (Some(owner), "") => owner,
            (Some(owner), member) if owner != member => return Err(ResponseError::FencedInstanceId),
            (_, member) => member.to_owned(),
        };
        if self.expected.remove(&member).is_some() {
            return Ok(());
        }
        if !self.members.contains_key(&member) {
            return Err(ResponseError::UnknownMemberId);
        }
        self.remove(&member, false);
        self.regroup(now);
        Ok(())
    }

    /// Checks that a commit comes from a member of this generation, or from outside while nobody is there.
    ///
    /// # Errors
    ///
    /// Kafka's code.
    pub(super) fn check_commit(
        &mut self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        now: Instant,
    ) -> Result<(), ResponseError> {
        if generation < 0 && self.members.is_empty() {
            return Ok(());
        }
        self.check(member, instance, generation)?;
        self.touch(member, now);
        if self.phase == Phase::Syncing { Err(ResponseError::RebalanceInProgress) } else { Ok(()) }
    }

    /// Removes who was silent for too long and ends a rebalance that took too long. Returns whether anything changed.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        self.expected.retain(|_, until| *until > now);
        let silent: Vec<String> =
            self.members.iter().filter(|(_, member)| member.is_due(now)).map(|(id, _)| id.clone()).collect();
        for member in &silent {
            self.remove(member, true);
        }
        if !silent.is_empty() {
            self.regroup(now);
        }
        let Phase::Joining(until) = self.phase else { return !silent.is_empty() };
        if until > now {
            return !silent.is_empty();
        }
        let absent: Vec<String> =
            self.members.iter().filter(|(_, member)| !member.joining).map(|(id, _)| id.clone()).collect();
        for member in &absent {
            self.remove(member, true);
        }
        self.complete_if_all_joined(now);
        true
    }

    /// Returns when [`Group::expire`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let members = self.members.values().filter(|member| !member.joining && !member.syncing);
        let rebalance = if let Phase::Joining(until) = self.phase { Some(until) } else { None };
        members.map(|member| member.deadline).chain(self.expected.values().copied()).chain(rebalance).min()
    }

    fn check_protocols(&self, join: &Join) -> Result<(), ResponseError> {
        let others: Vec<&Member> =
            self.members.iter().filter(|(id, _)| **id != join.member).map(|(_, member)| member).collect();
        let known = |name: &String| others.iter().all(|member| member.protocols.iter().any(|(other, _)| other == name));
        let shared = join.protocols.iter().any(|(name, _)| known(name));
        if join.kind.is_empty() || !shared || (!others.is_empty() && self.kind != join.kind) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn check(&self, member: &str, instance: Option<&str>, generation: i32) -> Result<(), ResponseError> {
        if instance.and_then(|instance| self.owner(instance)).is_some_and(|owner| owner != member) {
            return Err(ResponseError::FencedInstanceId);
        }
        if !self.members.contains_key(member) {
            return Err(ResponseError::UnknownMemberId);
        }
        if generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    fn owner(&self, instance: &str) -> Option<String> {
        let found = self.members.iter().find(|(_, member)| member.instance.as_deref() == Some(instance));
        found.map(|(id, _)| id.clone())
    }

    fn touch(&mut self, member: &str, now: Instant) {
        if let Some(member) = self.members.get_mut(member) {
            member.deadline = now + member.session;
        }
    }

    fn add(&mut self, id: String, join: Join, now: Instant) -> String {
        let member = Member {
            instance: join.instance,
            client: join.client,
            protocols: join.protocols,
            assignment: Bytes::new(),
            session: join.session,
            rebalance: join.rebalance,
            joining: true,
            syncing: false,
            deadline: now + join.session,
        };
        self.kind = join.kind;
        self.members.insert(id.clone(), member);
        self.changes.push(Change::Joined(id.clone()));
        self.prepare(now);
        self.complete_if_all_joined(now);
        id
    }

    fn remove(&mut self, member: &str, expired: bool) {
        if self.members.remove(member).is_some() {
            self.changes.push(Change::Left { member: member.to_owned(), expired });
        }
    }

    /// Begins or goes on with a rebalance after members went.
    fn regroup(&mut self, now: Instant) {
        self.prepare(now);
        self.complete_if_all_joined(now);
    }

    /// Begins a rebalance, unless one is going on.
    fn prepare(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Joining(_)) {
            return;
        }
        let patience = self.members.values().map(|member| member.rebalance).max().unwrap_or_default();
        self.phase = Phase::Joining(now + patience);
        for member in self.members.values_mut().filter(|member| member.syncing) {
            (member.syncing, member.deadline) = (false, now + member.session);
        }
    }

    /// Begins a generation if nobody is missing.
    fn complete_if_all_joined(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Joining(_)) || self.members.values().any(|member| !member.joining) {
            return;
        }
        self.generation = self.generation.wrapping_add(1).max(1);
        for member in self.members.values_mut() {
            (member.joining, member.deadline) = (false, now + member.session);
            member.assignment = Bytes::new();
        }
        if !self.members.contains_key(&self.leader) {
            self.leader = self.members.keys().next().cloned().unwrap_or_default();
        }
        self.protocol = self.chosen_protocol();
        self.phase = if self.members.is_empty() { Phase::Empty } else { Phase::Syncing };
        let members = self.members.keys().cloned().collect();
        self.changes.push(Change::Rebalanced { generation: self.generation, members });
    }

    /// Returns the way to distribute partitions that most prefer of those that all know.
    fn chosen_protocol(&self) -> String {
        let all = |member: &Member| member.protocols.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        let Some(shared) = self.members.values().map(all).reduce(|left, right| &left & &right) else {
            return String::new();
        };
        let mut votes: BTreeMap<&String, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some((name, _)) = member.protocols.iter().find(|(name, _)| shared.contains(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(name, _)| name.clone()).unwrap_or_default()
    }
}
