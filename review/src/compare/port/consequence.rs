//! What people and runs will notice, in our own words: from the function's plan and from what Port will hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::documents::PortDocuments;
use super::field;
use crate::compare::report::{Happens, Meaning, Subject};
use crate::compare::words::{list, value as shown};

/// What is noticed, in the order of [`Meaning`]. Without a plan on both sides nothing is said of what runs do.
pub(crate) fn meaning(
    plans: Option<(&Value, &Value)>,
    documents: Option<(&PortDocuments<'_>, &PortDocuments<'_>)>,
) -> Vec<Meaning> {
    let mut told = Told(BTreeSet::new());
    let mut planned = BTreeSet::new();
    if let Some((old, new)) = plans {
        told.function(old, new);
        let (old, new) = (actions(old), actions(new));
        planned = old.keys().chain(new.keys()).copied().collect();
        // Those that go on without the function.
        let elsewhere = documents.map(|(_, new)| &new.actions).into_iter().flatten();
        let elsewhere =
            elsewhere.filter(|(_, action)| method(action) != Some("KAFKA")).map(|(name, _)| *name).collect();
        told.plan(&old, &new, &elsewhere);
    }
    if let Some((old, new)) = documents {
        told.blueprints(&old.blueprints, &new.blueprints);
        told.actions(&old.actions, &new.actions, &planned);
    }
    told.0.into_iter().collect()
}

/// The actions of a plan, by identifier.
fn actions(plan: &Value) -> BTreeMap<&str, &Value> {
    let actions = plan.get("actions").and_then(Value::as_array).into_iter().flatten();
    actions.filter_map(|action| Some((text(action, "action")?, action))).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// An object's pairs by key; of anything else none.
fn pairs(value: Option<&Value>) -> BTreeMap<&str, &Value> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect()
}

/// How an action's runs leave Port.
fn method(action: &Value) -> Option<&str> {
    text(action.get("invocationMethod")?, "type")
}

fn names(value: Option<&Value>) -> BTreeSet<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Keys of both, each with what it has on either side.
fn both<'a, T: Copy>(
    old: &BTreeMap<&'a str, T>,
    new: &BTreeMap<&'a str, T>,
) -> impl Iterator<Item = (&'a str, Option<T>, Option<T>)> {
    let keys: BTreeSet<&'a str> = old.keys().chain(new.keys()).copied().collect();
    let found: Vec<_> = keys.into_iter().map(|key| (key, old.get(key).copied(), new.get(key).copied())).collect();
    found.into_iter()
}

/// What a meaning is about, with its blueprint and action.
#[derive(Clone, Copy)]
struct About<'a> {
    subject: Subject,
    blueprint: &'a str,
    action: Option<&'a str>,
}

struct Told(BTreeSet<Meaning>);

impl Told {
    fn tell(&mut self, about: About<'_>, name: Option<&str>, happens: Happens, text: String) {
        self.0.insert(Meaning {
            subject: about.subject,
            blueprint: about.blueprint.to_owned(),
            action: about.action.map(str::to_owned),
            name: name.map(str::to_owned),
            happens,
            text,
        });
    }

    /// What holds for all runs.
    fn function(&mut self, old: &Value, new: &Value) {
        let about = About { subject: Subject::Function, blueprint: "", action: None };
        for (key, words) in [
            ("signatures", "what is asked of Port's signatures"),
            ("replayWindow", "how many seconds a signature's time may be off"),
            ("concurrency", "how many runs of a batch go side by side"),
            ("runLog", "which runs get a line in their log in Port"),
            ("partialBatchResponse", "whether only the unfinished runs of a batch come again"),
        ] {
            if let (before, Some(after)) = (old.get(key), new.get(key))
                && before != Some(after)
            {
                let was = before.map_or_else(|| "not said".to_owned(), shown);
                self.tell(about, Some(key), Happens::Changed, format!("{words}: {}, was {was}", shown(after)));
            }
        }
    }

