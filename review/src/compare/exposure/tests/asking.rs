//! What asks a caller for credentials: gates of resources, and definitions of APIs.

use serde_json::{Value, json};

use super::exposures;

fn one(kind: &str, properties: &Value) -> Value {
    json!({
        "Parameters": {"Any": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}},
        "Resources": {"X": {"Type": kind, "Properties": properties}},
    })
}

/// Each gate with what asks, and what does not.
fn gates() -> Vec<(&'static str, Value, Value)> {
    let forward = json!({"Type": "forward", "TargetGroupArn": "t"});
    let sign_in = |kind: &str, key: &str| json!([{"Type": kind, key: {"ClientId": "c"}, "Order": 1}, forward]);
    let behavior = |key: &str, value: Value| json!({"PathPattern": "a/*", "TargetOriginId": "o", key: value});
    let mut gates = Vec::new();
    for (kind, key) in [
        ("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions"),
        ("AWS::ElasticLoadBalancingV2::ListenerRule", "Actions"),
    ] {
        for (action, config) in
            [("authenticate-oidc", "AuthenticateOidcConfig"), ("authenticate-cognito", "AuthenticateCognitoConfig")]
        {
            gates.push((kind, json!({key: sign_in(action, config)}), json!({key: [forward]})));
        }
    }
    for (key, value) in [("TrustedKeyGroups", "k"), ("TrustedSigners", "self")] {
        let with = |own: Value| json!({"DistributionConfig": {"DefaultCacheBehavior": own}});
        let kind = "AWS::CloudFront::Distribution";
        gates.push((kind, with(behavior(key, json!([value]))), with(behavior("Compress", json!(true)))));
        let with = |own: Value| json!({"DistributionConfig": {"CacheBehaviors": [own]}});
        gates.push((kind, with(behavior(key, json!([value]))), with(behavior(key, json!([])))));
    }
    gates.push(("AWS::VpcLattice::Service", json!({"AuthType": "AWS_IAM"}), json!({"AuthType": "NONE"})));
    gates.push(("AWS::VpcLattice::ServiceNetwork", json!({"AuthType": "AWS_IAM"}), json!({})));
    gates
}

#[test]
fn a_gate_that_goes_is_an_exposure() {
    for (kind, shut, open) in gates() {
        let (shut, open) = (one(kind, &shut), one(kind, &open));
        let found = exposures(&shut, &open);
        assert!(matches!(found.as_slice(), [one] if !one.ends_with('?')), "{open}: {found:?}");
        for (old, new) in [(&open, &shut), (&shut, &shut), (&open, &open), (&json!({"Resources": {}}), &open)] {
            let found: Vec<_> = exposures(old, new).into_iter().filter(|text| text.contains("asks")).collect();
            assert_eq!(found, [""; 0], "{old} {new}");
        }
        let either = |shut: &Value, open: &Value| {
            let mut template = shut.clone();
            let properties =
                json!({"Fn::If": ["C", shut["Resources"]["X"]["Properties"], open["Resources"]["X"]["Properties"]]});
            template["Resources"]["X"]["Properties"] = properties;
            template
        };
        let perhaps = either(&shut, &open);
        let found = exposures(&shut, &perhaps);
        assert!(matches!(found.as_slice(), [one] if one.ends_with('?')), "{perhaps}: {found:?}");
        assert_eq!(exposures(&perhaps, &perhaps), [""; 0]);
        assert_eq!(exposures(&perhaps, &shut), [""; 0]);
    }
}

/// The types of APIs with the property that has their definition.
const DEFINED: [(&str, &str); 4] = [
    ("AWS::ApiGateway::RestApi", "Body"),
    ("AWS::ApiGatewayV2::Api", "Body"),
    ("AWS::Serverless::Api", "DefinitionBody"),
    ("AWS::Serverless::HttpApi", "DefinitionBody"),
];

fn body(whole: &Value, own: &Value, method: &str) -> Value {
    let mut operation = json!({"responses": {}});
    let mut body = json!({
        "openapi": "3.0.1",
        "components": {"securitySchemes": {
            "iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        }},
    });
    if !own.is_null() {
        operation["security"] = own.clone();
    }
    if !whole.is_null() {
        body["security"] = whole.clone();
    }
    body["paths"] = json!({"/a": {method: operation}});
    body
}

#[test]
fn an_operation_that_no_longer_asks_is_an_exposure() {
    let (unset, empty, iam, key) = (json!(null), json!([]), json!([{"iam": []}]), json!([{"key": []}]));
    let optional = json!([{"iam": []}, {}]);
    for (kind, property) in DEFINED {
        let api = |whole: &Value, own: &Value, method: &str| one(kind, &json!({property: body(whole, own, method)}));
        let shut = api(&unset, &iam, "get");
        let opened = "anyone can call `GET /a`: its definition asks for no credentials";
        for (whole, own, expected) in [
            (&unset, &unset, Some(opened.to_owned())),
            (&unset, &empty, Some(opened.to_owned())),
            (&empty, &unset, Some(opened.to_owned())),
            (&iam, &empty, Some(opened.to_owned())),
            (&unset, &optional, Some(opened.to_owned())),
            (&unset, &key, Some(opened.replace("anyone", "anyone with an API key"))),
            (&iam, &unset, None),
            (&empty, &iam, None),
        ] {
            let new = api(whole, own, "get");
            assert_eq!(exposures(&shut, &new), Vec::from_iter(expected), "{kind} {whole} {own}");
            assert_eq!(exposures(&new, &shut), [""; 0], "{kind} {whole} {own}");
            assert_eq!(exposures(&new, &new), [""; 0]);
        }
        assert_eq!(exposures(&api(&iam, &unset, "options"), &api(&unset, &unset, "options")), [""; 0]);
        let text = one(kind, &json!({property: body(&unset, &unset, "get").to_string()}));
        assert_eq!(exposures(&shut, &text), [opened]);
        let perhaps = json!({"Fn::If": ["C", iam, {"Ref": "AWS::NoValue"}]});
        assert_eq!(exposures(&shut, &api(&unset, &perhaps, "get")), [format!("{opened}?")]);
    }
    // API Gateway's own word for IAM.
    let mut signed = body(&unset, &unset, "get");
    signed["paths"]["/a"]["get"]["x-amazon-apigateway-auth"] = json!({"type": "AWS_IAM"});
    let signed = one("AWS::ApiGateway::RestApi", &json!({"Body": signed}));
    let open = one("AWS::ApiGateway::RestApi", &json!({"Body": body(&unset, &unset, "get")}));
    assert_eq!(exposures(&signed, &open).len(), 1);
    // SAM adds its default authorizer to what names none.
    let sam = |auth: Value, own: &Value| {
        one("AWS::Serverless::HttpApi", &json!({"Auth": auth, "DefinitionBody": body(&unset, own, "get")}))
    };
    let default = sam(json!({"DefaultAuthorizer": "Mine"}), &unset);
    assert_eq!(exposures(&sam(json!({}), &iam), &default), [""; 0]);
    assert_eq!(exposures(&default, &sam(json!({"DefaultAuthorizer": "Mine"}), &json!([{"NONE": []}]))).len(), 1);
    assert!(!exposures(&default, &sam(json!({}), &unset)).is_empty());
}
