//! Propagates changes. A resource that refers to a replaced one gets a new value, and is replaced itself if that property
//! requires it; a changed condition, mapping or parameter default affects everything that depends on it.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Difference, pointer};
use super::draft::{Draft, Drafts};
use super::report::{Reason, ResourceEffect};
use super::update::{self, Update};
use super::value::{self, ChangedLookup};
use crate::template::node::{Dependency, Node, Part};
use crate::template::stack::{DeployedResource, Stack};

/// Propagates changes to conditions, mappings and parameter defaults to the resources that depend on them.
pub(super) fn settings(old: &Stack, new: &Stack, drafts: &mut Drafts) {
    let conditions = value::changed_conditions(old, new);
    let mut changed: BTreeSet<Dependency<'_>> = conditions.into_iter().map(Dependency::Condition).collect();
    let users = new.condition_users();
    users.close_over(&mut changed);
    let defaults = value::changed_defaults(old, new);
    for (id, resource) in new.resources.iter().filter(|(id, _)| old.resources.contains_key(*id)) {
        let mut draft = drafts.remove(id).unwrap_or_else(|| Draft::new(resource));
        let own = resource.word("Condition");
        let kept = |name: &&str| old.resources.get(id).and_then(|before| before.word("Condition")) == Some(*name);
        if let Some(condition) = own.filter(|name| changed.contains(&Dependency::Condition(name))).filter(kept) {
            let text = format!("its condition `{condition}` changed");
            let pointer = "/Condition".to_owned();
            draft.because(ResourceEffect::MayBeDeleted, Reason { pointer, text, follows: Some(condition.to_owned()) });
        }
        let worst = worst(resource);
        for dependency in resource.dependencies() {
            let (name, what, default) = match dependency {
                Dependency::Condition(name) if changed.contains(&dependency) && own != Some(name) => {
                    (name, "condition", false)
                }
                Dependency::Name(name) if defaults.contains(name) => (name, "parameter", true),
                _ => continue,
            };
            let (worst, place) = worst.get(&dependency).cloned().unwrap_or((Update::InPlace, String::new()));
            // A deployed stack keeps its value unless the deployment sets it. Report the new default only if it would
            // replace something.
            if default && worst == Update::InPlace {
                continue;
            }
            let effect = if worst == Update::InPlace { ResourceEffect::Changed } else { ResourceEffect::MayBeReplaced };
            let text = if default {
                format!("the default of parameter `{name}` changed; a deployed stack may keep its current value")
            } else {
                format!("{what} `{name}` changed")
            };
            draft.because(effect, Reason { pointer: place, text, follows: Some(name.to_owned()) });
        }
        if let Some(before) = old.resources.get(id).and_then(|before| before.attributes.get("Properties")) {
            lookups((before, old), (resource, new), &mut draft);
        }
        if !draft.is_empty() {
            drafts.insert(id.clone(), draft);
        }
    }
}

/// Adds what changed mappings do to a resource, by the lookups that were there before.
fn lookups((before, old): (&Node, &Stack), (resource, new): (&DeployedResource, &Stack), draft: &mut Draft) {
    let Some(properties) = resource.attributes.get("Properties") else { return };
    let changed = value::changed_lookups(properties, old, new);
    if changed.is_empty() {
        return;
    }
    let known = value::all_lookups(before);
    let kept = changed.into_iter().filter(|lookup| known.contains(lookup.node));
    for ChangedLookup { path, node, mapping, values } in kept {
        let place = format!("/Properties{}", pointer(&path));
        let property = path.first().cloned().unwrap_or_default();
        let update = rewritten(&resource.resource_type, path, node);
        let (effect, text) = match &values {
            Some((was, is)) => {
                let (was, is) = (was.to_text(), is.to_text());
                let text = format!("mapping `{mapping}` sets `{property}` to `{is}` instead of `{was}`");
                match update {
                    Update::InPlace => (ResourceEffect::Changed, text),
                    Update::MayReplace => (ResourceEffect::MayBeReplaced, text + ", which may require replacement"),
                    Update::Replaces => (ResourceEffect::Replaced, text + ", which requires replacement"),
                }
            }
            None if update == Update::InPlace => (ResourceEffect::Changed, format!("mapping `{mapping}` changed")),
            None => (ResourceEffect::MayBeReplaced, format!("mapping `{mapping}` changed")),
        };
        draft.because(effect, Reason { pointer: place, text, follows: Some(mapping.to_owned()) });
    }
}

