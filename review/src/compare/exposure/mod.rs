//! Finds what becomes public.
//!
//! Each side has openings: ways in which a resource is public, with the conditions under which it is. What the new side has
//! and the old one does not is an exposure. What becomes less public is not reported, and neither is what was public before,
//! even if another resource says it.

mod traffic;
mod network;
mod table;
mod lock;
mod gate;
mod firewall;
mod api;
mod definition;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::address;
use super::report::{Hazard, PermissionChange};
use super::value::{Found, Scope, Seen, at, contradict};
use crate::template::guard::{Guards, and, opposite};
use crate::template::limit::{Budget, Excess, MOST_STEPS};
use crate::template::node::Node;
use crate::template::stack::DeployedResource;
use table::{Clause, Row, Test, UNSET, rows};
use traffic::Traffic;

/// One side of the comparison.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) template: &'a Value,
    pub(super) scope: Scope<'a>,
}

/// Returns what becomes public, by resource, and whether something becomes less public, apart from policies: whether the way
/// back would expose it. `renamed` maps old logical ids to new ones.
///
/// # Errors
/// If there are too many rules and values to compare each with each.
pub(super) fn changes(
    [old, new]: [Side<'_>; 2],
    renamed: &BTreeMap<String, String>,
    permissions: &[PermissionChange],
) -> Result<(Vec<Hazard>, bool), Excess> {
    let budget = Budget::of_steps(MOST_STEPS);
    let mut before = openings(old, &budget);
    for opening in &mut before {
        if let Some(id) = renamed.get(&opening.on) {
            opening.on.clone_from(id);
        }
    }
    let after = openings(new, &budget);
    let (before, after) = (by_subject(&before), by_subject(&after));
    let new_ids: BTreeMap<&String, &String> = renamed.iter().collect();
    let old_ids: BTreeMap<&String, &String> = renamed.iter().map(|(from, to)| (to, from)).collect();
    let mut hazards = exposed((old, &before), (new, &after), &old_ids, &budget);
    let back = exposed((new, &after), (old, &before), &new_ids, &budget);
    hazards.extend(policies(new.scope, permissions));
    if budget.is_spent() { Err(Excess::Openings) } else { Ok((certain(&hazards), !back.is_empty())) }
}

/// Returns what is public on the second of two sides and not on the first. `names` maps ids of the second to those of the first.
fn exposed(
    (from, before): (Side<'_>, &BySubject<'_>),
    (to, after): (Side<'_>, &BySubject<'_>),
    names: &BTreeMap<&String, &String>,
    budget: &Budget,
) -> BTreeSet<Hazard> {
    let was = |id: &String| from.scope.own.resources.get(*names.get(id).unwrap_or(&id));
    let mut hazards: BTreeSet<Hazard> = BTreeSet::new();
    for opening in after.values().flatten() {
        let resource = to.scope.own.resources.get(&opening.id);
        let existed =
            was(&opening.id).is_some_and(|old| resource.is_some_and(|new| old.resource_type == new.resource_type));
        if opening.only_existing && !existed {
            continue;
        }
        if let Some(uncertain) = opening.exposes(before, after, budget) {
            hazards.insert(hazard(to.scope, &opening.id, &opening.pointer, &opening.text, uncertain));
        }
    }
    let kept: BTreeSet<&String> = names.values().copied().collect();
    let is_gone = |id: &&String| !kept.contains(id) && !to.scope.own.resources.contains_key(*id);
    let deleted = from.scope.own.resources.keys().filter(is_gone);
    for id in to.scope.own.resources.keys().chain(deleted) {
        let before = was(id).or_else(|| from.scope.own.resources.get(id));
        let after = to.scope.own.resources.get(id);
        let mut found = lock::opened((from.scope, before), (to.scope, after));
        found.extend(firewall::opened((from.scope, before), (to.scope, after)));
        if let (Some(before), Some(after)) = (before, after) {
            found.extend(gate::opened((from.scope, before), (to.scope, after)));
        }
        let scope = if after.is_some() { to.scope } else { from.scope };
        hazards.extend(found.into_iter().map(|one| hazard(scope, id, &one.pointer, &one.text, one.uncertain)));
    }
    hazards
}

/// Drops what only may happen where the same certainly happens.
fn certain(hazards: &BTreeSet<Hazard>) -> Vec<Hazard> {
    let doubtful =
        |hazard: &Hazard| hazard.uncertain && hazards.contains(&Hazard { uncertain: false, ..hazard.clone() });
    hazards.iter().filter(|hazard| !doubtful(hazard)).cloned().collect()
}

fn hazard(scope: Scope<'_>, id: &str, pointer: &str, text: &str, uncertain: bool) -> Hazard {
    Hazard {
        id: id.to_owned(),
        resource_type: scope.own.resources.get(id).map(|found| found.resource_type.clone()).unwrap_or_default(),
        pointer: pointer.to_owned(),
        text: text.to_owned(),
        help: None,
        uncertain,
    }
}

/// A way in which a resource is public.
struct Opening {
    /// The resource that says so.
    id: String,
    /// What is public: a logical id, or a text for what is outside of the template.
    on: String,
    what: What,
    /// A JSON Pointer below the resource.
    pointer: String,
    text: String,
    /// What decides whether it is public; it certainly is if there is nothing.
    when: Guards,
    only_existing: bool,
}

#[derive(PartialEq)]
enum What {
    /// A level on a scale that begins with the most public one.
    Level(String, usize),
    Traffic(Vec<Traffic>),
}

impl Opening {
    /// Whether the old side is less public; `Some(true)` if that is not certain.
    fn exposes(&self, before: &BySubject<'_>, after: &BySubject<'_>, budget: &Budget) -> Option<bool> {
        let number = |side: &BySubject<'_>| side.get(self.on.as_str()).map_or(0, Vec::len);
        if !budget.steps(number(before) + number(after)) {
            return None;
        }
        let same = || before.get(self.on.as_str()).into_iter().flatten().copied();
        let (covered, perhaps) = match &self.what {
            What::Level(scale, level) => {
                let as_open =
                    |old: &&Self| matches!(&old.what, What::Level(other, was) if other == scale && was <= level);
                let as_open: Vec<&Self> = same().filter(as_open).collect();
                (as_open.iter().any(|old| old.when.is_subset(&self.when)), !as_open.is_empty())
            }
            What::Traffic(traffic) => {
                let of = |certainly: bool| {
                    let openings = same().filter(move |old| !certainly || old.when.is_subset(&self.when));
                    openings.flat_map(|old| match &old.what {
                        What::Traffic(traffic) => traffic.as_slice(),
                        What::Level(..) => &[],
                    })
                };
                (
                    traffic::left(traffic, of(true), budget).is_empty(),
                    traffic::left(traffic, of(false), budget).is_empty(),
                )
            }
        };
        (!covered).then(|| perhaps || !self.is_certain(after))
    }

    /// Whether it is public in any case: without a condition, or under a condition and its opposite.
    fn is_certain(&self, all: &BySubject<'_>) -> bool {
        let same = || all.get(self.on.as_str()).into_iter().flatten().filter(|other| other.what == self.what);
        self.when.is_empty()
            || self.when.iter().any(|guard| {
                let mut other: Guards = self.when.iter().filter(|one| *one != guard).cloned().collect();
                other.is_empty() && {
                    other.insert(opposite(guard));
                    same().any(|found| found.when == other)
                }
            })
    }
}

/// Openings by what is public.
type BySubject<'a> = BTreeMap<&'a str, Vec<&'a Opening>>;

fn by_subject(openings: &[Opening]) -> BySubject<'_> {
    let mut by = BySubject::new();
    for opening in openings {
        by.entry(opening.on.as_str()).or_default().push(opening);
    }
    by
}

