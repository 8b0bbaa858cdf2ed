//! Changes to blueprints that users notice: their properties and relations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::consequence::{About, Consequences};
use super::field;
use super::json::{both, names, pairs, text};
use crate::compare::report::{ChangeKind, Subject};
use crate::compare::words::value_or_none;

/// Adds the changes to blueprints.
pub(super) fn changes(old: &BTreeMap<&str, &Value>, new: &BTreeMap<&str, &Value>, found: &mut Consequences) {
    for (name, before, after) in both(old, new) {
        let about = About { subject: Subject::Blueprint, blueprint: name, action: None };
        match (before, after) {
            (None, _) => found.add(about, None, ChangeKind::Added, format!("blueprint `{name}` added")),
            (_, None) => {
                let text = format!(
                    "blueprint `{name}` removed from `out/port`; Port keeps it and its entities until someone deletes them"
                );
                found.add(about, None, ChangeKind::Removed, text);
            }
            (Some(before), Some(after)) => {
                properties(name, before, after, found);
                relations(name, before, after, found);
            }
        }
    }
}

fn properties(blueprint: &str, before: &Value, after: &Value, found: &mut Consequences) {
    let schema = |document| Value::get(document, "schema");
    let of = |document| pairs(schema(document).and_then(|schema| schema.get("properties")));
    let required = |document| names(schema(document).and_then(|schema| schema.get("required")));
    let about = About { subject: Subject::Property, blueprint, action: None };
    let words = |name: &str| format!("property `{name}` of `{blueprint}`");
    field::changes(about, (&of(before), &of(after)), (&required(before), &required(after)), &words, found);
}

fn relations(blueprint: &str, before: &Value, after: &Value, found: &mut Consequences) {
    let of = |document| pairs(Value::get(document, "relations"));
    let about = About { subject: Subject::Relation, blueprint, action: None };
    for (name, old, new) in both(&of(before), &of(after)) {
        let words = format!("relation `{name}` of `{blueprint}`");
        let target = |relation: &Value| text(relation, "target").unwrap_or("?").to_owned();
        match (old, new) {
            (None, Some(new)) => {
                found.add(about, Some(name), ChangeKind::Added, format!("{words} to `{}` added", target(new)));
            }
            (Some(_), None) => found.add(about, Some(name), ChangeKind::Removed, format!("{words} removed")),
            (Some(old), Some(new)) => {
                for key in ["target", "many", "required"] {
                    let (before, after) = (old.get(key), new.get(key));
                    if before != after {
                        let (old, new) = (value_or_none(before), value_or_none(after));
                        let text = format!("{words}: `{key}` changed from {old} to {new}");
                        found.add(about, Some(name), ChangeKind::Changed, text);
                    }
                }
            }
            (None, None) => {}
        }
    }
}
