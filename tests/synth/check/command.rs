//! `synth check` on the command line.

use crate::workspace::{Workspace, code, text};

#[test]
fn check_counts_blueprints_and_actions() {
    let workspace = Workspace::new();
    let output = workspace.synth(&["check"]);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, "1 blueprint, 3 actions: no errors\n"));
}

#[test]
fn refused_input_exits_1_and_writes_nothing() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    std::fs::write(&vm, std::fs::read_to_string(&vm).unwrap().replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    for arguments in [&["build"][..], &["check"], &["check", "blueprints/vm.json"]] {
        let output = workspace.synth(arguments);
        assert_eq!((code(&output), text(&output.stdout).as_str()), (1, ""), "{arguments:?}");
        let words = text(&output.stderr);
        assert!(
            words.contains("action `create_vm` has no input `cpus`") && words.contains("did you mean `.inputs.cpu`?"),
            "{words}"
        );
        assert!(!words.contains('\u{1b}'), "no colour without a terminal");
    }
    assert_eq!(workspace.files(), ["blueprints/vm.json"]);
}

#[test]
fn unreadable_input_exits_2() {
    let workspace = Workspace::new();
    for (arguments, want) in [
        (&["check", "nowhere.json"][..], "error: cannot read `nowhere.json`: No such file"),
        (&["--config", "nowhere.toml"], "error: cannot read `nowhere.toml`: No such file"),
        (
            &["--blueprints", "empty"],
            "error: no `*.json` or `*.jsonc` in `empty`; put a Port blueprint with its actions there",
        ),
    ] {
        std::fs::create_dir_all(workspace.path().join("empty")).unwrap();
        let output = workspace.synth(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).starts_with(want), "{}", text(&output.stderr));
    }
}

#[test]
fn machine_readable_findings_go_to_stdout() {
    let workspace = Workspace::new();
    for (format, empty) in [("json", "[]\n"), ("sarif", "\"results\": []")] {
        for command in ["check", "build"] {
            let output = workspace.synth(&[command, "--message-format", format]);
            assert_eq!(code(&output), 0);
            assert!(text(&output.stdout).contains(empty), "{}", text(&output.stdout));
        }
    }
    let vm = workspace.path().join("blueprints/vm.json");
    std::fs::write(&vm, std::fs::read_to_string(&vm).unwrap().replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    for (command, end) in [("check", "1 error\n"), ("build", "1 error\nnothing was written\n")] {
        let output = workspace.synth(&[command, "--message-format", "json"]);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, end));
        let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(findings[0]["code"], "unknown-input");
        assert_eq!(findings[0]["file"], "blueprints/vm.json");
    }
}

#[test]
fn strict_turns_warnings_into_errors() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    let odd = std::fs::read_to_string(&vm).unwrap().replacen("\"title\"", "\"tilte\": 1, \"title\"", 1);
    std::fs::write(&vm, odd).unwrap();
    assert_eq!(code(&workspace.synth(&["check"])), 0);
    for (command, end) in [("check", "1 error\n"), ("build", "1 error\nnothing was written\n")] {
        let output = workspace.synth(&[command, "--strict"]);
        assert_eq!(code(&output), 1);
        assert!(text(&output.stderr).ends_with(end), "{}", text(&output.stderr));
    }
    assert_eq!(workspace.files(), ["blueprints/vm.json"]);
    assert_eq!(code(&workspace.synth(&["build"])), 0);
}

const BLUEPRINT: &str = r#"{ "identifier": "zone", "title": "Zone", "schema": { "properties": {} } }"#;
const V1: &str = r#"{ "identifier": "a", "title": "A", "trigger": "CREATE", "invocationMethod": "KAFKA" }"#;
const V2: &str = r#"{ "identifier": "b", "title": "B", // as Port's documentation writes it
  "trigger": { "type": "self-service", "operation": "CREATE" }, "invocationMethod": { "type": "KAFKA", }, }"#;

#[test]
fn port_documents_are_checked_alone() {
    let workspace = Workspace::new();
    for (name, text) in [("zone.json", BLUEPRINT), ("v1.json", V1), ("v2.json", V2)] {
        std::fs::write(workspace.path().join(name), text).unwrap();
    }
    let output = workspace.synth(&["check", "zone.json", "v1.json", "v2.json"]);
    let words = text(&output.stderr);
    assert_eq!(code(&output), 0, "{words}");
    assert!(words.ends_with("1 warning\n1 blueprint, 2 actions: no errors\n"), "{words}");
    assert!(words.contains("inputs-absent"), "{words}");
}

