//! Follows the path of a property through lists, conditions and parameters.

use std::collections::BTreeMap;

use crate::compare::possible::Possible;
use crate::template::node::Node;
use crate::template::stack::Stack;

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

/// Collects what the value at a path can be, by the item of the list that it is in. `at` is the step whose value `node` is.
pub(super) fn select<'a>(
    stack: &'a Stack,
    node: Option<&'a Node>,
    at: Option<&Step<'_>>,
    steps: &[Step<'_>],
    item: &str,
    found: &mut BTreeMap<String, Possible<'a>>,
) {
    let possible = Possible::of(stack, node);
    let list = at.and_then(|step| step.item);
    if list.is_none() && steps.is_empty() {
        add(found, item, possible);
        return;
    }
    let is_single = possible.values.len() == 1 && possible.is_certain;
    let mut below = BTreeMap::new();
    for value in &possible.values {
        match (list, value) {
            _ if possible.is_open => add(&mut below, "", Possible::open(*value)),
            (None, value) => {
                let Some((step, rest)) = steps.split_first() else { continue };
                let inner = value.and_then(|node| node.member(step.name));
                select(stack, inner, Some(step), rest, item, &mut below);
            }
            (Some(key), value) => {
                let mut any = false;
                for (place, child) in value.iter().flat_map(|node| node.children()).enumerate() {
                    let (key, wanted) = key.split_once('=').map_or((key, None), |(key, word)| (key, Some(word)));
                    let name = match child.member(key) {
                        Some(name) => name.to_text(),
                        None => place.to_string(),
                    };
                    if wanted.is_some_and(|wanted| wanted != name) {
                        continue;
                    }
                    any = true;
                    let name = if wanted.is_some() { "" } else { name.as_str() };
                    match steps.split_first() {
                        Some((step, rest)) => {
                            select(stack, child.member(step.name), Some(step), rest, name, &mut below);
                        }
                        None => add(&mut below, name, Possible::of(stack, Some(child))),
                    }
                }
                if !any && key.contains('=') {
                    add(&mut below, item, Possible::of(stack, None));
                }
            }
        }
    }
    for (name, mut inner) in below {
        inner.is_certain &= is_single;
        if let [condition, ..] = possible.conditions.as_slice() {
            inner.conditions.insert(0, condition);
        }
        add(found, &name, inner);
    }
}

fn add<'a>(found: &mut BTreeMap<String, Possible<'a>>, item: &str, possible: Possible<'a>) {
    match found.get_mut(item) {
        Some(known) => known.or(possible),
        None => drop(found.insert(item.to_owned(), possible)),
    }
}
