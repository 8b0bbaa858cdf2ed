//! A resource on its way into the report: reasons come from several rooms, and the worst of them counts.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Change, Effect, Reason};
use crate::template::stack::Resource;

/// Resources that something may happen to, by logical id.
pub(super) type Drafts = BTreeMap<String, Draft>;

/// A resource on its way into the report.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) old_id: Option<String>,
    pub(super) kind: String,
    pub(super) generated_by: Option<String>,
    pub(super) effect: Effect,
    pub(super) reasons: BTreeSet<Reason>,
    pub(super) changes: Vec<Change>,
}

impl Draft {
    /// A resource to which nothing has happened yet.
    pub(super) fn new(resource: &Resource) -> Self {
        Self {
            old_id: None,
            kind: resource.kind.clone(),
            generated_by: resource.generated_by.clone(),
            effect: Effect::Changed,
            reasons: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// Adds a reason: the worse of what is known and what follows from it counts.
    pub(super) fn because(&mut self, effect: Effect, reason: Reason) {
        self.effect = self.effect.max(effect);
        self.reasons.insert(reason);
    }

    /// Whether nothing happens to the resource.
    pub(super) fn is_empty(&self) -> bool {
        self.effect == Effect::Changed && self.reasons.is_empty() && self.changes.is_empty()
    }
}
