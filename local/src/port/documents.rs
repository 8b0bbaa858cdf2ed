//! The documents that Port keeps beside entities and runs, each under its identifier.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Object, Refusal};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PortDocument {
    /// A blueprint.
    Blueprint,
    /// An action of either generation.
    Action,
    /// A workflow.
    Workflow,
    /// A run of a workflow, with the identifiers of its node runs.
    WorkflowRun,
    /// A node run of a workflow.
    NodeRun,
    /// A page of the catalogue.
    Page,
    /// A user.
    User,
    /// A team.
    Team,
    /// The deletion of all entities of a blueprint.
    Migration,
}

impl PortDocument {
    /// Returns the key whose value identifies a document.
    fn key(self) -> &'static str {
        match self {
            Self::User => "email",
            Self::Team => "name",
            Self::Migration => "id",
            _ => "identifier",
        }
    }

    /// Returns what Port calls it in a sentence.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Blueprint => "Blueprint",
            Self::Action => "Action",
            Self::Workflow => "Workflow",
            Self::WorkflowRun => "Workflow run",
            Self::NodeRun => "Node run",
            Self::Page => "Page",
            Self::User => "User",
            Self::Team => "Team",
            Self::Migration => "Migration",
        }
    }

    /// Returns the identifier that a document has.
    pub(super) fn identifier(self, document: &Object) -> Option<&str> {
        document.get(self.key())?.as_str()
    }
}

/// The documents by kind and identifier.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<PortDocument, BTreeMap<String, Object>>);

impl Documents {
    /// Returns one document.
    pub(super) fn get(&self, kind: PortDocument, identifier: &str) -> Option<&Object> {
        self.0.get(&kind)?.get(identifier)
    }

    /// Returns one document, or 404.
    pub(super) fn known(&self, kind: PortDocument, identifier: &str) -> Result<&Object, Refusal> {
        self.get(kind, identifier).ok_or_else(|| Refusal::not_found(kind.word(), identifier))
    }

    /// Returns 409 for an identifier that is taken.
    pub(super) fn free(&self, kind: PortDocument, identifier: &str) -> Result<(), Refusal> {
        if self.get(kind, identifier).is_some() { Err(Refusal::taken(kind.word(), identifier)) } else { Ok(()) }
    }

    /// Returns all documents of a kind, by identifier.
    pub(super) fn all(&self, kind: PortDocument) -> impl Iterator<Item = &Object> {
        self.0.get(&kind).into_iter().flat_map(BTreeMap::values)
    }

    /// Returns copies of all documents of a kind, by identifier.
    pub(super) fn values(&self, kind: PortDocument) -> Vec<Value> {
        self.all(kind).cloned().map(Value::Object).collect()
    }

    /// Replaces a document by another, which may have another identifier. Either may be absent.
    pub(super) fn replace(&mut self, kind: PortDocument, before: Option<&Object>, after: Option<Object>) {
        let documents = self.0.entry(kind).or_default();
        if let Some(identifier) = before.and_then(|before| kind.identifier(before)) {
            documents.remove(identifier);
        }
        if let Some(after) = after
            && let Some(identifier) = kind.identifier(&after).map(str::to_owned)
        {
            documents.insert(identifier, after);
        }
    }
}
