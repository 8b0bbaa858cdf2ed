//! A setting counts the same wherever it is used: replaced resources, protection, exposure and permissions agree.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::compare::report::{AccessChange, ResourceEffect};
use crate::compare::{Side, diff};
use crate::template::normal::plain;
use crate::template::stack::Stack;

use super::{Scope, Seen, at};

/// What a section of the report says of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Nothing,
    Perhaps,
    Certainly,
}

use Verdict::{Certainly, Nothing, Perhaps};

/// Values of a property of each section, and weaker ones.
const VALUES: [(&str, &str, &str); 4] = [
    ("name", "one", "two"),
    ("protection", "true", "false"),
    ("acl", "Private", "PublicRead"),
    ("who", "arn:aws:iam::111122223333:root", "*"),
];

/// A side: more sections for each value, and the expression with the value. Arguments: key, value, the other value.
type Write = fn(&str, &str, &str) -> (Value, Value);

fn template(write: Write, is_weak: bool) -> Value {
    let mut sections = Map::new();
    let mut written = BTreeMap::new();
    for (key, strong, weak) in VALUES {
        let (value, other) = if is_weak { (weak, strong) } else { (strong, weak) };
        let (more, value) = write(key, value, other);
        merge(&mut sections, &more);
        written.insert(key, value);
    }
    let who = json!({"Statement": {
        "Effect": "Allow", "Principal": {"AWS": written["who"]}, "Action": "sns:Publish", "Resource": "*",
    }});
    sections.insert(
        "Resources".to_owned(),
        json!({
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": written["name"]}},
            "Table": {
                "Type": "AWS::DynamoDB::Table", "Properties": {"DeletionProtectionEnabled": written["protection"]},
            },
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": written["acl"]}},
            "Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": ["t"], "PolicyDocument": who}},
        }),
    );
    Value::Object(sections)
}

