//! The laws of permissions.

use serde_json::{Value, json};

use crate::compare::{Report, Side, diff};

fn report(old: &Value, new: &Value) -> Report {
    let side = |template: &Value| Side { template: template.clone(), ..Side::default() };
    diff(&side(old), &side(new))
}

/// Wraps a value in a condition that is true wherever the value counts.
fn under(condition: &str, value: &Value) -> Value {
    json!({"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]})
}

/// A value, and a resource with a value in its place.
type Place = (Value, fn(&Value) -> Value);

fn places() -> Vec<Place> {
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a"});
    let inline = json!({"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}});
    vec![
        (inline, |value| json!({"Type": "AWS::IAM::Role", "Properties": {"Policies": [value]}})),
        (
            json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            |value| json!({"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [value]}}),
        ),
        (
            json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            |value| json!({"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": value}}),
        ),
        (
            statement,
            |value| json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [value]}}}),
        ),
        (json!("arn:aws:s3:::a"), |value| {
            let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": [value]});
            json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": statement}}})
        }),
        (json!("s3:GetObject"), |value| {
            let statement = json!({"Effect": "Allow", "Action": [value], "Resource": "arn:aws:s3:::a"});
            json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": statement}}})
        }),
        (json!("arn:aws:iam::111122223333:user/a"), |value| {
            let statement =
                json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Principal": {"AWS": [value]}});
            let document = json!({"Statement": statement});
            json!({"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["q"], "PolicyDocument": document}})
        }),
        (json!("arn:aws:iam::111122223333:user/a"), |value| {
            let who = under("C", &json!({"AWS": [value]}));
            let statement = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Principal": who});
            let document = json!({"Statement": statement});
            json!({"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["q"], "PolicyDocument": document}})
        }),
        (json!({"Service": "lambda.amazonaws.com"}), |value| {
            let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": value});
            let document = json!({"Statement": statement});
            json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}})
        }),
        (json!("group"), |value| json!({"Type": "AWS::IAM::User", "Properties": {"Groups": [value]}})),
        (
            json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            |value| json!({"Type": "AWS::SSO::PermissionSet", "Properties": {"ManagedPolicies": [value]}}),
        ),
    ]
}

/// What is under a condition twice, and what has the condition of its resource, is as if it were under it once.
#[test]
fn a_condition_in_itself_changes_no_permission() {
    let empty = json!({"Resources": {}});
    for (value, resource) in places() {
        let stack = |value: &Value, condition: bool| {
            let mut own = resource(value);
            if condition {
                own["Condition"] = json!("C");
            }
            let conditions = json!({"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}});
            json!({"Conditions": conditions, "Resources": {"R": own}})
        };
        let plain = stack(&value, true);
        let once = under("C", &value);
        for other in [stack(&once, true), stack(&under("C", &once), true), stack(&under("C", &once), false)] {
            let found = report(&plain, &other);
            assert_eq!(found.permissions, [], "{other}");
            assert!(!found.summary.widened && !found.summary.narrowed, "{other}");
            assert_eq!(report(&empty, &other).permissions, report(&empty, &plain).permissions, "{other}");
        }
        let found = report(&empty, &plain).permissions;
        assert!(found.iter().all(|found| found.only_if == ["C"]), "{plain}");
        // A boundary of a role that has nothing limits nothing.
        assert_eq!(found.is_empty(), plain.to_string().contains("PermissionsBoundary"), "{plain}");
    }
}
