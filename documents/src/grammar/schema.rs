//! JSON Schemas, made of types that derive them.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// The schema as an editor reads it: without our extensions.
pub fn published<T: JsonSchema>() -> Schema {
    let mut schema = annotated::<T>();
    let mut hide = RecursiveTransform(|schema: &mut Schema| {
        if let Some(object) = schema.as_object_mut() {
            object.retain(|key, _| !key.starts_with("x-"));
        }
    });
    hide.transform(&mut schema);
    schema
}

/// The schema with our extensions, from which the checker is compiled.
pub(crate) fn annotated<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().with_transform(RecursiveTransform(plain)).into_generator().into_root_schema_for::<T>()
}

/// `Option` says that a key may be left out, not that it may be null; and no reader needs the size of our integers.
fn plain(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [alone] = types.as_slice() {
            let alone = alone.clone();
            object.insert("type".to_owned(), alone);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if object.get("type").is_some_and(|name| name == "integer" || name == "number") {
        object.remove("format");
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| !is_never(branch));
        if let [some, null] = branches.as_slice()
            && null.as_object().is_some_and(|null| null.len() == 1)
            && null["type"] == "null"
        {
            let some = some.clone();
            object.remove("anyOf");
            unwrap(object, some);
        }
    }
}

/// `false`, or the same with a description.
fn is_never(schema: &Value) -> bool {
    *schema == Value::Bool(false) || schema.get("not").is_some_and(|not| not.as_object().is_some_and(Map::is_empty))
}

/// Puts the only branch in the place of the choice; a reference stands alone in draft 7, so others go around it.
fn unwrap(object: &mut Map<String, Value>, branch: Value) {
    match branch {
        Value::Object(branch) if object.is_empty() || !branch.contains_key("$ref") => {
            for (key, value) in branch {
                object.entry(key).or_insert(value);
            }
        }
        branch => drop(object.insert("allOf".to_owned(), Value::Array(vec![branch]))),
    }
}
