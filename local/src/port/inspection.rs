//! What the program that runs this Port may see of it.

use serde_json::Value;

use super::{Call, FakePort, PortDocument};

impl FakePort {
    /// Returns every call so far that is kept, in order of arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.desk.state().calls.all()
    }

    /// Returns one entity, as Port would answer it.
    #[must_use]
    pub fn entity(&self, blueprint: &str, identifier: &str) -> Option<Value> {
        self.desk.state().entity(blueprint, identifier).cloned().map(Value::Object)
    }

    /// Returns every entity, by blueprint and identifier.
    #[must_use]
    pub fn entities(&self) -> Vec<Value> {
        self.desk.state().entities.values().cloned().map(Value::Object).collect()
    }

    /// Returns every blueprint, by identifier.
    #[must_use]
    pub fn blueprints(&self) -> Vec<Value> {
        self.desk.state().documents.values(PortDocument::Blueprint)
    }

    /// Returns every action, by identifier.
    #[must_use]
    pub fn actions(&self) -> Vec<Value> {
        self.desk.state().documents.values(PortDocument::Action)
    }

    /// Returns one blueprint.
    #[must_use]
    pub fn blueprint(&self, identifier: &str) -> Option<Value> {
        self.document(PortDocument::Blueprint, identifier)
    }

    /// Returns one action.
    #[must_use]
    pub fn action(&self, identifier: &str) -> Option<Value> {
        self.document(PortDocument::Action, identifier)
    }

    /// Returns every run of an action, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<Value> {
        let state = self.desk.state();
        let mut runs: Vec<_> = state.runs.values().collect();
        runs.sort_by_key(|run| run.number);
        runs.into_iter().map(|run| Value::Object(run.document.clone())).collect()
    }

    /// Returns one run of an action.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<Value> {
        self.desk.state().runs.get(id).map(|run| Value::Object(run.document.clone()))
    }

    /// Returns the log of a run, oldest line first; empty for a run that does not exist.
    #[must_use]
    pub fn run_logs(&self, id: &str) -> Vec<Value> {
        self.desk.state().runs.get(id).map(|run| run.logs.clone()).unwrap_or_default()
    }

    /// Returns one node run of a workflow.
    #[must_use]
    pub fn node_run(&self, id: &str) -> Option<Value> {
        self.document(PortDocument::NodeRun, id)
    }

    /// Returns every node run of a workflow, by identifier.
    #[must_use]
    pub fn node_runs(&self) -> Vec<Value> {
        self.desk.state().documents.values(PortDocument::NodeRun)
    }

    /// Returns every document of a kind, by identifier.
    #[must_use]
    pub fn documents(&self, kind: PortDocument) -> Vec<Value> {
        self.desk.state().documents.values(kind)
    }

    /// Returns one document.
    #[must_use]
    pub fn document(&self, kind: PortDocument, identifier: &str) -> Option<Value> {
        self.desk.state().documents.get(kind, identifier).cloned().map(Value::Object)
    }

    /// Returns every token issued so far.
    #[must_use]
    pub fn issued_tokens(&self) -> Vec<String> {
        self.desk.state().tokens.issued()
    }
}
