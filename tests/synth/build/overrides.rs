//! `overrides.json` changes the template, but cannot break it.

use std::path::PathBuf;

use documents::{Findings, Source, Sources, finding};
use insta::assert_snapshot;
use serde_json::{Value, json};
use similar::TextDiff;
use synth::{Build, Config, build_with};

use crate::cases::{folders, settings};
use crate::root;

fn run(config: &str, overrides: Option<&str>) -> (Sources, Findings, Option<Build>) {
    let vm = std::fs::read_to_string(root().join("blueprints/vm.json")).unwrap();
    let sources = vec![Source::new(PathBuf::from("blueprints/vm.json"), &vm)];
    let overrides = overrides.map(|text| Source::new(PathBuf::from("overrides.json"), text));
    build_with(sources, &Config::parse("synth.toml", config).unwrap(), overrides).unwrap()
}

fn template(built: &Build) -> &str {
    built.template_yaml()
}

/// The snapshot is a diff, so it also shows that nothing else changes.
#[test]
fn apply_cases() {
    let plain = run("", None).2.unwrap();
    for file in folders(&root().join("tests/cases/override/apply")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (sources, findings, built) = run("", Some(&std::fs::read_to_string(&file).unwrap()));
        assert_eq!(findings.iter().count(), 0, "{name}: {}", finding::show(&findings, &sources, false));
        let built = built.unwrap();
        let difference = TextDiff::from_lines(template(&plain), template(&built));
        settings("override/apply").bind(|| {
            assert_snapshot!(name.clone(), difference.unified_diff().context_radius(2).to_string());
        });
        let yaml: Value = serde_saphyr::from_str(template(&built)).unwrap();
        assert_eq!(yaml, built.template, "{name}");
        let files = built.files().unwrap();
        for (path, text) in plain.files().unwrap().0 {
            assert!(path.ends_with("template.yaml") || files.0[&path] == text, "{name}: {}", path.display());
        }
    }
}

#[test]
fn refuse_cases() {
    for file in folders(&root().join("tests/cases/override/refuse")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (sources, findings, built) = run("", Some(&std::fs::read_to_string(&file).unwrap()));
        assert!(findings.refuse() && built.is_none(), "{name} is not refused");
        settings("override/refuse").bind(|| assert_snapshot!(name, finding::show(&findings, &sources, false)));
    }
}

#[test]
fn empty_patch_changes_only_the_first_line() {
    let plain = run("", None).2.unwrap();
    let built = run("", Some("{}")).2.unwrap();
    let body = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(body(template(&plain)), body(template(&built)));
    assert!(template(&built).starts_with("# Generated from blueprints/, synth.toml and overrides.json by"));
    for nothing in ["/Resources/Runner", RUNNER, "/Outputs/FailureQueueUrl"] {
        let (_, findings, _) = run("", Some(&patch(nothing, &json!({}))));
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["override-without-effect"], "{nothing}");
    }
}

/// A patch that sets one place.
fn patch(pointer: &str, value: &Value) -> String {
    let nest = |below: Value, token: &str| json!({ token: below });
    pointer.rsplit('/').take(pointer.matches('/').count()).fold(value.clone(), nest).to_string()
}

const EVENT: &str = "/Resources/Runner/Properties/Events/Runs/Properties";
const RUNNER: &str = "/Resources/Runner/Properties";

