//! Mappings and payloads are checked when synthesizing, not in production.

use std::collections::BTreeMap;

use model::jq::{Context, Expressions, Program};
use model::message::Message;
use model::plan::EntityTemplate;
use model::template::{self, Shape, Tree};
use model::{Action, Operation, Presence, Trigger, ValueType};
use serde_json::{Map, Value, json};

use crate::catalog::{Catalog, Entry};
use crate::document::nearest;
use crate::finding::{Findings, Place};
use crate::mapping;
use crate::source::below;

/// What messages call the actions whose payload is their author's own, by the action's identifier.
pub type PayloadNames = BTreeMap<String, String>;

/// Checks every action of the catalogue.
pub fn check(catalog: &Catalog, findings: &mut Findings) -> PayloadNames {
    let mut templates = Templates::default();
    for (entry, pointer, action) in catalog.actions() {
        let runner = format!("{pointer}/runner");
        if !action.kafka {
            if action.entity.is_some() {
                let place = Place::Key(runner);
                findings
                    .warning(
                        entry.file,
                        place,
                        "runner-unused",
                        "`runner` has no effect: the action is not published to Kafka",
                    )
                    .help("the runner answers actions whose `invocationMethod.type` is `KAFKA`");
            }
            continue;
        }
        let Trigger::SelfService(operation) = action.trigger else {
            let place = Place::Value(format!("{pointer}/trigger"));
            findings
                .warning(
                    entry.file,
                    place,
                    "automation-unanswered",
                    "the runner does not answer automations; nobody ends the runs of this one",
                )
                .help("use another invocation method, or answer them by a consumer of your own");
            continue;
        };
        let entity = mapping::complete(action, operation, &entry.blueprint);
        mapped(entry, pointer, action, operation, &entity, findings);
        for (field, value) in fields(&entity) {
            templates.add(entry.file, || field_pointer(pointer, action, &field), value, findings);
        }
        if let Some(payload) = &action.own_payload {
            let at = format!("{pointer}/invocationMethod/payload");
            if let Some(tree) = templates.add(entry.file, || at.clone(), payload, findings) {
                templates.payloads.push((entry.file, at, tree, action.clone(), operation));
            }
        }
    }
    let names = templates.compile(catalog, findings);
    unambiguous(catalog, &names, findings);
    names
}

/// A message names its action and its blueprint; both together must mean one action.
fn unambiguous(catalog: &Catalog, names: &PayloadNames, findings: &mut Findings) {
    let mut routes = BTreeMap::new();
    for (entry, pointer, action) in catalog.actions().filter(|(_, _, action)| action.kafka) {
        let known_as = [Some(&action.identifier), action.alias.as_ref(), names.get(&action.identifier)];
        for name in known_as.into_iter().flatten() {
            let route = (name.as_str(), action.blueprint.as_str());
            if let Some(other) = routes.insert(route, &action.identifier).filter(|other| **other != action.identifier) {
                let place = Place::Value(format!("{pointer}/identifier"));
                let message = format!(
                    "messages call both this action and `{other}` of blueprint `{}` by the name `{name}`",
                    action.blueprint
                );
                findings.error(entry.file, place, "ambiguous-name", message).help("rename one of them");
            }
        }
    }
}

