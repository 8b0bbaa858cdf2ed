//! The command as a person calls it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;

pub(crate) struct Folder(TempDir);

impl Folder {
    /// A folder with the example's blueprint.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("blueprints")).unwrap();
        std::fs::copy(root().join("blueprints/vm.json"), folder.path().join("blueprints/vm.json")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The command in the folder, with nothing in its environment that changes what it does.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synth"));
        command.args(arguments).current_dir(self.path()).env_remove("NO_COLOR").env_remove("PORT_CLIENT_SECRET");
        command
    }

    pub(crate) fn synth(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(self.path(), self.path(), &mut files);
        files.sort();
        files
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn build_is_the_default_and_writes_everything() {
    let folder = Folder::new();
    let first = folder.synth(&[]);
    assert_eq!((code(&first), text(&first.stdout).as_str()), (0, ""));
    assert_eq!(text(&first.stderr), "1 blueprint, 3 actions: wrote 5 files to `out`\n");
    assert_eq!(
        folder.files(),
        [
            "blueprints/vm.json",
            "out/port/vm.json",
            "out/runner/plan.json",
            "out/schema/blueprint.json",
            "out/schema/synth.json",
            "out/template.yaml"
        ]
    );
    let again = folder.synth(&["build"]);
    assert_eq!(text(&again.stderr), "1 blueprint, 3 actions: `out` is up to date\n");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (a, b) = (Folder::new(), Folder::new());
    a.synth(&[]);
    b.synth(&["build", "--blueprints", "blueprints", "--out", "out"]);
    for file in a.files() {
        assert_eq!(
            std::fs::read(a.path().join(&file)).unwrap(),
            std::fs::read(b.path().join(&file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn check_prints_the_difference_and_what_mends_it() {
    let folder = Folder::new();
    let missing = folder.synth(&["--check"]);
    assert_eq!(code(&missing), 1);
    assert!(text(&missing.stdout).contains("+++ b/out/template.yaml"));
    assert_eq!(folder.files(), ["blueprints/vm.json"], "--check writes nothing");

    folder.synth(&[]);
    assert_eq!(code(&folder.synth(&["--check"])), 0);

    let template = folder.path().join("out/template.yaml");
    let changed = std::fs::read_to_string(&template).unwrap().replace("MemorySize: 128", "MemorySize: 512");
    std::fs::write(&template, &changed).unwrap();
    let stale = folder.synth(&["--check"]);
    assert_eq!(code(&stale), 1);
    let difference = text(&stale.stdout);
    assert!(difference.contains("-      MemorySize: 512\n+      MemorySize: 128\n"), "{difference}");
    assert_eq!(text(&stale.stderr), "error: `out` is stale; write it with\n  make synth\n");
    assert_eq!(std::fs::read_to_string(&template).unwrap(), changed, "--check writes nothing");
}

#[test]
fn what_is_left_of_a_deleted_blueprint_goes() {
    let folder = Folder::new();
    let vm = folder.path().join("blueprints/vm.json");
    let other = std::fs::read_to_string(&vm).unwrap().replace("vm", "box");
    std::fs::write(folder.path().join("blueprints/box.json"), other).unwrap();
    folder.synth(&[]);
    std::fs::write(folder.path().join("out/runner/bootstrap"), "the function").unwrap();
    std::fs::remove_file(folder.path().join("blueprints/box.json")).unwrap();
    let check = folder.synth(&["--check"]);
    assert_eq!(code(&check), 1);
    assert!(text(&check.stdout).contains("--- a/out/port/box.json\n+++ /dev/null\n"));
    folder.synth(&[]);
    let files = folder.files();
    assert!(!files.contains(&"out/port/box.json".to_owned()));
    assert!(files.contains(&"out/runner/bootstrap".to_owned()), "the function stays");
}

#[test]
fn stdout_prints_the_template_and_writes_nothing() {
    let folder = Folder::new();
    let yaml = folder.synth(&["--stdout"]);
    assert_eq!(code(&yaml), 0);
    assert!(text(&yaml.stdout).contains("\nAWSTemplateFormatVersion: \"2010-09-09\"\n"));
    let json = folder.synth(&["build", "--stdout", "--format", "json"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&json.stdout).is_ok());
    assert_eq!(folder.files(), ["blueprints/vm.json"]);
}

#[test]
fn refused_input_is_exit_1_and_writes_nothing() {
    let folder = Folder::new();
    let vm = folder.path().join("blueprints/vm.json");
    std::fs::write(&vm, std::fs::read_to_string(&vm).unwrap().replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    for arguments in [&["build"][..], &["check"], &["check", "blueprints/vm.json"]] {
        let output = folder.synth(arguments);
        assert_eq!((code(&output), text(&output.stdout).as_str()), (1, ""), "{arguments:?}");
        let words = text(&output.stderr);
        assert!(
            words.contains("action `create_vm` has no input `cpus`") && words.contains("did you mean `.inputs.cpu`?"),
            "{words}"
        );
        assert!(!words.contains('\u{1b}'), "no colour where nobody looks");
    }
    assert_eq!(folder.files(), ["blueprints/vm.json"]);
}

#[test]
fn what_cannot_be_read_is_exit_2() {
    let folder = Folder::new();
    for (arguments, want) in [
        (&["check", "nowhere.json"][..], "error: cannot read `nowhere.json`: No such file"),
        (&["--config", "nowhere.toml"], "error: cannot read `nowhere.toml`: No such file"),
        (&["--blueprints", "empty"], "error: `empty` holds no `*.json`; put a Port blueprint with its actions there"),
    ] {
        std::fs::create_dir_all(folder.path().join("empty")).unwrap();
        let output = folder.synth(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).starts_with(want), "{}", text(&output.stderr));
    }
}

#[test]
fn a_mistake_in_synth_toml_is_exit_1() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("synth.toml"), "timeout = 900\n").unwrap();
    let output = folder.synth(&[]);
    assert_eq!(code(&output), 1);
    let words = text(&output.stderr);
    assert!(words.contains("× `timeout` is 900, allowed are 3 to 840 seconds\n   ╭─[synth.toml:1:11]"), "{words}");
}

#[test]
fn check_says_what_it_saw() {
    let folder = Folder::new();
    let output = folder.synth(&["check"]);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, "1 blueprint, 3 actions: no errors\n"));
}

#[test]
fn new_never_overwrites_and_writes_only_what_is_clean() {
    let folder = Folder::new();
    let vm = folder.path().join("blueprints/vm.json");
    let before = std::fs::read_to_string(&vm).unwrap();

    let there = folder.synth(&["new", "blueprint", "vm"]);
    assert_eq!(code(&there), 1);
    assert_eq!(text(&there.stderr), "error: blueprint `vm` is in `blueprints/vm.json` already\n");
    std::fs::write(folder.path().join("blueprints/box.json"), "{\"identifier\": \"other\"}").unwrap();
    let there = folder.synth(&["new", "blueprint", "box"]);
    assert_eq!(code(&there), 1);
    assert_eq!(text(&there.stderr), "error: `blueprints/box.json` is there already, and stays as it is\n");
    std::fs::remove_file(folder.path().join("blueprints/box.json")).unwrap();

    let printed = folder.synth(&["new", "action", "start_vm", "--blueprint", "vm", "--operation", "day-2", "--stdout"]);
    assert_eq!(code(&printed), 0, "{}", text(&printed.stderr));
    assert_eq!(std::fs::read_to_string(&vm).unwrap(), before, "--stdout writes nothing");
    let added = folder.synth(&["new", "action", "start_vm", "--blueprint", "vm", "--operation", "DAY-2"]);
    assert_eq!(code(&added), 0);
    let after = std::fs::read_to_string(&vm).unwrap();
    assert_eq!(text(&printed.stdout), after);
    assert!(before.lines().all(|line| after.contains(line)), "every line stays");
    assert_eq!(text(&folder.synth(&["check"]).stderr), "1 blueprint, 4 actions: no errors\n");

    for (arguments, want) in [
        (&["start_vm", "--blueprint", "vm"][..], "error: action `start_vm` is in `blueprints/vm.json` already\n"),
        (&["create_vm", "--blueprint", "vm"], "error: action `create_vm` is in `blueprints/vm.json` already\n"),
        (
            &["x", "--blueprint", "vn"],
            "error: no file of `blueprints` holds blueprint `vn`\n  help: did you mean `vm`?\n",
        ),
        (&["a b", "--blueprint", "vm"], "error: `a b` holds ' ', allowed are letters, digits and @_.+:=-\n"),
    ] {
        let output = folder.synth(&[&["new", "action", "--operation", "CREATE"], arguments].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
    }
    std::fs::write(&vm, after.replace("\"cpu_cores\": \"{{", "\"cpus\": \"{{")).unwrap();
    let broken = folder.synth(&["new", "action", "stop_vm", "--blueprint", "vm", "--operation", "DAY-2"]);
    assert_eq!(code(&broken), 1);
    assert!(text(&broken.stderr).contains("nothing was written"), "{}", text(&broken.stderr));
    assert!(!std::fs::read_to_string(&vm).unwrap().contains("stop_vm"));
}

#[test]
fn new_starts_in_an_empty_folder() {
    let folder = Folder(TempDir::new().unwrap());
    assert_eq!(code(&folder.synth(&["new", "blueprint", "a/b"])), 0);
    let action = folder.synth(&["new", "action", "make", "--blueprint", "a/b", "--operation", "CREATE"]);
    assert_eq!(code(&action), 0, "{}", text(&action.stderr));
    assert_eq!(code(&folder.synth(&[])), 0);
    assert_eq!(
        folder.files(),
        [
            "blueprints/a-b.json",
            "out/port/a-b.json",
            "out/runner/plan.json",
            "out/schema/blueprint.json",
            "out/schema/synth.json",
            "out/template.yaml"
        ]
    );
}

/// An older form of a file as Port wrote it, with what an editor of another system leaves in it.
const OLD: &str = "\u{feff}{\r\n  // ours\r\n  \"identifier\": \"db\", \"title\": \"DB\", \"schema\": { \"properties\": {} },\r\n  \"actions\": [\r\n    {\r\n      \"identifier\": \"drop\",\r\n      \"title\": \"Drop\",\r\n      \"trigger\": \"DELETE\",\r\n      \"invocationMethod\": { \"type\": \"KAFKA\" },\r\n    },\r\n  ]\r\n}\r\n";

#[test]
fn upgrade_writes_in_place_and_only_what_is_old() {
    let folder = Folder::new();
    let (vm, db) = (folder.path().join("blueprints/vm.json"), folder.path().join("blueprints/db.json"));
    std::fs::write(&db, OLD).unwrap();
    std::fs::write(&vm, "{\"identifier\": \"vm\",   \"title\": \"VM\", \"schema\": {\"properties\": {}}}").unwrap();
    let before = std::fs::read(&vm).unwrap();

    let check = folder.synth(&["upgrade", "--check"]);
    assert_eq!(code(&check), 1);
    assert!(text(&check.stdout).contains("+      \"identifier\": \"db_drop\",\r\n"), "{}", text(&check.stdout));
    assert_eq!(
        text(&check.stderr),
        "error: 1 file of an older form; upgrade with\n  synth upgrade blueprints/db.json\n"
    );
    let printed = folder.synth(&["upgrade", "--stdout", "blueprints/db.json"]);
    assert_eq!(std::fs::read_to_string(&db).unwrap(), OLD, "--check and --stdout write nothing");
    let two = folder.synth(&["upgrade", "--stdout"]);
    assert_eq!((code(&two), text(&two.stderr).as_str()), (1, "error: --stdout prints one file, and here are 2\n"));

    let done = folder.synth(&["upgrade"]);
    assert_eq!(code(&done), 0);
    assert!(text(&done.stderr).starts_with("blueprints/db.json: `drop` is `db_drop` from now on\n"));
    assert!(text(&done.stderr).ends_with("upgraded 1 action in 1 file\n"), "{}", text(&done.stderr));
    let upgraded = std::fs::read_to_string(&db).unwrap();
    assert_eq!(upgraded, text(&printed.stdout));
    assert!(upgraded.starts_with("\u{feff}{\r\n  // ours\r\n") && !upgraded.replace("\r\n", "").contains('\n'));
    assert_eq!(std::fs::read(&vm).unwrap(), before, "what is current stays byte for byte");
    assert_eq!(text(&folder.synth(&["upgrade"]).stderr), "2 files: all of Port's current form\n");
    assert_eq!(code(&folder.synth(&["upgrade", "--check"])), 0);
    assert_eq!(code(&folder.synth(&["check"])), 0);
}

#[test]
fn upgrade_refuses_file_by_file() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join("blueprints").join(name), text).unwrap();
    write("a.json", &OLD.replace("DELETE", "DELTE"));
    write("b.json", OLD);
    write("c.json", "{");
    let output = folder.synth(&["upgrade", "blueprints/a.json", "blueprints/b.json", "blueprints/c.json"]);
    assert_eq!(code(&output), 1);
    let words = text(&output.stderr);
    assert!(words.contains("did you mean `DELETE`?") && words.contains("c.json:1:1"), "{words}");
    assert!(words.ends_with("error: 2 files cannot be upgraded; nothing was written there\n"), "{words}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("blueprints").join(name)).unwrap();
    assert_eq!(read("a.json"), OLD.replace("DELETE", "DELTE"));
    assert!(read("b.json").contains("db_drop"), "the others go on");

    let bare = r#"{"identifier": "x", "title": "X", "trigger": "CREATE", "invocationMethod": "KAFKA"}"#;
    std::fs::write(folder.path().join("bare one.json"), bare).unwrap();
    let output = folder.synth(&["upgrade", "bare one.json"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("help: say it: --blueprint ID"), "{}", text(&output.stderr));
    let output = folder.synth(&["upgrade", "--check", "--blueprint", "vm", "bare one.json"]);
    assert!(text(&output.stderr).ends_with("  synth upgrade --blueprint vm 'bare one.json'\n"));
    assert_eq!(code(&folder.synth(&["upgrade", "--blueprint", "vm", "bare one.json"])), 0);
}

#[test]
fn event_prints_what_filter_test_lets_pass() {
    let folder = Folder::new();
    let event = folder.synth(&["event", "--action", "create_vm"]);
    assert_eq!(code(&event), 0, "{}", text(&event.stderr));
    assert_eq!(text(&event.stderr), "note: the message is not signed: PORT_CLIENT_SECRET is not set\n");
    assert_eq!(event.stdout, folder.synth(&["event", "--action", "vm_create_vm", "--seed", "0"]).stdout);
    assert_ne!(event.stdout, folder.synth(&["event", "--action", "create_vm", "--seed", "1"]).stdout);
    std::fs::write(folder.path().join("event.json"), &event.stdout).unwrap();
    let passes = folder.synth(&["filter-test", "event.json"]);
    assert_eq!(code(&passes), 0);
    assert_eq!(text(&passes.stdout), "org_example.runs-0, offset 0: passes by pattern 1 of 1\n");
    assert_eq!(text(&passes.stderr), "records that pass: 1 of 1\n");

    for (arguments, want) in [
        (&["--action", "create_vn"][..], "error: there is no action `create_vn`\n  help: did you mean `create_vm`?\n"),
        (
            &["--action", "create_vm", "--entity", "x"],
            "error: action `create_vm` makes a new entity; only DAY-2 and DELETE are started on one\n",
        ),
        (&["--action", "create_vm", "--input", "cpu=two"], "error: input `cpu` wants a number, `two` is no JSON\n"),
    ] {
        let output = folder.synth(&[&["event"], arguments].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn filter_test_says_why_not() {
    let folder = Folder::new();
    std::fs::write(
        folder.path().join("batch.json"),
        r#"{"eventSource": "SelfManagedKafka", "records": {"t-0": [
            {"topic": "t", "partition": 0, "offset": 7, "value": "eyJhY3Rpb24iOiJjcmVhdGVfdm0iLCJjb250ZXh0Ijp7ImJsdWVwcmludCI6ImRiIn19"},
            {"topic": "t", "partition": 0, "offset": 8},
            {"topic": "t", "partition": 0, "offset": 9, "value": "bm8="},
            {"topic": "t", "partition": 0, "offset": 10, "value": "?"}
        ]}}"#,
    )
    .unwrap();
    let output = folder.synth(&["filter-test", "batch.json"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        text(&output.stdout),
        "t-0, offset 7: held back\n\
         \x20 pattern 1: `context.blueprint` is `db`, the pattern wants `vm`\n\
         t-0, offset 8: held back, it has no value\n\
         t-0, offset 9: held back, its value is no JSON\n\
         t-0, offset 10: held back, its value is no base64\n"
    );
    assert_eq!(text(&output.stderr), "records that pass: 0 of 4\n");
    std::fs::write(folder.path().join("message.json"), r#"{"action": "create_vm", "context": {"blueprint": "vm"}}"#)
        .unwrap();
    let output = folder.synth(&["filter-test", "message.json"]);
    assert_eq!((code(&output), text(&output.stdout).as_str()), (0, "the message: passes by pattern 1 of 1\n"));
    std::fs::write(folder.path().join("broken.json"), "{").unwrap();
    let output = folder.synth(&["filter-test", "broken.json"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).starts_with("error: `broken.json` is no JSON: "), "{}", text(&output.stderr));
    assert_eq!(code(&folder.synth(&["filter-test", "nowhere.json"])), 2);
}
#[test]
fn findings_for_tools_go_to_standard_output() {
    let folder = Folder::new();
    for (format, empty) in [("json", "[]\n"), ("sarif", "\"results\": []")] {
        for command in ["check", "build"] {
            let output = folder.synth(&[command, "--message-format", format]);
            assert_eq!(code(&output), 0);
            assert!(text(&output.stdout).contains(empty), "{}", text(&output.stdout));
        }
    }
    let vm = folder.path().join("blueprints/vm.json");
    std::fs::write(&vm, std::fs::read_to_string(&vm).unwrap().replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    for command in ["check", "build"] {
        let output = folder.synth(&[command, "--message-format", "json"]);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, "1 error; nothing was written\n"));
        let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(findings[0]["code"], "unknown-input");
        assert_eq!(findings[0]["file"], "blueprints/vm.json");
    }
}

#[test]
fn strict_refuses_what_is_warned_of() {
    let folder = Folder::new();
    let vm = folder.path().join("blueprints/vm.json");
    let odd = std::fs::read_to_string(&vm).unwrap().replacen("\"title\"", "\"tilte\": 1, \"title\"", 1);
    std::fs::write(&vm, odd).unwrap();
    assert_eq!(code(&folder.synth(&["check"])), 0);
    for command in ["check", "build"] {
        let output = folder.synth(&[command, "--strict"]);
        assert_eq!(code(&output), 1);
        assert!(text(&output.stderr).ends_with("1 error; nothing was written\n"), "{}", text(&output.stderr));
    }
    assert_eq!(folder.files(), ["blueprints/vm.json"]);
    assert_eq!(code(&folder.synth(&["build"])), 0);
}

#[test]
fn stale_output_is_a_finding_for_tools() {
    let folder = Folder::new();
    let output = folder.synth(&["--check", "--message-format", "json"]);
    assert_eq!(code(&output), 1);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<&str> = findings.as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"out/template.yaml") && findings[0]["code"] == "stale", "{findings}");
    folder.synth(&[]);
    assert_eq!(text(&folder.synth(&["--check", "--message-format", "json"]).stdout), "[]\n");
}

#[test]
fn overrides_are_found_beside_the_settings() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("stage")).unwrap();
    let overrides = r#"{ "Resources": { "Runner": { "Properties": { "MemorySize": 512 } } } }"#;
    std::fs::write(folder.path().join("stage/overrides.json"), overrides).unwrap();
    std::fs::write(folder.path().join("stage/synth.toml"), "").unwrap();
    let size = |arguments: &[&str]| text(&folder.synth(arguments).stdout).contains("MemorySize: 512");
    assert!(!size(&["--stdout"]));
    assert!(size(&["--stdout", "--config", "stage/synth.toml"]));
    assert!(size(&["--stdout", "--overrides", "stage/overrides.json"]));
    let output = folder.synth(&["--stdout", "--overrides", "nowhere.json"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).starts_with("error: cannot read `nowhere.json`: No such file"));
}

#[test]
fn explain_prints_the_page() {
    let folder = Folder::new();
    let output = folder.synth(&["explain", "type-mismatch"]);
    assert_eq!(code(&output), 0);
    assert!(text(&output.stdout).starts_with("type-mismatch\n\nError: "), "{}", text(&output.stdout));
    let output = folder.synth(&["explain", "type-mismach"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("did you mean `type-mismatch`?"));
    let listed = text(&folder.synth(&["explain"]).stdout);
    assert_eq!(listed.lines().count(), documents::finding::code::codes().count());
}

const BLUEPRINT: &str = r#"{ "identifier": "zone", "title": "Zone", "schema": { "properties": {} } }"#;
const V1: &str = r#"{ "identifier": "a", "title": "A", "trigger": "CREATE", "invocationMethod": "KAFKA" }"#;
const V2: &str = r#"{ "identifier": "b", "title": "B", // as Port's documentation writes it
  "trigger": { "type": "self-service", "operation": "CREATE" }, "invocationMethod": { "type": "KAFKA", }, }"#;

#[test]
fn documents_of_ports_own_are_checked_alone() {
    let folder = Folder::new();
    for (name, text) in [("zone.json", BLUEPRINT), ("v1.json", V1), ("v2.json", V2)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = folder.synth(&["check", "zone.json", "v1.json", "v2.json"]);
    let words = text(&output.stderr);
    assert_eq!(code(&output), 0, "{words}");
    assert!(words.ends_with("1 warning\n1 blueprint, 2 actions: no errors\n"), "{words}");
    assert!(words.contains("inputs-absent"), "{words}");
}

#[test]
fn an_action_alone_is_not_built() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("blueprints/a.json"), V1).unwrap();
    assert_eq!(code(&folder.synth(&["check"])), 0);
    let output = folder.synth(&["build"]);
    let words = text(&output.stderr);
    assert_eq!(code(&output), 1);
    assert!(words.contains("action `a` stands alone, and an action belongs to a blueprint"), "{words}");
    assert!(words.contains("put it into `actions` of its blueprint's file"), "{words}");
}

