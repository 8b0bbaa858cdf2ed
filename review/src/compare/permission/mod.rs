//! Finds permissions that are widened or narrowed.
//!
//! A permission is who may do what, on which resource that a policy is attached to or names, under which conditions. Nothing
//! covers a permission that is attached elsewhere, and what only limits covers nothing that grants.

mod condition;
mod branch;
mod known;
mod same;
mod grant;
mod attach;
mod collect;
mod document;
mod notation;
mod language;
mod assume;
mod cover;
mod flag;
mod principal;

use std::collections::{BTreeMap, BTreeSet};

use super::report::{AccessChange, ChangeKind, Grant, PermissionChange};
use super::{value, words};
use crate::template::guard::{and, opposite};
use crate::template::limit::{Excess, MOST_PAIRS};
use crate::template::stack::Stack;
use crate::template::statement::Term;
pub(super) use collect::{is_elsewhere, is_foreign_macro};
use grant::{Permission, Permissions, Side};
use principal::ByPrincipal;

/// Returns the widened permissions, then the narrowed ones.
///
/// # Errors
/// The bound that a side exceeds (`true` for the new one), or both together.
pub(super) fn changes(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
) -> Result<Vec<PermissionChange>, (Option<bool>, Excess)> {
    let mut changes = compared(old, new, renamed, false)?;
    let defaults = value::changed_defaults(old, new);
    if !defaults.is_empty() {
        let why =
            format!("with the new default of {}; a deployed stack may keep its current value", words::list(defaults));
        let known: BTreeSet<_> = changes.iter().map(full_key).collect();
        let more = compared(old, new, renamed, true)?.into_iter().filter(|change| !known.contains(&full_key(change)));
        let more: Vec<_> = more.map(|change| PermissionChange { uncertain: Some(why.clone()), ..change }).collect();
        changes.extend(more);
    }
    changes.sort_by_cached_key(|change| (change.direction, full_key(change)));
    Ok(changes)
}

fn full_key(change: &PermissionChange) -> (AccessChange, String, Grant, [String; 3], Vec<String>, ChangeKind) {
    let words = [change.action.clone(), change.resource.clone(), change.condition.to_string()];
    (change.direction, change.principal.clone(), change.effect, words, change.only_if.clone(), change.kind)
}

/// Compares both sides, with the defaults of parameters as they are known or without those that changed.
fn compared(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
    defaults: bool,
) -> Result<Vec<PermissionChange>, (Option<bool>, Excess)> {
    let (old, new) = grant::permissions(old, new, renamed, defaults);
    for (side, is_new) in [(&old, false), (&new, true)] {
        if let Some(excess) = side.excess {
            return Err((Some(is_new), excess));
        }
    }
    let guards = old.permissions.keys().flat_map(|permission| &permission.only_if);
    let conditions: BTreeSet<&str> = guards
        .filter_map(|guard| guard.strip_suffix(condition::BEFORE))
        .map(|name| name.trim_start_matches("not "))
        .collect();
    let (old, new) = (Indexed::new(&old, &new, &conditions), Indexed::new(&new, &old, &conditions));
    if old.pairs_with(&new).saturating_add(new.pairs_with(&old)) > MOST_PAIRS {
        return Err((None, Excess::Pairs));
    }
    let mut changes = new.lacking_in(&old, ChangeKind::Added);
    let again: BTreeSet<_> = changes.iter().filter(|change| change.effect == Grant::Unknown).map(name).collect();
    let removed = old.lacking_in(&new, ChangeKind::Removed);
    // What is unknown on both sides is reported once, each way.
    let removed: Vec<_> = removed
        .into_iter()
        .filter(|change| change.effect != Grant::Unknown || !again.contains(&name(change)))
        .collect();
    changes.extend(removed);
    Ok(changes)
}

fn name(change: &PermissionChange) -> (String, String, String) {
    (change.principal.clone(), change.action.clone(), change.resource.clone())
}

