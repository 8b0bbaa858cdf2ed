//! Policies that let everyone in.

use serde_json::Value;

use super::address;
use crate::compare::report::{AccessChange, Grant, PermissionChange};

/// Condition keys that limit who asks or from where, with a value that is not a wildcard alone.
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
                && values.iter().all(|value| is_narrow(value))
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
fn is_narrow(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            !text.is_empty()
                && !text.chars().all(|letter| matches!(letter, '*' | '?' | ':'))
                && !address::is_everyone(text)
        }
        _ => true,
    }
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
            (false, json!(null)),
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
