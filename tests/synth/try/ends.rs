//! How a run ends, and what becomes of entities.

use serde_json::json;

use super::{INPUTS, bootstrap, folder, misbehaving, seen, tried};
use crate::workspace::{Workspace, code, text};

/// Zones and the databases in them.
const ZONES: &str = r#"[
    {"identifier": "db", "title": "DB", "schema": {"properties": {}}},
    {"identifier": "zone", "title": "Zone", "schema": {"properties": {"n": {"type": "number"}}},
        "relations": {"db": {"target": "db", "many": false, "required": false}},
        "actions": [{"identifier": "move", "title": "Move", "invocationMethod": {"type": "KAFKA"}, "requiredApproval": true,
            "trigger": {"type": "self-service", "operation": "DAY-2", "blueprintIdentifier": "zone", "userInputs": {
                "properties": {
                    "to": {"type": "string", "format": "entity", "blueprint": "db"},
                    "n": {"type": "number", "default": 5}},
                "required": ["to"]}},
            "runner": {"entity": {
                "properties": {"n": "{{ 10 / (.inputs.n - 4) }}"}, "relations": {"db": "{{ .inputs.to.identifier }}"}}}},
        {"identifier": "fix", "title": "Fix", "invocationMethod": {"type": "KAFKA"},
            "trigger": {"type": "self-service", "operation": "DAY-2", "blueprintIdentifier": "zone",
                "userInputs": {"properties": {}, "required": []}},
            "runner": {"entity": {"relations": {"db": "main"}}}}]}]"#;

#[test]
fn each_operation_of_the_example_succeeds() {
    let workspace = Workspace::new();
    for (arguments, change, summary) in [
        (&[&["create_vm"], &INPUTS[..]].concat()[..], "created", "was created."),
        (&["resize_vm", "--entity", "box", "--input", "cpu_cores=8"], "changed", "`box` was updated."),
        (&["delete_vm", "--entity", "box"], "deleted", "`box` was deleted."),
    ] {
        let output = tried(&workspace, bootstrap(), &[arguments, &["--json"]].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
        let seen = seen(&output);
        assert_eq!((&seen["run"]["status"], &seen["open"]), (&json!("SUCCESS"), &json!(null)));
        assert!(seen["run"]["summary"].as_str().unwrap().ends_with(summary), "{seen}");
        assert_eq!(seen["entities"].as_array().unwrap().len(), 1);
        assert_eq!(seen["entities"][0]["change"], change);
        let calls: Vec<_> = seen["calls"].as_array().unwrap().iter().map(|call| &call["status"]).collect();
        assert!(calls.len() == 3 && calls.iter().all(|status| **status == 200 || **status == 201), "{calls:?}");
    }
}

/// The entity has the given properties before the run, and those that fit where none are given.
#[test]
fn entities_exist_before_the_run() {
    let workspace = folder(ZONES);
    let arguments =
        ["move", "--entity", "z", "--input", "to=new", "--entity-properties", "n=77", "--entity-properties", "db=old"];
    let output = tried(&workspace, bootstrap(), &[&arguments[..], &["--json"]].concat());
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), "note: in Port, a run of this action waits for an approval first\n");
    let change = &seen(&output)["entities"][0];
    let content = |entity: &serde_json::Value| (entity["properties"].clone(), entity["relations"].clone());
    assert_eq!(content(&change["before"]), (json!({"n": 77}), json!({"db": "old"})));
    assert_eq!(content(&change["after"]), (json!({"n": 10}), json!({"db": "new"})));
    // What a mapping relates to is not known beforehand.
    let fix = tried(&workspace, bootstrap(), &["fix", "--entity", "z"]);
    assert_eq!(code(&fix), 1);
    let refused = "  404  PATCH  /v1/blueprints/zone/entities/z  Entity of blueprint \"db\" with identifier \"main\" was not found\n";
    assert!(text(&fix.stdout).contains(refused), "{}", text(&fix.stdout));
    let fixed = tried(&workspace, bootstrap(), &["fix", "--entity", "z", "--exists", "db=main"]);
    assert_eq!(code(&fixed), 0, "{}", text(&fixed.stdout));
}

#[test]
fn a_failure_says_why() {
    let workspace = folder(ZONES);
    let output = tried(&workspace, bootstrap(), &["move", "--entity", "z", "--input", "to=x", "--input", "n=4"]);
    assert_eq!(code(&output), 1);
    let shown = text(&output.stdout);
    let end = "FAILURE  The expression `10 / (.inputs.n - 4)` failed on this run's inputs.  (";
    assert!(shown.contains("Entities in Port  none changed\n") && shown.contains(end), "{shown}");
}

/// Says that the function is a team's own.
fn with_own_code(workspace: &Workspace) {
    std::fs::write(workspace.path().join("synth.toml"), "runtime = \"cargo\"\n").unwrap();
}

/// A team's own code decides, and what it leaves open is not a success.
#[test]
fn a_team_s_own_code_is_tried() {
    let workspace = Workspace::new();
    with_own_code(&workspace);
    let vm = workspace.path().join("blueprints/vm.json");
    let text_of_vm = std::fs::read_to_string(&vm).unwrap();
    std::fs::write(&vm, text_of_vm.replacen("\"runner\": {", "\"runner\": { \"code\": true,", 1)).unwrap();
    for (title, want, reason) in [
        ("work", 0, "was created."),
        ("fail", 1, "FAILURE  No room in this region."),
        ("panic", 1, "FAILURE  The code of this action crashed."),
        ("leave open", 1, "NOT ENDED  the function answered and left it open"),
        ("hang", 1, "NOT ENDED  "),
    ] {
        let title = format!("title={title}");
        let arguments = [&["create_vm", "--timeout", "2", "--input", &title], &INPUTS[..]].concat();
        let output = tried(&workspace, misbehaving(), &arguments);
        let shown = text(&output.stdout);
        assert_eq!(code(&output), want, "{shown}");
        assert!(shown.contains(reason), "{shown}");
    }
}

/// Whether Port or the browser encrypts them.
#[test]
fn encrypted_inputs_reach_the_code() {
    let input = |encryption: &str| {
        format!(
            r#"{{"identifier": "vm", "title": "VM", "schema": {{"properties": {{}}}}, "actions": [{{"identifier": "create_vm",
            "title": "Create", "trigger": "CREATE", "invocationMethod": {{"type": "KAFKA"}}, "userInputs": {{"properties": {{
            "title": {{"type": "string"}}, "password": {{"type": "string", "encryption": {encryption}}}}}}},
            "runner": {{"code": true}}}}]}}"#
        )
    };
    for encryption in [r#""aes256-gcm""#, r#"{"algorithm": "client-side", "key": "-----BEGIN PUBLIC KEY-----"}"#] {
        let workspace = folder(&input(encryption));
        with_own_code(&workspace);
        let arguments = ["create_vm", "--input", "title=secret", "--input", "password=hünter2"];
        let output = tried(&workspace, misbehaving(), &arguments);
        let shown = text(&output.stdout);
        assert!(shown.contains("FAILURE  7 characters, among the inputs: false"), "{encryption}: {shown}");
        assert!(!shown.contains("hünter2"));
    }
}
