//! Why CloudFormation or the service will refuse a deployment, or may, and the way out.

mod key;
mod refused;
mod reference;
mod circle;

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Hazard, ResourceChange, ResourceEffect};
use super::risk;
use super::value::Redefined;
use super::words::{former_type, shown};
use crate::template::node::{Dependency, Node};
use crate::template::schema;
use crate::template::stack::{DeployedResource, Stack};
use key::{Identity, Key, What};

/// What a template may hold at most (CloudFormation User Guide, "Understand CloudFormation quotas").
const QUOTAS: [(&str, usize); 4] = [("Resources", 500), ("Parameters", 200), ("Mappings", 200), ("Outputs", 200)];

/// Returns why a deployment of `new` over `old` fails, or may fail, by resource. `changes` is what happens to each resource.
pub(super) fn failures(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
    changes: &[ResourceChange],
) -> Vec<Hazard> {
    let forecast = Forecast {
        old,
        new,
        renamed,
        effects: changes.iter().map(|change| (change.id.as_str(), change.effect)).collect(),
        old_keys: Keys::of(old),
        new_keys: Keys::of(new),
        redefined: Redefined::new(old, new),
    };
    let mut found = BTreeSet::new();
    for change in changes {
        forecast.created(change, &mut found);
        forecast.deleted(change, &mut found);
        forecast.updated(change, &mut found);
    }
    forecast.exports(&mut found);
    quotas(old, new, &mut found);
    reference::unresolved(old, new, renamed, &mut found);
    circle::circles(old, new, renamed, &mut found);
    found.into_iter().collect()
}

/// What only one resource can have.
struct Keys<'a> {
    by_id: BTreeMap<&'a String, Key>,
    /// The resources that have it, at most [`MOST_OWNERS`].
    owners: BTreeMap<Identity, Vec<&'a String>>,
}

/// The most resources that are listed as owners of the same key.
const MOST_OWNERS: usize = 3;

impl<'a> Keys<'a> {
    fn of(stack: &'a Stack) -> Self {
        let keys = stack.resources.iter().filter_map(|(id, resource)| Some((id, Key::of(resource)?)));
        let by_id: BTreeMap<&String, Key> = keys.collect();
        let mut owners: BTreeMap<Identity, Vec<&String>> = BTreeMap::new();
        for (id, key) in &by_id {
            let known = owners.entry(key.identity()).or_default();
            if known.len() < MOST_OWNERS {
                known.push(*id);
            }
        }
        Self { by_id, owners }
    }

    /// Returns the resources that have the same key: the one with this logical id among the first.
    fn owners<'k>(&'k self, key: &Key, id: &'k String) -> impl Iterator<Item = &'k String> {
        let itself = self.by_id.get(id).filter(|known| known.conflicts(key)).map(|_| id);
        let others = self.owners.get(&key.identity()).into_iter().flatten().copied();
        itself.into_iter().chain(others.filter(move |other| *other != id))
    }
}

struct Forecast<'a> {
    old: &'a Stack,
    new: &'a Stack,
    renamed: &'a BTreeMap<String, String>,
    /// What happens to each resource that changes, by its logical id in the new template.
    effects: BTreeMap<&'a str, ResourceEffect>,
    old_keys: Keys<'a>,
    new_keys: Keys<'a>,
    redefined: Redefined<'a>,
}

