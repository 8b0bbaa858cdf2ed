//! Each rule for what is deployed refuses a template and accepts its near neighbour, which differs in one value.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use synth::template::verify::{Deployed, verify};
use synth::{Config, build, files};

use crate::root;

const RUNNER: &str = "/Resources/Runner/Properties";
const EVENT: &str = "/Resources/Runner/Properties/Events/Runs/Properties";

/// The example's template with a value at a place: objects on the way are created, null removes it.
fn with(pointer: &str, value: &Value) -> Value {
    let sources = files::read(&[root().join("blueprints")]).unwrap();
    let mut template = build(sources, &Config::default()).unwrap().2.unwrap().template;
    let (above, last) = pointer.rsplit_once('/').unwrap();
    let mut place = &mut template;
    for step in above.split('/').skip(1) {
        place = match place {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            place => &mut place[step],
        };
    }
    match value {
        Value::Null => drop(place.as_object_mut().unwrap().shift_remove(last)),
        value => place[last] = value.clone(),
    }
    template
}

/// The codes of what is wrong, each with its place.
fn wrong(template: &Value) -> BTreeSet<(&'static str, String)> {
    let deployed = Deployed { template, template_bytes: 0, plan_bytes: 0, partial_batch_response: false };
    verify(&deployed).into_iter().map(|violation| (violation.code, violation.at)).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_rule_refuses_a_template_and_accepts_its_neighbour() {
    let event = |key: &str| format!("{EVENT}/{key}");
    let runner = |key: &str| format!("{RUNNER}/{key}");
    let mine = "/Resources/Mine".to_owned();
    let no_value = json!({"Ref": "AWS::NoValue"});
    let pattern = |text: &str| json!([{"Pattern": text}]);
    let sized = |length: usize| pattern(&format!("{{\"value\":{{\"a\":[\"{}\"]}}}}", "x".repeat(length - 20)));
    let filters = |count: usize| json!(vec![json!({"Pattern": "{\"value\":{\"a\":[1]}}"}); count]);
    let uri = |length: usize| json!([{"Type": "SASL_SCRAM_512_AUTH", "URI": "a".repeat(length)}]);
    let described = |kind: &str, properties: Value| json!({"Type": kind, "Metadata": {"Description": "d"}, "Properties": properties});
    let policy =
        |statement: Value| described("AWS::IAM::ManagedPolicy", json!({"PolicyDocument": {"Statement": [statement]}}));
    let allow =
        |action: Value, resource: Value| policy(json!({"Effect": "Allow", "Action": action, "Resource": resource}));
    let allowed = |key: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"});
        statement[key] = value;
        policy(statement)
    };
    let excused = |id: &str, reason: &str| {
        let mut broad = allow(json!("ec2:RunInstances"), json!("*"));
        broad["Metadata"]["cdk_nag"] = json!({"rules_to_suppress": [{"id": id, "reason": reason}]});
        broad
    };
    let secret = |text: Value| described("AWS::SecretsManager::Secret", json!({"SecretString": text}));
    let queue = |key: &str, value: Value| {
        let mut queue = described("AWS::SQS::Queue", json!({}));
        queue[key] = value;
        queue
    };
    let slow = |event: &str| {
        let properties = json!({"Timeout": 900, "Role": {"Fn::GetAtt": ["RunnerRole", "Arn"]}, "Events": {"E": {"Type": event, "Properties": {}}}});
        described("AWS::Serverless::Function", properties)
    };
    let suppressed = |list: &str, reason: &str, text: &str| match list {
        "checkov" => json!({"skip": [{"id": "X", reason: text}]}),
        "cdk_nag" => json!({"rules_to_suppress": [{"id": "X", reason: text}]}),
        "cfn-lint" => json!({"config": {"ignore_checks": ["E1"]}, reason: text}),
        _ => json!({"SuppressedRules": ["X"], reason: text}),
    };
    let key = format!("AKIA{}", "ABCDEFGH12345678");
    let rules: Vec<(&str, String, Value, Value)> = vec![
        ("no-starting-position", event("StartingPosition"), no_value.clone(), json!("LATEST")),
        ("no-starting-position", event("StartingPosition"), Value::Null, json!({"Ref": "KafkaStartingPosition"})),
        ("filter-pattern", event("FilterCriteria/Filters"), json!([]), filters(1)),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            pattern("{\"value\":{\"a\":[]}}"),
            pattern("{\"value\":{\"a\":[null]}}"),
        ),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            pattern("{\"value\":{\"a\":[[1]]}}"),
            pattern("{\"value\":{\"a\":[{\"prefix\":\"x\"}]}}"),
        ),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            pattern("{\"value\":{\"or\":[{\"a\":[1]}]}}"),
            pattern("{\"value\":{\"$or\":[{\"a\":[1]}]}}"),
        ),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            pattern("{\"value\":{\"$or\":[{\"a\":1}]}}"),
            pattern("{\"value\":{\"$or\":[{\"a\":[1]}]}}"),
        ),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            pattern("{\"value\":{}}"),
            pattern("{\"value\":{\"a\":[true]}}"),
        ),
        ("filter-pattern", event("FilterCriteria/Filters"), sized(4_097), sized(4_096)),
        (
            "filter-pattern",
            event("FilterCriteria/Filters"),
            json!([{"Pattern": {"Ref": "KafkaTopic"}}]),
            json!([{"Pattern": {"Fn::Sub": "{\"value\":{\"a\":[\"${KafkaTopic}\"]}}"}}]),
        ),
        ("too-many-filters", event("FilterCriteria/Filters"), filters(6), filters(5)),
        ("needs-provisioned-polling", event("MaximumRetryAttempts"), json!(3), no_value.clone()),
        (
            "needs-provisioned-polling",
            event("LoggingConfig"),
            json!({"Fn::If": ["HasKmsKey", {}, no_value]}),
            Value::Null,
        ),
        ("secret-uri", event("SourceAccessConfigurations"), uri(201), uri(200)),
        ("timeout", runner("Timeout"), json!(841), json!(840)),
        ("timeout", runner("Timeout"), json!("841"), json!("840")),
        ("timeout", runner("Timeout"), json!({"Ref": "KafkaTopic"}), no_value.clone()),
        ("timeout", mine.clone(), slow("SelfManagedKafka"), slow("Schedule")),
        (
            "missing-variable",
            runner("Environment/Variables/PORT_API_URL"),
            Value::Null,
            json!("https://api.getport.io"),
        ),
        ("missing-variable", runner("Environment/Variables/PORT_SECRET_ARN"), Value::Null, json!("arn:aws:x")),
        ("response-mismatch", event("FunctionResponseTypes"), json!(["ReportBatchItemFailures"]), json!([])),
        ("literal-secret", mine.clone(), secret(json!("hunter2")), secret(json!({"Ref": "KafkaPassword"}))),
        (
            "literal-secret",
            mine.clone(),
            secret(json!({"Fn::Sub": "{\"a\":\"x${KafkaPassword}\"}"})),
            secret(json!({"Fn::Sub": "{\"a\":\"${KafkaPassword}\"}"})),
        ),
        (
            "literal-secret",
            mine.clone(),
            secret(json!({"Fn::Sub": "{\"a\":\"${!KafkaPassword}\",\"b\":\"${KafkaPassword}\"}"})),
            secret(json!({"Fn::Sub": "{\"a\":\"${KafkaPassword}\"}"})),
        ),
        ("literal-secret", "/Parameters/KafkaPassword/Default".into(), json!("x"), json!("")),
        ("literal-secret", runner("Environment/Variables/DB_PASSWORD"), json!("hunter2"), json!({"Ref": "KafkaTopic"})),
        ("literal-secret", runner("Environment/Variables/ANY"), json!(key), json!("AKIA")),
        ("secret-text", mine.clone(), secret(json!({"Ref": "KafkaTopic"})), secret(json!({"Ref": "KafkaPassword"}))),
        (
            "secret-text",
            mine.clone(),
            secret(json!({"Fn::Sub": "[\"${KafkaPassword}\"]"})),
            secret(json!({"Fn::Sub": "{\"a\":\"${KafkaPassword}\"}"})),
        ),
        ("secret-text", "/Parameters/KafkaPassword/AllowedPattern".into(), json!("^[a-z\"]+$"), json!("^[a-z]+$")),
        ("secret-text", "/Parameters/KafkaPassword/NoEcho".into(), json!("false"), json!("TRUE")),
        ("unmasked-parameter", "/Parameters/KafkaUsername/NoEcho".into(), json!(false), json!(true)),
        (
            "unmasked-parameter",
            "/Parameters/ApiToken".into(),
            json!({"Type": "String", "Description": "d"}),
            json!({"Type": "String", "Description": "d", "NoEcho": true}),
        ),
        (
            "exposed-secret",
            runner("Environment/Variables/X"),
            json!({"Ref": "KafkaPassword"}),
            json!({"Ref": "KafkaTopic"}),
        ),
        (
            "exposed-secret",
            "/Outputs/FailureQueueUrl/Value".into(),
            json!({"Fn::Sub": "${KafkaPassword}"}),
            json!({"Fn::Sub": ["${KafkaPassword}", {"KafkaPassword": "x"}]}),
        ),
        (
            "exposed-secret",
            runner("Environment/Variables/X"),
            json!("{{resolve:ssm-secure:a}}"),
            json!("{{resolve:ssm:a}}"),
        ),
        (
            "exposed-secret",
            runner("Environment/Variables/X"),
            json!("{{resolve:secretsmanager:a}}"),
            json!("resolve:secretsmanager:a"),
        ),
        (
            "exposed-secret",
            "/Resources/Runner/Metadata/Note".into(),
            json!("{{resolve:ssm:a}}"),
            json!("resolve:ssm:a"),
        ),
        (
            "dangling-reference",
            runner("Description"),
            json!({"Fn::Sub": "${Nowhere}"}),
            json!({"Fn::Sub": "${!Nowhere}"}),
        ),
        (
            "dangling-reference",
            runner("Description"),
            json!({"Fn::Sub": "${Nowhere.Arn}"}),
            json!({"Fn::Sub": "${RunnerRole.Arn}"}),
        ),
        (
            "dangling-reference",
            runner("Description"),
            json!({"Fn::GetAtt": ["KafkaTopic", "Arn"]}),
            json!({"Ref": "KafkaTopic"}),
        ),
        ("dangling-reference", runner("Description"), json!({"Ref": "RunnerRunz"}), json!({"Ref": "RunnerRuns"})),
        ("dangling-reference", runner("Description"), json!({"Ref": "AWS::Regiom"}), json!({"Ref": "AWS::Region"})),
        (
            "dangling-reference",
            runner("Description"),
            json!({"Fn::If": ["Nowhere", "a", "b"]}),
            json!({"Fn::If": ["HasKmsKey", "a", "b"]}),
        ),
        (
            "dangling-reference",
            mine.clone(),
            queue("Condition", json!("Nowhere")),
            queue("Condition", json!("HasKmsKey")),
        ),
        ("dangling-reference", mine.clone(), queue("DependsOn", json!("Nowhere")), queue("DependsOn", json!("Runner"))),
        (
            "dangling-reference",
            mine.clone(),
            queue("DependsOn", json!(["Runner", "Nowhere"])),
            queue("DependsOn", json!(["Runner", "RunnerRuns"])),
        ),
        ("mixed-intrinsic", runner("Description"), json!({"Ref": "KafkaTopic", "a": 1}), json!({"Ref": "KafkaTopic"})),
        (
            "getatt-text",
            runner("Role"),
            json!({"Fn::GetAtt": "RunnerRole.Arn"}),
            json!({"Fn::GetAtt": ["RunnerRole", "Arn"]}),
        ),
        ("broad-permission", mine.clone(), allowed("Resource", json!("*")), allowed("Resource", json!("**"))),
        (
            "broad-permission",
            mine.clone(),
            allowed("Resource", json!(["arn:aws:x", {"Fn::If": ["HasKmsKey", "*", "arn:aws:y"]}])),
            allowed("Resource", json!([{"Fn::If": ["HasKmsKey", "arn:aws:x", {"Ref": "AWS::NoValue"}]}])),
        ),
        (
            "broad-permission",
            mine.clone(),
            allowed("Resource", json!({"a": "*"})),
            allowed("Resource", json!({"Fn::Sub": "*"})),
        ),
        (
            "broad-permission",
            mine.clone(),
            allowed("Action", json!("s3:Get*")),
            allowed("Action", json!("s3:GetObjectAcl")),
        ),
        (
            "broad-permission",
            mine.clone(),
            allowed("Action", json!(["secretsmanager:GetSecretValue", "SecretsManager:PutSecretValue"])),
            allowed("Action", json!("SecretsManager:GetSecretValue")),
        ),
        ("broad-permission", mine.clone(), allowed("NotAction", json!("iam:*")), allowed("Sid", json!("iam:*"))),
        ("broad-permission", mine.clone(), allowed("NotResource", json!("x")), allowed("Sid", json!("x"))),
        (
            "broad-permission",
            mine.clone(),
            allowed("NotPrincipal", json!({"AWS": "x"})),
            allowed("Principal", json!({"AWS": "x"})),
        ),
        (
            "broad-permission",
            mine.clone(),
            allowed("Principal", json!({"AWS": ["x", "*"]})),
            allowed("Principal", json!({"AWS": ["x", "y"]})),
        ),
        ("broad-permission", mine.clone(), excused("AwsSolutions-IAM5", " "), excused("AwsSolutions-IAM5", "needed")),
        (
            "broad-permission",
            mine.clone(),
            excused("AwsSolutions-IAM4", "needed"),
            excused("AwsSolutions-IAM5", "needed"),
        ),
        (
            "broad-permission",
            mine.clone(),
            policy(json!({"Effect": "Allow", "Action": "a:B", "Resource": "*"})),
            policy(json!({"Effect": "Deny", "Action": "a:B", "Resource": "*"})),
        ),
        ("undescribed", mine.clone(), json!({"Type": "AWS::SQS::Queue"}), queue("Properties", json!({}))),
        (
            "undescribed",
            mine.clone(),
            json!({"Type": "AWS::SNS::Topic", "Metadata": {"Comment": " "}}),
            json!({"Type": "AWS::SNS::Topic", "Metadata": {"Comment": "c"}}),
        ),
        ("undescribed", "/Parameters/KafkaTopic/Description".into(), Value::Null, json!("d")),
        ("undescribed", "/Outputs/FailureQueueUrl/Description".into(), json!(""), json!("d")),
        (
            "unreasoned-suppression",
            "/Resources/Runner/Metadata/checkov".into(),
            suppressed("checkov", "comment", " "),
            suppressed("checkov", "comment", "c"),
        ),
        (
            "unreasoned-suppression",
            "/Resources/Runner/Metadata/cdk_nag".into(),
            suppressed("cdk_nag", "comment", "c"),
            suppressed("cdk_nag", "reason", "c"),
        ),
        (
            "unreasoned-suppression",
            "/Resources/Runner/Metadata/cfn-lint".into(),
            suppressed("cfn-lint", "reason", ""),
            suppressed("cfn-lint", "reason", "c"),
        ),
        (
            "unreasoned-suppression",
            "/Resources/Runner/Metadata/guard".into(),
            suppressed("guard", "why", "c"),
            suppressed("guard", "reason", "c"),
        ),
        (
            "environment-too-large",
            runner("Environment/Variables"),
            json!({"PORT_API_URL": "x".repeat(4_096), "PORT_SECRET_ARN": ""}),
            json!({"PORT_API_URL": "x".repeat(4_096 - 27), "PORT_SECRET_ARN": ""}),
        ),
        (
            "environment-too-large",
            runner("Environment/Variables"),
            json!({"PORT_API_URL": "x".repeat(4_069 - 256 + 1), "PORT_SECRET_ARN": {"Ref": "KafkaTopic"}}),
            json!({"PORT_API_URL": "x".repeat(4_069 - 256), "PORT_SECRET_ARN": {"Ref": "KafkaTopic"}}),
        ),
    ];
    let clean = wrong(&with("/Description", &json!("d")));
    assert_eq!(clean, BTreeSet::new());
    let mut seen = BTreeSet::new();
    for (code, pointer, refused, accepted) in rules {
        let found = wrong(&with(&pointer, &refused));
        assert!(found.iter().any(|(found, _)| *found == code), "{code} at {pointer}: {refused} is accepted: {found:?}");
        let found = wrong(&with(&pointer, &accepted));
        assert!(
            !found.iter().any(|(found, _)| *found == code),
            "{code} at {pointer}: {accepted} is refused: {found:?}"
        );
        seen.insert(code);
    }
    // The quotas have tests of their own.
    let counted = ["template-too-large", "template-needs-bucket", "plan-too-large", "too-many-entries"];
    seen.extend(counted);
    assert_eq!(seen, rules_of_the_source(), "every rule has a template that it refuses");
}