fn merge(into: &mut Map<String, Value>, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        match (into.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(_)) => merge(known, value),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

/// Returns what each section says.
fn verdicts(old: Value, new: Value) -> [Verdict; 4] {
    let side = |template| Side { template, ..Side::default() };
    let report = diff(&side(old), &side(new));
    let of = |found: Vec<bool>| match found.as_slice() {
        [] => Nothing,
        found if found.contains(&true) => Certainly,
        _ => Perhaps,
    };
    let replaced =
        report.resources.iter().filter(|change| change.id == "Queue").filter_map(|change| match change.effect {
            ResourceEffect::Replaced => Some(true),
            ResourceEffect::MayBeReplaced => Some(false),
            _ => None,
        });
    let widened = report.permissions.iter().filter(|change| change.direction == AccessChange::Widened);
    let widened = widened.filter(|change| change.at == "Policy");
    [
        of(replaced.collect()),
        of(report.protections.iter().filter(|hazard| hazard.id == "Table").map(|hazard| !hazard.uncertain).collect()),
        of(report.exposures.iter().filter(|hazard| hazard.id == "Bucket").map(|hazard| !hazard.uncertain).collect()),
        of(widened.map(|change| change.uncertain.is_none() && change.only_if.is_empty()).collect()),
    ]
}

fn literal(_: &str, value: &str, _: &str) -> (Value, Value) {
    (json!({}), json!(value))
}

fn parameter(kind: &str, key: &str, value: &str) -> (Value, Value) {
    (json!({"Parameters": {key: {"Type": kind, "Default": value}}}), json!({"Ref": key}))
}

fn choice(name: &str, condition: &Value, yes: &str, no: &str) -> (Value, Value) {
    (json!({"Conditions": {name: condition}}), json!({"Fn::If": [name, yes, no]}))
}

fn lookup(key: &str, entries: &Value, by: &Value) -> (Value, Value) {
    (json!({"Mappings": {"M": entries}}), json!({"Fn::FindInMap": ["M", by, key]}))
}

fn region(name: &str) -> Value {
    json!({"Fn::Equals": [{"Ref": "AWS::Region"}, name]})
}

/// A choice by a condition inside of another one.
fn inside(inner: &str, outer: &str, yes: &str, no: &str) -> (Value, Value) {
    let conditions = json!({inner: region("a"), outer: {"Fn::Not": [{"Condition": inner}]}});
    (json!({ "Conditions": conditions }), json!({"Fn::If": [outer, yes, no]}))
}

/// A choice by what the entries of a mapping say of the Region.
fn behind(entries: &Value, yes: &str, no: &str) -> (Value, Value) {
    let entry = json!({"Fn::FindInMap": ["Of", {"Ref": "AWS::Region"}, "on"]});
    let (mut more, value) = choice("C", &json!({"Fn::Equals": [entry, "x"]}), yes, no);
    more["Mappings"] = json!({ "Of": entries });
    (more, value)
}

#[test]
fn every_section_reads_a_setting_the_same_way() {
    let cases: &[(&str, Write, Write, Verdict)] = &[
        ("another literal", literal, literal, Certainly),
        ("another default", |k, v, _| parameter("String", k, v), |k, v, _| parameter("String", k, v), Perhaps),
        ("a new parameter with another default", literal, |k, v, _| parameter("String", k, v), Certainly),
        (
            "another parameter of Systems Manager",
            |k, v, _| parameter("AWS::SSM::Parameter::Value<String>", k, v),
            |k, v, _| parameter("AWS::SSM::Parameter::Value<String>", k, v),
            Perhaps,
        ),
        (
            "another entry under literal keys",
            |k, v, _| lookup(k, &json!({"a": {k: v}}), &json!("a")),
            |k, v, _| lookup(k, &json!({"a": {k: v}}), &json!("a")),
            Certainly,
        ),
        (
            "another entry under a key of the deployment",
            |k, v, _| lookup(k, &json!({"a": {k: v}}), &json!({"Ref": "AWS::Region"})),
            |k, v, _| lookup(k, &json!({"a": {k: v}}), &json!({"Ref": "AWS::Region"})),
            Perhaps,
        ),
        (
            "an entry that is only added",
            |k, v, other| lookup(k, &json!({"a": {k: v}, "b": {k: other}}), &json!({"Ref": "AWS::Region"})),
            |k, v, other| {
                lookup(k, &json!({"a": {k: other}, "b": {k: v}, "c": {k: v}}), &json!({"Ref": "AWS::Region"}))
            },
            Nothing,
        ),
        (
            "a literal that became the same entry",
            |_, v, _| (json!({}), json!(v)),
            |k, _, other| lookup(k, &json!({"a": {k: other}}), &json!("a")),
            Nothing,
        ),
        (
            "another value under a condition",
            |_, v, _| choice("C", &region("a"), v, v),
            |_, v, other| choice("C", &region("a"), v, other),
            Perhaps,
        ),
        (
            "a condition with another definition",
            |_, v, other| choice("C", &region("a"), v, other),
            |_, v, other| choice("C", &region("b"), other, v),
            Perhaps,
        ),
        (
            "a condition with another name",
            |_, v, other| choice("C", &region("a"), v, other),
            |_, v, other| choice("D", &region("a"), other, v),
            Nothing,
        ),
        (
            "a condition behind another one with another name",
            |_, v, other| inside("A", "C", v, other),
            |_, v, other| inside("B", "D", other, v),
            Nothing,
        ),
        (
            "a condition that literals decide",
            literal,
            |_, v, other| choice("C", &json!({"Fn::Equals": ["x", "x"]}), other, v),
            Nothing,
        ),
        (
            "a condition behind a changed entry",
            |_, v, other| behind(&json!({"a": {"on": "x"}}), v, other),
            |_, v, other| behind(&json!({"a": {"on": "y"}}), other, v),
            Perhaps,
        ),
        (
            "a condition behind an added entry",
            |_, v, other| behind(&json!({"a": {"on": "x"}}), v, other),
            |_, v, other| behind(&json!({"a": {"on": "x"}, "b": {"on": "y"}}), other, v),
            Nothing,
        ),
    ];
    let mut wrong = Vec::new();
    for (what, old, new, want) in cases {
        let found = verdicts(template(*old, false), template(*new, true));
        if found != [*want; 4] {
            wrong.push(format!("{what}: {found:?} instead of {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A definition that doubles with each condition is read once.
#[test]
fn conditions_of_conditions_take_no_time() {
    let mut conditions = Map::from_iter([("C0".to_owned(), region("a"))]);
    for n in 1..60 {
        let inner = json!({"Condition": format!("C{}", n - 1)});
        conditions.insert(format!("C{n}"), json!({"Fn::And": [inner, inner]}));
    }
    let with = |truth: &str, other: &str| {
        let bucket = json!({"AccessControl": {"Fn::If": ["C59", truth, other]}});
        json!({
            "Conditions": conditions,
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket}},
        })
    };
    assert_eq!(verdicts(with("Private", "Private"), with("Private", "PublicRead"))[2], Perhaps);
}

/// So many alternatives are all known, and one more are not: then the value is what only the deployment shows.
#[test]
fn alternatives_are_followed_up_to_a_bound() {
    let words = |number: usize| (0..number).map(|n| format!("w{n}")).collect::<Vec<_>>();
    let parameter = |allowed: usize| json!({"Type": "String", "AllowedValues": words(allowed)});
    let mapping = |number: usize| -> Value {
        words(number).into_iter().map(|word| (word, json!({"k": "v"}))).collect::<Map<_, _>>().into()
    };
    // A text of parameters with two values each has a power of two.
    let text = |parameters: usize| {
        let own = words(parameters);
        let parts = format!("${{{}}}", own.join("}${"));
        let parameters = own.into_iter().map(|word| (word, parameter(2))).collect::<Map<_, _>>();
        (json!({"Parameters": parameters, "Resources": {}}), json!({"Fn::Sub": parts}))
    };
    let allowed =
        |number: usize| (json!({"Parameters": {"P": parameter(number)}, "Resources": {}}), json!({"Ref": "P"}));
    let lookup = |number: usize| {
        let of = json!({"Parameters": {"P": {"Type": "String"}}, "Mappings": {"M": mapping(number)}, "Resources": {}});
        (of, json!({"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]}))
    };
    for ((template, value), want) in
        [(text(6), 64), (text(7), 0), (allowed(64), 64), (allowed(65), 0), (lookup(64), 64), (lookup(65), 0)]
    {
        let stack = Stack::from_template(&template).unwrap();
        let [scope, _] = Scope::both(&stack, &stack);
        let found = at(scope, Some(&plain(&value)), &[]);
        let known = found.iter().filter(|found| matches!(found.seen, Seen::Value(_))).count();
        assert_eq!(known, want, "{value}");
        assert_eq!(found.len(), want.max(1), "{value}");
    }
}
