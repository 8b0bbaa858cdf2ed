//! A change to a resource that is still being collected: reasons come from several modules, and the most severe one counts.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Reason, ResourceEffect, ValueChange};
use crate::template::stack::DeployedResource;

/// Draft changes by logical id.
pub(super) type Drafts = BTreeMap<String, Draft>;

/// A change to a resource that is still being collected.
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
    /// Starts a draft without any change.
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

    /// Adds a reason; the effect becomes the more severe one.
    pub(super) fn because(&mut self, effect: ResourceEffect, reason: Reason) {
        self.effect = self.effect.max(effect);
        self.reasons.insert(reason);
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.effect == ResourceEffect::Changed && self.reasons.is_empty() && self.changes.is_empty()
    }
}
