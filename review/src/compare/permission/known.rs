//! Follows values as far as a template says what they are: parameters by their defaults, mappings, template conditions, and
//! intrinsics whose arguments are known. What only the deployment knows is not changed.
//!
//! The rules are those of [`value`]. Here a value keeps what people read of it: a parameter with the same default on both
//! sides its name, and a condition the name that it has on the new side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::branch::{branched, choice};
use super::condition::{BEFORE, Matching};
use crate::compare::value::{self, Default, decide};
use crate::template::guard::Guards;
use crate::template::intrinsic::is_no_value;
use crate::template::limit::{Budget, MOST_ALTERNATIVES, Size};
use crate::template::node::{Dependency, Node};
use crate::template::normal::plain;
use crate::template::normal::policy::escaped;
use crate::template::stack::Stack;

/// What a side of the comparison says about its values.
pub(super) struct Known<'a> {
    pub(super) stack: &'a Stack,
    other: &'a Stack,
    /// New names of renamed resources; empty on the new side.
    renamed: &'a BTreeMap<String, String>,
    parameters: BTreeMap<&'a str, Value>,
    /// Names under which conditions are compared: equal names mean equal conditions on both sides.
    conditions: BTreeMap<String, String>,
    always: BTreeSet<String>,
    never: BTreeSet<String>,
    is_old: bool,
    /// The mappings that only this side has, or that differ on the other side.
    mappings: BTreeSet<&'a str>,
    /// Whether the other side has all mappings of this one, and no others.
    same_mappings: bool,
    /// What values may become all together once they are followed.
    pub(super) budget: Budget,
}

static NONE: BTreeMap<String, String> = BTreeMap::new();

/// Returns what both sides know. `defaults` says whether a parameter whose default changed has its default: a deployed stack
/// may keep its value instead.
pub(super) fn both<'a>(
    old: &'a Stack,
    new: &'a Stack,
    renamed: &'a BTreeMap<String, String>,
    defaults: bool,
) -> (Known<'a>, Known<'a>) {
    let (mut before, mut after) = (Known::new(old, new, renamed, true), Known::new(new, old, &NONE, false));
    if defaults {
        before.substitute(|name| new.entry("Parameters", name).is_some());
        after.substitute(|name| old.entry("Parameters", name).is_some());
    }
    let (was, is) = (before.definitions(), after.definitions());
    before.name_conditions(&was, &is);
    after.name_conditions(&is, &is);
    // A new parameter may be left at its default; conditions that depend on it are compared as written.
    before.substitute(|name| new.entry("Parameters", name).is_none());
    after.substitute(|name| old.entry("Parameters", name).is_none());
    (before, after)
}

/// Returns the value of a parameter that is not set. That of a parameter in Systems Manager has no text in a template.
fn default(parameter: &Node) -> Option<Value> {
    Some(match value::default(parameter)? {
        Default::Value(value) => value.to_value(),
        Default::Stored(name) => json!(format!("{{{{resolve:ssm:{name}}}}}")),
    })
}

impl<'a> Known<'a> {
    fn new(stack: &'a Stack, other: &'a Stack, renamed: &'a BTreeMap<String, String>, is_old: bool) -> Self {
        let (parameters, conditions) = (BTreeMap::new(), BTreeMap::new());
        let (always, never) = (BTreeSet::new(), BTreeSet::new());
        let own = stack.sections.get("Mappings").into_iter().flatten();
        let mappings = own.filter(|(name, node)| other.entry("Mappings", name) != Some(node));
        let mappings = mappings.map(|(name, _)| name.as_str()).collect();
        let same_mappings = stack.sections.get("Mappings") == other.sections.get("Mappings");
        let budget = Budget::of_size();
        Self { stack, other, renamed, parameters, conditions, always, never, is_old, mappings, same_mappings, budget }
    }

    /// Gives the parameters that differ on the other side their defaults.
    fn substitute(&mut self, which: impl Fn(&str) -> bool) {
        let differs = |name: &str, node: &Node| {
            self.other.entry("Parameters", name).is_none_or(|other| default(other) != default(node))
        };
        let found = self.stack.sections.get("Parameters").into_iter().flatten();
        let found = found.filter(|(name, node)| which(name) && differs(name, node));
        self.parameters.extend(found.filter_map(|(name, node)| Some((name.as_str(), default(node)?))));
    }

