//! What happens to each resource.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::difference::{self, Difference};
use super::draft::{Draft, Drafts};
use super::report::{Reason, ResourceChange, ResourceEffect, ValueChange};
use super::update::{self, Update};
use super::value::{self, Follow, Scope};
use super::{follow, risk, translated, words};
use crate::template::AS_WRITTEN;
use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// Returns what happens to the resources of `old` when `new` is deployed. `renamed` maps old logical ids to new ones.
pub(super) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<ResourceChange> {
    let mut drafts = Drafts::new();
    let old_ids: BTreeMap<&String, &String> = renamed.iter().map(|(from, to)| (to, from)).collect();
    for (id, resource) in &new.resources {
        let old_id = old_ids.get(id).copied();
        let before = old.resources.get(old_id.unwrap_or(id));
        let mut draft = Draft::new(resource);
        match before {
            None => draft.effect = ResourceEffect::Added,
            Some(before) => {
                compare((before, old), (resource, new), renamed, &mut draft);
                if let Some(old_id) = old_id {
                    draft.old_id = Some(old_id.clone());
                    draft.because(ResourceEffect::Renamed, new_id(old_id));
                }
                if draft.is_empty() {
                    continue;
                }
            }
        }
        drafts.insert(id.clone(), draft);
    }
    for (id, resource) in old.resources.iter().filter(|(id, _)| !renamed.contains_key(*id)) {
        if !new.resources.contains_key(id) {
            let effect = if risk::keeps(risk::policy(resource, "DeletionPolicy")) {
                ResourceEffect::Released
            } else {
                ResourceEffect::Deleted
            };
            drafts.insert(id.clone(), Draft { effect, ..Draft::new(resource) });
        }
    }
    follow::settings(old, new, &mut drafts);
    follow::replacements(new, &mut drafts);
    let mut changes: Vec<ResourceChange> =
        drafts.into_iter().map(|(id, draft)| finished(id, draft, old, new)).collect();
    changes.sort_by(|a, b| (b.effect, &a.id).cmp(&(a.effect, &b.id)));
    changes
}

fn finished(id: String, draft: Draft, old: &Stack, new: &Stack) -> ResourceChange {
    let Draft { old_id, resource_type, generated_by, mut effect, reasons, changes } = draft;
    let before = old.resources.get(old_id.as_ref().unwrap_or(&id));
    if effect == ResourceEffect::MayBeDeleted
        && before.is_some_and(|before| risk::keeps(risk::policy(before, "DeletionPolicy")))
    {
        effect = ResourceEffect::Released;
    }
    let is_deleted = matches!(
        effect,
        ResourceEffect::Deleted | ResourceEffect::MayBeDeleted | ResourceEffect::Released | ResourceEffect::Renamed
    );
    let risk = before.and_then(|before| {
        let after = new.resources.get(&id).filter(|_| !is_deleted);
        let policy = match after {
            Some(after) => risk::policy(after, "UpdateReplacePolicy"),
            None => risk::policy(before, "DeletionPolicy"),
        };
        risk::risk(before, old, effect, policy)
    });
    ResourceChange {
        id,
        old_id,
        resource_type,
        generated_by,
        effect,
        reasons: reasons.into_iter().collect(),
        risk,
        changes,
    }
}

/// Explains what a new logical id means: CloudFormation identifies a resource by nothing else.
fn new_id(old_id: &str) -> Reason {
    let text = format!("its logical id was `{old_id}`: CloudFormation creates a new resource and deletes the old one");
    Reason { pointer: String::new(), text, follows: None }
}

/// Compares a resource with its old version.
fn compare(
    (old, old_stack): (&DeployedResource, &Stack),
    (new, new_stack): (&DeployedResource, &Stack),
    renamed: &BTreeMap<String, String>,
    draft: &mut Draft,
) {
    if old.resource_type != new.resource_type {
        let (effect, text) = new_type(old, new);
        draft.because(effect, Reason { pointer: "/Type".to_owned(), text, follows: None });
    }
    let mut before: BTreeMap<String, Node> =
        old.attributes.iter().map(|(key, value)| (key.clone(), value.renamed(renamed))).collect();
    let mut after = Cow::Borrowed(&new.attributes);
    if translated::is_same(&old.resource_type, &new.resource_type) {
        before = translated::attributes(&old.resource_type, before);
        after = Cow::Owned(translated::attributes(&new.resource_type, after.into_owned()));
    }
    for difference in difference::members(&before, &after) {
        let place = place(&difference.path);
        draft.changes.push(ValueChange { pointer: place.clone(), ..difference.to_change() });
        let found = match difference.path.split_first() {
            Some((attribute, _)) if attribute == "Condition" => condition(&difference),
            Some((attribute, below)) if attribute == "Properties" => {
                let (before, after) = (difference.old.clone(), difference.new.clone());
                let below = Difference { path: below.to_vec(), old: before, new: after };
                let sides = [(old, old_stack), (new, new_stack)];
                property(new, &below).and_then(|found| unless_equal(found, &below, sides))
            }
            _ => None,
        };
        if let Some((effect, text)) = found {
            draft.because(effect, Reason { pointer: place, text, follows: None });
        }
    }
}

