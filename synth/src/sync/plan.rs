//! The steps that would change Port.

use std::collections::{BTreeMap, BTreeSet};

use review::compare::differences;
use review::compare::report::ValueChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::normalize::normalized;
use super::order;
use super::state::{PortState, ResourceKind};

/// The version of a plan's file.
pub(super) const VERSION: u32 = 1;

/// Every step from what Port has to what it should have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SyncPlan {
    /// [`VERSION`].
    pub version: u32,
    /// In the order in which they are applied.
    pub steps: Vec<Step>,
    /// How many documents do not change.
    pub unchanged: usize,
}

/// One API call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Kind of the document.
    pub kind: ResourceKind,
    /// Identifier of the document.
    pub identifier: String,
    /// What the step does.
    #[serde(rename = "deed")]
    pub verb: Verb,
    /// What changes in the document; empty if it is created or deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ValueChange>,
    /// What would be lost, each as a message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destroys: Vec<String>,
    /// Body of the call; null for a deletion.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What a step does to its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// `POST`
    Create,
    /// `PUT` of a document that exists.
    Change,
    /// `PUT` of a blueprint that an earlier step created without its relations to blueprints that did not exist yet.
    Complete,
    /// `DELETE`
    Delete,
}

/// What a plan may touch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// Delete actions of our blueprints that are in no input file.
    pub prune: bool,
    /// Delete these blueprints if they are in no input file. Other blueprints are never deleted, since an organisation may
    /// have some that we do not manage.
    pub prune_blueprints: Vec<String>,
}

/// Plans the steps from `held` to `wanted`. Documents that are equal once normalized need no step, so that the plan is
/// empty after an apply.
pub fn plan(held: &PortState, wanted: &PortState, options: &Options) -> SyncPlan {
    let mut plan = SyncPlan { version: VERSION, steps: Vec::new(), unchanged: 0 };
    plan.blueprints(held, wanted);
    for (name, action) in &wanted.actions {
        plan.document(ResourceKind::Action, name, held.actions.get(name), action);
    }
    plan.prune(held, wanted, options);
    plan
}

impl SyncPlan {
    /// Adds new blueprints first, so that the relations of others find them, and the relations that close a cycle last.
    fn blueprints(&mut self, held: &PortState, wanted: &PortState) {
        let is_new = |name: &str| !held.blueprints.contains_key(name);
        let new: BTreeMap<&str, &Value> = wanted
            .blueprints
            .iter()
            .filter(|(name, _)| is_new(name))
            .map(|(name, document)| (name.as_str(), document))
            .collect();
        let mut completed = Vec::new();
        for (name, open) in order::order(&new) {
            let Some(blueprint) = new.get(name) else { continue };
            let step = |verb, body| Step {
                kind: ResourceKind::Blueprint,
                identifier: name.to_owned(),
                verb,
                changes: Vec::new(),
                destroys: Vec::new(),
                body,
            };
            let first = order::first(blueprint, name, &open);
            completed.extend(first.is_some().then(|| step(Verb::Complete, (*blueprint).clone())));
            self.steps.push(step(Verb::Create, first.unwrap_or_else(|| (*blueprint).clone())));
        }
        for (name, blueprint) in wanted.blueprints.iter().filter(|(name, _)| !is_new(name)) {
            self.document(ResourceKind::Blueprint, name, held.blueprints.get(name), blueprint);
        }
        self.steps.extend(completed);
    }

    fn document(&mut self, kind: ResourceKind, name: &str, held: Option<&Value>, wanted: &Value) {
        let mut step = Step {
            kind,
            identifier: name.to_owned(),
            verb: Verb::Create,
            changes: Vec::new(),
            destroys: Vec::new(),
            body: wanted.clone(),
        };
        if let Some(held) = held {
            let (before, after) = (normalized(kind, held), normalized(kind, wanted));
            if before != after {
                step.changes = differences(&before, &after);
            }
            if step.changes.is_empty() {
                self.unchanged += 1;
                return;
            }
            step.verb = Verb::Change;
            if kind == ResourceKind::Blueprint {
                step.destroys = destroys(held, wanted);
            }
        }
        self.steps.push(step);
    }

