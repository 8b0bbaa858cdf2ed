//! A fake Port that keeps its state in memory, records every call, and answers as Port documents.
//!
//! Port does not document its error codes (`error` in the body of an answer). The fake has its own, except `not_found`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::observer::Observer;
use crate::server::Server;

// The state.
mod answer;
mod fault;
mod call;
mod run;
mod token;
mod rate;
mod documents;
mod state;

// What others learn of it.
mod feed;
mod outbox;
mod desk;

// Checks of documents.
mod identifier;
mod schema;
mod default;
mod relation;
mod rename;

// What a search or a list asks for.
mod view;
mod moments;
mod query;

// The calls, by subject.
mod blueprint;
mod page;
mod entity;
mod search;
mod action;
mod runs;
mod approval;
mod log;
mod workflow;
mod node_run;
mod people;
mod kafka_credentials;

// From the connection to a call and back.
mod route;
mod admin;
mod api;

// What the program that runs this Port may see and set.
mod inspection;
mod setup;

pub use call::Call;
pub use documents::PortDocument;
pub use fault::{Effect, Fault};
pub use feed::PortEvent;
pub use kafka_credentials::KafkaCredentials;
pub use outbox::DueRun;
pub use run::Progress;
pub use state::LateWrites;
pub use token::Credentials;

use api::Api;
use desk::Desk;
use outbox::Publisher;
use state::State;

/// A running Port. Dropping it stops it.
#[derive(Debug)]
pub struct FakePort {
    server: Server,
    desk: Arc<Desk>,
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
        let desk = Arc::new(Desk::new(State::new(credentials)));
        let server = Server::start(listen, Arc::new(Api::new(Arc::clone(&desk))))?;
        Ok(Self { server, desk })
    }

    /// Returns the base URL, without `/v1` and without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Sets who sees what happens from now on.
    pub fn set_observer(&self, observer: Observer<PortEvent>) {
        self.desk.state().observer = observer;
    }

    /// Repeats what an event of an earlier Port says, without reporting it: entities, documents, runs with their logs,
    /// calls, and which runs are still to be published.
    pub fn replay(&self, event: &PortEvent) {
        self.desk.state().replay(event);
    }

    /// Sets what happens to a run that is to be published, which is each run that is started or approved; if the closure
    /// refuses, the run ends as a failure with its reason. The runs that are due already are published first.
    ///
    /// The closure is called for one run at a time and may look at this Port and change it, but must not start runs.
    pub fn set_publisher(&self, publish: impl FnMut(&DueRun) -> Result<(), String> + Send + 'static) {
        self.desk.set_publisher(Publisher::new(publish));
    }

    /// Starts an action with these inputs, as its button in Port does, and returns the run.
    ///
    /// # Errors
    ///
    /// When Port would refuse that: its reason.
    pub fn start_run(&self, action: &str, inputs: Map<String, Value>, entity: Option<&str>) -> Result<Value, String> {
        self.begin(action, inputs, entity, None)
    }

    /// Starts an action like [`FakePort::start_run`] for the user with this e-mail address.
    ///
    /// # Errors
    ///
    /// When Port would refuse that: its reason.
    pub fn start_run_as(
        &self,
        user: &str,
        action: &str,
        inputs: Map<String, Value>,
        entity: Option<&str>,
    ) -> Result<Value, String> {
        self.begin(action, inputs, entity, Some(user))
    }

    fn begin(
        &self,
        action: &str,
        inputs: Map<String, Value>,
        entity: Option<&str>,
        user: Option<&str>,
    ) -> Result<Value, String> {
        let body = Map::from_iter([("properties".to_owned(), inputs.into())]);
        let started = runs::begin(&mut self.desk.state(), action, entity, &body, user);
        self.desk.publish();
        started.map(|mut answer| answer.body["run"].take()).map_err(|refusal| refusal.reason().to_owned())
    }

    /// Approves or declines a run that waits for it, for a user and with a reason, and returns the run.
    ///
    /// # Errors
    ///
    /// When the run does not exist or does not wait for approval.
    pub fn decide_run(&self, id: &str, approved: bool, user: &str, reason: Option<&str>) -> Result<Value, String> {
        let decided = approval::answer(&mut self.desk.state(), id, approved, user, reason);
        self.desk.publish();
        decided.map_err(|refusal| refusal.reason().to_owned())
    }

    /// Makes a step of a run happen now. Does nothing for a run that does not exist.
    pub fn advance_run(&self, id: &str, step: Progress) {
        runs::take(&mut self.desk.state(), id, step);
        self.desk.publish();
    }
}
