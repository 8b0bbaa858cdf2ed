//! The laws of exposure: what opens is reported, what closes or stays is not.

mod asking;
mod firewall;

use serde_json::{Map, Value, json};

use super::table::{Clause, Row, Test, UNSET, rows};
use crate::compare::{Report, Side, diff};

fn report(old: &Value, new: &Value) -> Report {
    let side = |template: &Value| Side { template: template.clone(), ..Side::default() };
    diff(&side(old), &side(new))
}

/// What becomes public, with a question mark if it only may.
fn exposures(old: &Value, new: &Value) -> Vec<String> {
    let mark = |uncertain: bool| if uncertain { "?" } else { "" };
    let report = report(old, new);
    assert_eq!(report.summary.exposures > 0, !report.exposures.is_empty());
    assert!(report.exposures.is_empty() || report.summary.widened);
    report.exposures.iter().map(|found| format!("{}{}", found.text, mark(found.uncertain))).collect()
}

/// Sets a value at a path of the table: an item for `*`, another resource for `>`.
fn set(resources: &mut Map<String, Value>, id: &str, path: &str, value: Value) {
    if let Some((own, other)) = path.split_once("/>/") {
        resources.insert("Other".to_owned(), json!({"Type": "AWS::Other::Thing", "Properties": {}}));
        set(resources, "Other", &format!("/{other}"), value);
        return set(resources, id, own, json!({"Ref": "Other"}));
    }
    let mut place = &mut resources[id]["Properties"];
    for step in path.split('/').skip(1) {
        if step == "*" {
            if !place.is_array() {
                *place = json!([null]);
            }
            place = &mut place[0];
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[step];
        }
    }
    *place = value;
}

/// A value that passes a test, or one that does not; `None` for no value.
fn value(clause: &Clause, open: bool) -> Option<&'static str> {
    let value = match (&clause.test, open) {
        (Test::Is(words), true) | (Test::IsNot(words), false) => words[0],
        (Test::Is(_), false) | (Test::IsNot(_), true) => "another",
        (Test::Everyone, true) => "0.0.0.0/0",
        (Test::Everyone, false) => "10.0.0.0/8",
        (Test::Unlimited, true) => UNSET,
        (Test::Unlimited, false) => "111122223333",
        (Test::Method, true) => "GET /",
        (Test::Method, false) => "$default",
        (Test::RefersTo(_, prefix), true) => prefix,
        (Test::RefersTo(..), false) => "vgw-1",
    };
    (value != UNSET).then_some(value)
}

/// A template with one resource on which a row holds, but for its first clause if that is given.
fn template(row: &Row, kind: &str, first: Option<&Value>) -> Value {
    let mut resources = Map::from_iter([("X".to_owned(), json!({"Type": kind, "Properties": {}}))]);
    for (n, clause) in row.clauses.iter().enumerate() {
        let value = match (first, n) {
            (Some(value), 0) => Some((*value).clone()).filter(|value| !value.is_null()),
            _ => value(clause, true).map(|value| json!(value)),
        };
        if let Some(value) = value {
            set(&mut resources, "X", clause.path, value);
        }
    }
    json!({
        "Parameters": {"Open": {"Type": "String", "Default": row.clauses.first().and_then(|clause| value(clause, true))},
            "Any": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}},
        "Mappings": {"M": {"a": {"open": row.clauses.first().and_then(|clause| value(clause, true)), "shut": "x"}}},
        "Resources": resources,
    })
}

#[test]
fn every_row_reports_what_opens_and_nothing_else() {
    for row in rows() {
        for kind in row.types {
            let open = template(row, kind, None);
            let nothing = json!({"Resources": {"Y": {"Type": "AWS::SNS::Topic"}}});
            let own = |found: &[String]| found.iter().filter(|text| text.starts_with(row.text)).count();
            let added = exposures(&nothing, &open);
            assert_eq!(own(&added), usize::from(!row.only_existing), "{kind} {} is added: {added:?}", row.path());
            assert_eq!(exposures(&open, &open), [""; 0], "{kind} {} stays", row.path());
            assert_eq!(exposures(&open, &nothing), [""; 0], "{kind} {} is deleted", row.path());
            let Some(clause) = row.clauses.first() else { continue };
            let shut = template(row, kind, Some(&json!(value(clause, false))));
            let opened = exposures(&shut, &open);
            assert_eq!(own(&opened), 1, "{kind} {} opens: {opened:?}", row.path());
            assert!(!opened.iter().any(|text| text.ends_with('?')), "{opened:?}");
            assert_eq!(exposures(&open, &shut), [""; 0], "{kind} {} is shut", row.path());
            assert_eq!(exposures(&shut, &shut), [""; 0], "{kind} {} stays shut", row.path());
        }
    }
}

