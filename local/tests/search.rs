//! Searches: what each rule finds, in one blueprint and in all.

#![expect(clippy::unwrap_used, reason = "a test that cannot send its calls has failed")]

use serde_json::{Value, json};

mod wire;

use local::FakePort;
use wire::{Wire, port};

/// Three machines in a chain of peers, a region and a disk.
fn filled() -> FakePort {
    let port = port();
    port.add_entity("region", json!({"identifier": "eu", "title": "Europe"}));
    for (identifier, title, properties, relations) in [
        (
            "a1",
            "One",
            json!({"cpu": 1, "state": "on", "since": "2026-01-01T00:00:00.000Z", "tags": ["x", "y"], "net": {"ip": "10.0.0.1"}}),
            json!({"region": "eu", "peers": ["a2"]}),
        ),
        (
            "a2",
            "Two",
            json!({"cpu": 2, "state": "off", "since": "2026-06-01T02:00:00+02:00", "tags": []}),
            json!({"peers": ["b1"]}),
        ),
        ("b1", "One", json!({"cpu": 3, "state": null}), json!({})),
    ] {
        let entity = json!({"identifier": identifier, "title": title, "team": ["core"], "properties": properties, "relations": relations});
        port.add_entity("vm", entity);
    }
    port.add_entity("disk", json!({"identifier": "d", "title": "", "relations": {"vm": "a1"}}));
    port
}

