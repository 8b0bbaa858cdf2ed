//! Follows a value to what it can be: through parameters with a default, mappings and branches of `Fn::If`.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Meaning, meaning};
use super::parameter::{self, Default};
use super::{Scope, entry};
use crate::template::guard::{Guards, and, opposite};
use crate::template::node::{Node, Part};

/// What a property may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::compare) enum Seen {
    /// It is not set.
    Absent,
    /// A value, or an intrinsic that returns an id or an attribute of a resource.
    Value(Node),
    /// Known only at deployment; the text identifies it.
    Unknown(String),
}

/// One of the values that a property may have.
#[derive(Clone, Debug)]
pub(in crate::compare) struct Found {
    pub(in crate::compare) seen: Seen,
    /// What it depends on; it certainly has this value if there is nothing.
    pub(in crate::compare) when: Guards,
    /// A JSON Pointer below the properties, without intrinsics.
    pub(in crate::compare) pointer: String,
}

/// More alternatives of one value than this are not followed.
const MOST: usize = 64;

/// More values at one path than this are not followed, unless they are certain.
const MOST_FOUND: usize = 512;

/// Intrinsics inside of one another are followed to this depth.
const DEEPEST: usize = 16;

/// Returns what there may be at a path below `node`; `*` is any item of a list, `>` goes on in the properties of the
/// resource that a value refers to.
pub(in crate::compare) fn at(scope: Scope<'_>, node: Option<&Node>, path: &[&str]) -> Vec<Found> {
    let mut walk = Walk { scope, found: Vec::new() };
    match node {
        Some(node) => walk.below(node, path, "", &Guards::new(), 0),
        None => walk.add(Seen::Absent, "", &Guards::new()),
    }
    walk.found.retain(|found| !contradict(&found.when, &found.when));
    walk.found
}

/// Whether two values are the same, whatever they depend on.
pub(in crate::compare) fn is_same((was_in, was): (Scope<'_>, &Node), (is_in, is): (Scope<'_>, &Node)) -> bool {
    let all = |scope, node| -> BTreeSet<(Seen, Guards)> {
        at(scope, Some(node), &[]).into_iter().map(|found| (found.seen, found.when)).collect()
    };
    all(was_in, was) == all(is_in, is)
}

/// Whether two values are the same in some deployments.
pub(in crate::compare) fn may_be_same((was_in, was): (Scope<'_>, &Node), (is_in, is): (Scope<'_>, &Node)) -> bool {
    let (was, is) = (at(was_in, Some(was), &[]), at(is_in, Some(is), &[]));
    let same = |was: &Found, is: &Found| was.seen == is.seen && !contradict(&was.when, &is.when);
    was.iter().any(|was| is.iter().any(|is| same(was, is)))
}

