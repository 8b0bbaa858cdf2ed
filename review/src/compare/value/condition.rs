//! Conditions of a template: what decides them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::followed::{Follow, followed};
use super::mapping::LOOKUP;
use super::{Scope, parameter};
use crate::template::node::{Dependency, Node};

/// Conditions inside of one another are followed to this depth. CloudFormation refuses those that depend on themselves.
const DEEPEST: usize = 16;

/// What is known of a condition.
pub(super) enum Meaning {
    /// Only literals decide it.
    Always(bool),
    /// What decides it, in words that are the same where the condition is.
    If(String),
}

/// Returns what is known of a condition: its definition, with the defaults and the entries of mappings that decide it.
pub(super) fn meaning(scope: &Scope<'_>, name: &str) -> Meaning {
    let Some(whole) = definition(scope, name, 0) else { return Meaning::If(name.to_owned()) };
    let decided = decide(&whole.to_value(), &BTreeMap::new());
    if let Value::Bool(truth) = decided {
        return Meaning::Always(truth);
    }
    let mut words = decided.to_string();
    let mut on = BTreeSet::new();
    whole.dependencies(&mut on);
    for dependency in on {
        let value = match dependency {
            Dependency::Name(name) => scope
                .own
                .entry("Parameters", name)
                .and_then(parameter::default)
                .map(|found| format!("{name}={found:?}")),
            Dependency::Mapping(name) => scope.own.entry("Mappings", name).map(|entries| {
                let common = match scope.other.entry("Mappings", name) {
                    Some(other) if !has_default(&whole) => common(entries, other),
                    _ => entries.clone(),
                };
                format!("{name}={}", common.to_value())
            }),
            Dependency::Condition(_) => None,
        };
        words.extend(value.into_iter().flat_map(|value| [" ".to_owned(), value]));
    }
    Meaning::If(words)
}

/// Returns the definition of a condition, with those of others in place of their names.
fn definition(scope: &Scope<'_>, name: &str, depth: usize) -> Option<Node> {
    let own = scope.own.entry("Conditions", name).filter(|_| depth < DEEPEST)?;
    Some(inlined(&followed(own, scope.own, Follow::Mappings), scope, depth))
}

fn inlined(node: &Node, scope: &Scope<'_>, depth: usize) -> Node {
    match node {
        Node::Call(call, inner) => match (call.as_str(), &**inner) {
            ("Condition", Node::Text(name)) => definition(scope, name, depth + 1).unwrap_or_else(|| node.clone()),
            _ => Node::Call(call.clone(), Box::new(inlined(inner, scope, depth))),
        },
        Node::List(items) => Node::List(items.iter().map(|item| inlined(item, scope, depth)).collect()),
        other => other.clone(),
    }
}

/// Whether a lookup in a value has a `DefaultValue`, so that a missing key is no error.
fn has_default(node: &Node) -> bool {
    let own = matches!(node, Node::Call(name, inner) if name == LOOKUP && inner.children().count() > 3);
    own || node.children().any(has_default)
}

/// Returns the entries whose keys another mapping has, too.
fn common(own: &Node, other: &Node) -> Node {
    match (own, other) {
        (Node::Map(own), Node::Map(other)) => Node::Map(
            own.iter().filter_map(|(key, value)| Some((key.clone(), common(value, other.get(key)?)))).collect(),
        ),
        _ => own.clone(),
    }
}

/// Decides a condition whose arguments are known.
pub(in crate::compare) fn decide(condition: &Value, decided: &BTreeMap<String, bool>) -> Value {
    let Some((name, argument)) = condition.as_object().and_then(|map| map.iter().next().filter(|_| map.len() == 1))
    else {
        return condition.clone();
    };
    let each = || -> Vec<Value> {
        let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(|item| decide(item, decided)).collect()
    };
    match (name.as_str(), argument) {
        ("Condition", Value::String(inner)) => {
            decided.get(inner).map_or_else(|| condition.clone(), |known| json!(known))
        }
        ("Fn::Equals", Value::Array(items)) => match items.as_slice() {
            [Value::String(one), Value::String(other)] => json!(one == other),
            _ => condition.clone(),
        },
        ("Fn::Not", Value::Array(_)) => match each().as_slice() {
            [Value::Bool(inner)] => json!(!inner),
            items => json!({ "Fn::Not": items }),
        },
        ("Fn::And" | "Fn::Or", Value::Array(_)) => {
            let (mut items, winner) = (each(), name == "Fn::Or");
            if items.contains(&json!(winner)) {
                return json!(winner);
            }
            items.retain(|item| !item.is_boolean());
            if items.is_empty() { json!(!winner) } else { json!({ name: items }) }
        }
        _ => condition.clone(),
    }
}
