//! Prints a plan for a person.

use std::fmt::Write as _;

use model::visible::visible;
use review::write::change_lines;

use super::plan::{SyncPlan, Verb};

/// Writes a plan as text: each step with the changes to its document, then a summary.
pub fn text(plan: &SyncPlan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        let (sign, words) = match step.verb {
            Verb::Create => ("+", "create"),
            Verb::Change => ("~", "change"),
            Verb::Complete => ("~", "add the relations of"),
            Verb::Delete => ("-", "delete"),
        };
        let _ = writeln!(out, "{sign} {words} {} `{}`", step.kind.as_str(), visible(&step.identifier));
        for line in change_lines(&step.changes) {
            let _ = writeln!(out, "    {}", visible(&line));
        }
        for loss in &step.destroys {
            let _ = writeln!(out, "    destroys: {}", visible(loss));
        }
    }
    if !plan.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// Counts the steps of each kind.
pub(crate) fn summary(plan: &SyncPlan) -> String {
    let count = |verb: Verb| plan.steps.iter().filter(|step| step.verb == verb).count();
    format!(
        "{} to create, {} to change, {} to delete, {} unchanged",
        count(Verb::Create),
        count(Verb::Change),
        count(Verb::Delete),
        plan.unchanged
    )
}
