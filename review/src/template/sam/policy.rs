//! SAM's policy templates: the statements that `Policies` of a function or a state machine has by a name, such as
//! `S3ReadPolicy`.
//!
//! `policies.json` is `policy_templates.json` of `aws-sam-translator`: the statements of each template, which all allow, with
//! `%{Name}` for a parameter.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

static TEMPLATES: LazyLock<BTreeMap<String, Vec<Value>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("policies.json")).unwrap_or_default());

/// Returns the policy that an entry of `Policies` is short for; `None` for what SAM has no template for, or refuses.
pub(super) fn expanded(entry: &Map<String, Value>) -> Option<Value> {
    let (name, values) = entry.iter().next().filter(|_| entry.len() == 1)?;
    let values = values.as_object()?;
    let template = TEMPLATES.get(name)?;
    let mut statements = Vec::new();
    if !values.keys().all(|value| template.iter().any(|statement| names(statement, value))) {
        return None;
    }
    for statement in template {
        let mut statement = filled(statement, values)?;
        statement["Effect"] = json!("Allow");
        statements.push(statement);
    }
    Some(json!({"PolicyDocument": {"Statement": statements}}))
}

/// Whether a part of a template has this parameter.
fn names(value: &Value, parameter: &str) -> bool {
    match value {
        Value::String(text) => text.contains(&format!("%{{{parameter}}}")),
        Value::Array(items) => items.iter().any(|item| names(item, parameter)),
        Value::Object(map) => map.values().any(|value| names(value, parameter)),
        _ => false,
    }
}

/// Fills in the values of parameters; `None` if one is missing.
fn filled(value: &Value, values: &Map<String, Value>) -> Option<Value> {
    Some(match value {
        Value::String(text) => return filled_text(text, values),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, values)).collect::<Option<_>>()?),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| Some((key.clone(), filled(value, values)?)));
            Value::Object(pairs.collect::<Option<_>>()?)
        }
        scalar => scalar.clone(),
    })
}

fn filled_text(text: &str, values: &Map<String, Value>) -> Option<Value> {
    let mut variables = Map::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("%{") {
        let (name, behind) = after.split_once('}')?;
        rest = behind;
        let value = values.get(name)?;
        if text.len() == name.len() + 3 {
            return Some(value.clone());
        }
        variables.insert(name.to_owned(), value.clone());
    }
    Some(match (variables.is_empty(), text.contains("${")) {
        (true, false) => json!(text),
        (true, true) => json!({ "Fn::Sub": text }),
        _ => json!({"Fn::Sub": [text.replace("%{", "${"), variables]}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each template can be filled in, and leaves nothing open.
    #[test]
    fn every_template_is_expanded() {
        assert!(TEMPLATES.len() > 80);
        for (name, statements) in &*TEMPLATES {
            let text = json!(statements).to_string();
            let names = text.split("%{").skip(1).filter_map(|after| after.split('}').next());
            let values: Map<String, Value> = names.map(|name| (name.to_owned(), json!("value"))).collect();
            let entry = Map::from_iter([(name.clone(), Value::Object(values.clone()))]);
            let policy = expanded(&entry).unwrap();
            assert!(!policy.to_string().contains("%{"), "{name}");
            assert!(
                policy["PolicyDocument"]["Statement"].as_array().unwrap().iter().all(|one| one["Effect"] == "Allow")
            );
            let without = Map::from_iter([(name.clone(), json!({}))]);
            assert_eq!(expanded(&without).is_some(), values.is_empty(), "{name}");
        }
    }

    #[test]
    fn values_are_filled_in() {
        let entry = json!({"S3ReadPolicy": {"BucketName": {"Ref": "B"}}});
        let policy = expanded(entry.as_object().unwrap()).unwrap();
        let resources = &policy["PolicyDocument"]["Statement"][0]["Resource"];
        assert_eq!(
            resources[1],
            json!({"Fn::Sub": ["arn:${AWS::Partition}:s3:::${BucketName}/*", {"BucketName": {"Ref": "B"}}]})
        );
        for other in [
            json!({"NoSuchPolicy": {}}),
            json!({"S3ReadPolicy": "B"}),
            json!({"A": {}, "S3ReadPolicy": {}}),
            json!({"S3ReadPolicy": {"BucketName": "b", "Other": "c"}}),
        ] {
            assert_eq!(expanded(other.as_object().unwrap()), None, "{other}");
        }
    }
}
