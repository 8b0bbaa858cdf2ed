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
        let path = workspace.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    workspace
}

/// Ways to write a secret where git has it: the files, and the parameter that is named.
const HELD: [(&[(&str, &str)], &str); 30] = [
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
    (&[("params.dev.yaml", "KafkaPassword: {a: hunter2}\n")], "line 1 has a value for the secret `KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: [{a: hunter2}]\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: !x hunter2\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: .inf\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: \"{{resolve:ssm:x}}hunter2{{resolve:ssm:y}}\"\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: \"{{resolve:hunter2}}\"\n")], "`KafkaPassword`"),
    (&[("params.dev.yaml", "KafkaPassword: \"{{resolve:vault:hunter2}}\"\n")], "`KafkaPassword`"),
    (&[("params.qa.toml", "KafkaPassword = inf\n")], "`KafkaPassword`"),
    (&[("params.qa.toml", "KafkaPassword = 1979-05-27\n")], "`KafkaPassword`"),
    (&[("params.qa.toml", "KafkaPassword = {a = \"hunter2\"}\n")], "`KafkaPassword`"),
    (
        &[("params.dev.yaml", "$include: file://envs/params.yaml\n"), ("envs/params.yaml", "KafkaPassword: hunter2\n")],
        "envs/params.yaml: line 1",
    ),
    (
        &[
            ("params.dev.yaml", "$include: [file://envs/params.dev.local.yaml]\n"),
            ("envs/params.dev.local.yaml", "KafkaPassword: hunter2\n"),
        ],
        "envs/params.dev.local.yaml: line 1",
    ),
    (
        &[
            ("samconfig.toml", "[dev.deploy.parameters]\nparameter_overrides = \"file://envs/params.local.yaml\"\n"),
            ("envs/params.local.yaml", "KafkaPassword: hunter2\n"),
        ],
        "envs/params.local.yaml: line 1",
    ),
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
        &[
            ("params.dev.local.yaml", "KafkaPassword: hunter2\n"),
            ("params.dev.yaml", "$include: file://envs/../params.dev.local.yaml\n"),
        ],
        &[
            ("envs/kafka.secret.json", "{\"KafkaPassword\": \"hunter2\"}"),
            ("params.dev.yaml", "$include: file://envs/kafka.secret.json\n"),
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
        ("params.dev.yaml", "KafkaPassword: hunter2\nKafkaPassword: \"\"\n", "a key twice"),
        ("params.dev.json", "{\"KafkaPassword\": \"hunter2\", \"KafkaPassword\": \"\"}", "a key twice"),
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

/// Whatever encoding a file has, in whatever format, no line of it is shown, only where it is wrong.
#[test]
fn files_in_other_encodings_are_reported_without_an_excerpt() {
    let yaml = "PortRegion: eu\nKafkaPassword: hunter2\n";
    let settings = "[dev.deploy.parameters]\nparameter_overrides = \"KafkaPassword=hunter2\"\n";
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    for (file, text) in [("params.dev.yaml", yaml), ("samconfig.toml", settings), ("params.dev.toml", settings)] {
        for (bytes, want) in [
            (wide(&format!("\u{feff}{text}"), u16::to_le_bytes), "line 1: this file is UTF-16, not UTF-8"),
            (wide(text, u16::to_be_bytes), "line 1: this file is UTF-16, not UTF-8"),
            ([text.as_bytes(), b"# gr\xFC\xDFe\n"].concat(), "line 3: this file is not UTF-8: byte 0xFC"),
            ([text.as_bytes(), b"# gr\xC3"].concat(), "line 3: this file ends in the middle of a character"),
        ] {
            let workspace = with(&[]);
            workspace.init_git();
            std::fs::write(workspace.path().join(file), bytes).unwrap();
            for format in ["text", "json", "sarif"] {
                let output = workspace.synth(&["check", "--message-format", format]);
                let said = text_of(&output);
                assert!(
                    code(&output) == 1 && said.contains(want) && !said.contains("hunter2"),
                    "{file} {format}: {said}"
                );
            }
            let said = text_of(&workspace.synth(&["diff", "HEAD"]));
            assert!(!said.contains("hunter2"), "{file}: {said}");
        }
    }
}

/// All that a command printed.
fn text_of(output: &std::process::Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}
