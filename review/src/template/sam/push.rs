//! Events that a service sends: each becomes a rule, a schedule or a subscription, and what allows the service to call.

use serde_json::{Map, Value, json};

use super::role::Granted;
use super::{Generated, alphanumeric, api, arn, move_keys, referred, rename, role, set, take};

/// What an event invokes.
pub(super) struct Target {
    /// Its logical id.
    id: String,
    /// The logical id of what a permission is for: the function, or its alias.
    invoked: String,
    /// What identifies it in a permission or a mapping: the function, or its alias.
    pub(super) name: Value,
    /// Its ARN.
    arn: Value,
    /// For a state machine: the service that starts it needs a role.
    is_state_machine: bool,
}

impl Target {
    /// Returns a function, or its alias: name and logical id.
    pub(super) fn function(id: &str, alias: Option<&(Value, String)>) -> Self {
        let (name, arn) = match alias {
            Some((_, alias)) => (json!({"Ref": alias}), json!({"Ref": alias})),
            None => (json!({"Ref": id}), arn(id)),
        };
        let invoked = alias.map_or(id, |(_, alias)| alias).to_owned();
        Self { id: id.to_owned(), invoked, name, arn, is_state_machine: false }
    }

    /// Returns a state machine.
    pub(super) fn state_machine(id: &str) -> Self {
        let name = json!({"Ref": id});
        Self { id: id.to_owned(), invoked: id.to_owned(), arn: name.clone(), name, is_state_machine: true }
    }
}

/// Adds what SAM generates from an event. Keys that SAM does not know stay where they are seen.
#[expect(clippy::too_many_arguments, reason = "an event, what it invokes, and three places that it adds to")]
pub(super) fn expand(
    resources: &Map<String, Value>,
    target: &Target,
    name: &str,
    kind: &str,
    mut event: Map<String, Value>,
    made: &mut Generated<'_>,
    granted: &mut Granted,
    apis: &mut api::Implicit,
) {
    let id = format!("{}{name}", target.id);
    let mut permission = Permission { id: format!("{id}Permission"), service: "", source: None, more: Map::new() };
    match kind {
        "Schedule" | "EventBridgeRule" | "CloudWatchEvent" => {
            permission.service = "events.amazonaws.com";
            permission.source = Some(arn(&id));
            let rule = rule(target, &id, kind, event, made);
            made.add(id, "AWS::Events::Rule", rule);
        }
        "ScheduleV2" => {
            let schedule = schedule(target, &id, event, made);
            made.add(id, "AWS::Scheduler::Schedule", schedule);
        }
        "SNS" => {
            permission.source = event.get("Topic").cloned();
            let calls = subscription(target, &id, event, made, granted);
            permission.service = if calls { "sns.amazonaws.com" } else { "" };
        }
        "CloudWatchLogs" => {
            permission.service = "logs.amazonaws.com";
            let group = event.get("LogGroupName").cloned().unwrap_or_default();
            permission.source = Some(sub("logs", "log-group:${Group}:*", &json!({ "Group": group })));
            set(&mut event, "DestinationArn", target.arn.clone());
            made.add(id, "AWS::Logs::SubscriptionFilter", Value::Object(event));
        }
        "IoTRule" => {
            permission.service = "iot.amazonaws.com";
            permission.source = Some(sub("iot", "rule/${Rule}", &json!({"Rule": {"Ref": id}})));
            permission.more.insert("SourceAccount".to_owned(), json!({"Ref": "AWS::AccountId"}));
            let mut payload = Map::from_iter([
                ("RuleDisabled".to_owned(), json!(false)),
                ("Actions".to_owned(), json!([{"Lambda": {"FunctionArn": target.arn}}])),
            ]);
            move_keys(&mut event, &mut payload, &["Sql", "AwsIotSqlVersion"]);
            set(&mut event, "TopicRulePayload", Value::Object(payload));
            made.add(id, "AWS::IoT::TopicRule", Value::Object(event));
        }
        "AlexaSkill" if !target.is_state_machine => {
            permission.service = "alexa-appkit.amazon.com";
            rename(&mut event, "SkillId", "EventSourceToken");
            permission.more = event;
        }
        _ => {
            match kind {
                "S3" => {
                    permission.service = "s3.amazonaws.com";
                    permission.more.insert("SourceAccount".to_owned(), json!({"Ref": "AWS::AccountId"}));
                }
                "Cognito" => {
                    permission.service = "cognito-idp.amazonaws.com";
                    permission.id = format!("{}CognitoPermission", target.invoked);
                    permission.source = event.get("UserPool").and_then(referred).map(arn);
                }
                "Api" | "HttpApi" => {
                    permission.service = "apigateway.amazonaws.com";
                    let (suffix, source) = apis.event(resources, kind, &event, made);
                    permission.id.push_str(&suffix);
                    permission.source = Some(source);
                }
                _ => {}
            }
            // SAM writes it into an API, a bucket or a user pool; comparing it by itself is better than not at all.
            made.add(id.clone(), &format!("SAM event {kind}"), Value::Object(event));
        }
    }
    if target.is_state_machine {
        if permission.service == "apigateway.amazonaws.com" {
            starting_role(target, &format!("{}{name}", target.id), permission.service, None, None, made);
        }
    } else if !permission.service.is_empty() {
        permission.add(target, made);
    }
}

