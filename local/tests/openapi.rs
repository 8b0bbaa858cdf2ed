//! The fake's answers against Port's own description of them, and the description against wrong calls.

#![expect(clippy::unwrap_used, reason = "a test that cannot send its calls has failed")]

use local::KafkaCredentials;
use serde_json::{Value, json};

#[path = "../../tests/openapi/mod.rs"]
mod openapi;
mod wire;

use openapi::Description;
use wire::{Wire, port};

#[test]
fn answers_have_the_documented_shape() {
    for description in Description::all() {
        answers_fit(&description);
    }
}

/// Makes every kind of call; requests and answers are as described.
fn answers_fit(description: &Description) {
    let port = port();
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    let mut wire = Wire::signed_in(&port);
    let vm = json!({"identifier": "a", "icon": "Server", "properties": {"cpu": 1}, "relations": {}});
    let own = json!({"identifier": "b", "title": "B", "schema": {"properties": {}},
        "relations": {"vm": {"target": "vm", "required": false, "many": true}},
        "aggregationProperties": {"vms": {"title": "VMs", "target": "vm", "calculationSpec":
            {"calculationBy": "entities", "func": "count"}}}});
    let mut dangling = own.clone();
    dangling["aggregationProperties"]["vms"]["target"] = "none".into();
    let action = json!({"identifier": "c", "trigger": {"type": "self-service", "operation": "CREATE",
        "blueprintIdentifier": "vm", "userInputs": {"properties": {}}}, "invocationMethod": {"type": "KAFKA"}});
    let run = "/v1/actions/runs/r_1";
    let calls: [(&str, &str, Value, u16); 33] = [
        ("POST", "/v1/auth/access_token", json!({"clientId": "id", "clientSecret": "secret"}), 200),
        ("POST", "/v1/auth/access_token", json!({"clientId": "id"}), 422),
        ("POST", "/v1/blueprints", dangling.clone(), 404),
        ("POST", "/v1/blueprints", own.clone(), 201),
        ("GET", "/v1/blueprints", Value::Null, 200),
        ("GET", "/v1/blueprints/b", Value::Null, 200),
        ("PUT", "/v1/blueprints/b", own, 200),
        ("PUT", "/v1/blueprints/b", dangling, 404),
        ("PATCH", "/v1/blueprints/b", json!({"title": "C"}), 200),
        ("DELETE", "/v1/blueprints/b", Value::Null, 200),
        ("DELETE", "/v1/blueprints/b", Value::Null, 404),
        ("POST", "/v1/blueprints/vm/entities?upsert=false", vm.clone(), 201),
        ("POST", "/v1/blueprints/vm/entities", json!({"identifier": "b"}), 422),
        ("POST", "/v1/blueprints/none/entities", vm.clone(), 404),
        ("DELETE", "/v1/blueprints/vm?delete_actions=true", Value::Null, 422),
        ("GET", "/v1/blueprints/vm/entities/a", Value::Null, 200),
        ("PATCH", "/v1/blueprints/vm/entities/a", json!({"title": "A"}), 200),
        ("PUT", "/v1/blueprints/vm/entities/a", vm, 200),
        ("DELETE", "/v1/blueprints/vm/entities/a", Value::Null, 200),
        ("POST", "/v1/actions", action.clone(), 201),
        ("GET", "/v1/actions?version=v2&operation=CREATE&operation=DELETE", Value::Null, 200),
        ("GET", "/v1/actions/c", Value::Null, 200),
        ("PUT", "/v1/actions/c", action.clone(), 200),
        ("DELETE", "/v1/actions/c", Value::Null, 200),
        ("PUT", "/v1/actions/c", action, 404),
        ("POST", "/v1/actions/vm_create_vm/runs", json!({"properties": {"cpu": 1}}), 202),
        ("GET", "/v1/actions/runs?version=v2&active=true&source=API&limit=10", Value::Null, 200),
        ("GET", &format!("{run}?version=v2"), Value::Null, 200),
        ("PATCH", run, json!({"status": "SUCCESS", "link": "https://a.test"}), 200),
        ("PATCH", run, json!({"status": "IN_PROGRESS"}), 422),
        ("GET", "/v1/actions/runs/none", Value::Null, 404),
        ("POST", &format!("{run}/logs"), json!({"message": "x"}), 201),
        ("GET", &format!("{run}/logs?limit=50&offset=0"), Value::Null, 200),
    ];
    let mut misfits = Vec::new();
    for (method, path, body, status) in calls {
        let body = (!body.is_null()).then_some(&body);
        let answer = wire.send(method, path, body).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.json());
        let template = path.split('?').next().unwrap_or_default();
        let found = description.answer(method, template, status, &documented(answer.json()));
        misfits.extend(found.into_iter().map(|why| format!("{method} {path}: {why}")));
    }
    assert_eq!(misfits, Vec::<String>::new());
    let accepted: Vec<_> = port.calls().into_iter().filter(|call| call.status < 400).collect();
    assert_eq!(description.misfits(&accepted), Vec::<String>::new(), "Port accepts what the fake accepts");
}

