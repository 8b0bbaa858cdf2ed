//! `synth upgrade` on the command line.

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