fn found(wire: &mut Wire, rules: &[Value]) -> Vec<String> {
    let answer = wire.post("/v1/entities/search", &json!({"combinator": "and", "rules": rules}));
    assert_eq!(answer.status, 200, "{rules:?}: {}", answer.json());
    let entities = answer.json()["entities"].as_array().unwrap().clone();
    entities.iter().map(|entity| entity["identifier"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_operator_finds_what_it_says() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let vms = json!({"property": "$blueprint", "operator": "=", "value": "vm"});
    for (property, operator, value, want) in [
        ("cpu", "=", json!(1), &["a1"][..]),
        ("cpu", "!=", json!(1), &["a2", "b1"]),
        ("state", "=", json!(null), &["b1"]),
        ("state", "!=", json!("on"), &["a2", "b1"]),
        ("cpu", ">", json!(2), &["b1"]),
        ("cpu", ">=", json!(2), &["a2", "b1"]),
        ("cpu", "<", json!(2), &["a1"]),
        ("cpu", "<=", json!(2), &["a1", "a2"]),
        ("since", ">", json!("2026-05-31T23:00:00Z"), &["a2"]),
        ("since", "<=", json!("2026-06-01T00:00:00Z"), &["a1", "a2"]),
        ("state", "contains", json!("o"), &["a1", "a2"]),
        ("state", "doesNotContains", json!("f"), &["a1", "b1"]),
        ("tags", "contains", json!("x"), &["a1"]),
        ("$identifier", "beginsWith", json!("a"), &["a1", "a2"]),
        ("$identifier", "doesNotBeginsWith", json!("a"), &["b1"]),
        ("$identifier", "endsWith", json!("1"), &["a1", "b1"]),
        ("$identifier", "doesNotEndsWith", json!("1"), &["a2"]),
        ("$identifier", "in", json!(["a1", "b1", "c"]), &["a1", "b1"]),
        ("$identifier", "notIn", json!(["a1", "b1", "c"]), &["a2"]),
        ("state", "in", json!([]), &[]),
        ("tags", "containsAny", json!(["y", "z"]), &["a1"]),
        ("$team", "containsAny", json!(["core"]), &["a1", "a2", "b1"]),
        ("tags", "matchAny", json!(["y", "z"]), &["a1"]),
        ("net.ip", "=", json!("10.0.0.1"), &["a1"]),
        ("since", "between", json!({"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}), &["a1"]),
        ("since", "notBetween", json!({"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}), &["a2", "b1"]),
        ("$updatedAt", "between", json!({"preset": "lastDay"}), &["a1", "a2", "b1"]),
        ("since", "between", json!({"preset": "tomorrow"}), &[]),
    ] {
        let rule = json!({"property": property, "operator": operator, "value": value});
        assert_eq!(found(&mut wire, &[vms.clone(), rule.clone()]), want, "{rule}");
    }
    for (property, operator, want) in [
        ("state", "isEmpty", &["b1"][..]),
        ("state", "isNotEmpty", &["a1", "a2"]),
        ("tags", "isEmpty", &["a2", "b1"]),
        ("since", "isExpired", &["a1", "a2"]),
        ("since", "isNotExpired", &["b1"]),
    ] {
        let rule = json!({"property": property, "operator": operator});
        assert_eq!(found(&mut wire, &[vms.clone(), rule.clone()]), want, "{rule}");
    }
}

#[test]
fn rules_are_combined_and_nested() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let rule = |property: &str, value: &str| json!({"property": property, "operator": "=", "value": value});
    let either = json!({"combinator": "or", "rules": [rule("$identifier", "a2"), rule("state", "on")]});
    assert_eq!(found(&mut wire, &[either.clone(), rule("$title", "One")]), ["a1"]);
    assert_eq!(found(&mut wire, &[either]), ["a1", "a2"]);
    assert_eq!(found(&mut wire, &[]).len(), 5);
    let numbers = json!({"propertySchema": {"type": "number"}, "operator": "=", "value": 2});
    assert_eq!(found(&mut wire, &[numbers]), ["a2"]);
    let texts =
        json!({"propertySchema": {"type": "array", "items": {"type": "string"}}, "operator": "contains", "value": "x"});
    assert_eq!(found(&mut wire, &[texts]), ["a1"]);
}

#[test]
fn relatives_are_found_in_each_direction() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    for (rule, want) in [
        (json!({"value": "a2"}), &["d", "a1", "b1"][..]),
        (json!({"value": "a2", "direction": "upstream"}), &["d", "a1"]),
        (json!({"value": "a2", "direction": "downstream"}), &["b1"]),
        (json!({"value": ["a1"], "direction": "downstream"}), &["eu", "a2", "b1"]),
        (json!({"value": "a1", "required": true}), &["d"]),
        (json!({"value": "a1", "required": false}), &["eu", "a2", "b1"]),
        (json!({"value": ["none"]}), &[]),
    ] {
        let mut rule = rule;
        rule["operator"] = "relatedTo".into();
        rule["blueprint"] = "vm".into();
        assert_eq!(found(&mut wire, &[rule.clone()]), want, "{rule}");
    }
}

#[test]
fn a_rule_that_cannot_be_followed_is_refused() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    for rule in [
        json!("cpu"),
        json!({}),
        json!({"property": "cpu", "value": 1}),
        json!({"property": "cpu", "operator": "like", "value": 1}),
        json!({"property": "cpu", "operator": "="}),
        json!({"property": "cpu", "operator": "=", "value": {"jqQuery": ".form.cpu"}}),
        json!({"property": {"context": "user", "property": "email"}, "operator": "=", "value": "x"}),
        json!({"operator": "=", "value": 1}),
        json!({"property": "cpu", "operator": "in", "value": 1}),
        json!({"property": "cpu", "operator": "isEmpty", "value": 1}),
        json!({"property": "cpu", "operator": "between", "value": {"preset": "someday"}}),
        json!({"property": "cpu", "operator": ">", "value": true}),
        json!({"property": "cpu", "operator": "=", "value": 1, "colour": "red"}),
        json!({"operator": "relatedTo", "value": "a1"}),
        json!({"operator": "relatedTo", "blueprint": "vm", "value": 1}),
        json!({"operator": "relatedTo", "blueprint": "vm", "value": "a1", "direction": "sideways"}),
        json!({"combinator": "not", "rules": []}),
        json!({"combinator": "and"}),
    ] {
        let body = json!({"combinator": "and", "rules": [rule]});
        for (path, body) in
            [("/v1/entities/search", body.clone()), ("/v1/blueprints/vm/entities/search", json!({"query": body}))]
        {
            let answer = wire.post(path, &body);
            assert_eq!((answer.status, answer.json()["message"].is_string()), (422, true), "{path} {body}");
        }
    }
    let unknown = json!({"combinator": "and", "rules": [{"property": "cpu", "operator": "like", "value": 1}]});
    let message = wire.post("/v1/entities/search", &unknown).json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("\"like\"") && message.contains("doesNotBeginsWith"), "{message}");
}

#[test]
fn a_blueprints_entities_come_in_pages() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let search = "/v1/blueprints/vm/entities/search";
    let (mut seen, mut from) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({"limit": 1, "include": ["$identifier"]});
        if from.is_string() {
            body["from"] = from;
        }
        let answer = wire.post(search, &body).json();
        seen.extend(answer["entities"].as_array().unwrap().clone());
        from = answer["next"].clone();
        if from.is_null() {
            break;
        }
    }
    assert_eq!(seen, [json!({"identifier": "a1"}), json!({"identifier": "a2"}), json!({"identifier": "b1"})]);
    for body in [
        json!({"limit": 0}),
        json!({"limit": 1001}),
        json!({"limit": "2"}),
        json!({"include": "$title"}),
        json!({"exclude": [1]}),
        json!({"from": 1}),
        json!({"rules": []}),
        json!({"query": []}),
        json!({"query": {"rules": []}}),
    ] {
        assert_eq!(wire.post(search, &body).status, 422, "{body}");
    }
    assert_eq!(wire.post("/v1/blueprints/none/entities/search", &json!({})).status, 404);
}

#[test]
fn a_caller_gets_the_values_that_it_names() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let entities = "/v1/blueprints/vm/entities";
    assert_eq!(wire.get(&format!("{entities}-count")).json(), json!({"ok": true, "count": 3}));
    let list = wire.get(entities).json();
    assert_eq!(list["entities"].as_array().unwrap().len(), 3);
    assert_eq!(list["entities"][0], wire.get(&format!("{entities}/a1")).json()["entity"]);
    let some = json!({"identifier": "a1", "properties": {"cpu": 1}, "relations": {"region": "eu"}});
    for query in [
        "include=identifier&include=properties.cpu&include=relations.region",
        "include=$identifier,cpu,region",
        "include=identifier,properties,region&exclude=state,since,properties.tags,net",
    ] {
        assert_eq!(wire.get(&format!("{entities}/a1?{query}")).json()["entity"], some, "{query}");
        assert_eq!(wire.get(&format!("{entities}?{query}")).json()["entities"][0], some, "{query}");
        let all = json!({"combinator": "and", "rules": [{"property": "cpu", "operator": "=", "value": 1}]});
        assert_eq!(wire.post(&format!("/v1/entities/search?{query}"), &all).json()["entities"][0], some, "{query}");
    }
    let rest = wire.get(&format!("{entities}/a1?exclude=properties,$createdAt,createdBy,updatedAt,updatedBy")).json();
    let keys: Vec<&String> = rest["entity"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["identifier", "title", "blueprint", "team", "relations"]);
    assert_eq!(wire.get("/v1/blueprints/none/entities").status, 404);
    assert_eq!(wire.get("/v1/blueprints/none/entities-count").status, 404);
}
