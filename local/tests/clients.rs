//! What clients such as Terraform's provider rely on: empty parameters, documents that come back as they were sent, other
//! identifiers, and the end of everything.

use local::{FakePort, PortDocument};
use serde_json::{Map, Value, json};

#[path = "../../tests/openapi/mod.rs"]
mod openapi;
mod wire;

use openapi::Description;
use wire::{Wire, port};

const VMS: &str = "/v1/blueprints/vm/entities";

/// A Port in which every placeholder of a path names something.
fn filled() -> FakePort {
    let port = port();
    for identifier in ["a", "b"] {
        port.add_entity("vm", json!({"identifier": identifier, "title": identifier, "properties": {"cpu": 1}}));
    }
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    port.add_user(json!({"email": "ada", "teams": [{"name": "core"}]}));
    let mut wire = Wire::signed_in(&port);
    wire.post("/v1/blueprints", &json!({"identifier": "page", "title": "Page", "schema": {"properties": {}}}));
    wire.post("/v1/workflows", &workflow("flow"));
    port
}

fn workflow(identifier: &str) -> Value {
    let nodes = json!([{"identifier": "n", "config": {"type": "KAFKA"}}]);
    json!({"identifier": identifier, "nodes": nodes, "connections": []})
}

/// Returns a path of a template, and a body that the call accepts.
fn example(method: &str, template: &str) -> (String, Value) {
    let steps: Vec<&str> = template.split('/').collect();
    let path =
        steps.iter().zip([""].iter().chain(&steps)).map(|(step, before)| match (step.starts_with('{'), *before) {
            (false, _) => *step,
            (true, "blueprints") => "vm",
            (true, "entities") => "a",
            (true, "actions") => "vm_create_vm",
            (true, "runs") => "r_1",
            (true, "pages") => "pages",
            (true, "users") => "ada",
            (true, "teams") => "core",
            (true, "workflows") => "flow",
            (true, _) => "none",
        });
    let path = path.collect::<Vec<_>>().join("/");
    let body = match (method, path.as_str()) {
        ("POST", "/v1/blueprints") => json!({"identifier": "new", "title": "New", "schema": {"properties": {}}}),
        ("POST", VMS) => json!({"identifier": "new", "properties": {"cpu": 1}}),
        ("PUT" | "PATCH", "/v1/blueprints/vm/entities/a") => json!({"properties": {"cpu": 2}}),
        ("POST", "/v1/actions/vm_create_vm/runs") => json!({"properties": {"cpu": 1}}),
        ("PATCH", "/v1/actions/runs/r_1") => json!({"status": "SUCCESS"}),
        ("POST", "/v1/entities/search") => json!({"combinator": "and", "rules": []}),
        _ => Value::Null,
    };
    (path, body)
}