/// Every rule, broken in every way that an override can, is reported at its place in the overrides.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn overrides_that_break_a_rule_are_refused() {
    let event = |key: &str| format!("{EVENT}/{key}");
    let runner = |key: &str| format!("{RUNNER}/{key}");
    let filters = event("FilterCriteria/Filters");
    let pattern = |text: &str| json!([{ "Pattern": text }]);
    let queue = |properties: Value| json!({ "Type": "AWS::SQS::Queue", "Metadata": { "Description": "d" }, "Properties": properties });
    let policy = |statement: Value| json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": { "Description": "d", "PolicyDocument": { "Statement": [statement] } } });
    let allow = |action: Value, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let suppressed = |reason: Value| {
        let mut broad = policy(allow(json!("ec2:RunInstances"), "*"));
        let rules = json!([{ "id": "AwsSolutions-IAM5", "reason": reason }]);
        broad["Metadata"] = json!({ "cdk_nag": { "rules_to_suppress": rules } });
        broad
    };
    let secret = |text: Value| json!({ "Type": "AWS::SecretsManager::Secret", "Properties": { "Description": "d", "SecretString": text } });
    let output = |value: Value| json!({ "Description": "d", "Value": value });
    let key = format!("AKIA{}", "ABCDEFGH12345678");
    let mutants: Vec<(&str, String, Value)> = vec![
        ("no-starting-position", event("StartingPosition"), Value::Null),
        ("no-starting-position", event("StartingPosition/Ref"), json!("AWS::NoValue")),
        ("filter-pattern", filters.clone(), json!([])),
        ("filter-pattern", filters.clone(), pattern("{\"value\":")),
        ("filter-pattern", filters.clone(), pattern("{\"body\":{\"action\":[\"a\"]}}")),
        ("filter-pattern", filters.clone(), pattern("{\"value\":{\"action\":[\"a\"]},\"key\":[\"b\"]}")),
        ("filter-pattern", filters.clone(), pattern("[\"value\"]")),
        ("filter-pattern", filters.clone(), pattern("{\"value\":{\"action\":\"a\"}}")),
        ("filter-pattern", filters.clone(), pattern("{\"value\":{\"action\":[]}}")),
        ("filter-pattern", filters.clone(), pattern("{\"value\":{\"action\":[{\"starts-with\":\"a\"}]}}")),
        ("filter-pattern", filters.clone(), pattern(&json!({ "value": { "action": ["x".repeat(4096)] } }).to_string())),
        ("filter-pattern", filters.clone(), json!([{ "Pattern": { "Fn::Join": ["", ["{}"]] } }])),
        (
            "filter-pattern",
            filters.clone(),
            json!([{ "Pattern": { "Fn::Sub": "{\"value\":{\"a\":[${KafkaTopic}]}}" } }]),
        ),
        ("too-many-filters", filters.clone(), json!(vec![json!({ "Pattern": "{\"value\":{\"a\":[1]}}" }); 6])),
        ("needs-provisioned-polling", event("MaximumRetryAttempts"), json!(3)),
        ("needs-provisioned-polling", event("MaximumRecordAgeInSeconds"), json!(60)),
        ("needs-provisioned-polling", event("BisectBatchOnFunctionError"), json!(true)),
        ("needs-provisioned-polling", event("FunctionResponseTypes"), json!(["ReportBatchItemFailures"])),
        ("needs-provisioned-polling", event("LoggingConfig"), json!({ "SystemLogLevel": "WARN" })),
        ("needs-provisioned-polling", event("MetricsConfig"), json!({ "Metrics": ["EventCount"] })),
        (
            "secret-uri",
            event("SourceAccessConfigurations"),
            json!([{ "Type": "SASL_SCRAM_512_AUTH", "URI": "a".repeat(201) }]),
        ),
        ("timeout", runner("Timeout"), json!(841)),
        ("timeout", runner("Timeout"), json!("900")),
        ("timeout", runner("Timeout"), json!({ "Ref": "ReservedConcurrency" })),
        ("timeout", runner("Timeout"), json!({ "Fn::If": ["HasKmsKey", 60, 900] })),
        ("literal-secret", "/Resources/KafkaSecret/Properties/SecretString/Fn::Sub".into(), json!("hunter2")),
        (
            "literal-secret",
            "/Resources/KafkaSecret/Properties/SecretString/Fn::Sub".into(),
            json!("{\"username\":\"${KafkaUsername}\",\"password\":\"x${KafkaPassword}\"}"),
        ),
        ("literal-secret", "/Resources/KafkaSecret/Properties/SecretString".into(), json!("hunter2")),
        ("literal-secret", "/Resources/+Mine".into(), secret(json!("{\"a\":\"b\"}"))),
        ("secret-text", "/Resources/+Mine".into(), secret(json!({ "Ref": "KafkaTopic" }))),
        ("secret-text", "/Resources/+Mine".into(), secret(json!({ "Fn::Sub": "{\"a\":\"${KafkaTopic}\"}" }))),
        ("secret-text", "/Resources/+Mine".into(), secret(json!({ "Fn::Sub": "${KafkaPassword}" }))),
        ("secret-text", "/Parameters/KafkaPassword/AllowedPattern".into(), json!(".*")),
        ("secret-text", "/Parameters/KafkaPassword/AllowedPattern".into(), Value::Null),
        ("secret-text", "/Parameters/KafkaPassword/NoEcho".into(), json!(false)),
        ("literal-secret", "/Parameters/KafkaPassword/Default".into(), json!("hunter2")),
        ("literal-secret", runner("Environment/Variables/DB_PASSWORD"), json!("hunter2")),
        ("literal-secret", runner("Environment/Variables/api-key"), json!({ "Fn::Sub": "hunter2" })),
        ("literal-secret", runner("Environment/Variables/X"), json!(key)),
        ("literal-secret", "/Resources/+Q".into(), queue(json!({ "Tags": [{ "Key": "k", "Value": key }] }))),
        ("literal-secret", "/Outputs/+X".into(), output(json!("-----BEGIN PRIVATE KEY-----"))),
        ("unmasked-parameter", "/Parameters/KafkaUsername/NoEcho".into(), Value::Null),
        ("unmasked-parameter", "/Parameters/+ApiToken".into(), json!({ "Type": "String", "Description": "d" })),
        ("exposed-secret", runner("Environment/Variables/X"), json!({ "Ref": "KafkaPassword" })),
        ("exposed-secret", runner("Description"), json!({ "Fn::Sub": "for ${KafkaUsername}" })),
        ("exposed-secret", "/Outputs/+X".into(), output(json!({ "Ref": "PortClientSecret" }))),
        ("exposed-secret", runner("Environment/Variables/X"), json!("{{resolve:secretsmanager:a}}")),
        ("exposed-secret", runner("Environment/Variables/X"), json!("a {{resolve:ssm-secure:a}}")),
        ("exposed-secret", "/Resources/Runner/Metadata/Note".into(), json!("{{resolve:ssm:a}}")),
        ("dangling-reference", runner("KmsKeyArn"), json!({ "Fn::If": null, "Ref": "Nowhere" })),
        ("dangling-reference", runner("Role/Fn::GetAtt"), json!(["Nowhere", "Arn"])),
        ("dangling-reference", runner("Description"), json!({ "Fn::Sub": "${Nowhere.Arn}" })),
        ("dangling-reference", "/Resources/Runner/DependsOn".into(), json!(["Nowhere"])),
        ("dangling-reference", "/Resources/Runner/Condition".into(), json!("Nowhere")),
        ("dangling-reference", "/Resources/RunnerRole".into(), Value::Null),
        ("dangling-reference", "/Conditions/HasKmsKey".into(), Value::Null),
        ("dangling-reference", "/Parameters/KafkaTopic".into(), Value::Null),
        ("mixed-intrinsic", runner("Role"), json!({ "Ref": "RunnerPolicy" })),
        ("getatt-text", runner("Role/Fn::GetAtt"), json!("RunnerRole.Arn")),
        ("broad-permission", "/Resources/+P".into(), policy(allow(json!("ec2:RunInstances"), "*"))),
        ("broad-permission", "/Resources/+P".into(), policy(allow(json!(["ec2:*"]), "arn:aws:ec2:::x"))),
        ("broad-permission", "/Resources/+P".into(), policy(allow(json!("secretsmanager:ListSecrets"), "arn:aws:x"))),
        (
            "broad-permission",
            "/Resources/+P".into(),
            policy(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:x" })),
        ),
        (
            "broad-permission",
            "/Resources/RunnerRole/Properties/AssumeRolePolicyDocument/Statement".into(),
            json!([{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }]),
        ),
        (
            "broad-permission",
            "/Resources/+P".into(),
            policy(json!({ "Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:x" })),
        ),
        (
            "broad-permission",
            "/Resources/RunnerRole/Properties/AssumeRolePolicyDocument/Statement".into(),
            json!([{ "Effect": "Allow", "NotPrincipal": { "AWS": "arn:aws:x" }, "Action": "sts:AssumeRole" }]),
        ),
        ("broad-permission", "/Resources/+P".into(), suppressed(json!(" "))),
        ("broad-permission", "/Resources/+P".into(), suppressed(Value::Null)),
        ("undescribed", "/Resources/+Q".into(), json!({ "Type": "AWS::SQS::Queue" })),
        ("undescribed", "/Resources/Runner/Properties/Description".into(), Value::Null),
        ("undescribed", "/Parameters/KafkaTopic/Description".into(), json!(" ")),
        ("unreasoned-suppression", "/Resources/Runner/Metadata/checkov/skip".into(), json!([{ "id": "CKV_AWS_116" }])),
        (
            "unreasoned-suppression",
            "/Resources/Runner/Metadata/cdk_nag/rules_to_suppress".into(),
            json!([{ "id": "X", "reason": "" }]),
        ),
        ("unreasoned-suppression", "/Resources/Runner/Metadata/cfn-lint/config/ignore_checks".into(), json!(["E1"])),
        ("unreasoned-suppression", "/Resources/Runner/Metadata/guard/SuppressedRules".into(), json!(["X"])),
        ("environment-too-large", runner("Environment/Variables/X"), json!("x".repeat(4000))),
    ];
    for (code, pointer, value) in mutants {
        let text = patch(&pointer, &value);
        let (sources, findings, _) = run("", Some(&text));
        let all: Vec<(&str, &str)> = findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
        let found: Vec<_> = findings.iter().filter(|finding| finding.code == code).collect();
        assert!(!found.is_empty(), "{code}: {text}: {all:?}");
        for finding in found {
            assert_eq!(
                sources.get(finding.file).unwrap().path,
                PathBuf::from("overrides.json"),
                "{code}: {text}: {all:?}"
            );
        }
    }
}