/// Returns a JSON Pointer below the resource in the template.
fn place(path: &[String]) -> String {
    let wrapped = path.len() > 1 && path[0] == "Properties" && path[1] == AS_WRITTEN;
    difference::pointer(if wrapped { &path[2..] } else { path })
}

/// Returns what a new type under the same logical id does to a resource.
fn new_type(old: &DeployedResource, new: &DeployedResource) -> (ResourceEffect, String) {
    let (was, is) = (&old.resource_type, &new.resource_type);
    if translated::is_same(was, is) {
        let text = format!("its type was `{was}`: SAM translates one to the other, so it is the same resource");
        return (ResourceEffect::Changed, text);
    }
    let text = if new.generated_by.is_some() {
        format!("it was a `{was}`; SAM generates different resources for each of the two")
    } else {
        words::former_type(was)
    };
    (ResourceEffect::Replaced, text)
}

/// Returns what a written change does to a resource if the value may be the same when deployed: nothing if mappings give
/// the same value, and at most a possible replacement if parameters do.
fn unless_equal(
    (effect, text): (ResourceEffect, String),
    difference: &Difference,
    [old, new]: [(&DeployedResource, &Stack); 2],
) -> Option<(ResourceEffect, String)> {
    // An argument of an intrinsic changed: what counts is what the intrinsic returns.
    let call = difference.path.iter().position(|step| step.starts_with("Fn::"));
    let side = |resource: &DeployedResource, written: &Option<Node>| match call {
        Some(end) => {
            resource.attributes.get("Properties").and_then(|all| all.nearest(&difference.path[..end])).cloned()
        }
        None => written.clone(),
    };
    let (Some(was), Some(is)) = (side(old.0, &difference.old), side(new.0, &difference.new)) else {
        return Some((effect, text));
    };
    let is_equal = |follow| value::followed(&was, old.1, follow) == value::followed(&is, new.1, follow);
    let [before, after] = Scope::both(old.1, new.1);
    if is_equal(Follow::Mappings) {
        return None;
    }
    let unless = if is_equal(Follow::Defaults) {
        "but the value stays the same unless the deployment sets a parameter"
    } else if value::is_same((before, &was), (after, &is)) {
        return None;
    } else if value::open_parameters(&was, before) != value::open_parameters(&is, after) {
        "unless the deployment sets a parameter to the same value"
    } else if value::may_be_same((before, &was), (after, &is)) {
        "but in some deployments the value stays the same"
    } else {
        return Some((effect, text));
    };
    Some((effect.min(ResourceEffect::MayBeReplaced), format!("{text}, {unless}")))
}

/// Returns what changing a resource's condition does to it.
fn condition(difference: &Difference) -> Option<(ResourceEffect, String)> {
    match (&difference.old, &difference.new) {
        (_, Some(now)) => {
            Some((ResourceEffect::MayBeDeleted, format!("now exists only if condition `{}` is true", now.to_text())))
        }
        (Some(before), None) => {
            Some((ResourceEffect::Changed, format!("now exists even if condition `{}` is false", before.to_text())))
        }
        (None, None) => None,
    }
}

/// Returns what a change below `Properties` does to a resource, if it is more than an update in place.
fn property(new: &DeployedResource, difference: &Difference) -> Option<(ResourceEffect, String)> {
    let top = difference.path.first().map_or("Properties", String::as_str);
    Some(match update::behavior(&new.resource_type, difference) {
        Some((Update::Replaces, None)) => (ResourceEffect::Replaced, format!("changing `{top}` requires replacement")),
        Some((Update::Replaces, Some(why))) => (ResourceEffect::Replaced, format!("`{top}`: {why}")),
        Some((Update::MayReplace, None)) => {
            (ResourceEffect::MayBeReplaced, format!("changing `{top}` may require replacement"))
        }
        Some((Update::MayReplace, Some(why))) => (ResourceEffect::MayBeReplaced, format!("`{top}`: {why}")),
        None if new.resource_type.starts_with("Fn::") => {
            let text = format!("what `{}` generates is known only at deployment", new.resource_type);
            return Some((ResourceEffect::MayBeReplaced, text));
        }
        None if new.resource_type.starts_with("AWS::")
            && !new.resource_type.starts_with("AWS::CloudFormation::Custom") =>
        {
            let text = format!(
                "it is not known which changes replace resources of type `{}`; create a change set to find out",
                new.resource_type
            );
            return Some((ResourceEffect::MayBeReplaced, text));
        }
        Some((Update::InPlace, _)) | None => return None,
    })
}
