//! Follows the path of a property through lists, conditions and parameters.

use std::collections::BTreeMap;

use crate::compare::value::{self, Found, Scope, Seen};
use crate::template::guard::{Guards, and};
use crate::template::node::Node;

/// A step of a row's path.
pub(super) struct Step<'a> {
    /// The property.
    pub(super) name: &'a str,
    /// What identifies an item of a list: `Key` or `Key=word`; empty for its place.
    pub(super) item: Option<&'a str>,
}

impl<'a> Step<'a> {
    /// Reads a step such as `List[Key=word]`.
    pub(super) fn parse(step: &'a str) -> Self {
        match step.split_once('[') {
            Some((name, item)) => Self { name, item: Some(item.trim_end_matches(']')) },
            None => Self { name: step, item: None },
        }
    }

    /// Returns the step as part of a JSON Pointer.
    pub(super) fn pointer(&self) -> String {
        if self.item.is_some() { format!("/{}/-", self.name) } else { format!("/{}", self.name) }
    }
}

/// What the value at a path can be, by the item of the list that it is in; by nothing where the list is unknown.
pub(super) struct Selected<'a> {
    scope: Scope<'a>,
    pub(super) found: BTreeMap<String, Vec<Found>>,
}

impl<'a> Selected<'a> {
    /// Follows a path that begins with a step whose value is `node`.
    pub(super) fn new(scope: Scope<'a>, node: Option<&Node>, (step, rest): (&Step<'_>, &[Step<'_>])) -> Self {
        let mut selected = Self { scope, found: BTreeMap::new() };
        selected.follow(node, step, rest, ("", &Guards::new()));
        selected
    }

    fn add(&mut self, item: &str, seen: Seen, when: Guards) {
        self.found.entry(item.to_owned()).or_default().push(Found { seen, when, pointer: String::new() });
    }

    fn follow(&mut self, node: Option<&Node>, at: &Step<'_>, steps: &[Step<'_>], (item, when): (&str, &Guards)) {
        for one in value::at(self.scope, node, &[]) {
            let when = and(when, &one.when);
            if at.item.is_none() && steps.is_empty() {
                self.add(item, one.seen, when);
                continue;
            }
            let node = match one.seen {
                Seen::Value(node) if !is_reference(&node) => Some(node),
                Seen::Absent => None,
                // What a reference returns has no members that a template could show.
                Seen::Value(node) => {
                    self.add("", Seen::Unknown(node.to_text()), when);
                    continue;
                }
                unknown @ Seen::Unknown(_) => {
                    self.add("", unknown, when);
                    continue;
                }
            };
            match (at.item, steps.split_first()) {
                (Some(key), _) => self.items(node.as_ref(), key, steps, (item, &when)),
                (None, Some((step, rest))) => {
                    self.follow(node.as_ref().and_then(|node| node.member(step.name)), step, rest, (item, &when));
                }
                (None, None) => {}
            }
        }
    }

    /// Follows the path in each item of a list, or in the one that a step names.
    fn items(&mut self, list: Option<&Node>, key: &str, steps: &[Step<'_>], (item, when): (&str, &Guards)) {
        let (key, wanted) = key.split_once('=').map_or((key, None), |(key, word)| (key, Some(word)));
        let children = match list {
            Some(Node::List(_) | Node::Set(_)) => value::at(self.scope, list, &["*"]),
            // Some lists are read as maps by name.
            other => {
                let each = other.into_iter().flat_map(Node::children);
                each.flat_map(|child| value::at(self.scope, Some(child), &[])).collect()
            }
        };
        let mut any = false;
        for (place, child) in children.into_iter().enumerate() {
            let Seen::Value(node) = child.seen else { continue };
            let name = node.member(key).map_or_else(|| place.to_string(), Node::to_text);
            if wanted.is_some_and(|wanted| wanted != name) {
                continue;
            }
            any = true;
            let when = and(when, &child.when);
            let name = if wanted.is_some() { "" } else { name.as_str() };
            match steps.split_first() {
                Some((step, rest)) => self.follow(node.member(step.name), step, rest, (name, &when)),
                None => self.add(name, Seen::Value(node), when),
            }
        }
        if !any && wanted.is_some() {
            self.add(item, Seen::Absent, when.clone());
        }
    }
}

fn is_reference(node: &Node) -> bool {
    matches!(node, Node::Ref(_) | Node::Attr(..) | Node::Sub(_) | Node::Call(..))
}
