//! Documents become the model here, and nowhere else does anybody know that v0 and v1 exist.
//!
//! The mapping of v1 to v2 is the one that Port's own rewrite of its documentation uses: the identifier gets its
//! blueprint as a prefix, trigger and inputs move into `trigger`, and the fixed envelope becomes a `payload`.

use model::identifier::Kind;
use model::plan::{Encryption, EntityTemplate};
use model::{Action, Blueprint, Input, Operation, Presence, Property, Relation, Trigger, ValueType};
use serde_json::{Map, Value, json};

use crate::document::Node;
use crate::finding::Findings;

/// A blueprint's keys: API reference, "Create a blueprint", those that older documents have, and ours.
const BLUEPRINT_KEYS: &[&str] = &[
    "$schema",
    "identifier",
    "title",
    "description",
    "icon",
    "schema",
    "calculationProperties",
    "mirrorProperties",
    "aggregationProperties",
    "relations",
    "ownership",
    "changelogDestination",
    "teamInheritance",
    "includeInGlobalSearch",
    "formulaProperties",
    "dataSource",
    "disableEditing",
    "enableResponsibleTeamEdit",
    "disabledProperties",
    "disabledRelations",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "id",
    "actions",
];

/// Keys that Port adds to what it answers and nobody sends.
const ANSWERED: &[&str] = &["createdAt", "createdBy", "updatedAt", "updatedBy", "id"];

const V1_KEYS: &[&str] = &[
    "identifier",
    "title",
    "icon",
    "description",
    "trigger",
    "invocationMethod",
    "userInputs",
    "requiredApproval",
    "approvalNotification",
    "blueprint",
    "id",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "runner",
];

const V2_KEYS: &[&str] = &[
    "identifier",
    "title",
    "icon",
    "description",
    "trigger",
    "invocationMethod",
    "requiredApproval",
    "approvalNotification",
    "publish",
    "allowAnyoneToViewRuns",
    "id",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "runner",
];

/// Every invocation type of v1 and v2.
const INVOCATIONS: &[&str] =
    &["KAFKA", "WEBHOOK", "GITHUB", "GITLAB", "AZURE-DEVOPS", "AZURE_DEVOPS", "INTEGRATION_ACTION", "UPSERT_ENTITY"];

/// An input file: a blueprint with `actions`.
pub(crate) fn input_file(
    file: usize,
    document: &Value,
    findings: &mut Findings,
) -> Option<(Blueprint, Vec<(String, Action)>)> {
    let root = Node::root(file, document);
    root.object(findings)?;
    root.only(BLUEPRINT_KEYS, findings);
    let blueprint = blueprint(&root, findings)?;
    let actions = root.get("actions").map(|actions| actions.elements(findings)).unwrap_or_default();
    let actions = actions
        .into_iter()
        .filter_map(|node| Some((node.pointer.clone(), action(&node, &blueprint.identifier, findings)?)))
        .collect();
    Some((blueprint, actions))
}

fn blueprint(root: &Node<'_>, findings: &mut Findings) -> Option<Blueprint> {
    let identifier = root.need("identifier", findings).and_then(|node| node.identifier(Kind::Blueprint, findings));
    if let Some(title) = root.need("title", findings) {
        title.text(findings);
    }
    let schema = root.need("schema", findings);
    let mut properties = Vec::new();
    let mut required = Vec::new();
    if let Some(schema) = schema {
        schema.only(&["properties", "required"], findings);
        let pairs = schema.need("properties", findings).map(|node| node.pairs(findings)).unwrap_or_default();
        let keys: Vec<String> = pairs.iter().map(|(key, _)| (*key).to_owned()).collect();
        for (key, node) in pairs {
            check_key(key, &node, findings);
            if let Some(value_type) = value_type(&node, findings) {
                properties.push(Property { key: key.to_owned(), value_type });
            }
        }
        let known: Vec<&str> = keys.iter().map(String::as_str).collect();
        let names = schema.get("required").map(|node| names(&node, &known, "property", findings)).unwrap_or_default();
        required = names.into_iter().map(str::to_owned).collect();
    }
    let relations = root
        .get("relations")
        .map(|node| node.pairs(findings))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(key, node)| relation(key, &node, findings))
        .collect();
    let document = without(root.value.as_object()?, &["$schema", "actions"]);
    Some(Blueprint { identifier: identifier?.to_owned(), properties, required, relations, document })
}