/// Returns everything that is public on a side.
fn openings(side: Side<'_>, budget: &Budget) -> Vec<Opening> {
    let mut openings = Vec::new();
    for (id, resource) in &side.scope.own.resources {
        // SAM generates it for a URL that anyone can call, which is reported itself.
        if resource.generated_by.is_some() && resource.property(&["FunctionUrlAuthType"]).is_some() {
            continue;
        }
        for (n, row) in rows().enumerate().filter(|(_, row)| row.types.contains(&resource.resource_type.as_str())) {
            from_row(side.scope, id, resource, (n, row), &mut openings, budget);
        }
        for admitted in network::admitted(side.scope, id, resource, budget) {
            openings.push(Opening {
                id: id.clone(),
                on: admitted.on,
                what: What::Traffic(admitted.traffic),
                pointer: admitted.pointer,
                text: admitted.text,
                when: admitted.when,
                only_existing: false,
            });
        }
        for operation in definition::open_operations(side.scope, resource, budget) {
            let who = if operation.with_key { "anyone with an API key" } else { "anyone" };
            openings.push(Opening {
                id: id.clone(),
                on: id.clone(),
                what: What::Level(format!("operation {}", operation.name), usize::from(operation.with_key)),
                text: format!("{who} can call `{}`: its definition asks for no credentials", operation.name),
                pointer: operation.pointer,
                when: operation.when,
                only_existing: false,
            });
        }
    }
    for route in api::open_routes(side.template, side.scope) {
        let who = if route.with_key { "anyone with an API key" } else { "anyone" };
        openings.push(Opening {
            id: route.function.to_owned(),
            on: route.function.to_owned(),
            what: What::Level(format!("event {}", route.event), usize::from(route.with_key)),
            pointer: format!("/Properties/Events{}", model::pointer::below("", route.event)),
            text: format!("{who} can call the route of `{}`: neither it nor its API names an authorizer", route.event),
            when: route.when,
            only_existing: false,
        });
    }
    openings
}

