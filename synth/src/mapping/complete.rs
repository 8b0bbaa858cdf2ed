//! The entity that an action writes: `runner.entity`, completed with defaults.

use model::plan::EntityTemplate;
use model::{Action, Blueprint, Input, Operation, Presence, ValueType};
use serde_json::{Map, Value};

/// The identifier of the entity that a run was started on.
pub(crate) const SAME_ENTITY: &str = "{{ .entity.identifier }}";

/// Completes an action's mapping.
///
/// Without `runner`, CREATE and DAY-2 map inputs to properties (and entity inputs to relations) of the same name. The
/// identifier of a new entity is the slug of its title or of the run's id. DAY-2 and DELETE apply to the run's entity.
pub fn complete(action: &Action, operation: Operation, blueprint: &Blueprint) -> EntityTemplate {
    let mut entity = action.entity.clone().unwrap_or_else(|| by_name(action, operation, blueprint));
    if entity.identifier.is_null() {
        entity.identifier = match operation {
            Operation::Create => new_identifier(action).into(),
            Operation::DayTwo | Operation::Delete => SAME_ENTITY.into(),
        };
    }
    if operation == Operation::Delete {
        return EntityTemplate { identifier: entity.identifier, ..EntityTemplate::default() };
    }
    entity
}

/// Returns inputs that [`complete`] cannot place, because no property, relation or meta property has their name, and no code uses them.
pub fn unplaced<'a>(action: &'a Action, operation: Operation, blueprint: &Blueprint) -> Vec<&'a Input> {
    // A team's own code may use any input.
    if action.entity.is_some() || action.code || operation == Operation::Delete {
        return Vec::new();
    }
    // An encrypted input is only for the team's own code.
    let placed = |input: &&Input| input.encryption.is_none() && place(input, operation, blueprint).is_none();
    action.inputs.iter().filter(placed).collect()
}

/// Returns the `runner` block to start from, for a finding's help.
pub fn suggestion(action: &Action, operation: Operation, blueprint: &Blueprint) -> String {
    let mut entity = by_name(action, operation, blueprint);
    if operation == Operation::Create {
        entity.identifier = new_identifier(action).into();
        for key in &blueprint.required {
            entity.properties.entry(key.clone()).or_insert_with(|| "…".into());
        }
    }
    let unplaced = unplaced(action, operation, blueprint);
    for input in &unplaced {
        // One placeholder for each, since keys of an object differ.
        let key = if unplaced.len() == 1 { "…".to_owned() } else { format!("… for {}", input.key) };
        entity.properties.insert(key, reference(input).into());
    }
    let mut map = Map::new();
    for (key, value) in [("identifier", entity.identifier), ("title", entity.title)] {
        if !value.is_null() {
            map.insert(key.to_owned(), value);
        }
    }
    for (key, value) in [("properties", entity.properties), ("relations", entity.relations)] {
        if !value.is_empty() {
            map.insert(key.to_owned(), Value::Object(value));
        }
    }
    let block = serde_json::json!({ "entity": map });
    format!("\"runner\": {block:#}")
}

enum Target {
    Property,
    Relation,
    Title,
    Icon,
    Team,
    Identifier,
}

fn place(input: &Input, operation: Operation, blueprint: &Blueprint) -> Option<Target> {
    let key = input.key.as_str();
    if blueprint.property(key).is_some() {
        Some(Target::Property)
    } else if blueprint.relation(key).is_some() {
        Some(Target::Relation)
    } else {
        match key {
            "title" => Some(Target::Title),
            "icon" => Some(Target::Icon),
            "team" => Some(Target::Team),
            "identifier" if operation == Operation::Create => Some(Target::Identifier),
            _ => None,
        }
    }
}

fn by_name(action: &Action, operation: Operation, blueprint: &Blueprint) -> EntityTemplate {
    let mut entity = EntityTemplate::default();
    for input in action.inputs.iter().filter(|input| input.encryption.is_none()) {
        let value = Value::from(reference(input));
        match place(input, operation, blueprint) {
            Some(Target::Property) => drop(entity.properties.insert(input.key.clone(), value)),
            Some(Target::Relation) => drop(entity.relations.insert(input.key.clone(), value)),
            Some(Target::Title) => entity.title = value,
            Some(Target::Icon) => entity.icon = value,
            Some(Target::Team) => entity.team = value,
            Some(Target::Identifier) | None => {}
        }
    }
    entity
}

/// Returns the template for an input. For an entity input, which is an object, it uses the identifier.
fn reference(input: &Input) -> String {
    match input.value_type {
        ValueType::Object if input.is_entity => format!("{{{{ .inputs{}.identifier }}}}", field(&input.key)),
        ValueType::Array if input.is_entity => {
            // `values` returns nothing if the input was left empty, so the relation does not change.
            format!("{{{{ .inputs{} | values | map(.identifier) }}}}", field(&input.key))
        }
        _ => format!("{{{{ .inputs{} }}}}", field(&input.key)),
    }
}

/// Writes `.cpu`, or `["my-input"]` if the key is not a jq name.
pub(crate) fn field(key: &str) -> String {
    let plain =
        key.chars().enumerate().all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()));
    if plain { format!(".{key}") } else { format!("[{}]", Value::from(key)) }
}

/// Returns whether `slug` accepts an input.
fn is_scalar(input: &Input) -> bool {
    !matches!(input.value_type, ValueType::Object | ValueType::Array)
}

/// Returns the template for the identifier of a new entity: the first of these inputs that the action has, with the run's
/// id as a fallback.
fn new_identifier(action: &Action) -> String {
    let input = ["identifier", "title", "name"]
        .into_iter()
        .find_map(|key| action.input(key).filter(|input| input.encryption.is_none() && is_scalar(input)));
    match input {
        Some(input) if input.presence == Presence::Always => format!("{{{{ .inputs.{} | slug }}}}", input.key),
        Some(input) => format!("{{{{ .inputs.{} // .run.id | slug }}}}", input.key),
        None => "{{ .run.id | slug }}".to_owned(),
    }
}
