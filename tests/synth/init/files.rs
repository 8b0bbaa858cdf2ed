//! What a new repository has.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use super::{init, repository};
use crate::cases::settings;
use crate::root;
use crate::workspace::{Workspace, code, text};

fn read(workspace: &Workspace, file: &str) -> String {
    std::fs::read_to_string(workspace.path().join(file)).unwrap()
}

fn yaml(workspace: &Workspace, file: &str) -> Value {
    review::template::yaml::read(&read(workspace, file)).unwrap()
}

/// Each file but the example, which is compared with this project's own.
#[test]
fn files_are_the_same_for_the_same_answers() {
    let workspace = repository();
    assert_eq!(
        read(&workspace, "blueprints/vm.json"),
        std::fs::read_to_string(root().join("blueprints/vm.json")).unwrap()
    );
    for file in workspace.files().into_iter().filter(|file| file != "blueprints/vm.json") {
        let name = Path::new(&file).file_name().unwrap().to_string_lossy().into_owned();
        settings("init").bind(|| assert_snapshot!(name, read(&workspace, &file)));
    }
}

#[test]
fn a_new_repository_builds_and_is_clean_in_git() {
    let workspace = repository();
    let checked = workspace.synth(&["check"]);
    assert_eq!(code(&checked), 0, "{}", text(&checked.stderr));
    assert!(workspace.synth(&[]).status.success());
    let built = workspace.synth(&["build", "--check"]);
    assert_eq!(code(&built), 0, "{}", text(&built.stderr));
    assert!(text(&built.stderr).contains("2 warnings\n"), "{}", text(&built.stderr));
    workspace.init_git();
    for private in [
        "out/runner/bootstrap",
        ".aws-sam/build.toml",
        "params.yaml",
        "params.local.yaml",
        "params.dev.local.yaml",
        "kafka.dev.secret.json",
        "port.dev.secret.json",
    ] {
        let path = workspace.path().join(private);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "{}").unwrap();
    }
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
}

