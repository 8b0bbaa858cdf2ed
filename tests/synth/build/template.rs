//! Properties of the template that common linters do not check, and the tutorial's faults that concern it.

use serde_json::Value;
use synth::{Config, build, files};

use crate::root;

fn template(config: &str) -> Value {
    let sources = files::read(&[root().join("blueprints")]).unwrap();
    let config = Config::parse("synth.toml", config).unwrap();
    build(sources, &config).unwrap().2.unwrap().template
}

fn event(template: &Value) -> &Value {
    &template["Resources"]["Runner"]["Properties"]["Events"]["Runs"]["Properties"]
}

/// Every string below `value`.
fn strings<'a>(value: &'a Value, out: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Value::Object(map) => map.values().for_each(|item| strings(item, out)),
        _ => {}
    }
}

/// 22: secrets in plain text variables and on command lines.
#[test]
fn fault_22_secrets_stay_secret() {
    let template = template("");
    let parameters = template["Parameters"].as_object().unwrap();
    let masked: Vec<&String> = parameters.iter().filter(|(_, p)| p["NoEcho"] == true).map(|(name, _)| name).collect();
    assert_eq!(masked, ["KafkaUsername", "KafkaPassword", "PortClientId", "PortClientSecret"]);
    let variables = template["Resources"]["Runner"]["Properties"]["Environment"]["Variables"].as_object().unwrap();
    assert_eq!(variables.keys().collect::<Vec<_>>(), ["PORT_API_URL", "PORT_SECRET_ARN"]);
    for name in masked {
        let used_in: Vec<&String> = template["Resources"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, resource)| resource.to_string().contains(name.as_str()))
            .map(|(id, _)| id)
            .collect();
        assert!(used_in.len() == 1 && used_in[0].ends_with("Secret"), "{name} is used in {used_in:?}");
        assert!(!template["Outputs"].to_string().contains(&format!("{name}\"")));
    }
}

