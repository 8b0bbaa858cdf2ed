//! A plan for a person.

use std::fmt::Write as _;

use review::write::change_lines;

use super::plan::{Deed, Plan};

/// The plan as text: each step with where its document is another, then how many there are.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        let (sign, deed) = match step.deed {
            Deed::Create => ("+", "create"),
            Deed::Change => ("~", "change"),
            Deed::Complete => ("~", "add the relations of"),
            Deed::Delete => ("-", "delete"),
        };
        let _ = writeln!(out, "{sign} {deed} {} `{}`", step.kind.as_str(), step.identifier);
        for line in change_lines(&step.changes) {
            let _ = writeln!(out, "    {}", line.replace(char::is_control, "\u{fffd}"));
        }
        for loss in &step.destroys {
            let _ = writeln!(out, "    destroys: {loss}");
        }
    }
    if !plan.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// How many of each.
pub(crate) fn summary(plan: &Plan) -> String {
    let count = |deed: Deed| plan.steps.iter().filter(|step| step.deed == deed).count();
    format!(
        "{} to create, {} to change, {} to delete, {} as they should be",
        count(Deed::Create),
        count(Deed::Change),
        count(Deed::Delete),
        plan.unchanged
    )
}
