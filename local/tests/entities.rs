//! Entities: created, replaced, merged, deleted, and refused for each of Port's reasons.

use local::LateWrites;
use serde_json::{Value, json};

mod wire;

use wire::{Wire, port};

const VMS: &str = "/v1/blueprints/vm/entities";

fn vm(identifier: &str) -> Value {
    json!({"identifier": identifier, "title": "A", "properties": {"cpu": 2, "state": "on"}})
}

#[test]
fn a_second_create_is_a_conflict() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let made = wire.post(VMS, &vm("a"));
    assert_eq!((made.status, &made.json()["ok"]), (201, &json!(true)));
    assert_eq!(made.json()["entity"]["properties"], json!({"cpu": 2, "state": "on"}));
    assert!(made.json()["entity"]["createdAt"].is_string());
    let second = wire.post(VMS, &vm("a"));
    assert_eq!((second.status, &second.json()["ok"]), (409, &json!(false)));
    assert_eq!(wire.get(&format!("{VMS}/a")).json()["entity"], port.entity("vm", "a").unwrap());
}

#[test]
fn upsert_replaces_and_merge_keeps() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    wire.post(VMS, &vm("a"));
    let change = json!({"identifier": "a", "properties": {"cpu": 4}});
    assert_eq!(wire.post(&format!("{VMS}?upsert=true&merge=true"), &change).status, 201);
    let merged = port.entity("vm", "a").unwrap();
    assert_eq!((&merged["title"], &merged["properties"]), (&json!("A"), &json!({"cpu": 4, "state": "on"})));
    assert_eq!(wire.post(&format!("{VMS}?upsert=true"), &change).status, 201);
    let replaced = port.entity("vm", "a").unwrap();
    assert_eq!((&replaced["title"], &replaced["properties"]), (&json!("a"), &json!({"cpu": 4})));
    assert_eq!(wire.post(&format!("{VMS}?merge=true"), &change).status, 409);
}

#[test]
fn patch_merges_put_replaces_delete_removes() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let path = format!("{VMS}/a");
    let change = json!({"properties": {"cpu": 8, "state": null}});
    assert_eq!(wire.patch(&path, &change).status, 404);
    assert_eq!(wire.put(&path, &change).status, 404);
    assert_eq!(wire.delete(&path).status, 404);
    wire.post(VMS, &vm("a"));
    assert_eq!(wire.patch(&path, &change).status, 200);
    assert_eq!(port.entity("vm", "a").unwrap()["properties"], json!({"cpu": 8, "state": null}));
    assert_eq!(wire.patch(&path, &json!({"colour": "red"})).status, 422);
    assert_eq!(wire.put(&path, &json!({"properties": {"cpu": 1}})).status, 200);
    assert_eq!(port.entity("vm", "a").unwrap()["properties"], json!({"cpu": 1}));
    assert_eq!(wire.delete(&path).json(), json!({"ok": true}));
    assert_eq!(wire.get(&path).status, 404);
}

#[test]
fn percent_encoded_identifiers_are_decoded() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    for (identifier, encoded) in [
        ("a/b:c@d+e=f", "a%2Fb%3Ac%40d%2Be%3Df"),
        ("a\\b", "a%5Cb"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        ("サーバー", "%E3%82%B5%E3%83%BC%E3%83%90%E3%83%BC"),
    ] {
        assert_eq!(wire.post(VMS, &vm(identifier)).status, 201, "{identifier}");
        assert_eq!(wire.get(&format!("{VMS}/{encoded}")).json()["entity"]["identifier"], identifier);
    }
}

#[test]
fn identifiers_are_checked() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    for identifier in ["", ".", "..", "a b", "a#b", "a'b", "a\tb", "🚀", "क\u{93f}", &"x".repeat(1001)] {
        let refused = wire.post(VMS, &vm(identifier));
        assert_eq!((refused.status, &refused.json()["ok"]), (422, &json!(false)), "{identifier:?}");
    }
    assert_eq!(wire.post(VMS, &vm(&"é".repeat(1000))).status, 201);
    assert_eq!(wire.post(VMS, &json!({"identifier": 5, "properties": {"cpu": 1}})).status, 422);
    let made_up = wire.post(VMS, &json!({"properties": {"cpu": 1}}));
    assert!(made_up.json()["entity"]["identifier"].as_str().unwrap().starts_with("e_"));
}

