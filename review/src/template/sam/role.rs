//! The role that SAM generates for a function or a state machine that does not name one.

use serde_json::{Map, Value, json};

use super::{destination, policy, take};
use crate::template::intrinsic::{self, is_no_value};

/// What SAM lets a generated role do by itself.
#[derive(Default)]
pub(super) struct Granted {
    managed: Vec<Value>,
    policies: Vec<Value>,
}

/// The AWS managed policy for tracing. In `aws-cn` and `aws-us-gov`, SAM takes `AWSXRayDaemonWriteAccess`.
pub(super) const TRACING: &str = "AWSXrayWriteOnlyAccess";

impl Granted {
    /// Returns what a function's properties need.
    pub(super) fn of_function(properties: &Map<String, Value>) -> Self {
        let mut granted = Self::default();
        granted.managed(if properties.contains_key("DurableConfig") {
            "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
        } else {
            "service-role/AWSLambdaBasicExecutionRole"
        });
        if properties.get("Tracing").is_some_and(|tracing| tracing != "Disabled") {
            granted.managed(TRACING);
        }
        if properties.contains_key("VpcConfig") {
            granted.managed("service-role/AWSLambdaVPCAccessExecutionRole");
        }
        if let Some(queue) = properties.get("DeadLetterQueue")
            && let (Some(kind), Some(target)) = (queue.get("Type").and_then(Value::as_str), queue.get("TargetArn"))
        {
            let actions = [("SQS", "sqs:SendMessage"), ("SNS", "sns:Publish")];
            let known = actions.iter().find(|(known, _)| *known == kind);
            granted.allow(
                Some(VERSION),
                &known.map(|(_, action)| allowed(action, target)).into_iter().collect::<Vec<_>>(),
            );
        }
        granted
    }

    /// Adds an AWS managed policy.
    pub(super) fn managed(&mut self, name: &str) {
        self.managed.push(managed(name));
    }

    /// Adds a policy with these statements, if there are any.
    fn allow(&mut self, version: Option<&str>, statements: &[Value]) {
        if !statements.is_empty() {
            let mut document = json!({ "Statement": statements });
            if let Some(version) = version {
                document["Version"] = json!(version);
            }
            self.policies.push(json!({ "PolicyDocument": document }));
        }
    }

    /// Adds what sending to a destination needs; returns whether SAM knows its type.
    pub(super) fn destination(&mut self, kind: &str, to: &Value) -> bool {
        let statements = destination::statements(kind, to);
        self.allow(None, &statements);
        !statements.is_empty()
    }

    /// Adds what polling for an event needs.
    pub(super) fn event(&mut self, kind: &str, properties: &Map<String, Value>) {
        match kind {
            "SQS" => self.managed("service-role/AWSLambdaSQSQueueExecutionRole"),
            "Kinesis" => self.managed("service-role/AWSLambdaKinesisExecutionRole"),
            "DynamoDB" => self.managed("service-role/AWSLambdaDynamoDBExecutionRole"),
            "MSK" => self.managed("service-role/AWSLambdaMSKExecutionRole"),
            _ => {}
        }
        let mut statements = secrets(kind, properties);
        if kind == "MQ" {
            let broker = properties.get("Broker");
            statements.extend(broker.map(|broker| allowed("mq:DescribeBroker", broker)));
        }
        if kind == "SelfManagedKafka" && is_in_network(properties) {
            statements.push(allowed(NETWORK, &json!("*")));
        }
        if kind == "DocumentDB" {
            let here = |what: &str| {
                let text = format!("arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:{what}:*");
                json!({ "Fn::Sub": text })
            };
            statements.push(allowed("rds:DescribeDBClusterParameters", &here("cluster-pg")));
            statements.push(allowed("rds:DescribeDBSubnetGroups", &here("subgrp")));
            statements.push(allowed(NETWORK, &json!("*")));
            let cluster = properties.get("Cluster");
            statements.extend(cluster.map(|cluster| allowed("rds:DescribeDBClusters", cluster)));
        }
        if let Some(key) = properties.get("SecretsManagerKmsKeyId").filter(|_| kind != "MSK") {
            let text = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}";
            statements.push(allowed("kms:Decrypt", &json!({"Fn::Sub": [text, {"Key": key}]})));
        }
        self.allow((kind == "SelfManagedKafka").then_some(VERSION), &statements);
        if let Some(to) = properties.get("DestinationConfig").and_then(|to| to.get("OnFailure"))
            && let (Some(kind), Some(destination)) = (to.get("Type").and_then(Value::as_str), to.get("Destination"))
        {
            self.destination(kind, destination);
        }
    }
}

