//! `synth build` as a person calls it.

use crate::workspace::{BUILT, Workspace, code, text};

#[test]
fn build_is_the_default_and_writes_everything() {
    let workspace = Workspace::new();
    let first = workspace.synth(&[]);
    assert_eq!((code(&first), text(&first.stdout).as_str()), (0, ""));
    assert_eq!(text(&first.stderr), "1 blueprint, 3 actions: wrote 7 files to `out`\n");
    assert_eq!(workspace.files(), [&["blueprints/vm.json"], &BUILT[..]].concat());
    let again = workspace.synth(&["build"]);
    assert_eq!(text(&again.stderr), "1 blueprint, 3 actions: `out` is up to date\n");
}

#[test]
fn same_input_builds_the_same_bytes() {
    let (a, b) = (Workspace::new(), Workspace::new());
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
fn check_flag_prints_difference_and_remedy() {
    let workspace = Workspace::new();
    let missing = workspace.synth(&["--check"]);
    assert_eq!(code(&missing), 1);
    assert!(text(&missing.stdout).contains("+++ b/out/template.yaml"));
    assert_eq!(workspace.files(), ["blueprints/vm.json"], "--check writes nothing");

    workspace.synth(&[]);
    assert_eq!(code(&workspace.synth(&["--check"])), 0);

    let template = workspace.path().join("out/template.yaml");
    let changed = std::fs::read_to_string(&template).unwrap().replace("MemorySize: 128", "MemorySize: 512");
    std::fs::write(&template, &changed).unwrap();
    let stale = workspace.synth(&["--check"]);
    assert_eq!(code(&stale), 1);
    let difference = text(&stale.stdout);
    assert!(difference.contains("-      MemorySize: 512\n+      MemorySize: 128\n"), "{difference}");
    assert_eq!(text(&stale.stderr), "error: `out` is stale; run\n  synth\n");
    assert_eq!(std::fs::read_to_string(&template).unwrap(), changed, "--check writes nothing");
    for (name, makefile, command) in [
        ("Makefile", "check:\n\ttrue\n", "synth"),
        ("Makefile", "synth := 1\nsynth=1\nsynth ::= 1\n# synth: 1\nsynthesis:\n\tsynth: 1\n", "synth"),
        ("Makefile", "synth: ## builds\n\ttrue\n", "make synth"),
        ("makefile", "all synth : check\n\ttrue\n", "make synth"),
        ("GNUmakefile", "check:\n\ttrue\n", "synth"),
        ("GNUmakefile", "synth:: check\n\ttrue\n", "make synth"),
    ] {
        std::fs::write(workspace.path().join(name), makefile).unwrap();
        let stale = text(&workspace.synth(&["--check"]).stderr);
        assert_eq!(stale, format!("error: `out` is stale; run\n  {command}\n"), "{makefile}");
    }
}

#[test]
fn output_of_deleted_blueprints_is_removed() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    let other = std::fs::read_to_string(&vm).unwrap().replace("vm", "box");
    std::fs::write(workspace.path().join("blueprints/box.json"), other).unwrap();
    workspace.synth(&[]);
    std::fs::remove_file(workspace.path().join("blueprints/box.json")).unwrap();
    let check = workspace.synth(&["--check"]);
    assert_eq!(code(&check), 1);
    assert!(text(&check.stdout).contains("--- a/out/port/box.json\n+++ /dev/null\n"));
    workspace.synth(&[]);
    let files = workspace.files();
    assert!(!files.contains(&"out/port/box.json".to_owned()));
    assert!(files.contains(&"out/runner/bootstrap".to_owned()), "the function is kept");
}

#[test]
fn stdout_prints_the_template_and_writes_nothing() {
    let workspace = Workspace::new();
    let yaml = workspace.synth(&["--stdout"]);
    assert_eq!(code(&yaml), 0);
    assert!(text(&yaml.stdout).contains("\nAWSTemplateFormatVersion: \"2010-09-09\"\n"));
    let json = workspace.synth(&["build", "--stdout", "--format", "json"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&json.stdout).is_ok());
    assert_eq!(workspace.files(), ["blueprints/vm.json"]);
}

#[test]
fn errors_in_synth_toml_exit_1() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("synth.toml"), "timeout = 900\n").unwrap();
    let output = workspace.synth(&[]);
    assert_eq!(code(&output), 1);
    let words = text(&output.stderr);
    assert!(words.contains("× `timeout` is 900; it must be 3 to 840 seconds\n   ╭─[synth.toml:1:11]"), "{words}");
}

#[test]
fn stale_output_is_a_machine_readable_finding() {
    let workspace = Workspace::new();
    let output = workspace.synth(&["--check", "--message-format", "json"]);
    assert_eq!(code(&output), 1);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<&str> = findings.as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"out/template.yaml") && findings[0]["code"] == "stale", "{findings}");
    workspace.synth(&[]);
    assert_eq!(text(&workspace.synth(&["--check", "--message-format", "json"]).stdout), "[]\n");
}

#[test]
fn overrides_are_found_next_to_the_settings() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("stage")).unwrap();
    let overrides = r#"{ "Resources": { "Runner": { "Properties": { "MemorySize": 512 } } } }"#;
    std::fs::write(workspace.path().join("stage/overrides.json"), overrides).unwrap();
    std::fs::write(workspace.path().join("stage/synth.toml"), "").unwrap();
    let size = |arguments: &[&str]| text(&workspace.synth(arguments).stdout).contains("MemorySize: 512");
    assert!(!size(&["--stdout"]));
    assert!(size(&["--stdout", "--config", "stage/synth.toml"]));
    assert!(size(&["--stdout", "--overrides", "stage/overrides.json"]));
    let output = workspace.synth(&["--stdout", "--overrides", "nowhere.json"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).starts_with("error: cannot read `nowhere.json`: No such file"));
}
