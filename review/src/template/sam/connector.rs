//! Connectors: what they let a source do to a destination, by SAM's own profiles.
//!
//! `connectors.json` is `profiles.json` of `aws-sam-translator` without what only the deployment needs. A connector between
//! types that it does not have, or to something outside the template without an ARN, generates nothing: SAM refuses it.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Generated, referred};
use crate::template::schema;

/// What a connector between two types of resources allows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Profile {
    /// The kind of resource that SAM generates.
    kind: Kind,
    /// Whether the policy belongs to the source; otherwise to the destination.
    of_source: bool,
    /// Statements, or the properties of a permission, by `Read` and `Write`.
    access: Map<String, Value>,
}

#[derive(Clone, Copy, Deserialize)]
enum Kind {
    #[serde(rename = "AWS_IAM_ROLE_MANAGED_POLICY")]
    ManagedPolicy,
    #[serde(rename = "AWS_SQS_QUEUE_POLICY")]
    QueuePolicy,
    #[serde(rename = "AWS_SNS_TOPIC_POLICY")]
    TopicPolicy,
    #[serde(rename = "AWS_LAMBDA_PERMISSION")]
    Permission,
}

type Profiles = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Profile>>;

static PROFILES: LazyLock<Profiles> =
    LazyLock::new(|| serde_json::from_str(include_str!("connectors.json")).unwrap_or_default());

/// Expands `AWS::Serverless::Connector`.
pub(super) fn expand(resources: &Map<String, Value>, resource: &Map<String, Value>, made: &mut Generated<'_>) {
    let Some(properties) = resource.get("Properties") else { return };
    if let Some(source) = properties.get("Source") {
        connect(resources, made.of, source, properties, made);
    }
}

/// Expands the connectors inside a resource.
pub(super) fn embedded(
    resources: &Map<String, Value>,
    id: &str,
    resource: &Map<String, Value>,
    made: &mut Generated<'_>,
) {
    for (name, connector) in resource.get("Connectors").and_then(Value::as_object).into_iter().flatten() {
        let Some(properties) = connector.get("Properties") else { continue };
        let mut source = properties.get("SourceReference").and_then(Value::as_object).cloned().unwrap_or_default();
        source.insert("Id".to_owned(), json!(id));
        connect(resources, &format!("{id}{name}"), &Value::Object(source), properties, made);
    }
}

/// Adds what a connector generates for each of its destinations.
fn connect(resources: &Map<String, Value>, id: &str, source: &Value, properties: &Value, made: &mut Generated<'_>) {
    let (destinations, many) = match properties.get("Destination") {
        Some(Value::Array(items)) => (items.iter().collect(), true),
        single => (Vec::from_iter(single), false),
    };
    for (n, destination) in destinations.into_iter().enumerate() {
        if made.check().is_err() {
            return;
        }
        let (Some(from), Some(to)) =
            (End::new(resources, source, destination), End::new(resources, destination, source))
        else {
            continue;
        };
        let Some(profile) = PROFILES.get(&from.kind).and_then(|by| by.get(&to.kind)) else { continue };
        let suffix = if many { format!("Destination{n}") } else { String::new() };
        let holder = if profile.of_source { &from } else { &to };
        let permissions = properties.get("Permissions").and_then(Value::as_array);
        let asked = profile.access.iter().filter(|(name, _)| {
            permissions.is_some_and(|permissions| permissions.iter().any(|asked| asked == name.as_str()))
        });
        let asked: Vec<(&String, Value)> = asked.map(|(name, access)| (name, filled(access, &from, &to))).collect();
        if asked.is_empty() {
            continue;
        }
        let statements = || -> Vec<&Value> { asked.iter().filter_map(|(_, list)| list.as_array()).flatten().collect() };
        let document = || json!({"Version": "2012-10-17", "Statement": statements()});
        match profile.kind {
            Kind::ManagedPolicy => {
                let policy = json!({"PolicyDocument": document(), "Roles": [holder.role]});
                made.add(format!("{id}Policy{suffix}"), "AWS::IAM::ManagedPolicy", policy);
            }
            Kind::QueuePolicy => {
                let policy = json!({"PolicyDocument": document(), "Queues": [holder.url]});
                made.add(format!("{id}QueuePolicy{suffix}"), "AWS::SQS::QueuePolicy", policy);
            }
            Kind::TopicPolicy => {
                let policy = json!({"PolicyDocument": document(), "Topics": [holder.arn]});
                made.add(format!("{id}TopicPolicy{suffix}"), "AWS::SNS::TopicPolicy", policy);
            }
            Kind::Permission => {
                for (name, access) in &asked {
                    let mut permission = access.clone();
                    permission["FunctionName"] = holder.arn.clone();
                    made.add(format!("{id}{name}LambdaPermission{suffix}"), "AWS::Lambda::Permission", permission);
                }
            }
        }
    }
}

