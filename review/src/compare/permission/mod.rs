//! Finds permissions that are widened or narrowed.

mod grant;
mod cover;
mod flag;
mod principal;

use std::collections::BTreeMap;

use super::report::{AccessChange, Grant, PermissionChange};
use crate::template::stack::Stack;
use grant::{Permission, Permissions};
use principal::ByPrincipal;

/// Returns the widened permissions, then the narrowed ones.
pub(super) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<PermissionChange> {
    let (old, new) = grant::permissions(old, new, renamed);
    let (old, new) = (Indexed::new(&old, &new), Indexed::new(&new, &old));
    let mut changes = new.lacking_in(&old, AccessChange::Widened, AccessChange::Narrowed);
    changes.extend(old.lacking_in(&new, AccessChange::Narrowed, AccessChange::Widened));
    changes.sort_by(|a, b| key(a).cmp(&key(b)));
    changes
}

fn key(change: &PermissionChange) -> (AccessChange, &str, Grant, &str, &str, String) {
    let condition = change.condition.to_string();
    (change.direction, &change.principal, change.effect, &change.action, &change.resource, condition)
}

/// The permissions of one side, and those that the other side does not have.
struct Indexed<'a> {
    all: &'a Permissions,
    all_by_principal: ByPrincipal<'a>,
    only: Vec<&'a Permission>,
    only_by_principal: ByPrincipal<'a>,
}

impl<'a> Indexed<'a> {
    fn new(all: &'a Permissions, others: &Permissions) -> Self {
        let only: Vec<&Permission> = all.keys().filter(|permission| !others.contains_key(*permission)).collect();
        Self {
            all,
            all_by_principal: ByPrincipal::new(all.keys()),
            only_by_principal: ByPrincipal::new(only.iter().copied()),
            only,
        }
    }

    /// Returns the permissions of this side that the other side does not cover. `allowing` is the direction of such a
    /// permission if it allows something, `denying` if it denies something.
    fn lacking_in(&self, other: &Self, allowing: AccessChange, denying: AccessChange) -> Vec<PermissionChange> {
        let mut changes = Vec::new();
        for permission in &self.only {
            let covered = is_covered(permission, &other.all_by_principal);
            if covered == Some(true) {
                continue;
            }
            let allows = matches!(permission.grant, Grant::Allow | Grant::ManagedPolicy);
            let direction = if allows { allowing } else { denying };
            let parts = other.only_by_principal.may_be_covered_by(permission).into_iter();
            let parts = parts.filter(|part| part.grant == permission.grant && covers(permission, part) == Some(true));
            let instead: Vec<String> = parts.map(|part| part.differing_from(permission)).collect();
            let uncertain = covered.is_none() && instead.is_empty();
            let at: Vec<&str> = self.all.get(*permission).into_iter().flatten().map(String::as_str).collect();
            changes.push(PermissionChange {
                direction,
                principal: permission.principal.to_text(),
                effect: permission.grant,
                action: permission.action.to_text(),
                resource: permission.resource.to_text(),
                condition: permission.condition.to_value(),
                only_if: permission.only_if.iter().cloned().collect(),
                at: at.join(", "),
                flags: if direction == AccessChange::Widened { flag::flags(permission) } else { Vec::new() },
                instead,
                uncertain: uncertain
                    .then(|| "cannot be compared with the other side, so it is reported as a change".to_owned()),
            });
        }
        changes
    }
}

/// Whether a permission of the other side covers this one; `None` if that cannot be determined.
fn is_covered<'a>(permission: &'a Permission, others: &ByPrincipal<'a>) -> Option<bool> {
    let mut certain = true;
    for other in others.may_cover(permission) {
        match covers(other, permission) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => certain = false,
        }
    }
    certain.then_some(false)
}

/// Whether `wide` allows, or denies, everything that `narrow` does; `None` if that cannot be determined.
fn covers(wide: &Permission, narrow: &Permission) -> Option<bool> {
    let mut certain = true;
    // One element that does not cover its counterpart decides, even if another one is uncertain.
    let mut rules_out = |covers: Option<bool>| {
        certain &= covers.is_some();
        covers == Some(false)
    };
    if rules_out(cover::term(&wide.principal, &narrow.principal, false))
        || rules_out(cover::term(&wide.action, &narrow.action, true))
        || rules_out(cover::term(&wide.resource, &narrow.resource, false))
        || rules_out(Some(cover::guards(&wide.only_if, &narrow.only_if)))
        || rules_out(cover::condition(&wide.condition, &narrow.condition))
    {
        return Some(false);
    }
    certain.then_some(true)
}