/// The mapping against blueprint and inputs, as far as plain references and constants tell.
fn mapped(
    entry: &Entry,
    pointer: &str,
    action: &Action,
    operation: Operation,
    entity: &EntityTemplate,
    findings: &mut Findings,
) {
    let blueprint = &entry.blueprint;
    let at = Place::Value(format!("{pointer}/identifier"));
    for input in mapping::unplaced(action, operation, blueprint) {
        let place = Place::Key(input_pointer(pointer, action, &input.key));
        let message = format!(
            "input `{}` goes nowhere: blueprint `{}` has no property or relation of that name",
            input.key, blueprint.identifier
        );
        let help = format!(
            "say where, beside `identifier` of the action:\n{}",
            mapping::suggestion(action, operation, blueprint)
        );
        findings.error(entry.file, place, "input-unplaced", message).help(help);
    }
    let base = format!("{pointer}/runner/entity");
    let from_file = action.entity.is_some();
    let place = |below: String, key: bool| match (from_file, key) {
        (false, _) => at.clone(),
        (true, false) => Place::Value(format!("{base}{below}")),
        (true, true) => Place::Key(format!("{base}{below}")),
    };
    for (key, value) in &entity.properties {
        let path = below("/properties", key);
        let Some(property) = blueprint.property(key) else {
            let known: Vec<&str> = blueprint.properties.iter().map(|property| property.key.as_str()).collect();
            let message = format!("blueprint `{}` has no property `{key}`", blueprint.identifier);
            let finding = findings.error(entry.file, place(path, true), "unknown-property", message);
            match nearest(key, &known) {
                Some(word) => finding.help(format!("did you mean `{word}`?")),
                None => finding.help(format!("its properties are {}", known.join(", "))),
            }
            continue;
        };
        if let Some(found) = yields(action, value).filter(|found| *found != property.value_type) {
            let message =
                format!("property `{key}` wants {}, this gives {}", property.value_type.describe(), found.describe());
            let finding = findings.error(entry.file, place(path, false), "type-mismatch", message);
            if let Some(help) = conversion(found, property.value_type, value) {
                finding.help(help);
            }
        }
    }
    for key in entity.relations.keys().filter(|key| blueprint.relation(key).is_none()) {
        let message = format!("blueprint `{}` has no relation `{key}`", blueprint.identifier);
        findings.error(entry.file, place(below("/relations", key), true), "unknown-relation", message);
    }
    for (field, value) in fields(entity) {
        for name in value.as_str().map(input_references).unwrap_or_default() {
            let input = action.input(&name);
            if input.is_some_and(|input| input.encryption.is_some()) {
                let message = format!("input `{name}` is encrypted, and an entity is there for everyone to read");
                findings
                    .error(entry.file, place(field.pointer(), false), "secret-in-entity", message)
                    .help(format!("take it out; code registered for the action gets it by `run.secret(\"{name}\")`"));
            }
            if input.is_none() {
                let known: Vec<&str> = action.inputs.iter().map(|input| input.key.as_str()).collect();
                let message = format!("action `{}` has no input `{name}`", action.written_as());
                let finding = findings.error(entry.file, place(field.pointer(), false), "unknown-input", message);
                match nearest(&name, &known) {
                    Some(word) => finding.help(format!("did you mean `.inputs.{word}`?")),
                    None => finding.help(format!("its inputs are {}", known.join(", "))),
                }
            }
        }
    }
    if operation == Operation::Create {
        created(entry, pointer, action, entity, findings, &place);
    }
}

/// What a new entity must have.
fn created(
    entry: &Entry,
    pointer: &str,
    action: &Action,
    entity: &EntityTemplate,
    findings: &mut Findings,
    place: &dyn Fn(String, bool) -> Place,
) {
    let blueprint = &entry.blueprint;
    let relations = blueprint.relations.iter().filter(|relation| relation.required).map(|relation| &relation.key);
    let required =
        blueprint.required.iter().map(|key| ("properties", key)).chain(relations.map(|key| ("relations", key)));
    for (group, key) in required {
        let value = if group == "properties" { entity.properties.get(key) } else { entity.relations.get(key) };
        let Some(value) = value else {
            let message = format!("`{key}` is required by blueprint `{}`, and nothing sets it", blueprint.identifier);
            let at = if action.entity.is_some() {
                place(String::new(), true)
            } else {
                Place::Value(format!("{pointer}/identifier"))
            };
            let help = format!("start from\n{}", mapping::suggestion(action, Operation::Create, blueprint));
            findings.error(entry.file, at, "required-unset", message).help(help);
            continue;
        };
        optional(
            entry.file,
            action,
            value,
            &format!("`{key}`, which blueprint `{}` requires", blueprint.identifier),
            place(below(&format!("/{group}"), key), false),
            findings,
        );
    }
    optional(
        entry.file,
        action,
        &entity.identifier,
        "the identifier",
        place("/identifier".to_owned(), false),
        findings,
    );
}

/// An optional input alone must not make what has to be there: the run that leaves it empty would fail.
fn optional(file: usize, action: &Action, value: &Value, what: &str, place: Place, findings: &mut Findings) {
    let Some(expression) = value.as_str().and_then(template::sole_expression) else { return };
    let source = expression.split('|').next().unwrap_or_default().trim();
    let Some(input) = plain_input(source).and_then(|key| action.input(&key)) else { return };
    if input.presence == Presence::Optional {
        let message = format!("input `{}` is optional, and without it there is no value for {what}", input.key);
        findings
            .error(file, place, "optional-input", message)
            .help(format!("give a second choice, such as `{source} // .run.id`, or make the input `required`"));
    }
}

/// The type that a constant, or a template that is one plain reference, yields; None for what only a run can tell.
fn yields(action: &Action, value: &Value) -> Option<ValueType> {
    let Some(text) = value.as_str() else { return ValueType::of(value) };
    match template::shape(text) {
        Shape::Plain | Shape::Mixed => Some(ValueType::String),
        Shape::Sole(expression) => action.input(&plain_input(expression)?).map(|input| input.value_type),
        Shape::Broken => None,
    }
}

