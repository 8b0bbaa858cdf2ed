//! A saved file is in force at once; a broken one changes nothing.

use std::fs;

use serde_json::{Value, json};

use super::{Session, of};
use crate::workspace::Workspace;

#[test]
fn a_saved_file_is_in_force_and_a_broken_one_is_not() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let file = workspace.path().join("blueprints/vm.json");
    let good = fs::read_to_string(&file).unwrap();

    let applied = |line: &Value| of(line, "files", "applied").map(drop);
    session.next("files in force at the start", applied);
    fs::write(&file, good.replacen("\"title\": \"", "\"title\": \"New ", 1)).unwrap();
    session.next("change in force", applied);
    let (_, answer) = session.call("GET", "/v1/blueprints/vm", &Value::Null);
    assert!(answer["blueprint"]["title"].as_str().unwrap().starts_with("New "), "{answer}");

    fs::write(&file, good.replacen("\"identifier\"", "\"identifire\"", 1)).unwrap();
    let findings = session.next("refusal", |line| Some(of(line, "files", "refused")?["findings"].as_str()?.to_owned()));
    assert!(findings.contains("identifire") && findings.contains("blueprints/vm.json"), "{findings}");
    let id = session.create_vm("Box");
    assert_eq!(session.ended(&id)["status"], "SUCCESS", "the last good version stays");

    // A new action, whose runs the function and the filter know from then on.
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let plain: String = good.lines().filter(|line| !is_comment(line)).collect();
    let mut document: Value = serde_json::from_str(&plain).unwrap();
    let mut action = document["actions"][0].clone();
    action["identifier"] = json!("make_vm");
    document["actions"].as_array_mut().unwrap().push(action);
    fs::write(&file, document.to_string()).unwrap();
    session.next("change in force", applied);
    let inputs = json!({ "title": "Other", "cpu": 2, "memory": 4, "storage": 8, "region": "eu-west-1" });
    let (status, answer) = session.call("POST", "/v1/actions/vm_make_vm/runs", &json!({ "properties": inputs }));
    assert_eq!(status, 202, "{answer}");
    let id = answer["run"]["id"].as_str().unwrap().to_owned();
    assert_eq!(session.ended(&id)["status"], "SUCCESS");

    // And one that is gone.
    fs::write(&file, &good).unwrap();
    session.next("change in force", applied);
    let (status, _) = session.call("GET", "/v1/actions/vm_make_vm", &Value::Null);
    assert_eq!(status, 404);
    assert_eq!(session.stop(), Some(0));
}

#[test]
fn without_watching_nothing_changes() {
    let workspace = Workspace::new();
    let session = Session::start(&workspace, &["--no-watch"]);
    let file = workspace.path().join("blueprints/vm.json");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replacen("\"title\": \"", "\"title\": \"New ", 1)).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let (_, answer) = session.call("GET", "/v1/blueprints/vm", &Value::Null);
    assert!(!answer["blueprint"]["title"].as_str().unwrap().starts_with("New "), "{answer}");
}