/// Returns the most severe update that each dependency can cause in a resource when it changes, and its place.
fn worst(resource: &DeployedResource) -> BTreeMap<Dependency<'_>, (Update, String)> {
    let mut worst = BTreeMap::new();
    for (key, value) in resource.properties() {
        let mut dependencies = BTreeSet::new();
        value.dependencies(&mut dependencies);
        if dependencies.is_empty() {
            continue;
        }
        let update = rewritten(&resource.resource_type, vec![key.to_owned()], value);
        for dependency in dependencies {
            let known = worst.entry(dependency).or_insert_with(|| (update, format!("/Properties/{key}")));
            if update > known.0 {
                *known = (update, format!("/Properties/{key}"));
            }
        }
    }
    worst
}

/// Returns what happens to a resource when a value that is written the same changes at deployment.
fn rewritten(resource_type: &str, path: Vec<String>, value: &Node) -> Update {
    let difference = Difference { path, old: Some(value.clone()), new: Some(value.clone()) };
    update::behavior(resource_type, &difference).map_or(Update::InPlace, |(update, _)| update)
}

/// Propagates replacements along references until nothing more changes.
pub(super) fn replacements(new: &Stack, drafts: &mut Drafts) {
    let is_new =
        |effect| matches!(effect, ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed);
    let mut open: Vec<(String, ResourceEffect)> =
        drafts.iter().filter(|(_, draft)| is_new(draft.effect)).map(|(id, draft)| (id.clone(), draft.effect)).collect();
    if open.is_empty() {
        return;
    }
    let uses = uses(new);
    while let Some((origin, effect)) = open.pop() {
        for used in uses.get(origin.as_str()).into_iter().flatten().filter(|used| used.by != origin) {
            if drafts
                .get(used.by)
                .is_some_and(|draft| matches!(draft.effect, ResourceEffect::Added | ResourceEffect::Renamed))
            {
                continue;
            }
            let text = match effect {
                ResourceEffect::Renamed => format!("refers to `{origin}`, which is recreated under a new logical id"),
                ResourceEffect::MayBeReplaced => format!("refers to `{origin}`, which may be replaced"),
                _ => format!("refers to `{origin}`, which is replaced"),
            };
            let Some(resource) = new.resources.get(used.by) else { continue };
            let place = format!("/Properties{}", pointer(&used.path));
            let reason = Reason { pointer: place, text, follows: Some(origin.clone()) };
            let then = match rewritten(&resource.resource_type, used.path.clone(), &Node::Ref(origin.clone())) {
                Update::Replaces if effect != ResourceEffect::MayBeReplaced => ResourceEffect::Replaced,
                Update::Replaces | Update::MayReplace => ResourceEffect::MayBeReplaced,
                Update::InPlace => ResourceEffect::Changed,
            };
            let draft = drafts.entry(used.by.to_owned()).or_insert_with(|| Draft::new(resource));
            let before = draft.effect;
            draft.because(then, reason);
            if draft.effect != before && is_new(draft.effect) {
                open.push((used.by.to_owned(), draft.effect));
            }
        }
    }
}

/// A place that refers to a name.
struct Use<'a> {
    by: &'a str,
    path: Vec<String>,
}

/// Returns every place in the properties that refers to a name by `Ref`, `Fn::GetAtt` or `Fn::Sub`, by name.
fn uses(stack: &Stack) -> BTreeMap<&str, Vec<Use<'_>>> {
    let mut uses = BTreeMap::new();
    for (id, resource) in &stack.resources {
        if let Some(properties) = resource.attributes.get("Properties") {
            find(properties, id, &mut Vec::new(), &mut uses);
        }
    }
    uses
}

fn find<'a>(node: &'a Node, by: &'a str, path: &mut Vec<String>, uses: &mut BTreeMap<&'a str, Vec<Use<'a>>>) {
    let mut names: Vec<&str> = Vec::new();
    let mut below = |step: String, child: &'a Node| {
        path.push(step);
        find(child, by, path, uses);
        path.pop();
    };
    match node {
        Node::Ref(name) | Node::Attr(name, _) => names.push(name),
        Node::Sub(parts) => names.extend(parts.iter().filter_map(|part| match part {
            Part::Ref(name) | Part::Attr(name, _) => Some(name.as_str()),
            Part::Text(_) => None,
        })),
        Node::Call(call, inner) => below(call.clone(), inner),
        Node::List(items) => items.iter().enumerate().for_each(|(n, item)| below(n.to_string(), item)),
        Node::Set(items) => items.iter().for_each(|item| below("-".to_owned(), item)),
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| below(key.clone(), value)),
        Node::Json(inner) => find(inner, by, path, uses),
        _ => {}
    }
    names.sort_unstable();
    names.dedup();
    for name in names {
        uses.entry(name).or_default().push(Use { by, path: path.clone() });
    }
}