    /// Which runs reach the function, and what it writes.
    fn plan(&mut self, old: &BTreeMap<&str, &Value>, new: &BTreeMap<&str, &Value>, elsewhere: &BTreeSet<&str>) {
        for (name, before, after) in both(old, new) {
            let kind = |action: &Value| {
                let (operation, blueprint) = (text(action, "operation"), text(action, "blueprint"));
                format!("{} on `{}`", operation.unwrap_or("?"), blueprint.unwrap_or("?"))
            };
            let blueprint = after.or(before).and_then(|action| text(action, "blueprint")).unwrap_or_default();
            let about = About { subject: Subject::Action, blueprint, action: Some(name) };
            match (before, after) {
                (None, Some(after)) => {
                    let text = format!("action `{name}` ({}) added: its runs now reach the function", kind(after));
                    self.tell(about, None, Happens::Added, text);
                }
                (Some(before), None) => {
                    let end = if elsewhere.contains(name) { "" } else { ", and nobody ends them" };
                    let text = format!(
                        "action `{name}` ({}) removed: its runs no longer reach the function{end}",
                        kind(before)
                    );
                    self.tell(about, None, Happens::Removed, text);
                }
                (Some(before), Some(after)) => {
                    if kind(before) != kind(after) {
                        let text = format!("action `{name}` is now {}, was {}", kind(after), kind(before));
                        self.tell(about, None, Happens::Changed, text);
                    }
                    self.one(about, name, before, after);
                }
                (None, None) => {}
            }
        }
    }

    /// An action that both sides have.
    fn one(&mut self, about: About<'_>, name: &str, before: &Value, after: &Value) {
        let aliases = |action| names(Value::get(action, "aliases"));
        let (old, new) = (aliases(before), aliases(after));
        let (come, gone): (Vec<&str>, Vec<&str>) =
            (new.difference(&old).copied().collect(), old.difference(&new).copied().collect());
        if !come.is_empty() {
            let text = format!("messages that call `{name}` {} now reach the function too", list(come));
            self.tell(about, Some("aliases"), Happens::Changed, text);
        }
        if !gone.is_empty() {
            let text = format!("messages that call `{name}` {} no longer reach the function", list(gone));
            self.tell(about, Some("without"), Happens::Changed, text);
        }
        let about = About { subject: Subject::Mapping, ..about };
        let (old, new) = (written(before), written(after));
        for (field, old, new) in both(&by_str(&old), &by_str(&new)) {
            let (happens, text) = match (old, new) {
                (Some(old), Some(new)) if old == new => continue,
                (Some(old), Some(new)) => {
                    (Happens::Changed, format!("runs of `{name}` write {field} as {}, was {}", shown(new), shown(old)))
                }
                (None, Some(new)) => (Happens::Added, format!("runs of `{name}` write {field} too, as {}", shown(new))),
                (Some(old), None) => {
                    (Happens::Removed, format!("runs of `{name}` no longer write {field}, which was {}", shown(old)))
                }
                (None, None) => continue,
            };
            self.tell(about, Some(field), happens, text);
        }
    }

    fn blueprints(&mut self, old: &BTreeMap<&str, &Value>, new: &BTreeMap<&str, &Value>) {
        for (name, before, after) in both(old, new) {
            let about = About { subject: Subject::Blueprint, blueprint: name, action: None };
            match (before, after) {
                (None, _) => self.tell(about, None, Happens::Added, format!("blueprint `{name}` added")),
                (_, None) => {
                    let text =
                        format!("blueprint `{name}` removed; Port keeps what it holds until somebody deletes it");
                    self.tell(about, None, Happens::Removed, text);
                }
                (Some(before), Some(after)) => {
                    self.properties(name, before, after);
                    self.relations(name, before, after);
                }
            }
        }
    }