/// However the text is put together.
#[test]
fn literals_do_not_reach_a_secrets_place() {
    let literal = "hunter2";
    let reference = json!({ "Ref": "AWS::Region" });
    let key = format!("AKIA{}", "ABCDEFGH12345678");
    let ways: [fn(Value) -> Value; 11] = [
        |text| text,
        |text| json!({ "Fn::Join": ["", [text]] }),
        |text| json!({ "Fn::Join": ["-", [{ "Ref": "AWS::Region" }, text]] }),
        |text| json!({ "Fn::Base64": text }),
        |text| json!({ "Fn::If": ["HasKmsKey", { "Ref": "AWS::NoValue" }, text] }),
        |text| json!({ "Fn::Select": [0, [text, { "Ref": "AWS::Region" }]] }),
        |text| json!({ "Fn::Select": [1, { "Fn::Split": [",", { "Fn::Join": [",", ["x", text]] }] }] }),
        |text| json!({ "Fn::Sub": ["${A}", { "A": text }] }),
        |text| json!({ "Fn::Sub": ["${A}-${AWS::Region}", { "A": text }] }),
        |text| json!({ "Fn::FindInMap": ["M", "a", "b", { "DefaultValue": text }] }),
        |text| json!({ "Fn::Transform": { "Name": "T", "Parameters": { "P": text } } }),
    ];
    for (outer, inner) in (0..ways.len()).flat_map(|outer| (0..ways.len()).map(move |inner| (outer, inner))) {
        let put = |text: &Value| ways[outer](ways[inner](text.clone()));
        let variable = |name: &str, value: Value, refused: bool| {
            (format!("{RUNNER}/Environment/Variables/{name}"), value, refused)
        };
        for (pointer, value, refused) in [
            variable("DB_PASSWORD", put(&literal.into()), true),
            variable("DATABASE_URL", put(&literal.into()), true),
            variable("ANY", put(&key.clone().into()), true),
            variable("ANY", put(&"https://app:hunter2@example.com".into()), true),
            variable("ANY", put(&literal.into()), false),
            variable("DB_PASSWORD", ways[inner](reference.clone()), false),
        ] {
            // The other functions have texts of their own.
            if !refused && pointer.ends_with("PASSWORD") && [6, 9].contains(&inner) {
                continue;
            }
            let (_, findings, _) = run("", Some(&patch(&pointer, &value)));
            let found = findings.iter().any(|finding| finding.code == "literal-secret");
            assert_eq!(found, refused, "{value}: {findings:?}");
        }
    }
}

