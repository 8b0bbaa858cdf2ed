//! The expected result of the messages: a small model of Port's rules.
//!
//! Requests are added in their order on the topic. Requests for one entity must be in one partition; then the result is
//! the same no matter how the partitions overtake each other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Everything that is expected at the end.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    pub(super) runs: Vec<ExpectedRun>,
    pub(super) entities: BTreeMap<EntityId, Value>,
    /// How often an entity is created.
    pub(super) creations: BTreeMap<EntityId, usize>,
    /// How often an entity is deleted.
    pub(super) deletions: BTreeMap<EntityId, usize>,
    /// In lower case.
    pub(super) private: Vec<String>,
}

/// A run on the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRun {
    /// The run's id: letters, digits and underscores, as Port generates them.
    pub id: String,
    /// How the run must end.
    pub end: End,
}

/// How a run must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With SUCCESS.
    Success,
    /// With FAILURE.
    Failure,
    /// It is somebody else's, or its message is forged: it stays in progress and no call is made for it.
    Untouched,
    /// Port does not know it.
    Unknown,
}

/// The name of an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityId {
    /// The identifier of its blueprint.
    pub blueprint: String,
    /// Its own identifier.
    pub identifier: String,
}

impl EntityId {
    /// Names the entity with this identifier in this blueprint.
    pub fn new(blueprint: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self { blueprint: blueprint.into(), identifier: identifier.into() }
    }

    /// Names an entity's document; anything it leaves out is empty.
    pub(super) fn of(blueprint: &str, entity: &Value) -> Self {
        Self::new(blueprint, entity.get("identifier").and_then(Value::as_str).unwrap_or_default())
    }
}

impl Expected {
    /// Adds an entity that Port has before the first message: `identifier`, `title`, `properties`.
    pub fn hold(&mut self, blueprint: &str, entity: Value) {
        self.entities.insert(EntityId::of(blueprint, &entity), entity);
    }

    /// Adds a text that must never be printed, in any case.
    pub fn keep_private(&mut self, text: &str) {
        self.private.push(text.to_lowercase());
    }

    /// Adds a run and how it must end. For a run of ours, that is what [`create`](Self::create),
    /// [`update`](Self::update) or [`delete`](Self::delete) returned, unless Port refuses its input.
    pub fn run(&mut self, id: &str, end: End) {
        self.runs.push(ExpectedRun { id: id.to_owned(), end });
    }

    /// Creates an entity. An existing one is never overwritten; an equal one counts as created.
    pub fn create(&mut self, blueprint: &str, entity: Value) -> End {
        let id = EntityId::of(blueprint, &entity);
        if let Some(existing) = self.entities.get(&id) {
            return if is_covered(&entity, existing) { End::Success } else { End::Failure };
        }
        *self.creations.entry(id.clone()).or_default() += 1;
        self.entities.insert(id, entity);
        End::Success
    }

    /// Merges properties into an entity, which must exist.
    pub fn update(&mut self, id: &EntityId, properties: Map<String, Value>) -> End {
        let existing = self.entities.get_mut(id).and_then(|entity| entity.get_mut("properties")?.as_object_mut());
        let Some(existing) = existing else { return End::Failure };
        existing.extend(properties);
        End::Success
    }

    /// Deletes an entity. One that does not exist counts as deleted.
    pub fn delete(&mut self, id: &EntityId) -> End {
        if self.entities.remove(id).is_some() {
            *self.deletions.entry(id.clone()).or_default() += 1;
        }
        End::Success
    }

    /// Returns every run, in the order in which they were added.
    #[must_use]
    pub fn runs(&self) -> &[ExpectedRun] {
        &self.runs
    }
}

/// Returns whether an entity has the title and every property that a creation would write.
fn is_covered(written: &Value, existing: &Value) -> bool {
    let properties = |entity: &Value| entity.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let (ours, theirs) = (properties(written), properties(existing));
    written.get("title") == existing.get("title") && ours.iter().all(|(key, value)| theirs.get(key) == Some(value))
}