impl Forecast<'_> {
    /// Returns what happens to the resource with a logical id of the new template.
    fn effect(&self, id: &str) -> Option<ResourceEffect> {
        self.effects.get(id).copied()
    }

    /// Finds what a resource that is created cannot have, because another one has it. CloudFormation deletes only after
    /// everything is created (User Guide, "Update behaviors of stack resources").
    fn created(&self, change: &ResourceChange, found: &mut BTreeSet<Hazard>) {
        let is_certain = match change.effect {
            ResourceEffect::Added | ResourceEffect::Renamed | ResourceEffect::Replaced => true,
            ResourceEffect::MayBeReplaced => false,
            _ => return,
        };
        let Some(resource) = self.new.resources.get(&change.id) else { return };
        let Some(key) = self.new_keys.by_id.get(&change.id) else { return };
        // A name that is made of a new resource is new as well.
        let through = |effects: &[ResourceEffect]| {
            key.dependencies().iter().any(|dependency| match dependency {
                Dependency::Name(name) => self.effect(name).is_some_and(|effect| effects.contains(&effect)),
                _ => false,
            })
        };
        if through(&[ResourceEffect::Added, ResourceEffect::Renamed, ResourceEffect::Replaced]) {
            return;
        }
        let is_redefined = key.values().iter().any(|value| self.redefined.reaches(value));
        let is_certain = is_certain && !is_redefined && !through(&[ResourceEffect::MayBeReplaced]);
        for id in self.old_keys.owners(key, &change.id) {
            let is_same = *id == change.id;
            // What may replace it gives it another name, too.
            if is_same && is_redefined {
                continue;
            }
            let condition = self.old.resources.get(id).and_then(|other| other.attributes.get("Condition"));
            let same_condition = condition == resource.attributes.get("Condition");
            let uncertain = !is_certain || !key.is_known || !same_condition;
            let stays = self.new_keys.by_id.get(id).is_some_and(|now| now.conflicts(key));
            let owner = if is_same {
                Owner::Itself
            } else if stays {
                Owner::Stays(id)
            } else {
                Owner::Leaves(id)
            };
            let (text, help) = conflict(key, owner);
            let pointer = if key.what == What::Name { format!("/Properties/{}", key.name.0) } else { String::new() };
            found.insert(hazard(change, pointer, text, Some(help), uncertain));
        }
        for id in self.new_keys.owners(key, &change.id) {
            let is_new = self.effect(id) == Some(ResourceEffect::Added) && change.effect == ResourceEffect::Added;
            let condition = self.new.resources.get(id).and_then(|other| other.attributes.get("Condition"));
            if is_new && *id < change.id && condition == resource.attributes.get("Condition") {
                let (text, help) = conflict(key, Owner::Stays(id));
                found.insert(hazard(change, String::new(), text, Some(help), !key.is_known));
            }
        }
    }

    /// Finds what cannot be deleted.
    fn deleted(&self, change: &ResourceChange, found: &mut BTreeSet<Hazard>) {
        let creates = match change.effect {
            ResourceEffect::Deleted | ResourceEffect::MayBeDeleted => false,
            ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed => true,
            _ => return,
        };
        // A deployment that fails before anything is deleted leaves it as it is.
        let first = Hazard { id: change.id.clone(), ..Hazard::default() };
        if found.range(first..).take_while(|known| known.id == change.id).any(|known| !known.uncertain) {
            return;
        }
        let old_id = change.old_id.as_ref().unwrap_or(&change.id);
        let Some(resource) = self.old.resources.get(old_id) else { return };
        let attribute =
            if creates && change.effect != ResourceEffect::Renamed { "UpdateReplacePolicy" } else { "DeletionPolicy" };
        let governing = match self.new.resources.get(&change.id) {
            Some(now) if attribute == "UpdateReplacePolicy" => now,
            _ => resource,
        };
        if risk::keeps(risk::policy(governing, attribute)) {
            return;
        }
        let may = matches!(change.effect, ResourceEffect::MayBeDeleted | ResourceEffect::MayBeReplaced);
        if risk::is_kept_full(resource) {
            let text = "it is deleted only if it is empty: otherwise the deletion fails, and it is left in the account, outside \
                        the stack";
            let help = format!("empty it first, or set `{attribute}: Retain` to leave it there on purpose");
            found.insert(hazard(change, String::new(), text.to_owned(), Some(help), true));
        }
        if let Some((property, value)) = risk::lock(resource) {
            let text = format!(
                "`{property}` is `{value}`: the deletion fails, and the resource is left in the account, outside the stack"
            );
            let help = format!("deploy with `{property}` off first, or set `{attribute}: Retain`");
            found.insert(hazard(change, format!("/Properties/{property}"), text, Some(help), may));
        }
    }

    /// Finds updates that CloudFormation or the service rejects.
    fn updated(&self, change: &ResourceChange, found: &mut BTreeSet<Hazard>) {
        let Some(after) = self.new.resources.get(&change.id) else { return };
        let kind = schema::deployed_type(&after.resource_type);
        for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
            let is_new = change.effect == ResourceEffect::Added
                || change.changes.iter().any(|value| value.pointer == format!("/{attribute}"));
            if is_new
                && after.word(attribute) == Some("Snapshot")
                && kind.starts_with("AWS::")
                && schema::of(kind).is_none_or(|schema| !schema.has_snapshots())
            {
                let text = format!("`{attribute}` is `Snapshot`, which CloudFormation does not support for `{kind}`");
                let help = "set it to `Retain` or `Delete`".to_owned();
                found.insert(hazard(change, format!("/{attribute}"), text, Some(help), false));
            }
        }
        // A new logical id is a new resource, which can have any value.
        let Some(before) = self.old.resources.get(&change.id).filter(|_| change.old_id.is_none()) else { return };
        let was = schema::deployed_type(&before.resource_type);
        if was != kind {
            if after.generated_by.is_none() && !was.starts_with("Fn::") && !kind.starts_with("Fn::") {
                let was = former_type(&before.resource_type);
                let text = format!("{was}: CloudFormation rejects a new type under the same logical id");
                let help = "give the new resource a logical id of its own".to_owned();
                found.insert(hazard(change, "/Type".to_owned(), text, Some(help), false));
            }
            return;
        }
        for refusal in refused::updates(before, after, change.effect == ResourceEffect::Replaced) {
            let help = Some(refusal.help.to_owned());
            found.insert(hazard(change, refusal.pointer, refusal.text, help, refusal.uncertain));
        }
        // A fixed ending belongs to the name (SQS and SNS API Reference, `CreateQueue` and `CreateTopic`).
        for (fifo, name) in [("FifoQueue", "QueueName"), ("FifoTopic", "TopicName")] {
            let is_on = |resource: &DeployedResource| resource.property(&[fifo]).and_then(Node::word) == Some("true");
            let is_fifo = is_on(after);
            let changed = is_on(before) != is_fifo;
            if let Some(Node::Text(text)) = after.property(&[name])
                && changed
                && is_fifo != text.strip_suffix(".fifo").is_some()
            {
                let rule = if is_fifo { "must end in `.fifo`" } else { "cannot end in `.fifo`" };
                let text = format!("its name `{text}` {rule}, because `{fifo}` changed");
                found.insert(hazard(
                    change,
                    format!("/Properties/{name}"),
                    text,
                    Some("change the name".to_owned()),
                    false,
                ));
            }
        }
    }

    /// Finds exports that another stack may import: CloudFormation then rejects any change of them (User Guide, "Get exported
    /// outputs from a deployed CloudFormation stack").
    fn exports(&self, found: &mut BTreeSet<Hazard>) {
        let none = BTreeMap::new();
        let outputs = |stack: &'_ Stack| -> Vec<(String, Node, Option<Node>, Option<Node>)> {
            let outputs = stack.sections.get("Outputs").unwrap_or(&none);
            let export = |(id, output): (&String, &Node)| {
                let name = output.at(&["Export", "Name"])?.clone();
                Some((id.clone(), name, output.member("Value").cloned(), output.member("Condition").cloned()))
            };
            outputs.iter().filter_map(export).collect()
        };
        let (before, after) = (outputs(self.old), outputs(self.new));
        let mut by_name: BTreeMap<&Node, Vec<usize>> = BTreeMap::new();
        let mut number_before: BTreeMap<(&Node, Option<&Node>), usize> = BTreeMap::new();
        for (at, (_, name, ..)) in after.iter().enumerate() {
            by_name.entry(name).or_default().push(at);
        }
        for (_, name, _, condition) in &before {
            *number_before.entry((name, condition.as_ref())).or_default() += 1;
        }
        let mut seen = BTreeSet::new();
        let hazard = |id: &str, pointer: &str, text: String, help: &str, uncertain| Hazard {
            id: id.to_owned(),
            resource_type: "Output".to_owned(),
            pointer: pointer.to_owned(),
            text,
            help: Some(help.to_owned()),
            uncertain,
        };
        for (id, name, value, condition) in &before {
            let shown = shown(Some(name));
            let name = name.renamed(self.renamed);
            let value = value.as_ref().map(|value| value.renamed(self.renamed));
            let now = by_name.get(&name).and_then(|outputs| outputs.first()).and_then(|at| after.get(*at));
            let follows = now.is_some_and(|(_, _, value, _)| value.as_ref().is_some_and(|value| self.is_new(value)));
            let what = match now {
                None => "is removed",
                Some((_, _, now, _)) if *now != value || follows => "has a new value",
                Some((_, _, _, now)) if now != condition => "depends on another condition",
                Some(_) => continue,
            };
            let text = format!("the export {shown} {what}: CloudFormation rejects it while another stack imports it");
            let help = "have the other stacks stop importing it first";
            let pointer = if now.is_none() { "/Export" } else { "/Value" };
            found.insert(hazard(id, pointer, text, help, true));
        }
        for (id, name, _, condition) in &after {
            let export = (name, condition.as_ref());
            let is_old = number_before.get(&export).is_some_and(|number| *number > 1);
            if !seen.insert(export) && !is_old {
                let shown = shown(Some(name));
                let text = format!(
                    "a second output exports {shown}: the names of exports are unique in an account and Region"
                );
                found.insert(hazard(id, "/Export/Name", text, "give one of them another name", false));
            }
        }
    }

    /// Whether a value comes from a resource that is created.
    fn is_new(&self, value: &Node) -> bool {
        let mut on = BTreeSet::new();
        value.dependencies(&mut on);
        let creates = [ResourceEffect::Renamed, ResourceEffect::Replaced, ResourceEffect::MayBeReplaced];
        on.iter().any(|dependency| match dependency {
            Dependency::Name(name) => self.effect(name).is_some_and(|effect| creates.contains(&effect)),
            _ => false,
        })
    }
}