#[test]
fn a_folder_of_documents_is_a_table() {
    let folder = Folder::new();
    let below = folder.path().join("corpus/below");
    std::fs::create_dir_all(&below).unwrap();
    // The same blueprint twice: each file is judged on its own.
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
    let output = folder.synth(&["check", "--table", "corpus"]);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (1, ""));
    let want = "\
kind                  documents  accepted warned of   refused
blueprint                     3         2         0         1
  refused: missing-key 1
action, v0 or v1              1         1         0         0
action, v2                    1         0         1         0
  warned of: inputs-absent 1
something else                1         0         0         1
  refused: unknown-document 1
no JSON                       1         0         0         1
  refused: syntax 1
all                           7         3         1         3
";
    assert_eq!(text(&output.stdout), want);
    std::fs::remove_dir_all(&below).unwrap();
    let empty = folder.synth(&["check", "--table", "corpus"]);
    assert_eq!(code(&empty), 2);
    assert_eq!(text(&empty.stderr), "error: `corpus` holds no `*.json`, nor does a folder in it\n");
}

#[test]
fn schemas_are_written_checked_and_printed() {
    let folder = Folder::new();
    let stale = folder.synth(&["schema", "--check"]);
    assert_eq!(code(&stale), 1);
    assert_eq!(text(&stale.stderr), "error: `out/schema` is stale; write it with\n  synth schema\n");
    assert!(text(&stale.stdout).contains("+++ b/out/schema/blueprint.json"));

    // What else is in `out/` is none of its business.
    folder.synth(&["build"]);
    std::fs::remove_file(folder.path().join("out/schema/synth.json")).unwrap();
    let written = folder.synth(&["schema"]);
    assert_eq!((code(&written), text(&written.stderr).as_str()), (0, "wrote 1 file to `out/schema`\n"));
    assert!(folder.files().contains(&"out/port/vm.json".to_owned()));
    assert_eq!(text(&folder.synth(&["schema", "--check"]).stderr), "`out/schema` is up to date\n");

    for (arguments, title) in
        [(&["schema", "--stdout"][..], "Input file of synth"), (&["schema", "--stdout", "synth"], "synth.toml")]
    {
        let printed = folder.synth(arguments);
        let schema: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert_eq!((code(&printed), schema["title"].as_str()), (0, Some(title)));
    }
}
