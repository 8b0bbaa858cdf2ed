//! Expands SAM resources into the resources that CloudFormation deploys.
//!
//! A function's events become event source mappings and its `Policies` become a role. A reviewer needs to know what
//! happens to those, and CloudFormation's schemas describe their properties. Generated resources have the logical ids
//! that SAM gives them. The function itself keeps SAM's property names.

use serde_json::{Map, Value, json};

use super::foreach;
use super::intrinsic::{self, is_intrinsic};

/// A resource after SAM's transform.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transformed {
    /// Its logical id.
    pub(super) id: String,
    /// The resource that SAM generates it from; `None` for a resource of the template itself.
    pub(super) generated_by: Option<String>,
    /// `Type`, `Properties` and other attributes.
    pub(super) resource: Map<String, Value>,
}

/// Returns every resource of a template after SAM's transform.
pub(super) fn resources(template: &Value) -> Vec<Transformed> {
    let globals = template.pointer("/Globals/Function").and_then(Value::as_object);
    let mut found = Vec::new();
    let resources = template.get("Resources").and_then(Value::as_object).map(foreach::expanded);
    for (id, resource) in resources.iter().flatten() {
        match (resource, resource.get("Type").and_then(Value::as_str)) {
            (Value::Object(resource), Some(FUNCTION)) => function(id, resource, globals, &mut found),
            (Value::Object(resource), Some(STATE_MACHINE)) => state_machine(id, resource, &mut found),
            (Value::Object(resource), Some(_)) => {
                found.push(Transformed { id: id.clone(), generated_by: None, resource: resource.clone() });
            }
            (resource, _) => found.push(unknown(id, resource)),
        }
    }
    found
}

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

/// Wraps an intrinsic in place of a resource, such as `Fn::Transform`. What it generates is known only at deployment, so
/// it is compared as written.
fn unknown(id: &str, value: &Value) -> Transformed {
    let kind =
        if id.starts_with("Fn::") { id.splitn(3, "::").take(2).collect::<Vec<_>>().join("::") } else { String::new() };
    let resource = [("Type".to_owned(), json!(kind)), ("Properties".to_owned(), json!({ "Of": value }))];
    Transformed { id: id.to_owned(), generated_by: None, resource: Map::from_iter(resource) }
}

/// Adds a state machine, and the role that SAM generates if the state machine does not name one.
fn state_machine(id: &str, resource: &Map<String, Value>, found: &mut Vec<Transformed>) {
    let mut properties = resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if !properties.contains_key("Role") {
        let mut generated = Map::from_iter([
            ("Type".to_owned(), json!("AWS::IAM::Role")),
            ("Properties".to_owned(), role(&mut properties, Vec::new(), Vec::new(), "states.amazonaws.com")),
        ]);
        generated.extend(resource.get("Condition").map(|condition| ("Condition".to_owned(), condition.clone())));
        found.push(Transformed { id: format!("{id}Role"), generated_by: Some(id.to_owned()), resource: generated });
    }
    let mut resource = resource.clone();
    resource.insert("Properties".to_owned(), Value::Object(properties));
    found.push(Transformed { id: id.to_owned(), generated_by: None, resource });
}

/// Event types that SAM turns into event source mappings, with the property that names the source.
const POLLED: [(&str, &str); 7] = [
    ("SelfManagedKafka", ""),
    ("MSK", "Stream"),
    ("SQS", "Queue"),
    ("Kinesis", "Stream"),
    ("DynamoDB", "Stream"),
    ("MQ", "Broker"),
    ("DocumentDB", "Cluster"),
];

fn function(
    id: &str,
    resource: &Map<String, Value>,
    globals: Option<&Map<String, Value>>,
    found: &mut Vec<Transformed>,
) {
    let own = resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut properties = globals.map_or_else(|| own.clone(), |globals| merged(globals, &own));
    let events = take(&mut properties, "Events");
    let events: Vec<(String, Value)> = match events {
        Some(Value::Object(events)) => events.into_iter().collect(),
        _ => Vec::new(),
    };
    let mut more = Vec::new();
    let mut add = |suffix: &str, kind: &str, properties: Value| {
        let mut generated = Map::from_iter([("Type".to_owned(), json!(kind)), ("Properties".to_owned(), properties)]);
        generated.extend(resource.get("Condition").map(|condition| ("Condition".to_owned(), condition.clone())));
        more.push(Transformed { id: format!("{id}{suffix}"), generated_by: Some(id.to_owned()), resource: generated });
    };
    for (name, event) in &events {
        let kind = event["Type"].as_str().unwrap_or_default();
        let properties = event.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
        match POLLED.iter().find(|(polled, _)| *polled == kind) {
            Some((_, source)) => add(name, "AWS::Lambda::EventSourceMapping", mapping(id, source, properties)),
            // SAM generates several resources from it; comparing it as one is better than not comparing it.
            None => add(name, &format!("SAM event {kind}"), Value::Object(properties)),
        }
    }
    if let Some(url) = take(&mut properties, "FunctionUrlConfig") {
        if url["AuthType"] == "NONE" {
            let anyone = json!({
                "Action": "lambda:InvokeFunctionUrl", "FunctionName": {"Ref": id}, "Principal": "*",
                "FunctionUrlAuthType": "NONE",
            });
            add("UrlPublicPermissions", "AWS::Lambda::Permission", anyone);
        }
        let mut url = url.as_object().cloned().unwrap_or_default();
        url.insert("TargetFunctionArn".to_owned(), json!({"Ref": id}));
        add("Url", "AWS::Lambda::Url", Value::Object(url));
    }
    if !properties.contains_key("Role") {
        let role = function_role(&mut properties, &events);
        add("Role", "AWS::IAM::Role", role);
    }
    let mut resource = resource.clone();
    resource.insert("Properties".to_owned(), Value::Object(properties));
    found.push(Transformed { id: id.to_owned(), generated_by: None, resource });
    found.extend(more);
}