#[test]
fn what_only_the_deployment_knows_may_be_public() {
    for row in rows().filter(|row| !row.clauses.is_empty()) {
        let (clause, kind) = (&row.clauses[0], row.types[0]);
        let Some(open) = value(clause, true) else { continue };
        let shut = template(row, kind, Some(&json!(value(clause, false))));
        for behind in [
            json!({"Ref": "Open"}),
            json!({"Fn::Sub": "${Open}"}),
            json!({"Ref": "Any"}),
            json!({"Fn::ImportValue": "somewhere"}),
            json!({"Fn::If": ["C", open, value(clause, false).map_or(json!({"Ref": "AWS::NoValue"}), |shut| json!(shut))]}),
            json!({"Fn::FindInMap": ["M", "a", {"Ref": "Any"}]}),
        ] {
            let unsure = template(row, kind, Some(&behind));
            let found = exposures(&shut, &unsure);
            let may = found.iter().any(|text| text.starts_with(row.text) && text.ends_with('?'));
            assert!(may, "{kind} {} {behind}: {found:?}", row.path());
            assert!(
                !found.iter().any(|text| text.starts_with(row.text) && !text.ends_with('?')),
                "{behind}: {found:?}"
            );
            let literal = template(row, kind, None);
            let found = exposures(&literal, &unsure);
            let more = found.iter().any(|text| text.starts_with(row.text));
            assert!(!more, "{kind} {} {behind}: it was public: {found:?}", row.path());
            assert_eq!(exposures(&unsure, &unsure), [""; 0], "{kind} {} {behind}: stays", row.path());
            let found = exposures(&unsure, &literal);
            assert!(found.iter().any(|text| text.ends_with('?')), "{kind} {} {behind}: {found:?}", row.path());
        }
        for known in [
            json!({"Fn::If": ["C", open, open]}),
            json!({"Fn::FindInMap": ["M", "a", "open"]}),
            json!({"Fn::Select": ["1", ["x", open]]}),
        ] {
            let found = exposures(&shut, &template(row, kind, Some(&known)));
            let does = found.iter().any(|text| text.starts_with(row.text) && !text.ends_with('?'));
            assert!(does, "{kind} {} {known}: {found:?}", row.path());
        }
    }
}

/// Parameters, mappings and conditions open a resource whose own text is not changed.
#[test]
fn a_setting_opens_what_depends_on_it() {
    let with = |default: &str, region: &str, mapped: &str, value: Value| {
        json!({
            "Parameters": {"P": {"Type": "String", "Default": default}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, region]}},
            "Mappings": {"M": {"a": {"k": mapped}}},
            "Resources": {"X": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": value}}},
        })
    };
    let acl = "anyone can list and read its objects: `AccessControl` is `PublicRead`";
    for (value, old, new, expected) in [
        (json!({"Ref": "P"}), ("Private", "a", ""), ("PublicRead", "a", ""), format!("{acl}?")),
        (json!({"Fn::If": ["C", "PublicRead", "Private"]}), ("", "a", ""), ("", "b", ""), format!("{acl}?")),
        (json!({"Fn::FindInMap": ["M", "a", "k"]}), ("", "a", "Private"), ("", "a", "PublicRead"), acl.to_owned()),
        (
            json!({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}),
            ("", "a", "Private"),
            ("", "a", "PublicRead"),
            format!("{acl}?"),
        ),
    ] {
        let template = |(default, region, mapped): (&str, &str, &str)| with(default, region, mapped, value.clone());
        assert_eq!(exposures(&template(old), &template(new)), [expected], "{value}");
    }
}

fn group(rules: &Value) -> Value {
    json!({"Resources": {"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": rules}}}})
}