    /// Deletes actions before blueprints, and a blueprint before those that it relates to.
    fn prune(&mut self, held: &PortState, wanted: &PortState, options: &Options) {
        let delete = |kind, name: &str, destroys| Step {
            kind,
            identifier: name.to_owned(),
            verb: Verb::Delete,
            changes: Vec::new(),
            destroys,
            body: Value::Null,
        };
        let gone: BTreeSet<&str> = options
            .prune_blueprints
            .iter()
            .map(String::as_str)
            .filter(|name| held.blueprints.contains_key(*name) && !wanted.blueprints.contains_key(*name))
            .collect();
        for (name, action) in held.actions.iter().filter(|(name, _)| !wanted.actions.contains_key(*name)) {
            let blueprint = action.pointer("/trigger/blueprintIdentifier").and_then(Value::as_str).unwrap_or_default();
            if gone.contains(blueprint) || (options.prune && wanted.blueprints.contains_key(blueprint)) {
                self.steps.push(delete(ResourceKind::Action, name, Vec::new()));
            }
        }
        let documents = gone.iter().filter_map(|name| Some((*name, held.blueprints.get(*name)?))).collect();
        let stay = held.blueprints.iter().filter(|(name, _)| !wanted.blueprints.contains_key(*name));
        let stay: Vec<(&String, &Value)> =
            stay.filter(|(name, _)| !gone.contains(name.as_str())).chain(&wanted.blueprints).collect();
        for (name, _) in order::order(&documents).into_iter().rev() {
            let mut destroys = vec![format!("blueprint `{name}` is deleted; Port refuses this while it has entities")];
            for (other, document) in &stay {
                let leads = |relation: &Value| relation.get("target").is_some_and(|target| target == name);
                let dangling = order::relations(document).filter(|(_, relation)| leads(relation));
                destroys.extend(
                    dangling.map(|(key, _)| format!("relation `{key}` of blueprint `{other}` would lose its target")),
                );
            }
            self.steps.push(delete(ResourceKind::Blueprint, name, destroys));
        }
    }