/// These calls are described by this project alone: `PORT_OPENAPI` names an extract, which lacks most of them.
#[test]
fn answers_about_the_catalogue_and_people_have_the_documented_shape() {
    let description = Description::ours();
    let port = port();
    port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": {"cpu": 1, "state": null}}));
    port.add_entity("vm", json!({"identifier": "b", "title": "B", "properties": {"cpu": 2}}));
    port.add_user(json!({"email": "ada@a.test", "teams": [{"name": "core"}]}));
    port.set_kafka_credentials(KafkaCredentials {
        brokers: vec!["localhost:9196".to_owned()],
        username: "org".to_owned(),
        password: "word".to_owned(),
    });
    let mut wire = Wire::signed_in(&port);
    let rule = json!({"property": "$identifier", "operator": "beginsWith", "value": "a"});
    let query = json!({"combinator": "and", "rules": [rule]});
    let search = json!({"query": query, "include": ["$identifier", "$title"], "limit": 10});
    let page = json!({"identifier": "home", "type": "dashboard", "title": "Home", "widgets": []});
    let workflow =
        json!({"identifier": "flow", "nodes": [{"identifier": "n", "config": {"type": "KAFKA"}}], "connections": []});
    let database = json!({"identifier": "db", "title": "DB", "schema": {"properties": {}}});
    let mut calls = vec![
        ("POST", "/v1/blueprints?create_catalog_page=true", database, 201),
        ("GET", "/v1/pages/dbs", Value::Null, 200),
        ("POST", "/v1/blueprints/vm/entities/search", search.clone(), 200),
        ("POST", "/v1/blueprints/vm/entities/search", json!({"limit": 1}), 200),
        ("POST", "/v1/blueprints/none/entities/search", search, 404),
        ("POST", "/v1/blueprints/vm/entities/search", json!({"limit": 0}), 422),
        ("POST", "/v1/entities/search?include=identifier", query, 200),
        ("POST", "/v1/entities/search", json!({"combinator": "xor"}), 422),
        ("GET", "/v1/blueprints/vm/entities?exclude=title", Value::Null, 200),
        ("GET", "/v1/blueprints/none/entities", Value::Null, 404),
        ("GET", "/v1/blueprints/vm/entities-count", Value::Null, 200),
        ("GET", "/v1/blueprints/none/entities-count", Value::Null, 404),
        ("DELETE", "/v1/blueprints/none/all-entities", Value::Null, 404),
        ("GET", "/v1/migrations/none", Value::Null, 404),
        ("GET", "/v1/users?fields=email", Value::Null, 200),
        ("GET", "/v1/users/ada%40a.test", Value::Null, 200),
        ("GET", "/v1/users/none", Value::Null, 404),
        ("GET", "/v1/teams", Value::Null, 200),
        ("GET", "/v1/teams/core?fields=users.email&fields=name", Value::Null, 200),
        ("GET", "/v1/teams/none", Value::Null, 404),
        ("GET", "/v1/kafka-credentials", Value::Null, 200),
    ];
    for (path, one, document) in
        [("/v1/pages", "/v1/pages/home", &page), ("/v1/workflows", "/v1/workflows/flow", &workflow)]
    {
        calls.extend([
            ("POST", path, document.clone(), 201),
            ("POST", path, json!({"identifier": "x"}), 422),
            ("GET", path, Value::Null, 200),
            ("GET", one, Value::Null, 200),
            ("PUT", one, document.clone(), 200),
            ("PUT", one, json!({"identifier": "x"}), 422),
            ("DELETE", one, Value::Null, 200),
            ("DELETE", one, Value::Null, 404),
            ("PUT", one, document.clone(), 404),
        ]);
    }
    let mut misfits = Vec::new();
    let mut judge = |wire: &mut Wire, method: &str, path: &str, body: &Value, status: u16| {
        let answer = wire.send(method, path, (!body.is_null()).then_some(body)).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.json());
        let template = path.split('?').next().unwrap_or_default();
        let found = description.answer(method, template, status, &documented(answer.json()));
        misfits.extend(found.into_iter().map(|why| format!("{method} {path}: {why}")));
        answer.json()
    };
    for (method, path, body, status) in &calls {
        judge(&mut wire, method, path, body, *status);
    }
    let gone = judge(&mut wire, "DELETE", "/v1/blueprints/vm/all-entities?delete_blueprint=true", &Value::Null, 200);
    let migration = format!("/v1/migrations/{}", gone["migrationId"].as_str().unwrap());
    judge(&mut wire, "GET", &migration, &Value::Null, 200);
    assert_eq!(misfits, Vec::<String>::new());
    let accepted: Vec<_> = port.calls().into_iter().filter(|call| call.status < 400).collect();
    assert_eq!(description.misfits(&accepted), Vec::<String>::new());
}