/// Other ways for a secret: defaults of parameters, names in a pair of their own, lists, JSON in a text, local variables.
#[test]
fn literals_do_not_reach_a_secret_by_a_detour() {
    let parameter = |kind: &str, default: &str| json!({ "Type": kind, "Description": "d", "Default": default });
    let variables = |value: Value| json!({ "Environment": { "Variables": value } });
    let secret = |sub: Value| json!({ "Type": "AWS::SecretsManager::Secret", "Metadata": { "Description": "d" }, "Properties": { "Description": "d", "KmsKeyId": { "Ref": "AWS::NoValue" }, "SecretString": { "Fn::Sub": sub } } });
    let runner = |properties: Value| json!({ "Resources": { "Runner": { "Properties": properties } } });
    for (overrides, code) in [
        (
            json!({ "Parameters": { "+Stage": parameter("String", "hunter2") },
                "Resources": { "Runner": { "Properties": variables(json!({ "DB_PASSWORD": { "Ref": "Stage" } })) } } }),
            "literal-secret",
        ),
        (json!({ "Parameters": { "+DbPasswords": parameter("CommaDelimitedList", "a,b") } }), "literal-secret"),
        (
            json!({ "Resources": { "+J": { "Type": "AWS::CodeBuild::Project", "Metadata": { "Description": "d" }, "Properties": {
            "Environment": { "EnvironmentVariables": [{ "Name": "DB_PWD", "Value": "hunter2" }] } } } } }),
            "literal-secret",
        ),
        (
            json!({ "Resources": { "+J": { "Type": "AWS::X::Y", "Metadata": { "Description": "d" }, "Properties": {
            "Passwords": ["hunter2"] } } } }),
            "literal-secret",
        ),
        (runner(variables(json!({ "CONFIG": "{\"db\": {\"password\": \"hunter2\"}}" }))), "literal-secret"),
        (
            json!({ "Resources": { "+Mine": secret(json!(["{\"password\":\"${KafkaPassword}\"}", { "KafkaPassword": "hunter2" }])) } }),
            "literal-secret",
        ),
        (
            json!({ "Resources": { "+Mine": secret(json!(["{\"password\":\"${KafkaPassword}\"}", { "KafkaPassword": { "Ref": "KafkaTopic" } }])) } }),
            "secret-text",
        ),
    ] {
        let (_, findings, _) = run("", Some(&overrides.to_string()));
        assert!(findings.iter().any(|finding| finding.code == code), "{overrides}: {findings:?}");
    }
    // References, and texts that only look similar.
    for overrides in [
        runner(variables(
            json!({ "DB_PASSWORD": { "Fn::Join": ["", ["{{resolve:ssm:", { "Ref": "AWS::StackName" }, ":1}}"]] } }),
        )),
        runner(variables(json!({ "DB_TOKEN_ARN": { "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:x" } }))),
        runner(variables(json!({ "SERVICE_URL": "https://example.com/a:b@c" }))),
        runner(variables(json!({ "HOME_PAGE": { "Fn::Sub": "https://${AWS::Region}.example.com" } }))),
        json!({ "Conditions": { "+HasToken": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } } }),
    ] {
        let (_, findings, _) = run("", Some(&overrides.to_string()));
        assert!(!findings.iter().any(|finding| finding.code.contains("secret")), "{overrides}: {findings:?}");
    }
}