    fn properties(&mut self, blueprint: &str, before: &Value, after: &Value) {
        let schema = |document| Value::get(document, "schema");
        let of = |document| pairs(schema(document).and_then(|schema| schema.get("properties")));
        let required = |document| names(schema(document).and_then(|schema| schema.get("required")));
        let about = About { subject: Subject::Property, blueprint, action: None };
        let words = |name: &str| format!("property `{name}` of `{blueprint}`");
        self.fields(about, &of(before), &of(after), (&required(before), &required(after)), &words);
    }

    fn relations(&mut self, blueprint: &str, before: &Value, after: &Value) {
        let of = |document| pairs(Value::get(document, "relations"));
        let about = About { subject: Subject::Relation, blueprint, action: None };
        for (name, old, new) in both(&of(before), &of(after)) {
            let words = format!("relation `{name}` of `{blueprint}`");
            let target = |relation: &Value| text(relation, "target").unwrap_or("?").to_owned();
            match (old, new) {
                (None, Some(new)) => {
                    self.tell(about, Some(name), Happens::Added, format!("{words} to `{}` added", target(new)));
                }
                (Some(_), None) => self.tell(about, Some(name), Happens::Removed, format!("{words} removed")),
                (Some(old), Some(new)) => {
                    for key in ["target", "many", "required"] {
                        let (before, after) = (old.get(key), new.get(key));
                        if before != after {
                            let show = |value: Option<&Value>| value.map_or_else(|| "not said".to_owned(), shown);
                            let text = format!("{words}: `{key}` is {}, was {}", show(after), show(before));
                            self.tell(about, Some(name), Happens::Changed, text);
                        }
                    }
                }
                (None, None) => {}
            }
        }
    }

    fn actions(&mut self, old: &BTreeMap<&str, &Value>, new: &BTreeMap<&str, &Value>, planned: &BTreeSet<&str>) {
        for (name, before, after) in both(old, new) {
            let trigger = |action: &Value, key: &str| action.get("trigger")?.get(key)?.as_str().map(str::to_owned);
            let document = after.or(before);
            let blueprint = document.and_then(|action| trigger(action, "blueprintIdentifier")).unwrap_or_default();
            let about = About { subject: Subject::Action, blueprint: &blueprint, action: Some(name) };
            match (before, after) {
                (Some(before), Some(after)) => {
                    self.inputs(about, name, before, after);
                    self.invocation(about, name, before, after);
                    let approval = |action: &Value| action.get("requiredApproval").is_some_and(|it| it != false);
                    if approval(before) != approval(after) {
                        let verb =
                            if approval(after) { "wait for an approval now" } else { "no longer wait for an approval" };
                        self.tell(about, Some("approval"), Happens::Changed, format!("runs of `{name}` {verb}"));
                    }
                    let condition =
                        |action: &Value| action.get("trigger").and_then(|trigger| trigger.get("condition")).cloned();
                    if condition(before) != condition(after) {
                        let text = format!("`{name}` is offered for other entities: its `condition` changed");
                        self.tell(about, Some("condition"), Happens::Changed, text);
                    }
                }
                _ if planned.contains(name) => {}
                (None, _) => {
                    let text = format!("action `{name}` added in Port; its runs do not reach the function");
                    self.tell(about, None, Happens::Added, text);
                }
                (_, None) => {
                    self.tell(about, None, Happens::Removed, format!("action `{name}` removed from `out/port`"));
                }
            }
        }
    }

    /// Where runs go, and what they say there.
    fn invocation(&mut self, about: About<'_>, name: &str, before: &Value, after: &Value) {
        let invocation = |action: &'_ Value| action.get("invocationMethod").cloned().unwrap_or_default();
        let (old, new) = (method(before).unwrap_or("?"), method(after).unwrap_or("?"));
        if old != new {
            let text = format!("runs of `{name}` go by `{new}`, were by `{old}`");
            self.tell(about, Some("invocation"), Happens::Changed, text);
        } else if invocation(before).get("payload") != invocation(after).get("payload") {
            let text = format!("runs of `{name}` send another message: its `payload` changed");
            self.tell(about, Some("payload"), Happens::Changed, text);
        } else if invocation(before) != invocation(after) {
            let text = format!("runs of `{name}` go elsewhere: its `invocationMethod` changed");
            self.tell(about, Some("invocation"), Happens::Changed, text);
        }
    }