/// Whether guards exclude each other: a condition and its opposite, or two values of a key or a parameter.
pub(in crate::compare) fn contradict(one: &Guards, other: &Guards) -> bool {
    let values = |guards: &Guards| -> BTreeMap<String, String> {
        let split = |guard: &String| {
            guard.strip_prefix("${")?.split_once("} is ").map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        guards.iter().filter_map(split).collect()
    };
    let known = values(other);
    one.iter().any(|guard| other.contains(&opposite(guard)))
        || one
            .iter()
            .filter_map(|guard| guard.strip_prefix("${")?.split_once("} is "))
            .any(|(key, value)| known.get(key).is_some_and(|other| other != value))
}

struct Walk<'a> {
    scope: Scope<'a>,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn add(&mut self, seen: Seen, pointer: &str, when: &Guards) {
        self.found.push(Found { seen, when: when.clone(), pointer: pointer.to_owned() });
    }

    fn below(&mut self, node: &Node, path: &[&str], pointer: &str, when: &Guards, depth: usize) {
        if self.found.len() >= MOST_FOUND && !when.is_empty() || depth > DEEPEST {
            return self.add(Seen::Unknown(node.to_text()), pointer, when);
        }
        match (node, path) {
            (Node::Ref(name) | Node::Attr(name, _), [">", rest @ ..]) if self.scope.resource(name).is_some() => {
                let properties = self.scope.resource(name).and_then(|found| found.attributes.get("Properties"));
                match properties {
                    Some(properties) => self.below(properties, rest, pointer, when, depth + 1),
                    None => self.add(Seen::Absent, pointer, when),
                }
            }
            (Node::Null, _) => self.add(Seen::Absent, pointer, when),
            (Node::Json(inner), _) => self.below(inner, path, pointer, when, depth),
            (Node::Ref(_) | Node::Attr(..) | Node::Sub(_) | Node::Call(..), _) => {
                for (seen, more) in self.alternatives(node, depth) {
                    let when = and(when, &more);
                    match seen {
                        Seen::Value(value) if value != *node => self.below(&value, path, pointer, &when, depth + 1),
                        // An attribute has no members that a template could show.
                        Seen::Value(value) if path.is_empty() => self.add(Seen::Value(value), pointer, &when),
                        Seen::Value(value) => self.add(Seen::Unknown(value.to_text()), pointer, &when),
                        other => self.add(other, pointer, &when),
                    }
                }
            }
            (Node::List(items), ["*", rest @ ..]) => {
                for (n, item) in items.iter().enumerate() {
                    self.items(item, rest, &format!("{pointer}/{n}"), when, depth);
                }
            }
            (Node::Set(items), ["*", rest @ ..]) => {
                for item in items {
                    self.items(item, rest, &format!("{pointer}/-"), when, depth);
                }
            }
            (single, ["*", rest @ ..]) => self.below(single, rest, pointer, when, depth),
            (Node::Map(members), [key, rest @ ..]) => {
                let pointer = model::pointer::below(pointer, key);
                match members.get(*key) {
                    Some(member) => self.below(member, rest, &pointer, when, depth),
                    None => self.add(Seen::Absent, &pointer, when),
                }
            }
            (Node::Literal(text), []) => self.add(Seen::Value(Node::Text(text.clone())), pointer, when),
            (value, []) => self.add(Seen::Value(value.clone()), pointer, when),
            (_, [..]) => self.add(Seen::Absent, pointer, when),
        }
    }

    /// An item may be under a condition, and then a list itself or not there.
    fn items(&mut self, item: &Node, rest: &[&str], pointer: &str, when: &Guards, depth: usize) {
        match item {
            Node::Call(name, _) if name == "Fn::If" => {
                for (seen, more) in self.alternatives(item, depth) {
                    match seen {
                        Seen::Absent => {}
                        Seen::Value(Node::List(items)) if depth < DEEPEST => {
                            for item in &items {
                                self.items(item, rest, pointer, &and(when, &more), depth + 1);
                            }
                        }
                        Seen::Value(value) if depth < DEEPEST => {
                            self.items(&value, rest, pointer, &and(when, &more), depth + 1);
                        }
                        Seen::Value(value) => self.add(Seen::Unknown(value.to_text()), pointer, &and(when, &more)),
                        unknown @ Seen::Unknown(_) => self.add(unknown, pointer, &and(when, &more)),
                    }
                }
            }
            item => self.below(item, rest, pointer, when, depth),
        }
    }

    /// Returns what an intrinsic may return, with what decides it.
    fn alternatives(&self, node: &Node, depth: usize) -> Vec<(Seen, Guards)> {
        let unknown = || vec![(Seen::Unknown(node.to_text()), Guards::new())];
        let itself = || vec![(Seen::Value(node.clone()), Guards::new())];
        if depth > DEEPEST {
            return unknown();
        }
        match node {
            node if node.is_no_value() => vec![(Seen::Absent, Guards::new())],
            Node::Ref(name) => match self.scope.own.entry("Parameters", name) {
                Some(parameter) => of_parameter(name, parameter, self.scope.brings(name)),
                None if name.starts_with("AWS::") || self.scope.resource(name).is_some() => itself(),
                None => unknown(),
            },
            // What a custom resource or another stack returns is not in the template.
            Node::Attr(name, _) => match self.scope.resource(name).map(|found| found.resource_type.as_str()) {
                Some("AWS::CloudFormation::CustomResource" | "AWS::CloudFormation::Stack") | None => unknown(),
                Some(kind) if kind.starts_with("Custom::") || kind.starts_with("AWS::Serverless::Application") => {
                    unknown()
                }
                Some(_) => itself(),
            },
            Node::Sub(parts) => self.text(parts, depth).unwrap_or_else(unknown),
            Node::Call(name, argument) => match (name.as_str(), &**argument) {
                ("Fn::If", Node::List(items)) => match items.as_slice() {
                    [Node::Text(condition), yes, no] => {
                        let guard = match meaning(self.scope, condition) {
                            Meaning::Always(truth) => return self.resolved(if truth { yes } else { no }, depth + 1),
                            Meaning::If(guard) => guard,
                        };
                        let mut found = Vec::new();
                        for (branch, guard) in [(yes, guard.clone()), (no, opposite(&guard))] {
                            let under = Guards::from([guard]);
                            for (seen, more) in self.resolved(branch, depth + 1) {
                                found.push((seen, and(&under, &more)));
                            }
                        }
                        found
                    }
                    _ => unknown(),
                },
                ("Fn::FindInMap", Node::List(items)) => self.in_map(items, depth).unwrap_or_else(unknown),
                ("Fn::Select", Node::List(items)) => match items.as_slice() {
                    [Node::Text(index), list] => self.selected(index, list, depth).unwrap_or_else(unknown),
                    _ => unknown(),
                },
                // A part of a network that the template names.
                ("Fn::Cidr", _) => itself(),
                _ => unknown(),
            },
            _ => itself(),
        }
    }

    /// Follows a value that need not be an intrinsic.
    fn resolved(&self, node: &Node, depth: usize) -> Vec<(Seen, Guards)> {
        match node {
            Node::Ref(_) | Node::Attr(..) | Node::Sub(_) | Node::Call(..) => self.alternatives(node, depth),
            Node::Null => vec![(Seen::Absent, Guards::new())],
            other => vec![(Seen::Value(other.clone()), Guards::new())],
        }
    }

    /// Puts a text together if every part is known.
    fn text(&self, parts: &[Part], depth: usize) -> Option<Vec<(Seen, Guards)>> {
        let mut texts = vec![(Vec::new(), Guards::new())];
        for part in parts {
            let values = match part {
                Part::Text(text) => vec![(Seen::Value(Node::Text(text.clone())), Guards::new())],
                Part::Ref(name) => self.alternatives(&Node::Ref(name.clone()), depth + 1),
                Part::Attr(name, attribute) => {
                    self.alternatives(&Node::Attr(name.clone(), attribute.clone()), depth + 1)
                }
            };
            let mut longer = Vec::new();
            for (text, when) in &texts {
                for (value, more) in &values {
                    let Seen::Value(value) = value else { return None };
                    longer.push(([text.clone(), value.parts()?].concat(), and(when, more)));
                }
            }
            if longer.len() > MOST {
                return None;
            }
            texts = longer;
        }
        Some(texts.into_iter().map(|(parts, when)| (Seen::Value(Node::from_parts(parts)), when)).collect())
    }

    /// Looks values up in a mapping: all that a key may lead to if it is known only at deployment. What a key leads to that
    /// only the other side has is the same on both: no stack could be deployed with it.
    fn in_map(&self, items: &[Node], depth: usize) -> Option<Vec<(Seen, Guards)>> {
        if let Some(found) = entry(self.scope.own, items) {
            return Some(self.resolved(found, depth + 1));
        }
        let [Node::Text(name), first, second, rest @ ..] = items else { return None };
        let default = rest.first().and_then(|options| options.member("DefaultValue"));
        let own = self.scope.own.entry("Mappings", name)?;
        let mut level = vec![(own, self.scope.other.entry("Mappings", name), Guards::new())];
        for key in [first, second] {
            let keys = self.resolved(key, depth + 1);
            let mut next = Vec::new();
            for (own, other, when) in level {
                let Node::Map(entries) = own else { return None };
                for (seen, more) in &keys {
                    if let Seen::Value(Node::Text(key)) = seen {
                        let below = other.and_then(|node| node.member(key));
                        next.extend(entries.get(key).map(|value| (value, below, and(&when, more))));
                        continue;
                    }
                    let is =
                        |known: &str| and(&and(&when, more), &Guards::from([format!("{} is {known}", key.to_text())]));
                    let each = entries.iter().take(MOST + 1);
                    next.extend(each.map(|(key, value)| (value, other.and_then(|node| node.member(key)), is(key))));
                    if let (Some(Node::Map(others)), None) = (other, default) {
                        let alone = others.iter().filter(|(key, _)| !entries.contains_key(*key)).take(MOST + 1);
                        next.extend(alone.map(|(key, value)| (value, Some(value), is(key))));
                    }
                    // More are not followed, as below.
                    if next.len() > MOST {
                        return None;
                    }
                }
            }
            level = next;
        }
        let mut found = Vec::new();
        for (node, _, when) in level {
            found.extend(self.resolved(node, depth + 1).into_iter().map(|(seen, more)| (seen, and(&when, &more))));
        }
        if let Some(default) = default {
            let unless = Guards::from([format!("mapping {name} without the key")]);
            let under = if found.is_empty() { Guards::new() } else { unless };
            found.extend(self.resolved(default, depth + 1).into_iter().map(|(seen, more)| (seen, and(&under, &more))));
        }
        (!found.is_empty() && found.len() <= MOST).then_some(found)
    }

    /// Takes an item of a list.
    fn selected(&self, index: &str, list: &Node, depth: usize) -> Option<Vec<(Seen, Guards)>> {
        let index: usize = index.parse().ok()?;
        let mut found = Vec::new();
        for (seen, when) in self.resolved(list, depth + 1) {
            let Seen::Value(Node::List(items)) = seen else { return None };
            let item = items.get(index)?;
            found.extend(self.resolved(item, depth + 1).into_iter().map(|(seen, more)| (seen, and(&when, &more))));
        }
        Some(found)
    }
}

/// Returns the values that a parameter has unless the deployment sets another one, which is uncertain if it is not new.
fn of_parameter(name: &str, parameter: &Node, is_new: bool) -> Vec<(Seen, Guards)> {
    let guard = |text: String| Guards::from([text]);
    match (parameter::default(parameter), parameter::allowed(parameter)) {
        (Some(Default::Value(value)), _) if is_new => vec![(Seen::Value(value), Guards::new())],
        (Some(Default::Value(value)), _) => vec![(Seen::Value(value), guard(format!("${{{name}}} by default")))],
        (None, Some(allowed)) if allowed.len() <= MOST => {
            let one = |value: Node| {
                let under = guard(format!("${{{name}}} is {}", value.to_text()));
                (Seen::Value(value), under)
            };
            allowed.into_iter().map(one).collect()
        }
        // With a changed name in Systems Manager, the value changes.
        (Some(Default::Stored(stored)), _) => {
            let text = format!("{{{{resolve:ssm:{stored}}}}}");
            vec![(Seen::Unknown(text), guard(format!("${{{name}}} by default")))]
        }
        _ => vec![(Seen::Unknown(format!("${{{name}}}")), guard(format!("${{{name}}}")))],
    }
}
