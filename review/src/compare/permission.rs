//! Who may do more or less than before, of all that both sides permit.

use std::collections::BTreeMap;

use crate::compare::cover;
use crate::compare::grant::{self, Permission};
use crate::compare::report::{Direction, Grant, PermissionChange};
use crate::template::node::Node;
use crate::template::policy::Term;
use crate::template::stack::Stack;

/// What is widened, then what is narrowed.
pub(crate) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<PermissionChange> {
    let (old, new) = grant::permissions(old, new, renamed);
    let come: Vec<&Permission> = new.keys().filter(|one| !old.contains_key(*one)).collect();
    let gone: Vec<&Permission> = old.keys().filter(|one| !new.contains_key(*one)).collect();
    let mut changes = Vec::new();
    let (by_old, by_new) = (ByPrincipal::of(old.keys()), ByPrincipal::of(new.keys()));
    let (by_gone, by_come) = (ByPrincipal::of(gone.iter().copied()), ByPrincipal::of(come.iter().copied()));
    for (these, their_side, others, opposite, new_side) in
        [(&come, &new, &by_old, &by_gone, true), (&gone, &old, &by_new, &by_come, false)]
    {
        for one in these {
            let (held, uncertain) = held(one, others);
            if held {
                continue;
            }
            let gives = matches!(one.grant, Grant::Allow | Grant::ManagedPolicy);
            let direction = if gives == new_side { Direction::Widened } else { Direction::Narrowed };
            // What it holds, or is held by, on the other side.
            let instead = opposite
                .held_by(one)
                .into_iter()
                .filter(|other| other.grant == one.grant && holds(one, other) == Some(true));
            let instead: Vec<String> = instead.map(|other| other.differing_from(one)).collect();
            let uncertain = uncertain && instead.is_empty();
            changes.push(PermissionChange {
                direction,
                principal: one.principal.to_text(),
                effect: one.grant,
                action: one.action.to_text(),
                resource: one.resource.to_text(),
                condition: one.condition.to_value(),
                only_if: one.only_if.iter().cloned().collect(),
                at: their_side.get(*one).into_iter().flatten().cloned().collect::<Vec<_>>().join(", "),
                flags: if direction == Direction::Widened { flags(one) } else { Vec::new() },
                instead,
                uncertain: uncertain.then(|| "the two cannot be compared, so it is taken as another".to_owned()),
            });
        }
    }
    changes.sort_by(|a, b| key(a).cmp(&key(b)));
    changes
}

fn key(change: &PermissionChange) -> (Direction, &str, Grant, &str, &str, String) {
    let condition = change.condition.to_string();
    (change.direction, &change.principal, change.effect, &change.action, &change.resource, condition)
}

/// Whether a permission is a part of one on the other side; and whether one of them cannot be compared with it.
fn held<'a>(one: &'a Permission, others: &ByPrincipal<'a>) -> (bool, bool) {
    let mut uncertain = false;
    for other in others.holding(one) {
        match holds(other, one) {
            Some(true) => return (true, false),
            Some(false) => {}
            None => uncertain = true,
        }
    }
    (false, uncertain)
}

/// Whether `wide` allows, or denies, all that `narrow` does. None where that cannot be told.
fn holds(wide: &Permission, narrow: &Permission) -> Option<bool> {
    let parts: [&dyn Fn() -> Option<bool>; 5] = [
        &|| cover::term(&wide.principal, &narrow.principal, false),
        &|| cover::term(&wide.action, &narrow.action, true),
        &|| cover::term(&wide.resource, &narrow.resource, false),
        &|| Some(cover::guards(&wide.only_if, &narrow.only_if)),
        &|| cover::condition(&wide.condition, &narrow.condition),
    ];
    let mut certain = true;
    for part in parts {
        match part() {
            Some(true) => {}
            Some(false) => return Some(false),
            None => certain = false,
        }
    }
    certain.then_some(true)
}

/// Permissions by whom they are for, so that not each is held against each.
struct ByPrincipal<'a> {
    /// For one principal.
    exact: BTreeMap<(Grant, &'a str), Vec<&'a Permission>>,
    /// For several: with a wildcard, or for everybody but some.
    loose: Vec<&'a Permission>,
}

