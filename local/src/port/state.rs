//! The state of the fake Port.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Object, Refusal};
use super::call::Calls;
use super::fault::Faults;
use super::run::{Script, StoredRun};
use super::token::{Credentials, Tokens};
use crate::clock;
use crate::random::Random;

/// What becomes of a write to an entity that names a run which has ended. Port documents that the entity is linked only
/// while the run is in progress, not what becomes of the write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LateWrites {
    /// The entity is written and not linked. The harder case for a client, hence the default.
    #[default]
    Untied,
    /// The write is refused with 422.
    Refused,
}

/// The whole state, under one lock.
#[derive(Debug)]
pub(super) struct State {
    /// The only client.
    pub(super) credentials: Credentials,
    /// Its token.
    pub(super) tokens: Tokens,
    /// By identifier.
    pub(super) blueprints: BTreeMap<String, Object>,
    /// By identifier.
    pub(super) actions: BTreeMap<String, Object>,
    /// By blueprint and identifier.
    pub(super) entities: BTreeMap<(String, String), Object>,
    /// By id.
    pub(super) runs: BTreeMap<String, StoredRun>,
    /// What happens to the runs that are started, by the action's identifier.
    pub(super) scripts: BTreeMap<String, Script>,
    /// By id.
    pub(super) node_runs: BTreeMap<String, Object>,
    /// The ids of the node runs of each run of a workflow.
    pub(super) workflow_runs: BTreeMap<String, Vec<String>>,
    /// What becomes of a write that names a closed run.
    pub(super) late_writes: LateWrites,
    /// The calls received.
    pub(super) calls: Calls,
    /// The scripted faults.
    pub(super) faults: Faults,
    /// The duration of every call.
    pub(super) latency: Duration,
    /// The calls so far, by the name of their rate limit.
    pub(super) spent: BTreeMap<&'static str, u64>,
    counter: u64,
}

impl State {
    /// Creates an empty organisation.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            tokens: Tokens::new(),
            blueprints: BTreeMap::new(),
            actions: BTreeMap::new(),
            entities: BTreeMap::new(),
            runs: BTreeMap::new(),
            scripts: BTreeMap::new(),
            node_runs: BTreeMap::new(),
            workflow_runs: BTreeMap::new(),
            late_writes: LateWrites::default(),
            calls: Calls::default(),
            faults: Faults::default(),
            latency: Duration::ZERO,
            spent: BTreeMap::new(),
            counter: 0,
        }
    }

    /// Returns who changes documents here: the only client.
    pub(super) fn author(&self) -> String {
        format!("{}@clients", self.credentials.client_id)
    }

    /// Returns the next number, which orders documents by creation.
    pub(super) fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Returns a new identifier.
    pub(super) fn fresh_id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", Random::new(self.tick()).alphanumerics())
    }

    /// Returns one blueprint, or 404.
    pub(super) fn known_blueprint(&self, identifier: &str) -> Result<&Object, Refusal> {
        self.blueprints.get(identifier).ok_or_else(|| Refusal::not_found("Blueprint", identifier))
    }

    /// Returns one entity.
    pub(super) fn entity(&self, blueprint: &str, identifier: &str) -> Option<&Object> {
        self.entities.get(&(blueprint.to_owned(), identifier.to_owned()))
    }

    /// Returns one run, or 404.
    pub(super) fn known_run(&mut self, id: &str) -> Result<&mut StoredRun, Refusal> {
        self.runs.get_mut(id).ok_or_else(|| Refusal::not_found("Run", id))
    }

    /// Refuses a `run_id` of an unknown run and, where [`LateWrites`] says so, that of a closed one.
    pub(super) fn tie(&mut self, run_id: Option<&str>) -> Result<(), Refusal> {
        let Some(id) = run_id else { return Ok(()) };
        let late_writes = self.late_writes;
        let run = self.known_run(id)?;
        match late_writes {
            LateWrites::Untied => Ok(()),
            LateWrites::Refused => run.refuse_closed(),
        }
    }

    /// Sets who created and changed a document and when. Keeps an earlier version's creation.
    pub(super) fn stamp(&self, document: &mut Object, earlier: Option<&Object>) {
        let author = Value::from(self.author());
        let now = Value::from(clock::now());
        let was = |key: &str| earlier.and_then(|earlier| earlier.get(key)).cloned();
        document.insert("createdAt".to_owned(), was("createdAt").unwrap_or_else(|| now.clone()));
        document.insert("createdBy".to_owned(), was("createdBy").unwrap_or_else(|| author.clone()));
        document.insert("updatedAt".to_owned(), now);
        document.insert("updatedBy".to_owned(), author);
    }
}

/// Returns the identifier of a document that is added without checking.
pub(super) fn identified(document: Value) -> Option<(String, Object)> {
    let Value::Object(document) = document else { return None };
    let identifier = document.get("identifier")?.as_str()?.to_owned();
    Some((identifier, document))
}
