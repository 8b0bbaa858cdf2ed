//! A fake Port that keeps its state in memory, records every call, and answers as Port documents.
//!
//! Port does not document its error codes (`error` in the body of an answer). The fake has its own, except `not_found`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::lock::lock;
use crate::server::Server;

// The state.
mod answer;
mod fault;
mod call;
mod run;
mod token;
mod state;

// Checks of documents.
mod identifier;
mod schema;
mod default;
mod relation;

// The calls, by subject.
mod blueprint;
mod entity;
mod search;
mod action;
mod runs;
mod log;
mod node_run;

// From the connection to a call and back.
mod route;
mod admin;
mod api;

pub use call::Call;
pub use fault::{Effect, Fault};
pub use run::Progress;
pub use state::LateWrites;
pub use token::Credentials;

use api::Api;
use state::State;

/// A running Port. Dropping it stops it.
#[derive(Debug)]
pub struct FakePort {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl FakePort {
    /// Starts on a free port of `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the thread cannot be started.
    pub fn start(credentials: Credentials) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), credentials)
    }

    /// Starts on a given address.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the thread cannot be started.
    pub fn start_at(listen: SocketAddr, credentials: Credentials) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::new(credentials)));
        let server = Server::start(listen, Arc::new(Api::new(Arc::clone(&state))))?;
        Ok(Self { server, state })
    }

    /// Returns the base URL, without `/v1` and without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Returns every call so far, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.all()
    }

    /// Forgets the calls so far. Connections keep their numbers.
    pub fn clear_calls(&self) {
        lock(&self.state).calls.clear();
    }

    /// Returns one entity, as Port would answer it.
    #[must_use]
    pub fn entity(&self, blueprint: &str, identifier: &str) -> Option<Value> {
        lock(&self.state).entity(blueprint, identifier).cloned().map(Value::Object)
    }

    /// Returns every entity, by blueprint and identifier.
    #[must_use]
    pub fn entities(&self) -> Vec<Value> {
        lock(&self.state).entities.values().cloned().map(Value::Object).collect()
    }

    /// Returns every blueprint, by identifier.
    #[must_use]
    pub fn blueprints(&self) -> Vec<Value> {
        lock(&self.state).blueprints.values().cloned().map(Value::Object).collect()
    }

    /// Returns every action, by identifier.
    #[must_use]
    pub fn actions(&self) -> Vec<Value> {
        lock(&self.state).actions.values().cloned().map(Value::Object).collect()
    }

    /// Returns one blueprint.
    #[must_use]
    pub fn blueprint(&self, identifier: &str) -> Option<Value> {
        lock(&self.state).blueprints.get(identifier).cloned().map(Value::Object)
    }

    /// Returns one action.
    #[must_use]
    pub fn action(&self, identifier: &str) -> Option<Value> {
        lock(&self.state).actions.get(identifier).cloned().map(Value::Object)
    }

    /// Returns every run of an action, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<Value> {
        let state = lock(&self.state);
        let mut runs: Vec<_> = state.runs.values().collect();
        runs.sort_by_key(|run| run.number);
        runs.into_iter().map(|run| Value::Object(run.document.clone())).collect()
    }

    /// Returns one run of an action.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<Value> {
        lock(&self.state).runs.get(id).map(|run| Value::Object(run.document.clone()))
    }

    /// Returns the log of a run, oldest line first; empty for a run that does not exist.
    #[must_use]
    pub fn run_logs(&self, id: &str) -> Vec<Value> {
        lock(&self.state).runs.get(id).map(|run| run.logs.clone()).unwrap_or_default()
    }

    /// Returns one node run of a workflow.
    #[must_use]
    pub fn node_run(&self, id: &str) -> Option<Value> {
        lock(&self.state).node_runs.get(id).cloned().map(Value::Object)
    }

    /// Returns every node run of a workflow, by identifier.
    #[must_use]
    pub fn node_runs(&self) -> Vec<Value> {
        lock(&self.state).node_runs.values().cloned().map(Value::Object).collect()
    }

    /// Adds or replaces a blueprint without checking it. Ignores a document without an identifier.
    pub fn add_blueprint(&self, blueprint: Value) {
        blueprint::put_unchecked(&mut lock(&self.state), blueprint);
    }

    /// Adds or replaces an action without checking it. Ignores a document without an identifier.
    pub fn add_action(&self, action: Value) {
        action::put_unchecked(&mut lock(&self.state), action);
    }

    /// Adds or replaces an entity without checking it. Ignores a document without an identifier.
    pub fn add_entity(&self, blueprint: &str, entity: Value) {
        entity::put_unchecked(&mut lock(&self.state), blueprint, entity);
    }

    /// Adds a run that is in progress.
    pub fn add_run(&self, id: &str, action: &str, blueprint: Option<&str>, entity: Option<&str>) {
        runs::put_unchecked(&mut lock(&self.state), id, action, blueprint, entity);
    }

    /// Starts an action with these inputs, as its button in Port does, and returns the run.
    ///
    /// # Errors
    ///
    /// When Port would refuse that: its reason.
    pub fn start_run(&self, action: &str, inputs: Map<String, Value>, entity: Option<&str>) -> Result<Value, String> {
        let body = Map::from_iter([("properties".to_owned(), inputs.into())]);
        let started = runs::begin(&mut lock(&self.state), action, entity, &body);
        started.map(|mut answer| answer.body["run"].take()).map_err(|refusal| refusal.reason().to_owned())
    }

    /// Makes a step of a run happen now. Does nothing for a run that does not exist.
    pub fn advance_run(&self, id: &str, step: Progress) {
        runs::take(&mut lock(&self.state), id, step);
    }

    /// Scripts the runs of an action that are started from now on: each time such a run is read, one step happens.
    pub fn script_runs(&self, action: &str, steps: impl IntoIterator<Item = Progress>) {
        lock(&self.state).scripts.insert(action.to_owned(), steps.into_iter().collect());
    }

    /// Sets when a run was started, for tests of old runs.
    pub fn backdate_run(&self, id: &str, created_at: &str) {
        if let Some(run) = lock(&self.state).runs.get_mut(id) {
            run.document.insert("createdAt".to_owned(), created_at.into());
        }
    }

    /// Replaces the credentials that Port accepts. The current token stays valid, as after a rotation.
    pub fn set_credentials(&self, credentials: Credentials) {
        lock(&self.state).credentials = credentials;
    }

    /// Adds a node run of a workflow that is in progress.
    pub fn add_node_run(&self, id: &str) {
        node_run::put_unchecked(&mut lock(&self.state), id);
    }

    /// Adds or replaces a run of a workflow, with the ids of its node runs.
    pub fn add_workflow_run(&self, id: &str, node_runs: &[&str]) {
        let node_runs = node_runs.iter().map(|node| (*node).to_owned()).collect();
        lock(&self.state).workflow_runs.insert(id.to_owned(), node_runs);
    }

    /// Sets what becomes of a write to an entity that names a run which has ended.
    pub fn set_late_writes(&self, late_writes: LateWrites) {
        lock(&self.state).late_writes = late_writes;
    }

    /// Makes every call wait this long before it is carried out.
    pub fn set_latency(&self, latency: Duration) {
        lock(&self.state).latency = latency;
    }

    /// Sets the lifetime of tokens issued from now on, instead of three hours.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        lock(&self.state).tokens.set_lifetime(lifetime);
    }

    /// Sets what answers say about a token's lifetime instead of the truth; null leaves it out.
    pub fn announce_token_lifetime(&self, expires_in: Value) {
        lock(&self.state).tokens.announce(expires_in);
    }

    /// Returns every token issued so far.
    #[must_use]
    pub fn issued_tokens(&self) -> Vec<String> {
        lock(&self.state).tokens.issued()
    }

    /// Lets the current token expire: calls are answered with 401 until a new one is fetched.
    pub fn expire_tokens(&self) {
        lock(&self.state).tokens.expire();
    }

    /// Queues a fault. Of the faults that match a call, the first one that is due happens.
    pub fn script(&self, fault: Fault) {
        lock(&self.state).faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.state).faults.clear();
    }
}