#[test]
fn an_approval_has_the_documented_shape() {
    for description in Description::all() {
        let port = port();
        let mut action = port.action("vm_create_vm").unwrap();
        action["requiredApproval"] = json!({"type": "ANY"});
        port.add_action(action);
        port.add_user(json!({"email": "ada@a.test"}));
        let inputs = json!({"cpu": 1}).as_object().cloned().unwrap();
        let run = port.start_run("vm_create_vm", inputs, None).unwrap();
        let path = format!("/v1/actions/runs/{}", run["id"].as_str().unwrap());
        let mut wire = Wire::signed_in(&port);
        let approvers = "approvers?include_pending_approvers=true";
        for (method, call, body, status) in [
            ("GET", approvers, Value::Null, 200),
            ("PATCH", "approval?version=v2", json!({"status": "MAYBE"}), 422),
            ("PATCH", "approval?version=v2", json!({"status": "APPROVE", "description": "fine"}), 201),
            ("PATCH", "approval?version=v2", json!({"status": "DECLINE"}), 422),
            ("GET", approvers, Value::Null, 200),
        ] {
            let path = format!("{path}/{call}");
            let answer = wire.send(method, &path, (!body.is_null()).then_some(&body)).unwrap();
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.json());
            let template = path.split('?').next().unwrap_or_default();
            assert_eq!(description.answer(method, template, status, &documented(answer.json())), [""; 0], "{path}");
        }
        let accepted: Vec<_> = port.calls().into_iter().filter(|call| call.status < 400).collect();
        assert_eq!(description.misfits(&accepted), Vec::<String>::new());
    }
}

