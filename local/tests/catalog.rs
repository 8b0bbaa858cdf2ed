//! Blueprints and actions: created, changed, merged, deleted, refused.

use serde_json::{Value, json};

mod wire;

use wire::{Wire, port};

fn blueprint(identifier: &str) -> Value {
    json!({"identifier": identifier, "title": "T", "schema": {"properties": {"a": {"type": "string"}}, "required": []}})
}

fn action(identifier: &str) -> Value {
    json!({
        "identifier": identifier,
        "trigger": {"type": "self-service", "operation": "CREATE", "blueprintIdentifier": "vm",
                    "userInputs": {"properties": {}}},
        "invocationMethod": {"type": "KAFKA"}
    })
}

#[test]
fn a_blueprint_is_created_once_and_then_changed() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.put("/v1/blueprints/b", &blueprint("b")).status, 404);
    let made = wire.post("/v1/blueprints", &blueprint("b"));
    assert_eq!((made.status, &made.json()["blueprint"]["identifier"]), (201, &json!("b")));
    assert_eq!(wire.post("/v1/blueprints", &blueprint("b")).status, 409);

    let addition = json!({"schema": {"properties": {"b": {"type": "number"}}}});
    assert_eq!(wire.patch("/v1/blueprints/b", &addition).status, 200);
    let merged = wire.get("/v1/blueprints/b").json();
    assert_eq!(merged["blueprint"]["schema"]["properties"], json!({"a": {"type": "string"}, "b": {"type": "number"}}));
    assert_eq!(merged["blueprint"]["createdAt"], made.json()["blueprint"]["createdAt"]);

    assert_eq!(wire.put("/v1/blueprints/b", &blueprint("b")).status, 200);
    assert_eq!(port.blueprint("b").unwrap()["schema"]["properties"], json!({"a": {"type": "string"}}));
    assert_eq!(wire.get("/v1/blueprints").json()["blueprints"].as_array().unwrap().len(), 4);
    assert_eq!(wire.delete("/v1/blueprints/b").status, 200);
    assert_eq!(wire.get("/v1/blueprints/b").status, 404);
}

#[test]
fn an_invalid_blueprint_is_refused() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let long = "x".repeat(101);
    for identifier in ["", ".", "..", "a b", "a=b", "a#b", long.as_str()] {
        assert_eq!(wire.post("/v1/blueprints", &blueprint(identifier)).status, 422, "{identifier}");
    }
    for identifier in ["größe", "a/b\\c", "サーバー"] {
        assert_eq!(wire.post("/v1/blueprints", &blueprint(identifier)).status, 201, "{identifier}");
    }
    let mut integer = blueprint("b");
    integer["schema"]["properties"]["a"]["type"] = json!("integer");
    assert_eq!(wire.post("/v1/blueprints", &integer).status, 422);
    let mut dangling = blueprint("b");
    dangling["relations"] = json!({"r": {"target": "none", "required": false, "many": false}});
    assert_eq!(wire.post("/v1/blueprints", &dangling).status, 404);
}

#[test]
fn the_targets_of_a_blueprint_must_exist() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    wire.post("/v1/blueprints", &blueprint("b"));
    let count = json!({"calculationBy": "entities", "func": "count"});
    for (map, of, status) in [
        ("relations", json!({"target": "vm"}), 200),
        ("relations", json!({"target": "b"}), 200),
        ("relations", json!({"target": "none"}), 404),
        ("relations", json!({"required": true}), 422),
        ("relations", json!({"target": "vm", "colour": "red"}), 422),
        ("aggregationProperties", json!({"title": "T", "target": "vm", "calculationSpec": count}), 200),
        ("aggregationProperties", json!({"title": "T", "target": "none", "calculationSpec": count}), 404),
    ] {
        let mut changed = blueprint("b");
        changed[map] = json!({"r": of});
        let answer = wire.put("/v1/blueprints/b", &changed);
        assert_eq!(answer.status, status, "{map} {of}");
        assert!(status != 404 || answer.json()["error"] == "not_found");
        changed["identifier"] = "new".into();
        let made = wire.post("/v1/blueprints", &changed).status;
        assert_eq!(made, if status == 200 { 201 } else { status }, "{map} {of}");
        wire.delete("/v1/blueprints/new");
    }
}

