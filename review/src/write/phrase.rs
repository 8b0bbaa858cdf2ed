//! The words in which every form says the same: of a resource, a permission, a setting, a value.

use std::fmt::Write as _;

use serde_json::Value;

use crate::compare::report::{
    AccessChange, ChangeKind, DocumentChange, Grant, PermissionChange, ResourceChange, ResourceEffect, SettingChange,
    Subject, Summary, ValueChange,
};

/// Writes the verdict in one line.
pub(super) fn sentence(verdict: &Summary) -> String {
    let perhaps = |all: usize, maybe: usize, word: &str| match maybe {
        0 => format!("{all} {word}"),
        maybe if maybe == all => format!("{all} perhaps {word}"),
        maybe => format!("{all} {word} ({maybe} perhaps)"),
    };
    let mut parts = vec![
        format!("{} added", verdict.added),
        format!("{} changed in place", verdict.changed),
        perhaps(verdict.replaced, verdict.maybe_replaced, "replaced"),
        perhaps(verdict.deleted, verdict.maybe_deleted, "deleted"),
    ];
    for (number, words) in [(verdict.renamed, "renamed"), (verdict.released, "kept outside of the stack")] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    let widened = if verdict.widened { "yes" } else { "no" };
    format!("{}; permissions widened: {widened}", parts.join(", "))
}

/// Writes a resource with what becomes of it.
pub(super) fn headline(change: &ResourceChange) -> String {
    format!("{} ({}): {}", change.id, change.resource_type, fate(change))
}

/// Writes the same, with what SAM generates it from.
pub(super) fn origin(change: &ResourceChange) -> String {
    match &change.generated_by {
        Some(of) => format!("{}, which SAM makes of {of}", headline(change)),
        None => headline(change),
    }
}

/// Writes what becomes of a resource, in a word or two.
pub(super) fn fate(change: &ResourceChange) -> String {
    match (change.effect, &change.old_id) {
        (ResourceEffect::Added, _) => "added".to_owned(),
        (ResourceEffect::Changed, _) => "changed in place".to_owned(),
        (ResourceEffect::Released, _) => "leaves the stack and stays".to_owned(),
        (ResourceEffect::MayBeReplaced, _) => "may be replaced".to_owned(),
        (ResourceEffect::Renamed, Some(old)) => format!("renamed, was {old}"),
        (ResourceEffect::Renamed, None) => "renamed".to_owned(),
        (ResourceEffect::Replaced, _) => "replaced".to_owned(),
        (ResourceEffect::MayBeDeleted, _) => "may be deleted".to_owned(),
        (ResourceEffect::Deleted, _) => "deleted".to_owned(),
    }
}

/// Writes why something happens to a resource, and what is at stake.
pub(super) fn details(change: &ResourceChange) -> Vec<String> {
    let mut details: Vec<String> = change.reasons.iter().map(|reason| reason.text.clone()).collect();
    if let Some(risk) = &change.risk {
        let word = if risk.lost { "at risk" } else { "kept" };
        details.push(format!("{word}: {}: {}", risk.data, risk.text));
    }
    details
}

/// Writes the reasons of a change in place, and the tree.
pub(super) fn everything(change: &ResourceChange) -> Vec<String> {
    let reasons = change.reasons.iter().filter(|_| change.effect == ResourceEffect::Changed).map(|reason| {
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
    // A narrowed permission is one that is gone, or a denial that is new.
    let gone =
        (change.direction == AccessChange::Narrowed) == matches!(change.effect, Grant::Allow | Grant::ManagedPolicy);
    let verb = match (change.effect, gone) {
        (Grant::Allow, false) => "may",
        (Grant::Allow, true) => "may no longer",
        (Grant::Deny, false) => "is denied",
        (Grant::Deny, true) => "is no longer denied",
        (Grant::ManagedPolicy, false) if change.action.starts_with("role ") => "takes on",
        (Grant::ManagedPolicy, true) if change.action.starts_with("role ") => "no longer takes on",
        (Grant::ManagedPolicy, false) => "has managed policy",
        (Grant::ManagedPolicy, true) => "no longer has managed policy",
        (Grant::Boundary, false) => "is bounded by",
        (Grant::Boundary, true) => "is no longer bounded by",
    };
    let mut words = format!("{way}: `{}` {verb} `{}`", change.principal, change.action);
    if matches!(change.effect, Grant::Allow | Grant::Deny) {
        let _ = write!(words, " on `{}`", change.resource);
    }
    if !change.condition.is_null() {
        let _ = write!(words, " if `{}`", change.condition);
    }
    if !change.only_if.is_empty() {
        let _ = write!(words, " (only if {})", change.only_if.join(", "));
    }
    words
}

/// Writes what deserves a second look.
pub(super) fn second_look(change: &PermissionChange) -> Vec<String> {
    let mut more: Vec<String> = change.flags.iter().map(|flag| format!("look twice: {flag}")).collect();
    if !change.instead.is_empty() {
        let gives = matches!(change.effect, Grant::Allow | Grant::ManagedPolicy);
        let word = if (change.direction == AccessChange::Widened) == gives { "was" } else { "now" };
        more.push(format!("{word}: {}", change.instead.join("; ")));
    }
    more.extend(change.uncertain.clone());
    more
}

/// Writes the name of a setting.
pub(super) fn setting(change: &SettingChange) -> String {
    if change.name.is_empty() { change.section.clone() } else { format!("{} {}", change.section, change.name) }
}

/// Writes what becomes of a document of Port's.
pub(super) fn document(change: &DocumentChange) -> String {
    let kind = if change.subject == Subject::Blueprint { "blueprint" } else { "action" };
    let way = match change.kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
    };
    format!("{kind} {}: {way}", change.identifier)
}

/// Writes the differences of a tree, a line each.
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

/// More letters than this of one value are not shown.
const LONG: usize = 300;

/// Writes a value on one line, cut where it is long.
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