    /// Whether the plan has the version that this synth writes.
    pub fn is_of_this_version(&self) -> bool {
        self.version == VERSION
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether any step would lose data.
    pub fn destroys(&self) -> bool {
        self.steps.iter().any(|step| !step.destroys.is_empty())
    }
}

/// Returns what the entities of a blueprint lose by a change.
fn destroys(held: &Value, wanted: &Value) -> Vec<String> {
    let properties = |document: &Value| {
        document.pointer("/schema/properties").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let (before, after) = (properties(held), properties(wanted));
    let mut destroys = Vec::new();
    for (key, old) in &before {
        let kind = |document: &Value| document.get("type").and_then(Value::as_str).unwrap_or("?").to_owned();
        match after.get(key) {
            None => destroys.push(format!("property `{key}` is removed, with its value in every entity")),
            Some(new) if kind(old) != kind(new) => {
                destroys.push(format!(
                    "property `{key}` changes from {} to {}; existing values no longer fit",
                    kind(old),
                    kind(new)
                ));
            }
            Some(_) => {}
        }
    }
    let relation = |document: &Value, key: &str| document.pointer(&format!("/relations/{key}/target")).cloned();
    for (key, _) in order::relations(held) {
        match (relation(held, key), relation(wanted, key)) {
            (_, None) => destroys.push(format!("relation `{key}` is removed, with its value in every entity")),
            (old, new) if old != new => {
                destroys.push(format!("relation `{key}` gets a different target; existing values no longer fit"));
            }
            _ => {}
        }
    }
    destroys
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Up to four blueprints that relate to each other, some with an action.
    fn documents() -> impl Strategy<Value = PortState> {
        let blueprint = (0..4_u8, prop::collection::vec(0..4_u8, 0..3), any::<bool>(), 0..3_u8);
        prop::collection::vec(blueprint, 0..5).prop_map(|blueprints| {
            let types = ["string", "number", "boolean"];
            let mut documents = PortState::default();
            for (name, targets, acts, shape) in blueprints {
                let name = format!("b{name}");
                let relation = |target: &u8| (format!("r{target}"), json!({"target": format!("b{target}"), "many": false}));
                let mut blueprint = json!({"identifier": name, "title": "B",
                    "schema": {"properties": {"p": {"type": types[usize::from(shape)]}}},
                    "relations": targets.iter().map(relation).collect::<serde_json::Map<_, _>>()});
                if let Some(target) = targets.first() {
                    blueprint["aggregationProperties"] = json!({"count": {"target": format!("b{target}")}});
                }
                documents.blueprints.insert(name.clone(), blueprint);
                if acts {
                    let action = json!({"identifier": format!("a_{name}"), "trigger": {"blueprintIdentifier": name}, "title": shape});
                    documents.actions.insert(format!("a_{name}"), action);
                }
            }
            documents
        })
    }

    /// Applies a step to a fake Port, which refuses relations without a target.
    fn done(held: &mut PortState, step: &Step, also: &PortState) {
        let name = step.identifier.clone();
        let known = |held: &PortState, target: &str| {
            target == name || held.blueprints.contains_key(target) || !also.blueprints.contains_key(target)
        };
        match (step.kind, step.verb) {
            (ResourceKind::Blueprint, Verb::Delete) => drop(held.blueprints.remove(&name).unwrap()),
            (ResourceKind::Action, Verb::Delete) => drop(held.actions.remove(&name).unwrap()),
            (ResourceKind::Action, _) => {
                let blueprint = step.body["trigger"]["blueprintIdentifier"].as_str().unwrap();
                assert!(held.blueprints.contains_key(blueprint), "{step:?}");
                held.actions.insert(name, step.body.clone());
            }
            (ResourceKind::Blueprint, verb) => {
                assert_eq!(held.blueprints.contains_key(&name), verb != Verb::Create, "{step:?}");
                for (_, relation) in order::relations(&step.body) {
                    assert!(known(held, relation["target"].as_str().unwrap()), "{step:?}");
                }
                for count in step.body["aggregationProperties"].as_object().into_iter().flatten() {
                    assert!(known(held, count.1["target"].as_str().unwrap()), "{step:?}");
                }
                let mut body = step.body.clone();
                body["createdAt"] = "2026-01-01".into();
                held.blueprints.insert(name, body);
            }
        }
    }

    proptest! {
        /// Wherever an apply stops, the next one finishes it. Afterwards there is nothing left to do.
        #[test]
        fn an_apply_that_stops_can_be_resumed(held in documents(), wanted in documents(), stop in 0..20_usize) {
            let options = Options {
                prune: true,
                prune_blueprints: held.blueprints.keys().cloned().collect(),
            };
            let mut port = held.clone();
            for stop in [stop, usize::MAX] {
                for step in plan(&port.clone(), &wanted, &options).steps.iter().take(stop) {
                    done(&mut port, step, &wanted);
                    // Nothing that is wanted is lost on the way.
                    let kept = |held: &BTreeMap<String, Value>, wanted: &BTreeMap<String, Value>, port: &BTreeMap<String, Value>| {
                        held.keys().all(|name| !wanted.contains_key(name) || port.contains_key(name))
                    };
                    prop_assert!(kept(&held.blueprints, &wanted.blueprints, &port.blueprints), "{step:?}");
                    prop_assert!(kept(&held.actions, &wanted.actions, &port.actions), "{step:?}");
                }
            }
            for blueprint in port.blueprints.values_mut().filter_map(Value::as_object_mut) {
                blueprint.shift_remove("createdAt");
            }
            prop_assert_eq!(&port.blueprints, &wanted.blueprints);
            prop_assert_eq!(&port.actions.iter().filter(|(name, _)| wanted.actions.contains_key(*name)).map(|(name, action)| (name.clone(), action.clone())).collect::<BTreeMap<_, _>>(), &wanted.actions);
            let after = plan(&port, &wanted, &options);
            prop_assert!(after.is_empty(), "{after:?}");
            prop_assert_eq!(after.unchanged, wanted.blueprints.len() + wanted.actions.len());
            prop_assert_eq!(port.blueprints.len(), wanted.blueprints.len());
        }

        #[test]
        fn nothing_is_deleted_unasked(held in documents(), wanted in documents()) {
            let plan = plan(&held, &wanted, &Options::default());
            prop_assert!(plan.steps.iter().all(|step| step.verb != Verb::Delete));
        }
    }

    #[test]
    fn relations_to_a_deleted_blueprint_are_reported() {
        let relation = |target: &str| json!({"relations": {"r": {"target": target}}});
        let blueprints = |named: &[(&str, &str)]| PortState {
            blueprints: named.iter().map(|(name, target)| ((*name).to_owned(), relation(target))).collect(),
            ..PortState::default()
        };
        let held = blueprints(&[("gone", "also"), ("also", "gone"), ("ours", "elsewhere"), ("theirs", "also")]);
        let wanted = blueprints(&[("ours", "gone")]);
        let prune_blueprints = vec!["gone".to_owned(), "also".to_owned()];
        let plan = plan(&held, &wanted, &Options { prune: false, prune_blueprints });
        let losses: Vec<&str> = plan.steps.iter().flat_map(|step| &step.destroys).map(String::as_str).collect();
        assert_eq!(
            losses,
            [
                "relation `r` gets a different target; existing values no longer fit",
                "blueprint `gone` is deleted; Port refuses this while it has entities",
                "relation `r` of blueprint `ours` would lose its target",
                "blueprint `also` is deleted; Port refuses this while it has entities",
                "relation `r` of blueprint `theirs` would lose its target",
            ]
        );
    }

    /// An action is deleted with its blueprint, or if asked for, and never one of somebody else's blueprint.
    #[test]
    fn actions_are_deleted_with_their_blueprint_or_if_asked() {
        let action = |name: &str| json!({"identifier": name, "trigger": {"blueprintIdentifier": name}});
        let state = |blueprints: &[&str], actions: &[&str]| PortState {
            blueprints: blueprints.iter().map(|name| ((*name).to_owned(), json!({"identifier": name}))).collect(),
            actions: actions.iter().map(|name| ((*name).to_owned(), action(name))).collect(),
        };
        let held = state(&["gone", "ours", "theirs"], &["gone", "ours", "theirs"]);
        let wanted = state(&["ours"], &[]);
        for (prune, prune_blueprints, want) in [
            (false, vec![], vec![]),
            (false, vec!["gone"], vec!["action gone", "blueprint gone"]),
            (true, vec![], vec!["action ours"]),
            (true, vec!["gone"], vec!["action gone", "action ours", "blueprint gone"]),
            (false, vec!["ours", "unknown"], vec![]),
        ] {
            let prune_blueprints = prune_blueprints.into_iter().map(str::to_owned).collect();
            let plan = plan(&held, &wanted, &Options { prune, prune_blueprints });
            let steps = plan.steps.iter().map(|step| {
                assert_eq!((step.verb, &step.body), (Verb::Delete, &Value::Null));
                let kind = if step.kind == ResourceKind::Action { "action" } else { "blueprint" };
                format!("{kind} {}", step.identifier)
            });
            assert_eq!(steps.collect::<Vec<_>>(), want);
        }
    }

    #[test]
    fn lost_data_is_reported() {
        let held = json!({"schema": {"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}},
            "relations": {"r": {"target": "x"}, "s": {"target": "x"}}});
        let wanted = json!({"schema": {"properties": {"a": {"type": "number"}, "c": {"type": "string", "title": "C"}}},
            "relations": {"s": {"target": "y"}}});
        assert_eq!(
            destroys(&held, &wanted),
            [
                "property `a` changes from string to number; existing values no longer fit",
                "property `b` is removed, with its value in every entity",
                "relation `r` is removed, with its value in every entity",
                "relation `s` gets a different target; existing values no longer fit",
            ]
        );
    }
}