/// The permissions of one side, and those that the other side does not have.
struct Indexed<'a> {
    all: &'a Permissions,
    /// The principals that only this side has.
    alone: &'a BTreeSet<String>,
    all_by_principal: ByPrincipal<'a>,
    only: Vec<&'a Permission>,
    only_by_principal: ByPrincipal<'a>,
    /// The conditions whose definition changed.
    conditions: &'a BTreeSet<&'a str>,
}

impl<'a> Indexed<'a> {
    fn new(side: &'a Side, other: &Side, conditions: &'a BTreeSet<&'a str>) -> Self {
        let all = &side.permissions;
        let only: Vec<&Permission> =
            all.keys().filter(|permission| !other.permissions.contains_key(*permission)).collect();
        Self {
            all,
            alone: &side.alone,
            all_by_principal: ByPrincipal::new(all.keys()),
            only_by_principal: ByPrincipal::new(only.iter().copied()),
            only,
            conditions,
        }
    }

    /// Returns how many pairs [`Self::lacking_in`] compares.
    fn pairs_with(&self, other: &Self) -> usize {
        let count = |permission: &&Permission| {
            let terms = [&permission.principal, &permission.action, &permission.resource];
            let bytes: usize = terms.iter().map(|term| term.to_text().len()).sum();
            let others = other.all_by_principal.number_that_may_cover(permission)
                + other.only_by_principal.number_covered_by(permission);
            others.saturating_mul(1 + bytes / 64)
        };
        self.only.iter().map(count).fold(0, usize::saturating_add)
    }

    /// Returns the permissions of this side that the other side does not cover. `kind` says whether this side is the new one.
    fn lacking_in(&self, other: &Self, kind: ChangeKind) -> Vec<PermissionChange> {
        let mut changes = Vec::new();
        for permission in &self.only {
            let covered = is_covered(permission, &other.all_by_principal);
            if covered == Some(true) {
                continue;
            }
            if self.comes_or_goes(permission) {
                continue;
            }
            let wider = permission.allows() == (kind == ChangeKind::Added);
            let parts = other.only_by_principal.may_be_covered_by(permission).into_iter();
            let parts = parts.filter(|part| part.grant == permission.grant && covers(permission, part) == Some(true));
            let mut instead: Vec<String> =
                parts.map(|part| part.differing_from(permission)).take(MOST_INSTEAD + 1).collect();
            if instead.len() > MOST_INSTEAD {
                instead.truncate(MOST_INSTEAD);
                instead.push("more".to_owned());
            }
            let at: Vec<&str> = self.all.get(*permission).into_iter().flatten().map(String::as_str).collect();
            for direction in [AccessChange::Widened, AccessChange::Narrowed] {
                let is_main = (direction == AccessChange::Widened) == wider;
                if !is_main && (!permission.is_opaque() || self.has_alone(&permission.principal)) {
                    continue;
                }
                let condition = if permission.grant == Grant::Unknown {
                    serde_json::Value::Null
                } else {
                    permission.condition.to_value()
                };
                changes.push(PermissionChange {
                    direction,
                    kind,
                    principal: permission.principal.to_text(),
                    effect: permission.grant,
                    action: permission.action.to_text(),
                    resource: permission.shown_resource(),
                    condition,
                    only_if: permission.only_if.iter().cloned().collect(),
                    at: at.join(", "),
                    flags: if direction == AccessChange::Widened && kind == ChangeKind::Added {
                        flag::flags(permission)
                    } else {
                        Vec::new()
                    },
                    instead: if is_main { instead.clone() } else { Vec::new() },
                    uncertain: self.uncertain(permission, is_main, covered.is_none() && instead.is_empty()),
                });
            }
        }
        changes
    }

    fn has_alone(&self, principal: &Term) -> bool {
        matches!(principal, Term::One(name) if self.alone.contains(name))
    }

    /// Whether a permission only limits a principal that comes or goes with it.
    fn comes_or_goes(&self, permission: &Permission) -> bool {
        let of_itself = |name: &String| self.all.get(permission).is_some_and(|at| at.iter().all(|id| id == name));
        match (permission.grant, &permission.principal) {
            (Grant::Boundary, principal) => self.has_alone(principal),
            (Grant::Limit | Grant::Deny, _) if self.alone.contains(&permission.attached) => true,
            (Grant::Deny, Term::One(name)) => self.alone.contains(name) && of_itself(name),
            _ => false,
        }
    }