/// An answer differs from what was sent, and can be sent back.
#[test]
fn an_answer_includes_what_port_adds() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let mut sent = blueprint("b");
    sent["relations"] = json!({"vm": {"target": "vm"}});
    let mut made = wire.post("/v1/blueprints", &sent).json()["blueprint"].clone();
    for key in ["createdAt", "createdBy", "updatedAt", "updatedBy"] {
        assert!(made[key].is_string(), "{key}");
    }
    assert_eq!(made["relations"]["vm"], json!({"target": "vm", "required": false, "many": false}));
    assert_eq!(made["calculationProperties"], json!({}));
    made["createdAt"] = "1999-01-01T00:00:00.000Z".into();
    let changed = wire.put("/v1/blueprints/b", &made).json()["blueprint"].clone();
    assert_ne!(changed["createdAt"], made["createdAt"], "a time in the request is ignored");
    sent.as_object_mut().unwrap().remove("identifier");
    assert_eq!(wire.put("/v1/blueprints/b", &sent).status, 200, "the path names the blueprint");

    let mut sent = action("a");
    sent["approvalNotification"] = json!({});
    let made = wire.post("/v1/actions", &sent).json()["action"].clone();
    assert_eq!(made["approvalNotification"], json!({"type": "email"}));
    assert!(made["id"].is_string() && made["createdAt"].is_string());
    assert_eq!(wire.put("/v1/actions/a", &made).status, 422, "an action with unknown keys is refused");
}

#[test]
fn a_blueprint_with_entities_is_not_deleted() {
    let port = port();
    port.add_entity("vm", json!({"identifier": "a", "properties": {"cpu": 1}}));
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.delete("/v1/blueprints/vm").status, 422);
    wire.delete("/v1/blueprints/vm/entities/a?delete_dependents=true");
    assert_eq!(wire.delete("/v1/blueprints/vm?delete_actions=true").status, 200);
    assert_eq!(wire.get("/v1/actions").json()["actions"], json!([]));
}

#[test]
fn an_action_is_created_once_and_then_changed() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.put("/v1/actions/a", &action("a")).status, 404);
    let made = wire.post("/v1/actions", &action("a"));
    assert_eq!(made.status, 201);
    assert_eq!(wire.post("/v1/actions", &action("a")).status, 409);
    let changed = wire.put("/v1/actions/a", &action("a"));
    assert_eq!((changed.status, &changed.json()["action"]["id"]), (200, &made.json()["action"]["id"]));
    assert_eq!(wire.get("/v1/actions/a").status, 200);
    assert_eq!(wire.get("/v1/actions?operation=DAY-2").json()["actions"][0]["identifier"], "resize");
    let one_of = wire.get("/v1/actions?operation=DAY-2&operation=DELETE&action_identifier=a&action_identifier=resize");
    assert_eq!(one_of.json()["actions"].as_array().unwrap().len(), 1);
    assert_eq!(wire.delete("/v1/actions/a").status, 200);
    assert_eq!(wire.delete("/v1/actions/a").status, 404);
}

#[test]
fn an_invalid_action_is_refused() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.post("/v1/actions", &action("a/b")).status, 422);
    assert_eq!(wire.post("/v1/actions", &action("a=b")).status, 201);
    for (pointer, value, status) in [
        ("/trigger", json!("CREATE"), 422),
        ("/trigger/operation", json!("UPDATE"), 422),
        ("/trigger/blueprintIdentifier", json!("none"), 404),
        ("/invocationMethod", json!("KAFKA"), 422),
    ] {
        let mut wrong = action("a");
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert_eq!(wire.post("/v1/actions", &wrong).status, status, "{pointer}");
    }
    let mut extra = action("a");
    extra["runner"] = json!({});
    assert_eq!(wire.post("/v1/actions", &extra).status, 422);
}