    /// Returns the name of a resource on the new side.
    pub(super) fn name(&self, id: &str) -> String {
        self.renamed.get(id).map_or(id, String::as_str).to_owned()
    }

    /// Returns the name under which a condition is compared.
    fn condition(&self, name: &str) -> String {
        self.conditions.get(name).map_or(name, String::as_str).to_owned()
    }

    /// Returns the guards of a resource with this `Condition`.
    pub(super) fn guards(&self, condition: Option<&str>) -> Guards {
        condition.map(|name| self.condition(name)).filter(|name| !self.always.contains(name)).into_iter().collect()
    }

    /// Removes what is always true, and what follows from the rest.
    pub(super) fn simplified(&self, mut guards: Guards) -> Guards {
        guards.retain(|guard| !guard.strip_prefix("not ").is_some_and(|name| self.never.contains(name)));
        // A key with one value has no other.
        let known = guards.iter().filter(|guard| !guard.starts_with("not "));
        let known: Vec<(String, String)> = known
            .filter_map(|guard| Some((format!("not {guard}"), format!("not {} is ", guard.split_once(" is ")?.0))))
            .collect();
        guards.retain(|guard| !known.iter().any(|(contrary, other)| guard.starts_with(other) && guard != contrary));
        guards
    }

    /// Returns a value with everything replaced that is known. `Fn::If` is moved out of texts, with the names under which
    /// conditions are compared.
    pub(super) fn value(&self, value: &Value) -> Value {
        // What is refused in the end need not be followed.
        if !self.budget.spend(Size { values: 1, bytes: value.as_str().map_or(0, str::len) }) {
            return Value::Null;
        }
        let map = match value {
            Value::Array(items) => return items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map,
            scalar => return scalar.clone(),
        };
        let Some((name, argument)) = map.iter().next().filter(|_| map.len() == 1) else {
            return map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect();
        };
        match (name.as_str(), argument) {
            ("Ref", Value::String(target)) => self.reference(target),
            ("Fn::GetAtt", Value::String(path)) => {
                let (target, attribute) = path.split_once('.').unwrap_or((path, ""));
                json!({"Fn::GetAtt": [self.name(target), attribute]})
            }
            ("Fn::GetAtt", Value::Array(items)) => match items.as_slice() {
                [Value::String(target), rest @ ..] if rest.iter().all(Value::is_string) => {
                    let rest: Vec<&str> = rest.iter().filter_map(Value::as_str).collect();
                    json!({"Fn::GetAtt": [self.name(target), rest.join(".")]})
                }
                _ => value.clone(),
            },
            ("Fn::If", Value::Array(items)) => match items.as_slice() {
                [Value::String(condition), yes, no] => {
                    let condition = self.condition(condition);
                    if self.always.contains(&condition) {
                        return self.value(yes);
                    }
                    json!({"Fn::If": [condition, self.value(yes), self.value(no)]})
                }
                _ => value.clone(),
            },
            ("Fn::FindInMap", Value::Array(items)) => {
                self.mapped(&items.iter().map(|item| self.value(item)).collect::<Vec<_>>())
            }
            ("Fn::Sub", Value::String(text)) => self.substituted(text, &BTreeMap::new()),
            ("Fn::Sub", Value::Array(items)) => match items.as_slice() {
                [Value::String(text), Value::Object(variables)] => {
                    let variables = variables.iter().map(|(name, value)| (name.as_str(), self.value(value))).collect();
                    self.substituted(text, &variables)
                }
                _ => value.clone(),
            },
            ("Fn::Join", Value::Array(items)) => match items.as_slice() {
                [Value::String(delimiter), list] => match self.value(list) {
                    Value::Array(items) => branched(&items, 0, &|items| self.made(|| joined(delimiter, items))),
                    list => json!({"Fn::Join": [delimiter, list]}),
                },
                _ => value.clone(),
            },
            ("Fn::Select", Value::Array(items)) => {
                let known = self.value(argument);
                let index = known.get(0).and_then(|n| n.as_u64().or_else(|| n.as_str()?.parse().ok()));
                let picked = known
                    .get(1)
                    .and_then(Value::as_array)
                    .filter(|items| !items.iter().any(|item| choice(item).is_some()));
                let picked = picked.zip(index.and_then(|n| usize::try_from(n).ok())).and_then(|(list, n)| list.get(n));
                picked.cloned().unwrap_or_else(
                    || json!({"Fn::Select": items.iter().map(|item| self.value(item)).collect::<Vec<_>>()}),
                )
            }
            ("Fn::Split", Value::Array(_)) => match self.value(argument) {
                Value::Array(items) => match items.as_slice() {
                    [Value::String(delimiter), Value::String(text)] if !delimiter.is_empty() => {
                        text.split(delimiter.as_str()).collect()
                    }
                    _ => json!({ "Fn::Split": items }),
                },
                other => json!({ "Fn::Split": other }),
            },
            ("Fn::ToJsonString", inner) => self.value(inner),
            (name, argument) => json!({ name: self.value(argument) }),
        }
    }

