//! References that CloudFormation cannot resolve: it refuses such a template before it deploys anything (User Guide,
//! "Troubleshooting CloudFormation": validation errors).

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::permission::is_foreign_macro;
use crate::compare::report::Hazard;
use crate::template::node::{Node, Part};
use crate::template::stack::Stack;

/// A reference to something that the template does not have.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Missing {
    /// The resource, output or condition that has it.
    id: String,
    /// What it should be.
    what: &'static str,
    name: String,
}

/// Finds what cannot be resolved in the new template, unless the old one has the same.
pub(super) fn unresolved(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>, found: &mut BTreeSet<Hazard>) {
    // What a macro, a module or a loop defines is known only at deployment.
    let (Some(before), Some(after)) = (missing(old), missing(new)) else { return };
    let before: BTreeSet<Missing> =
        before.into_keys().map(|one| Missing { id: renamed.get(&one.id).cloned().unwrap_or(one.id), ..one }).collect();
    for (one, (resource_type, pointer)) in after.iter().filter(|(one, _)| !before.contains(*one)) {
        let (what, name) = (one.what, &one.name);
        found.insert(Hazard {
            id: one.id.clone(),
            resource_type: resource_type.clone(),
            pointer: pointer.clone(),
            text: format!("it refers to `{name}`, and the template has no such {what}: CloudFormation rejects it (unresolved dependency)"),
            help: Some(format!("define `{name}`, or correct the name")),
            uncertain: false,
        });
    }
}

/// Returns what cannot be resolved, with the type of what has it and a JSON Pointer to its attribute; `None` if something in the template may
/// define names that it does not show.
fn missing(stack: &Stack) -> Option<BTreeMap<Missing, (String, String)>> {
    let empty = BTreeMap::new();
    let section = |name: &str| stack.sections.get(name).unwrap_or(&empty);
    let transforms: Vec<_> = section("Transform").values().flat_map(names).collect();
    let is_open = |key: &String| key.starts_with("Fn::");
    if transforms.iter().any(|name| is_foreign_macro(&(*name).into()))
        || stack.resources.keys().chain(stack.sections.values().flat_map(BTreeMap::keys)).any(is_open)
    {
        return None;
    }
    let is_sam = transforms.iter().any(|name| name.starts_with("AWS::Serverless-"));
    let mut search = Search { stack, is_sam, found: BTreeMap::new(), is_open: false };
    for (id, resource) in &stack.resources {
        for (attribute, node) in &resource.attributes {
            let place =
                Place { id, kind: &resource.resource_type, pointer: format!("/{attribute}"), is_condition: false };
            match (attribute.as_str(), node) {
                ("DependsOn", node) => names(node).into_iter().for_each(|name| search.resource(&place, name)),
                ("Condition", Node::Text(name)) => search.entry(&place, "Conditions", name),
                (_, node) => search.walk(&place, node),
            }
        }
    }
    for (section, kind) in [("Outputs", "Output"), ("Conditions", "Condition")] {
        for (id, node) in stack.sections.get(section).into_iter().flatten() {
            let place = Place { id, kind, pointer: String::new(), is_condition: kind == "Condition" };
            if let (false, Some(Node::Text(name))) = (place.is_condition, node.member("Condition")) {
                search.entry(&place, "Conditions", name);
            }
            search.walk(&place, node);
        }
    }
    (!search.is_open).then_some(search.found)
}

/// Returns a text, or the texts of a list.
fn names(node: &Node) -> Vec<&str> {
    node.word().into_iter().chain(node.children().filter_map(Node::word)).collect()
}

/// Where a reference is.
struct Place<'a> {
    id: &'a str,
    kind: &'a str,
    pointer: String,
    /// Whether only parameters and other conditions can be referred to.
    is_condition: bool,
}

struct Search<'a> {
    stack: &'a Stack,
    is_sam: bool,
    found: BTreeMap<Missing, (String, String)>,
    is_open: bool,
}

impl Search<'_> {
    fn walk(&mut self, place: &Place<'_>, node: &Node) {
        match node {
            Node::Ref(name) => self.name(place, name),
            Node::Attr(name, _) => self.resource(place, name),
            Node::Sub(parts) => {
                for part in parts {
                    match part {
                        Part::Ref(name) => self.name(place, name),
                        Part::Attr(name, _) => self.resource(place, name),
                        Part::Text(_) => {}
                    }
                }
            }
            Node::Call(call, inner) => {
                let first = inner.children().next().or(Some(inner)).and_then(Node::word);
                match (call.as_str(), first) {
                    ("Fn::Transform", _) => self.is_open = true,
                    ("Fn::If", Some(name)) => self.entry(place, "Conditions", name),
                    ("Condition", Some(name)) if place.is_condition => self.entry(place, "Conditions", name),
                    // With a default, nothing need be there.
                    ("Fn::FindInMap", Some(name)) if inner.children().count() == 3 => {
                        self.entry(place, "Mappings", name);
                    }
                    _ => {}
                }
            }
            Node::Map(members) => self.is_open |= members.keys().any(|key| key.starts_with("Fn::")),
            // In JSON that is the text of a property, nothing is a reference.
            Node::Json(_) => return,
            _ => {}
        }
        node.children().for_each(|child| self.walk(place, child));
    }

    /// Checks a reference to a resource or a parameter.
    fn name(&mut self, place: &Place<'_>, name: &str) {
        if name.starts_with("AWS::") || self.stack.entry("Parameters", name).is_some() {
            return;
        }
        match (place.is_condition, self.has_resource(name)) {
            (true, _) => self.add(place, "parameter", name),
            (false, false) => self.add(place, "resource or parameter", name),
            (false, true) => {}
        }
    }

    /// Checks a reference to a resource.
    fn resource(&mut self, place: &Place<'_>, name: &str) {
        if !self.has_resource(name) {
            self.add(place, "resource", name);
        }
    }

    fn entry(&mut self, place: &Place<'_>, section: &'static str, name: &str) {
        if self.stack.entry(section, name).is_none() {
            self.add(place, if section == "Mappings" { "mapping" } else { "condition" }, name);
        }
    }

    /// Whether there is a resource of this name, or may be: SAM and modules name what they generate after what is written.
    fn has_resource(&self, name: &str) -> bool {
        let generates = |prefix: &str| {
            let found = self.stack.resources.get(prefix);
            found.is_some_and(|found| self.is_sam || found.resource_type.ends_with("::MODULE"))
        };
        let of_sam = ["Serverless", "CodeDeployServiceRole"].iter().any(|prefix| name.starts_with(prefix));
        self.stack.resources.contains_key(name)
            || self.is_sam && of_sam
            || name.char_indices().any(|(end, _)| name.get(..end).is_some_and(generates))
    }

    fn add(&mut self, place: &Place<'_>, what: &'static str, name: &str) {
        let missing = Missing { id: place.id.to_owned(), what, name: name.to_owned() };
        self.found.entry(missing).or_insert_with(|| (place.kind.to_owned(), place.pointer.clone()));
    }
}
