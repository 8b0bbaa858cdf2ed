//! A resource on its way into the report: reasons come from several rooms, and the worst of them counts.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Reason, ResourceEffect, ValueChange};
use crate::template::stack::DeployedResource;

/// Resources that something may happen to, by logical id.
pub(super) type Drafts = BTreeMap<String, Draft>;

/// A resource on its way into the report.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) old_id: Option<String>,
    pub(super) resource_type: String,
    pub(super) generated_by: Option<String>,
    pub(super) effect: ResourceEffect,
    pub(super) reasons: BTreeSet<Reason>,
    pub(super) changes: Vec<ValueChange>,
}

impl Draft {
    /// A resource to which nothing has happened yet.
    pub(super) fn new(resource: &DeployedResource) -> Self {
        Self {
            old_id: None,
            resource_type: resource.resource_type.clone(),
            generated_by: resource.generated_by.clone(),
            effect: ResourceEffect::Changed,
            reasons: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// Adds a reason: the worse of what is known and what follows from it counts.
    pub(super) fn because(&mut self, effect: ResourceEffect, reason: Reason) {
        self.effect = self.effect.max(effect);
        self.reasons.insert(reason);
    }

    /// Whether nothing happens to the resource.
    pub(super) fn is_empty(&self) -> bool {
        self.effect == ResourceEffect::Changed && self.reasons.is_empty() && self.changes.is_empty()
    }
}
