//! What is printed.

use std::process::Command;

use super::{INPUTS, bootstrap, folder, script, seen, tried};
use crate::root;
use crate::workspace::{Workspace, code, text};

/// Replaces what differs from run to run.
fn steady(shown: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in shown.lines() {
        let word = |word: &str| {
            let number = word.trim_start_matches('(');
            let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
            if is_number { word.replace(number, "N") } else { word.to_owned() }
        };
        lines.push(line.split(' ').map(word).collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

#[test]
fn a_run_is_one_page() {
    let workspace = Workspace::new();
    let arguments = [&["create_vm", "--input", "title=My first VM"], &INPUTS[..]].concat();
    let output = tried(&workspace, bootstrap(), &arguments);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
    let shown = text(&output.stdout);
    let run = shown.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let shown = shown.replace(&run, "RUN").replace(&bootstrap().display().to_string(), "FUNCTION");
    let shown: Vec<&str> = shown.lines().collect();
    let log = shown.iter().position(|line| line.starts_with("The function's log")).unwrap();
    assert_eq!(
        shown[..=log].join("\n"),
        "Create VM (create_vm)  RUN\n\n\
         Entities in Port\n  \
           vm my-first-vm created\n    \
             title         \"My first VM\"\n    \
             cpu_cores     2\n    \
             memory_size   4\n    \
             storage_size  8\n    \
             region        \"eu-west-1\"\n    \
             deployed      \"Deploying\"\n\n\
         Calls to Port\n  \
           200  POST   /v1/auth/access_token\n  \
           201  POST   /v1/blueprints/vm/entities\n  \
           200  PATCH  /v1/actions/runs/RUN\n\n\
         The function's log  FUNCTION"
    );
    let steady = steady(&shown[log + 1..].join("\n"));
    assert!(steady.contains("  INFO   run  SUCCESS, attempt 1, N ms\n"), "{steady}");
    assert!(steady.ends_with("\n\nSUCCESS  `my-first-vm` was created.  (N ms)"), "{steady}");
    assert!(!steady.contains("_aws"));
}

#[test]
fn a_change_shows_both_values() {
    let workspace = Workspace::new();
    let arguments = ["resize_vm", "--entity", "box", "--entity-properties", "cpu_cores=4", "--input", "cpu_cores=8"];
    let shown = text(&tried(&workspace, bootstrap(), &arguments).stdout);
    assert!(shown.contains("  vm box changed\n") && shown.contains("\n  ~ cpu_cores     4 → 8\n"), "{shown}");
    let arguments = [&["--color", "always"], &arguments[..]].concat();
    let colored = text(&tried(&workspace, bootstrap(), &arguments).stdout);
    assert!(colored.contains("\u{1b}[33m  ~ cpu_cores     4 → 8\u{1b}[0m\n"), "{colored:?}");
}

/// A person may have written it, or the function may have printed it.
#[test]
fn nothing_acts_on_the_terminal() {
    let workspace = folder(
        &r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {"note": {"type": "string"}}}, "actions": [{
            "identifier": "make", "title": "E[31mMake\n::error::x", "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"},
            "userInputs": {"properties": {"note": {"type": "string"}}, "required": []}}]}"#
            .replace("E[31m", "\\u001b[31m"),
    );
    let arguments = ["make", "--input", "note=\u{1b}[2Jx\n::error::y\u{202e}"];
    let output = tried(&workspace, bootstrap(), &arguments);
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    let printing = script(&workspace, "#!/bin/sh\nprintf '\\033[2J\\n::error::z\\n'\nexit\n");
    let shown = [text(&output.stdout), text(&tried(&workspace, &printing, &arguments).stdout)].concat();
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    assert!(shown.lines().all(|line| !line.trim_start().starts_with("::")), "{shown}");
    let json = tried(&workspace, bootstrap(), &[&arguments[..], &["--json"]].concat());
    assert_eq!(seen(&json)["entities"][0]["after"]["properties"]["note"], "\u{1b}[2Jx\n::error::y\u{202e}");
}

/// Every example of a run in the help succeeds with the example's blueprint.
#[test]
fn the_examples_of_the_help_succeed() {
    let workspace = Workspace::new();
    std::fs::write(
        workspace.path().join("form.json"),
        r#"{"cpu": 2, "memory": 4, "storage": 8, "region": "eu-west-1"}"#,
    )
    .unwrap();
    let mut ran = 0;
    for help in [&["--help"][..], &["try", "--help"]] {
        let help = text(&workspace.synth(help).stdout);
        for line in help.lines().filter_map(|line| line.strip_prefix("  synth try ")) {
            // After two blanks comes an explanation.
            let line = line.split("  ").next().unwrap().split(" --function ").next().unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let output = tried(&workspace, bootstrap(), &words);
            assert_eq!(code(&output), 0, "{words:?}: {}", text(&output.stderr));
            ran += 1;
        }
    }
    assert!(ran >= 5, "{ran}");
}

/// The README's first command is `make try`, whose inputs are in the Makefile.
#[test]
fn the_first_command_of_the_readme_succeeds() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let words = makefile.lines().find_map(|line| line.strip_prefix("TRY ?= ")).unwrap();
    let line = format!("{} try {words} --function {}", env!("CARGO_BIN_EXE_synth"), bootstrap().display());
    let output = Command::new("sh").args(["-c", &line]).current_dir(root()).output().unwrap();
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
    assert!(text(&output.stdout).contains("SUCCESS  `my-first-vm` was created."), "{}", text(&output.stdout));
}
