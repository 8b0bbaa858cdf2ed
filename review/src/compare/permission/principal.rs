//! Indexes permissions by principal, so that large templates are compared without trying every pair.

use std::collections::BTreeMap;

use super::grant::Permission;
use crate::compare::report::Grant;
use crate::template::statement::Term;

/// Permissions by principal.
pub(super) struct ByPrincipal<'a> {
    /// Permissions for one principal.
    exact: BTreeMap<(Grant, &'a str), Vec<&'a Permission>>,
    /// Permissions for several principals: with a wildcard, or with exceptions.
    loose: Vec<&'a Permission>,
}

impl<'a> ByPrincipal<'a> {
    pub(super) fn new(permissions: impl Iterator<Item = &'a Permission>) -> Self {
        let mut by = Self { exact: BTreeMap::new(), loose: Vec::new() };
        for permission in permissions {
            match exact(permission) {
                Some(principal) => by.exact.entry((permission.grant, principal)).or_default().push(permission),
                None => by.loose.push(permission),
            }
        }
        by
    }

    /// Returns the permissions that may cover this one.
    pub(super) fn may_cover(&self, permission: &'a Permission) -> Vec<&'a Permission> {
        let same = exact(permission).and_then(|principal| self.exact.get(&(permission.grant, principal)));
        let loose = self.loose.iter().filter(|other| other.grant == permission.grant);
        same.into_iter().flatten().chain(loose).copied().collect()
    }

    /// Returns the permissions that this one may cover.
    pub(super) fn may_be_covered_by(&self, permission: &'a Permission) -> Vec<&'a Permission> {
        match exact(permission) {
            Some(principal) => self.exact.get(&(permission.grant, principal)).cloned().unwrap_or_default(),
            None => self.exact.values().flatten().chain(&self.loose).copied().collect(),
        }
    }
}

/// Returns the principal of a permission, if there is exactly one.
fn exact(permission: &Permission) -> Option<&str> {
    match &permission.principal {
        Term::One(principal) if !principal.contains(['*', '?']) => Some(principal),
        _ => None,
    }
}
