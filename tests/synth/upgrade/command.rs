//! `synth upgrade` on the command line.

use std::io::Write as _;
use std::process::Stdio;

use crate::workspace::{Workspace, code, text};

/// A legacy file as Port wrote it, with a byte order mark and Windows line ends.
const OLD: &str = "\u{feff}{\r\n  // ours\r\n  \"identifier\": \"db\", \"title\": \"DB\", \"schema\": { \"properties\": {} },\r\n  \"actions\": [\r\n    {\r\n      \"identifier\": \"drop\",\r\n      \"title\": \"Drop\",\r\n      \"trigger\": \"DELETE\",\r\n      \"invocationMethod\": { \"type\": \"KAFKA\" },\r\n    },\r\n  ]\r\n}\r\n";

#[test]
fn upgrade_rewrites_only_legacy_files() {
    let workspace = Workspace::new();
    let (vm, db) = (workspace.path().join("blueprints/vm.json"), workspace.path().join("blueprints/db.json"));
    std::fs::write(&db, OLD).unwrap();
    std::fs::write(&vm, "{\"identifier\": \"vm\",   \"title\": \"VM\", \"schema\": {\"properties\": {}}}").unwrap();
    let before = std::fs::read(&vm).unwrap();

    let check = workspace.synth(&["upgrade", "--check"]);
    assert_eq!(code(&check), 1);
    assert!(text(&check.stdout).contains("+      \"identifier\": \"db_drop\",\r\n"), "{}", text(&check.stdout));
    assert_eq!(text(&check.stderr), "error: 1 file in an older format; run\n  synth upgrade blueprints/db.json\n");
    let printed = workspace.synth(&["upgrade", "--stdout", "blueprints/db.json"]);
    assert_eq!(std::fs::read_to_string(&db).unwrap(), OLD, "--check and --stdout write nothing");
    let two = workspace.synth(&["upgrade", "--stdout"]);
    assert_eq!((code(&two), text(&two.stderr).as_str()), (1, "error: --stdout prints one file; found 2\n"));

    let done = workspace.synth(&["upgrade"]);
    assert_eq!(code(&done), 0);
    assert!(text(&done.stderr).starts_with("blueprints/db.json: `drop` is now `db_drop`\n"));
    assert!(text(&done.stderr).ends_with("upgraded 1 action in 1 file\n"), "{}", text(&done.stderr));
    let upgraded = std::fs::read_to_string(&db).unwrap();
    assert_eq!(upgraded, text(&printed.stdout));
    assert!(upgraded.starts_with("\u{feff}{\r\n  // ours\r\n") && !upgraded.replace("\r\n", "").contains('\n'));
    assert_eq!(std::fs::read(&vm).unwrap(), before, "current files do not change");
    assert_eq!(text(&workspace.synth(&["upgrade"]).stderr), "2 files: all in Port's current format\n");
    assert_eq!(code(&workspace.synth(&["upgrade", "--check"])), 0);
    assert_eq!(code(&workspace.synth(&["check"])), 0);
}

#[test]
fn upgrade_refuses_each_file_alone() {
    let workspace = Workspace::new();
    let write = |name: &str, text: &str| std::fs::write(workspace.path().join("blueprints").join(name), text).unwrap();
    write("a.json", &OLD.replace("DELETE", "DELTE"));
    write("b.json", OLD);
    write("c.json", "{");
    let output = workspace.synth(&["upgrade", "blueprints/a.json", "blueprints/b.json", "blueprints/c.json"]);
    assert_eq!(code(&output), 1);
    let words = text(&output.stderr);
    assert!(words.contains("did you mean `DELETE`?") && words.contains("c.json:1:1"), "{words}");
    assert!(words.ends_with("error: 2 files cannot be upgraded and did not change\n"), "{words}");
    let read = |name: &str| std::fs::read_to_string(workspace.path().join("blueprints").join(name)).unwrap();
    assert_eq!(read("a.json"), OLD.replace("DELETE", "DELTE"));
    assert!(read("b.json").contains("db_drop"), "other files are upgraded");

    let bare = r#"{"identifier": "x", "title": "X", "trigger": "CREATE", "invocationMethod": "KAFKA"}"#;
    std::fs::write(workspace.path().join("bare one.json"), bare).unwrap();
    let output = workspace.synth(&["upgrade", "bare one.json"]);
    assert_eq!(code(&output), 1);
    assert!(
        text(&output.stderr).contains("help: pass `--blueprint ID`, or add `blueprint` to the action"),
        "{}",
        text(&output.stderr)
    );
    let output = workspace.synth(&["upgrade", "--check", "--blueprint", "vm", "bare one.json"]);
    assert!(text(&output.stderr).ends_with("  synth upgrade --blueprint vm 'bare one.json'\n"));
    assert_eq!(code(&workspace.synth(&["upgrade", "--blueprint", "vm", "bare one.json"])), 0);
}

