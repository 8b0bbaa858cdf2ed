//! Conditions of a template: what decides them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::followed::{Follow, followed};
use super::mapping::LOOKUP;
use super::{Scope, parameter};
use crate::template::node::{Dependency, Node};

/// Conditions inside of one another are followed to this depth.
const DEEPEST: usize = 64;

/// What is known of a condition.
pub(super) enum Meaning {
    /// Only literals decide it.
    Always(bool),
    /// What decides it, in words that are the same where the condition is.
    If(String),
}

/// Returns what is known of a condition: its definition and those of the conditions in it, with the defaults and the entries
/// of mappings that decide them.
pub(super) fn meaning(scope: Scope<'_>, name: &str) -> Meaning {
    let mut reading = Reading { scope, places: BTreeMap::new(), decided: BTreeMap::new(), words: Vec::new() };
    match reading.condition(name, 0) {
        Value::Bool(truth) => Meaning::Always(truth),
        _ => Meaning::If(reading.words.join(" ")),
    }
}

/// A condition that is being read, with those that it depends on.
struct Reading<'a> {
    scope: Scope<'a>,
    /// Where each condition was met first: its name has no meaning.
    places: BTreeMap<String, usize>,
    decided: BTreeMap<String, bool>,
    words: Vec<String>,
}

impl Reading<'_> {
    /// Reads a condition once. Returns what it is, as far as literals decide it.
    fn condition(&mut self, name: &str, depth: usize) -> Value {
        let place = self.places.len();
        self.places.insert(name.to_owned(), place);
        let own = self.scope.own.entry("Conditions", name).filter(|_| depth < DEEPEST);
        let Some(own) = own.map(|node| followed(node, self.scope.own, Follow::Mappings)) else {
            self.words.push(name.to_owned());
            return Value::Null;
        };
        let mut on = BTreeSet::new();
        own.dependencies(&mut on);
        for dependency in on {
            match dependency {
                Dependency::Condition(inner) if !self.places.contains_key(inner) => {
                    drop(self.condition(inner, depth + 1));
                }
                Dependency::Condition(_) => {}
                Dependency::Name(name) => self.parameter(name),
                Dependency::Mapping(name) => self.mapping(name, &own),
            }
        }
        let known = decide(&own.to_value(), &self.decided);
        if let Value::Bool(truth) = known {
            self.decided.insert(name.to_owned(), truth);
        }
        let written = self.placed(&known);
        self.words.push(format!("{place}:{written}"));
        known
    }

    fn parameter(&mut self, name: &str) {
        let default = self.scope.own.entry("Parameters", name).and_then(parameter::default);
        self.words.extend(default.map(|default| format!("{name}={default:?}")));
    }

    fn mapping(&mut self, name: &str, condition: &Node) {
        let Some(own) = self.scope.own.entry("Mappings", name) else { return };
        let entries = match self.scope.other.entry("Mappings", name) {
            Some(other) if !has_default(condition) => common(own, other),
            _ => own.clone(),
        };
        self.words.push(format!("{name}={}", entries.to_value()));
    }

    /// Replaces the names of conditions by their places.
    fn placed(&self, value: &Value) -> Value {
        match value {
            Value::Object(map) => match map.get("Condition") {
                Some(Value::String(inner)) if map.len() == 1 => json!({"Condition": self.places.get(inner)}),
                _ => map.iter().map(|(key, value)| (key.clone(), self.placed(value))).collect(),
            },
            Value::Array(items) => items.iter().map(|item| self.placed(item)).collect(),
            scalar => scalar.clone(),
        }
    }
}

/// Whether a lookup in a value has a `DefaultValue`, so that a key may be missing.
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
