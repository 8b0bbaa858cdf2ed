//! The phrases that all formats share: for resources, permissions, settings and values.

use std::fmt::Write as _;

use serde_json::Value;

use crate::compare::report::{
    AccessChange, ChangeKind, DocumentChange, Grant, Hazard, PermissionChange, Report, ResourceChange, ResourceEffect,
    SettingChange, Subject, Summary, ValueChange,
};

/// Writes the first line: the summary, or why there is none.
pub(super) fn sentence(report: &Report) -> String {
    match &report.uncompared {
        Some(reason) => format!("Not compared: {reason}"),
        None => numbers(&report.summary),
    }
}

fn numbers(summary: &Summary) -> String {
    let count = |all: usize, maybe: usize, does: &str, may: &str| match maybe {
        0 => format!("{all} {does}"),
        maybe if maybe == all => format!("{maybe} may {may}"),
        maybe => format!("{} {does}, {maybe} may {may}", all - maybe),
    };
    let mut parts = vec![
        format!("{} added", summary.added),
        format!("{} changed in place", summary.changed),
        count(summary.replaced, summary.maybe_replaced, "replaced", "be replaced"),
        count(summary.deleted, summary.maybe_deleted, "deleted", "be deleted"),
    ];
    for (number, words) in [(summary.renamed, "renamed"), (summary.released, "retained outside the stack")] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    for (all, maybe, does, may) in [
        (summary.failures, summary.maybe_failures, "will fail to deploy", "fail to deploy"),
        (summary.exposures, summary.maybe_exposures, "more exposed", "be more exposed"),
        (summary.protections, summary.maybe_protections, "less protected", "be less protected"),
    ] {
        if all > 0 {
            parts.push(count(all, maybe, does, may));
        }
    }
    let widened = if summary.widened { "yes" } else { "no" };
    format!("{}; permissions widened: {widened}", parts.join(", "))
}

/// Writes a resource with what happens to it.
pub(super) fn headline(change: &ResourceChange) -> String {
    format!("{}: {}", named(&change.id, &change.resource_type), fate(change))
}

/// Writes a danger with its resource.
pub(super) fn hazard(hazard: &Hazard) -> String {
    let perhaps = if hazard.uncertain { "perhaps " } else { "" };
    format!("{}: {perhaps}{}", named(&hazard.id, &hazard.resource_type), hazard.text)
}

/// Writes a resource with its type, if it has one.
fn named(id: &str, resource_type: &str) -> String {
    if resource_type.is_empty() { id.to_owned() } else { format!("{id} ({resource_type})") }
}

/// Writes the headline, with the resource that SAM generates it from.
pub(super) fn origin(change: &ResourceChange) -> String {
    match &change.generated_by {
        Some(origin) => format!("{} (SAM generates it from {origin})", headline(change)),
        None => headline(change),
    }
}

/// Writes what happens to a resource, in a few words.
pub(super) fn fate(change: &ResourceChange) -> String {
    match (change.effect, &change.old_id) {
        (ResourceEffect::Added, _) => "added".to_owned(),
        (ResourceEffect::Changed, _) => "changed in place".to_owned(),
        (ResourceEffect::Released, _) => "removed from the stack, retained in the account".to_owned(),
        (ResourceEffect::MayBeReplaced, _) => "may be replaced".to_owned(),
        (ResourceEffect::Renamed, Some(old)) => format!("renamed from {old}"),
        (ResourceEffect::Renamed, None) => "renamed".to_owned(),
        (ResourceEffect::Replaced, _) => "replaced".to_owned(),
        (ResourceEffect::MayBeDeleted, _) => "may be deleted".to_owned(),
        (ResourceEffect::Deleted, _) => "deleted".to_owned(),
    }
}

/// Writes why a resource changes, and what happens to its data.
pub(super) fn details(change: &ResourceChange) -> Vec<String> {
    let mut details: Vec<String> = Vec::new();
    // The same reason at several places of a property is one.
    for reason in &change.reasons {
        if !details.contains(&reason.text) {
            details.push(reason.text.clone());
        }
    }
    if let Some(risk) = &change.risk {
        let word = if risk.lost { "at risk" } else { "retained" };
        details.push(format!("{word}: {} ({})", risk.data, risk.text));
    }
    details
}