    fn inputs(&mut self, about: About<'_>, action: &str, before: &Value, after: &Value) {
        let inputs = |document: &'_ Value| -> Map<String, Value> {
            let inputs = document.get("trigger").and_then(|trigger| trigger.get("userInputs"));
            inputs.and_then(Value::as_object).cloned().unwrap_or_default()
        };
        let (before, after) = (inputs(before), inputs(after));
        let about = About { subject: Subject::Input, ..about };
        let words = |name: &str| format!("input `{name}` of `{action}`");
        let required = (&names(before.get("required")), &names(after.get("required")));
        self.fields(about, &pairs(before.get("properties")), &pairs(after.get("properties")), required, &words);
        let by_jq = |inputs: &Map<String, Value>| inputs.get("required").filter(|it| it.is_object()).cloned();
        if by_jq(&before) != by_jq(&after) {
            let text = format!("which inputs of `{action}` are required is decided by another jq");
            self.tell(about, Some(""), Happens::Changed, text);
        }
    }

    /// Properties of a blueprint, or inputs of an action.
    fn fields(
        &mut self,
        about: About<'_>,
        old: &BTreeMap<&str, &Value>,
        new: &BTreeMap<&str, &Value>,
        (required_before, required_after): (&BTreeSet<&str>, &BTreeSet<&str>),
        words: &dyn Fn(&str) -> String,
    ) {
        for (name, before, after) in both(old, new) {
            let kind = |document: &Value| {
                text(document, "format").or_else(|| text(document, "type")).unwrap_or("?").to_owned()
            };
            let what = words(name);
            match (before, after) {
                (None, Some(after)) => {
                    let needed = if required_after.contains(name) { ", required" } else { "" };
                    self.tell(about, Some(name), Happens::Added, format!("{what} added (`{}`{needed})", kind(after)));
                }
                (Some(_), None) => self.tell(about, Some(name), Happens::Removed, format!("{what} removed")),
                (Some(before), Some(after)) => {
                    let mut parts = Vec::new();
                    match (required_before.contains(name), required_after.contains(name)) {
                        (false, true) => parts.push("became required".to_owned()),
                        (true, false) => parts.push("became optional".to_owned()),
                        _ => {}
                    }
                    if kind(before) != kind(after) || text(before, "type") != text(after, "type") {
                        parts.push(format!("is `{}`, was `{}`", kind(after), kind(before)));
                    }
                    parts.extend(field::differences(before, after));
                    if !parts.is_empty() {
                        self.tell(about, Some(name), Happens::Changed, format!("{what} {}", parts.join(", ")));
                    }
                }
                (None, None) => {}
            }
        }
    }
}

fn by_str<'a>(fields: &'a BTreeMap<String, &'a Value>) -> BTreeMap<&'a str, &'a Value> {
    fields.iter().map(|(key, value)| (key.as_str(), *value)).collect()
}

/// What a run writes, by words for the place.
fn written(action: &Value) -> BTreeMap<String, &Value> {
    let mut fields = BTreeMap::new();
    for (key, value) in pairs(action.get("entity")) {
        match key {
            "properties" => {
                fields.extend(pairs(Some(value)).into_iter().map(|(key, it)| (format!("property `{key}`"), it)));
            }
            "relations" => {
                fields.extend(pairs(Some(value)).into_iter().map(|(key, it)| (format!("relation `{key}`"), it)));
            }
            _ => drop(fields.insert(format!("the entity's {key}"), value)),
        }
    }
    fields
}