#[test]
fn rules_expose_ports_that_were_not_open() {
    let rule = |cidr: &str, from: u16, to: u16| {
        let key = if cidr.contains(':') { "CidrIpv6" } else { "CidrIp" };
        json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to, key: cidr})
    };
    let all = json!({"IpProtocol": -1, "CidrIp": "0.0.0.0/0"});
    for (old, new, expected) in [
        (
            json!([rule("10.0.0.0/8", 22, 22)]),
            json!([rule("0.0.0.0/0", 22, 22)]),
            &["TCP port 22 is open to everyone (`0.0.0.0/0`)"][..],
        ),
        (json!([]), json!([rule("::/0", 1, 9)]), &["TCP ports 1 to 9 are open to everyone (`::/0`)"]),
        (json!([]), json!([all]), &["every protocol and port is open to everyone (`0.0.0.0/0`)"]),
        (
            json!([rule("0.0.0.0/0", 22, 22)]),
            json!([rule("0.0.0.0/0", 22, 23)]),
            &["TCP ports 22 to 23 are open to everyone (`0.0.0.0/0`)"],
        ),
        (
            json!([rule("0.0.0.0/0", 22, 22)]),
            json!([rule("::/0", 22, 22)]),
            &["TCP port 22 is open to everyone (`::/0`)"],
        ),
        (
            json!([rule("0.0.0.0/1", 22, 22)]),
            json!([rule("0.0.0.0/1", 22, 22), rule("128.0.0.0/1", 22, 22)]),
            &["TCP port 22 is open to a large part of the internet (`128.0.0.0/1`)"],
        ),
        // Less, the same, or the same in other words.
        (json!([all]), json!([rule("0.0.0.0/0", 22, 22)]), &[]),
        (json!([rule("0.0.0.0/0", 1, 9)]), json!([rule("0.0.0.0/0", 2, 3), rule("0.0.0.0/0", 5, 9)]), &[]),
        (json!([rule("0.0.0.0/0", 1, 4), rule("0.0.0.0/0", 5, 9)]), json!([rule("0.0.0.0/0", 1, 9)]), &[]),
        (json!([rule("0.0.0.0/1", 1, 9), rule("128.0.0.0/1", 1, 9)]), json!([rule("0.0.0.0/0", 1, 9)]), &[]),
        (json!([]), json!([rule("10.0.0.0/8", 0, 65_535), rule("203.0.113.0/24", 22, 22)]), &[]),
        (json!([]), json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "sg-1"}]), &[]),
        (
            json!([]),
            json!([{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": {"Fn::GetAtt": ["G", "CidrBlock"]}}]),
            &[],
        ),
    ] {
        assert_eq!(exposures(&group(&old), &group(&new)), *expected, "{old} {new}");
    }
    let outgoing = |cidr: &str| {
        json!({"Resources": {"G": {"Type": "AWS::EC2::SecurityGroup",
            "Properties": {"SecurityGroupEgress": [rule(cidr, 0, 65_535)]}}}})
    };
    assert_eq!(exposures(&outgoing("10.0.0.0/8"), &outgoing("0.0.0.0/0")), [""; 0]);
}

#[test]
fn a_source_that_the_template_does_not_show_may_be_everyone() {
    let from = |source: Value| {
        let mut rule = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22});
        rule.as_object_mut().unwrap().extend(source.as_object().unwrap().clone());
        let mut template = group(&json!([rule]));
        template["Parameters"] = json!({"P": {"Type": "String"}, "Home": {"Type": "String", "Default": "10.0.0.0/8"}});
        template["Resources"]["List"] = json!({"Type": "AWS::EC2::PrefixList",
            "Properties": {"Entries": [{"Cidr": "10.0.0.0/8"}]}});
        template
    };
    let (shut, open) = (from(json!({"CidrIp": "10.0.0.0/8"})), from(json!({"CidrIp": "0.0.0.0/0"})));
    for source in [json!({"CidrIp": {"Ref": "P"}}), json!({"SourcePrefixListId": "pl-1"})] {
        let unknown = from(source);
        let found = exposures(&shut, &unknown);
        assert!(matches!(found.as_slice(), [one] if one.ends_with("the template does not show?")), "{found:?}");
        assert_eq!(exposures(&unknown, &unknown), [""; 0]);
        assert_eq!(exposures(&unknown, &shut), [""; 0]);
    }
    assert_eq!(exposures(&open, &from(json!({"CidrIp": {"Ref": "P"}}))), [""; 0]);
    for known in [json!({"CidrIp": {"Ref": "Home"}}), json!({"SourcePrefixListId": {"Ref": "List"}})] {
        assert_eq!(exposures(&shut, &from(known)), [""; 0]);
    }
}

#[test]
fn a_rule_that_moves_to_another_resource_exposes_nothing() {
    let rule = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"});
    let inline = group(&json!([rule]));
    let mut apart = group(&json!([]));
    let mut properties = rule.clone();
    properties["GroupId"] = json!({"Fn::GetAtt": ["G", "GroupId"]});
    apart["Resources"]["R"] = json!({"Type": "AWS::EC2::SecurityGroupIngress", "Properties": properties});
    assert_eq!(exposures(&inline, &apart), [""; 0]);
    assert_eq!(exposures(&apart, &inline), [""; 0]);
    assert_eq!(exposures(&group(&json!([])), &apart), ["TCP port 443 is open to everyone (`0.0.0.0/0`)"]);
}