/// The version of the policy language that SAM writes in some of its policies.
const VERSION: &str = "2012-10-17";

/// What a function needs to poll brokers in a network of its own.
const NETWORK: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
];

fn allowed(actions: impl serde::Serialize, resource: &Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

/// Returns the ARN of an AWS managed policy.
fn managed(name: &str) -> Value {
    json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}")})
}

/// Builds a role from a resource's `Policies` and from what SAM adds by itself.
pub(super) fn of(properties: &mut Map<String, Value>, granted: Granted, service: &str) -> Value {
    let Granted { managed: mut arns, mut policies } = granted;
    let listed = match take(properties, "Policies") {
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for policy in listed {
        match sorted(policy) {
            Listed::Arn(arn) => arns.push(arn),
            Listed::Policy(policy) => policies.push(policy),
        }
    }
    let trust = take(properties, "AssumeRolePolicyDocument").unwrap_or_else(|| trust(service));
    let mut role = json!({ "AssumeRolePolicyDocument": trust });
    for (key, values) in [("ManagedPolicyArns", arns), ("Policies", policies)] {
        if !values.is_empty() {
            role[key] = values.into();
        }
    }
    for (theirs, key) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
        if let Some(value) = take(properties, theirs) {
            role[key] = value;
        }
    }
    role
}

/// Returns the trust policy for a service.
pub(super) fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})
}

/// An entry of `Policies`.
enum Listed {
    /// A managed policy.
    Arn(Value),
    /// A policy of the role itself, as it is written or as SAM's policy template has it.
    Policy(Value),
}

fn sorted(policy: Value) -> Listed {
    match policy {
        // An AWS managed policy by name, or any policy by ARN.
        Value::String(name) if !name.starts_with("arn:") => Listed::Arn(managed(&name)),
        Value::String(_) => Listed::Arn(policy),
        Value::Object(document) if document.contains_key("Statement") => {
            Listed::Policy(json!({ "PolicyDocument": document }))
        }
        Value::Object(map) if map.len() == 1 && map.keys().any(|key| intrinsic::is_name(key)) => {
            branches(&map).unwrap_or(Listed::Arn(Value::Object(map)))
        }
        Value::Object(template) => Listed::Policy(policy::expanded(&template).unwrap_or(Value::Object(template))),
        other => Listed::Policy(other),
    }
}

/// Sorts `Fn::If` by its branches; `None` for any other intrinsic.
fn branches(map: &Map<String, Value>) -> Option<Listed> {
    let [condition, yes, no] = map.get("Fn::If")?.as_array()?.as_slice() else { return None };
    let mut are_arns = true;
    let mut branch = |value: &Value| {
        if is_no_value(value) {
            return value.clone();
        }
        match sorted(value.clone()) {
            Listed::Arn(arn) => arn,
            Listed::Policy(policy) => {
                are_arns = false;
                policy
            }
        }
    };
    let either = json!({"Fn::If": [condition, branch(yes), branch(no)]});
    Some(if are_arns { Listed::Arn(either) } else { Listed::Policy(either) })
}

/// Returns the statements that let a function read the secrets with which an event authenticates.
fn secrets(kind: &str, properties: &Map<String, Value>) -> Vec<Value> {
    let is_secret = |access: &Value| {
        let Some(word) = access["Type"].as_str() else { return false };
        match kind {
            "SelfManagedKafka" => {
                !word.starts_with("VPC_") && !word.starts_with("OAUTHBEARER_") || word == "OAUTHBEARER_AUTH"
            }
            "MQ" | "DocumentDB" => word == "BASIC_AUTH",
            "MSK" => word == "CLIENT_CERTIFICATE_TLS_AUTH",
            _ => false,
        }
    };
    let lists = [
        (properties.get("SourceAccessConfigurations"), false),
        (properties.get("SchemaRegistryConfig").and_then(|config| config.get("AccessConfigs")), true),
    ];
    let mut statements = Vec::new();
    for (list, all) in lists {
        for access in list.and_then(Value::as_array).into_iter().flatten() {
            if let Some(uri) = access.get("URI").filter(|_| all || is_secret(access)) {
                statements.push(allowed("secretsmanager:GetSecretValue", uri));
            }
        }
    }
    statements
}

/// Whether an event's brokers are in a network.
fn is_in_network(properties: &Map<String, Value>) -> bool {
    let configured = properties.get("SourceAccessConfigurations").and_then(Value::as_array);
    configured.into_iter().flatten().any(|access| access["Type"].as_str().is_some_and(|kind| kind.starts_with("VPC_")))
}