/// The example asks for the code that the crate has.
#[test]
fn code_is_asked_for_and_there() {
    let (workspace, plain) = (Workspace::empty(), repository());
    let output = init(&workspace, &["--code"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let mut files = workspace.files();
    files.retain(|file| !plain.files().contains(file));
    assert_eq!(files, ["runner/.gitignore", "runner/Cargo.toml", "runner/src/main.rs", "runner/tests/run.rs"]);
    let checked = workspace.synth(&["check"]);
    assert_eq!(code(&checked), 0, "{}", text(&checked.stderr));
    assert!(read(&workspace, "synth.toml").contains("\nruntime = \"cargo\"\n"));
    assert!(read(&workspace, "blueprints/vm.json").contains("\"code\": true"));
    let named = !env!("CARGO_PKG_REPOSITORY").is_empty();
    assert_eq!(text(&output.stderr).contains("renovate.json, runner/Cargo.toml.\n"), !named);
    assert_eq!(code(&init(&Workspace::empty(), &["--code", "--from-port"])), 2, "the code is for the example");
}

#[test]
fn every_file_can_be_read() {
    let workspace = repository();
    for file in workspace.files() {
        let text = read(&workspace, &file);
        let parsed = match Path::new(&file).extension().and_then(|ending| ending.to_str()) {
            Some("yaml" | "yml") => review::template::yaml::read(&text).is_ok_and(|value| value.is_object()),
            Some("toml") => text.parse::<toml::Table>().is_ok(),
            Some("json") => true,
            Some("sh") => Command::new("bash").arg("-n").arg(workspace.path().join(&file)).status().unwrap().success(),
            _ => [".gitignore", ".github/synth-release"].contains(&file.as_str()),
        };
        assert!(parsed, "{file}");
        assert!(!text.contains("{{#") && !text.contains("\\{{"), "{file}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains("\n\n\n"), "{file}");
        assert!(text.lines().all(|line| line == line.trim_end() && line.len() <= 170), "{file}");
    }
    assert!(serde_json::from_str::<Value>(&read(&workspace, "renovate.json")).is_ok());
}

/// The version that is pinned is found by Renovate's expression.
#[test]
fn renovate_finds_the_version() {
    let workspace = repository();
    let renovate: Value = serde_json::from_str(&read(&workspace, "renovate.json")).unwrap();
    let expression = renovate["customManagers"][0]["matchStrings"][0].as_str().unwrap();
    let found =
        regex::Regex::new(expression).unwrap().captures(&read(&workspace, "synth.toml")).unwrap()["currentValue"]
            .to_owned();
    assert!(env!("CARGO_PKG_VERSION").starts_with(&found), "{found}");
}

/// The SAM CLI finds each stage's stack, template and parameters.
#[test]
fn each_stage_is_deployed_with_its_parameters() {
    let workspace = Workspace::empty();
    let stages = ["--organization", "prod=org_2", "--stages", "dev,eu-prod,prod"];
    assert!(init(&workspace, &stages).status.success());
    let settings: toml::Table = read(&workspace, "samconfig.toml").parse().unwrap();
    for (stage, organization) in
        [("dev", "org_sYG4DOJZNGy8bYnt"), ("eu-prod", "org_sYG4DOJZNGy8bYnt"), ("prod", "org_2")]
    {
        let deploy = &settings[stage]["deploy"]["parameters"];
        assert_eq!(
            settings[stage]["global"]["parameters"]["stack_name"].as_str(),
            Some(&*format!("port-action-runner-{stage}"))
        );
        let file = deploy["parameter_overrides"].as_str().unwrap().strip_prefix("file://").unwrap();
        assert_eq!(yaml(&workspace, file)["PortOrganizationId"], organization);
        assert_eq!(deploy["template_file"].as_str(), Some("out/template.yaml"));
    }
    // Each job waits for the one before, and the last of an organisation publishes to Port.
    let deploy = yaml(&workspace, ".github/workflows/deploy.yml");
    let jobs = deploy["jobs"].as_object().unwrap();
    let needs: Vec<(&str, Option<&str>)> =
        jobs.iter().map(|(name, job)| (name.as_str(), job["needs"].as_str())).collect();
    assert_eq!(needs, [("dev", None), ("eu-prod", Some("dev")), ("prod", Some("eu-prod"))]);
    let publishes = |job: &Value| job.to_string().contains("synth port apply");
    assert_eq!(jobs.values().map(publishes).collect::<Vec<_>>(), [false, true, true]);
}

/// A job can take on a role only in a stage's environment; a pull request cannot.
#[test]
fn only_deployments_have_a_role() {
    let workspace = repository();
    let review = yaml(&workspace, ".github/workflows/review.yml");
    assert_eq!(review["permissions"], serde_json::json!({}));
    for (_, job) in review["jobs"].as_object().unwrap() {
        assert!(job.get("environment").is_none());
        assert_eq!(job["permissions"], serde_json::json!({ "contents": "read", "pull-requests": "write" }));
    }
    let deploy = yaml(&workspace, ".github/workflows/deploy.yml");
    assert_eq!(deploy["permissions"], serde_json::json!({}));
    // YAML 1.1 reads the key `on` as true.
    assert_eq!(deploy["true"], serde_json::json!({ "push": { "branches": ["main"] } }));
    for (stage, job) in deploy["jobs"].as_object().unwrap() {
        assert_eq!(job["environment"], *stage);
        assert_eq!(job["permissions"], serde_json::json!({ "contents": "read", "id-token": "write" }));
    }
    for workflow in [review, deploy] {
        let text = workflow.to_string();
        for used in text.split("\"uses\":\"").skip(1) {
            let (action, _) = used.split_once('"').unwrap();
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        }
    }
}

/// The role trusts one environment of one repository each, and its policies name what they are for.
#[test]
fn role_is_for_one_environment_and_one_stack() {
    let workspace = repository();
    let template = yaml(&workspace, "deploy-role.yaml");
    for (id, stage) in [("DevRole", "dev"), ("ProdRole", "prod")] {
        let trust = &template["Resources"][id]["Properties"]["AssumeRolePolicyDocument"]["Statement"];
        assert_eq!(trust.as_array().unwrap().len(), 1);
        assert_eq!(trust[0]["Action"], "sts:AssumeRoleWithWebIdentity");
        let equals = serde_json::json!({ "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": format!("repo:acme/platform-runners:environment:{stage}"),
        }});
        assert_eq!(trust[0]["Condition"], equals);
    }
    for id in ["Deployment", "Permissions", "Boundary"] {
        for statement in template["Resources"][id]["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap() {
            let text = statement.to_string();
            assert!(
                !text.contains(":*\"")
                    || statement["Action"].to_string().to_lowercase().contains("eventsource")
                    || text.contains("log-group:*"),
                "{text}"
            );
            assert!(!text.contains("\"*\""), "{text}");
            let is_named = text.contains("${Stage}")
                || ["ExpandServerless", "FindBucket", "ReadEventSources", "FindLog"]
                    .iter()
                    .any(|sid| text.contains(sid));
            assert!(is_named, "{text}");
        }
    }
    // What the stack has, the role covers.
    assert!(workspace.synth(&["--quiet"]).status.success());
    let role = read(&workspace, "deploy-role.yaml");
    let stack = yaml(&workspace, "out/template.yaml");
    for (id, resource) in stack["Resources"].as_object().unwrap() {
        // Secrets come with the parameters, and the queue's policy is a part of the queue.
        if !["AWS::SecretsManager::Secret", "AWS::SQS::QueuePolicy"].iter().any(|kind| resource["Type"] == *kind) {
            assert!(role.contains(&format!("port-action-runner-${{Stage}}-{id}-*")), "{id}");
        }
    }
    assert_eq!(
        stack["Resources"]["RunnerRole"]["Properties"]["PermissionsBoundary"]["Fn::Sub"],
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${AWS::StackName}-boundary"
    );
    // `synth diff` reads all of it.
    let empty = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";
    std::fs::write(workspace.path().join("empty.yaml"), empty).unwrap();
    let arguments = ["diff", "./empty.yaml", "--head", "./deploy-role.yaml", "--format", "json"];
    let compared = workspace.synth(&arguments);
    let report: Value = serde_json::from_str(&text(&compared.stdout)).unwrap();
    assert!(report["uncompared"].is_null(), "{report:#}");
    assert!(report.to_string().contains("DevRole"), "{report:#}");
}

#[test]
fn without_github_there_are_no_workflows() {
    let workspace = Workspace::empty();
    let output = workspace.synth(&["init", "--yes", "--organization", "org_1", "--github", "none"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let files = workspace.files();
    assert!(
        !files.iter().any(|file| file.contains("github") || file == "deploy-role.yaml" || file == "overrides.json"),
        "{files:?}"
    );
    assert!(text(&output.stderr).contains("  sam deploy --config-env dev\n"), "{}", text(&output.stderr));
}