#[test]
fn entries_of_an_acl_count_without_what_is_denied_before() {
    let acl = |deny: bool, egress: bool| {
        let mut template = json!({"Resources": {"Allow": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {
            "NetworkAclId": "acl-1", "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 22, "To": 22}, "Egress": egress}}}});
        if deny {
            template["Resources"]["Deny"] = json!({"Type": "AWS::EC2::NetworkAclEntry", "Properties": {
                "NetworkAclId": "acl-1", "RuleNumber": 90, "Protocol": -1, "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}});
        }
        template
    };
    let nothing = json!({"Resources": {}});
    let opens = ["TCP port 22 is open to everyone (`0.0.0.0/0`)"];
    assert_eq!(exposures(&nothing, &acl(false, false)), opens);
    assert_eq!(exposures(&nothing, &acl(false, true)), [""; 0]);
    assert_eq!(exposures(&nothing, &acl(true, false)), [""; 0]);
    assert_eq!(exposures(&acl(true, false), &acl(false, false)), opens);
    assert_eq!(exposures(&acl(false, false), &acl(true, false)), [""; 0]);
}

#[test]
fn a_lock_on_public_access_that_goes_is_an_exposure() {
    let bucket = |block: Value| {
        let properties = if block.is_null() { json!({}) } else { json!({"PublicAccessBlockConfiguration": block}) };
        json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}})
    };
    let all = json!({"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true});
    let three = json!({"BlockPublicAcls": true, "BlockPublicPolicy": false, "IgnorePublicAcls": true, "RestrictPublicBuckets": true});
    let nothing = json!({"Resources": {}});
    for (old, new, count) in [
        (bucket(all.clone()), bucket(json!(null)), 1),
        (bucket(json!({"BlockPublicPolicy": true, "RestrictPublicBuckets": true})), bucket(json!(null)), 1),
        (bucket(all.clone()), bucket(three.clone()), 1),
        (bucket(json!(null)), bucket(three.clone()), 1),
        (nothing.clone(), bucket(three.clone()), 1),
        (nothing.clone(), bucket(json!(null)), 0),
        (bucket(json!(null)), bucket(all.clone()), 0),
        (bucket(three.clone()), bucket(all.clone()), 0),
        (bucket(three.clone()), bucket(three.clone()), 0),
        (bucket(three), bucket(json!({"BlockPublicAcls": true})), 2),
        (bucket(all), nothing.clone(), 0),
    ] {
        let found = exposures(&old, &new);
        assert_eq!(found.len(), count, "{old} {new}: {found:?}");
    }
    // What happens to a bucket's block without the property is not documented; an access point gets the defaults.
    let removed = |kind: &str| {
        let with = |properties: Value| json!({"Resources": {"B": {"Type": kind, "Properties": properties}}});
        exposures(&with(json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true}})), &with(json!({})))
    };
    assert!(removed("AWS::S3::Bucket").iter().all(|text| text.ends_with('?')));
    assert_eq!(removed("AWS::S3::Bucket").len(), 1);
    assert_eq!(removed("AWS::S3::MultiRegionAccessPoint"), [""; 0]);
    let account = |state: &str| json!({"Resources": {"S": {"Type": "AWS::EC2::SnapshotBlockPublicAccess", "Properties": {"State": state}}}});
    for (old, new, count) in [
        (account("block-all-sharing"), account("block-new-sharing"), 1),
        (account("block-new-sharing"), nothing.clone(), 1),
        (account("block-new-sharing"), account("block-all-sharing"), 0),
        (nothing, account("block-new-sharing"), 0),
    ] {
        assert_eq!(exposures(&old, &new).len(), count, "{old} {new}");
    }
}

#[test]
fn routes_of_functions_are_open_without_an_authorizer() {
    let with = |globals: Value, api: Value, event: Value| {
        let mut properties = json!({"Path": "/", "Method": "get", "Auth": event});
        let mut resources = json!({"F": {"Type": "AWS::Serverless::Function", "Properties": {}}});
        if !api.is_null() {
            properties["RestApiId"] = json!({"Ref": "A"});
            resources["A"] = json!({"Type": "AWS::Serverless::Api", "Properties": {"StageName": "s", "Auth": api}});
        }
        resources["F"]["Properties"]["Events"] = json!({"E": {"Type": "Api", "Properties": properties}});
        json!({"Transform": "AWS::Serverless-2016-10-31", "Globals": {"Api": {"Auth": globals}}, "Resources": resources})
    };
    let (none, own) = (json!({}), json!({"DefaultAuthorizer": "Mine"}));
    let open = |template: &Value| {
        let found = exposures(&json!({"Resources": {}}), template);
        found.iter().filter(|text| text.contains("route of `E`")).count()
    };
    for (globals, api, event, expected) in [
        (&none, &none, &none, 1),
        (&none, &json!(null), &none, 1),
        (&own, &json!(null), &none, 0),
        (&own, &none, &none, 0),
        (&none, &own, &none, 0),
        (&none, &none, &json!({"Authorizer": "AWS_IAM"}), 0),
        (&none, &own, &json!({"Authorizer": "NONE"}), 1),
    ] {
        let template = with(globals.clone(), api.clone(), event.clone());
        assert_eq!(open(&template), expected, "{template}");
    }
    let (shut, opened) =
        (with(none.clone(), own.clone(), none.clone()), with(none.clone(), none.clone(), none.clone()));
    assert_eq!(exposures(&shut, &opened).len(), 2, "the route and what the API's definition may have");
    assert_eq!(exposures(&opened, &shut), [""; 0]);
    let keyed = with(none.clone(), json!({"ApiKeyRequired": true}), none);
    assert_eq!(exposures(&keyed, &opened).len(), 1);
    assert_eq!(exposures(&opened, &keyed), [""; 0]);
}

#[test]
fn a_policy_for_everyone_is_an_exposure_unless_a_condition_limits_it() {
    let queue = |principal: Value, condition: Value| {
        json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {
            "Queues": [{"Ref": "Q"}], "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": principal,
                "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": "*", "Condition": condition}]}}}}})
    };
    let account = queue(json!({"AWS": "arn:aws:iam::111122223333:root"}), json!({}));
    let open = queue(json!("*"), json!({}));
    let limited = queue(json!({"AWS": "*"}), json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}));
    let everyone = ["its policy allows everyone `sqs:ReceiveMessage`, `sqs:SendMessage`"];
    assert_eq!(exposures(&account, &open), everyone);
    assert_eq!(exposures(&limited, &open), everyone);
    let by_wildcard = queue(json!("*"), json!({"StringLike": {"aws:SourceAccount": "*"}}));
    assert_eq!(exposures(&limited, &by_wildcard), everyone);
    for (old, new) in [(&account, &limited), (&open, &limited), (&open, &open), (&open, &account)] {
        assert_eq!(exposures(old, new), [""; 0]);
    }
}

