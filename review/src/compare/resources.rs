//! What becomes of each resource.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{follow, risk};
use crate::compare::report::{Change, Effect, Reason, ResourceChange};
use crate::compare::tree::{self, Difference};
use crate::template::node::{Node, Target};
use crate::template::replacement::{self, Verdict};
use crate::template::stack::{Resource, Stack};

/// A resource on its way into the report.
#[derive(Debug)]
pub(crate) struct Draft {
    old_id: Option<String>,
    kind: String,
    of: Option<String>,
    pub(crate) effect: Effect,
    reasons: BTreeSet<Reason>,
    changes: Vec<Change>,
}

impl Draft {
    /// A resource to which nothing has happened yet.
    pub(crate) fn of(resource: &Resource) -> Self {
        Self {
            old_id: None,
            kind: resource.kind.clone(),
            of: resource.of.clone(),
            effect: Effect::Changed,
            reasons: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// The worse of what is known and what follows from a reason.
    pub(crate) fn because(&mut self, effect: Effect, reason: Reason) {
        self.effect = self.effect.max(effect);
        self.reasons.insert(reason);
    }
}

/// What becomes of the resources of `old` when `new` is deployed. `renamed` leads from old logical ids to new ones.
pub(crate) fn resources(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<ResourceChange> {
    let mut drafts = BTreeMap::new();
    let old_ids: BTreeMap<&String, &String> = renamed.iter().map(|(from, to)| (to, from)).collect();
    for (id, resource) in &new.resources {
        let old_id = old_ids.get(id).copied();
        let before = old.resources.get(old_id.unwrap_or(id));
        let mut draft = Draft::of(resource);
        match before {
            None => draft.effect = Effect::Added,
            Some(before) => {
                compared(before, resource, renamed, &mut draft);
                if let Some(old_id) = old_id {
                    draft.old_id = Some(old_id.clone());
                    draft.because(Effect::Renamed, new_id(old_id, before, resource));
                }
                if draft.changes.is_empty() && draft.reasons.is_empty() {
                    continue;
                }
            }
        }
        drafts.insert(id.clone(), draft);
    }
    for (id, resource) in old.resources.iter().filter(|(id, _)| !renamed.contains_key(*id)) {
        if !new.resources.contains_key(id) {
            let kept = matches!(resource.word("DeletionPolicy"), Some("Retain" | "RetainExceptOnCreate"));
            let effect = if kept { Effect::Released } else { Effect::Deleted };
            drafts.insert(id.clone(), Draft { effect, ..Draft::of(resource) });
        }
    }
    follow_settings(old, new, &mut drafts);
    follow::replacements(new, &mut drafts);
    for (id, draft) in drafts.iter_mut().filter(|(_, draft)| draft.effect == Effect::Replaced) {
        let (Some(before), Some(after)) = (old.resources.get(id), new.resources.get(id)) else { continue };
        if let Some(name) = kept_name(before, after) {
            let text = format!(
                "it keeps the name `{}`: CloudFormation refuses to replace what has a name of its own, unless that changes too",
                name.to_text()
            );
            draft.because(Effect::Replaced, Reason { pointer: String::new(), text, follows: None });
        }
    }
    let mut changes: Vec<ResourceChange> =
        drafts.into_iter().map(|(id, draft)| finished(id, draft, old, new)).collect();
    changes.sort_by(|a, b| (b.effect, &a.id).cmp(&(a.effect, &b.id)));
    changes
}

fn finished(id: String, draft: Draft, old: &Stack, new: &Stack) -> ResourceChange {
    let Draft { old_id, kind, of, effect, reasons, changes } = draft;
    let before = old.resources.get(old_id.as_ref().unwrap_or(&id));
    let goes = matches!(effect, Effect::Deleted | Effect::MayBeDeleted | Effect::Released | Effect::Renamed);
    let policy = if goes {
        before.and_then(|resource| resource.word("DeletionPolicy"))
    } else {
        new.resources.get(&id).and_then(|resource| resource.word("UpdateReplacePolicy"))
    };
    let risk = risk::risk(before.map_or(&kind, |before| &before.kind), effect, policy, before);
    ResourceChange { id, old_id, kind, made_of: of, effect, reasons: reasons.into_iter().collect(), risk, changes }
}

/// CloudFormation knows a resource by its logical id alone.
fn new_id(old_id: &str, before: &Resource, resource: &Resource) -> Reason {
    let name = kept_name(before, resource);
    let mut text = format!("its logical id was `{old_id}`: a new one is made, and the old one is deleted");
    if let Some(name) = name {
        let name = name.to_text();
        let _ = write!(text, ". Both bear the name `{name}`, so the deployment fails while the old one is there");
    } else if let Some(group) = consumer_group(resource) {
        let _ = write!(text, ". {}", group_conflict(&group));
    }
    Reason { pointer: String::new(), text, follows: None }
}

/// The name of its own that a resource has before and after.
fn kept_name<'a>(old: &Resource, new: &'a Resource) -> Option<&'a Node> {
    let key = replacement::own_name(&new.kind)?;
    let name = new.property(&[key]).filter(|name| matches!(name, Node::Text(_) | Node::Sub(_)))?;
    (old.kind == new.kind && old.property(&[key]) == Some(name)).then_some(name)
}

/// What an event source mapping calls its consumer group.
fn consumer_group(resource: &Resource) -> Option<String> {
    let configs = ["SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig"];
    configs.iter().find_map(|config| resource.property(&[config, "ConsumerGroupId"])).map(Node::to_text)
}

/// Lambda, "Customizable consumer group ID": it must be unique among all Kafka event sources.
fn group_conflict(group: &str) -> String {
    format!(
        "CloudFormation makes the new mapping before it deletes the old one, and Lambda refuses a second mapping with \
         consumer group `{group}`: give it another group in the same change, or deploy without the mapping first"
    )
}

fn compared(old: &Resource, new: &Resource, renamed: &BTreeMap<String, String>, draft: &mut Draft) {
    if old.kind != new.kind {
        let text = if new.of.is_some() {
            format!("it was a `{}`: SAM makes other resources of it", old.kind)
        } else {
            format!(
                "its type was `{}`: CloudFormation refuses another type under the same logical id; give it another id",
                old.kind
            )
        };
        draft.because(Effect::Replaced, Reason { pointer: "/Type".to_owned(), text, follows: None });
    }
    let before: BTreeMap<String, Node> =
        old.attributes.iter().map(|(key, value)| (key.clone(), value.renamed(renamed))).collect();
    for difference in tree::members(&before, &new.attributes) {
        draft.changes.push(difference.to_change());
        let Some((attribute, below)) = difference.path.split_first() else { continue };
        let reason = |text: String| Reason { pointer: difference.pointer(), text, follows: None };
        if attribute == "Condition" && difference.old != difference.new {
            let condition = |node: &Option<Node>| node.as_ref().map(Node::to_text);
            match (condition(&difference.old), condition(&difference.new)) {
                (_, Some(now)) => {
                    let text = format!("is there only if condition `{now}` holds from now on");
                    draft.because(Effect::MayBeDeleted, reason(text));
                }
                (Some(before), None) => {
                    draft.because(
                        Effect::Changed,
                        reason(format!("is there also where condition `{before}` does not hold")),
                    );
                }
                (None, None) => {}
            }
        }
        if attribute != "Properties" {
            continue;
        }
        let below = Difference { path: below.to_vec(), old: difference.old.clone(), new: difference.new.clone() };
        let top = below.path.first().map_or("Properties", String::as_str);
        match replacement::verdict(&new.kind, &below) {
            Some((Verdict::InPlace, _)) => {}
            Some((verdict, why)) => {
                let mut text =
                    why.map_or_else(|| format!("`{top}` cannot change in place"), |why| format!("`{top}`: {why}"));
                let effect = if verdict == Verdict::Replaces { Effect::Replaced } else { Effect::MayBeReplaced };
                if verdict == Verdict::MayReplace && why.is_none() {
                    text = format!("`{top}` cannot always change in place");
                }
                let same_group = consumer_group(old).filter(|group| consumer_group(new).as_ref() == Some(group));
                if let Some(group) = same_group {
                    let _ = write!(text, ". {}", group_conflict(&group));
                }
                draft.because(effect, reason(text));
            }
            None if new.kind.starts_with("Fn::") => {
                let text = format!("what `{}` makes is known only when it is deployed", new.kind);
                draft.because(Effect::MayBeReplaced, reason(text));
            }
            None if new.kind.starts_with("AWS::") && !new.kind.starts_with("AWS::CloudFormation::Custom") => {
                let text = format!("`{}` is not in the table of replacements: only CloudFormation can tell", new.kind);
                draft.because(Effect::MayBeReplaced, reason(text));
            }
            None => {}
        }
    }
}

/// Another definition of a condition or mapping, or another default of a parameter, changes what depends on it.
fn follow_settings(old: &Stack, new: &Stack, drafts: &mut BTreeMap<String, Draft>) {
    let names = |section: &str| -> BTreeSet<String> {
        let of =
            |stack: &Stack| stack.sections.get(section).into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let (one, other): (BTreeSet<String>, BTreeSet<String>) = (of(old), of(new));
        one.intersection(&other).filter(|name| old.entry(section, name) != new.entry(section, name)).cloned().collect()
    };
    let mappings = names("Mappings");
    let mut conditions = names("Conditions");
    let seeds = (conditions.clone(), mappings.clone());
    let mut through: BTreeSet<Target<'_>> = seeds.0.iter().map(|name| Target::Condition(name)).collect();
    through.extend(seeds.1.iter().map(|name| Target::Mapping(name)));
    new.spread(&mut through);
    conditions.extend(through.iter().filter_map(|target| match target {
        Target::Condition(name) => Some((*name).to_owned()),
        _ => None,
    }));
    let defaults: BTreeSet<String> = names("Parameters")
        .into_iter()
        .filter(|name| {
            let default =
                |stack: &Stack| stack.entry("Parameters", name).and_then(|node| node.member("Default")).cloned();
            default(old) != default(new)
        })
        .collect();
    for (id, resource) in new.resources.iter().filter(|(id, _)| old.resources.contains_key(*id)) {
        let mut draft = drafts.remove(id).unwrap_or_else(|| Draft::of(resource));
        let own = resource.word("Condition");
        let kept = |name: &&str| old.resources.get(id).and_then(|before| before.word("Condition")) == Some(*name);
        if let Some(condition) = own.filter(|name| conditions.contains(*name)).filter(kept) {
            let text = format!("condition `{condition}`, under which it is there, is another");
            let pointer = "/Condition".to_owned();
            draft.because(Effect::MayBeDeleted, Reason { pointer, text, follows: Some(condition.to_owned()) });
        }
        let targets = resource.targets();
        let dependent = targets.iter().filter_map(|target| match *target {
            Target::Condition(name) if conditions.contains(name) && own != Some(name) => {
                Some((name, "condition", false))
            }
            Target::Mapping(name) if mappings.contains(name) => Some((name, "mapping", false)),
            Target::Name(name) if defaults.contains(name) => Some((name, "parameter", true)),
            _ => None,
        });
        for (name, what, default) in dependent {
            let (worst, place) = worst(resource, name, what);
            // A stack that is deployed keeps its value unless it is given another; where that would replace something,
            // it is said all the same.
            if default && worst == Verdict::InPlace {
                continue;
            }
            let effect = if worst == Verdict::InPlace { Effect::Changed } else { Effect::MayBeReplaced };
            let text = if default {
                format!("parameter `{name}` has another default; a deployed stack may keep its value")
            } else {
                format!("{what} `{name}` is another")
            };
            draft.because(effect, Reason { pointer: place, text, follows: Some(name.to_owned()) });
        }
        if !draft.reasons.is_empty() || !draft.changes.is_empty() || draft.effect != Effect::Changed {
            drafts.insert(id.clone(), draft);
        }
    }
}

/// The worst that another value of a name can do to a resource, and where.
fn worst(resource: &Resource, name: &str, what: &str) -> (Verdict, String) {
    let mut worst = (Verdict::InPlace, String::new());
    let Some(Node::Map(properties)) = resource.attributes.get("Properties") else { return worst };
    for (key, value) in properties {
        let mut targets = BTreeSet::new();
        value.targets(&mut targets);
        let wanted = match what {
            "condition" => Target::Condition(name),
            "mapping" => Target::Mapping(name),
            _ => Target::Name(name),
        };
        if !targets.contains(&wanted) {
            continue;
        }
        let difference = Difference { path: vec![key.clone()], old: Some(value.clone()), new: Some(value.clone()) };
        let verdict =
            replacement::verdict(&resource.kind, &difference).map_or(Verdict::InPlace, |(verdict, _)| verdict);
        if worst.1.is_empty() || verdict > worst.0 {
            worst = (verdict, format!("/Properties/{key}"));
        }
    }
    worst
}
