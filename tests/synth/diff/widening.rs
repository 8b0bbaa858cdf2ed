//! What a change of the template's own text allows in addition, wherever it is written.

use serde_json::{Map, Value, json};

use crate::diff::cases::compared;

fn role(policies: &str, value: &Value) -> Value {
    json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}, policies: value}})
}

/// Compares two templates with these resources, each way: what is wider one way is narrower the other way.
fn widens(old: &Value, new: &Value) -> bool {
    let template = |resources: &Value| json!({"Conditions": {"C": {"Fn::Equals": ["a", "b"]}}, "Resources": resources});
    let (there, back) = (compared(&template(old), &template(new)), compared(&template(new), &template(old)));
    let words = format!("{:?}\n{:?}", there.permissions, back.permissions);
    assert_eq!(
        (there.summary.widened, there.summary.narrowed),
        (back.summary.narrowed, back.summary.widened),
        "{words}"
    );
    there.summary.widened && !there.summary.narrowed
}

/// A permission that depended on a condition and does not any longer is wider, in every place that can have one.
#[test]
fn a_lost_condition_widens() {
    let only_if = |value: &Value| json!({"Fn::If": ["C", value, {"Ref": "AWS::NoValue"}]});
    let sam = json!({"SQSPollerPolicy": {"QueueName": "q"}});
    let document =
        json!({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}]});
    let inline = json!({"PolicyName": "p", "PolicyDocument": document});
    let policy = json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}});
    let of = |role: Value| json!({"Role": role, "Policy": policy});
    let if_c = |mut role: Value| {
        role["Condition"] = "C".into();
        role
    };
    for (key, value) in [("Policies", sam), ("Policies", inline), ("ManagedPolicyArns", json!({"Ref": "Policy"}))] {
        let free = of(role(key, &json!([value])));
        assert!(widens(&of(role(key, &json!([only_if(&value)]))), &free), "{key}: {value} under Fn::If");
        assert!(widens(&of(if_c(role(key, &json!([value])))), &free), "{key}: {value} of a role under a condition");
    }
}

/// Each of a permission's sources limits who may call a function: without it, more may.
#[test]
fn a_lost_source_widens() {
    let permission = |more: &[(&str, &str)]| {
        let mut properties =
            json!({"Action": "lambda:InvokeFunction", "FunctionName": "f", "Principal": "s3.amazonaws.com"});
        let keys = more.iter().map(|(key, value)| ((*key).to_owned(), json!(value)));
        properties.as_object_mut().unwrap().extend(keys.collect::<Map<_, _>>());
        json!({"P": {"Type": "AWS::Lambda::Permission", "Properties": properties}})
    };
    let sources = [
        ("SourceArn", "arn:aws:s3:::b", "aws:SourceArn"),
        ("SourceAccount", "123456789012", "aws:SourceAccount"),
        ("EventSourceToken", "token", "lambda:EventSourceToken"),
        ("PrincipalOrgID", "o-1", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "AWS_IAM", "lambda:FunctionUrlAuthType"),
    ];
    let all: Vec<(&str, &str)> = sources.iter().map(|(key, value, _)| (*key, *value)).collect();
    for (key, _, condition) in sources {
        let others: Vec<(&str, &str)> = all.iter().copied().filter(|(other, _)| *other != key).collect();
        assert!(widens(&permission(&all), &permission(&others)), "{key} of all");
        assert!(widens(&permission(&[(key, "x")]), &permission(&[])), "{key} alone");
        let template = |resources: Value| json!({"Resources": resources});
        let report = compared(&template(permission(&[(key, "x")])), &template(permission(&[])));
        let shown = review::write::text(&report);
        assert!(shown.contains(condition), "{key} is `{condition}` in a policy: {shown}");
    }
}

/// Among equal resources, each is renamed to the one whose name is most like its own.
#[test]
fn equal_resources_are_renamed_by_their_names() {
    for names in [
        [("InQueue", "InboxQueue"), ("OutQueue", "OutboxQueue")],
        [("InQueue", "TheInQueue"), ("OutQueue", "AnOutQueue")],
        [("QueueIn", "QueueInbox"), ("QueueOut", "QueueAtOut")],
        [("OneQueue", "ZoneQueue"), ("TwoQueue", "ATwoQueue")],
    ] {
        let queues = |names: [&str; 2]| {
            let queue =
                |name: &str| (name.to_owned(), json!({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}}));
            json!({"Resources": names.map(queue).into_iter().collect::<Map<_, _>>()})
        };
        let report = compared(&queues(names.map(|(old, _)| old)), &queues(names.map(|(_, new)| new)));
        let mut found: Vec<(&str, &str)> = report
            .resources
            .iter()
            .map(|resource| (resource.old_id.as_deref().unwrap(), resource.id.as_str()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, names);
    }
}