/// Which resource has the key that another one needs.
#[derive(Clone, Copy)]
enum Owner<'a> {
    /// The same one, which is replaced.
    Itself,
    /// One that is deleted, but only after everything is created.
    Leaves(&'a str),
    /// One that is still in the template.
    Stays(&'a str),
}

/// Explains which key a resource cannot have, and the way out.
fn conflict(key: &Key, owner: Owner<'_>) -> (String, String) {
    let (property, value) = &key.name;
    let order = match owner {
        Owner::Itself => "the new one is created before the old one is deleted".to_owned(),
        Owner::Leaves(owner) => format!("it is created before `{owner}` is deleted"),
        Owner::Stays(owner) => format!("`{owner}` is still in the template"),
    };
    let other = match owner {
        Owner::Itself => "the old one".to_owned(),
        Owner::Leaves(owner) | Owner::Stays(owner) => format!("`{owner}`"),
    };
    let text = match (key.what, owner) {
        (What::Name, Owner::Itself) => format!(
            "its `{property}`, `{value}`, does not change: CloudFormation cannot update a stack when a custom-named resource \
             requires replacing"
        ),
        (What::Name, _) => {
            format!("its `{property}`, `{value}`, is that of {other}: {order}, and the service rejects a second one")
        }
        (What::Mapping, _) => format!(
            "it reads the same source, `{value}`, for the same function as {other}: {order}, and Lambda rejects a second mapping \
             (409, `ResourceConflictException`)"
        ),
        (What::ConsumerGroup, _) => format!(
            "it has the consumer group of {other}, `{value}`: {order}, and Lambda rejects a second mapping with that group"
        ),
    };
    let help = match (key.what, owner) {
        (_, Owner::Stays(_)) => "remove one of the two".to_owned(),
        (What::Name, Owner::Itself) => format!("change `{property}` too"),
        (What::Name, Owner::Leaves(owner)) => {
            format!("change `{property}`, keep the logical id `{owner}`, or deploy once without it")
        }
        (What::Mapping, Owner::Itself) => {
            "undo what requires the replacement, or deploy once without the mapping".to_owned()
        }
        (What::Mapping, Owner::Leaves(owner)) => {
            format!("keep the logical id `{owner}`, or deploy once without the mapping")
        }
        (What::ConsumerGroup, _) => "change the group too, or deploy once without the mapping".to_owned(),
    };
    (text, help)
}

/// Finds sections that hold more than CloudFormation accepts.
fn quotas(old: &Stack, new: &Stack, found: &mut BTreeSet<Hazard>) {
    for (section, most) in QUOTAS {
        let count = |stack: &Stack| match section {
            "Resources" => stack.resources.len(),
            _ => stack.sections.get(section).map_or(0, BTreeMap::len),
        };
        let (before, after) = (count(old), count(new));
        if after > most && after != before {
            found.insert(Hazard {
                id: section.to_owned(),
                resource_type: "section".to_owned(),
                pointer: String::new(),
                text: format!("{after} of them: CloudFormation accepts {most} in a template"),
                help: Some("move some to a stack of their own".to_owned()),
                uncertain: false,
            });
        }
    }
}

fn hazard(change: &ResourceChange, pointer: String, text: String, help: Option<String>, uncertain: bool) -> Hazard {
    Hazard { id: change.id.clone(), resource_type: change.resource_type.clone(), pointer, text, help, uncertain }
}

#[cfg(test)]
mod tests;
