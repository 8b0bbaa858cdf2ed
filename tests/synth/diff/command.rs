//! The `synth diff` command, with and without git.

use std::process::{Command, Output};

use serde_json::Value;

use crate::workspace::{Workspace, code, text};

const QUEUE: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}}\n";
const NAMED: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}}\n";
const NONE: &str = "Resources: {}\n";
const ROLE: &str = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}, \
                    ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]}}}\n";
const OPEN: &str = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}, \
                    Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: {Statement: \
                    {Effect: Allow, Principal: \"*\", Action: sqs:SendMessage, Resource: \"*\"}}}}}\n";

/// Runs synth in a workspace and ignores any repository around it.
fn synth(workspace: &Workspace, arguments: &[&str]) -> Output {
    let above = workspace.path().parent().unwrap();
    workspace.command(arguments).env("GIT_CEILING_DIRECTORIES", above).env("LC_ALL", "C").output().unwrap()
}

/// Creates a repository whose last commit has the tutorial and its output.
fn repository() -> Workspace {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.synth(&[])), 0);
    workspace.init_git();
    workspace
}

/// Renames an action, so that the filter loses one.
fn drop_an_action(workspace: &Workspace) {
    let path = workspace.path().join("blueprints/vm.json");
    let with = std::fs::read_to_string(&path).unwrap();
    let without = with.replace("\"identifier\": \"resize_vm\"", "\"identifier\": \"scale_vm\"");
    assert_ne!(with, without);
    std::fs::write(path, without).unwrap();
}

fn templates(workspace: &Workspace) {
    let acl = |value: &str| {
        format!(
            "Parameters: {{Acl: {{Type: String}}}}\nResources: {{Bucket: {{Type: AWS::S3::Bucket, Properties: {{AccessControl: {value}}}}}}}\n"
        )
    };
    let (private, public, perhaps) = (acl("Private"), acl("PublicRead"), acl("!Ref Acl"));
    let acls = [("acl", private.as_str()), ("public", &public), ("perhaps", &perhaps)];
    for (name, template) in
        [("queue", QUEUE), ("named", NAMED), ("none", NONE), ("role", ROLE), ("open", OPEN)].into_iter().chain(acls)
    {
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
        let report = text(&output.stdout);
        assert_eq!(code(&output), 1, "{base:?}");
        assert!(
            report.contains("action `scale_vm` (DAY-2 on `vm`) added: its runs now reach the function"),
            "{report}"
        );
        assert!(report.contains("action `resize_vm` (DAY-2 on `vm`) removed"), "{report}");
    }
    // Nothing changes compared with the last commit, or with the folder.
    let absolute = workspace.path().join("out").display().to_string();
    for base in [&["HEAD"][..], &["./out"], &["blueprints/../out/template.yaml"], &[&absolute], &["--base-dir", "out"]]
    {
        assert_eq!(code(&synth(&workspace, &[&["diff", "--exit-code"], base].concat())), 0, "{base:?}");
    }
}

/// What a revision is does not depend on the files of the branch that is judged.
#[test]
fn revisions_are_not_shadowed_by_files() {
    let workspace = repository();
    workspace.git(&["tag", "v1"]);
    workspace.git(&["tag", "release.json"]);
    let commit = workspace.git(&["rev-parse", "HEAD"]);
    drop_an_action(&workspace);
    assert_eq!(code(&synth(&workspace, &[])), 0);
    let names = [&commit, &commit[..7], "main", "HEAD", "HEAD~0", "v1", "tags/v1", "release.json"];
    for name in names {
        // The same stack as after the change, in a folder or a file with the name of the revision.
        let path = workspace.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        for folder in [true, false] {
            if folder {
                Command::new("cp").arg("-r").arg(workspace.path().join("out")).arg(&path).status().unwrap();
            } else {
                std::fs::copy(workspace.path().join("out/template.yaml"), &path).unwrap();
            }
            let output = synth(&workspace, &["diff", "--exit-code", "--", name]);
            assert_eq!(code(&output), 1, "{name}: {}{}", text(&output.stdout), text(&output.stderr));
            assert!(text(&output.stdout).contains("`resize_vm` (DAY-2 on `vm`) removed"), "{name}");
            if folder { std::fs::remove_dir_all(&path).unwrap() } else { std::fs::remove_file(&path).unwrap() }
        }
    }
    // A name that git does not know is not a folder's either, in a clone that lacks the commit.
    let unknown = "0123456789012345678901234567890123456789";
    for folder in [unknown, "feature/x"] {
        std::fs::create_dir_all(workspace.path().join(folder)).unwrap();
        std::fs::copy(workspace.path().join("out/template.yaml"), workspace.path().join(folder).join("template.yaml"))
            .unwrap();
        assert_eq!(code(&synth(&workspace, &["diff", folder])), 2, "{folder}");
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
    for (arguments, expected) in [
        (&["diff"][..], "this is not a git repository"),
        (&["diff", "nowhere"], "error: there is no Git revision or template `nowhere`\n  this is not a git repository"),
        (&["diff", "empty"], "`empty` is not a Git revision; for the folder use `./empty`"),
        (&["diff", "./empty"], "`./empty` has no `template.yaml`"),
        (&["diff", "--base-dir", "empty"], "`empty` has no `template.yaml`"),
        (&["diff", "list.yaml", "--head", "queue.yaml"], "`list.yaml` is not a template: it has no `Resources`"),
        (&["diff", "queue.yaml", "--head", "broken.yaml"], "`broken.yaml` is not a template: line "),
        (&["diff", "queue.yaml", "--head", "nothing.yaml"], "cannot read `nothing.yaml`"),
    ] {
        let output = synth(&workspace, arguments);
        let error = text(&output.stderr);
        assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""), "{arguments:?}");
        assert!(error.starts_with("error: ") && error.contains(expected), "{arguments:?}: {error}");
    }
    let workspace = repository();
    let output = synth(&workspace, &["diff", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("git does not know the revision `nowhere`"), "{}", text(&output.stderr));
}

