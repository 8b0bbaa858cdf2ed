//! What multiplies is refused before it is made.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::template::stack::Stack;

fn excess(resources: &Value) -> Option<Excess> {
    Stack::from_template(&json!({ "Resources": resources })).err()
}

fn properties(value: &Value) -> Value {
    json!({"A": {"Type": "AWS::SQS::Queue", "Properties": value}})
}

/// Wraps a value so many times.
fn nested(levels: usize, value: Value, wrap: impl Fn(&Value) -> Value) -> Value {
    (0..levels).fold(value, |value, _| wrap(&value))
}

#[test]
fn what_multiplies_is_refused() {
    let doubled = |value: &Value| json!({"Fn::Sub": ["${x}${x}", {"x": value}]});
    let json_in_json = |value: &Value| json!(json!([value, value]).to_string());
    let many = |most: usize| (0..most).map(|n| format!("w{n}")).collect::<Vec<_>>();
    let statement = json!({"Effect": "Allow", "Action": many(60), "Resource": many(60)});
    let lists = |levels: usize| nested(levels, json!(1), |value| json!([value]));
    let guarded = |value: &Value| json!({"Fn::If": ["c".repeat(10_000), value, 1]});
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for (what, value, want) in [
        ("texts that double", nested(30, json!("y"), doubled), Some(Excess::Values)),
        ("long texts that double", nested(8, json!("y".repeat(99_999)), doubled), Some(Excess::Bytes)),
        ("texts that double a few times", nested(5, json!("y"), doubled), None),
        ("JSON in JSON", nested(12, json!("y"), json_in_json), Some(Excess::Bytes)),
        ("JSON in JSON a few times", nested(4, json!("y"), json_in_json), None),
        ("lists in JSON", json!(format!("[{}1]", "1,".repeat(400_000))), Some(Excess::Values)),
        ("lists in lists", lists(130), Some(Excess::Levels)),
        (
            "lists in JSON in lists",
            nested(20, json!(lists(110).to_string()), |value| json!([value])),
            Some(Excess::Levels),
        ),
        ("fewer lists in lists", lists(100), None),
        ("statements", json!(vec![json!({"Statement": vec![statement.clone(); 10]}); 4]), Some(Excess::Permissions)),
        ("fewer statements", json!({"Statement": vec![statement; 10]}), None),
        ("conditions", nested(40, json!(vec![1; 1_000]), guarded), Some(Excess::Bytes)),
        ("references", json!({"Fn::Sub": "${A}".repeat(400_000)}), Some(Excess::Values)),
    ] {
        found.push((what, excess(&properties(&value))));
        wanted.push((what, want));
    }
    assert_eq!(found, wanted);
    let queues = |most: usize| -> Value {
        (0..most).map(|n| (format!("Q{n}"), json!({"Type": "AWS::SQS::Queue"}))).collect::<Map<_, _>>().into()
    };
    assert_eq!(excess(&queues(MOST_RESOURCES)), None);
    assert_eq!(excess(&queues(MOST_RESOURCES + 1)), Some(Excess::Resources));
}

