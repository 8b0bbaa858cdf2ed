//! Follows a value to what is known of it: through parameters with a default, mappings and branches of `Fn::If`.

use crate::template::guard::{Guards, is_impossible, opposite};
use crate::template::node::{Node, Part};
use crate::template::stack::Stack;

/// What a property may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// It is not set.
    Absent,
    /// A value, or an intrinsic that returns an id or an attribute of a resource.
    Value(Node),
    /// Known only at deployment; the text identifies it.
    Unknown(String),
}

/// One of the values that a property may have.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) seen: Seen,
    /// What it depends on; it certainly has this value if there is nothing.
    pub(super) when: Guards,
    /// A JSON Pointer below the properties, without intrinsics.
    pub(super) pointer: String,
}

/// More alternatives than this are not followed.
const MOST: usize = 64;

/// Intrinsics inside of one another are followed to this depth.
const DEEPEST: usize = 16;

/// Returns what there may be at a path below `node`; `*` is any item of a list, `>` goes on in the properties of the
/// resource that a value refers to.
pub(super) fn at(stack: &Stack, node: Option<&Node>, path: &[&str]) -> Vec<Found> {
    let mut walk = Walk { stack, found: Vec::new(), most: MOST };
    match node {
        Some(node) => walk.below(node, path, "", &Guards::new(), 0),
        None => walk.add(Seen::Absent, "", &Guards::new()),
    }
    walk.found.retain(|found| !is_impossible(&found.when));
    walk.found
}

struct Walk<'a> {
    stack: &'a Stack,
    found: Vec<Found>,
    /// How many there may be: each item of a list has as many alternatives of its own.
    most: usize,
}

