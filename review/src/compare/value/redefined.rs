//! The settings of a template that are not what they were.

use std::collections::BTreeSet;

use super::mapping::changed_lookups;
use super::parameter::changed_defaults;
use crate::template::node::{Dependency, Node};
use crate::template::stack::Stack;

/// Returns the conditions of both templates whose definition changed, by itself or by what it finds in a mapping.
pub(in crate::compare) fn changed_conditions<'a>(old: &Stack, new: &'a Stack) -> BTreeSet<&'a str> {
    let conditions = new.sections.get("Conditions").into_iter().flatten();
    let changed = conditions.filter(|(name, now)| {
        old.entry("Conditions", name).is_some_and(|before| before != *now) || !changed_lookups(now, old, new).is_empty()
    });
    changed.map(|(name, _)| name.as_str()).collect()
}

/// What a template defines in another way than the old one.
pub(in crate::compare) struct Redefined<'a> {
    old: &'a Stack,
    new: &'a Stack,
    /// Parameters with another default, and conditions that changed or depend on what changed.
    names: BTreeSet<Dependency<'a>>,
}

impl<'a> Redefined<'a> {
    pub(in crate::compare) fn new(old: &'a Stack, new: &'a Stack) -> Self {
        let mut names: BTreeSet<_> = changed_defaults(old, new).into_iter().map(Dependency::Name).collect();
        names.extend(changed_conditions(old, new).into_iter().map(Dependency::Condition));
        new.condition_users().close_over(&mut names);
        Self { old, new, names }
    }

    /// Whether a value that is written as before may have changed.
    pub(in crate::compare) fn reaches(&self, value: &Node) -> bool {
        let mut on = BTreeSet::new();
        value.dependencies(&mut on);
        !on.is_disjoint(&self.names) || !changed_lookups(value, self.old, self.new).is_empty()
    }
}
