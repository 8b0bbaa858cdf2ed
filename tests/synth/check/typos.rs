//! A typo is one finding, and what it causes is not reported.

use serde_json::{Value, json};

use crate::workspace::{Workspace, code, text};

/// An input file in which every required key of an action is set.
fn file() -> Value {
    json!({
        "identifier": "vm",
        "title": "VM",
        "schema": { "properties": { "region": { "type": "string" } }, "required": ["region"] },
        "actions": [{
            "identifier": "create_vm",
            "title": "Create",
            "trigger": { "type": "self-service", "operation": "CREATE", "userInputs": { "properties": { "size": { "type": "string" } } } },
            "invocationMethod": { "type": "KAFKA" },
            "runner": { "entity": { "properties": { "region": "{{ .inputs.size // \"eu\" }}" } } },
        }],
    })
}

/// Returns the codes, severities and messages of a file's findings.
fn findings(file: &str) -> Vec<[String; 3]> {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/vm.json"), file).unwrap();
    let output = workspace.synth(&["check", "--message-format", "json"]);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(code(&output), i32::from(found.iter().any(|finding| finding["severity"] == "error")));
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    found.iter().map(|it| [word(it, "code"), word(it, "severity"), word(it, "help")]).collect()
}

#[test]
fn a_misspelled_required_key_is_one_error_with_the_right_key() {
    assert_eq!(findings(&file().to_string()), Vec::<[String; 3]>::new());
    let legacy = {
        let mut file = file();
        file["actions"][0]["trigger"] = json!("CREATE");
        file["actions"][0]["userInputs"] = json!({ "properties": { "size": { "type": "string" } } });
        file
    };
    for (file, keys) in [
        (file(), &["/identifier", "/title", "/schema", "/actions/0/identifier", "/actions/0/title"][..]),
        (file(), &["/actions/0/invocationMethod", "/actions/0/runner", "/actions/0/trigger/operation"]),
        (file(), &["/schema/properties", "/actions/0/trigger/userInputs/properties"]),
        (file(), &["/actions/0/runner/entity", "/actions/0/runner/entity/properties"]),
        (legacy, &["/actions/0/runner", "/actions/0/runner/entity"]),
    ] {
        for pointer in keys {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            for typo in [format!("{key}{}", &key[key.len() - 1..]), [&key[..2], &key[3..]].concat()] {
                let mut file = file.clone();
                let object = file.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                let value = object.remove(key).unwrap();
                object.insert(typo.clone(), value);
                let want = ["unknown-key".to_owned(), "error".to_owned(), format!("did you mean `{key}`?")];
                assert_eq!(findings(&file.to_string()), [want], "{pointer}: {typo}");
            }
        }
    }
}

#[test]
fn an_excerpt_shows_one_line_of_a_long_place() {
    let workspace = Workspace::new();
    let mut file = file();
    file["actions"][0].as_object_mut().unwrap().remove("invocationMethod");
    std::fs::write(workspace.path().join("blueprints/vm.json"), format!("{file:#}")).unwrap();
    let shown = text(&workspace.synth(&["check"]).stderr);
    assert!(shown.contains("`invocationMethod` is missing"), "{shown}");
    assert!(shown.lines().count() < 14, "{shown}");
}

#[test]
fn a_merge_conflict_is_named() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    let file = std::fs::read_to_string(&vm).unwrap();
    std::fs::write(&vm, format!("<<<<<<< HEAD\n{file}=======\n{file}>>>>>>> other\n")).unwrap();
    let shown = text(&workspace.synth(&["check"]).stderr);
    assert!(shown.contains("this file has an unresolved merge conflict"), "{shown}");
    assert!(shown.contains("vm.json:1:1"), "{shown}");
}