#[test]
fn lone_actions_are_checked_but_not_built() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/a.json"), V1).unwrap();
    assert_eq!(code(&workspace.synth(&["check", "blueprints/a.json"])), 0);
    for command in ["check", "build"] {
        let output = workspace.synth(&[command]);
        let words = text(&output.stderr);
        assert_eq!(code(&output), 1);
        assert!(words.contains("action `a` is not in a blueprint's file"), "{words}");
        assert!(words.contains("move it to `actions` in its blueprint's file"), "{words}");
    }
}

#[test]
fn table_counts_documents_by_kind() {
    let workspace = Workspace::new();
    let below = workspace.path().join("corpus/below");
    std::fs::create_dir_all(&below).unwrap();
    // The same blueprint twice: each file is checked on its own.
    for (name, text) in [
        ("zone.json", BLUEPRINT),
        ("again.json", BLUEPRINT),
        ("v1.json", V1),
        ("v2.json", V2),
        ("bad.json", &BLUEPRINT.replace("\"title\": \"Zone\", ", "")),
        ("message.json", r#"{ "action": "a", "context": {} }"#),
        ("broken.json", "{"),
    ] {
        std::fs::write(below.join(name), text).unwrap();
    }
    let output = workspace.synth(&["check", "--table", "corpus"]);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (1, ""));
    let want = "\
kind                  documents  accepted  warnings   refused
blueprint                     3         2         0         1
  refused: missing-key 1
action, v0 or v1              1         1         0         0
action, v2                    1         0         1         0
  warnings: inputs-absent 1
something else                1         0         0         1
  refused: unknown-document 1
not JSON                      1         0         0         1
  refused: syntax 1
all                           7         3         1         3
";
    assert_eq!(text(&output.stdout), want);
    std::fs::remove_dir_all(&below).unwrap();
    let empty = workspace.synth(&["check", "--table", "corpus"]);
    assert_eq!(code(&empty), 2);
    assert_eq!(
        text(&empty.stderr),
        "error: no `*.json` or `*.jsonc` in `corpus`; put a Port blueprint with its actions there\n"
    );
}

/// Of a project, only what belongs to its input is read, wherever it is in the folder that is passed.
#[test]
fn a_folder_of_projects_is_checked_without_what_is_not_input() {
    let workspace = Workspace::new();
    assert!(workspace.synth(&["--quiet"]).status.success());
    let root = workspace.path();
    let plain = workspace.synth(&["check", "."]);
    let said = text(&plain.stderr);
    assert_eq!(code(&plain), 0, "{said}");
    assert!(said.contains("not read: `./out`") && said.ends_with("1 blueprint, 3 actions: no errors\n"), "{said}");

    let project = ["init", "--yes", "--organization", "org_1", "--github", "acme/runners", "--keep"];
    assert!(workspace.synth(&project).status.success());
    std::fs::write(root.join("package.json"), "{}").unwrap();
    let above = Workspace::empty();
    for team in ["a", "b/c"] {
        let folder = above.path().join(team);
        std::fs::create_dir_all(&folder).unwrap();
        let copied = std::process::Command::new("cp").arg("-r").arg(root.join(".")).arg(&folder).status().unwrap();
        assert!(copied.success());
    }
    let blueprint = std::fs::read_to_string(root.join("blueprints/vm.json")).unwrap().replace("vm", "box");
    std::fs::write(above.path().join("b/c/blueprints/vm.json"), blueprint).unwrap();
    std::fs::write(above.path().join("loose.json"), "{}").unwrap();
    for (at, path, want, errors) in [
        (root, ".", "read as input: `.`;", "1 blueprint, 3 actions: no errors\n"),
        (root, "./", "read as input: `./`;", "1 blueprint, 3 actions: no errors\n"),
        (above.path(), "a", "read as input: `a`;", "1 blueprint, 3 actions: no errors\n"),
        (above.path(), "b", "read as input: `b/c`;", "1 blueprint, 3 actions: no errors\n"),
        (above.path(), ".", "read as input: `./a`, `./b/c`;", "loose.json"),
    ] {
        let output = workspace.command(&["check", path]).current_dir(at).output().unwrap();
        let said = text(&output.stderr);
        assert!(said.contains(want) && said.contains(errors), "{path}: {said}");
        assert_eq!(code(&output), i32::from(errors == "loose.json"), "{path}: {said}");
        assert!(!["renovate", "overrides.json", "package", "/out/"].iter().any(|other| said.contains(other)), "{said}");
    }
    // A file that is named is read, wherever it is.
    assert_eq!(code(&workspace.synth(&["check", "renovate.json"])), 1);
    assert!(text(&workspace.synth(&["check", "out/port"]).stderr).contains("[out/port/vm.json:"));
    let upgraded = workspace.synth(&["upgrade", "--check", "."]);
    assert!(!text(&upgraded.stdout).contains("/out/"), "{}", text(&upgraded.stdout));
}