impl<'a> ByPrincipal<'a> {
    fn of(permissions: impl Iterator<Item = &'a Permission>) -> Self {
        let mut by = Self { exact: BTreeMap::new(), loose: Vec::new() };
        for permission in permissions {
            match exact(permission) {
                Some(principal) => by.exact.entry((permission.grant, principal)).or_default().push(permission),
                None => by.loose.push(permission),
            }
        }
        by
    }

    /// Those that may hold `one`.
    fn holding(&self, one: &'a Permission) -> Vec<&'a Permission> {
        let same = exact(one).and_then(|principal| self.exact.get(&(one.grant, principal)));
        let loose = self.loose.iter().filter(|other| other.grant == one.grant);
        same.into_iter().flatten().chain(loose).copied().collect()
    }

    /// Those that `one` may hold.
    fn held_by(&self, one: &'a Permission) -> Vec<&'a Permission> {
        match exact(one) {
            Some(principal) => self.exact.get(&(one.grant, principal)).cloned().unwrap_or_default(),
            None => self.exact.values().flatten().chain(&self.loose).copied().collect(),
        }
    }
}

/// The one principal that a permission is for.
fn exact(permission: &Permission) -> Option<&str> {
    match &permission.principal {
        Term::One(principal) if !principal.contains(['*', '?']) => Some(principal),
        _ => None,
    }
}

impl Permission {
    /// The parts in which it is another.
    fn differing_from(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        let pairs =
            [(&self.principal, &other.principal), (&self.action, &other.action), (&self.resource, &other.resource)];
        parts.extend(pairs.iter().filter(|(one, other)| one != other).map(|(one, _)| format!("`{}`", one.to_text())));
        if self.condition != other.condition {
            parts.push(match &self.condition {
                Node::Null => "without a condition".to_owned(),
                condition => format!("if `{}`", condition.to_value()),
            });
        }
        if self.only_if != other.only_if {
            let names: Vec<&str> = self.only_if.iter().map(String::as_str).collect();
            parts.push(if names.is_empty() { "always".to_owned() } else { format!("only if {}", names.join(", ")) });
        }
        parts.join(", ")
    }
}

/// What deserves a second look.
fn flags(one: &Permission) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |word: &str| flags.push(word.to_owned());
    match (&one.grant, &one.action) {
        (Grant::Allow, Term::One(action)) => {
            let lower = action.to_ascii_lowercase();
            if lower == "*" {
                flag("any action");
            } else if lower.contains(['*', '?']) {
                flag("wildcard in the action");
            }
            let sensitive = [
                ("iam:*", "may change who may do what"),
                ("sts:*", "may act as somebody else"),
                ("kms:decrypt", "may decrypt"),
                ("secretsmanager:*", "may reach secrets"),
            ];
            // A service that is trusted with a role of its own is what roles are for.
            let trust = matches!(&one.principal, Term::One(who) if who.starts_with("Service:"));
            for (pattern, words) in sensitive {
                if !(trust && lower == "sts:assumerole")
                    && (cover::word(pattern, &lower, true)
                        || (lower.contains('*') && cover::word(&lower, pattern, true)))
                {
                    flag(words);
                }
            }
        }
        (Grant::Allow, Term::AllBut(_)) => flag("everything but some actions"),
        (Grant::ManagedPolicy, action) => {
            if action.to_text().ends_with(":policy/AdministratorAccess") {
                flag("any action");
            }
            flag("its statements are not in this template");
        }
        _ => {}
    }
    if one.grant == Grant::Allow {
        match &one.resource {
            Term::One(resource) if resource == "*" => flag("any resource"),
            Term::AllBut(_) => flag("everything but some resources"),
            Term::One(_) => {}
        }
        match &one.principal {
            Term::One(principal) if principal == "*" => flag("anybody"),
            Term::AllBut(_) => flag("anybody but some"),
            Term::One(_) => {}
        }
    }
    flags
}
