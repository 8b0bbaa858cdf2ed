//! What a reader of the template learns from its text.

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{section, substituted, walk};

pub(super) fn check(template: &Value, violations: &mut Violations) {
    for name in ["Parameters", "Outputs"] {
        for (id, _) in section(template, name).filter(|(_, entry)| !says_something(entry.get("Description"))) {
            violations.warning(below(&format!("/{name}"), id), "undescribed", format!("`{id}` has no `Description`"));
        }
    }
    for (id, resource) in section(template, "Resources") {
        let texts =
            ["/Properties/Description", "/Properties/AlarmDescription", "/Metadata/Description", "/Metadata/Comment"];
        if !texts.iter().any(|text| says_something(resource.pointer(text))) {
            violations
                .warning(below("/Resources", id), "undescribed", format!("nothing says what `{id}` is for"))
                .help("add \"Metadata\": { \"Description\": \"…\" }");
        }
    }
    suppressions(template, violations);
}

fn says_something(text: Option<&Value>) -> bool {
    text.and_then(substituted).is_some_and(|(text, _)| !text.trim().is_empty())
}

/// Whoever silences a check says why, beside it.
fn suppressions(template: &Value, violations: &mut Violations) {
    walk("", template, &mut |at, metadata| {
        if !at.ends_with("/Metadata") {
            return;
        }
        for (list, reason) in [("checkov/skip", "comment"), ("cdk_nag/rules_to_suppress", "reason")] {
            let entries = metadata.pointer(&format!("/{list}")).and_then(Value::as_array);
            for (index, entry) in entries.into_iter().flatten().enumerate() {
                if !says_something(entry.get(reason)) {
                    let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
                    violations
                        .error(
                            format!("{at}/{list}/{index}"),
                            "unreasoned-suppression",
                            format!("`{id}` is silenced, and nothing says why"),
                        )
                        .help(format!("add \"{reason}\": \"…\""));
                }
            }
        }
        for (tool, list) in [("cfn-lint", "/config/ignore_checks"), ("guard", "/SuppressedRules")] {
            let Some(notes) = metadata.get(tool) else { continue };
            let silenced = notes.pointer(list).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            if silenced && !says_something(notes.get("reason")) {
                let message = format!("rules of {tool} are silenced, and nothing says why");
                violations
                    .error(format!("{at}/{tool}"), "unreasoned-suppression", message)
                    .help("add \"reason\": \"…\" beside the list");
            }
        }
    });
}
