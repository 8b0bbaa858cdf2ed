//! Finds the override that wrote a place in the changed template.

use documents::finding::Place;
use model::pointer::{below, tokens};
use serde_json::Value;

/// Returns the place in an overrides document that a place in the changed template comes from. `None` if the overrides did
/// not write it.
pub(super) fn origin(document: &Value, pointer: &str) -> Option<Place> {
    let mut at = document;
    let mut way = String::new();
    let mut new = false;
    for (depth, name) in tokens(pointer).enumerate() {
        let marked = format!("+{name}");
        let (key, next) = match at {
            Value::Object(map) if depth == 1 && map.contains_key(&marked) => {
                new = true;
                let next = map.get(&marked);
                (marked, next)
            }
            Value::Object(map) => {
                let next = map.get(&name);
                (name, next)
            }
            Value::Array(items) => {
                let next = name.parse::<usize>().ok().and_then(|index| items.get(index));
                (name, next)
            }
            _ => (name, None),
        };
        match next {
            Some(next) => at = next,
            // An object changes only the keys that it has. Any other value replaces everything below.
            None if at.is_object() && !new => return None,
            None => break,
        }
        way = below(&way, &key);
    }
    let whole = at.is_object() || at.is_array();
    Some(match (way.is_empty(), whole) {
        (true, _) => Place::File,
        (false, true) => Place::Key(way),
        (false, false) => Place::Value(way),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn origins() {
        let document = json!({"Resources": {
            "Runner": {"Properties": {"Timeout": 900, "Role": null, "Layers": [{"Ref": "X"}]}},
            "+Queue": {"Type": "AWS::SQS::Queue"},
        }});
        let value = |pointer: &str| Some(Place::Value(pointer.to_owned()));
        let key = |pointer: &str| Some(Place::Key(pointer.to_owned()));
        for (pointer, want) in [
            ("/Resources/Runner/Properties/Timeout", value("/Resources/Runner/Properties/Timeout")),
            ("/Resources/Runner/Properties/Role/Fn::GetAtt", value("/Resources/Runner/Properties/Role")),
            ("/Resources/Runner/Properties/Layers/0/Ref", value("/Resources/Runner/Properties/Layers/0/Ref")),
            ("/Resources/Runner/Properties/MemorySize", None),
            ("/Resources/Queue", key("/Resources/+Queue")),
            ("/Resources/Queue/Metadata/Description", key("/Resources/+Queue")),
            ("/Resources/RunnerRole", None),
            ("/Outputs/X", None),
            ("", Some(Place::File)),
        ] {
            assert_eq!(origin(&document, pointer), want, "{pointer}");
        }
    }
}