/// The parameter for the key of encrypted inputs exists only if an action has such inputs. Only that secret may be read.
#[test]
fn input_key_parameter_exists_only_for_encrypted_inputs() {
    let sources = files::read(&[root().join("tests/cases/build/encrypted")]).unwrap();
    let built = build(sources, &Config::default()).unwrap().2.unwrap();
    let with = built.template;
    let key = &with["Parameters"]["InputKeySecretArn"];
    assert!(key.is_object() && key.get("Default").is_none(), "{key}");
    let statements = &with["Resources"]["RunnerPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(statements[1]["Action"], serde_json::json!(["secretsmanager:GetSecretValue"]));
    assert_eq!(statements[1]["Resource"][2], serde_json::json!({"Ref": "InputKeySecretArn"}));
    assert!(!template("").to_string().contains("InputKeySecretArn"));
}

/// 23: `ListSecrets` on everything.
#[test]
fn fault_23_least_privilege() {
    let template = template("");
    let statements = &template["Resources"]["RunnerPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let mut words = Vec::new();
    strings(statements, &mut words);
    let actions: Vec<&&str> = words.iter().filter(|word| word.contains(':') && !word.starts_with("AWS::")).collect();
    assert_eq!(
        actions,
        [
            &"logs:CreateLogStream",
            &"logs:PutLogEvents",
            &"secretsmanager:GetSecretValue",
            &"sqs:SendMessage",
            &"kms:Decrypt",
            &"kms:GenerateDataKey"
        ]
        .into_iter()
        .chain(words.iter().filter(|word| word.starts_with("secretsmanager.$") || word.starts_with("sqs.$")))
        .collect::<Vec<_>>()
    );
    assert!(!words.contains(&"*"));
}

/// 26: one region, and credentials that were never used. 29: inconsistent regions.
#[test]
fn faults_26_and_29_regions() {
    let template = template("");
    let regions = &template["Mappings"]["PortRegions"];
    for (region, host) in [("eu", ".eu-west-1."), ("us", ".us-east-1.")] {
        let brokers = regions[region]["Brokers"].as_array().unwrap();
        assert_eq!(brokers.len(), 3);
        assert!(brokers.iter().all(|broker| broker.as_str().is_some_and(|b| b.contains(host) && b.ends_with(":9196"))));
    }
    // The resources name no AWS region: they use that of the stack.
    let resources = template["Resources"].to_string();
    assert!(!resources.contains("eu-west-1") && !resources.contains("us-east-1"));
}

/// 30: racing updates. `CloudFormation` orders ours by reference: policy before role before function.
#[test]
fn fault_30_order_by_reference() {
    let resources = &template("")["Resources"];
    assert_eq!(resources["RunnerRole"]["Properties"]["ManagedPolicyArns"][0]["Ref"], "RunnerPolicy");
    assert_eq!(resources["Runner"]["Properties"]["Role"]["Fn::GetAtt"][0], "RunnerRole");
    assert!(!resources.to_string().contains("DependsOn"));
}

/// 31: LATEST without a warning about what it misses. 32: a consumer group that Port does not allow.
#[test]
fn faults_31_and_32_position_and_group() {
    let template = template("");
    assert_eq!(event(&template)["StartingPosition"]["Ref"], "KafkaStartingPosition");
    let description = template["Parameters"]["KafkaStartingPosition"]["Description"].as_str().unwrap();
    assert!(description.contains("LATEST misses runs"));
    let group = &event(&template)["ConsumerGroupId"]["Fn::If"];
    assert_eq!(group[2]["Fn::Sub"], "${PortOrganizationId}.${KafkaConsumerGroup}");
    let rule = template["Rules"]["ConsumerGroup"].to_string();
    assert!(rule.contains("KafkaConsumerGroupId") && rule.contains("KafkaUsername"));
}

/// 33: no failure destination, no alarm, resources that are never removed. 34: unsupported runtimes.
#[test]
fn faults_33_and_34_operations() {
    let template = template("");
    assert_eq!(event(&template)["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0], "FailureQueue");
    let resources = template["Resources"].as_object().unwrap();
    let alarms = resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm").count();
    assert_eq!((alarms, &resources["Runner"]["Properties"]["Runtime"]), (6, &Value::from("provided.al2023")));
    assert!(resources.values().all(|resource| resource["DeletionPolicy"] != "Retain"));
}

/// Six settings that Lambda accepts only with provisioned polling; template and plan agree on the response.
#[test]
fn provisioned_polling_settings_come_together() {
    let keys = [
        "ProvisionedPollerConfig",
        "MaximumRetryAttempts",
        "BisectBatchOnFunctionError",
        "FunctionResponseTypes",
        "LoggingConfig",
        "MetricsConfig",
    ];
    for (config, want) in [("", false), ("[provisioned_polling]", true)] {
        let template = template(config);
        assert!(keys.iter().all(|key| event(&template).get(*key).is_some() == want), "{config:?}");
        let sources = files::read(&[root().join("blueprints")]).unwrap();
        let built = build(sources, &Config::parse("synth.toml", config).unwrap()).unwrap().2.unwrap();
        let plan = built.plan_json();
        assert!(plan.contains(&format!("\"partialBatchResponse\": {want}")));
    }
}

/// Filters are JSON under `value`, within Lambda's limits.
#[test]
fn filters_are_json_under_value() {
    let template = template("");
    let filters = event(&template)["FilterCriteria"]["Filters"].as_array().unwrap();
    assert!((1..=5).contains(&filters.len()));
    for filter in filters {
        let pattern: Value = serde_json::from_str(filter["Pattern"].as_str().unwrap()).unwrap();
        assert_eq!(pattern.as_object().unwrap().keys().collect::<Vec<_>>(), ["value"]);
    }
}

/// YAML and JSON have the same content, for a YAML 1.2 parser here and for a 1.1 parser in `make check-template`.
#[test]
fn yaml_and_json_are_equal() {
    for config in ["", "[provisioned_polling]\nretries = 0"] {
        let sources = files::read(&[root().join("blueprints")]).unwrap();
        let built = build(sources, &Config::parse("synth.toml", config).unwrap()).unwrap().2.unwrap();
        let yaml = built.template_yaml();
        let read: Value = serde_saphyr::from_str(yaml).unwrap();
        let json: Value = serde_json::from_str(&built.template_json()).unwrap();
        assert_eq!(read, json);
    }
}
