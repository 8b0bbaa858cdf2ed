//! The laws of what CloudFormation refuses.

use serde_json::{Value, json};

use crate::compare::{Side, diff};
use crate::template::schema_facts;

fn failures(old: &Value, new: &Value) -> Vec<(String, bool)> {
    let side = |template: &Value| Side { template: template.clone(), ..Side::default() };
    let report = diff(&side(old), &side(new));
    report.failures.into_iter().map(|hazard| (format!("{}: {}", hazard.id, hazard.text), hazard.uncertain)).collect()
}

fn topics(links: &[(&str, Value)]) -> Value {
    let mut resources = serde_json::Map::new();
    for (id, more) in links {
        let mut topic = json!({"Type": "AWS::SNS::Topic", "Properties": {}});
        topic.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        resources.insert((*id).to_owned(), topic);
    }
    json!({"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}}, "Resources": resources})
}

#[expect(clippy::needless_pass_by_value, reason = "literals in tests")]
fn on(value: Value) -> Value {
    json!({"Properties": {"DisplayName": value}})
}

/// Every way in which one resource depends on another closes a circle, and a chain closes none.
#[test]
fn resources_that_depend_on_each_other_fail() {
    let chain = topics(&[("A", on(json!({"Ref": "B"}))), ("B", on(json!({"Ref": "D"}))), ("D", json!({}))]);
    for (back, certain) in [
        (json!({"DependsOn": "A"}), true),
        (json!({"DependsOn": ["A"]}), true),
        (on(json!({"Ref": "A"})), true),
        (on(json!({"Fn::GetAtt": ["A", "TopicName"]})), true),
        (on(json!({"Fn::Sub": "x${A}"})), true),
        (on(json!({"Fn::Join": ["", ["x", {"Fn::Select": [0, [{"Ref": "A"}]]}]]})), true),
        (on(json!({"Fn::If": ["C", {"Ref": "A"}, "x"]})), false),
        (json!({"DependsOn": "A", "Condition": "C"}), false),
    ] {
        let circle = topics(&[("A", on(json!({"Ref": "B"}))), ("B", on(json!({"Ref": "D"}))), ("D", back.clone())]);
        let found = failures(&chain, &circle);
        let text = "A: `A` and `B`, `D` depend on each other in a circle: CloudFormation rejects the template (circular \
                    dependency between resources)";
        assert_eq!(found, [(text.to_owned(), !certain)], "{back}");
        assert_eq!(failures(&circle, &circle), [], "{back}");
        assert_eq!(failures(&circle, &chain), [], "{back}");
    }
    assert_eq!(failures(&json!({"Resources": {}}), &chain), []);
    let itself = topics(&[("A", on(json!({"Fn::GetAtt": ["A", "TopicName"]})))]);
    assert!(matches!(failures(&chain, &itself).as_slice(), [(text, false)] if text.contains("depends on itself")));
    let two = topics(&[
        ("A", json!({"DependsOn": "B"})),
        ("B", json!({"DependsOn": "A"})),
        ("D", json!({"DependsOn": ["A", "E"]})),
        ("E", json!({"DependsOn": "D"})),
    ]);
    assert_eq!(failures(&chain, &two).len(), 2, "each circle once");
}

/// Whatever a template refers to must be there.
#[test]
fn what_is_not_defined_fails() {
    let template = |topic: Value, more: Value| {
        let mut template = topics(&[("A", topic), ("B", json!({}))]);
        template["Parameters"] = json!({"P": {"Type": "String"}});
        template["Mappings"] = json!({"M": {"a": {"b": "c"}}});
        template.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        template
    };
    let good = template(json!({}), json!({}));
    let output = |value: Value| json!({"Outputs": {"O": value}});
    for (topic, more, missing) in [
        (on(json!({"Ref": "X"})), json!({}), Some("X")),
        (on(json!({"Fn::Sub": "${X}-${B}"})), json!({}), Some("X")),
        (on(json!({"Fn::Sub": "${X.Arn}"})), json!({}), Some("X")),
        (on(json!({"Fn::GetAtt": ["X", "Arn"]})), json!({}), Some("X")),
        (on(json!({"Fn::GetAtt": ["P", "Arn"]})), json!({}), Some("P")),
        (json!({"DependsOn": ["B", "X"]}), json!({}), Some("X")),
        (json!({"DependsOn": "P"}), json!({}), Some("P")),
        (json!({"Condition": "X"}), json!({}), Some("X")),
        (on(json!({"Fn::If": ["X", "a", "b"]})), json!({}), Some("X")),
        (on(json!({"Fn::FindInMap": ["X", "a", "b"]})), json!({}), Some("X")),
        (json!({"Metadata": {"a": {"Ref": "X"}}}), json!({}), Some("X")),
        (json!({}), output(json!({"Value": {"Ref": "X"}})), Some("X")),
        (json!({}), output(json!({"Value": "a", "Condition": "X"})), Some("X")),
        (json!({}), json!({"Conditions": {"C": {"Fn::Equals": [{"Ref": "B"}, "a"]}}}), Some("B")),
        (json!({}), json!({"Conditions": {"C": {"Fn::Not": [{"Condition": "X"}]}}}), Some("X")),
        (on(json!({"Fn::Sub": "${P}${AWS::Region}${!X}${B.TopicName}"})), json!({}), None),
        (on(json!({"Fn::FindInMap": ["X", "a", "b", {"DefaultValue": "c"}]})), json!({}), None),
        (on(json!("{\"Ref\": \"X\"}")), json!({}), None),
        (on(json!({"Ref": "X"})), json!({"Transform": "Mine"}), None),
        (
            on(json!({"Ref": "MineX"})),
            json!({"Resources": {"Mine": {"Type": "My::Own::Thing::MODULE"},
            "A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "MineX"}}}}}),
            None,
        ),
        (on(json!({"Ref": "B.Version"})), json!({"Transform": "AWS::Serverless-2016-10-31"}), None),
        (on(json!({"Ref": "X"})), json!({"Transform": "AWS::Serverless-2016-10-31"}), Some("X")),
    ] {
        let bad = template(topic.clone(), more.clone());
        let found = failures(&good, &bad);
        let wanted = missing.map(|name| format!("it refers to `{name}`, and the template has no such "));
        assert_eq!(found.len(), usize::from(wanted.is_some()), "{topic} {more}: {found:?}");
        assert!(wanted.is_none_or(|wanted| found[0].0.contains(&wanted) && !found[0].1), "{found:?}");
        assert_eq!(failures(&bad, &bad), [], "{topic} {more}");
    }
}

/// What is replaced and keeps its name has one verdict.
#[test]
fn a_table_with_other_keys_is_replaced() {
    let table = |key: &str, name: Option<&str>| {
        let keys = json!([{"AttributeName": key, "KeyType": "HASH"}]);
        let mut table = json!({"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": keys}});
        if let Some(name) = name {
            table["Properties"]["TableName"] = json!(name);
        }
        json!({"Resources": {"T": table}})
    };
    let side = |template: Value| Side { template, ..Side::default() };
    for (name, fails) in [(Some("orders"), 1), (None, 0)] {
        let report = diff(&side(table("a", name)), &side(table("b", name)));
        assert_eq!((report.summary.replaced, report.failures.len()), (1, fails), "{name:?}");
    }
}

/// IAM fills in its variables itself, wherever a property is a policy.
#[test]
fn a_variable_of_iam_is_not_a_reference() {
    let mut policies = 0;
    for (kind, facts) in schema_facts() {
        for (pointer, _) in facts.into_iter().filter(|(pointer, is_policy)| *is_policy && !pointer.contains('*')) {
            policies += 1;
            for variable in
                ["${aws:username}", "${redshift:DbUser}", "${aws:PrincipalTag/team, 'none'}", "${*}", "${self:x.y}"]
            {
                let words = json!([format!("arn:aws:s3:::a/{variable}/*"), {"Fn::Sub": "${AWS::Region}"}]);
                let statement = json!({"Effect": "Allow", "Principal": {"AWS": words}, "Action": ["s3:Get*"],
                    "Resource": words, "Condition": {"StringLike": {"s3:prefix": words}}});
                let but = json!({"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*"], "NotResource": words});
                let document = json!({"Version": "2012-10-17", "Statement": [statement, but]});
                let mut properties = json!({});
                *properties_at(&mut properties, &pointer) = document;
                let new = json!({"Resources": {"P": {"Type": kind, "Properties": properties}}});
                let refers = |found: &(String, bool)| found.0.contains("refers");
                let found = failures(&json!({"Resources": {}}), &new);
                assert!(!found.iter().any(refers), "{kind} {pointer} {variable}: {found:?}");
            }
        }
    }
    assert!(policies > 50, "{policies}");
}

fn properties_at<'a>(properties: &'a mut Value, pointer: &str) -> &'a mut Value {
    pointer.split('/').skip(1).fold(properties, |place, step| &mut place[step])
}