#[test]
fn fail_on_refuses_only_named_hazards() {
    let workspace = Workspace::new();
    templates(&workspace);
    for (old, new, hazards, reason) in [
        ("queue", "named", "replacement", Some("--fail-on replacement: `Queue` would be replaced")),
        ("queue", "named", "deletion,widened-iam", None),
        ("queue", "none", "replacement,deletion", Some("--fail-on deletion: `Queue` would be deleted")),
        ("none", "role", "widened-iam", Some("--fail-on widened-iam: permissions are widened")),
        ("role", "none", "widened-iam", None),
        ("role", "none", "exposure,failure", None),
        ("queue", "open", "exposure", Some("--fail-on exposure: `Policy` would be more exposed")),
        ("queue", "open", "replacement,deletion", None),
        ("acl", "public", "widened-iam", Some("--fail-on widened-iam: permissions are widened")),
        ("acl", "perhaps", "exposure", Some("--fail-on exposure: `Bucket` may be more exposed")),
        ("public", "acl", "exposure,widened-iam", None),
        ("none", "queue", "replacement,deletion,widened-iam", None),
    ] {
        let (old, new) = (format!("{old}.yaml"), format!("{new}.yaml"));
        let output = synth(&workspace, &["diff", &old, "--head", &new, "--fail-on", hazards]);
        let error = text(&output.stderr);
        assert_eq!(code(&output), i32::from(reason.is_some()), "{old} {new} {hazards}");
        assert!(error.contains(reason.unwrap_or_default()) && (reason.is_some() || error.is_empty()), "{error}");
        assert!(!output.stdout.is_empty(), "the report is printed in any case");
    }
}

#[test]
fn formats_agree() {
    let workspace = Workspace::new();
    templates(&workspace);
    let report = |format: &str| {
        let output = synth(&workspace, &["diff", "queue.yaml", "--head", "none.yaml", "--format", format]);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{format}");
        text(&output.stdout)
    };
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    assert_eq!(json["verdict"]["deleted"], 1);
    assert!(
        report("markdown").starts_with("<!-- synth-diff -->\n### 0 added, 0 changed in place, 0 replaced, 1 deleted;")
    );
    assert!(report("text").starts_with("0 added, 0 changed in place, 0 replaced, 1 deleted;"));
}

#[test]
fn an_unknown_gate_is_an_error_that_names_all() {
    let workspace = Workspace::new();
    templates(&workspace);
    let output = synth(&workspace, &["diff", "queue.yaml", "--head", "none.yaml", "--fail-on", "deletion,exposed"]);
    let error = text(&output.stderr);
    assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""));
    assert!(error.contains("invalid value 'exposed' for '--fail-on <WHAT>'"), "{error}");
    assert!(
        error.contains("[possible values: replacement, deletion, widened-iam, exposure, failure, protection]"),
        "{error}"
    );
}

/// CloudFormation takes the last value of a key that is there twice. So does `synth`, and says so.
#[test]
fn keys_that_are_there_twice_are_noted() {
    let workspace = Workspace::new();
    let twice = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 5\n      DelaySeconds: 9\n";
    let once = twice.replace("      DelaySeconds: 5\n", "");
    let json = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5, "DelaySeconds": 9}}}}"#;
    for (name, template) in [("twice.yaml", twice), ("once.yaml", &once), ("twice.json", json)] {
        std::fs::write(workspace.path().join(name), template).unwrap();
    }
    for name in ["twice.yaml", "twice.json"] {
        let diff = synth(&workspace, &["diff", name, "--head", "once.yaml", "--exit-code"]);
        assert_eq!(code(&diff), 0, "{name}: {}", text(&diff.stderr));
        assert!(text(&diff.stdout).contains("the key `DelaySeconds` is there twice"), "{name}");
        let graph = synth(&workspace, &["graph", name]);
        assert_eq!(code(&graph), 0, "{name}");
        assert!(text(&graph.stderr).starts_with("warning: "), "{name}: {}", text(&graph.stderr));
    }
}