/// One end of a connector.
struct End {
    /// Its type in CloudFormation.
    kind: String,
    arn: Value,
    /// Its role's name.
    role: Value,
    /// Its queue's URL.
    url: Value,
    /// Its id in its service.
    id: Value,
    name: Value,
    /// The part of an API's ARN behind its id.
    qualifier: Value,
}

impl End {
    /// Reads a reference to a resource of the template, or to one outside of it.
    fn new(resources: &Map<String, Value>, reference: &Value, other: &Value) -> Option<Self> {
        let given = |key: &str| reference.get(key).cloned().unwrap_or_default();
        let Some(id) = reference.get("Id") else {
            let kind = schema::deployed_type(reference.get("Type")?.as_str()?).to_owned();
            let (arn, role, url) = (given("Arn"), given("RoleName"), given("QueueUrl"));
            let (id, name, qualifier) = (given("ResourceId"), given("Name"), given("Qualifier"));
            return Some(Self { kind, arn, role, url, id, name, qualifier });
        };
        let id = id.as_str()?;
        let resource = resources.get(id)?;
        let written = resource.get("Type")?.as_str()?;
        let kind = schema::deployed_type(written).to_owned();
        let name = json!({ "Ref": id });
        let arn = match kind.as_str() {
            "AWS::SNS::Topic"
            | "AWS::StepFunctions::StateMachine"
            | "AWS::AppSync::DataSource"
            | "AWS::AppSync::GraphQLApi" => name.clone(),
            _ => super::arn(id),
        };
        let qualifier = reference.get("Qualifier").cloned().unwrap_or_else(|| json!("*"));
        let resource_id =
            if kind == "AWS::AppSync::GraphQLApi" { json!({"Fn::GetAtt": [id, "ApiId"]}) } else { name.clone() };
        let role = role(id, written, resource, other).unwrap_or_default();
        let own = json!({"Fn::GetAtt": [id, "Name"]});
        Some(Self { kind, arn, role, url: name, id: resource_id, name: own, qualifier })
    }
}

/// Returns the name of the role of a resource of the template.
fn role(id: &str, kind: &str, resource: &Value, other: &Value) -> Option<Value> {
    let property = |key: &str| resource.get("Properties").and_then(|properties| properties.get(key));
    let role = match kind {
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => match property("Role") {
            None => return Some(json!({"Ref": format!("{id}Role")})),
            role => role,
        },
        "AWS::Lambda::Function" => property("Role"),
        "AWS::StepFunctions::StateMachine" => property("RoleArn"),
        "AWS::AppSync::DataSource" => property("ServiceRoleArn"),
        "AWS::Events::Rule" => {
            let is_other = |target: &&Value| {
                let arn = target.get("Arn");
                let same = arn.and_then(referred).is_some_and(|to| other.get("Id").is_some_and(|id| id == to));
                same || (arn.is_some() && arn == other.get("Arn"))
            };
            property("Targets")?.as_array()?.iter().find(is_other)?.get("RoleArn")
        }
        _ => None,
    }?;
    referred(role).map(|role| json!({ "Ref": role }))
}

/// Fills in the ends of a connector where a profile has `%{Source.Arn}` and the like.
fn filled(value: &Value, source: &End, destination: &End) -> Value {
    match value {
        Value::String(text) => filled_text(text, source, destination),
        Value::Array(items) => items.iter().map(|item| filled(item, source, destination)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), filled(value, source, destination))).collect()
        }
        scalar => scalar.clone(),
    }
}

fn filled_text(text: &str, source: &End, destination: &End) -> Value {
    let mut variables = Map::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("%{") {
        let Some((name, behind)) = after.split_once('}') else { break };
        rest = behind;
        let (end, what) = name.split_once('.').unwrap_or((name, ""));
        let end = if end == "Source" { source } else { destination };
        let value = match what {
            "Arn" => &end.arn,
            "Name" => &end.name,
            "ResourceId" => &end.id,
            _ => &end.qualifier,
        };
        if text.len() == name.len() + 3 {
            return value.clone();
        }
        variables.insert(name.replace('.', ""), value.clone());
    }
    if variables.is_empty() && !text.contains("${") {
        return json!(text);
    }
    let names = ["Source", "Destination"]
        .iter()
        .flat_map(|end| ["Arn", "Name", "ResourceId", "Qualifier"].map(|what| (*end, what)));
    let text = names.fold(text.to_owned(), |text, (end, what)| {
        text.replace(&format!("%{{{end}.{what}}}"), &format!("${{{end}{what}}}"))
    });
    json!({"Fn::Sub": [text, variables]})
}