/// The codes that the sources of the checks name.
fn rules_of_the_source() -> BTreeSet<&'static str> {
    let folder = root().join("synth/src/template/verify");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .filter(|source| source.contains("violations"))
        .collect();
    documents::finding::code::codes()
        .map(|code| code.name)
        .filter(|name| sources.contains(&format!("\"{name}\"")))
        .collect()
}

/// The same violation at two places is two: each has to be corrected.
#[test]
fn each_place_is_reported() {
    let secrets = json!({"DB_PASSWORD": "hunter2", "API_KEY": "hunter2", "PORT_API_URL": "x", "PORT_SECRET_ARN": "x"});
    let at = |name: &str| ("literal-secret", format!("{RUNNER}/Environment/Variables/{name}"));
    let found = wrong(&with(&format!("{RUNNER}/Environment/Variables"), &secrets));
    assert_eq!(found, BTreeSet::from([at("API_KEY"), at("DB_PASSWORD")]));
}

/// Every reference in a template that is built has a target, and none has one after its target is removed.
#[test]
fn every_reference_resolves() {
    let template = with("/Description", &json!("d"));
    for section in ["Parameters", "Conditions", "Resources"] {
        for name in template[section].as_object().unwrap().keys() {
            let without = with(&format!("/{section}/{name}"), &Value::Null);
            let text = without.to_string();
            let names = [format!("\"{name}\""), format!("${{{name}}}"), format!("${{{name}."), format!("\"{name}.")];
            let referred = names.iter().any(|name| text.contains(name.as_str()));
            let dangling = wrong(&without).into_iter().any(|(code, _)| code == "dangling-reference");
            assert_eq!(dangling, referred, "{section}/{name}");
        }
    }
}
