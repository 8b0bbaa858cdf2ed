//! Where a function sends what succeeded or failed: what SAM creates, and what the function's role may do there.

use serde_json::{Value, json};

/// Returns what SAM creates where no destination is given: the suffix of its logical id, and its type.
pub(super) fn created(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "SQS" => Some(("Queue", "AWS::SQS::Queue")),
        "SNS" => Some(("Topic", "AWS::SNS::Topic")),
        _ => None,
    }
}

/// Returns the statements that let a role send to a destination; none for a type that SAM does not know.
pub(super) fn statements(kind: &str, destination: &Value) -> Vec<Value> {
    let allow = |action: &str, resource: &Value| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    match kind {
        "SQS" => vec![allow("sqs:SendMessage", destination)],
        "SNS" => vec![allow("sns:publish", destination)],
        "EventBridge" => vec![allow("events:PutEvents", destination)],
        "Lambda" => vec![allow("lambda:InvokeFunction", destination)],
        "S3" | "S3Bucket" => vec![
            allow("s3:PutObject", &json!({"Fn::Join": ["/", [destination, "*"]]})),
            allow("s3:ListBucket", destination),
        ],
        _ => Vec::new(),
    }
}