    fn reference(&self, target: &str) -> Value {
        match (target, self.parameters.get(target)) {
            // Most stacks are in this partition, and no permission reaches from one into another.
            ("AWS::Partition", _) => json!("aws"),
            ("AWS::URLSuffix", _) => json!("amazonaws.com"),
            (_, Some(value)) => self.made(|| value.clone()),
            (target, None) => json!({"Ref": self.name(target)}),
        }
    }

    /// Makes a value unless the budget is spent.
    fn made(&self, make: impl Fn() -> Value) -> Value {
        if self.budget.is_spent() {
            return Value::Null;
        }
        let value = make();
        self.budget.spend(Size::of_value(&value));
        value
    }

    /// Puts values in the place of `${…}`.
    fn substituted(&self, text: &str, variables: &BTreeMap<&str, Value>) -> Value {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            parts.push(json!(before));
            let Some((name, behind)) = after.split_once('}') else {
                parts.push(json!("${"));
                rest = after;
                continue;
            };
            let trimmed = name.trim();
            parts.push(match (name.strip_prefix('!'), variables.get(trimmed), trimmed.split_once('.')) {
                (Some(literal), ..) => json!(format!("${{{literal}}}")),
                (_, Some(value), _) => self.made(|| value.clone()),
                (_, _, Some((target, attribute))) => json!({"Fn::GetAtt": [self.name(target), attribute]}),
                _ => self.reference(trimmed),
            });
            rest = behind;
        }
        parts.push(json!(rest));
        branched(&parts, 0, &|parts| self.made(|| concatenated(parts)))
    }

    /// Returns a value of a mapping. Where a key is known only at deployment, each value that differs from the other side's is
    /// an alternative.
    fn mapped(&self, arguments: &[Value]) -> Value {
        let unknown = |arguments: &[Value]| json!({ "Fn::FindInMap": arguments });
        let [mapping, keys @ ..] = arguments else { return unknown(arguments) };
        let (top, second, default) = match keys {
            [top, second] => (top, second, None),
            [top, second, options] => (top, second, options.get("DefaultValue")),
            _ => return unknown(arguments),
        };
        let name = mapping.as_str().unwrap_or_default();
        let own = self.stack.entry("Mappings", name);
        let other = self.other.entry("Mappings", name);
        if own.is_some() && top.is_string() && second.is_string() {
            let keys: Vec<Node> = arguments.iter().map(plain).collect();
            // A mapping holds no intrinsics, so nothing in it is followed.
            let found = value::entry(self.stack, &keys).map(|node| self.made(|| node.to_value()));
            return found.unwrap_or_else(|| unknown(arguments));
        }
        let is_same = if mapping.is_string() {
            !self.mappings.contains(name) && own.is_some() >= other.is_some()
        } else {
            self.same_mappings
        };
        if is_same {
            return unknown(arguments);
        }
        let as_written = match (other, default) {
            // A key that only one side has changes nothing: no stack could be deployed without it.
            (Some(_), None) if top.is_string() != second.is_string() => unknown(arguments),
            _ if self.is_old => {
                let before = json!(format!("{}{BEFORE}", plain(mapping).to_text()));
                unknown(&[&[before], keys].concat())
            }
            _ => unknown(arguments),
        };
        let (Some(own), Some(other)) = (own, other) else { return as_written };
        let key = if top.is_string() { second } else { top };
        let (own, other) = (column(own, top, second), column(other, top, second));
        let differing = own.into_iter().filter(|(key, value)| other.get(key).is_some_and(|other| other != value));
        differing.take(MOST_ALTERNATIVES).fold(as_written, |rest, (known, value)| {
            let condition = format!("{} is {known}", plain(key).to_text());
            let value = value.to_value();
            self.budget.spend(Size::of_value(&value) + Size { values: 3, bytes: condition.len() });
            json!({"Fn::If": [condition, value, rest]})
        })
    }

    /// Returns the conditions by name, each as far as it is known.
    fn definitions(&self) -> BTreeMap<String, Value> {
        let conditions = self.stack.sections.get("Conditions").into_iter().flatten();
        let mut found: BTreeMap<String, Value> =
            conditions.map(|(name, node)| (name.clone(), self.value(&node.to_value()))).collect();
        let users = self.stack.condition_users();
        let mut decided = BTreeMap::new();
        let mut open: Vec<String> = found.keys().cloned().collect();
        // What is decided may decide others.
        while let Some(name) = open.pop() {
            let Some(value) = found.get_mut(&name).filter(|_| !decided.contains_key(&name)) else { continue };
            *value = decide(value, &decided);
            if let Some(truth) = value.as_bool() {
                open.extend(users.of(Dependency::Condition(&name)).map(str::to_owned));
                decided.insert(name, truth);
            }
        }
        found
    }

    /// Names each condition like an equal one of the new side.
    fn name_conditions(&mut self, own: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>) {
        if self.is_old {
            self.conditions = Matching::new(own, new).names();
        }
        for (name, value) in own {
            match value {
                Value::Bool(true) => drop(self.always.insert(self.condition(name))),
                Value::Bool(false) => drop(self.never.insert(self.condition(name))),
                _ => {}
            }
        }
    }
}

