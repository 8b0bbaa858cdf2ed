//! Finds the edges between resources, from the properties that refer to other resources.

use std::collections::BTreeSet;

use super::kind::NodeKind;
use super::model::{Edge, EdgeKind};
use crate::template::node::{Dependency, Node};
use crate::template::stack::{DeployedResource, Stack};

/// Returns an edge for each resource that a resource refers to.
pub(super) fn of(stack: &Stack, id: &str, resource: &DeployedResource) -> BTreeSet<Edge> {
    let (kind, _) = NodeKind::from_type(&resource.resource_type);
    let mut found = BTreeSet::new();
    for (property, value) in resource.properties() {
        if kind == NodeKind::Mapping && property == "EventSourceArn" {
            continue;
        }
        let mut dependencies = BTreeSet::new();
        names(value, &mut dependencies);
        for target in dependencies {
            let Some(named) = stack.resources.get(&target).filter(|_| target != id) else { continue };
            found.insert(match edge_kind(kind, property, NodeKind::from_type(&named.resource_type).0) {
                // The subscriber has the property, but messages flow the other way.
                None => Edge::new(&target, id, EdgeKind::Feeds),
                Some(kind) => Edge::new(id, &target, kind),
            });
        }
    }
    match (&resource.generated_by, kind) {
        (Some(function), NodeKind::Trigger) => drop(found.insert(Edge::new(id, function, EdgeKind::Invokes))),
        (Some(function), NodeKind::Role) => drop(found.insert(Edge::new(function, id, EdgeKind::RunsAs))),
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
            found.insert(Edge::new(id, &target, EdgeKind::Refers));
        }
    }
    distinct(found)
}

/// Returns the resources that a mapping reads from.
pub(super) fn sources(stack: &Stack, mapping: &DeployedResource) -> Vec<String> {
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

/// Returns the edge for a property that refers to a resource; `None` if the other resource acts.
fn edge_kind(kind: NodeKind, property: &str, target: NodeKind) -> Option<EdgeKind> {
    Some(match (kind, property, target) {
        (
            NodeKind::Trigger,
            "TopicArn" | "ApiId" | "RestApiId" | "Topic",
            NodeKind::Trigger | NodeKind::Notification,
        ) => {
            return None;
        }
        (NodeKind::Mapping | NodeKind::Trigger, _, NodeKind::Function) | (NodeKind::Policy, "FunctionName", _) => {
            EdgeKind::Invokes
        }
        (NodeKind::Mapping, "SourceAccessConfigurations", _) => EdgeKind::LogsIn,
        (_, "DestinationConfig" | "DeadLetterQueue" | "DeadLetterConfig" | "RedrivePolicy", _) => EdgeKind::GivesUp,
        (NodeKind::Alarm, "AlarmActions" | "OKActions" | "InsufficientDataActions", _) => EdgeKind::Notifies,
        (NodeKind::Alarm, ..) => EdgeKind::Watches,
        (
            NodeKind::Role | NodeKind::Policy | NodeKind::Key,
            "PolicyDocument" | "Policies" | "KeyPolicy" | "AssumeRolePolicyDocument",
            _,
        ) => EdgeKind::Permits,
        (NodeKind::Role, _, NodeKind::Policy) | (NodeKind::Policy, "Roles" | "Users" | "Groups", _) => EdgeKind::Has,
        (NodeKind::Policy, ..) => EdgeKind::Guards,
        (NodeKind::Function, "Role", _) => EdgeKind::RunsAs,
        (NodeKind::Function, "LoggingConfig", _) => EdgeKind::LogsTo,
        (NodeKind::Function, _, NodeKind::Secret) => EdgeKind::Reads,
        (NodeKind::Function, ..) | (_, _, NodeKind::Key) => EdgeKind::Uses,
        _ => EdgeKind::Refers,
    })
}

/// Removes `Permits` edges next to a `Guards` edge: one edge between two nodes is enough.
fn distinct(found: BTreeSet<Edge>) -> BTreeSet<Edge> {
    let guarded: BTreeSet<String> =
        found.iter().filter(|edge| edge.kind == EdgeKind::Guards).map(|edge| edge.to.clone()).collect();
    found.into_iter().filter(|edge| edge.kind != EdgeKind::Permits || !guarded.contains(&edge.to)).collect()
}
