//! Checks that intrinsics are well formed.

use documents::wording::join;
use model::pointer::below;
use review::template::intrinsic;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::walk;

pub(super) fn check(template: &Value, violations: &mut Violations) {
    walk("", template, &mut |at, value| {
        let Value::Object(map) = value else { return };
        let functions: Vec<&str> = map.keys().map(String::as_str).filter(|key| intrinsic::is_name(key)).collect();
        if let [function, ..] = functions.as_slice()
            && map.len() > 1
        {
            let keys: Vec<String> = map.keys().map(|key| format!("`{key}`")).collect();
            let violation = violations.error(
                at,
                "mixed-intrinsic",
                format!("`{function}` must be the only key of its object; found {}", join(&keys, "and")),
            );
            for key in map.keys() {
                violation.caused_at(below(at, key));
            }
            violation.help(format!("overrides are merged; to replace the existing one, add \"{function}\": null"));
        }
        if map.get("Fn::GetAtt").is_some_and(Value::is_string) {
            violations
                .warning(
                    below(at, "Fn::GetAtt"),
                    "getatt-text",
                    "`Fn::GetAtt` is a list everywhere else in the template",
                )
                .help("write it as a list, such as [\"Runner\", \"Arn\"]");
        }
    });
}