/// The jq that turns one type into another.
fn conversion(found: ValueType, wanted: ValueType, value: &Value) -> Option<String> {
    let expression = value.as_str().and_then(template::sole_expression);
    Some(match (found, wanted, expression) {
        (ValueType::Object, ValueType::String, Some(e)) => {
            format!("an entity input is an object here: `{{{{ {e}.identifier }}}}`")
        }
        (ValueType::String, ValueType::Number, Some(e)) => format!("`{{{{ {e} | tonumber }}}}` converts it"),
        (_, ValueType::String, Some(e)) => format!("`{{{{ {e} | tostring }}}}` converts it"),
        (ValueType::String, ValueType::Array, Some(e)) => format!("`{{{{ [{e}] }}}}` makes a list of it"),
        _ => return None,
    })
}

/// The key of `.inputs.key` or `.inputs["key"]`.
fn plain_input(expression: &str) -> Option<String> {
    let rest = expression.strip_prefix(".inputs")?;
    if let Some(name) = rest.strip_prefix('.') {
        let plain = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        return plain.then(|| name.to_owned());
    }
    serde_json::from_str(rest.strip_prefix('[')?.strip_suffix(']')?).ok()
}

/// Every `.inputs.name` in a template.
fn input_references(text: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).collect::<String>();
    if !text.contains("{{") {
        return Vec::new();
    }
    text.split(".inputs.").skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

/// A field of a mapping.
enum Field<'a> {
    /// `identifier`, `title`, `icon` or `team`.
    Meta(&'static str),
    /// A key of `properties` or `relations`.
    Of(&'static str, &'a str),
}

impl Field<'_> {
    /// Below `runner.entity`.
    fn pointer(&self) -> String {
        match self {
            Self::Meta(key) => format!("/{key}"),
            Self::Of(group, key) => below(&format!("/{group}"), key),
        }
    }
}

/// The fields of a mapping that are set.
fn fields(entity: &EntityTemplate) -> impl Iterator<Item = (Field<'_>, &Value)> {
    let meta =
        [("identifier", &entity.identifier), ("title", &entity.title), ("icon", &entity.icon), ("team", &entity.team)];
    let meta = meta.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (Field::Meta(key), value));
    let properties = entity.properties.iter().map(|(key, value)| (Field::Of("properties", key), value));
    let relations = entity.relations.iter().map(|(key, value)| (Field::Of("relations", key), value));
    meta.chain(properties).chain(relations)
}

/// Where a field stands in the file; a mapping that goes without saying stands at the action.
fn field_pointer(pointer: &str, action: &Action, field: &Field<'_>) -> String {
    if action.entity.is_some() { format!("{pointer}/runner/entity{}", field.pointer()) } else { pointer.to_owned() }
}

/// Where an input stands in the file, whichever generation wrote it.
fn input_pointer(pointer: &str, action: &Action, key: &str) -> String {
    let inputs = if action.alias.is_some() { "userInputs" } else { "trigger/userInputs" };
    below(&format!("{pointer}/{inputs}/properties"), key)
}

/// Every template of the catalogue on its way through one compilation.
#[derive(Default)]
struct Templates {
    expressions: Expressions,
    payloads: Vec<(usize, String, Tree, Action, Operation)>,
}

impl Templates {
    /// Parses a template; broken grammar is a finding.
    fn add(
        &mut self,
        file: usize,
        pointer: impl FnOnce() -> String,
        value: &Value,
        findings: &mut Findings,
    ) -> Option<Tree> {
        match Tree::parse(value, &mut self.expressions) {
            Ok(tree) => Some(tree),
            Err(faults) => {
                let pointer = pointer();
                for fault in faults {
                    let at = format!("{pointer}{}", fault.pointer);
                    let message = format!("this jq is broken: {}", fault.fault);
                    let place = if fault.in_key { Place::Key(at) } else { Place::Inside(at, fault.fault) };
                    findings.error(file, place, "jq-syntax", message);
                }
                None
            }
        }
    }

    /// Compiles all of them; names that are not defined are findings. Then payloads are tried.
    fn compile(self, catalog: &Catalog, findings: &mut Findings) -> PayloadNames {
        let mut names = PayloadNames::new();
        match self.expressions.compile() {
            Ok(program) => {
                for (file, pointer, tree, action, operation) in &self.payloads {
                    match payload(tree, action, *operation, &program) {
                        Ok(name) if name == action.identifier => {}
                        Ok(name) => drop(names.insert(action.identifier.clone(), name)),
                        Err((code, message)) => {
                            findings.error(*file, Place::Key(pointer.clone()), code, message).help(PAYLOAD_HELP);
                        }
                    }
                }
            }
            Err(_) => undefined(catalog, findings),
        }
        names
    }
}

