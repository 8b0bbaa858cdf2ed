//! `synth diff` as a person calls it, with git and without.

use std::process::Output;

use serde_json::Value;

use crate::workspace::{Workspace, code, text};

const QUEUE: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}}\n";
const NAMED: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}}\n";
const NONE: &str = "Resources: {}\n";
const ROLE: &str = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}, \
                    ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]}}}\n";

/// A folder in which no repository around it is found.
fn synth(workspace: &Workspace, arguments: &[&str]) -> Output {
    let above = workspace.path().parent().unwrap();
    workspace.command(arguments).env("GIT_CEILING_DIRECTORIES", above).env("LC_ALL", "C").output().unwrap()
}

/// A repository whose last commit holds the tutorial and what is made of it.
fn repository() -> Workspace {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.synth(&[])), 0);
    workspace.init_git();
    workspace
}

/// The filter loses an action.
fn drop_an_action(workspace: &Workspace) {
    let path = workspace.path().join("blueprints/vm.json");
    let with = std::fs::read_to_string(&path).unwrap();
    let without = with.replace("\"identifier\": \"resize_vm\"", "\"identifier\": \"scale_vm\"");
    assert_ne!(with, without);
    std::fs::write(path, without).unwrap();
}

fn templates(workspace: &Workspace) {
    for (name, template) in [("queue", QUEUE), ("named", NAMED), ("none", NONE), ("role", ROLE)] {
        std::fs::write(workspace.path().join(format!("{name}.yaml")), template).unwrap();
    }
}

#[test]
fn default_base_is_the_merge_base() {
    let workspace = repository();
    workspace.git(&["switch", "--quiet", "--create", "topic"]);
    let same = synth(&workspace, &["diff", "--exit-code"]);
    assert_eq!(code(&same), 0, "{}{}", text(&same.stdout), text(&same.stderr));
    drop_an_action(&workspace);
    assert_eq!(code(&synth(&workspace, &[])), 0);
    workspace.git(&["commit", "--quiet", "--all", "--message=second"]);
    for base in [&["diff", "--exit-code"][..], &["diff", "main", "--exit-code"], &["diff", "HEAD~1", "--exit-code"]] {
        let output = synth(&workspace, base);
        let said = text(&output.stdout);
        assert_eq!(code(&output), 1, "{base:?}");
        assert!(said.contains("action `scale_vm` (DAY-2 on `vm`) added: its runs now reach the function"), "{said}");
        assert!(said.contains("action `resize_vm` (DAY-2 on `vm`) removed"), "{said}");
    }
    // Against its own last commit, and against the folder, nothing is another.
    for base in ["HEAD", "out"] {
        assert_eq!(code(&synth(&workspace, &["diff", base, "--exit-code"])), 0, "{base}");
    }
}

#[test]
fn missing_output_in_the_base_is_noted() {
    let workspace = Workspace::new();
    workspace.init_git();
    let output = synth(&workspace, &["diff"]);
    assert_eq!(code(&output), 0);
    assert!(text(&output.stderr).contains("note: `out/template.yaml` is not in `main` ("), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("+ Runner (AWS::Serverless::Function): added"));
}

#[test]
fn unreadable_sides_are_errors() {
    let workspace = Workspace::new();
    templates(&workspace);
    std::fs::write(workspace.path().join("list.yaml"), "Resources: []\n").unwrap();
    std::fs::write(workspace.path().join("broken.yaml"), "Resources: {A: [\n").unwrap();
    std::fs::create_dir(workspace.path().join("empty")).unwrap();
    for (arguments, said) in [
        (&["diff"][..], "this is no git repository"),
        (&["diff", "nowhere"], "`nowhere` is no file, no folder and no revision"),
        (&["diff", "empty"], "`empty` holds no `template.yaml`"),
        (&["diff", "list.yaml", "--head", "queue.yaml"], "`list.yaml` is no template: it has no `Resources`"),
        (&["diff", "queue.yaml", "--head", "broken.yaml"], "`broken.yaml` is no template: line "),
        (&["diff", "queue.yaml", "--head", "nothing.yaml"], "cannot read `nothing.yaml`"),
    ] {
        let output = synth(&workspace, arguments);
        let error = text(&output.stderr);
        assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""), "{arguments:?}");
        assert!(error.starts_with("error: ") && error.contains(said), "{arguments:?}: {error}");
    }
    let workspace = repository();
    let output = synth(&workspace, &["diff", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("git knows no revision `nowhere`"), "{}", text(&output.stderr));
}

#[test]
fn fail_on_refuses_only_named_hazards() {
    let workspace = Workspace::new();
    templates(&workspace);
    for (old, new, hazards, reason) in [
        ("queue", "named", "replacement", Some("--fail-on replacement: `Queue` would be replaced")),
        ("queue", "named", "deletion,widened-iam", None),
        ("queue", "none", "replacement,deletion", Some("--fail-on deletion: `Queue` would be deleted")),
        ("none", "role", "widened-iam", Some("--fail-on widened-iam: somebody may do more")),
        ("role", "none", "widened-iam", None),
        ("none", "queue", "replacement,deletion,widened-iam", None),
    ] {
        let (old, new) = (format!("{old}.yaml"), format!("{new}.yaml"));
        let output = synth(&workspace, &["diff", &old, "--head", &new, "--fail-on", hazards]);
        let error = text(&output.stderr);
        assert_eq!(code(&output), i32::from(reason.is_some()), "{old} {new} {hazards}");
        assert!(error.contains(reason.unwrap_or_default()) && (reason.is_some() || error.is_empty()), "{error}");
        assert!(!output.stdout.is_empty(), "the report is printed whatever it is");
    }
}

#[test]
fn formats_agree() {
    let workspace = Workspace::new();
    templates(&workspace);
    let told = |format: &str| {
        let output = synth(&workspace, &["diff", "queue.yaml", "--head", "none.yaml", "--format", format]);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{format}");
        text(&output.stdout)
    };
    let report: Value = serde_json::from_str(&told("json")).unwrap();
    assert_eq!(report["verdict"]["deleted"], 1);
    assert!(
        told("markdown").starts_with("<!-- synth-diff -->\n### 0 added, 0 changed in place, 0 replaced, 1 deleted;")
    );
    assert!(told("text").starts_with("0 added, 0 changed in place, 0 replaced, 1 deleted;"));
}