impl Walk<'_> {
    fn add(&mut self, seen: Seen, pointer: &str, when: &Guards) {
        self.found.push(Found { seen, when: when.clone(), pointer: pointer.to_owned() });
    }

    fn below(&mut self, node: &Node, path: &[&str], pointer: &str, when: &Guards, depth: usize) {
        if self.found.len() >= self.most {
            if self.found.len() == self.most {
                self.add(Seen::Unknown(node.to_text()), pointer, when);
            }
            return;
        }
        if depth > DEEPEST {
            return self.add(Seen::Unknown(node.to_text()), pointer, when);
        }
        match (node, path) {
            (Node::Ref(name) | Node::Attr(name, _), [">", rest @ ..]) if self.stack.resources.contains_key(name) => {
                let properties = self.stack.resources.get(name).and_then(|found| found.attributes.get("Properties"));
                match properties {
                    Some(properties) => self.below(properties, rest, pointer, when, depth + 1),
                    None => self.add(Seen::Absent, pointer, when),
                }
            }
            (Node::Null, _) => self.add(Seen::Absent, pointer, when),
            (Node::Json(inner), _) => self.below(inner, path, pointer, when, depth),
            (Node::Ref(_) | Node::Attr(..) | Node::Sub(_) | Node::Call(..), _) => {
                for (seen, more) in self.alternatives(node, depth) {
                    let when = when | &more;
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
                    self.most = self.found.len() + MOST;
                    self.items(item, rest, &format!("{pointer}/{n}"), when, depth);
                }
            }
            (Node::Set(items), ["*", rest @ ..]) => {
                for item in items {
                    self.most = self.found.len() + MOST;
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
                                self.items(item, rest, pointer, &(when | &more), depth + 1);
                            }
                        }
                        Seen::Value(value) if depth < DEEPEST => {
                            self.items(&value, rest, pointer, &(when | &more), depth + 1);
                        }
                        Seen::Value(value) => self.add(Seen::Unknown(value.to_text()), pointer, &(when | &more)),
                        unknown @ Seen::Unknown(_) => self.add(unknown, pointer, &(when | &more)),
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
            Node::Ref(name) => match self.stack.entry("Parameters", name) {
                Some(parameter) => parameter_values(name, parameter),
                None if name.starts_with("AWS::") || self.stack.resources.contains_key(name) => itself(),
                None => unknown(),
            },
            // What a custom resource or another stack returns is not in the template.
            Node::Attr(name, _) => match self.stack.resources.get(name).map(|found| found.resource_type.as_str()) {
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
                        let guard = self.stack.meaning(condition).to_owned();
                        let mut found = Vec::new();
                        for (branch, guard) in [(yes, guard.clone()), (no, opposite(&guard))] {
                            let under = Guards::from([guard]);
                            for (seen, more) in self.resolved(branch, depth + 1) {
                                found.push((seen, &under | &more));
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
        let mut texts = vec![(String::new(), Guards::new())];
        for part in parts {
            let values = match part {
                Part::Text(text) => vec![(Seen::Value(Node::Text(text.clone())), Guards::new())],
                Part::Ref(name) => self.alternatives(&Node::Ref(name.clone()), depth + 1),
                Part::Attr(..) => return None,
            };
            let mut longer = Vec::new();
            for (text, when) in &texts {
                for (value, more) in &values {
                    let Seen::Value(Node::Text(value)) = value else { return None };
                    longer.push((format!("{text}{value}"), when | more));
                }
            }
            if longer.len() > MOST {
                return None;
            }
            texts = longer;
        }
        Some(texts.into_iter().map(|(text, when)| (Seen::Value(Node::Text(text)), when)).collect())
    }

    /// Looks values up in a mapping: all that a key may lead to if it is known only at deployment.
    fn in_map(&self, items: &[Node], depth: usize) -> Option<Vec<(Seen, Guards)>> {
        let [Node::Text(name), first, second, rest @ ..] = items else { return None };
        let mut level = vec![(self.stack.entry("Mappings", name)?, Guards::new())];
        for key in [first, second] {
            let keys = self.resolved(key, depth + 1);
            let mut next = Vec::new();
            for (node, when) in &level {
                let Node::Map(entries) = node else { return None };
                for (seen, more) in &keys {
                    if let Seen::Value(Node::Text(key)) = seen {
                        next.extend(entries.get(key).map(|value| (value, when | more)));
                    } else {
                        let guard = |key: &str| Guards::from([format!("mapping {name} at {key}")]);
                        let each = entries.iter().map(|(key, value)| (value, &(when | more) | &guard(key)));
                        next.extend(each.take(MOST + 1));
                    }
                    if next.len() > MOST {
                        return None;
                    }
                }
            }
            level = next;
        }
        let mut found: Vec<(Seen, Guards)> =
            level.into_iter().map(|(node, when)| (Seen::Value(node.clone()), when)).collect();
        if let Some(default) = rest.first().and_then(|options| options.member("DefaultValue")) {
            let unless = Guards::from([format!("mapping {name} without the key")]);
            let under = if found.is_empty() { Guards::new() } else { unless };
            found.extend(self.resolved(default, depth + 1).into_iter().map(|(seen, more)| (seen, &under | &more)));
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
            found.extend(self.resolved(item, depth + 1).into_iter().map(|(seen, more)| (seen, &when | &more)));
        }
        Some(found)
    }
}

/// Returns the values that a parameter has unless the deployment sets another one.
fn parameter_values(name: &str, parameter: &Node) -> Vec<(Seen, Guards)> {
    let kind = parameter.member("Type").map(Node::to_text).unwrap_or_default();
    let under = |text: &str| Guards::from([format!("parameter {text}")]);
    let unknown = || vec![(Seen::Unknown(format!("${{{name}}}")), under(name))];
    // The default is the name of a parameter in Systems Manager.
    if kind.starts_with("AWS::SSM::") {
        return unknown();
    }
    let value = |text: &str| {
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        let items = || text.split(',').map(|item| Node::Text(item.trim().to_owned())).collect();
        Seen::Value(if is_list { Node::List(items()) } else { Node::Text(text.to_owned()) })
    };
    match (parameter.member("Default"), parameter.member("AllowedValues")) {
        (Some(Node::Text(text)), _) => vec![(value(text), under(name))],
        (None, Some(allowed @ (Node::Set(_) | Node::List(_)))) => {
            let values = allowed.children().filter_map(|node| match node {
                Node::Text(text) => Some((value(text), under(&format!("{name} is {text}")))),
                _ => None,
            });
            values.take(MOST).collect()
        }
        _ => unknown(),
    }
}
