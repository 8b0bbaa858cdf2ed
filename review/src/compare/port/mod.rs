//! Changes for Port: the plan that runs follow, and the documents that users see.
//!
//! ```text
//! template ────► function ─────────────────┐
//! plan.json ───► plan ─────────────────────┐
//! port/*.json ─► documents ─┬─ blueprint ──┼─► consequence
//!                           └─ action ─────┘   (field: properties and inputs)
//! ```

mod consequence;
mod json;
mod field;
mod action;
mod blueprint;
mod documents;
mod plan;
mod function;

use std::collections::BTreeSet;

use model::plan::Document;

use super::report::Consequence;
use crate::template::stack::Stack;
use consequence::Consequences;
pub(super) use documents::{PortDocuments, changes};

/// Returns what changes for users and runs, in the order of [`Consequence`]. Without a plan on both sides, runs are not
/// compared.
pub(super) fn consequences(
    stacks: (&Stack, &Stack),
    plans: Option<(&Document, &Document)>,
    documents: Option<(&PortDocuments<'_>, &PortDocuments<'_>)>,
) -> Vec<Consequence> {
    let mut found = Consequences::default();
    let mut planned = BTreeSet::new();
    function::changes(stacks.0, stacks.1, &mut found);
    if let Some((old, new)) = plans {
        planned = old.actions.iter().chain(&new.actions).map(|action| action.action.as_str()).collect();
        // Actions whose runs do not need the function.
        let elsewhere = documents.map(|(_, new)| &new.actions).into_iter().flatten();
        let elsewhere = elsewhere.filter(|(_, action)| action::method(action) != Some("KAFKA"));
        plan::changes(old, new, &elsewhere.map(|(name, _)| *name).collect(), &mut found);
    }
    if let Some((old, new)) = documents {
        blueprint::changes(&old.blueprints, &new.blueprints, &mut found);
        action::changes(&old.actions, &new.actions, &planned, &mut found);
    }
    found.into_vec()
}
