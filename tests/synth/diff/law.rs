//! One permission never hides another, whatever a template allows beside it.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::diff::grants::verdict;

/// The places of the law: type, property with the policy, property that names what it is attached to.
const PLACES: [(&str, &str, &str); 9] = [
    ("AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"),
    ("AWS::SNS::TopicPolicy", "PolicyDocument", "Topics"),
    ("AWS::S3::BucketPolicy", "PolicyDocument", "Bucket"),
    ("AWS::KMS::Key", "KeyPolicy", ""),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId"),
    ("AWS::ApiGateway::RestApi", "Policy", ""),
    ("AWS::EC2::VPCEndpoint", "PolicyDocument", ""),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument", ""),
];

/// A statement by choices: place, effect, principal, action, resource, condition, template condition.
type Choices = [u8; 7];

const PRINCIPALS: [(&str, &[&str]); 3] = [
    ("*", &["111122223333", "444455556666"]),
    ("111122223333", &["111122223333"]),
    ("444455556666", &["444455556666"]),
];
const ACTIONS: [(&str, &[&str]); 4] = [
    ("s:*", &["s:GetA", "s:GetB", "s:Put"]),
    ("s:Get*", &["s:GetA", "s:GetB"]),
    ("s:GetA", &["s:GetA"]),
    ("s:Put", &["s:Put"]),
];
const RESOURCES: [(&str, &[&str]); 3] = [("*", &["r/1", "r/2"]), ("r/1", &["r/1"]), ("r/*", &["r/1", "r/2"])];
const VALUES: [&[&str]; 4] = [&["a", "b", "c"], &["a"], &["b"], &["a", "b"]];
const TRUTHS: [&[bool]; 3] = [&[true, false], &[true], &[false]];

fn choice<T: Copy>(choices: Choices, at: usize, from: &[T]) -> T {
    from[usize::from(choices[at]) % from.len()]
}

fn denies(choices: Choices) -> bool {
    choices[1].is_multiple_of(3)
}

fn statement(choices: Choices) -> Value {
    let place = choice(choices, 0, &PLACES);
    let mut statement = json!({
        "Effect": if denies(choices) { "Deny" } else { "Allow" },
        "Action": choice(choices, 3, &ACTIONS).0, "Resource": choice(choices, 4, &RESOURCES).0,
    });
    if place.0 != "AWS::IAM::ManagedPolicy" {
        let who = choice(choices, 2, &PRINCIPALS).0;
        statement["Principal"] = if who == "*" { json!(who) } else { json!({"AWS": who}) };
    }
    let values = choice(choices, 5, &VALUES);
    if values.len() < 3 {
        statement["Condition"] = json!({"StringEquals": {"k": values}});
    }
    match choice(choices, 6, &TRUTHS) {
        [truth] => {
            let nothing = json!({"Ref": "AWS::NoValue"});
            let (yes, no) = if *truth { (statement, nothing) } else { (nothing, statement) };
            json!({"Fn::If": ["C", yes, no]})
        }
        _ => statement,
    }
}

/// Returns every request that a statement matches, in its place.
fn requests(choices: Choices) -> BTreeSet<(usize, bool, String)> {
    let place = usize::from(choices[0]) % PLACES.len();
    let everyone: &[&str] = &["self"];
    let who = if PLACES[place].0 == "AWS::IAM::ManagedPolicy" { everyone } else { choice(choices, 2, &PRINCIPALS).1 };
    let mut found = BTreeSet::new();
    for who in who {
        for action in choice(choices, 3, &ACTIONS).1 {
            for resource in choice(choices, 4, &RESOURCES).1 {
                for value in choice(choices, 5, &VALUES) {
                    for truth in choice(choices, 6, &TRUTHS) {
                        found.insert((place, denies(choices), format!("{who} {action} {resource} {value} {truth}")));
                    }
                }
            }
        }
    }
    found
}

fn policies(statements: &[Choices]) -> Value {
    let resource = |(n, (resource_type, key, on)): (usize, &(&str, &str, &str))| {
        let own: Vec<Value> = statements
            .iter()
            .filter(|choices| usize::from(choices[0]) % PLACES.len() == n)
            .copied()
            .map(statement)
            .collect();
        let mut properties = json!({ *key: {"Version": "2012-10-17", "Statement": own} });
        if !on.is_empty() {
            let target = format!("target{n}");
            properties[*on] = if on.ends_with('s') { json!([target]) } else { json!(target) };
        }
        (format!("P{n}"), json!({"Type": resource_type, "Properties": properties}))
    };
    let resources: Map<String, Value> = PLACES.iter().enumerate().map(resource).collect();
    json!({
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        "Resources": resources,
    })
}

proptest! {
    /// Whatever else a template allows, in this place or elsewhere: an allowed request more is wider, and so is a denied one
    /// less.
    #[test]
    fn one_permission_never_hides_another(statements in vec(any::<Choices>(), 0..12), one: Choices) {
        let with: Vec<Choices> = statements.iter().copied().chain([one]).collect();
        let others: BTreeSet<_> = statements.iter().copied().flat_map(requests).collect();
        let is_new = !requests(one).is_subset(&others);
        let (widened, narrowed) = verdict("law", &policies(&statements), &policies(&with));
        if is_new {
            let reported = if denies(one) { narrowed } else { widened };
            prop_assert!(reported);
        }
        let other_way = if denies(one) { widened } else { narrowed };
        prop_assert!(!other_way, "a statement more goes one way only");
    }

    /// A copy elsewhere is a permission of its own.
    #[test]
    fn copies_hide_nothing(one: Choices, place: u8) {
        let copy = [place, one[1], one[2], one[3], one[4], one[5], one[6]];
        if usize::from(place) % PLACES.len() != usize::from(one[0]) % PLACES.len() {
            let (widened, narrowed) = verdict("copy", &policies(&[one]), &policies(&[one, copy]));
            let reported = if denies(one) { narrowed } else { widened };
            prop_assert!(reported);
        }
    }
}