fn relation(key: &str, node: &Node<'_>, findings: &mut Findings) -> Option<Relation> {
    check_key(key, node, findings);
    let target = node.need("target", findings)?.identifier(Kind::Blueprint, findings)?;
    let flag = |name: &str| node.get(name).and_then(|flag| flag.value.as_bool()).unwrap_or(false);
    let relation =
        Relation { key: key.to_owned(), target: target.to_owned(), required: flag("required"), many: flag("many") };
    if relation.required && relation.many {
        findings
            .error(node.file, node.place(), "required-many", format!("relation `{key}` is both `required` and `many`"))
            .help("Port refuses that; drop one of them");
    }
    Some(relation)
}

/// A list of keys that must be among `known`, such as `schema.required`.
fn names<'a>(node: &Node<'a>, known: &[&str], what: &str, findings: &mut Findings) -> Vec<&'a str> {
    let mut names = Vec::new();
    for element in node.elements(findings) {
        let Some(name) = element.text(findings) else { continue };
        if known.contains(&name) {
            names.push(name);
            continue;
        }
        let message = format!("there is no {what} `{name}` to require");
        let finding = findings.error(element.file, element.place(), "unknown-name", message);
        if let Some(word) = crate::document::nearest(name, known) {
            finding.help(format!("did you mean `{word}`?"));
        }
    }
    names
}

fn check_key(key: &str, node: &Node<'_>, findings: &mut Findings) {
    if let Err(illegal) = model::identifier::check(Kind::Key, key) {
        findings.error(node.file, node.key_place(), "illegal-identifier", format!("`{key}` {illegal}"));
    }
}

fn value_type(node: &Node<'_>, findings: &mut Findings) -> Option<ValueType> {
    node.object(findings)?;
    let words = ValueType::ALL.map(ValueType::as_str);
    ValueType::parse(node.need("type", findings)?.one_of(&words, findings)?)
}

fn action(node: &Node<'_>, blueprint: &str, findings: &mut Findings) -> Option<Action> {
    node.object(findings)?;
    let identifier = node.need("identifier", findings).and_then(|node| node.identifier(Kind::Action, findings));
    let trigger = node.need("trigger", findings)?;
    let v2 = trigger.value.is_object();
    node.only(if v2 { V2_KEYS } else { V1_KEYS }, findings);
    let (started_by, user_inputs) = if v2 {
        (v2_trigger(&trigger, blueprint, findings), trigger.get("userInputs"))
    } else {
        (operation(&trigger, findings).map(Trigger::SelfService), node.get("userInputs"))
    };
    let invocation = node.need("invocationMethod", findings)?;
    let invocation_type =
        if invocation.value.is_object() { invocation.need("type", findings)? } else { invocation.clone() };
    let invocation_type = invocation_type.one_of(INVOCATIONS, findings);
    let inputs = user_inputs.as_ref().map(|node| inputs(node, findings)).unwrap_or_default();
    let entity = node.get("runner").and_then(|node| runner(&node, findings));

    let (identifier, trigger_kind, kafka) = (identifier?, started_by?, invocation_type? == "KAFKA");
    let own_payload = invocation.get("payload").map(|node| node.value.clone()).filter(|_| kafka && v2);
    let object = node.value.as_object()?;
    let document = match (kafka, v2) {
        (true, true) => with_payload(object, blueprint),
        (true, false) => lifted(object, blueprint, trigger.value, user_inputs.as_ref().map(|node| node.value)),
        (false, _) => without(object, &["runner"]),
    };
    let renamed = kafka && !v2;
    Some(Action {
        identifier: if renamed { format!("{blueprint}_{identifier}") } else { identifier.to_owned() },
        alias: renamed.then(|| identifier.to_owned()),
        blueprint: blueprint.to_owned(),
        trigger: trigger_kind,
        kafka,
        own_payload,
        inputs,
        entity,
        document,
    })
}