/// A default or a mapping counts at each place that uses it, a mapping whole where only the deployment knows the keys.
#[test]
fn what_a_name_stands_for_is_counted_where_it_is_used() {
    let names = json!({
        "Parameters": {"P": {"Type": "String", "Default": "y".repeat(4_000)}, "L": {"Type": "CommaDelimitedList", "Default": "y,".repeat(2_000)}},
        "Mappings": {"M": {"a": (0..500).map(|n| (format!("k{n}"), json!("y"))).collect::<Map<_, _>>()}},
    });
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    for (what, value, most, want) in [
        ("default", json!({"Ref": "P"}), 1_000, None),
        ("default", json!({"Ref": "P"}), 3_000, Some(Excess::Bytes)),
        ("default in a text", json!({"Fn::Sub": "a${P}"}), 3_000, Some(Excess::Bytes)),
        ("list", json!({"Ref": "L"}), 200, Some(Excess::Values)),
        ("entry", json!({"Fn::FindInMap": ["M", "a", "k1"]}), 3_000, None),
        ("open lookup", json!({"Fn::FindInMap": ["M", "a", {"Ref": "P"}]}), 300, None),
        ("open lookup", json!({"Fn::FindInMap": ["M", "a", {"Ref": "AWS::Region"}]}), 3_000, Some(Excess::Values)),
        ("lookup in any mapping", json!({"Fn::FindInMap": [{"Ref": "X"}, "a", "b"]}), 3_000, Some(Excess::Values)),
        (
            "default of a lookup",
            json!({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": vec!["x"; 600]}]}),
            1,
            Some(Excess::Values),
        ),
    ] {
        let mut template = names.clone();
        template["Resources"] = properties(&json!(vec![value; most]));
        found.push((what, most, Stack::from_template(&template).err()));
        wanted.push((what, most, want));
    }
    assert_eq!(found, wanted);
}

/// What SAM generates counts too, before it is there.
#[test]
fn generated_resources_are_counted() {
    let events = |most: usize, passed_on: &Value| {
        let events: Map<_, _> = (0..most)
            .map(|n| (format!("E{n}"), json!({"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}})))
            .collect();
        excess(
            &json!({"F": {"Type": "AWS::Serverless::Function", "DeletionPolicy": passed_on, "Properties": {"Events": events}}}),
        )
    };
    assert_eq!(events(1_000, &json!("Retain")), None);
    assert_eq!(events(20_000, &json!("Retain")), Some(Excess::Resources));
    assert_eq!(events(1_000, &json!(vec!["x"; 1_000])), Some(Excess::Values));
    let connectors = |destinations: usize, arn: &Value| {
        let to = json!({"Type": "AWS::DynamoDB::Table", "Arn": arn});
        let properties = json!({"Source": {"Type": "AWS::Lambda::Function", "RoleName": "r"}, "Destination": vec![to; destinations], "Permissions": ["Read"]});
        excess(&json!({"C": {"Type": "AWS::Serverless::Connector", "Properties": properties}}))
    };
    assert_eq!(connectors(100, &json!("arn")), None);
    assert_eq!(connectors(9_000, &json!("arn")), Some(Excess::Resources));
    assert_eq!(connectors(40, &json!(vec!["arn"; 4_000])), Some(Excess::Values));
}

#[test]
fn globals_are_counted_for_each_function() {
    let functions = |most: usize| -> Value {
        (0..most).map(|n| (format!("F{n}"), json!({"Type": "AWS::Serverless::Function"}))).collect::<Map<_, _>>().into()
    };
    let globals = json!({"Function": {"Layers": (0..500).collect::<Vec<_>>()}});
    let template = |most| json!({"Globals": globals, "Resources": functions(most)});
    assert_eq!(Stack::from_template(&template(100)).err(), None);
    assert_eq!(Stack::from_template(&template(1_000)).err(), Some(Excess::Values));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever nests in whatever, reading ends, and what is within the bounds stays as small as they say.
    #[test]
    fn nests_end(kinds in prop::collection::vec((0..7_usize, 1..40_usize), 1..60)) {
        let wrapped = |value: &Value, at: usize, kind: usize, copies: usize| match kind {
            0 => json!(vec![value; copies.min(4)]),
            1 => json!({"Fn::Sub": ["${x}".repeat(copies), {"x": value}]}),
            2 => json!({"Fn::If": [format!("C{at}"), value, "x"]}),
            3 => json!(json!({"k": value}).to_string()),
            4 => json!({"Fn::Join": ["-", vec![value; copies.min(3)]]}),
            5 => json!({"Effect": "Allow", "Action": vec!["a"; copies], "Resource": vec!["b"; copies], "Condition": value}),
            _ => json!({"Statement": [value]}),
        };
        let mut value = json!("x");
        for (at, (kind, copies)) in kinds.into_iter().enumerate() {
            if value.to_string().len() < 2_000 {
                value = wrapped(&value, at, kind, copies);
            }
        }
        if let Ok(stack) = Stack::from_template(&json!({"Resources": properties(&value)})) {
            let size: usize = stack.resources.values().flat_map(|resource| resource.attributes.values()).map(crate::template::node::Node::size).sum();
            prop_assert!(size <= 8 * MOST_VALUES, "{size}");
        }
    }
}