/// Adds the opening of a row if all its clauses may hold, by what decides it.
fn from_row(
    scope: Scope<'_>,
    id: &str,
    resource: &DeployedResource,
    (n, row): (usize, &Row),
    openings: &mut Vec<Opening>,
    budget: &Budget,
) {
    let mut ways = vec![(Guards::new(), "/Properties".to_owned(), row.text.to_owned())];
    for (nth, clause) in row.clauses.iter().enumerate() {
        let found = at(scope, resource.attributes.get("Properties"), &network::steps(clause.path));
        let mut next: Vec<(Guards, String, String)> = Vec::new();
        let mut known = BTreeSet::new();
        for (under, pointer, text) in &ways {
            if !budget.steps(found.len()) {
                return;
            }
            for found in &found {
                let Some(more) = clause.holds(scope, found) else { continue };
                let when = and(under, &more);
                if contradict(&when, &when) || !known.insert(when.clone()) {
                    continue;
                }
                next.push(match nth {
                    0 => (when, format!("/Properties{}", found.pointer), format!("{text}: {}", clause.shown(found))),
                    _ => (when, pointer.clone(), text.clone()),
                });
            }
        }
        ways = next;
    }
    let same = |other: &Row| other.types == row.types && other.path() == row.path();
    let scale = rows().position(same).unwrap_or(n);
    openings.extend(ways.into_iter().map(|(when, pointer, text)| Opening {
        id: id.to_owned(),
        on: id.to_owned(),
        what: What::Level(format!("row {scale}"), n),
        pointer: if row.clauses.is_empty() { String::new() } else { pointer },
        text,
        when,
        only_existing: row.only_existing,
    }));
}

impl Clause {
    /// Returns what decides whether a value makes the resource public; `None` if it does not.
    fn holds(&self, scope: Scope<'_>, found: &Found) -> Option<Guards> {
        let mut when = found.when.clone();
        let holds = match &found.seen {
            Seen::Unknown(text) => {
                when.insert(format!("{} {text}", self.path));
                true
            }
            Seen::Absent => {
                let default = self.default.map(|default| Node::Text(default.to_owned()));
                if default.is_none() {
                    when.insert(format!("{} by default", self.path));
                }
                default.is_none_or(|default| self.test.holds(scope, &default))
            }
            Seen::Value(value) => self.test.holds(scope, value),
        };
        holds.then_some(when)
    }

    /// Writes the value of the property.
    fn shown(&self, found: &Found) -> String {
        let name = self.path.rsplit('/').find(|step| *step != "*").unwrap_or_default();
        match &found.seen {
            Seen::Absent if self.default == Some(UNSET) => format!("`{name}` is not set"),
            Seen::Absent => match self.default {
                Some(default) => format!("`{name}` is not set, which means `{default}`"),
                None => format!("`{name}` is not set"),
            },
            Seen::Value(Node::Text(value)) => format!("`{name}` is `{value}`"),
            Seen::Value(value) => format!("`{name}` is `{}`", value.to_text()),
            Seen::Unknown(_) => format!("`{name}` is known only at deployment"),
        }
    }
}

impl Test {
    fn holds(&self, scope: Scope<'_>, value: &Node) -> bool {
        let text = value.to_text();
        let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(&text));
        match self {
            Self::Is(words) => is_one_of(words),
            Self::IsNot(words) => !is_one_of(words),
            Self::Everyone => address::is_everyone(&text),
            Self::Unlimited => policy::is_unlimited(&text),
            Self::Method => text.contains(' ') && !text.to_ascii_uppercase().starts_with("OPTIONS "),
            Self::RefersTo(kind, prefix) => match value {
                Node::Ref(name) | Node::Attr(name, _) => {
                    scope.own.resources.get(name).is_some_and(|found| found.resource_type == *kind)
                }
                _ => text.starts_with(prefix),
            },
        }
    }
}

/// Returns the policies that let everyone in, by resource and with all actions together.
fn policies(scope: Scope<'_>, permissions: &[PermissionChange]) -> Vec<Hazard> {
    let mut by_place: BTreeMap<&str, (BTreeSet<&str>, bool)> = BTreeMap::new();
    for change in permissions.iter().filter(|change| policy::is_public(change)) {
        for id in change.at.split(", ") {
            // These have rows of their own, such as a bucket's ACL. An endpoint's policy limits, and grants nothing.
            let resource = scope.own.resources.get(id);
            let has_row = resource.is_some_and(|found| match found.resource_type.as_str() {
                "AWS::Lambda::Permission"
                | "AWS::Lambda::LayerVersionPermission"
                | "AWS::EC2::VPCEndpoint"
                | "AWS::S3::Bucket" => true,
                // With a principal of its own; otherwise it has a statement.
                "AWS::Events::EventBusPolicy" => found.property(&["Principal"]).is_some(),
                _ => false,
            });
            if has_row {
                continue;
            }
            let entry = by_place.entry(id).or_insert_with(|| (BTreeSet::new(), true));
            entry.0.insert(&change.action);
            entry.1 &= change.uncertain.is_some() || !change.only_if.is_empty();
        }
    }
    let sentence = |actions: BTreeSet<&str>| {
        let actions: Vec<String> = actions.into_iter().map(|action| format!("`{action}`")).collect();
        format!("its policy allows everyone {}", actions.join(", "))
    };
    by_place
        .into_iter()
        .map(|(id, (actions, uncertain))| hazard(scope, id, "", &sentence(actions), uncertain))
        .collect()
}

#[cfg(test)]
mod tests;
