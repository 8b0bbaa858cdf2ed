//! What is between the resources of a stack, by the property that names one in another.

use std::collections::BTreeSet;

use super::kind::Kind;
use super::model::{Edge, Meaning};
use crate::template::node::{Dependency, Node};
use crate::template::stack::{Resource, Stack};

/// Returns an edge for everything that a resource names.
pub(super) fn of(stack: &Stack, id: &str, resource: &Resource) -> BTreeSet<Edge> {
    let (kind, _) = Kind::of(&resource.kind);
    let mut found = BTreeSet::new();
    for (property, value) in resource.properties() {
        if kind == Kind::Mapping && property == "EventSourceArn" {
            continue;
        }
        let mut dependencies = BTreeSet::new();
        names(value, &mut dependencies);
        for target in dependencies {
            let Some(named) = stack.resources.get(&target).filter(|_| target != id) else { continue };
            found.insert(match meaning(kind, property, Kind::of(&named.kind).0) {
                // Written at the subscriber, but messages go the other way.
                None => Edge::new(&target, id, Meaning::Feeds),
                Some(meaning) => Edge::new(id, &target, meaning),
            });
        }
    }
    match (&resource.generated_by, kind) {
        (Some(function), Kind::Trigger) => drop(found.insert(Edge::new(id, function, Meaning::Invokes))),
        (Some(function), Kind::Role) => drop(found.insert(Edge::new(function, id, Meaning::RunsAs))),
        _ => {}
    }
    let waits = resource.attributes.get("DependsOn");
    let waits = waits.into_iter().flat_map(|waits| match waits {
        Node::Text(name) => vec![name.clone()],
        other => other
            .children()
            .filter_map(|name| if let Node::Text(name) = name { Some(name.clone()) } else { None })
            .collect(),
    });
    for target in waits.filter(|target| stack.resources.contains_key(target)) {
        let is_between = |edge: &Edge| (edge.from == id && edge.to == target) || (edge.from == target && edge.to == id);
        if !found.iter().any(is_between) {
            found.insert(Edge::new(id, &target, Meaning::Refers));
        }
    }
    distinct(found)
}

/// Returns the resources that a mapping reads.
pub(super) fn sources(stack: &Stack, mapping: &Resource) -> Vec<String> {
    let mut found = BTreeSet::new();
    mapping.property(&["EventSourceArn"]).into_iter().for_each(|arn| names(arn, &mut found));
    found.into_iter().filter(|name| stack.resources.contains_key(name)).collect()
}

/// Collects the resources and parameters that a value depends on.
pub(super) fn names(value: &Node, found: &mut BTreeSet<String>) {
    let mut dependencies = BTreeSet::new();
    value.dependencies(&mut dependencies);
    found.extend(dependencies.into_iter().filter_map(|dependency| match dependency {
        Dependency::Name(name) => Some(name.to_owned()),
        Dependency::Condition(_) | Dependency::Mapping(_) => None,
    }));
}

/// Returns what a property that names a resource means; None where it is the other that acts.
fn meaning(kind: Kind, property: &str, target: Kind) -> Option<Meaning> {
    Some(match (kind, property, target) {
        (Kind::Trigger, "TopicArn" | "ApiId" | "RestApiId" | "Topic", Kind::Trigger | Kind::Notification) => {
            return None;
        }
        (Kind::Mapping | Kind::Trigger, _, Kind::Function) | (Kind::Policy, "FunctionName", _) => Meaning::Invokes,
        (Kind::Mapping, "SourceAccessConfigurations", _) => Meaning::LogsIn,
        (_, "DestinationConfig" | "DeadLetterQueue" | "DeadLetterConfig" | "RedrivePolicy", _) => Meaning::GivesUp,
        (Kind::Alarm, "AlarmActions" | "OKActions" | "InsufficientDataActions", _) => Meaning::Notifies,
        (Kind::Alarm, ..) => Meaning::Watches,
        (
            Kind::Role | Kind::Policy | Kind::Key,
            "PolicyDocument" | "Policies" | "KeyPolicy" | "AssumeRolePolicyDocument",
            _,
        ) => Meaning::Permits,
        (Kind::Role, _, Kind::Policy) | (Kind::Policy, "Roles" | "Users" | "Groups", _) => Meaning::Has,
        (Kind::Policy, ..) => Meaning::Guards,
        (Kind::Function, "Role", _) => Meaning::RunsAs,
        (Kind::Function, "LoggingConfig", _) => Meaning::LogsTo,
        (Kind::Function, _, Kind::Secret) => Meaning::Reads,
        (Kind::Function, ..) | (_, _, Kind::Key) => Meaning::Uses,
        _ => Meaning::Refers,
    })
}

/// Drops what a policy permits of a resource that it also guards: it is one thing between them, not two.
fn distinct(found: BTreeSet<Edge>) -> BTreeSet<Edge> {
    let guarded: BTreeSet<String> =
        found.iter().filter(|edge| edge.meaning == Meaning::Guards).map(|edge| edge.to.clone()).collect();
    found.into_iter().filter(|edge| edge.meaning != Meaning::Permits || !guarded.contains(&edge.to)).collect()
}
