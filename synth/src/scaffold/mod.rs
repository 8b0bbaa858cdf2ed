//! First drafts of blueprints, actions and repositories, for their authors to edit.

pub mod home;
pub mod repository;
pub mod runner;

use documents::lift;
use documents::source::OPTIONS;
use documents::style::{self, Style};
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext};
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use model::{Operation, Trigger};
use serde_json::{Map, Value, json};

use crate::mapping;

/// Drafts a blueprint's file without actions.
///
/// # Errors
/// If the Handlebars template is broken, which a test would find.
pub fn blueprint(identifier: &str) -> anyhow::Result<String> {
    render(include_str!("blueprint.json.hbs"), &json!({ "identifier": identifier, "title": title(identifier, None) }))
}

/// Drafts an action for a blueprint, indented by two blanks: an input for each property and relation, and the mapping back.
///
/// # Errors
/// If the Handlebars template is broken, which a test would find.
pub fn action(identifier: &str, operation: Operation, blueprint: &Value) -> anyhow::Result<String> {
    let of = blueprint.get("identifier").and_then(Value::as_str).unwrap_or_default();
    let (inputs, required) = inputs(operation, blueprint);
    let keys: Vec<&String> = inputs.keys().collect();
    let context = json!({
        "identifier": identifier,
        "title": title(identifier, Some(blueprint)),
        "icon": blueprint.get("icon"),
        "operation": operation.as_str(),
        "blueprint": of,
        "inputs": inputs.iter().map(|(key, input)| json!({ "key": key, "input": input })).collect::<Vec<_>>(),
        "required": required,
        "order": keys,
        "entity": entity(operation, &inputs, &required, blueprint),
    });
    render(include_str!("action.json.hbs"), &context)
}

/// Adds an action, indented by two blanks, to the blueprint at a JSON Pointer in the text of a file. `None` if there is no
/// blueprint that takes one.
pub fn insert(text: &str, pointer: &str, action: &str) -> Option<String> {
    let tree = CstRootNode::parse(text, &OPTIONS).ok()?;
    let style = Style::of(&tree);
    let actions = style::at(&tree, pointer)?.as_object()?.array_value_or_create("actions")?;
    actions.ensure_multiline();
    let added = actions.append(CstInputValue::String(String::new()));
    let indent = added.indent_text().unwrap_or_default();
    style::replace(&added, &style.restep(action, &indent));
    Some(tree.to_string())
}

/// Returns the inputs of a form for a blueprint's entities, and the keys of those that are required.
fn inputs(operation: Operation, blueprint: &Value) -> (Map<String, Value>, Vec<String>) {
    if operation == Operation::Delete {
        return (Map::new(), Vec::new());
    }
    let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let set = |value: &Value, key: &str| value.get(key) == Some(&Value::Bool(true));
    let schema = blueprint.get("schema");
    let mut inputs = Map::new();
    let mut required: Vec<String> = Vec::new();
    if operation == Operation::Create {
        inputs.insert("title".to_owned(), json!({ "type": "string", "title": "Title", "minLength": 1 }));
        required.push("title".to_owned());
        let listed = schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(Value::as_str).filter(|key| *key != "title");
        required.extend(listed.map(str::to_owned));
    }
    for (key, property) in map(schema.and_then(|schema| schema.get("properties"))) {
        inputs.insert(key, input(&property, operation));
    }
    for (key, relation) in map(blueprint.get("relations")) {
        let chosen = json!({ "type": "string", "format": "entity", "blueprint": relation.get("target") });
        let mut input = if set(&relation, "many") { json!({ "type": "array", "items": chosen }) } else { chosen };
        if let (Some(title), Value::Object(input)) = (relation.get("title"), &mut input) {
            input.insert("title".to_owned(), title.clone());
        }
        if operation == Operation::Create && set(&relation, "required") {
            required.push(key.clone());
        }
        inputs.insert(key, input);
    }
    (inputs, required)
}

/// Keys that an input shares with a property (API reference, "Create an action").
const SHARED: &[&str] = &[
    "type",
    "title",
    "description",
    "icon",
    "format",
    "enum",
    "enumColors",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
];

fn input(property: &Value, operation: Operation) -> Value {
    let Value::Object(property) = property else { return property.clone() };
    let mut input = Map::new();
    for (key, value) in property {
        let value = match (key.as_str(), value.as_str()) {
            ("format", Some("timer")) => "date-time".into(),
            ("format", Some("idn-email")) => "email".into(),
            ("format", Some("blueprints")) => continue,
            ("items", _) => self::input(value, operation),
            // A form for changes must not reset values that nobody touched.
            ("default", _) if operation == Operation::Create => value.clone(),
            (key, _) if SHARED.contains(&key) => value.clone(),
            _ => continue,
        };
        input.insert(key.clone(), value);
    }
    Value::Object(input)
}

/// Returns the entity that a run writes: the default mapping, in full.
fn entity(operation: Operation, inputs: &Map<String, Value>, required: &[String], blueprint: &Value) -> Value {
    let action = json!({
        "identifier": "draft",
        "title": "Draft",
        "trigger": {
            "type": "self-service",
            "operation": operation.as_str(),
            "userInputs": { "properties": inputs, "required": required },
        },
        "invocationMethod": { "type": "KAFKA" },
    });
    let mut file = blueprint.clone();
    if let Value::Object(file) = &mut file {
        file.insert("actions".to_owned(), json!([action]));
    }
    // Mistakes of the blueprint are reported when the whole file is checked.
    let Some((blueprint, actions)) = lift::input_file("", &file) else { return json!({}) };
    let Some((_, action)) = actions.first() else { return json!({}) };
    let Trigger::SelfService(operation) = action.trigger else { return json!({}) };
    serde_json::to_value(mapping::complete(action, operation, &blueprint)).unwrap_or_default()
}

/// Words that people write in capitals.
const ACRONYMS: [&str; 24] = [
    "api", "aws", "cdn", "cpu", "db", "dns", "ec2", "eks", "gcp", "gpu", "iam", "id", "ip", "kms", "rds", "s3", "sns",
    "sqs", "ssh", "tls", "ui", "url", "vm", "vpc",
];

/// Makes a title: `create_vm` for a blueprint titled `VM` is "Create VM".
fn title(identifier: &str, blueprint: Option<&Value>) -> String {
    let of = |key| blueprint?.get(key)?.as_str();
    let words = identifier.split(['_', '-', '.', ' ']).filter(|word| !word.is_empty()).enumerate();
    let word = |(at, word): (usize, &str)| match (of("identifier"), of("title")) {
        (Some(identifier), Some(title)) if identifier == word => title.to_owned(),
        _ if ACRONYMS.contains(&word) => word.to_uppercase(),
        _ if at == 0 => {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
        _ => word.to_owned(),
    };
    let title = words.map(word).collect::<Vec<_>>().join(" ");
    if title.is_empty() { identifier.to_owned() } else { title }
}

fn render(template: &str, context: &Value) -> anyhow::Result<String> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    handlebars.register_helper("json", Box::new(json_helper));
    Ok(handlebars.render_template(template, context)?)
}

/// Writes `{{json value 4}}` as JSON, indented by four blanks.
fn json_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).map(|param| param.value().clone()).unwrap_or_default();
    let indent = helper.param(1).and_then(|param| param.value().as_u64()).unwrap_or(0);
    out.write(&style::written(&value, usize::try_from(indent).unwrap_or(0)))?;
    Ok(())
}
