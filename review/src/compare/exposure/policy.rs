//! Policies that let everyone in.

use serde_json::Value;

use crate::compare::address;
use crate::compare::report::{AccessChange, Grant, PermissionChange};

/// Condition keys that limit who asks or from where, with a fixed value.
///
/// Source: Amazon S3 User Guide, "The meaning of public"; the Service Authorization Reference for other services' keys.
const LIMITING: [&str; 24] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "kms:calleraccount",
    "lambda:eventsourcetoken",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sns:endpoint",
];

/// Whether a change lets everyone do something.
pub(super) fn is_public(change: &PermissionChange) -> bool {
    let everyone = change.principal == "*" || change.principal.starts_with("everything but ");
    change.direction == AccessChange::Widened
        && change.effect == Grant::Allow
        && everyone
        && !is_limited(&change.condition)
}

/// Whether a condition only holds for callers that it names, or for a network smaller than the internet.
fn is_limited(condition: &Value) -> bool {
    condition.as_object().into_iter().flatten().any(|(operator, keys)| {
        keys.as_object().into_iter().flatten().any(|(key, values)| {
            let values: Vec<&Value> = values.as_array().map_or_else(|| vec![values], |values| values.iter().collect());
            compares(operator)
                && LIMITING.iter().any(|known| known.eq_ignore_ascii_case(key))
                && !values.is_empty()
                && values.iter().all(|value| names_someone(key, value))
        })
    })
}

/// Whether an operator requires the key to be there and to have one of the values.
fn compares(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let operator = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    matches!(operator, "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" | "ipaddress")
}

/// Whether a value of a limiting key names someone. What is known only at deployment does.
fn names_someone(key: &str, value: &Value) -> bool {
    match (value, value.get("Fn::Sub").and_then(Value::as_str)) {
        (Value::String(text), _) => !text.contains("${") && is_fixed(key, text),
        // A variable of the policy is escaped there, and has no fixed value.
        (_, Some(text)) => !text.contains("${!") && is_fixed(key, &without_references(text)),
        _ => true,
    }
}

/// Replaces each reference of a text by a letter.
fn without_references(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| before + "x" + part.split_once('}').map_or("", |(_, after)| after))
}

/// Whether a value of a condition key names someone: without a wildcard in the part that says whose it is.
///
/// Amazon S3 User Guide, "The meaning of public": only fixed values limit. An ARN belongs to its account, or to the one that has
/// the name if it has none, as that of a bucket; paths of an organization belong to it; a role's session to the role.
fn is_fixed(key: &str, text: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && !part.contains(['*', '?']);
    let owner = |separator: char| text.split(separator).next().unwrap_or_default();
    let arn: Vec<&str> = text.splitn(6, ':').collect();
    match (key.to_ascii_lowercase().as_str(), arn.as_slice()) {
        (_, [_, _, _, _, "", resource]) => is_plain(resource),
        (_, [_, _, _, _, account, _]) => is_plain(account),
        ("aws:principalorgpaths" | "aws:sourceorgpaths", _) => is_plain(owner('/')),
        ("aws:userid", _) => is_plain(owner(':')),
        // Addresses of one domain.
        ("sns:endpoint", _) if text.contains('@') => is_plain(text.rsplit('@').next().unwrap_or_default()),
        _ => is_plain(text) && !address::is_everyone(text),
    }
}

/// Whether a property that limits who may do something limits nobody: it is not set, or names nobody.
pub(super) fn is_unlimited(text: &str) -> bool {
    !is_fixed("", &without_references(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_limits_by_caller_or_network() {
        for (limits, condition) in [
            (true, json!({"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}})),
            (true, json!({"ArnLike": {"AWS:SourceArn": ["arn:aws:sns:*:1:t"]}})),
            (true, json!({"StringEquals": {"aws:SourceVpce": [{"Ref": "Endpoint"}]}})),
            (true, json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}})),
            (true, json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}})),
            (true, json!({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::a-bucket"]}})),
            (true, json!({"ArnLike": {"aws:SourceArn": [{"Fn::Sub": "arn:aws:sns:*:${AWS::AccountId}:*"}]}})),
            (true, json!({"StringLike": {"aws:userid": ["AROA1:*"]}})),
            (true, json!({"StringLike": {"sns:Endpoint": ["*@example.com"]}})),
            (false, json!(null)),
            (false, json!({"ArnLike": {"aws:SourceArn": ["arn:aws:sns:eu-west-1:*:t"]}})),
            (false, json!({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::a-*"]}})),
            (false, json!({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::a", "arn:*"]}})),
            (false, json!({"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/admin"]}})),
            (false, json!({"ArnLike": {"aws:SourceArn": [{"Fn::Sub": "arn:aws:sns:${AWS::Region}:*:t"}]}})),
            (false, json!({"StringLike": {"aws:SourceAccount": ["*"]}})),
            (false, json!({"StringLike": {"aws:SourceAccount": ["1111*"]}})),
            (false, json!({"StringEquals": {"aws:SourceAccount": ["${aws:PrincipalAccount}"]}})),
            (false, json!({"StringEquals": {"aws:SourceAccount": [{"Fn::Sub": "${!aws:PrincipalAccount}"}]}})),
            (false, json!({"StringLike": {"aws:PrincipalOrgID": ["o-*"]}})),
            (false, json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["*/r-1/*"]}})),
            (false, json!({"StringLike": {"sns:Endpoint": ["*@*"]}})),
            (false, json!({"Bool": {"aws:SecureTransport": ["true"]}})),
            (false, json!({"StringLike": {"aws:PrincipalArn": ["*"]}})),
            (false, json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}})),
            (false, json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}})),
            (false, json!({"StringNotEquals": {"aws:PrincipalAccount": ["1"]}})),
            (false, json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": ["o-1"]}})),
            (false, json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ["o-1"]}})),
        ] {
            assert_eq!(is_limited(&condition), limits, "{condition}");
        }
    }
}
