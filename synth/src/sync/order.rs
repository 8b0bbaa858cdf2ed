//! The order in which blueprints are created: the target of a relation before the blueprint that has it. Relations that
//! close a cycle are added afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Sorts blueprints so that each can be created after the previous ones. Returns with each those that come after it.
pub(super) fn order<'a>(blueprints: &BTreeMap<&'a str, &'a Value>) -> Vec<(&'a str, BTreeSet<&'a str>)> {
    let mut open: BTreeSet<&str> = blueprints.keys().copied().collect();
    let mut ordered = Vec::new();
    while let Some(next) = next(&open, blueprints) {
        open.remove(next);
        ordered.push((next, open.clone()));
    }
    ordered
}

/// Returns the part of a blueprint that can be created while those in `open` do not exist. `None` if that is all of it.
pub(super) fn first(blueprint: &Value, own: &str, open: &BTreeSet<&str>) -> Option<Value> {
    let waits = waiting(blueprint, own, open);
    let aggregations = blueprint.get("aggregationProperties").and_then(Value::as_object).into_iter().flatten();
    let counts = |(_, aggregation): (&String, &Value)| {
        aggregation.get("target").and_then(Value::as_str).is_some_and(|target| open.contains(target))
    };
    (!waits.is_empty() || aggregations.into_iter().any(counts)).then(|| without(blueprint, &waits))
}

/// Returns the blueprint that waits for the fewest others, the first by name if there are several.
fn next<'a>(open: &BTreeSet<&'a str>, blueprints: &BTreeMap<&'a str, &'a Value>) -> Option<&'a str> {
    let waits = |name: &&str| blueprints.get(*name).map_or(0, |blueprint| waiting(blueprint, name, open).len());
    open.iter().copied().min_by_key(waits)
}

/// Returns relations to blueprints that do not exist yet. A relation to itself does not have to wait.
fn waiting<'a>(blueprint: &'a Value, own: &str, open: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let waits = |relation: &Value| {
        relation.get("target").and_then(Value::as_str).is_some_and(|target| target != own && open.contains(target))
    };
    relations(blueprint).filter(|(_, relation)| waits(relation)).map(|(key, _)| key).collect()
}

pub(super) fn relations(blueprint: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let relations = blueprint.get("relations").and_then(Value::as_object).into_iter().flatten();
    relations.map(|(key, relation)| (key.as_str(), relation))
}

/// Returns a blueprint without some of its relations, and without the properties computed over them.
fn without(blueprint: &Value, waits: &BTreeSet<&str>) -> Value {
    let mut blueprint = blueprint.clone();
    if let Some(Value::Object(relations)) = blueprint.get_mut("relations") {
        relations.retain(|key, _| !waits.contains(key.as_str()));
    }
    let over = |path: &Value| {
        let first = path.as_str().and_then(|path| path.split('.').next());
        first.is_some_and(|first| waits.contains(first))
    };
    if let Some(Value::Object(mirrors)) = blueprint.get_mut("mirrorProperties") {
        mirrors.retain(|_, mirror| !mirror.get("path").is_some_and(over));
    }
    if blueprint.pointer("/ownership/path").is_some_and(over)
        && let Value::Object(pairs) = &mut blueprint
    {
        pairs.shift_remove("ownership");
    }
    // Aggregations may count entities of a blueprint that does not exist yet, and calculations may read any of these.
    if let Value::Object(pairs) = &mut blueprint {
        pairs.shift_remove("calculationProperties");
        pairs.shift_remove("aggregationProperties");
    }
    blueprint
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ordered(blueprints: &[(&str, &[&str])]) -> Vec<String> {
        let documents: Vec<(&str, Value)> = blueprints
            .iter()
            .map(|(name, targets)| {
                let relations = targets.iter().map(|target| (format!("to_{target}"), json!({"target": target})));
                (*name, json!({"relations": relations.collect::<serde_json::Map<_, _>>()}))
            })
            .collect();
        let blueprints: BTreeMap<&str, &Value> = documents.iter().map(|(name, document)| (*name, document)).collect();
        order(&blueprints)
            .into_iter()
            .map(|(name, open)| {
                let waits = waiting(blueprints[name], name, &open);
                if waits.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name} without {}", waits.into_iter().collect::<Vec<_>>().join(", "))
                }
            })
            .collect()
    }

    #[test]
    fn targets_come_first() {
        assert_eq!(ordered(&[("a", &["b"]), ("b", &["c"]), ("c", &["elsewhere", "c"])]), ["c", "b", "a"]);
        assert_eq!(ordered(&[("a", &["b"]), ("b", &["a"])]), ["a without to_b", "b"]);
        assert_eq!(
            ordered(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &["a"])]),
            ["b without to_c", "a without to_c", "c"].map(str::to_owned).to_vec()
        );
    }

    #[test]
    fn what_needs_a_relation_waits_with_it() {
        let blueprint = json!({"identifier": "a", "relations": {"b": {"target": "b"}, "c": {"target": "c"}},
            "mirrorProperties": {"m": {"path": "b.title"}, "n": {"path": "c.title"}}, "ownership": {"type": "Inherited", "path": "b"},
            "calculationProperties": {"x": {}}});
        let first = without(&blueprint, &BTreeSet::from(["b"]));
        assert_eq!(
            first,
            json!({"identifier": "a", "relations": {"c": {"target": "c"}}, "mirrorProperties": {"n": {"path": "c.title"}}})
        );
    }
}
