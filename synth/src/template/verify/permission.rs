//! Checks for least privilege: permissions name their actions and resources, and secrets are only read.

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{intrinsic, outcomes, section, walk};

pub(super) fn check(template: &Value, violations: &mut Violations) {
    for (id, resource) in section(template, "Resources").filter(|(_, resource)| !acknowledged(resource)) {
        // In the policy of a key, `*` is that key.
        let key = resource.get("Type").is_some_and(|kind| kind == "AWS::KMS::Key");
        walk(&below("/Resources", id), resource, &mut |at, statement| {
            if statement.get("Effect").is_none_or(|effect| effect != "Allow") {
                return;
            }
            let mut broad = |key: &str, message: String| {
                violations.error(format!("{at}/{key}"), "broad-permission", message).help(HELP);
            };
            for negation in ["NotAction", "NotResource", "NotPrincipal"] {
                if statement.get(negation).is_some() {
                    broad(negation, format!("`{negation}` allows everything except what it names"));
                }
            }
            let stars = |key: &str| values(statement.get(key)).into_iter().any(|value| value == "*");
            if !key && stars("Resource") {
                broad("Resource", "`*` allows the action on every resource".to_owned());
            }
            if stars("Principal") {
                broad("Principal", "`*` allows everyone".to_owned());
            }
            for action in values(statement.get("Action")).into_iter().filter_map(Value::as_str) {
                let lower = action.to_ascii_lowercase();
                if !key && action.contains('*') {
                    broad("Action", format!("`{action}` allows more than one action"));
                } else if lower.starts_with("secretsmanager:") && lower != "secretsmanager:getsecretvalue" {
                    broad("Action", format!("`{action}` is not needed to read a secret whose ARN is known"));
                }
            }
        });
    }
}

const HELP: &str = r#"name what is needed; if AWS accepts only `*`, give a reason in the resource's `Metadata`:
"cdk_nag": { "rules_to_suppress": [{ "id": "AwsSolutions-IAM5", "reason": "…" }] }"#;

/// Whether the resource gives a reason for broad permissions, in the form that cdk-nag reads.
fn acknowledged(resource: &Value) -> bool {
    let rules = resource.pointer("/Metadata/cdk_nag/rules_to_suppress").and_then(Value::as_array);
    let reasoned =
        |rule: &Value| rule.get("reason").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    rules.into_iter().flatten().any(|rule| rule.get("id").is_some_and(|id| id == "AwsSolutions-IAM5") && reasoned(rule))
}

/// Returns the values of an element of a policy, which may be a value, a list, or an object of these.
fn values(element: Option<&Value>) -> Vec<&Value> {
    let mut single = Vec::new();
    for choice in element.map(outcomes).unwrap_or_default() {
        match choice {
            Value::Array(items) => single.extend(items.iter().flat_map(|item| values(Some(item)))),
            Value::Object(map) if intrinsic(choice).is_none() => {
                single.extend(map.values().flat_map(|item| values(Some(item))));
            }
            _ => single.push(choice),
        }
    }
    single
}