fn v2_trigger(trigger: &Node<'_>, blueprint: &str, findings: &mut Findings) -> Option<Trigger> {
    let kind = trigger.need("type", findings)?.one_of(&["self-service", "automation"], findings)?;
    if kind == "automation" {
        trigger.need("event", findings)?;
        return Some(Trigger::Automation);
    }
    trigger.only(
        &[
            "type",
            "operation",
            "userInputs",
            "blueprintIdentifier",
            "actionCardButtonText",
            "executeActionButtonText",
            "condition",
        ],
        findings,
    );
    if let Some(named) = trigger.get("blueprintIdentifier")
        && named.text(findings).is_some_and(|named| named != blueprint)
    {
        findings
            .error(
                named.file,
                named.place(),
                "other-blueprint",
                format!("the action stands in the file of blueprint `{blueprint}`"),
            )
            .help("move the action to that blueprint's file");
    }
    Some(Trigger::SelfService(operation(&trigger.need("operation", findings)?, findings)?))
}

fn operation(node: &Node<'_>, findings: &mut Findings) -> Option<Operation> {
    let words = Operation::ALL.map(Operation::as_str);
    Operation::parse(node.one_of(&words, findings)?)
}

fn inputs(node: &Node<'_>, findings: &mut Findings) -> Vec<Input> {
    node.only(&["properties", "required", "order", "steps", "titles"], findings);
    let pairs = node.get("properties").map(|node| node.pairs(findings)).unwrap_or_default();
    let required = node.get("required");
    let by_jq = required.as_ref().is_some_and(|node| node.value.is_object());
    let known: Vec<&str> = pairs.iter().map(|(key, _)| *key).collect();
    let required = match required {
        Some(node) if !by_jq => names(&node, &known, "input", findings),
        _ => Vec::new(),
    };
    let hidden = hidden_by_steps(node.value);
    let decided = |node: &Node<'_>, key: &str| node.get(key).is_some_and(|rule| rule.value.get("jqQuery").is_some());
    pairs
        .into_iter()
        .filter_map(|(key, node)| {
            check_key(key, &node, findings);
            let value_type = value_type(&node, findings)?;
            let format = node.get("format").or_else(|| node.get("items")?.get("format"));
            let is_entity = format.is_some_and(|format| format.value == "entity");
            let filled = node.get("default").is_some() && !decided(&node, "default");
            let presence = if decided(&node, "visible") || hidden.contains(&key) {
                Presence::Depends
            } else if required.contains(&key) || filled {
                Presence::Always
            } else if by_jq || decided(&node, "default") {
                Presence::Depends
            } else {
                Presence::Optional
            };
            let value_type = if is_entity && value_type == ValueType::String { ValueType::Object } else { value_type };
            let encryption = node.get("encryption").map(|node| match node.value {
                Value::Object(_) => Encryption::ClientSide,
                _ => Encryption::Aes256Gcm,
            });
            Some(Input { key: key.to_owned(), value_type, is_entity, presence, encryption })
        })
        .collect()
}

/// Inputs on steps of the form that jq may leave out.
fn hidden_by_steps(inputs: &Value) -> Vec<&str> {
    let steps = inputs.get("steps").and_then(Value::as_array).into_iter().flatten();
    let decided = steps.filter(|step| step.pointer("/visible/jqQuery").is_some());
    let order = decided.filter_map(|step| step.get("order")?.as_array());
    order.flatten().filter_map(Value::as_str).collect()
}

