//! How CloudFormation writes what is known only when deployed: an object with one key, the intrinsic's name.

use serde_json::{Map, Value};

/// Whether an object is a `Ref` or a call of an intrinsic function.
pub(crate) fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| is_name(key))
}

/// Whether a key is `Ref` or names an intrinsic function.
pub(crate) fn is_name(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// Refers to nothing: whatever has this value is as if it were not there.
pub(crate) const NO_VALUE: &str = "AWS::NoValue";

/// Whether a value is `{"Ref": "AWS::NoValue"}`.
pub(crate) fn is_no_value(value: &Value) -> bool {
    value.get("Ref").is_some_and(|name| name == NO_VALUE)
}