#[test]
fn properties_are_checked_against_the_blueprint() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    for properties in [
        json!({}),
        json!({"cpu": null}),
        json!({"cpu": "2"}),
        json!({"cpu": 0}),
        json!({"cpu": 1, "state": "broken"}),
        json!({"cpu": 1, "since": "yesterday"}),
        json!({"cpu": 1, "tags": "a"}),
        json!({"cpu": 1, "tags": [1]}),
        json!({"cpu": 1, "unknown": 1}),
        json!([]),
    ] {
        let refused = wire.post(VMS, &json!({"identifier": "a", "properties": properties}));
        assert_eq!(refused.status, 422, "{properties}");
        assert!(refused.json()["message"].is_string());
    }
    let fits = json!({"cpu": 1.5, "state": "off", "since": "2026-01-01T00:00:00.000Z", "tags": ["a"]});
    assert_eq!(wire.post(VMS, &json!({"identifier": "a", "properties": fits})).status, 201);
    assert_eq!(wire.post("/v1/blueprints/none/entities", &vm("a")).status, 404);
    assert_eq!(wire.send_bytes("POST", VMS, b"{").unwrap().status, 422);
}

#[test]
fn a_relation_needs_its_target() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let mut entity = vm("a");
    entity["relations"] = json!({"region": "eu"});
    assert_eq!(wire.post(VMS, &entity).status, 404);
    assert_eq!(wire.post(&format!("{VMS}?create_missing_related_entities=true"), &entity).status, 201);
    assert_eq!(port.entity("region", "eu").unwrap()["title"], "eu");
    for relations in [json!({"region": ["eu"]}), json!({"peers": "a"}), json!({"unknown": "a"})] {
        assert_eq!(wire.patch(&format!("{VMS}/a"), &json!({"relations": relations})).status, 422, "{relations}");
    }
    assert_eq!(wire.patch(&format!("{VMS}/a"), &json!({"relations": {"peers": ["a"]}})).status, 200);
    let relations = json!({"region": "eu", "peers": ["a"]});
    assert_eq!(port.entity("vm", "a").unwrap()["relations"], relations);
}

#[test]
fn dependent_entities_are_deleted_only_on_request() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    wire.post(VMS, &vm("a"));
    let disk = json!({"identifier": "d", "relations": {"vm": "a"}});
    assert_eq!(wire.post("/v1/blueprints/disk/entities", &json!({"identifier": "d"})).status, 422);
    assert_eq!(wire.post("/v1/blueprints/disk/entities", &disk).status, 201);
    assert_eq!(wire.delete(&format!("{VMS}/a?delete_dependents=false")).status, 422);
    assert_eq!(wire.delete(&format!("{VMS}/a?delete_dependents=true")).status, 200);
    assert_eq!(port.entities(), Vec::<Value>::new());
}

#[test]
fn validation_only_writes_nothing() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.post(&format!("{VMS}?validation_only=true"), &vm("a")).status, 201);
    assert_eq!(port.entity("vm", "a"), None);
}

/// Port does not say what becomes of the write itself: here it is made, unless a test wants it refused.
#[test]
fn a_late_write_is_made_or_refused() {
    for (late_writes, created, changed) in [(LateWrites::Untied, 201, 200), (LateWrites::Refused, 422, 422)] {
        let port = port();
        assert_eq!(LateWrites::default(), LateWrites::Untied);
        port.set_late_writes(late_writes);
        port.add_entity("vm", vm("a"));
        port.add_run("r_1", "vm_create_vm", Some("vm"), None);
        let mut wire = Wire::signed_in(&port);
        wire.patch("/v1/actions/runs/r_1", &json!({"status": "SUCCESS"}));
        assert_eq!(wire.post(&format!("{VMS}?run_id=r_1"), &vm("b")).status, created);
        assert_eq!(wire.patch(&format!("{VMS}/a?run_id=r_1"), &json!({})).status, changed);
        assert_eq!(wire.delete(&format!("{VMS}/a?run_id=r_1")).status, changed);
    }
}

#[test]
fn an_entity_is_linked_to_open_runs_only() {
    let port = port();
    port.set_late_writes(LateWrites::Refused);
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.post(&format!("{VMS}?run_id=r_none"), &vm("a")).status, 404);
    assert_eq!(wire.post(&format!("{VMS}?run_id=r_1"), &vm("a")).status, 201);
    wire.patch("/v1/actions/runs/r_1", &json!({"status": "SUCCESS"}));
    let refused = wire.post(&format!("{VMS}?run_id=r_1"), &vm("b"));
    assert_eq!((refused.status, &refused.json()["error"]), (422, &json!("run_closed")));
    assert_eq!(wire.patch(&format!("{VMS}/a?run_id=r_1"), &json!({})).status, 422);
    assert_eq!(wire.delete(&format!("{VMS}/a?run_id=r_1")).status, 422);
    assert!(port.entity("vm", "a").is_some() && port.entity("vm", "b").is_none());
}
