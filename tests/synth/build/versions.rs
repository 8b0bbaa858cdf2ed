//! The version of `synth` in everything that it writes, and the versions that `synth.toml` allows.

use serde_json::Value;

use crate::workspace::{Workspace, code, text};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(workspace: &Workspace, file: &str) -> String {
    std::fs::read_to_string(workspace.path().join(file)).unwrap()
}

fn put(workspace: &Workspace, file: &str, text: &str) {
    std::fs::write(workspace.path().join(file), text).unwrap();
}

#[test]
fn everything_that_is_written_says_the_version() {
    let workspace = Workspace::new();
    workspace.synth(&[]);
    let json = |file: &str| serde_json::from_str::<Value>(&read(&workspace, file)).unwrap();
    assert_eq!(json("out/plan.json")["synth"], VERSION);
    for name in ["blueprint", "synth"] {
        assert_eq!(json(&format!("out/schema/{name}.json"))["$id"], format!("urn:port-action-runner:{VERSION}:{name}"));
    }
    let template: Value = serde_saphyr::from_str(&read(&workspace, "out/template.yaml")).unwrap();
    assert_eq!(template["Metadata"]["PortActionRunner"]["Version"], VERSION);
}

/// `--check` says that a folder is stale because it is of another version, and a comparison says nothing about that.
#[test]
fn a_folder_of_another_version_is_stale_and_no_change() {
    let workspace = Workspace::new();
    workspace.synth(&[]);
    for (key, writer) in [("\"synth\": \"0.0.9\",\n", "synth 0.0.9"), ("", "an earlier version of synth")] {
        assert_eq!(code(&workspace.synth(&[])), 0);
        let plan = read(&workspace, "out/plan.json");
        put(&workspace, "out/plan.json", &plan.replace(&format!("\"synth\": \"{VERSION}\",\n"), key));
        let template = read(&workspace, "out/template.yaml");
        put(
            &workspace,
            "out/template.yaml",
            &template.replace(&format!("Version: \"{VERSION}\""), "Version: \"0.0.9\""),
        );
        assert_ne!(read(&workspace, "out/template.yaml"), template);
        let check = workspace.synth(&["--check"]);
        let want =
            format!("error: `out` is stale: it was written by {writer}, and this is synth {VERSION}; run\n  synth\n");
        assert_eq!((code(&check), text(&check.stderr)), (1, want));
        let findings = text(&workspace.synth(&["--check", "--message-format", "json"]).stdout);
        assert!(findings.contains(&format!("it was written by {writer}")), "{findings}");
        let diff = workspace.synth(&["diff", "--base-dir", "out", "--exit-code"]);
        assert_eq!(code(&diff), 0, "{}{}", text(&diff.stdout), text(&diff.stderr));
    }
}

/// The plan of earlier versions was only in the package.
#[test]
fn the_plan_of_earlier_versions_is_compared() {
    let workspace = Workspace::new();
    workspace.synth(&[]);
    let of = |plan: &str| {
        let diff = workspace.synth(&["diff", "--base-dir", "out"]);
        assert_eq!(code(&diff), 0);
        assert!(!text(&diff.stdout).contains("has no `plan.json`"), "{plan}: {}", text(&diff.stdout));
        text(&diff.stdout)
    };
    let now = of("out/plan.json");
    std::fs::remove_file(workspace.path().join("out/plan.json")).unwrap();
    assert_eq!(of("out/runner/plan.json"), now);
    let plan = read(&workspace, "out/runner/plan.json").replace("vm_create_vm", "vm_make_vm");
    put(&workspace, "out/runner/plan.json", &plan);
    assert!(of("out/runner/plan.json").contains("vm_make_vm"));
}

#[test]
fn a_pin_that_does_not_match_refuses_everything() {
    let workspace = Workspace::new();
    for pin in ["9.8", "=0.0.1", "<0.0.1", "latest"] {
        put(&workspace, "synth.toml", &format!("version = \"{pin}\"\nkey_of_another_version = 1\n"));
        for arguments in [&[][..], &["--check"], &["check"], &["--stdout"], &["graph"]] {
            let output = workspace.synth(arguments);
            let words = text(&output.stderr);
            assert!([1, 2].contains(&code(&output)) && words.contains("[synth.toml:1:11]"), "{arguments:?}: {words}");
            let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&format!("`version` is \"{pin}\"")) && !flat.contains("unknown key"), "{words}");
        }
    }
    assert!(!workspace.path().join("out").exists());
    put(&workspace, "synth.toml", &format!("version = \"{VERSION}\"\n"));
    assert_eq!(code(&workspace.synth(&[])), 0);
    put(&workspace, "synth.toml", "version = 0.1\n");
    assert!(text(&workspace.synth(&[]).stderr).contains("must be a string, but this is a number"));
}