/// Looks up one by one which strings use names that are not defined: this path is rare.
fn undefined(catalog: &Catalog, findings: &mut Findings) {
    for (entry, pointer, action) in catalog.actions().filter(|(_, _, action)| action.kafka) {
        let Trigger::SelfService(operation) = action.trigger else { continue };
        let entity = mapping::complete(action, operation, &entry.blueprint);
        let payload = action.own_payload.iter().map(|payload| (format!("{pointer}/invocationMethod/payload"), payload));
        let fields = fields(&entity).map(|(field, value)| (field_pointer(pointer, action, &field), value));
        for (pointer, value) in fields.chain(payload) {
            for (path, text) in strings(value) {
                for fault in template::faults(text) {
                    let message = fault.message.clone();
                    let place = Place::Inside(format!("{pointer}{path}"), fault);
                    findings.error(entry.file, place, "jq-name", message);
                }
            }
        }
    }
}

fn strings(value: &Value) -> Vec<(String, &str)> {
    match value {
        Value::String(text) => vec![(String::new(), text)],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, item)| strings(item).into_iter().map(move |(path, text)| (format!("/{at}{path}"), text)))
            .collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, item)| {
                strings(item).into_iter().map(move |(path, text)| (format!("{}{path}", below("", key)), text))
            })
            .collect(),
        _ => Vec::new(),
    }
}

const SAMPLE_RUN: &str = "r_0123456789abcdef";

const PAYLOAD_HELP: &str = r#"leave `payload` out and the runner's own is published, or add to its root
"action": "{{ .action.identifier }}",
"context": {
  "runId": "{{ .run.id }}",
  "blueprint": "{{ .action.blueprint }}",
  "entity": "{{ .entity.identifier }}"
},
"inputs": "{{ .inputs }}""#;

/// Renders an action's own payload as Port would, reads it as the handler will, and says what it calls the action.
fn payload(
    tree: &Tree,
    action: &Action,
    operation: Operation,
    program: &Program,
) -> Result<String, (&'static str, String)> {
    let wrong = |code, message: &str| Err((code, message.to_owned()));
    let Ok(rendered) = tree.render(program, &Context::from(&sample(action, operation))) else {
        return wrong("payload-broken", "this payload does not render for a run of this action");
    };
    let Some(message) = Message::read(rendered) else {
        return wrong("payload-unreadable", "the runner would not read this payload as a run: no `action` at its root");
    };
    if message.run_id.as_deref() != Some(SAMPLE_RUN) {
        let words = "this payload never carries the run's id, so nobody could be told what became of the run";
        return wrong("payload-without-run", words);
    }
    if message.blueprint.as_deref() != Some(action.blueprint.as_str()) {
        let words = "the payload does not say in `context.blueprint` which blueprint the run belongs to";
        return wrong("payload-without-blueprint", words);
    }
    if operation != Operation::Create && message.entity.is_none() {
        return wrong("payload-without-entity", "the payload does not say which entity the run was started on");
    }
    match action.inputs.iter().find(|input| !message.inputs.contains_key(&input.key)) {
        Some(input) => Err((
            "payload-drops-input",
            format!("the payload drops input `{}`: the runner reads `inputs` or `payload.properties`", input.key),
        )),
        None => Ok(message.action),
    }
}

/// What Port gives a payload's templates, for a run with every input filled in.
fn sample(action: &Action, operation: Operation) -> Value {
    let inputs: Map<String, Value> = action
        .inputs
        .iter()
        .map(|input| {
            let value = match input.value_type {
                ValueType::String => json!("text"),
                ValueType::Number => json!(1),
                ValueType::Boolean => json!(true),
                ValueType::Object => json!({ "identifier": "sample" }),
                ValueType::Array => json!([]),
            };
            (input.key.clone(), value)
        })
        .collect();
    let entity = match operation {
        Operation::Create => json!({}),
        Operation::DayTwo | Operation::Delete => {
            json!({ "identifier": "sample", "title": "Sample", "blueprint": action.blueprint, "team": [], "properties": {}, "relations": {} })
        }
    };
    json!({
        "inputs": inputs,
        "entity": entity,
        "event": null,
        "secrets": {},
        "run": { "id": SAMPLE_RUN },
        "action": { "identifier": action.identifier, "blueprint": action.blueprint, "encryptedProperties": [] },
        "trigger": { "by": { "orgId": "org_sample", "userId": "auth0|sample", "user": {} }, "origin": "UI", "at": "2026-01-01T00:00:00.000Z", "operation": operation.as_str() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_references() {
        for (expression, want) in [
            (".inputs.cpu", Some("cpu")),
            (".inputs[\"my-input\"]", Some("my-input")),
            (".inputs.cpu + 1", None),
            (".inputs.zone.identifier", None),
            (".entity.x", None),
            (".inputs", None),
        ] {
            assert_eq!(plain_input(expression).as_deref(), want, "{expression}");
        }
        assert_eq!(input_references("{{ .inputs.a // .inputs.b_2.c }}-{{.inputs.d}}"), ["a", "b_2", "d"]);
    }
}
