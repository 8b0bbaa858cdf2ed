//! Intrinsics as `CloudFormation` reads them.

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{is_intrinsic, walk};

pub(super) fn check(template: &Value, violations: &mut Violations) {
    walk("", template, &mut |at, value| {
        let Value::Object(map) = value else { return };
        let functions: Vec<&str> = map.keys().map(String::as_str).filter(|key| is_intrinsic(key)).collect();
        if let [function, ..] = functions.as_slice()
            && map.len() > 1
        {
            let keys: Vec<String> = map.keys().map(|key| format!("`{key}`")).collect();
            let violation = violations.error(
                at,
                "mixed-intrinsic",
                format!("an intrinsic stands alone, here are {}", keys.join(" and ")),
            );
            for key in map.keys() {
                violation.caused_at(below(at, key));
            }
            violation.help(format!("a patch merges: remove the one that was there, \"{function}\": null"));
        }
        if map.get("Fn::GetAtt").is_some_and(Value::is_string) {
            violations
                .warning(below(at, "Fn::GetAtt"), "getatt-text", "`Fn::GetAtt` is written as a list everywhere else")
                .help("such as [\"Runner\", \"Arn\"]: reviews should not have to compare two forms");
        }
    });
}
