//! Web firewalls: what a rule stopped and that may now pass.

use serde_json::{Value, json};

use super::exposures;

fn one(kind: &str, properties: &Value) -> Value {
    json!({
        "Parameters": {"Any": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}},
        "Resources": {"X": {"Type": kind, "Properties": properties}},
    })
}

fn rule(name: &str, action: &Value) -> Value {
    let mut rule = json!({"Name": name, "Priority": 1, "Statement": {"GeoMatchStatement": {"CountryCodes": ["XX"]}}});
    for (key, value) in action.as_object().unwrap() {
        rule[key] = value.clone();
    }
    rule
}

/// Each type with properties under which requests are stopped, and such under which they are not; whether that is certain.
fn walls() -> Vec<(&'static str, Value, Value, bool)> {
    let mut walls = Vec::new();
    for kind in ["AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"] {
        for stop in ["Block", "Captcha", "Challenge"] {
            let shut = json!({"Rules": [rule("A", &json!({"Action": {stop: {}}}))]});
            for pass in ["Count", "Allow"] {
                let open = json!({"Rules": [rule("A", &json!({"Action": {pass: {}}}))]});
                walls.push((kind, shut.clone(), open, false));
            }
            walls.push((kind, shut, json!({"Rules": []}), false));
        }
        let group = |what: &str| json!({"Rules": [rule("A", &json!({"OverrideAction": {what: {}}}))]});
        walls.push((kind, group("None"), group("Count"), false));
        let before = json!({"Rules": [rule("B", &json!({"Action": {"Count": {}}}))]});
        walls.push((kind, before, json!({"Rules": [rule("B", &json!({"Action": {"Allow": {}}}))]}), false));
    }
    let default = |what: &str| json!({"DefaultAction": {what: {}}});
    walls.push(("AWS::WAFv2::WebACL", default("Block"), default("Allow"), true));
    for kind in ["AWS::WAF::WebACL", "AWS::WAFRegional::WebACL"] {
        let default = |what: &str| json!({"DefaultAction": {"Type": what}});
        walls.push((kind, default("BLOCK"), default("ALLOW"), true));
        let rules = |what: &str| json!({"Rules": [{"RuleId": "r", "Priority": 1, "Action": {"Type": what}}]});
        walls.push((kind, rules("BLOCK"), rules("COUNT"), false));
    }
    let set = |address: &str| json!({"Addresses": ["10.0.0.0/8", address]});
    walls.push(("AWS::WAFv2::IPSet", set("192.0.2.0/24"), set("0.0.0.0/1"), false));
    let behind = |acl: &str| json!({"DistributionConfig": {"WebACLId": acl}});
    walls.push(("AWS::CloudFront::Distribution", behind("arn:a"), json!({"DistributionConfig": {}}), true));
    walls.push(("AWS::CloudFront::Distribution", behind("arn:a"), behind(""), true));
    walls
}

#[test]
fn what_a_firewall_no_longer_stops_is_an_exposure() {
    for (kind, shut, open, is_certain) in walls() {
        let (shut, open) = (one(kind, &shut), one(kind, &open));
        let found = exposures(&shut, &open);
        assert!(matches!(found.as_slice(), [one] if one.ends_with('?') != is_certain), "{shut} {open}: {found:?}");
        for (old, new) in [(&open, &shut), (&shut, &shut), (&open, &open)] {
            assert_eq!(exposures(old, new), [""; 0], "{old} {new}");
        }
        let mut either = shut.clone();
        let properties = |template: &Value| template["Resources"]["X"]["Properties"].clone();
        either["Resources"]["X"]["Properties"] = json!({"Fn::If": ["C", properties(&shut), properties(&open)]});
        let found = exposures(&shut, &either);
        assert!(matches!(found.as_slice(), [one] if one.ends_with('?')), "{either}: {found:?}");
        assert_eq!(exposures(&either, &either), [""; 0]);
        assert_eq!(exposures(&either, &shut), [""; 0], "{either}");
    }
}

#[test]
fn a_resource_that_leaves_its_web_acl_is_an_exposure() {
    let stack = |resources: Value| json!({"Resources": resources});
    let api = json!({"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "s"}});
    for kind in ["AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation"] {
        let to = |on: Value| json!({"Type": kind, "Properties": {"ResourceArn": on, "WebACLArn": "w"}});
        let on = to(json!({"Ref": "Api"}));
        let shut = stack(json!({"Api": api, "X": on}));
        let open = stack(json!({"Api": api}));
        assert_eq!(exposures(&shut, &open), ["requests to `${Api}` no longer pass a web firewall"]);
        let elsewhere = stack(json!({"Api": api, "X": to(json!("arn:other"))}));
        assert_eq!(exposures(&shut, &elsewhere), ["requests to `${Api}` no longer pass a web firewall"]);
        for kept in [stack(json!({"Api": api, "Y": on})), stack(json!({})), shut.clone()] {
            assert_eq!(exposures(&shut, &kept), [""; 0], "{kept}");
        }
        assert_eq!(exposures(&open, &shut), [""; 0]);
    }
}