/// Converts an event's properties to those of an event source mapping.
fn mapping(function: &str, source: &str, mut properties: Map<String, Value>) -> Value {
    if let Some(arn) = take(&mut properties, source) {
        properties.insert("EventSourceArn".to_owned(), arn);
    }
    if let Some(brokers) = take(&mut properties, "KafkaBootstrapServers") {
        let endpoints = json!({"Endpoints": {"KafkaBootstrapServers": brokers}});
        properties.insert("SelfManagedEventSource".to_owned(), endpoints);
    }
    for (theirs, key) in [("ConsumerGroupId", "ConsumerGroupId"), ("SchemaRegistryConfig", "SchemaRegistryConfig")] {
        let Some(value) = take(&mut properties, theirs) else { continue };
        let config = if properties.contains_key("EventSourceArn") {
            "AmazonManagedKafkaEventSourceConfig"
        } else {
            "SelfManagedKafkaEventSourceConfig"
        };
        let config = properties.entry(config).or_insert_with(|| json!({}));
        if let Value::Object(config) = config {
            config.insert(key.to_owned(), value);
        }
    }
    // Only SAM reads these.
    properties.remove("SecretsManagerKmsKeyId");
    if let Some(Value::Object(on_failure)) =
        properties.get_mut("DestinationConfig").and_then(|to| to.get_mut("OnFailure"))
    {
        on_failure.remove("Type");
    }
    properties.insert("FunctionName".to_owned(), json!({"Ref": function}));
    Value::Object(properties)
}

/// Returns the ARN of an AWS managed policy.
fn managed(name: &str) -> Value {
    json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}")})
}

/// Builds the role that SAM generates for a function that does not name one.
fn function_role(properties: &mut Map<String, Value>, events: &[(String, Value)]) -> Value {
    let mut arns = vec![managed("service-role/AWSLambdaBasicExecutionRole")];
    if properties.get("Tracing").is_some_and(|tracing| tracing == "Active") {
        arns.push(managed("AWSXRayDaemonWriteAccess"));
    }
    if properties.contains_key("VpcConfig") {
        arns.push(managed("service-role/AWSLambdaVPCAccessExecutionRole"));
    }
    let mut policies = Vec::new();
    for (_, event) in events {
        match event["Type"].as_str().unwrap_or_default() {
            "SQS" => arns.push(managed("service-role/AWSLambdaSQSQueueExecutionRole")),
            "Kinesis" => arns.push(managed("service-role/AWSLambdaKinesisExecutionRole")),
            "DynamoDB" => arns.push(managed("service-role/AWSLambdaDynamoDBExecutionRole")),
            "MSK" => arns.push(managed("service-role/AWSLambdaMSKExecutionRole")),
            "SelfManagedKafka" => policies.extend(secrets(event)),
            _ => {}
        }
    }
    role(properties, arns, policies, "lambda.amazonaws.com")
}

/// Builds a role from `Policies` and from what SAM adds by itself.
fn role(properties: &mut Map<String, Value>, mut arns: Vec<Value>, mut policies: Vec<Value>, service: &str) -> Value {
    let listed = match take(properties, "Policies") {
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for policy in listed {
        match policy {
            // An AWS managed policy by name, or any policy by ARN.
            Value::String(name) if !name.starts_with("arn:") => arns.push(managed(&name)),
            Value::Object(document) if document.contains_key("Statement") => {
                policies.push(json!({"PolicyDocument": document}));
            }
            Value::Object(map) if map.keys().any(|key| intrinsic::is_name(key)) => {
                arns.push(Value::Object(map));
            }
            Value::String(_) => arns.push(policy),
            template => policies.push(template),
        }
    }
    let trust = take(properties, "AssumeRolePolicyDocument").unwrap_or_else(|| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})
    });
    let mut role = json!({"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": arns, "Policies": policies});
    for (theirs, key) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
        if let Some(value) = take(properties, theirs) {
            role[key] = value;
        }
    }
    role
}

/// Returns the policy that lets a function read the secrets with which an event authenticates to Kafka.
fn secrets(event: &Value) -> Option<Value> {
    let configured = event.pointer("/Properties/SourceAccessConfigurations")?.as_array()?;
    let is_secret = |access: &Value| access["Type"].as_str().is_some_and(|kind| !kind.starts_with("VPC_"));
    let arns: Vec<&Value> =
        configured.iter().filter(|access| is_secret(access)).filter_map(|access| access.get("URI")).collect();
    (!arns.is_empty()).then(|| {
        json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": arns}]}})
    })
}

/// Merges a function's properties over those of `Globals`: maps are merged, lists are concatenated.
fn merged(globals: &Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    let mut result = globals.clone();
    for (key, value) in own {
        let merged = match (result.get(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) if !is_intrinsic(below) && !is_intrinsic(above) => {
                Value::Object(merged(below, above))
            }
            (Some(Value::Array(below)), Value::Array(above)) => below.iter().chain(above).cloned().collect(),
            _ => value.clone(),
        };
        result.insert(key.clone(), merged);
    }
    result
}

/// Removes a key from a map and keeps the order of the rest.
fn take(map: &mut Map<String, Value>, key: &str) -> Option<Value> {
    map.shift_remove(key)
}
