//! A Port that keeps its state in memory and remembers every call; what it is asked is answered as Port documents it.
//!
//! Port does not document its error codes (`error` in the answer's body); the ones here are ours, save `not_found`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::lock::lock;
use crate::server::Server;

// What is kept.
mod answer;
mod fault;
mod call;
mod run;
mod token;
mod state;

// What is asked of a document.
mod identifier;
mod schema;
mod default;
mod relation;

// The calls, by what they are about.
mod blueprint;
mod entity;
mod action;
mod runs;
mod log;
mod node_run;

// From the wire to a call and back.
mod route;
mod admin;
mod api;

pub use call::Call;
pub use fault::{Effect, Fault};
pub use run::Progress;
pub use token::Credentials;

use api::Api;
use state::State;

/// A running Port; dropping it stops it.
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

    /// The base URL, without `/v1` and without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Every call so far, in the order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.all()
    }

    /// Forgets the calls so far; connections keep their numbers.
    pub fn clear_calls(&self) {
        lock(&self.state).calls.clear();
    }

    /// One entity, as Port would answer it.
    #[must_use]
    pub fn entity(&self, blueprint: &str, identifier: &str) -> Option<Value> {
        lock(&self.state).entity(blueprint, identifier).cloned().map(Value::Object)
    }

    /// Every entity, by blueprint and identifier.
    #[must_use]
    pub fn entities(&self) -> Vec<Value> {
        lock(&self.state).entities.values().cloned().map(Value::Object).collect()
    }

    /// Every blueprint, by identifier.
    #[must_use]
    pub fn blueprints(&self) -> Vec<Value> {
        lock(&self.state).blueprints.values().cloned().map(Value::Object).collect()
    }

    /// Every action, by identifier.
    #[must_use]
    pub fn actions(&self) -> Vec<Value> {
        lock(&self.state).actions.values().cloned().map(Value::Object).collect()
    }

    /// One blueprint.
    #[must_use]
    pub fn blueprint(&self, identifier: &str) -> Option<Value> {
        lock(&self.state).blueprints.get(identifier).cloned().map(Value::Object)
    }

    /// One action.
    #[must_use]
    pub fn action(&self, identifier: &str) -> Option<Value> {
        lock(&self.state).actions.get(identifier).cloned().map(Value::Object)
    }

    /// Every run of an action, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<Value> {
        let state = lock(&self.state);
        let mut runs: Vec<_> = state.runs.values().collect();
        runs.sort_by_key(|run| run.number);
        runs.into_iter().map(|run| Value::Object(run.document.clone())).collect()
    }

    /// One run of an action.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<Value> {
        lock(&self.state).runs.get(id).map(|run| Value::Object(run.document.clone()))
    }

    /// The log of a run, oldest line first; empty for a run that does not exist.
    #[must_use]
    pub fn run_logs(&self, id: &str) -> Vec<Value> {
        lock(&self.state).runs.get(id).map(|run| run.logs.clone()).unwrap_or_default()
    }

    /// One node run of a workflow.
    #[must_use]
    pub fn node_run(&self, id: &str) -> Option<Value> {
        lock(&self.state).node_runs.get(id).cloned().map(Value::Object)
    }

    /// Every node run of a workflow, by identifier.
    #[must_use]
    pub fn node_runs(&self) -> Vec<Value> {
        lock(&self.state).node_runs.values().cloned().map(Value::Object).collect()
    }

    /// Adds or replaces a blueprint without checking it; a document without an identifier is ignored.
    pub fn add_blueprint(&self, blueprint: Value) {
        blueprint::put_unchecked(&mut lock(&self.state), blueprint);
    }

    /// Adds or replaces an action without checking it; a document without an identifier is ignored.
    pub fn add_action(&self, action: Value) {
        action::put_unchecked(&mut lock(&self.state), action);
    }

    /// Adds or replaces an entity without checking it; a document without an identifier is ignored.
    pub fn add_entity(&self, blueprint: &str, entity: Value) {
        entity::put_unchecked(&mut lock(&self.state), blueprint, entity);
    }

    /// Adds a run that is in progress.
    pub fn add_run(&self, id: &str, action: &str, blueprint: Option<&str>, entity: Option<&str>) {
        runs::put_unchecked(&mut lock(&self.state), id, action, blueprint, entity);
    }

    /// Takes a step of a run at once; nothing for a run that does not exist.
    pub fn advance_run(&self, id: &str, step: Progress) {
        runs::take(&mut lock(&self.state), id, step);
    }

    /// Scripts the runs that are started of an action from now on: one step happens each time such a run is read.
    pub fn script_runs(&self, action: &str, steps: impl IntoIterator<Item = Progress>) {
        lock(&self.state).scripts.insert(action.to_owned(), steps.into_iter().collect());
    }

    /// Makes a run as old as a test needs it: sets when it was started.
    pub fn backdate_run(&self, id: &str, created_at: &str) {
        if let Some(run) = lock(&self.state).runs.get_mut(id) {
            run.document.insert("createdAt".to_owned(), created_at.into());
        }
    }

    /// Adds a node run of a workflow that is in progress.
    pub fn add_node_run(&self, id: &str) {
        node_run::put_unchecked(&mut lock(&self.state), id);
    }

    /// Makes every call wait this long before it is carried out.
    pub fn set_latency(&self, latency: Duration) {
        lock(&self.state).latency = latency;
    }

    /// Makes tokens that are issued from now on live this long instead of three hours.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        lock(&self.state).tokens.set_lifetime(lifetime);
    }

    /// Lets the present token lapse: calls are answered 401 until a new one is fetched.
    pub fn expire_tokens(&self) {
        lock(&self.state).tokens.expire();
    }

    /// Queues a fault; of the faults that match a call, the first that is due happens.
    pub fn script(&self, fault: Fault) {
        lock(&self.state).faults.push(fault);
    }

    /// Forgets every fault.
    pub fn clear_faults(&self) {
        lock(&self.state).faults.clear();
    }
}
