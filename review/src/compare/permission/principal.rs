//! Indexes permissions by what they are attached to, by principal and by action, so that large templates are compared without trying
//! every pair.

use std::collections::BTreeMap;

use super::grant::Permission;
use crate::compare::report::Grant;
use crate::template::statement::Term;

/// Permissions by what they are attached to, by principal and by action.
pub(super) struct ByPrincipal<'a> {
    /// Permissions for one principal.
    exact: BTreeMap<(Grant, &'a str, &'a str), ByAction<'a>>,
    /// Permissions for several principals: with a wildcard, or with exceptions.
    loose: BTreeMap<(Grant, &'a str), ByAction<'a>>,
}

/// Permissions by action, in lower case.
#[derive(Default)]
struct ByAction<'a> {
    exact: BTreeMap<String, Vec<&'a Permission>>,
    loose: Vec<&'a Permission>,
    /// How many there are.
    number: usize,
}

impl<'a> ByPrincipal<'a> {
    pub(super) fn new(permissions: impl Iterator<Item = &'a Permission>) -> Self {
        let mut by = Self { exact: BTreeMap::new(), loose: BTreeMap::new() };
        for permission in permissions {
            let (grant, attached) = (permission.grant, permission.attached.as_str());
            let by_action = match exact(&permission.principal) {
                Some(principal) => by.exact.entry((grant, attached, principal)).or_default(),
                None => by.loose.entry((grant, attached)).or_default(),
            };
            by_action.number += 1;
            match exact(&permission.action) {
                Some(action) => by_action.exact.entry(action.to_ascii_lowercase()).or_default().push(permission),
                None => by_action.loose.push(permission),
            }
        }
        by
    }

    /// Returns how many permissions may cover this one.
    pub(super) fn number_that_may_cover(&self, permission: &'a Permission) -> usize {
        self.cover(permission).map(|by_action| by_action.alike(permission).len() + by_action.loose.len()).sum()
    }

    /// Returns how many permissions this one may cover, with one for each principal that is looked at.
    pub(super) fn number_covered_by(&self, permission: &'a Permission) -> usize {
        let number = |by_action: &ByAction<'a>| match exact(&permission.action) {
            Some(_) => by_action.alike(permission).len(),
            None => by_action.number,
        };
        self.covered(permission).into_iter().map(|by_action| 1 + number(by_action)).sum()
    }

    /// Returns the permissions that may cover this one.
    pub(super) fn may_cover(&self, permission: &'a Permission) -> Vec<&'a Permission> {
        self.cover(permission)
            .flat_map(|by_action| by_action.alike(permission).chain(&by_action.loose))
            .copied()
            .collect()
    }

    fn cover(&self, permission: &'a Permission) -> impl Iterator<Item = &ByAction<'a>> {
        let (grant, attached) = (permission.grant, permission.attached.as_str());
        let same = exact(&permission.principal).and_then(|principal| self.exact.get(&(grant, attached, principal)));
        same.into_iter().chain(self.loose.get(&(grant, attached)))
    }

    /// Returns the permissions that this one may cover.
    pub(super) fn may_be_covered_by(&self, permission: &'a Permission) -> Vec<&'a Permission> {
        let found = self.covered(permission).into_iter();
        let found = found.flat_map(|by_action| -> Box<dyn Iterator<Item = &&'a Permission>> {
            match exact(&permission.action) {
                Some(_) => Box::new(by_action.alike(permission)),
                None => Box::new(by_action.exact.values().flatten().chain(&by_action.loose)),
            }
        });
        found.copied().collect()
    }

    fn covered(&self, permission: &'a Permission) -> Vec<&ByAction<'a>> {
        let (grant, attached) = (permission.grant, permission.attached.as_str());
        if let Some(principal) = exact(&permission.principal) {
            self.exact.get(&(grant, attached, principal)).into_iter().collect()
        } else {
            let from = self.exact.range((grant, attached, "")..);
            let same = from.take_while(|((other, on, _), _)| (*other, *on) == (grant, attached));
            same.map(|(_, found)| found).chain(self.loose.get(&(grant, attached))).collect()
        }
    }
}

impl<'a> ByAction<'a> {
    /// Returns the permissions for exactly the action of this one.
    fn alike(&self, permission: &Permission) -> std::slice::Iter<'_, &'a Permission> {
        let action = exact(&permission.action).map(str::to_ascii_lowercase);
        action.and_then(|action| self.exact.get(&action)).map(Vec::as_slice).unwrap_or_default().iter()
    }
}

/// Returns the word of a term, if it matches nothing else.
fn exact(term: &Term) -> Option<&str> {
    match term {
        Term::One(word) if !word.contains(['*', '?']) => Some(word),
        _ => None,
    }
}
