//! The command as a person calls it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;

struct Folder(TempDir);

impl Folder {
    /// A folder with the example's blueprint.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("blueprints")).unwrap();
        std::fs::copy(root().join("blueprints/vm.json"), folder.path().join("blueprints/vm.json")).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn synth(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synth"));
        command.args(arguments).current_dir(self.path()).env_remove("NO_COLOR").output().unwrap()
    }

    fn files(&self) -> Vec<String> {
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

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
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
    assert_eq!(listed.lines().count(), synth::code::codes().count());
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