/// Writes the reasons for a change in place, and the values that change.
pub(super) fn everything(change: &ResourceChange) -> Vec<String> {
    let is_quiet = matches!(change.effect, ResourceEffect::Changed | ResourceEffect::Released);
    let reasons = change.reasons.iter().filter(|_| is_quiet).map(|reason| {
        if reason.pointer.is_empty() { reason.text.clone() } else { format!("{}: {}", reason.pointer, reason.text) }
    });
    reasons.chain(change_lines(&change.changes)).collect()
}

/// Writes a permission in a sentence.
pub(super) fn permission(change: &PermissionChange) -> String {
    let way = match change.direction {
        AccessChange::Widened => "widened",
        AccessChange::Narrowed => "narrowed",
    };
    let removed = change.kind == ChangeKind::Removed;
    let verb = match (change.effect, removed) {
        (Grant::Allow, false) => "is allowed",
        (Grant::Allow, true) => "is no longer allowed",
        (Grant::Deny, false) => "is denied",
        (Grant::Deny, true) => "is no longer denied",
        (Grant::ManagedPolicy, false) => "has managed policy",
        (Grant::ManagedPolicy, true) => "no longer has managed policy",
        (Grant::PolicyTemplate, false) => "has policy template",
        (Grant::PolicyTemplate, true) => "no longer has policy template",
        (Grant::Role, false) => "runs with role",
        (Grant::Role, true) => "no longer runs with role",
        (Grant::Group, false) => "is in group",
        (Grant::Group, true) => "is no longer in group",
        (Grant::Boundary, false) => "has permissions boundary",
        (Grant::Boundary, true) => "no longer has permissions boundary",
        (Grant::Limit, false) => "now lets",
        (Grant::Limit, true) => "no longer lets",
        (Grant::Unknown, false) => "may be allowed or denied what is in",
        (Grant::Unknown, true) => "may no longer be allowed or denied what is in",
    };
    let (who, what) = (&change.principal, &change.action);
    let mut words = match change.effect {
        Grant::Allow | Grant::Deny => format!("{way}: `{who}` {verb} `{what}` on `{}`", change.resource),
        Grant::Limit => format!("{way}: `{}` {verb} `{who}` do `{what}` on `{}`", change.at, change.resource),
        _ => format!("{way}: `{who}` {verb} `{what}`"),
    };
    if !change.condition.is_null() {
        let _ = write!(words, " if `{}`", change.condition);
    }
    if !change.only_if.is_empty() {
        let _ = write!(words, " (only if {})", change.only_if.join(", "));
    }
    words
}

/// Writes what a reviewer should check.
pub(super) fn remarks(change: &PermissionChange) -> Vec<String> {
    let mut more: Vec<String> = change.flags.iter().map(|flag| format!("check: {flag}")).collect();
    if !change.instead.is_empty() {
        let word = if change.kind == ChangeKind::Added { "was" } else { "now" };
        more.push(format!("{word}: {}", change.instead.join("; ")));
    }
    more.extend(change.uncertain.clone());
    more
}

/// Writes the name of a setting.
pub(super) fn setting(change: &SettingChange) -> String {
    if change.name.is_empty() { change.section.clone() } else { format!("{} {}", change.section, change.name) }
}

/// Writes what happens to a document in Port.
pub(super) fn document(change: &DocumentChange) -> String {
    let kind = if change.subject == Subject::Blueprint { "blueprint" } else { "action" };
    let verb = match change.kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
    };
    format!("{kind} {}: {verb}", change.identifier)
}

/// Writes differences, one per line.
pub fn change_lines(changes: &[ValueChange]) -> Vec<String> {
    let entry = |change: &ValueChange| {
        let place = if change.pointer.is_empty() { "" } else { &change.pointer };
        let words = match (&change.old, &change.new) {
            (None, Some(new)) => format!("+ {place} {}", value(new)),
            (Some(old), None) => format!("- {place} {}", value(old)),
            (old, new) => {
                let show = |side: &Option<Value>| side.as_ref().map_or_else(String::new, value);
                format!("~ {place} {} → {}", show(old), show(new))
            }
        };
        words.replacen("  ", " ", 1)
    };
    changes.iter().map(entry).collect()
}

/// The most characters of one value that are shown.
const LONG: usize = 300;

/// Writes a value on one line, truncated if it is long.
fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.replace('\n', "⏎"),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}… ({} characters)", text.get(..at).unwrap_or_default(), text.chars().count()),
        None => text,
    }
}
