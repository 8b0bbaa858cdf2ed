//! What is between the resources of a stack, by the property that names one in another.

use std::collections::BTreeSet;

use crate::graph::kind::Kind;
use crate::graph::model::{Meaning, properties};
use crate::template::node::{Dependency, Node};
use crate::template::stack::{Resource, Stack};

/// From, to, and what that means, for everything that a resource names.
pub(crate) fn of(stack: &Stack, id: &str, resource: &Resource) -> BTreeSet<(String, String, Meaning)> {
    let (kind, _) = Kind::of(&resource.kind);
    let mut found = BTreeSet::new();
    for (property, value) in properties(resource) {
        if kind == Kind::Mapping && property == "EventSourceArn" {
            continue;
        }
        let mut targets = BTreeSet::new();
        names(value, &mut targets);
        for target in targets {
            let Some(named) = stack.resources.get(&target).filter(|_| target != id) else { continue };
            let (from, to) = (id.to_owned(), target);
            let edge = match meaning(kind, property, Kind::of(&named.kind).0) {
                // Written at the subscriber, but messages go the other way.
                None => (to, from, Meaning::Feeds),
                Some(meaning) => (from, to, meaning),
            };
            found.insert(edge);
        }
    }
    match (&resource.generated_by, kind) {
        (Some(of), Kind::Trigger) => drop(found.insert((id.to_owned(), of.clone(), Meaning::Invokes))),
        (Some(of), Kind::Role) => drop(found.insert((of.clone(), id.to_owned(), Meaning::RunsAs))),
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
        if !found.iter().any(|(from, to, _)| (from == id && *to == target) || (*from == target && to == id)) {
            found.insert((id.to_owned(), target, Meaning::Refers));
        }
    }
    distinct(found)
}

/// The resources that a mapping reads.
pub(crate) fn sources(stack: &Stack, mapping: &Resource) -> Vec<String> {
    let mut found = BTreeSet::new();
    mapping.property(&["EventSourceArn"]).into_iter().for_each(|arn| names(arn, &mut found));
    found.into_iter().filter(|name| stack.resources.contains_key(name)).collect()
}

/// Resources and parameters that a value depends on.
pub(crate) fn names(value: &Node, into: &mut BTreeSet<String>) {
    let mut targets = BTreeSet::new();
    value.dependencies(&mut targets);
    into.extend(targets.into_iter().filter_map(|target| match target {
        Dependency::Name(name) => Some(name.to_owned()),
        Dependency::Condition(_) | Dependency::Mapping(_) => None,
    }));
}

/// None where it is the other that acts.
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

/// What a policy permits of a resource that it also guards is one thing between them, not two.
fn distinct(found: BTreeSet<(String, String, Meaning)>) -> BTreeSet<(String, String, Meaning)> {
    let guards: BTreeSet<String> =
        found.iter().filter(|(.., meaning)| *meaning == Meaning::Guards).map(|(_, to, _)| to.clone()).collect();
    found.into_iter().filter(|(_, to, meaning)| *meaning != Meaning::Permits || !guards.contains(to)).collect()
}