    /// Says why a change is not certain.
    fn uncertain(&self, permission: &'a Permission, is_main: bool, is_unclear: bool) -> Option<String> {
        let text = match permission.grant {
            Grant::Unknown => "only the deployment shows what this allows or denies",
            Grant::ManagedPolicy | Grant::Group if !is_main => {
                "it may also deny: its statements are not in this template"
            }
            _ if is_unclear => "cannot be compared with the other side, so it is reported as a change",
            _ => {
                let name = |guard: &'a str| {
                    let name = guard.trim_start_matches("not ");
                    name.strip_suffix(condition::BEFORE).unwrap_or(name)
                };
                let mut changed = permission.only_if.iter().map(|guard| name(guard));
                let changed = changed.find(|name| self.conditions.contains(name));
                return changed.map(|name| format!("condition `{name}` changed"));
            }
        };
        Some(text.to_owned())
    }
}

/// Whether permissions of the other side cover this one; `None` if that cannot be determined.
fn is_covered<'a>(permission: &'a Permission, others: &ByPrincipal<'a>) -> Option<bool> {
    by_any(permission, &others.may_cover(permission), 2)
}

/// Whether one of these permissions covers another one, or for some template condition one if it is true and one if it is
/// false.
fn by_any(permission: &Permission, others: &[&Permission], depth: usize) -> Option<bool> {
    let mut certain = true;
    for other in others {
        match covers(other, permission) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => certain = false,
        }
    }
    // Only what covers it apart from template conditions can cover it under some of them.
    let others: Vec<&Permission> = others
        .iter()
        .filter(|other| !other.only_if.is_empty())
        .filter(|other| {
            let only_if = and(&permission.only_if, &other.only_if);
            covers(other, &Permission { only_if, ..permission.clone() }) == Some(true)
        })
        .take(MOST_GUARDED)
        .copied()
        .collect();
    let covered = by_conditions(permission, &others, depth);
    if covered { Some(true) } else { certain.then_some(false) }
}

/// Whether for some template condition one of these permissions covers another one if it is true, and one if it is false.
fn by_conditions(permission: &Permission, others: &[&Permission], depth: usize) -> bool {
    let deciding =
        |guard: &&String| !permission.only_if.contains(*guard) && !permission.only_if.contains(&opposite(guard));
    let guards: BTreeSet<&String> = others.iter().flat_map(|other| &other.only_if).filter(deciding).collect();
    let under = |guard: &str| {
        let only_if = permission.only_if.iter().cloned().chain([guard.to_owned()]).collect();
        others.iter().any(|other| cover::guards(&other.only_if, &only_if))
            || by_conditions(&Permission { only_if, ..permission.clone() }, others, depth - 1)
    };
    // A condition under which nothing could cover it need not be tried.
    let pairs = guards.iter().filter(|guard| !guard.starts_with("not ") && guards.contains(&opposite(guard)));
    depth > 0 && pairs.take(MOST_CONDITIONS).any(|guard| under(guard) && under(&opposite(guard)))
}

/// How many template conditions are tried both ways.
const MOST_CONDITIONS: usize = 8;

/// How many permissions under template conditions are tried together.
const MOST_GUARDED: usize = 64;

/// How many narrower permissions are listed that there are in place of one.
const MOST_INSTEAD: usize = 50;

/// Whether `wide` allows, or denies, everything that `narrow` does; `None` if that cannot be determined.
fn covers(wide: &Permission, narrow: &Permission) -> Option<bool> {
    if wide.attached != narrow.attached {
        return Some(false);
    }
    if !matches!(wide.grant, Grant::Allow | Grant::Deny | Grant::Limit) {
        let is_same =
            (&wide.principal, &wide.action, &wide.condition) == (&narrow.principal, &narrow.action, &narrow.condition);
        return Some(is_same && cover::guards(&wide.only_if, &narrow.only_if));
    }
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

#[cfg(test)]
mod tests;
