//! What Port's documents promise to people: blueprints with their properties and relations, actions with their inputs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::port;
use super::report::{Happens, Meaning, Subject};
use super::side::Side;
use super::words::code;

/// What somebody who fills in a form or reads an entity notices. What merely looks another is left to the trees.
pub(crate) fn changes(old: &Side, new: &Side) -> Vec<Meaning> {
    let mut found = Vec::new();
    let (before, after) = (port::blueprints(old), port::blueprints(new));
    for (id, way) in ways(&before, &after) {
        match way {
            Way::Came(_) => {
                found.push(blueprint(Subject::Blueprint, id, None, Happens::Added, format!("blueprint `{id}` added")))
            }
            Way::Went(_) => {
                let text = format!(
                    "blueprint `{id}` removed: Port keeps it and its entities until somebody deletes them there"
                );
                found.push(blueprint(Subject::Blueprint, id, None, Happens::Removed, text));
            }
            Way::Stayed(old, new) => {
                fields(old, new, "/schema", &Owner::Blueprint(id), &mut found);
                relations(id, old, new, &mut found);
            }
        }
    }
    let planned = |side: &Side| -> Option<BTreeSet<String>> {
        let actions = side.plan()?.get("actions")?.as_array()?;
        Some(actions.iter().filter_map(|action| action.get("action")?.as_str().map(str::to_owned)).collect())
    };
    let (ours_before, ours_after) = (planned(old), planned(new));
    let is_ours = |ours: &Option<BTreeSet<String>>, id: &str| ours.as_ref().is_some_and(|ours| ours.contains(id));
    let (before, after) = (port::actions(old), port::actions(new));
    for (id, way) in ways(&before, &after) {
        match way {
            // Those of the plan are told by the plan.
            Way::Came(new) if !is_ours(&ours_after, id) || ours_before.is_none() => {
                let text = format!("action `{id}` ({}) added: {}", kind(new), carried_out_by(new));
                found.push(action(Subject::Action, new, None, Happens::Added, text));
            }
            Way::Went(old) if !is_ours(&ours_before, id) || ours_after.is_none() => {
                let text = format!("action `{id}` ({}) removed", kind(old));
                found.push(action(Subject::Action, old, None, Happens::Removed, text));
            }
            Way::Stayed(old, new) => stayed(id, old, new, &mut found),
            Way::Came(_) | Way::Went(_) => {}
        }
    }
    found
}

fn stayed(id: &str, old: &Value, new: &Value, found: &mut Vec<Meaning>) {
    let method = |action: &Value| text(action, "/invocationMethod/type");
    if method(old) != method(new) {
        let text = format!(
            "action `{id}` is invoked by {}, not by {}: {}",
            code(&method(new)),
            code(&method(old)),
            carried_out_by(new)
        );
        found.push(action(Subject::Action, new, None, Happens::Changed, text));
    } else if old.pointer("/invocationMethod/payload") != new.pointer("/invocationMethod/payload") {
        let text = format!("action `{id}` publishes another message");
        found.push(action(Subject::Action, new, None, Happens::Changed, text));
    }
    // The plan tells of those that are carried out here.
    if kind(old) != kind(new) && method(new) != "KAFKA" {
        let text = format!("action `{id}` was {}, and is {}", kind(old), kind(new));
        found.push(action(Subject::Action, new, None, Happens::Changed, text));
    }
    for (key, what) in [
        ("/trigger/condition", "whom it is offered for"),
        ("/requiredApproval", "whose approval it needs"),
        ("/publish", "whether it is published"),
    ] {
        if old.pointer(key) != new.pointer(key) {
            let text = format!("action `{id}`: {what} is another");
            found.push(action(Subject::Action, new, None, Happens::Changed, text));
        }
    }
    fields(old, new, "/trigger/userInputs", &Owner::Action(id, new), found);
}

/// Whose fields are compared.
enum Owner<'a> {
    Blueprint(&'a str),
    Action(&'a str, &'a Value),
}

impl Owner<'_> {
    fn words(&self, name: &str) -> String {
        match self {
            Self::Blueprint(id) => format!("property `{name}` of `{id}`"),
            Self::Action(id, _) => format!("input `{name}` of `{id}`"),
        }
    }

    fn says(&self, name: &str, happens: Happens, text: String) -> Meaning {
        match self {
            Self::Blueprint(id) => blueprint(Subject::Property, id, Some(name), happens, text),
            Self::Action(_, document) => action(Subject::Input, document, Some(name), happens, text),
        }
    }
}