/// With provisioned polling, the error is to remove the pollers that other settings need.
#[test]
fn settings_that_need_pollers_are_refused_without() {
    let config = "[provisioned_polling]";
    let (_, findings, built) = run(config, Some(&patch(&format!("{EVENT}/MaximumRetryAttempts"), &json!(3))));
    assert!(built.is_some(), "{findings:?}");
    for value in [Value::Null, json!({ "Fn::If": ["HasKmsKey", { "MinimumPollers": 1 }, { "Ref": "AWS::NoValue" }] })] {
        let value = match value {
            Value::Object(mut map) => {
                map.extend([("MinimumPollers".to_owned(), Value::Null), ("MaximumPollers".to_owned(), Value::Null)]);
                Value::Object(map)
            }
            other => other,
        };
        let (sources, findings, _) = run(config, Some(&patch(&format!("{EVENT}/ProvisionedPollerConfig"), &value)));
        let found = findings.iter().filter(|finding| finding.code == "needs-provisioned-polling");
        let files: Vec<_> = found.map(|finding| sources.get(finding.file).unwrap().path.clone()).collect();
        assert_eq!(files, vec![PathBuf::from("overrides.json"); 5], "{findings:?}");
    }
}

/// The worst that an override could do: Lambda ignores the function's partial responses, and runs are lost.
#[test]
fn response_types_must_match_the_plan() {
    let at = format!("{EVENT}/FunctionResponseTypes");
    for value in [
        Value::Null,
        json!([]),
        json!({ "Fn::If": ["HasKmsKey", ["ReportBatchItemFailures"], { "Ref": "AWS::NoValue" }] }),
    ] {
        let (_, findings, _) = run("[provisioned_polling]", Some(&patch(&at, &value)));
        assert!(findings.iter().any(|finding| finding.code == "response-mismatch"), "{value}: {findings:?}");
    }
}

