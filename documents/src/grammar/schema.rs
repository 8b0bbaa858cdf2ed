//! JSON Schemas of the grammar's types.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// Returns the schema for editors, without our extensions.
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

/// Returns the schema with our extensions, from which the checker is compiled.
pub(crate) fn annotated<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().with_transform(RecursiveTransform(plain)).into_generator().into_root_schema_for::<T>()
}

/// Removes null from the schema of an `Option`, which is a key that may be absent, and the size of integers.
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

/// Returns whether a schema is `false`, possibly with a description.
fn is_never(schema: &Value) -> bool {
    *schema == Value::Bool(false) || schema.get("not").is_some_and(|not| not.as_object().is_some_and(Map::is_empty))
}

/// Replaces a choice by its only branch. In draft 7 a reference must be the only key, so it is wrapped in `allOf`.
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
