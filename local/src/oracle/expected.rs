//! What must come of the messages: a small model of Port's rules.
//!
//! Requests are given in the order in which they are on the topic. Those that touch one entity must be in one
//! partition; then the end is the same however the partitions overtake each other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Everything that is expected in the end.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    pub(super) runs: Vec<ExpectedRun>,
    pub(super) entities: BTreeMap<EntityId, Value>,
    /// How often an entity comes into being.
    pub(super) creations: BTreeMap<EntityId, usize>,
    /// How often an entity goes.
    pub(super) deletions: BTreeMap<EntityId, usize>,
    /// In small letters.
    pub(super) private: Vec<String>,
}

/// A run on the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRun {
    /// Its id: letters, digits and underscores, as Port makes them.
    pub id: String,
    /// How it must end.
    pub end: End,
}

/// How a run must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As a SUCCESS.
    Success,
    /// As a FAILURE.
    Failure,
    /// Others see to it, or its message is forged: it stays in progress and no call is made for it.
    Untouched,
    /// Port does not know it.
    Unknown,
}

/// What names an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityId {
    /// The identifier of its blueprint.
    pub blueprint: String,
    /// Its own.
    pub identifier: String,
}

impl EntityId {
    /// The entity of this identifier in this blueprint.
    pub fn new(blueprint: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self { blueprint: blueprint.into(), identifier: identifier.into() }
    }

    /// The name of an entity's document; what it leaves out is empty.
    pub(super) fn of(blueprint: &str, entity: &Value) -> Self {
        Self::new(blueprint, entity.get("identifier").and_then(Value::as_str).unwrap_or_default())
    }
}

impl Expected {
    /// Adds an entity that Port holds before the first message: `identifier`, `title`, `properties`.
    pub fn hold(&mut self, blueprint: &str, entity: Value) {
        self.entities.insert(EntityId::of(blueprint, &entity), entity);
    }

    /// Adds a text that must never be printed, in whatever letters.
    pub fn keep_private(&mut self, text: &str) {
        self.private.push(text.to_lowercase());
    }

    /// Adds a run and how it must end, which for a run of ours is what [`create`](Self::create),
    /// [`update`](Self::update) or [`delete`](Self::delete) said, unless Port refuses its input.
    pub fn run(&mut self, id: &str, end: End) {
        self.runs.push(ExpectedRun { id: id.to_owned(), end });
    }

    /// Creates an entity. One that exists is never overwritten, and an equal one is as good as a new one.
    pub fn create(&mut self, blueprint: &str, entity: Value) -> End {
        let id = EntityId::of(blueprint, &entity);
        if let Some(held) = self.entities.get(&id) {
            return if is_covered(&entity, held) { End::Success } else { End::Failure };
        }
        *self.creations.entry(id.clone()).or_default() += 1;
        self.entities.insert(id, entity);
        End::Success
    }

    /// Merges properties into an entity, which must exist.
    pub fn update(&mut self, id: &EntityId, properties: Map<String, Value>) -> End {
        let held = self.entities.get_mut(id).and_then(|entity| entity.get_mut("properties")?.as_object_mut());
        let Some(held) = held else { return End::Failure };
        held.extend(properties);
        End::Success
    }

    /// Deletes an entity; one that is gone is as good as deleted.
    pub fn delete(&mut self, id: &EntityId) -> End {
        if self.entities.remove(id).is_some() {
            *self.deletions.entry(id.clone()).or_default() += 1;
        }
        End::Success
    }

    /// Every run, in the order in which they were added.
    #[must_use]
    pub fn runs(&self) -> &[ExpectedRun] {
        &self.runs
    }
}

/// Whether an entity has the title and every property that a creation would write.
fn is_covered(written: &Value, held: &Value) -> bool {
    let properties = |entity: &Value| entity.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let (ours, theirs) = (properties(written), properties(held));
    written.get("title") == held.get("title") && ours.iter().all(|(key, value)| theirs.get(key) == Some(value))
}
