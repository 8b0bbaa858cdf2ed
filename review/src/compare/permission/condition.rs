//! Compares the conditions of two templates: equal ones get the same name, known ones are decided.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::template::node::Node;
use crate::template::normal::plain;

/// What follows the name of something whose old definition differs from the new one.
pub(super) const BEFORE: &str = " as it was";

/// Finds the new condition that each old one equals.
pub(super) struct Matching<'a> {
    old: &'a BTreeMap<String, Value>,
    new: BTreeMap<&'a str, Node>,
    /// The conditions that only the new side has, by what they say; the first one of several.
    added: BTreeMap<Node, &'a str>,
    names: BTreeMap<String, String>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(old: &'a BTreeMap<String, Value>, new: &'a BTreeMap<String, Value>) -> Self {
        let new: BTreeMap<&str, Node> = new.iter().map(|(name, value)| (name.as_str(), plain(value))).collect();
        let mut added = BTreeMap::new();
        for (name, node) in new.iter().filter(|(name, _)| !old.contains_key(**name)) {
            added.entry(node.clone()).or_insert(*name);
        }
        Self { old, new, added, names: BTreeMap::new() }
    }

    /// Returns the name on the new side of each old condition.
    pub(super) fn names(mut self) -> BTreeMap<String, String> {
        for name in self.old.keys() {
            self.name(name, 0);
        }
        self.names
    }

    fn name(&mut self, name: &str, depth: usize) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let Some(definition) = self.old.get(name).filter(|_| depth < 64) else { return name.to_owned() };
        // Conditions that depend on each other in a circle are refused by CloudFormation: each has its own name there.
        self.names.insert(name.to_owned(), name.to_owned());
        let definition = plain(&renamed(definition, &mut |inner| self.name(inner, depth + 1)));
        let found = match self.new.get(name) {
            Some(same) if *same == definition => name.to_owned(),
            at_all => match self.added.get(&definition) {
                Some(other) => (*other).to_owned(),
                None if at_all.is_some() => format!("{name}{BEFORE}"),
                None => name.to_owned(),
            },
        };
        self.names.insert(name.to_owned(), found.clone());
        found
    }
}

/// Replaces the names of conditions in a condition.
fn renamed(definition: &Value, name: &mut impl FnMut(&str) -> String) -> Value {
    match definition {
        Value::Object(map) => match map.get("Condition") {
            Some(Value::String(inner)) if map.len() == 1 => json!({"Condition": name(inner)}),
            _ => map.iter().map(|(key, value)| (key.clone(), renamed(value, name))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| renamed(item, name)).collect(),
        scalar => scalar.clone(),
    }
}