/// What Port answers without a blueprint or an action is named, whatever it is about.
#[test]
fn answers_without_documents_are_named() {
    let workspace = Workspace::empty();
    let file = workspace.path().join("answer.json");
    for answer in [
        r#"{"ok": true, "entities": []}"#,
        r#"{"ok": true}"#,
        r#"{"ok": false, "error": "not_found", "message": "Blueprint not found"}"#,
        r#"[{"ok": true, "run": {"id": "r_1"}}]"#,
    ] {
        std::fs::write(&file, answer).unwrap();
        for command in ["upgrade", "check"] {
            let output = workspace.synth(&[command, "answer.json"]);
            let words = text(&output.stderr);
            assert_eq!(code(&output), 1, "{words}");
            assert!(words.contains("Port's API") && words.contains("help: remove this file"), "{words}");
            assert!(!words.contains("missing"), "{words}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), answer);
    }
}

/// Every action that is renamed is in the note.
#[test]
fn all_renamed_actions_are_noted() {
    let action = |name: &str| {
        let invocation = if name == "hook" { "WEBHOOK\", \"url\": \"https://example.com" } else { "KAFKA" };
        format!(
            "{{\"identifier\": \"{name}\", \"title\": \"A\", \"blueprint\": \"vm\", \"trigger\": \"DAY-2\", \
             \"userInputs\": {{\"properties\": {{}}}}, \"invocationMethod\": {{\"type\": \"{invocation}\"}}}}"
        )
    };
    let workspace = Workspace::empty();
    let path = workspace.path().join("actions.json");
    std::fs::write(&path, format!("[{}]", ["one", "hook", "two", "three"].map(action).join(",\n"))).unwrap();
    let output = workspace.synth(&["upgrade", "actions.json"]);
    let words = text(&output.stderr);
    assert_eq!(code(&output), 0, "{words}");
    assert!(
        words.contains("note: Port still has `one`, `two`, `three`: publish `vm_one`, `vm_two`, `vm_three` before"),
        "{words}"
    );
    assert!(words.contains("`.on(\"vm_one\", …)`, `.on(\"vm_two\", …)`, `.on(\"vm_three\", …)`"), "{words}");
    assert!(!words.lines().any(|line| line.starts_with("note: ") && line.contains("hook")), "{words}");
}

/// `-` reads standard input and writes standard output, as in a pipe.
#[test]
fn upgrade_is_a_filter() {
    let workspace = Workspace::empty();
    let piped = |arguments: &[&str], input: &str| {
        let mut command = workspace.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read leaves a broken pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    };
    let upgraded = piped(&["upgrade", "-"], OLD);
    assert_eq!((code(&upgraded), text(&upgraded.stderr).as_str()), (0, ""));
    let new = text(&upgraded.stdout);
    assert!(new.starts_with("\u{feff}{\r\n  // ours\r\n") && new.contains("db_drop"), "{new}");
    assert_eq!(text(&piped(&["upgrade", "-"], &new).stdout), new, "what is current passes");
    assert_eq!(text(&piped(&["upgrade", "-", "--stdout"], OLD).stdout), new);
    let check = piped(&["upgrade", "-", "--check"], OLD);
    assert_eq!(code(&check), 1);
    assert!(text(&check.stderr).ends_with("run\n  synth upgrade -\n"), "{}", text(&check.stderr));
    assert_eq!(code(&piped(&["upgrade", "-", "--check"], &new)), 0);
    let broken = piped(&["upgrade", "-"], "{");
    assert_eq!((code(&broken), text(&broken.stdout).as_str()), (1, ""));
    for (arguments, words) in [
        (&["upgrade", "-", "a.json"][..], "`-` is standard input, which is read alone"),
        (&["check", "a.json", "-"], "`-` is standard input, which is read alone"),
        (&["check", "--watch", "-"], "standard input cannot be watched"),
    ] {
        let output = piped(arguments, OLD);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    assert_eq!(code(&piped(&["check", "--table", "-"], &new)), 0);
    assert_eq!(workspace.files().len(), 0);
}
