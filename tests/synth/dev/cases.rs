//! A session becomes a case, and a case is carried out again.

use std::fs;

use serde_json::{Value, json};

use super::{INPUTS, command};
use crate::workspace::{Workspace, code, text};

/// Saves a session with one run as a case.
fn saved(workspace: &Workspace, name: &str) -> Value {
    let flags =
        ["--run", "create_vm", "--exit", "--window", "0", "--save", name, "--fault", "status=503,path=/entities"];
    let output = command(workspace, &[&flags[..], &INPUTS].concat()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let file = fs::read_to_string(workspace.path().join(format!("cases/{name}.json"))).unwrap();
    serde_json::from_str(&file).unwrap()
}

#[test]
fn a_saved_session_leads_to_the_same_again() {
    let workspace = Workspace::new();
    let case = saved(&workspace, "one-outage");
    assert_eq!(case["runs"][0]["inputs"]["cpu"], 2);
    assert_eq!(case["state"]["runs"][0]["status"], "SUCCESS");
    assert_eq!(case["faults"], json!(["status=503,path=/entities"]));
    let shown = case.to_string();
    assert!(!shown.contains("createdAt") && !shown.contains("\"r_"), "neither times nor ids: {shown}");
    let replayed = || command(&workspace, &["--replay", "one-outage", "--window", "0"]).output().unwrap();
    for _ in 0..2 {
        let output = replayed();
        assert_eq!(code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
    }
    // What the run leads to is something else from now on.
    let file = workspace.path().join("cases/one-outage.json");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("\"cpu_cores\": 2", "\"cpu_cores\": 3")).unwrap();
    let output = replayed();
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.contains("-        \"cpu_cores\": 3") || shown.contains("\"cpu_cores\": 3"), "{shown}");
}

#[test]
fn a_case_never_replaces_a_file_or_leaves_its_folder() {
    let workspace = Workspace::new();
    saved(&workspace, "mine");
    let before = fs::read(workspace.path().join("cases/mine.json")).unwrap();
    let output = command(&workspace, &["--save", "mine"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("exists already"), "{}", text(&output.stderr));
    assert_eq!(fs::read(workspace.path().join("cases/mine.json")).unwrap(), before);
    for name in ["../mine", "Mine", "", "a.json"] {
        for flag in ["--save", "--replay"] {
            let output = command(&workspace, &[flag, name]).output().unwrap();
            assert_eq!(code(&output), 2, "{flag} {name}");
        }
    }
}
