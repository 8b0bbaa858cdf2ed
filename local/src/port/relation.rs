//! Relations between entities: valid values, existing targets, and which entities depend on another.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::{Object, Refusal};
use super::documents::PortDocument;
use super::state::{EntityKey as Key, State};

/// Checks an entity's relations, and returns the targets that do not exist.
pub(super) fn check(state: &State, blueprint: &Object, entity: &Object) -> Result<Vec<Key>, Refusal> {
    let nothing = Object::new();
    let declared = blueprint.get("relations").and_then(Value::as_object).unwrap_or(&nothing);
    let values = entity.get("relations").and_then(Value::as_object).unwrap_or(&nothing);
    let mut reasons = Vec::new();
    for (name, relation) in declared {
        if is_true(relation, "required") && values.get(name).is_none_or(Value::is_null) {
            reasons.push(format!("relations must have required property \"{name}\""));
        }
    }
    let mut absent = Vec::new();
    for (name, value) in values {
        let Some(relation) = declared.get(name) else {
            reasons.push(format!("relations must NOT have additional properties: \"{name}\""));
            continue;
        };
        let fits = match value {
            Value::Null => true,
            Value::String(_) => !is_true(relation, "many"),
            Value::Array(items) => is_true(relation, "many") && items.iter().all(Value::is_string),
            _ => false,
        };
        if !fits {
            reasons.push(format!("relations/{name} must be an identifier, or an array of them if it is many"));
        }
        let target = relation.get("target").and_then(Value::as_str).unwrap_or_default();
        let missing = identifiers(value).filter(|identifier| state.entity(target, identifier).is_none());
        absent.extend(missing.map(|identifier| (target.to_owned(), identifier.to_owned())));
    }
    Refusal::unless_empty(&reasons)?;
    Ok(absent)
}

/// Returns every entity that depends on the given one through required relations, directly or indirectly.
pub(super) fn dependents(state: &State, blueprint: &str, identifier: &str) -> BTreeSet<Key> {
    let origin = (blueprint.to_owned(), identifier.to_owned());
    let mut found = BTreeSet::new();
    let mut open = vec![origin.clone()];
    while let Some(target) = open.pop() {
        for (key, entity) in &state.entities {
            if *key != origin && !found.contains(key) && needs(state, key, entity, &target) {
                found.insert(key.clone());
                open.push(key.clone());
            }
        }
    }
    found
}

fn needs(state: &State, key: &Key, entity: &Object, target: &Key) -> bool {
    let blueprint = state.documents.get(PortDocument::Blueprint, &key.0);
    let declared = blueprint.and_then(|blueprint| blueprint.get("relations"));
    let values = entity.get("relations");
    declared.and_then(Value::as_object).into_iter().flatten().any(|(name, relation)| {
        is_true(relation, "required")
            && relation.get("target").and_then(Value::as_str) == Some(target.0.as_str())
            && values
                .and_then(|values| values.get(name))
                .is_some_and(|value| identifiers(value).any(|id| id == target.1))
    })
}

/// Returns the identifiers in the value of a relation.
pub(super) fn identifiers(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().into_iter().flatten();
    many.chain(Some(value)).filter_map(Value::as_str)
}

/// Returns whether a relation has a flag.
pub(super) fn is_true(relation: &Value, key: &str) -> bool {
    relation.get(key) == Some(&Value::Bool(true))
}