/// Valid overrides have no findings, even if they look similar to invalid ones.
#[test]
fn valid_overrides_have_no_findings() {
    let described = json!({ "Description": "d" });
    for (pointer, value) in [
        (format!("{RUNNER}/Timeout"), json!(840)),
        (format!("{RUNNER}/Environment/Variables/TOKEN_URL"), json!("https://example.com/token")),
        (
            format!("{RUNNER}/Environment/Variables/DB_SECRET_ARN"),
            json!("arn:aws:secretsmanager:eu-west-1:000000000000:secret:x"),
        ),
        (
            format!("{EVENT}/FilterCriteria/Filters"),
            json!([{ "Pattern": { "Fn::Sub": "{\"value\":{\"action\":[\"${KafkaTopic}\"]}}" } }]),
        ),
        (
            format!("{EVENT}/FilterCriteria/Filters"),
            json!([{ "Pattern": "{\"value\":{\"$or\":[{\"a\":[1]},{\"b\":[{\"exists\":true}]}]}}" }]),
        ),
        (
            "/Resources/+Slow".to_owned(),
            json!({ "Type": "AWS::Serverless::Function", "Metadata": described, "Properties": { "Timeout": 900, "Role": { "Fn::GetAtt": ["RunnerRole", "Arn"] } } }),
        ),
        (
            "/Resources/+Key".to_owned(),
            json!({ "Type": "AWS::KMS::Key", "Properties": { "Description": "d", "KeyPolicy": { "Statement": [
                { "Effect": "Allow", "Principal": { "AWS": { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root" } }, "Action": "kms:*", "Resource": "*" }
            ] } } }),
        ),
        (
            "/Resources/+Made".to_owned(),
            json!({ "Type": "AWS::SecretsManager::Secret", "Properties": { "Description": "d", "GenerateSecretString": { "GenerateStringKey": "password", "SecretStringTemplate": "{\"username\":\"x\"}" } } }),
        ),
        (
            "/Resources/+Db".to_owned(),
            json!({ "Type": "AWS::RDS::DBInstance", "Metadata": described, "Properties": { "MasterUserPassword": "{{resolve:secretsmanager:x}}" } }),
        ),
        (
            "/Resources/+Reader".to_owned(),
            json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": { "Description": "d", "PolicyDocument": { "Statement": [{
                "Effect": "Allow", "Action": "s3:GetObject",
                "Resource": { "Fn::Join": ["/", [{ "Fn::GetAtt": ["FailureQueue", "Arn"] }, "*"]] },
            }] } } }),
        ),
        ("/Parameters/+SecretName".to_owned(), json!({ "Type": "String", "Description": "d", "Default": "x" })),
        ("/Parameters/KafkaPassword/AllowedPattern".to_owned(), json!("^[A-Za-z0-9_.-]{8,64}$")),
    ] {
        let text = patch(&pointer, &value);
        let (sources, findings, _) = run("", Some(&text));
        assert_eq!(findings.iter().count(), 0, "{text}\n{}", finding::show(&findings, &sources, false));
    }
}

/// One run reports errors of the input and of the overrides.
#[test]
fn findings_of_input_and_overrides_come_together() {
    let sources = vec![Source::new(PathBuf::from("vm.json"), "{}")];
    let overrides = Source::new(PathBuf::from("overrides.json"), &patch(&format!("{RUNNER}/Timeout"), &json!(900)));
    let (_, findings, built) = build_with(sources, &Config::default(), Some(overrides)).unwrap();
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"unknown-document") && codes.contains(&"timeout") && built.is_none(), "{codes:?}");
}

