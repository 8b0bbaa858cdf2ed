//! Checks that the template explains itself: descriptions, and reasons for suppressed rules.

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{section, substituted, walk};

pub(super) fn check(template: &Value, violations: &mut Violations) {
    for name in ["Parameters", "Outputs"] {
        for (id, _) in section(template, name).filter(|(_, entry)| !has_text(entry.get("Description"))) {
            violations.warning(below(&format!("/{name}"), id), "undescribed", format!("`{id}` has no `Description`"));
        }
    }
    for (id, resource) in section(template, "Resources") {
        let texts =
            ["/Properties/Description", "/Properties/AlarmDescription", "/Metadata/Description", "/Metadata/Comment"];
        if !texts.iter().any(|text| has_text(resource.pointer(text))) {
            violations
                .warning(below("/Resources", id), "undescribed", format!("`{id}` has no description"))
                .help("add \"Metadata\": { \"Description\": \"…\" }");
        }
    }
    suppressions(template, violations);
}

fn has_text(text: Option<&Value>) -> bool {
    text.and_then(substituted).is_some_and(|(text, _)| !text.trim().is_empty())
}

/// Checks that every suppressed rule has a reason.
fn suppressions(template: &Value, violations: &mut Violations) {
    walk("", template, &mut |at, metadata| {
        if !at.ends_with("/Metadata") {
            return;
        }
        for (list, reason) in [("checkov/skip", "comment"), ("cdk_nag/rules_to_suppress", "reason")] {
            let entries = metadata.pointer(&format!("/{list}")).and_then(Value::as_array);
            for (index, entry) in entries.into_iter().flatten().enumerate() {
                if !has_text(entry.get(reason)) {
                    let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
                    violations
                        .error(
                            format!("{at}/{list}/{index}"),
                            "unreasoned-suppression",
                            format!("`{id}` is suppressed without a reason"),
                        )
                        .help(format!("add \"{reason}\": \"…\""));
                }
            }
        }
        for (tool, list) in [("cfn-lint", "/config/ignore_checks"), ("guard", "/SuppressedRules")] {
            let Some(notes) = metadata.get(tool) else { continue };
            let suppressed = notes.pointer(list).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            if suppressed && !has_text(notes.get("reason")) {
                let message = format!("{tool} rules are suppressed without a reason");
                violations
                    .error(format!("{at}/{tool}"), "unreasoned-suppression", message)
                    .help("add \"reason\": \"…\" next to the list");
            }
        }
    });
}