/// The `runner` key, our own: `{"entity": {…}}`.
fn runner(node: &Node<'_>, findings: &mut Findings) -> Option<EntityTemplate> {
    node.object(findings)?;
    node.only(&["entity"], findings);
    let entity = node.get("entity")?;
    entity.object(findings)?;
    let known = ["identifier", "title", "icon", "team", "properties", "relations"];
    for (key, value) in entity.pairs(findings).into_iter().filter(|(key, _)| !known.contains(key)) {
        let finding = findings.error(value.file, value.key_place(), "unknown-key", format!("an entity has no `{key}`"));
        match crate::document::nearest(key, &known) {
            Some(word) => finding.help(format!("did you mean `{word}`?")),
            None => finding.help(format!("a property goes below `properties`: \"properties\": {{ \"{key}\": … }}")),
        }
    }
    let value = |key: &str| entity.get(key).map(|node| node.value.clone()).unwrap_or_default();
    let map = |key: &str, findings: &mut Findings| {
        entity.get(key).and_then(|node| node.object(findings)).cloned().unwrap_or_default()
    };
    Some(EntityTemplate {
        identifier: value("identifier"),
        title: value("title"),
        icon: value("icon"),
        team: value("team"),
        properties: map("properties", findings),
        relations: map("relations", findings),
    })
}

/// The payload that our handler reads, for actions without one.
fn payload() -> Value {
    json!({
        "action": "{{ .action.identifier }}",
        "context": {
            "runId": "{{ .run.id }}",
            "blueprint": "{{ .action.blueprint }}",
            "entity": "{{ .entity.identifier }}",
        },
        "trigger": "{{ .trigger }}",
        "inputs": "{{ .inputs }}",
        "encrypted": "{{ .action.encryptedProperties }}",
        "entity": "{{ if .entity == {} then null else .entity end }}",
    })
}

/// A v2 action as Port should hold it: its blueprint named, and a payload.
fn with_payload(object: &Map<String, Value>, blueprint: &str) -> Value {
    let mut document = without(object, &["runner"]);
    if let Some(Value::Object(trigger)) = document.get_mut("trigger")
        && trigger.get("type").is_some_and(|kind| kind == "self-service")
    {
        trigger.entry("blueprintIdentifier").or_insert_with(|| blueprint.into());
        trigger.entry("userInputs").or_insert_with(|| json!({ "properties": {} }));
    }
    if let Some(Value::Object(invocation)) = document.get_mut("invocationMethod") {
        invocation.entry("payload").or_insert_with(payload);
    }
    document
}

/// A v0 or v1 `KAFKA` action in its v2 form.
fn lifted(object: &Map<String, Value>, blueprint: &str, trigger: &Value, inputs: Option<&Value>) -> Value {
    let identifier = object.get("identifier").and_then(Value::as_str).unwrap_or_default();
    let mut document = Map::new();
    document.insert("identifier".to_owned(), format!("{blueprint}_{identifier}").into());
    for key in ["title", "icon", "description"] {
        document.extend(object.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    document.insert(
        "trigger".to_owned(),
        json!({
            "type": "self-service",
            "operation": trigger,
            "blueprintIdentifier": blueprint,
            "userInputs": inputs.cloned().unwrap_or_else(|| json!({ "properties": {} })),
        }),
    );
    document.insert("invocationMethod".to_owned(), json!({ "type": "KAFKA", "payload": payload() }));
    for key in ["requiredApproval", "approvalNotification"] {
        document.extend(object.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    Value::Object(document)
}

/// A copy without `keys`, and without what only Port's answers have.
fn without(object: &Map<String, Value>, keys: &[&str]) -> Value {
    let dropped = |key: &str| keys.contains(&key) || ANSWERED.contains(&key);
    Value::Object(object.iter().filter(|(key, _)| !dropped(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
}
