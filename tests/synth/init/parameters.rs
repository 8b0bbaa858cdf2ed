//! Files of parameters: secrets stay out of them, and somebody hears the alarms.

use super::repository;
use crate::workspace::{Workspace, code, text};

const TOPIC: &str = "AlarmTopicArn: arn:aws:sns:eu-west-1:123456789012:ops\n";

/// A repository in which these files are changed. The stages have a topic.
fn with(files: &[(&str, &str)]) -> Workspace {
    let workspace = repository();
    for stage in ["dev", "prod"] {
        std::fs::write(workspace.path().join(format!("params.{stage}.yaml")), TOPIC).unwrap();
    }
    for (file, content) in files {
        std::fs::write(workspace.path().join(file), content).unwrap();
    }
    workspace
}

/// Ways to write a secret where git has it: the files, and the parameter that is named.
const HELD: [(&[(&str, &str)], &str); 17] = [
    (
        &[("params.dev.yaml", "KafkaPassword: hunter2\n")],
        "params.dev.yaml: line 1 has a value for the secret `KafkaPassword`",
    ),
    (&[("params.dev.yaml", "\"KafkaPassword\": 'hunter2'\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "{PortClientSecret: 12345}\n")], "`PortClientSecret`"),
    (
        &[("params.dev.yaml", "# ids\nPortClientId: a\nKafkaUsername: b\n")],
        "line 3 has a value for the secret `KafkaUsername`",
    ),
    (&[("params.dev.yaml", "KafkaPassword: |\n  hunter2\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "x: &x {KafkaPassword: hunter2}\n<<: *x\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "x: &x hunter2\nKafkaPassword: *x\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "- KafkaPassword: hunter2\n- PortRegion: eu\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "- PortRegion=eu KafkaPassword=hunter2\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "- ParameterKey: KafkaPassword\n  ParameterValue: hunter2\n")], "`KafkaPassword`"),
    (&[("params.qa.yml", "KafkaPassword: hunter2\n")], "params.qa.yml"),
    (&[("params.qa.json", "{\"KafkaPassword\": \"hunter2\"}")], "params.qa.json"),
    (&[("params.qa.toml", "KafkaPassword = \"hunter2\"\n")], "params.qa.toml"),
    (
        &[("params.dev.yaml", "$include: file://common.yaml\n"), ("common.yaml", "KafkaPassword: hunter2\n")],
        "common.yaml: line 1",
    ),
    (
        &[(
            "samconfig.toml",
            "[dev.deploy.parameters]\nparameter_overrides = \"PortRegion=eu KafkaPassword=hunter2\"\n",
        )],
        "samconfig.toml: line 2",
    ),
    (
        &[("samconfig.toml", "[dev.deploy.parameters]\nparameter_overrides = [\"KafkaPassword=hunter2\"]\n")],
        "samconfig.toml: line 2",
    ),
    (
        &[
            ("samconfig.toml", "[dev.deploy.parameters]\nparameter_overrides = \"file://dev.yaml\"\n"),
            ("dev.yaml", "KafkaPassword: hunter2\n"),
        ],
        "dev.yaml: line 1",
    ),
];

#[test]
fn secrets_in_files_are_refused_and_not_shown() {
    for (files, want) in HELD {
        let workspace = with(files);
        for command in [&["check"][..], &["build"], &["build", "--check"]] {
            let output = workspace.synth(command);
            let said = text(&output.stderr);
            assert_eq!(code(&output), 1, "{files:?}: {said}");
            assert!(said.contains("secret-in-parameters") && said.contains(want), "{files:?}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert!(!workspace.path().join("out").exists());
    }
}

/// What the template masks is a secret, whatever it is called.
#[test]
fn masked_parameters_of_overrides_are_secrets_too() {
    let overrides = r#"{ "Parameters": { "+Pepper": { "Type": "String", "NoEcho": true, "Description": "Of a dish" },
        "+Salt": { "Type": "String", "Description": "Of a dish" } },
        "Resources": { "Runner": { "Properties": { "Tags": { "salt": { "Ref": "Salt" } } } } } }"#;
    let workspace = with(&[("overrides.json", overrides), ("params.dev.yaml", "Pepper: hot\nSalt: sea\n")]);
    let output = workspace.synth(&["check"]);
    let said = text(&output.stderr);
    assert!(said.contains("the secret `Pepper`") && !said.contains("`Salt`"), "{said}");
}

/// Empty values, references, examples, and files that git ignores.
#[test]
fn what_is_not_a_secret_is_accepted() {
    for files in [
        &[][..],
        &[("params.dev.yaml", "KafkaPassword: \"\"\nPortClientId:\nKafkaUsername: ~\n")],
        &[("params.dev.yaml", "# KafkaPassword: in Secrets Manager\n")],
        &[("params.dev.yaml", "KafkaPassword: \"{{resolve:secretsmanager:kafka:SecretString:password}}\"\n")],
        &[("params.dev.yaml", "KafkaSecretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka-AbCdEf\n")],
        &[("params.example.yaml", "KafkaPassword: your password\n")],
        &[("params.yaml", "KafkaPassword: hunter2\n")],
        &[
            ("params.local.yaml", "KafkaPassword: hunter2\n"),
            ("params.dev.yaml", "$include: file://params.local.yaml\n"),
        ],
        &[("params.dev.yaml", "")],
        &[("params.md", "KafkaPassword: hunter2")],
    ] {
        let workspace = with(files);
        let output = workspace.synth(&["check"]);
        assert_eq!(code(&output), 0, "{files:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_stage_without_a_topic_is_a_warning() {
    let silent = "`AlarmTopicArn` is not set, so the stack's 6 alarms would notify nobody";
    for (files, want) in [
        (&[][..], 0),
        (&[("params.dev.yaml", "PortRegion: eu\n")], 1),
        (&[("params.dev.yaml", "AlarmTopicArn: \"\"\n")], 1),
        (&[("params.dev.yaml", "AlarmTopicArn:\n"), ("params.prod.yaml", "")], 2),
        (&[("params.dev.yaml", "$include: file://common.yaml\n"), ("common.yaml", TOPIC)], 0),
        (&[("params.dev.yaml", ""), ("synth.toml", "alarms = []\n")], 0),
    ] {
        let workspace = with(files);
        let output = workspace.synth(&["check"]);
        let said = text(&output.stderr);
        assert_eq!((code(&output), said.matches(silent).count()), (0, want), "{files:?}: {said}");
        let strict = workspace.synth(&["check", "--strict"]);
        assert_eq!(code(&strict), i32::from(want > 0), "{files:?}");
    }
    // A project without stages has nowhere to set it.
    assert!(!text(&Workspace::new().synth(&["check"]).stderr).contains("silent"));
}

#[test]
fn files_that_cannot_be_read_are_reported_without_an_excerpt() {
    for (file, content, want) in [
        ("params.dev.yaml", "PortRegion: eu\nKafkaPassword: \"hunter2\n", "is not valid YAML"),
        ("params.qa.toml", "KafkaPassword = hunter2\n", "line 1 is not valid TOML"),
        ("params.dev.yaml", "a: 1\n---\nb: 2\n", "several YAML documents"),
        ("params.qa.json", "{\"KafkaPassword\": \"hunter2\",}", "line 1 is not valid JSON"),
        ("params.qa.json", "{\n\t\"KafkaPassword\": \"hunter2\"", "line 2 is not valid JSON"),
        ("params.qa.json", "KafkaPassword: hunter2\n", "line 1 is not valid JSON"),
    ] {
        let workspace = with(&[(file, content)]);
        let output = workspace.synth(&["check"]);
        let said = text(&output.stderr);
        assert!(code(&output) == 1 && said.contains(want) && !said.contains("hunter2"), "{said}");
    }
}