/// A function with a mapping of its own, beside it in the template, has Kafka's limit; one behind another source does not.
#[test]
fn timeouts_are_limited_behind_any_mapping_of_kafka() {
    let with = |source: Value, timeout: u32| {
        let mut mapping = json!({ "StartingPosition": "LATEST", "FunctionName": { "Ref": "Slow" }, "Topics": ["t"] });
        mapping.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
        let role = json!({ "Fn::GetAtt": ["RunnerRole", "Arn"] });
        let described = json!({ "Description": "d" });
        json!({ "Resources": {
            "+Slow": { "Type": "AWS::Serverless::Function", "Metadata": described, "Properties": { "Timeout": timeout, "Role": role } },
            "+Mapping": { "Type": "AWS::Lambda::EventSourceMapping", "Metadata": described, "Properties": mapping },
        } })
        .to_string()
    };
    let kafka = json!({ "SelfManagedEventSource": { "Endpoints": { "KafkaBootstrapServers": ["a:9092"] } } });
    let queue = json!({ "EventSourceArn": { "Fn::GetAtt": ["FailureQueue", "Arn"] } });
    for (source, timeout, want) in [(&kafka, 840, 0), (&kafka, 841, 1), (&kafka, 900, 1), (&queue, 900, 0)] {
        let (_, findings, _) = run("", Some(&with(source.clone(), timeout)));
        let timeouts = findings.iter().filter(|finding| finding.code == "timeout").count();
        assert_eq!(timeouts, want, "{source} {timeout}: {findings:?}");
    }
}

/// A logical id has 1 to 255 letters and digits.
#[test]
fn ids_have_cloudformations_length() {
    for (length, fine) in [(0, false), (1, true), (255, true), (256, false), (300, false)] {
        let at = format!("/Resources/+{}", "Q".repeat(length));
        let queue = json!({ "Type": "AWS::SQS::Queue", "Metadata": { "Description": "d" }, "Properties": {} });
        let (_, findings, _) = run("", Some(&patch(&at, &queue)));
        let refused = findings.iter().any(|finding| finding.code == "illegal-logical-id");
        assert_eq!(refused, !fine, "{length}: {findings:?}");
    }
}

/// A new key that looks like one that is there is probably meant to be that one: the longer the key, the more slips.
#[test]
fn slips_grow_with_the_length_of_a_key() {
    for (key, like) in [
        ("Rolx", Some("Role")),
        ("Rxlx", None),
        ("Timeot", Some("Timeout")),
        ("Timeot_", None),
        ("MemorySze", Some("MemorySize")),
        ("MemoSize", Some("MemorySize")),
        ("MemSize", None),
        ("EphemeralStorage", None),
    ] {
        let (_, findings, _) = run("", Some(&patch(&format!("{RUNNER}/{key}"), &json!("x"))));
        let unlikely = findings.iter().find(|finding| finding.code == "unlikely-key");
        let want = like.map(|like| format!("`{key}` is a new key and looks like `{like}`"));
        assert_eq!(unlikely.map(|finding| finding.message.clone()), want, "{findings:?}");
    }
}

/// An empty object changes nothing where an object is; in place of text it changes the text.
#[test]
fn an_empty_object_in_place_of_text_is_a_change() {
    for (at, changes) in [("Description", true), ("Environment", false)] {
        let (_, findings, _) = run("", Some(&patch(&format!("{RUNNER}/{at}"), &json!({}))));
        let without_effect = findings.iter().any(|finding| finding.code == "override-without-effect");
        assert_eq!(without_effect, !changes, "{at}: {findings:?}");
    }
}

/// An unknown key is answered with the keys that are known at its place.
#[test]
fn unknown_keys_are_answered_with_the_known_ones() {
    for (at, want) in [
        ("/Parameters/KafkaTopic/Colour", "its keys are Type, Description, Default, "),
        ("/Outputs/FailureQueueUrl/Colour", "its keys are Description, Value, Export, Condition"),
        ("/Resources/Runner/Colour", "put properties in `Properties`: \"Properties\": { \"Colour\": … }"),
        ("/Resources/Runner/Propertis", "did you mean `Properties`?"),
    ] {
        let (_, findings, _) = run("", Some(&patch(at, &json!("x"))));
        let unknown = findings.iter().find(|finding| finding.code == "unknown-key").unwrap();
        assert!(unknown.help.as_deref().is_some_and(|help| help.starts_with(want)), "{at}: {unknown:?}");
    }
}
