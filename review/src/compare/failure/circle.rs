//! Resources that depend on each other in a circle: CloudFormation refuses such a template ("Circular dependency between
//! resources").

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::report::Hazard;
use crate::template::node::{Node, Part};
use crate::template::stack::Stack;

/// More resources of a circle than these are not named.
const MOST_NAMED: usize = 8;

/// Properties of SAM's types that become resources of their own.
const ELSEWHERE: [&str; 7] =
    ["DeploymentPreference", "Domain", "EventInvokeConfig", "Events", "FunctionUrlConfig", "Policies", "RouteSettings"];

/// Finds the circles of the new template that the old one does not have.
pub(super) fn circles(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>, found: &mut BTreeSet<Hazard>) {
    let after = Graph::of(new, true).circles();
    if after.is_empty() {
        return;
    }
    let name = |id: &str| renamed.get(id).map_or_else(|| id.to_owned(), String::clone);
    let before: BTreeSet<BTreeSet<String>> =
        Graph::of(old, true).circles().iter().map(|circle| circle.iter().map(|id| name(id)).collect()).collect();
    let certain = Graph::of(new, false).circles();
    for circle in after {
        let names: BTreeSet<String> = circle.iter().map(|id| (*id).to_owned()).collect();
        let Some(id) = names.first().filter(|_| !before.contains(&names)) else { continue };
        let mut shown: Vec<String> = names.iter().take(MOST_NAMED).map(|id| format!("`{id}`")).collect();
        if names.len() > MOST_NAMED {
            shown.push(format!("{} more", names.len() - MOST_NAMED));
        }
        let text = match shown.as_slice() {
            [_] => "it depends on itself".to_owned(),
            [first, others @ ..] => format!("{first} and {} depend on each other in a circle", others.join(", ")),
            [] => continue,
        };
        found.insert(Hazard {
            id: id.clone(),
            resource_type: new.resources.get(id).map(|found| found.resource_type.clone()).unwrap_or_default(),
            pointer: String::new(),
            text: format!("{text}: CloudFormation rejects the template (circular dependency between resources)"),
            help: Some("remove one of the references, or move it to a resource of its own".to_owned()),
            // What depends on a condition may not be there, and SAM may make something of its own of a property.
            uncertain: names.iter().any(|id| new.resources.get(id).is_some_and(|one| is_of_sam(&one.resource_type)))
                || !certain.iter().any(|one| one.is_subset(&circle)),
        });
    }
}

fn is_of_sam(resource_type: &str) -> bool {
    resource_type.starts_with("AWS::Serverless::")
}

/// Which resources each resource depends on.
struct Graph<'a> {
    ids: Vec<&'a str>,
    edges: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// Reads a template: with or without what depends on a condition.
    fn of(stack: &'a Stack, with_conditions: bool) -> Self {
        let ids: Vec<&str> = stack.resources.keys().map(String::as_str).collect();
        let places: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
        let edges = stack.resources.values().map(|resource| {
            let mut on = BTreeSet::new();
            if with_conditions || !resource.attributes.contains_key("Condition") {
                for (attribute, node) in &resource.attributes {
                    match attribute.as_str() {
                        "DependsOn" => on.extend(node.word().into_iter().chain(node.children().filter_map(Node::word))),
                        "Properties" if is_of_sam(&resource.resource_type) => {
                            let own = resource.properties().filter(|(name, _)| !ELSEWHERE.contains(name));
                            own.for_each(|(_, node)| references(node, with_conditions, &mut on));
                        }
                        "Connectors" => {}
                        _ => references(node, with_conditions, &mut on),
                    }
                }
            }
            on.into_iter().filter_map(|name| places.get(name).copied()).collect()
        });
        Self { edges: edges.collect(), ids }
    }

    /// Returns the circles: resources of which each leads to each other, and those that lead to themselves (Kosaraju).
    fn circles(&self) -> Vec<BTreeSet<&'a str>> {
        let mut back = vec![Vec::new(); self.edges.len()];
        for (from, to) in self.edges.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to))) {
            if let Some(back) = back.get_mut(to) {
                back.push(from);
            }
        }
        let mut seen = vec![false; self.edges.len()];
        let order: Vec<usize> =
            (0..self.edges.len()).flat_map(|start| reached(&self.edges, start, &mut seen)).collect();
        seen.fill(false);
        let groups = order.into_iter().rev().map(|start| reached(&back, start, &mut seen));
        let is_circle = |group: &Vec<usize>| match group.as_slice() {
            [] => false,
            [one] => self.edges.get(*one).is_some_and(|on| on.contains(one)),
            _ => true,
        };
        let named = |group: Vec<usize>| group.into_iter().filter_map(|place| self.ids.get(place).copied()).collect();
        groups.filter(is_circle).map(named).collect()
    }
}

/// Returns what is reached from a place and was not seen before, each after all that it leads to.
fn reached(edges: &[Vec<usize>], start: usize, seen: &mut [bool]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut visit = |place: usize, open: &mut Vec<(usize, usize)>| {
        if let Some(seen) = seen.get_mut(place).filter(|seen| !**seen) {
            *seen = true;
            open.push((place, 0));
        }
    };
    visit(start, &mut open);
    while let Some((place, next)) = open.last_mut() {
        if let Some(to) = edges.get(*place).and_then(|edges| edges.get(*next)) {
            *next += 1;
            visit(*to, &mut open);
        } else {
            found.push(*place);
            open.pop();
        }
    }
    found
}

/// Collects the names in a value, without those under a condition if need be.
fn references<'a>(node: &'a Node, with_conditions: bool, found: &mut BTreeSet<&'a str>) {
    match node {
        Node::Ref(name) | Node::Attr(name, _) => drop(found.insert(name)),
        Node::Sub(parts) => found.extend(parts.iter().filter_map(|part| match part {
            Part::Ref(name) | Part::Attr(name, _) => Some(name.as_str()),
            Part::Text(_) => None,
        })),
        Node::Call(name, _) if name == "Fn::If" && !with_conditions => return,
        // In JSON that is the text of a property, nothing is a reference.
        Node::Json(_) => return,
        _ => {}
    }
    node.children().for_each(|child| references(child, with_conditions, found));
}
