//! What SAM makes of a function, as the resources that CloudFormation gets to see.
//!
//! A function's event becomes an event source mapping, its `Policies` become a role: what happens to those is what a
//! reader has to know, and their properties are the ones that CloudFormation's schemas speak of. What is made here bears
//! the logical ids that SAM gives. The function itself keeps SAM's names of properties.

use serde_json::{Map, Value, json};

use super::foreach;
use super::intrinsic::{self, is_intrinsic};

/// A resource after SAM's transform.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transformed {
    /// Its logical id.
    pub(super) id: String,
    /// The resource that SAM generates it from; None for one of the template's own.
    pub(super) generated_by: Option<String>,
    /// `Type`, `Properties` and the rest.
    pub(super) resource: Map<String, Value>,
}

/// Returns every resource of a template.
pub(super) fn resources(template: &Value) -> Vec<Transformed> {
    let globals = template.pointer("/Globals/Function").and_then(Value::as_object);
    let mut made = Vec::new();
    let resources = template.get("Resources").and_then(Value::as_object).map(foreach::written_out);
    for (id, resource) in resources.iter().flatten() {
        match (resource, resource.get("Type").and_then(Value::as_str)) {
            (Value::Object(resource), Some(FUNCTION)) => function(id, resource, globals, &mut made),
            (Value::Object(resource), Some(STATE_MACHINE)) => state_machine(id, resource, &mut made),
            (Value::Object(resource), Some(_)) => {
                made.push(Transformed { id: id.clone(), generated_by: None, resource: resource.clone() });
            }
            (resource, _) => made.push(unknown(id, resource)),
        }
    }
    made
}

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

/// An intrinsic in the place of a resource, such as `Fn::Transform`: what it makes is known only when deployed, and it
/// is compared as it is written.
fn unknown(id: &str, value: &Value) -> Transformed {
    let kind =
        if id.starts_with("Fn::") { id.splitn(3, "::").take(2).collect::<Vec<_>>().join("::") } else { String::new() };
    let resource = [("Type".to_owned(), json!(kind)), ("Properties".to_owned(), json!({ "Of": value }))];
    Transformed { id: id.to_owned(), generated_by: None, resource: Map::from_iter(resource) }
}

/// A state machine, and the role that SAM makes where it names none.
fn state_machine(id: &str, resource: &Map<String, Value>, made: &mut Vec<Transformed>) {
    let mut properties = resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if !properties.contains_key("Role") {
        let mut generated = Map::from_iter([
            ("Type".to_owned(), json!("AWS::IAM::Role")),
            ("Properties".to_owned(), role(&mut properties, Vec::new(), Vec::new(), "states.amazonaws.com")),
        ]);
        generated.extend(resource.get("Condition").map(|condition| ("Condition".to_owned(), condition.clone())));
        made.push(Transformed { id: format!("{id}Role"), generated_by: Some(id.to_owned()), resource: generated });
    }
    let mut resource = resource.clone();
    resource.insert("Properties".to_owned(), Value::Object(properties));
    made.push(Transformed { id: id.to_owned(), generated_by: None, resource });
}

/// Of what SAM makes event source mappings, and where it puts the source.
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
    made: &mut Vec<Transformed>,
) {
    let given = resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut properties = globals.map_or_else(|| given.clone(), |globals| over(globals, &given));
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
        let given = event.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
        match POLLED.iter().find(|(polled, _)| *polled == kind) {
            Some((_, source)) => add(name, "AWS::Lambda::EventSourceMapping", mapping(id, source, given)),
            // What becomes of it is several resources; as one, it is at least compared.
            None => add(name, &format!("SAM event {kind}"), Value::Object(given)),
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
    made.push(Transformed { id: id.to_owned(), generated_by: None, resource });
    made.extend(more);
}

/// An event as an event source mapping.
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

/// A policy of AWS's by its name.
fn managed(name: &str) -> Value {
    json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}")})
}

/// The role that SAM makes where a function names none.
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

/// A role of `Policies`, beside what SAM puts into it by itself.
fn role(properties: &mut Map<String, Value>, mut arns: Vec<Value>, mut policies: Vec<Value>, service: &str) -> Value {
    let given = match take(properties, "Policies") {
        Some(Value::Array(items)) => items,
        Some(alone) => vec![alone],
        None => Vec::new(),
    };
    for policy in given {
        match policy {
            // A policy of AWS's by its name, or any by its ARN.
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

/// The right to read the secrets with which an event logs in to Kafka.
fn secrets(event: &Value) -> Option<Value> {
    let configured = event.pointer("/Properties/SourceAccessConfigurations")?.as_array()?;
    let secret = |one: &Value| one["Type"].as_str().is_some_and(|kind| !kind.starts_with("VPC_"));
    let arns: Vec<&Value> = configured.iter().filter(|one| secret(one)).filter_map(|one| one.get("URI")).collect();
    (!arns.is_empty()).then(|| {
        json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": arns}]}})
    })
}

/// What `Globals` say of every function, under what a function says: maps are merged, lists are joined.
fn over(globals: &Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    let mut result = globals.clone();
    for (key, value) in own {
        let merged = match (result.get(key), value) {
            (Some(Value::Object(below)), Value::Object(above)) if !is_intrinsic(below) && !is_intrinsic(above) => {
                Value::Object(over(below, above))
            }
            (Some(Value::Array(below)), Value::Array(above)) => below.iter().chain(above).cloned().collect(),
            _ => value.clone(),
        };
        result.insert(key.clone(), merged);
    }
    result
}

/// Out of a map, in the order in which it was.
fn take(map: &mut Map<String, Value>, key: &str) -> Option<Value> {
    map.shift_remove(key)
}