/// Lets a service invoke a function.
struct Permission {
    id: String,
    service: &'static str,
    source: Option<Value>,
    more: Map<String, Value>,
}

impl Permission {
    fn add(self, target: &Target, made: &mut Generated<'_>) {
        // Two events of one user pool share their permission.
        if made.found.iter().any(|other| other.id == self.id) {
            return;
        }
        let mut properties = self.more;
        set(&mut properties, "Action", json!("lambda:InvokeFunction"));
        set(&mut properties, "FunctionName", target.name.clone());
        set(&mut properties, "Principal", json!(self.service));
        if let Some(source) = self.source {
            set(&mut properties, "SourceArn", source);
        }
        made.add(self.id, "AWS::Lambda::Permission", Value::Object(properties));
    }
}

/// Returns the ARN of something in this account and region.
pub(super) fn sub(service: &str, resource: &str, variables: &Value) -> Value {
    let text = format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}");
    json!({"Fn::Sub": [text, variables]})
}

/// Converts an event to the properties of a rule.
fn rule(target: &Target, id: &str, kind: &str, mut event: Map<String, Value>, made: &mut Generated<'_>) -> Value {
    if kind == "Schedule" {
        rename(&mut event, "Schedule", "ScheduleExpression");
    } else {
        rename(&mut event, "Pattern", "EventPattern");
        rename(&mut event, "RuleName", "Name");
    }
    if let Some(Value::Bool(enabled)) = event.get("Enabled") {
        let state = json!(if *enabled { "ENABLED" } else { "DISABLED" });
        if !event.contains_key("State") {
            take(&mut event, "Enabled");
            set(&mut event, "State", state);
        }
    }
    let suffix = if target.is_state_machine { "StepFunctionsTarget" } else { "LambdaTarget" };
    let mut to =
        Map::from_iter([("Arn".to_owned(), target.arn.clone()), ("Id".to_owned(), json!(format!("{id}{suffix}")))]);
    if target.is_state_machine {
        let role = take(&mut event, "RoleArn");
        let role = role.unwrap_or_else(|| starting_role(target, id, "events.amazonaws.com", None, None, made));
        to.insert("RoleArn".to_owned(), role);
    }
    if let Some(Value::Object(own)) = event.get("Target")
        && own.keys().eq(["Id"])
    {
        to.extend(own.clone());
        take(&mut event, "Target");
    }
    let of_target = ["Input", "InputPath", "InputTransformer", "DeadLetterConfig", "RetryPolicy"];
    move_keys(&mut event, &mut to, &of_target);
    if let Some((queue, is_new)) = dead_letters(id, &mut to, made)
        && is_new
    {
        let statement = json!({
            "Effect": "Allow", "Action": "sqs:SendMessage", "Principal": {"Service": "events.amazonaws.com"},
            "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": arn(id)}},
        });
        let url = json!({"Ref": referred(&queue)});
        let policy = json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [url]});
        made.add(format!("{id}QueuePolicy"), "AWS::SQS::QueuePolicy", policy);
    }
    set(&mut event, "Targets", json!([to]));
    Value::Object(event)
}

/// Adds the queue that SAM creates for what cannot be delivered, if none is named. Returns the queue's ARN, and whether it
/// is a new one.
fn dead_letters(id: &str, target: &mut Map<String, Value>, made: &mut Generated<'_>) -> Option<(Value, bool)> {
    let config = target.get_mut("DeadLetterConfig")?.as_object_mut()?;
    if let Some(queue) = config.get("Arn") {
        return Some((queue.clone(), false));
    }
    if config.get("Type")? != "SQS" {
        return None;
    }
    take(config, "Type");
    let own = match config.get("QueueLogicalId").cloned() {
        Some(Value::String(own)) => {
            take(config, "QueueLogicalId");
            own
        }
        _ => format!("{id}Queue"),
    };
    made.add(own.clone(), "AWS::SQS::Queue", json!({}));
    config.insert("Arn".to_owned(), arn(&own));
    Some((arn(&own), true))
}