/// `properties` and `required` below a place: of a blueprint's schema or a form.
fn fields(old: &Value, new: &Value, at: &str, owner: &Owner<'_>, found: &mut Vec<Meaning>) {
    let nothing = Map::new();
    let properties = |value: &'_ Value| value.pointer(&format!("{at}/properties")).and_then(Value::as_object).cloned();
    let (before, after) = (properties(old).unwrap_or_default(), properties(new).unwrap_or_default());
    let required = |value: &Value| -> BTreeSet<String> {
        let names = value.pointer(&format!("{at}/required")).and_then(Value::as_array).into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let (must_before, must_after) = (required(old), required(new));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in all {
        let words = owner.words(name);
        let (old, new) = (before.get(name), after.get(name));
        match (old, new) {
            (None, Some(new)) => {
                let must = if must_after.contains(name) { ", required" } else { "" };
                found.push(owner.says(name, Happens::Added, format!("{words} added ({}{must})", type_of(new))));
                continue;
            }
            (Some(old), None) => {
                found.push(owner.says(name, Happens::Removed, format!("{words} removed (it was {})", type_of(old))));
                continue;
            }
            _ => {}
        }
        let (old, new) =
            (old.and_then(Value::as_object).unwrap_or(&nothing), new.and_then(Value::as_object).unwrap_or(&nothing));
        let (one, other) = (type_of(&Value::Object(old.clone())), type_of(&Value::Object(new.clone())));
        if one != other {
            found.push(owner.says(name, Happens::Changed, format!("{words} is {other}, no longer {one}")));
        }
        match (must_before.contains(name), must_after.contains(name)) {
            (false, true) => found.push(owner.says(name, Happens::Changed, format!("{words} became required"))),
            (true, false) => found.push(owner.says(name, Happens::Changed, format!("{words} became optional"))),
            _ => {}
        }
        for (key, what) in CONSTRAINTS {
            let (one, other) = (old.get(key), new.get(key));
            if one != other {
                let shown =
                    |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), |value| code(&plain(value)));
                let text = format!("{words}: {what} {} → {}", shown(one), shown(other));
                found.push(owner.says(name, Happens::Changed, text));
            }
        }
    }
    let jq = format!("{at}/required");
    let computed = |value: &Value| value.pointer(&jq).filter(|required| required.is_object()).cloned();
    if computed(old) != computed(new) {
        let text = match owner {
            Owner::Blueprint(id) => format!("which properties of `{id}` are required is computed otherwise"),
            Owner::Action(id, _) => format!("which inputs of `{id}` are required is computed otherwise"),
        };
        found.push(owner.says("", Happens::Changed, text));
    }
}

/// What a value may be, beside its type.
const CONSTRAINTS: [(&str, &str); 13] = [
    ("enum", "choices"),
    ("default", "default"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("exclusiveMinimum", "greater than"),
    ("exclusiveMaximum", "less than"),
    ("minLength", "shortest"),
    ("maxLength", "longest"),
    ("minItems", "fewest items"),
    ("maxItems", "most items"),
    ("pattern", "pattern"),
    ("visible", "shown"),
    ("encryption", "encryption"),
];

fn relations(id: &str, old: &Value, new: &Value, found: &mut Vec<Meaning>) {
    let relations = |value: &'_ Value| value.get("relations").and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (relations(old), relations(new));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in all {
        let target = |relation: &Value| {
            let many = if relation["many"] == true { "many of " } else { "" };
            format!("{many}`{}`", text(relation, "/target"))
        };
        let words = format!("relation `{name}` of `{id}`");
        let (happens, text) = match (before.get(name), after.get(name)) {
            (None, Some(new)) => (Happens::Added, format!("{words} added, to {}", target(new))),
            (Some(old), None) => (Happens::Removed, format!("{words} removed (it was to {})", target(old))),
            (Some(old), Some(new)) if target(old) != target(new) => {
                (Happens::Changed, format!("{words} is to {}, no longer to {}", target(new), target(old)))
            }
            (Some(old), Some(new)) if (old["required"] == true) != (new["required"] == true) => {
                let became = if new["required"] == true { "required" } else { "optional" };
                (Happens::Changed, format!("{words} became {became}"))
            }
            _ => continue,
        };
        found.push(blueprint(Subject::Relation, id, Some(name), happens, text));
    }
}

/// What became of a document.
enum Way<'a> {
    Came(&'a Value),
    Went(&'a Value),
    Stayed(&'a Value, &'a Value),
}

fn ways<'a>(old: &BTreeMap<&'a str, &'a Value>, new: &BTreeMap<&'a str, &'a Value>) -> Vec<(&'a str, Way<'a>)> {
    let all: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let way = |id: &'a str| match (old.get(id), new.get(id)) {
        (Some(old), Some(new)) => Some((id, Way::Stayed(old, new))),
        (None, Some(new)) => Some((id, Way::Came(new))),
        (Some(old), None) => Some((id, Way::Went(old))),
        (None, None) => None,
    };
    all.into_iter().filter_map(way).collect()
}

fn kind(action: &Value) -> String {
    let operation = text(action, "/trigger/operation");
    let operation = if operation.is_empty() { text(action, "/trigger/type") } else { operation };
    let blueprint = text(action, "/trigger/blueprintIdentifier");
    if blueprint.is_empty() { operation } else { format!("{operation} on `{blueprint}`") }
}

fn carried_out_by(action: &Value) -> String {
    match text(action, "/invocationMethod/type").as_str() {
        "KAFKA" => "its runs reach the topic".to_owned(),
        other => format!("its runs go by {}, not to the function", code(other)),
    }
}

fn type_of(property: &Value) -> String {
    let mut words = text(property, "/type");
    let format = text(property, "/format");
    if words.is_empty() {
        "of no type".clone_into(&mut words);
    }
    if words == "array" && !text(property, "/items/type").is_empty() {
        words = format!("array of {}", text(property, "/items/type"));
    }
    if format.is_empty() { words } else { format!("{words}, {format}") }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn blueprint(subject: Subject, id: &str, name: Option<&str>, happens: Happens, text: String) -> Meaning {
    Meaning { subject, blueprint: id.to_owned(), action: None, name: name.map(str::to_owned), happens, text }
}

fn action(subject: Subject, document: &Value, name: Option<&str>, happens: Happens, says: String) -> Meaning {
    Meaning {
        subject,
        blueprint: text(document, "/trigger/blueprintIdentifier"),
        action: Some(text(document, "/identifier")),
        name: name.map(str::to_owned),
        happens,
        text: says,
    }
}
