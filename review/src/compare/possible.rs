//! What a value can be at deployment, as far as a template says: the default of a parameter, an entry of a mapping, the
//! branches of `Fn::If`.

use std::collections::BTreeSet;

use crate::template::node::{Dependency, Node};
use crate::template::stack::Stack;

/// What a value can be at deployment.
#[derive(Debug)]
pub(super) struct Possible<'a> {
    /// The values; `None` if it is unset.
    pub(super) values: Vec<Option<&'a Node>>,
    /// The conditions that choose between them, in order.
    pub(super) conditions: Vec<&'a str>,
    /// Whether it is one of `values`, whatever the deployment sets.
    pub(super) is_certain: bool,
    /// Whether a parameter without a default or an attribute of a resource makes it unknown.
    pub(super) is_open: bool,
}

impl<'a> Possible<'a> {
    /// Follows a value to what it can be.
    pub(super) fn of(stack: &'a Stack, node: Option<&'a Node>) -> Self {
        let known = |value| Self { values: vec![value], conditions: Vec::new(), is_certain: true, is_open: false };
        match node {
            None => known(None),
            Some(node) if node.is_no_value() => known(None),
            Some(Node::Ref(name)) => Self::parameter(stack, name, node),
            Some(Node::Call(call, inner)) => match (call.as_str(), &**inner) {
                ("Fn::If", Node::List(items)) => {
                    let mut all =
                        Self { values: Vec::new(), conditions: Vec::new(), is_certain: false, is_open: false };
                    all.conditions.extend(items.first().and_then(Node::word));
                    for branch in items.iter().skip(1) {
                        let branch = Self::of(stack, Some(branch));
                        all.values.extend(branch.values);
                        all.conditions.extend(branch.conditions);
                        all.is_open |= branch.is_open;
                    }
                    all
                }
                ("Fn::FindInMap", Node::List(items)) => Self::entry(stack, items, node),
                _ => Self::open(node),
            },
            Some(Node::Attr(..) | Node::Sub(_)) => Self::open(node),
            Some(node) => known(Some(node)),
        }
    }

    /// Returns a value that only the deployment knows.
    pub(super) fn open(node: Option<&'a Node>) -> Self {
        Self { values: vec![node], conditions: Vec::new(), is_certain: false, is_open: true }
    }

    /// Adds what else it can be.
    pub(super) fn or(&mut self, other: Self) {
        self.values.extend(other.values);
        self.conditions.extend(other.conditions);
        self.is_certain = false;
        self.is_open |= other.is_open;
    }

    /// Returns the default of a parameter, or the values that it allows. A deployment may set any other value.
    fn parameter(stack: &'a Stack, name: &str, node: Option<&'a Node>) -> Self {
        let parameter = stack.entry("Parameters", name);
        if let Some(default) = parameter.and_then(|parameter| parameter.member("Default")) {
            return Self { is_open: false, ..Self::open(Some(default)) };
        }
        match parameter.and_then(|parameter| parameter.member("AllowedValues")) {
            Some(allowed) => {
                Self { values: allowed.children().map(Some).collect(), is_open: false, ..Self::open(None) }
            }
            None => Self::open(node),
        }
    }

    /// Returns the entry of a mapping, or all that the keys may mean.
    fn entry(stack: &'a Stack, keys: &[Node], node: Option<&'a Node>) -> Self {
        let mut found: Vec<&Node> = match keys.first() {
            Some(Node::Text(name)) => {
                stack.sections.get("Mappings").and_then(|mappings| mappings.get(name)).into_iter().collect()
            }
            _ => Vec::new(),
        };
        let is_certain = keys.iter().take(3).all(|key| matches!(key, Node::Text(_)));
        for key in keys.iter().skip(1).take(2) {
            found = match key {
                Node::Text(key) => found.iter().filter_map(|entries| entries.member(key)).collect(),
                _ => found.iter().flat_map(|entries| entries.children()).collect(),
            };
        }
        let is_open = found.is_empty();
        let values = if is_open { vec![node] } else { found.into_iter().map(Some).collect() };
        Self { values, conditions: Vec::new(), is_certain: is_certain && !is_open, is_open }
    }
}

/// Returns the parameters, conditions and mappings that are not defined as before, with the conditions that depend on them.
pub(super) fn redefined<'a>(old: &Stack, new: &'a Stack) -> BTreeSet<Dependency<'a>> {
    let mut found = BTreeSet::new();
    for (section, dependency) in [
        ("Parameters", Dependency::Name as fn(&'a str) -> Dependency<'a>),
        ("Conditions", Dependency::Condition),
        ("Mappings", Dependency::Mapping),
    ] {
        let entries = new.sections.get(section).into_iter().flatten();
        let of =
            |node: &Node| if section == "Parameters" { node.member("Default").cloned() } else { Some(node.clone()) };
        let changed = entries.filter(|(name, now)| old.entry(section, name).is_some_and(|was| of(was) != of(now)));
        found.extend(changed.map(|(name, _)| dependency(name)));
    }
    new.condition_users().close_over(&mut found);
    found
}