/// Returns the entries of a mapping under the one of two keys that is known, by the other key.
fn column<'n>(mapping: &'n Node, top: &Value, second: &Value) -> BTreeMap<&'n str, &'n Node> {
    let Node::Map(pairs) = mapping else { return BTreeMap::new() };
    match (top.as_str(), second.as_str()) {
        (Some(top), None) => match pairs.get(top) {
            Some(Node::Map(inner)) => inner.iter().map(|(key, node)| (key.as_str(), node)).collect(),
            _ => BTreeMap::new(),
        },
        (None, Some(second)) => {
            pairs.iter().filter_map(|(key, node)| Some((key.as_str(), node.member(second)?))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Joins texts like `Fn::Join`.
fn joined(delimiter: &str, items: &[Value]) -> Value {
    let mut parts = Vec::new();
    // A list among the items is that of a parameter.
    let flat = items.iter().flat_map(|item| item.as_array().map_or(std::slice::from_ref(item), Vec::as_slice));
    for item in flat.filter(|item| !is_no_value(item)) {
        if !parts.is_empty() {
            parts.push(json!(delimiter));
        }
        parts.push(item.clone());
    }
    concatenated(&parts)
}

/// Puts texts together: a text if all are known, otherwise a text for `Fn::Sub`.
fn concatenated(parts: &[Value]) -> Value {
    let (mut known, mut text, mut is_known) = (String::new(), String::new(), true);
    for part in parts {
        match part {
            Value::String(word) => {
                known.push_str(word);
                text.push_str(&escaped(word));
            }
            Value::Number(_) | Value::Bool(_) => {
                known.push_str(&part.to_string());
                text.push_str(&part.to_string());
            }
            other => {
                is_known = false;
                match plain(other) {
                    Node::Text(word) => text.push_str(&escaped(&word)),
                    node if node.parts().is_some() => text.push_str(&node.to_text()),
                    _ => return json!({"Fn::Join": ["", parts]}),
                }
            }
        }
    }
    if is_known { json!(known) } else { json!({ "Fn::Sub": text }) }
}
