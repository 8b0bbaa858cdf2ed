//! Lists of blueprints and actions, input that is missing, and encodings that are not known.

use serde_json::{Value, json};

use super::input::ZONE;
use crate::workspace::{Workspace, code, text};

/// A list with blueprints and actions is one input: an action belongs to the blueprint that it names, in every generation.
#[test]
fn lists_may_mix_blueprints_and_actions() {
    let vm = json!({"identifier": "vm", "title": "VM", "schema": {"properties": {"cpu": {"type": "number"}}}});
    let action = |identifier: &str, operation: &str, cpu: &str| {
        json!({
            "identifier": identifier, "title": "A", "invocationMethod": {"type": "KAFKA"},
            "trigger": {"type": "self-service", "operation": operation, "blueprintIdentifier": "vm",
                "userInputs": {"properties": {"cpu": {"type": "number"}}, "required": ["cpu"]}},
            "runner": {"entity": {"identifier": "{{ .run.id }}", "properties": {"cpu": cpu}}},
        })
    };
    let legacy = json!({"identifier": "stop", "title": "S", "trigger": "DELETE", "blueprint": "vm",
        "invocationMethod": {"type": "KAFKA"}, "userInputs": {"properties": {}}});
    let create = action("create", "CREATE", "{{ .inputs.cpu }}");
    let with = |actions: &[&Value]| {
        let mut file = vm.clone();
        file["actions"] = json!(actions);
        file
    };
    let published = |file: &Value| {
        let workspace = Workspace::empty();
        workspace.put("blueprints/vm.json", file.to_string());
        let output = workspace.synth(&[]);
        assert_eq!(code(&output), 0, "{file}: {}", text(&output.stderr));
        assert_eq!(code(&workspace.synth(&["check"])), 0);
        let document: Value = serde_json::from_str(&workspace.get("out/port/vm.json")).unwrap();
        (document, workspace.get("out/plan.json"))
    };
    let (want, plan) = published(&with(&[&create, &legacy]));
    for (file, is_list) in [
        (json!([vm, create, legacy]), true),
        (json!([create, legacy, vm]), true),
        (json!({"blueprint": vm, "actions": [create, legacy]}), false),
        (json!([{"blueprint": vm, "actions": [create, legacy]}]), true),
        (json!({"ok": true, "blueprints": [vm], "actions": [create, legacy]}), true),
        (json!([with(&[&create]), legacy]), true),
    ] {
        let (document, same) = published(&file);
        assert_eq!(document, if is_list { json!([want]) } else { want.clone() }, "{file}");
        assert_eq!(same, plan, "{file}");
    }
    // What was published is input again.
    assert_eq!(published(&want).0, want);

    // Mistakes are at their places, and an action without its blueprint is one of them.
    let elsewhere = Value::from(create.to_string().replace("\"vm\"", "\"db\""));
    let elsewhere: Value = serde_json::from_str(elsewhere.as_str().unwrap()).unwrap();
    let mut unnamed = legacy.clone();
    unnamed.as_object_mut().unwrap().remove("blueprint");
    for (file, pointer, code, words) in [
        (
            json!([vm, action("create", "CREATE", "{{ .inputs.cpus }}")]),
            "/1/runner/entity/properties/cpu",
            "unknown-input",
            "cpus",
        ),
        (json!([vm, elsewhere]), "/1/identifier", "action-alone", "its blueprint `db`"),
        (json!([vm, unnamed]), "/1/identifier", "action-alone", "does not name its blueprint"),
        (
            json!({"blueprint": vm, "actions": [elsewhere]}),
            "/actions/0/trigger/blueprintIdentifier",
            "other-blueprint",
            "vm",
        ),
        (json!([vm, create, create]), "/2/identifier", "duplicate-identifier", "create"),
    ] {
        let workspace = Workspace::empty();
        workspace.put("blueprints/a.json", file.to_string());
        let findings = workspace.findings(&["check"]);
        let found = findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{findings:?}"));
        assert_eq!(found["pointer"], pointer, "{found}");
        assert!(found["message"].as_str().unwrap().contains(words), "{found}");
    }
}

/// Most encodings give every byte a meaning, so none is guessed: the message says what the bytes prove.
#[test]
fn encodings_are_not_guessed() {
    let workspace = Workspace::empty();
    for (bytes, words) in [
        (&b"{\"title\": \"caf\xE9\"}"[..], "byte 0xE9 begins no character"),
        (b"{\"title\": \"\xC4\xE3\xBA\xC3\"}", "byte 0xC4 begins no character"),
        (b"{\"title\": \"\xED\xA0\xBD\xED\xB8\x80\"}", "surrogate pair"),
        (b"{\"title\": \"\xE2\x82\"}", "byte 0xE2 begins no character"),
        (b"{\"title\": \"\xE2\x82", "ends in the middle of a character"),
        (b"\xC0\x7F\x89\x84\x7F\x7A\x40\x7F\xA5\x94\x7F\xD0", "byte 0xC0 begins no character"),
        (b"\xC0\x15\x7F\x89\x84\x7F\xD0\x15", "control characters"),
    ] {
        workspace.put("a.json", bytes);
        let findings = workspace.findings(&["check", "a.json"]);
        assert_eq!((findings.len(), &findings[0]["code"]), (1, &json!("unreadable")));
        let message = findings[0]["message"].as_str().unwrap();
        assert!(message.contains(words) && !message.contains("Latin"), "{message}");
    }
}

/// A program that reads findings gets a document also if there is nothing to judge.
#[test]
fn findings_for_programs_say_that_there_is_no_input() {
    let workspace = Workspace::empty();
    let read = |arguments: &[&str], file: &str| {
        let plain = workspace.synth(arguments);
        for format in ["json", "sarif"] {
            let output = workspace.synth(&[arguments, &["--message-format", format]].concat());
            assert_eq!((code(&output), &output.stderr), (2, &plain.stderr), "{arguments:?}");
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            let found = if format == "json" {
                (document[0]["file"].clone(), document[0]["code"].clone())
            } else {
                let result = &document["runs"][0]["results"][0];
                let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
                (artifact.clone(), result["ruleId"].clone())
            };
            assert_eq!(found, (json!(file), json!("unreadable")), "{arguments:?}");
        }
    };
    for command in ["check", "build"] {
        read(&[command], "blueprints");
        read(&[command, "--blueprints", "nowhere"], "nowhere");
    }
    read(&["build", "--check"], "blueprints");
    read(&["check", "nowhere.json"], "nowhere.json");
    std::fs::create_dir(workspace.path().join("blueprints")).unwrap();
    read(&["check"], "blueprints");
    workspace.put("blueprints/vm.yaml", "");
    read(&["check"], "blueprints");
    workspace.put("blueprints/zone.json", ZONE);
    read(&["check", "--config", "nowhere.toml"], "nowhere.toml");
    read(&["build", "--overrides", "nowhere.json"], "nowhere.json");
}