/// The statement of an event bus is a policy, as an object and as text.
#[test]
fn a_statement_of_an_event_bus_for_everyone_is_an_exposure() {
    let bus = |principal: Value, condition: Value, is_text: bool| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "events:PutEvents", "Resource": "*",
            "Condition": condition});
        let statement = if is_text { json!(statement.to_string()) } else { statement };
        json!({"Resources": {"P": {"Type": "AWS::Events::EventBusPolicy", "Properties":
            {"EventBusName": "b", "StatementId": "s", "Statement": statement}}}})
    };
    for is_text in [false, true] {
        let account = bus(json!({"AWS": "arn:aws:iam::111122223333:root"}), json!({}), is_text);
        let organization = bus(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), is_text);
        let open = bus(json!("*"), json!({}), is_text);
        for shut in [&account, &organization] {
            assert_eq!(exposures(shut, &open), ["its policy allows everyone `events:PutEvents`"]);
            assert_eq!(exposures(&open, shut), [""; 0]);
        }
    }
}

/// A function's permission that names nobody as its source is for everyone.
#[test]
fn a_source_with_a_wildcard_for_its_account_limits_nobody() {
    let permission = |key: &str, value: &str| {
        json!({"Resources": {"P": {"Type": "AWS::Lambda::Permission", "Properties":
            {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "*", key: value}}}})
    };
    let shut = permission("SourceAccount", "111122223333");
    for (key, value, opens) in [
        ("SourceArn", "arn:aws:sns:eu-west-1:111122223333:*", false),
        ("SourceArn", "arn:aws:sns:eu-west-1:*:t", true),
        ("SourceArn", "arn:aws:s3:::a-bucket", false),
        ("SourceArn", "arn:aws:s3:::*", true),
        ("SourceArn", "*", true),
        ("PrincipalOrgID", "o-1", false),
    ] {
        let found = exposures(&shut, &permission(key, value));
        assert_eq!(found.len(), usize::from(opens), "{key} {value}: {found:?}");
    }
}