/// Removes what differs from one moment to the next.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            map.retain(|key, _| !key.ends_with("At"));
            map.values_mut().for_each(|inner| *inner = timeless(inner.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}

#[test]
fn an_empty_parameter_counts_as_absent() {
    let mut tried = 0;
    for description in Description::all() {
        for (method, template, operation) in description.operations() {
            let (path, body) = example(&method, template);
            let answer = |query: &str| {
                let port = filled();
                let mut wire = Wire::signed_in(&port);
                let answer = wire.send(&method, &format!("{path}{query}"), (!body.is_null()).then_some(&body)).unwrap();
                (
                    answer.status,
                    timeless(answer.json()),
                    timeless(json!([port.entities(), port.runs(), port.documents(PortDocument::Page)])),
                )
            };
            let names: Vec<&str> = operation.queries().collect();
            if names.is_empty() {
                continue;
            }
            let absent = answer("");
            let all: Vec<String> = names.iter().map(|name| format!("{name}=")).collect();
            for query in names.iter().map(|name| format!("?{name}=")).chain([format!("?{}", all.join("&"))]) {
                assert_eq!(answer(&query), absent, "{method} {path}{query}");
                tried += 1;
            }
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn an_entity_keeps_its_explicit_nulls() {
    let port = port();
    port.add_blueprint(json!({"identifier": "all", "title": "All", "schema": {"properties": {
        "text": {"type": "string"}, "number": {"type": "number"}, "flag": {"type": "boolean"},
        "object": {"type": "object"}, "array": {"type": "array"}, "items": {"type": "array", "items": {"type": "string"}}}},
        "relations": {"one": {"target": "vm"}, "many": {"target": "vm", "many": true}}}));
    let mut wire = Wire::signed_in(&port);
    let path = "/v1/blueprints/all/entities";
    let nulls = json!({"text": null, "number": null, "flag": null, "object": null, "array": null, "items": null});
    let values = json!({"text": "", "number": 0, "flag": false, "object": {"inner": null, "deep": {"list": [null]}},
        "array": [null, {"a": null}], "items": []});
    let relations = json!({"one": null, "many": null});
    for (write, properties) in
        [("POST", &nulls), ("PUT", &values), ("PUT", &nulls), ("PATCH", &values), ("PATCH", &nulls)]
    {
        let body = json!({"identifier": "e", "properties": properties, "relations": relations});
        let one = if write == "POST" { path.to_owned() } else { format!("{path}/e") };
        let answer = wire.send(write, &one, Some(&body)).unwrap().json();
        for entity in
            [&answer["entity"], &wire.get(&format!("{path}/e?exclude_calculated_properties=true")).json()["entity"]]
        {
            assert_eq!((&entity["properties"], &entity["relations"]), (properties, &relations), "{write}");
        }
    }
    // A merge touches what it names, and null is a value; without properties nothing is named.
    let merge = format!("{path}?upsert=true&merge=true");
    wire.post(&merge, &json!({"identifier": "e", "properties": {"text": "x", "number": 1}}));
    let merged = wire.post(&merge, &json!({"identifier": "e", "properties": {"text": null}, "relations": null})).json();
    let mut want = nulls.clone();
    want["number"] = 1.into();
    assert_eq!((&merged["entity"]["properties"], &merged["entity"]["relations"]), (&want, &relations));
    assert_eq!(
        wire.patch(&format!("{path}/e"), &json!({"properties": null, "title": null})).json()["entity"]["properties"],
        want
    );
    assert_eq!(wire.put(&format!("{path}/e"), &json!({"properties": null})).json()["entity"]["properties"], json!({}));
}

/// Everything in which an identifier may occur, as text.
fn everything(port: &FakePort) -> String {
    let kinds = [PortDocument::Blueprint, PortDocument::Action, PortDocument::Page, PortDocument::Workflow];
    let documents: Vec<Vec<Value>> = kinds.iter().map(|kind| port.documents(*kind)).collect();
    json!([documents, port.entities(), port.runs()]).to_string()
}

#[test]
fn a_blueprint_is_renamed_with_all_that_refers_to_it() {
    for method in ["PUT", "PATCH"] {
        let port = filled();
        port.add_blueprint(json!({"identifier": "disk", "title": "Disk", "schema": {"properties": {}},
            "relations": {"vm": {"target": "vm"}},
            "aggregationProperties": {"vms": {"target": "vm", "calculationSpec": {"calculationBy": "entities", "func": "count"}}}}));
        port.add_action(json!({"identifier": "watch", "trigger": {"type": "automation",
            "event": {"type": "ENTITY_CREATED", "blueprintIdentifier": "vm"}},
            "invocationMethod": {"type": "UPSERT_ENTITY", "blueprintIdentifier": "vm"}}));
        port.add_action(json!({"identifier": "attach", "trigger": {"type": "self-service", "operation": "CREATE", "userInputs":
            {"properties": {"vm": {"type": "string", "format": "entity", "blueprint": "vm"}}}}, "invocationMethod": {"type": "KAFKA"}}));
        port.add_action(
            json!({"identifier": "old", "blueprint": "vm", "trigger": "CREATE", "userInputs": {"properties": {}}}),
        );
        let mut wire = Wire::signed_in(&port);
        let page =
            json!({"identifier": "board", "type": "dashboard", "widgets": [{"type": "table", "blueprint": "vm"}]});
        assert_eq!(wire.post("/v1/pages", &page).status, 201);
        let mut document = port.blueprint("vm").unwrap();
        let created = document["createdAt"].clone();
        document["identifier"] = "machine".into();
        let renamed = wire.send(method, "/v1/blueprints/vm", Some(&document)).unwrap();
        assert_eq!(
            (renamed.status, &renamed.json()["blueprint"]["identifier"]),
            (200, &json!("machine")),
            "{}",
            renamed.json()
        );
        assert_eq!(renamed.json()["blueprint"]["relations"]["peers"]["target"], "machine", "its own relation");
        assert_eq!(renamed.json()["blueprint"]["createdAt"], created);
        assert_eq!(wire.get("/v1/blueprints/vm").status, 404);
        assert_eq!(wire.get("/v1/blueprints/machine/entities/a").json()["entity"]["blueprint"], "machine");
        assert_eq!(wire.get("/v1/blueprints/machine/entities-count").json()["count"], 2);
        assert_eq!(wire.get("/v1/actions/runs?blueprint=machine").json()["runs"].as_array().unwrap().len(), 1);
        assert!(!everything(&port).contains(":\"vm\""), "{}", everything(&port));
    }
}

#[test]
fn an_action_is_renamed_with_all_that_refers_to_it() {
    let port = filled();
    port.add_action(json!({"identifier": "watch", "trigger": {"type": "automation",
        "event": {"type": "RUN_CREATED", "actionIdentifier": "resize"}}, "invocationMethod": {"type": "KAFKA"}}));
    port.add_run("r_2", "resize", Some("vm"), Some("a"));
    let mut wire = Wire::signed_in(&port);
    let before = port.action("resize").unwrap();
    let document = json!({"identifier": "grow", "trigger": before["trigger"], "invocationMethod": {"type": "KAFKA"}});
    let renamed = wire.put("/v1/actions/resize", &document).json()["action"].clone();
    let kept = (&renamed["identifier"], &renamed["id"], &renamed["createdAt"]);
    assert_eq!(kept, (&json!("grow"), &before["id"], &before["createdAt"]));
    assert_eq!(wire.get("/v1/actions/resize").status, 404);
    assert_eq!(wire.get("/v1/actions/runs?action=grow").json()["runs"][0]["id"], "r_2");
    assert!(!everything(&port).contains("\"identifier\":\"resize\""), "{}", everything(&port));
    assert_eq!(port.action("watch").unwrap()["trigger"]["event"]["actionIdentifier"], "grow");
    let inputs = Map::from_iter([("cpu".to_owned(), Value::from(1))]);
    assert!(port.start_run("grow", inputs, Some("a")).is_ok());
}

#[test]
fn an_entity_is_renamed_with_all_that_refers_to_it() {
    for method in ["PUT", "PATCH"] {
        let port = filled();
        port.add_run("r_2", "resize", Some("vm"), Some("a"));
        port.add_entity("region", json!({"identifier": "a", "title": "A region of the same name"}));
        let mut wire = Wire::signed_in(&port);
        wire.patch(&format!("{VMS}/b"), &json!({"relations": {"peers": ["b", "a"], "region": "a"}}));
        wire.post("/v1/blueprints/disk/entities", &json!({"identifier": "d", "relations": {"vm": "a"}}));
        let created = port.entity("vm", "a").unwrap()["createdAt"].clone();
        let renamed = wire
            .send(method, &format!("{VMS}/a?run_id="), Some(&json!({"identifier": "z/9", "properties": {"cpu": 3}})))
            .unwrap();
        let entity = renamed.json()["entity"].clone();
        assert_eq!((renamed.status, &entity["identifier"], &entity["createdAt"]), (200, &json!("z/9"), &created));
        assert_eq!((wire.get(&format!("{VMS}/a")).status, wire.get(&format!("{VMS}/z%2F9")).status), (404, 200));
        assert_eq!(port.entity("vm", "b").unwrap()["relations"], json!({"peers": ["b", "z/9"], "region": "a"}));
        assert_eq!(port.entity("disk", "d").unwrap()["relations"], json!({"vm": "z/9"}));
        assert_eq!(port.run("r_2").unwrap()["entity"]["identifier"], "z/9");
        assert!(port.entity("region", "a").is_some());
    }
}

#[test]
fn pages_and_workflows_are_renamed() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    for (path, old, new) in [
        ("/v1/workflows", "flow", workflow("stream")),
        ("/v1/pages", "pages", json!({"identifier": "leaves", "type": "blueprint-entities", "blueprint": "page"})),
    ] {
        assert_eq!(wire.put(&format!("{path}/{old}"), &new).status, 200, "{path}");
        assert_eq!(wire.get(&format!("{path}/{old}")).status, 404, "{path}");
        let renamed = format!("{path}/{}", new["identifier"].as_str().unwrap());
        assert_eq!(wire.get(&renamed).status, 200, "{path}");
    }
}

#[test]
fn nothing_is_renamed_to_what_exists_or_is_not_legal() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    wire.post("/v1/workflows", &workflow("stream"));
    wire.post("/v1/pages", &json!({"identifier": "home", "type": "dashboard"}));
    let action = json!({"trigger": port.action("resize").unwrap()["trigger"], "invocationMethod": {"type": "KAFKA"}});
    let blueprint = json!({"title": "VM", "schema": {"properties": {"cpu": {"type": "number"}}}});
    for (path, mut document, taken, illegal) in [
        ("/v1/blueprints/vm", blueprint, "region", "a b"),
        ("/v1/actions/resize", action, "vm_create_vm", "a/b"),
        ("/v1/blueprints/vm/entities/a", json!({"properties": {"cpu": 1}}), "b", "a b"),
        ("/v1/workflows/flow", workflow("flow"), "stream", "a.b"),
        ("/v1/pages/pages", json!({"type": "dashboard"}), "home", ""),
    ] {
        let before = everything(&port);
        for (identifier, status) in [(taken, 409), (illegal, 422)] {
            document["identifier"] = identifier.into();
            assert_eq!(wire.put(path, &document).status, status, "{path} {identifier}");
        }
        assert_eq!(everything(&port), before, "{path}");
    }
}

#[test]
fn a_new_blueprint_has_a_page_unless_none_is_wanted() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let blueprint = |identifier: &str| json!({"identifier": identifier, "title": "Policy", "icon": "Lock", "schema": {"properties": {}}});
    wire.post("/v1/blueprints", &blueprint("policy"));
    wire.post("/v1/blueprints?create_catalog_page=true", &blueprint("box"));
    wire.post("/v1/blueprints?create_catalog_page=false", &blueprint("secret"));
    let page = wire.get("/v1/pages/policies").json()["page"].clone();
    assert_eq!(
        (&page["blueprint"], &page["type"], &page["title"]),
        (&json!("policy"), &json!("blueprint-entities"), &json!("Policies"))
    );
    assert_eq!(wire.get("/v1/pages").json()["pages"].as_array().unwrap().len(), 2);
    assert_eq!(wire.get("/v1/pages/secrets").status, 404);
    wire.delete("/v1/blueprints/policy");
    assert_eq!((wire.get("/v1/pages/policies").status, wire.get("/v1/pages/boxes").status), (404, 200));
    let wrong = json!({"identifier": "p", "type": "blueprint-entities", "blueprint": "none"});
    assert_eq!(wire.post("/v1/pages", &wrong).status, 404);
    assert_eq!(wire.post("/v1/pages", &json!({"identifier": "boxes", "type": "dashboard"})).status, 409);
    let merged = wire.patch("/v1/pages/boxes", &json!({"title": "All boxes"})).json()["page"].clone();
    assert_eq!((&merged["title"], &merged["blueprint"]), (&json!("All boxes"), &json!("box")));
}

#[test]
fn all_entities_of_a_blueprint_are_deleted_with_or_without_it() {
    for (query, is_left) in
        [("?delete_blueprint=true", false), ("?delete_blueprint=false", true), ("", true), ("?delete_blueprint=", true)]
    {
        let port = filled();
        let mut wire = Wire::signed_in(&port);
        assert_eq!(wire.delete("/v1/blueprints/vm").status, 422, "it has entities");
        let answer = wire.delete(&format!("/v1/blueprints/vm/all-entities{query}")).json();
        let migration =
            wire.get(&format!("/v1/migrations/{}", answer["migrationId"].as_str().unwrap())).json()["migration"]
                .clone();
        assert_eq!(
            (&migration["status"], &migration["sourceBlueprint"]),
            (&json!("COMPLETED"), &json!("vm")),
            "{query}"
        );
        assert_eq!((migration["successCount"].as_u64(), port.entities().len()), (Some(2), 0), "{query}");
        assert_eq!(port.blueprint("vm").is_some(), is_left, "{query}");
        assert_eq!(wire.delete("/v1/blueprints/none/all-entities").status, 404);
    }
}

#[test]
fn a_workflow_is_checked() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let made = wire.post("/v1/workflows", &workflow("flow"));
    assert_eq!((made.status, &made.json()["workflow"]["version"]), (201, &json!(1)));
    assert_eq!(wire.put("/v1/workflows/flow", &workflow("flow")).json()["workflow"]["version"], 2);
    assert_eq!(wire.post("/v1/workflows", &workflow("flow")).status, 409);
    for (key, value) in [
        ("identifier", json!("a.b")),
        ("identifier", json!("x".repeat(61))),
        ("nodes", json!("n")),
        ("nodes", json!([{"config": {"type": "KAFKA"}}])),
        ("nodes", json!([{"identifier": "n"}])),
        (
            "nodes",
            json!([{"identifier": "n", "config": {"type": "KAFKA"}}, {"identifier": "n", "config": {"type": "KAFKA"}}]),
        ),
        ("connections", json!([{"sourceIdentifier": "n", "targetIdentifier": "m"}])),
    ] {
        let mut wrong = workflow("other");
        wrong[key] = value;
        assert_eq!(wire.post("/v1/workflows", &wrong).status, 422, "{wrong}");
    }
}
