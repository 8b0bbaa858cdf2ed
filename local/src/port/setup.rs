//! What the program that runs this Port may set: what Port holds, how it answers, and what goes wrong.

use std::time::Duration;

use serde_json::Value;

use super::state::LateWrites;
use super::{
    Credentials, FakePort, Fault, KafkaCredentials, PortDocument, Progress, action, blueprint, entity, node_run,
    people, runs,
};

impl FakePort {
    /// Adds or replaces a blueprint without checking it. Ignores a document without an identifier.
    pub fn add_blueprint(&self, blueprint: Value) {
        blueprint::put_unchecked(&mut self.desk.state(), blueprint);
    }

    /// Adds or replaces an action without checking it. Ignores a document without an identifier.
    pub fn add_action(&self, action: Value) {
        action::put_unchecked(&mut self.desk.state(), action);
    }

    /// Adds or replaces an entity without checking it. Ignores a document without an identifier.
    pub fn add_entity(&self, blueprint: &str, entity: Value) {
        entity::put_unchecked(&mut self.desk.state(), blueprint, entity, None);
    }

    /// Adds a run that is in progress.
    pub fn add_run(&self, id: &str, action: &str, blueprint: Option<&str>, entity: Option<&str>) {
        runs::put_unchecked(&mut self.desk.state(), id, action, blueprint, entity);
    }

    /// Scripts the runs of an action that are started from now on: each time such a run is read, one step happens.
    pub fn script_runs(&self, action: &str, steps: impl IntoIterator<Item = Progress>) {
        self.desk.state().scripts.insert(action.to_owned(), steps.into_iter().collect());
    }

    /// Sets when a run was started, for tests of old runs.
    pub fn backdate_run(&self, id: &str, created_at: &str) {
        // The only refusal is that of an unknown run.
        let _ = self.desk.state().change_run(id, |run| {
            run.document.insert("createdAt".to_owned(), created_at.into());
            Ok(())
        });
    }

    /// Replaces the credentials that Port accepts. The current token stays valid, as after a rotation.
    pub fn set_credentials(&self, credentials: Credentials) {
        self.desk.state().credentials = credentials;
    }

    /// Adds a node run of a workflow that is in progress.
    pub fn add_node_run(&self, id: &str) {
        node_run::put_unchecked(&mut self.desk.state(), id);
    }

    /// Adds or replaces a run of a workflow, with the ids of its node runs.
    pub fn add_workflow_run(&self, id: &str, node_runs: &[&str]) {
        node_run::put_workflow_run(&mut self.desk.state(), id, node_runs);
    }

    /// Sets what becomes of a write to an entity that names a run which has ended.
    pub fn set_late_writes(&self, late_writes: LateWrites) {
        self.desk.state().late_writes = late_writes;
    }

    /// Makes every call wait this long before it is carried out.
    pub fn set_latency(&self, latency: Duration) {
        self.desk.state().latency = latency;
    }

    /// Sets the lifetime of tokens issued from now on, instead of three hours.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.desk.state().tokens.set_lifetime(lifetime);
    }

    /// Sets what answers say about a token's lifetime instead of the truth; null leaves it out.
    pub fn announce_token_lifetime(&self, expires_in: Value) {
        self.desk.state().tokens.announce(expires_in);
    }

    /// Lets the current token expire: calls are answered with 401 until a new one is fetched.
    pub fn expire_tokens(&self) {
        self.desk.state().tokens.expire();
    }

    /// Queues a fault. Of the faults that match a call, the first one that is due happens.
    pub fn script(&self, fault: Fault) {
        self.desk.state().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.desk.state().faults.clear();
    }

    /// Adds or replaces a user: `email`, and what else Port says of users, such as `firstName`, `teams` with a `name` each,
    /// and `roles`. Teams that do not exist are added. Ignores a document without an e-mail address.
    pub fn add_user(&self, user: Value) {
        people::put_user(&mut self.desk.state(), user);
    }

    /// Adds or replaces a team: `name`, and what else Port says of teams. Ignores a document without a name.
    pub fn add_team(&self, team: Value) {
        people::put_team(&mut self.desk.state(), team);
    }

    /// Removes a document, if it exists, and nothing that refers to it.
    pub fn remove(&self, kind: PortDocument, identifier: &str) {
        let mut state = self.desk.state();
        if let Some(document) = state.documents.get(kind, identifier).cloned() {
            state.put(kind, Some(&document), None);
        }
    }

    /// Sets what Port says about its Kafka. Until then it says that there are no credentials.
    pub fn set_kafka_credentials(&self, credentials: KafkaCredentials) {
        self.desk.state().kafka = Some(credentials);
    }

    /// Closes the paths below `/_local/`, which need no token.
    pub fn close_admin(&self) {
        self.desk.state().has_admin = false;
    }

    /// Sets whether answers announce Port's rate limits, which they do by default. Clients that obey them slow down.
    pub fn set_rate_limit(&self, announced: bool) {
        self.desk.state().rate_limits.set(announced);
    }

    /// Keeps only this many of the last calls, instead of all.
    pub fn limit_calls(&self, most: usize) {
        self.desk.state().calls.limit(most);
    }

    /// Forgets the calls so far. Connections keep their numbers.
    pub fn clear_calls(&self) {
        self.desk.state().calls.clear();
    }
}
