//! The fake's answers against Port's own description of them, `PORT_OPENAPI`: a file that this repository does not hold.

use std::env;
use std::fs;

use serde_json::{Value, json};

mod wire;

use wire::{Wire, port};

#[test]
fn answers_have_the_documented_shape() {
    let Some(path) = env::var_os("PORT_OPENAPI") else {
        println!("skipped: PORT_OPENAPI does not name Port's OpenAPI document");
        return;
    };
    let document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let port = port();
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    let mut wire = Wire::signed_in(&port);
    let vm = json!({"identifier": "a", "icon": "Server", "properties": {"cpu": 1}, "relations": {}});
    let own = json!({"identifier": "b", "title": "B", "schema": {"properties": {}}, "relations": {}});
    let credentials = json!({"clientId": "id", "clientSecret": "secret"});
    let (b, e) = ("{blueprint_identifier}", "{entity_identifier}");
    let entities = format!("/v1/blueprints/{b}/entities");
    let entity = format!("{entities}/{e}");
    let run = "/v1/actions/runs/{run_id}";
    let calls: [(&str, &str, String, &str, Value, u16); 24] = [
        ("POST", "/v1/auth/access_token", "/v1/auth/access_token".into(), "", credentials, 200),
        ("POST", "/v1/auth/access_token", "/v1/auth/access_token".into(), "", json!({"clientId": "id"}), 422),
        ("POST", "/v1/blueprints", "/v1/blueprints".into(), "", own.clone(), 201),
        ("GET", "/v1/blueprints", "/v1/blueprints".into(), "", Value::Null, 200),
        ("GET", "/v1/blueprints/{identifier}", "/v1/blueprints/vm".into(), "", Value::Null, 200),
        ("PUT", "/v1/blueprints/{identifier}", "/v1/blueprints/b".into(), "", own, 200),
        ("PATCH", "/v1/blueprints/{identifier}", "/v1/blueprints/b".into(), "", json!({"title": "C"}), 200),
        ("DELETE", "/v1/blueprints/{identifier}", "/v1/blueprints/b".into(), "", Value::Null, 200),
        ("DELETE", "/v1/blueprints/{identifier}", "/v1/blueprints/b".into(), "", Value::Null, 404),
        ("POST", &entities, "/v1/blueprints/vm/entities".into(), "?upsert=false", vm.clone(), 201),
        ("POST", &entities, "/v1/blueprints/vm/entities".into(), "", json!({"identifier": "b"}), 422),
        ("POST", &entities, "/v1/blueprints/none/entities".into(), "", vm.clone(), 404),
        ("GET", &entity, "/v1/blueprints/vm/entities/a".into(), "", Value::Null, 200),
        ("PATCH", &entity, "/v1/blueprints/vm/entities/a".into(), "", json!({"title": "A"}), 200),
        ("PUT", &entity, "/v1/blueprints/vm/entities/a".into(), "", vm, 200),
        ("DELETE", &entity, "/v1/blueprints/vm/entities/a".into(), "", Value::Null, 200),
        (
            "POST",
            "/v1/actions/{action_identifier}/runs",
            "/v1/actions/vm_create_vm/runs".into(),
            "",
            json!({"properties": {"cpu": 1}}),
            202,
        ),
        ("GET", "/v1/actions/runs", "/v1/actions/runs".into(), "", Value::Null, 200),
        ("GET", run, "/v1/actions/runs/r_1".into(), "?version=v2", Value::Null, 200),
        ("PATCH", run, "/v1/actions/runs/r_1".into(), "", json!({"status": "SUCCESS", "link": "https://a.test"}), 200),
        ("PATCH", run, "/v1/actions/runs/r_1".into(), "", json!({"status": "IN_PROGRESS"}), 422),
        ("GET", run, "/v1/actions/runs/none".into(), "", Value::Null, 404),
        ("POST", &format!("{run}/logs"), "/v1/actions/runs/r_1/logs".into(), "", json!({"message": "x"}), 201),
        ("GET", &format!("{run}/logs"), "/v1/actions/runs/r_1/logs".into(), "", Value::Null, 200),
    ];
    let mut misfits = Vec::new();
    for (method, template, path, query, body, status) in calls {
        let body = (!body.is_null()).then_some(&body);
        let answer = wire.send(method, &format!("{path}{query}"), body).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.json());
        let responses = &document["paths"][template][method.to_ascii_lowercase()]["responses"];
        let schema = &responses[status.to_string()]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {template} {status} is not described");
        check(&document, schema, &documented(answer.json()), &format!("{method} {template}"), &mut misfits);
    }
    assert_eq!(misfits, Vec::<String>::new());
}

/// The part of an answer that Port describes. Its description of an entity is that of the request and lacks what
/// Port adds; `endedAt` is null in the prose and a text in the description.
fn documented(mut answer: Value) -> Value {
    if let Some(entity) = answer.get_mut("entity").and_then(Value::as_object_mut) {
        entity.retain(|key, _| key != "blueprint" && !key.ends_with("At") && !key.ends_with("By"));
    }
    let runs = answer.get_mut("runs").and_then(Value::as_array_mut).into_iter().flatten().collect::<Vec<_>>();
    for run in runs {
        drop_null_end(run);
    }
    if let Some(run) = answer.get_mut("run") {
        drop_null_end(run);
    }
    answer
}

fn drop_null_end(run: &mut Value) {
    if let Some(run) = run.as_object_mut() {
        run.retain(|key, value| key != "endedAt" || !value.is_null());
    }
}

/// Enough of JSON Schema for the document.
fn check(document: &Value, schema: &Value, value: &Value, at: &str, misfits: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        match document.pointer(&reference[1..]) {
            Some(target) => check(document, target, value, at, misfits),
            None => misfits.push(format!("{reference} leads nowhere")),
        }
        return;
    }
    let fits = |schema: &Value| {
        let mut found = Vec::new();
        check(document, schema, value, at, &mut found);
        found.is_empty()
    };
    for keyword in ["oneOf", "anyOf"] {
        if schema[keyword].as_array().is_some_and(|choices| !choices.iter().any(fits)) {
            misfits.push(format!("{at}: {value} fits none of {keyword}"));
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&kind) {
        misfits.push(format!("{at}: {value} is no {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|choices| !choices.contains(value)) {
        misfits.push(format!("{at}: {value} is none of {}", schema["enum"]));
    }
    if let Some(items) = value.as_array().filter(|_| schema["items"].is_object()) {
        for item in items {
            check(document, &schema["items"], item, &format!("{at}/items"), misfits);
        }
    }
    let Some(object) = value.as_object() else { return };
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(key) {
            misfits.push(format!("{at}: {key} is missing"));
        }
    }
    for (key, value) in object {
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(property), _) => check(document, property, value, &format!("{at}/{key}"), misfits),
            (None, Value::Bool(false)) => misfits.push(format!("{at}: {key} is not described")),
            (None, Value::Object(_)) => {
                check(document, &schema["additionalProperties"], value, &format!("{at}/{key}"), misfits);
            }
            _ => {}
        }
    }
}