/// Converts an event to the properties of a schedule.
fn schedule(target: &Target, id: &str, mut event: Map<String, Value>, made: &mut Generated<'_>) -> Value {
    let mut to = Map::new();
    move_keys(&mut event, &mut to, &["Input", "DeadLetterConfig", "RetryPolicy"]);
    let queue = dead_letters(id, &mut to, made).map(|(queue, _)| queue);
    let boundary = take(&mut event, "PermissionsBoundary");
    let role = match take(&mut event, "RoleArn") {
        Some(role) => {
            event.extend(boundary.map(|boundary| ("PermissionsBoundary".to_owned(), boundary)));
            role
        }
        None => starting_role(target, id, "scheduler.amazonaws.com", boundary, queue, made),
    };
    to.insert("Arn".to_owned(), target.arn.clone());
    to.insert("RoleArn".to_owned(), role);
    set(&mut event, "Target", Value::Object(to));
    if !event.contains_key("FlexibleTimeWindow") {
        set(&mut event, "FlexibleTimeWindow", json!({"Mode": "OFF"}));
    }
    if !event.contains_key("Name") && event.get("OmitName").is_none_or(|omit| omit != true) {
        set(&mut event, "Name", json!(id));
    }
    Value::Object(event)
}

/// Adds the role with which a service starts something, and sends to a queue what cannot be delivered; returns its ARN.
fn starting_role(
    target: &Target,
    id: &str,
    service: &str,
    boundary: Option<Value>,
    dead_letters: Option<Value>,
    made: &mut Generated<'_>,
) -> Value {
    let action = if target.is_state_machine { "states:StartExecution" } else { "lambda:InvokeFunction" };
    let name = match (target.is_state_machine, service) {
        (true, "scheduler.amazonaws.com") => "StartExecutionPolicy",
        (true, _) => "RoleStartExecutionPolicy",
        (false, _) => "LambdaPolicy",
    };
    let document = json!({"Statement": [{"Effect": "Allow", "Action": action, "Resource": target.arn}]});
    let mut properties = json!({
        "AssumeRolePolicyDocument": role::trust(service),
        "Policies": [{"PolicyName": format!("{id}{name}"), "PolicyDocument": document}],
    });
    if let (Some(queue), Some(policies)) = (dead_letters, properties["Policies"].as_array_mut()) {
        let document = json!({"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}]});
        policies.push(json!({"PolicyName": format!("{id}SQSPolicy"), "PolicyDocument": document}));
    }
    if let Some(boundary) = boundary {
        properties["PermissionsBoundary"] = boundary;
    }
    let role = format!("{id}Role");
    made.add(role.clone(), "AWS::IAM::Role", properties);
    arn(&role)
}

/// Adds a subscription to a topic, directly or through a queue. Returns whether the topic itself calls the function.
fn subscription(
    target: &Target,
    id: &str,
    mut event: Map<String, Value>,
    made: &mut Generated<'_>,
    granted: &mut Granted,
) -> bool {
    rename(&mut event, "Topic", "TopicArn");
    let topic = event.get("TopicArn").cloned().unwrap_or_default();
    let through = event.get("SqsSubscription").cloned().filter(|through| *through != false);
    let (queue, url, own_policy) = match &through {
        None => {
            set(&mut event, "Protocol", json!("lambda"));
            set(&mut event, "Endpoint", target.arn.clone());
            made.add(id.to_owned(), "AWS::SNS::Subscription", Value::Object(event));
            return true;
        }
        Some(given) if given.is_object() => (
            given.get("QueueArn").cloned().unwrap_or_default(),
            given.get("QueueUrl").cloned().unwrap_or_default(),
            given.get("QueuePolicyLogicalId").and_then(Value::as_str).map(str::to_owned),
        ),
        Some(_) => {
            let queue = format!("{id}Queue");
            made.add(queue.clone(), "AWS::SQS::Queue", json!({}));
            (arn(&queue), json!({"Ref": queue}), None)
        }
    };
    let statement = json!({
        "Effect": "Allow", "Action": "sqs:SendMessage", "Principal": "*", "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    });
    let policy = json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "Queues": [url]});
    made.add(own_policy.unwrap_or_else(|| format!("{id}QueuePolicy")), "AWS::SQS::QueuePolicy", policy);
    let size = through.as_ref().and_then(|through| through.get("BatchSize")).cloned().unwrap_or_else(|| json!(10));
    let mapping = json!({"EventSourceArn": queue, "FunctionName": target.name, "BatchSize": size, "Enabled": true});
    made.add(format!("{id}EventSourceMapping"), "AWS::Lambda::EventSourceMapping", mapping);
    granted.event("SQS", &Map::new());
    set(&mut event, "Protocol", json!("sqs"));
    set(&mut event, "Endpoint", queue);
    made.add(id.to_owned(), "AWS::SNS::Subscription", Value::Object(event));
    false
}

/// Returns the part of a logical id that SAM makes of a stage's name.
pub(super) fn of_stage(name: &Value) -> String {
    alphanumeric(name.as_str().unwrap_or_default())
}
