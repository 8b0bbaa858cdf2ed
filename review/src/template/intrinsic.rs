//! Recognises CloudFormation's intrinsic functions: objects with one key, the function's name.

use serde_json::{Map, Value};

/// Whether an object is a `Ref` or a call to an intrinsic function.
pub(crate) fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| is_name(key))
}

/// Whether a key is `Ref` or names an intrinsic function.
pub fn is_name(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The pseudo parameter that removes a property when it is the property's value.
pub const NO_VALUE: &str = "AWS::NoValue";

/// Whether a value is `{"Ref": "AWS::NoValue"}`.
pub(crate) fn is_no_value(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.len() == 1 && map.get("Ref").is_some_and(|name| name == NO_VALUE))
}
