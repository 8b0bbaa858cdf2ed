//! Everything that a template allows or denies: who, which action, on what, under which conditions.

use std::collections::{BTreeMap, BTreeSet};

use super::assume::{assumed, with_assumed};
use super::attach::without_policy;
use super::collect::Collector;
use super::known;
use crate::aside::both;
use crate::compare::report::Grant;
use crate::compare::words::code;
use crate::template::guard::{Guards, and, opposite};
use crate::template::limit::{Excess, MOST_PERMISSIONS};
use crate::template::node::Node;
use crate::template::stack::Stack;
use crate::template::statement::Term;

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permission {
    pub(super) grant: Grant,
    /// The resource that the policy is attached to, where `resource` is valid; empty for a policy of the principal.
    pub(super) attached: String,
    pub(super) principal: Term,
    pub(super) action: Term,
    pub(super) resource: Term,
    /// The condition of a statement, or what else makes one unknown thing differ from another.
    pub(super) condition: Node,
    pub(super) only_if: Guards,
}

/// Every permission with the resources that contain it.
pub(super) type Permissions = BTreeMap<Permission, BTreeSet<String>>;

/// The permissions of one side.
pub(super) struct Side {
    pub(super) permissions: Permissions,
    /// Roles, users and groups that only this side has: what they no longer have to obey widens nothing.
    pub(super) alone: BTreeSet<String>,
    /// The bound that they exceed: then not all of them are here.
    pub(super) excess: Option<Excess>,
}

impl Permission {
    /// Whether it may allow and deny: its statements are not in the template.
    pub(super) fn is_opaque(&self) -> bool {
        matches!(self.grant, Grant::ManagedPolicy | Grant::Group | Grant::Unknown)
    }

    /// Whether having it is wider than not having it. Both may be true of what is opaque.
    pub(super) fn allows(&self) -> bool {
        !matches!(self.grant, Grant::Deny | Grant::Boundary)
    }

    /// Returns the resource for people. In a policy of a resource, `*` is that resource.
    pub(super) fn shown_resource(&self) -> String {
        match &self.resource {
            Term::One(word) if word == "*" && !self.attached.is_empty() && self.grant != Grant::Limit => {
                self.attached.clone()
            }
            other => other.to_text(),
        }
    }

    /// Describes the elements that differ from another permission.
    pub(super) fn differing_from(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        let pairs =
            [(&self.principal, &other.principal), (&self.action, &other.action), (&self.resource, &other.resource)];
        parts.extend(pairs.iter().filter(|(own, others)| own != others).map(|(own, _)| code(own.to_text())));
        if self.condition != other.condition {
            parts.push(match &self.condition {
                Node::Null => "without a condition".to_owned(),
                condition => format!("if {}", code(condition.to_value())),
            });
        }
        if self.only_if != other.only_if {
            let names: Vec<&str> = self.only_if.iter().map(String::as_str).collect();
            parts.push(if names.is_empty() { "always".to_owned() } else { format!("only if {}", names.join(", ")) });
        }
        parts.join(", ")
    }
}

/// Returns the permissions of both sides, with old names of renamed resources replaced. A resource whose role changes gets
/// the permissions of its role, on both sides. `defaults` says whether parameters have their defaults where these changed.
pub(super) fn permissions(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
    defaults: bool,
) -> (Side, Side) {
    let (old, new) = known::both(old, new, renamed, defaults);
    let (mut old, mut new) = both(|| Collector::collect(old), || Collector::collect(new));
    let (before, after) = (implied(&old, &new), implied(&new, &old));
    for (side, implied) in [(&mut old, before), (&mut new, after)] {
        for (id, permission) in implied {
            side.add(&id, permission);
        }
    }
    let is_too_large = old.excess().or(new.excess()).is_some();
    if is_too_large {
        let (before, after) = (Permissions::new(), Permissions::new());
        return (Side::new(before, &old, &new), Side::new(after, &new, &old));
    }
    let (before, after) = (merged(std::mem::take(&mut old.found)), merged(std::mem::take(&mut new.found)));
    let (was, is) = (assumed(&old), assumed(&new));
    let before = with_assumed(before, (&old, &was), (&new, &is));
    let after = with_assumed(after, (&new, &is), (&old, &was));
    (Side::new(before, &old, &new), Side::new(after, &new, &old))
}

impl Side {
    fn new(permissions: Permissions, own: &Collector<'_>, other: &Collector<'_>) -> Self {
        let excess = own.excess().or_else(|| (permissions.len() > MOST_PERMISSIONS).then_some(Excess::Permissions));
        Self { permissions, alone: alone(own, other), excess }
    }
}

/// Returns the principals that only one side has.
fn alone(side: &Collector<'_>, other: &Collector<'_>) -> BTreeSet<String> {
    let is_principal = |kind: &str| kind.starts_with("AWS::IAM::") || kind == "AWS::SSO::PermissionSet";
    let own = side.resources.iter().filter(|(_, resource)| is_principal(&resource.resource_type));
    own.map(|(name, _)| name).filter(|name| !other.resources.contains_key(*name)).cloned().collect()
}

/// Returns what holds on one side where a policy is missing that the other side has: nothing is limited, and some services
/// document a policy of their own.
fn implied(side: &Collector<'_>, other: &Collector<'_>) -> Vec<(String, Permission)> {
    let mut found = Vec::new();
    let of = |grant, attached: &str, principal: &str, action: &str, only_if: Guards| Permission {
        grant,
        attached: attached.to_owned(),
        principal: Term::One(principal.to_owned()),
        action: Term::One(action.to_owned()),
        resource: Term::One("*".to_owned()),
        condition: Node::Null,
        only_if,
    };
    for place in side.limits.keys().chain(other.limits.keys()).collect::<BTreeSet<_>>() {
        let only_if = missing(side.limits.get(place));
        found.extend(only_if.map(|only_if| (place.clone(), of(Grant::Limit, place, "*", "*", only_if))));
    }
    for place in side.explicit.keys().chain(other.explicit.keys()).collect::<BTreeSet<_>>() {
        let (Some(resource), true) = (side.resources.get(place), other.resources.contains_key(place)) else { continue };
        let (Some((who, action)), Some(more)) = (without_policy(resource), missing(side.explicit.get(place))) else {
            continue;
        };
        let only_if = and(&more, &side.known.guards(resource.word("Condition")));
        found.push((place.clone(), of(Grant::Allow, place, who, action, only_if)));
    }
    found
}

/// Returns under which conditions none of these policies applies; `None` if one always does.
fn missing(policies: Option<&Vec<Guards>>) -> Option<Guards> {
    policies.into_iter().flatten().map(|guards| guards.first().map(|guard| opposite(guard))).collect()
}

/// Merges a permission under a condition with the same one under its opposite: it always applies.
fn merged(mut found: Permissions) -> Permissions {
    let guarded: Vec<Permission> = found.keys().filter(|permission| !permission.only_if.is_empty()).cloned().collect();
    for mut permission in guarded {
        for guard in permission.only_if.clone() {
            let mut without = permission.only_if.clone();
            without.remove(&guard);
            let mut contrary = Permission { only_if: without.clone(), ..permission.clone() };
            contrary.only_if.insert(opposite(&guard));
            if !found.contains_key(&permission) || !found.contains_key(&contrary) {
                continue;
            }
            let at = [found.remove(&permission), found.remove(&contrary)].into_iter().flatten().flatten();
            permission.only_if = without;
            found.entry(permission.clone()).or_default().extend(at);
        }
    }
    found
}