/// Each call in the description is served, and refuses what is wrong with any call in the described way.
#[test]
fn refusals_have_the_documented_shape() {
    for description in Description::all() {
        let port = port();
        let mut served = 0;
        for (method, template, operation) in description.operations() {
            let path = template.split('/').map(|step| if step.starts_with('{') { "none" } else { step });
            let path = path.collect::<Vec<_>>().join("/");
            let huge = vec![b' '; 1024 * 1024 + 1];
            let body: &[u8] = if operation.has_body() { b"[]" } else { b"" };
            let mut wire = Wire::connect(&port.url());
            let mut answers = Vec::new();
            if operation.describes(401) && template != "/v1/auth/access_token" {
                answers.push((401, wire.send_bytes(&method, &path, body).unwrap()));
            }
            wire.sign_in();
            let usual = wire.send_bytes(&method, &path, body).unwrap();
            let is_unknown = usual.status == 404 && usual.json()["message"].as_str().unwrap().starts_with("Route ");
            if is_unknown {
                // Port describes more than is needed here.
                assert!(UNSERVED.contains(&template), "{method} {template}");
                continue;
            }
            served += 1;
            if usual.status >= 400 {
                answers.push((usual.status, usual));
            }
            if operation.describes(413) && operation.has_body() {
                answers.push((413, wire.send_bytes(&method, &path, &huge).unwrap()));
            }
            for (status, answer) in answers {
                assert_eq!(answer.status, status, "{method} {template}: {}", answer.json());
                let misfits = description.answer(&method, &path, status, &answer.json());
                assert_eq!(misfits, [""; 0], "{method} {template} {status}: {}", answer.json());
            }
        }
        assert!(served > 20, "{served}");
    }
}

/// What Port's description has, and this Port does not.
const UNSERVED: [&str; 2] = ["/v1/audit-log", "/v1/blueprints/{blueprint_identifier}/entities/bulk"];

/// A check that never fails would make the tests that use it worthless.
#[test]
fn undescribed_calls_are_noticed() {
    for description in Description::all() {
        misfits_are_seen(&description);
    }
}

/// Makes one wrong call after another.
fn misfits_are_seen(description: &Description) {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let blueprint = json!({"identifier": "b", "title": "", "schema": {"properties": {}}});
    for (method, path, body) in [
        ("GET", "/v1/nothing", Value::Null),
        ("PATCH", "/v1/actions/a", json!({"title": "A"})),
        ("GET", "/v1/blueprints?limit=10", Value::Null),
        ("GET", "/v1/actions/runs?limit=1001", Value::Null),
        ("GET", "/v1/actions/runs?active=maybe", Value::Null),
        ("GET", "/v1/actions?operation=UPDATE", Value::Null),
        ("POST", "/v1/blueprints", blueprint),
        ("POST", "/v1/actions/vm_create_vm/runs", json!({"properties": {}, "title": "x"})),
        ("POST", "/v1/actions/vm_create_vm/runs", Value::Null),
    ] {
        port.clear_calls();
        wire.send(method, path, (!body.is_null()).then_some(&body)).unwrap();
        assert_eq!(
            description.misfits(&port.calls()).len(),
            1,
            "{method} {path} {:?}",
            description.misfits(&port.calls())
        );
    }
}

#[test]
fn undescribed_answers_are_noticed() {
    let action = json!({"identifier": "c"});
    for description in Description::all() {
        for (method, path, status, answer) in [
            ("GET", "/v1/nothing", 200, json!({"ok": true})),
            ("GET", "/v1/blueprints/b", 418, json!({"ok": false})),
            ("GET", "/v1/blueprints/b", 200, json!({"ok": true})),
            ("GET", "/v1/blueprints/b", 200, json!({"ok": true, "blueprint": {"title": "B"}})),
            ("GET", "/v1/blueprints/b", 404, json!({"ok": true})),
            ("POST", "/v1/actions", 422, json!({"ok": true, "action": action})),
            ("GET", "/v1/actions/runs", 200, json!({"ok": true, "runs": {}})),
        ] {
            let misfits = description.answer(method, path, status, &answer);
            assert!(!misfits.is_empty(), "{method} {path} {status}: {answer}");
        }
    }
}

/// Returns the part of an answer that Port describes. The description of an entity is that of the request, and lacks
/// what Port adds; `endedAt` is null in the prose and text in the description.
fn documented(mut answer: Value) -> Value {
    let written = |entity: &mut Value| {
        if let Some(entity) = entity.as_object_mut() {
            entity.retain(|key, _| key != "blueprint" && !key.ends_with("At") && !key.ends_with("By"));
        }
    };
    answer.get_mut("entity").map(written);
    answer.get_mut("entities").and_then(Value::as_array_mut).into_iter().flatten().for_each(written);
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
