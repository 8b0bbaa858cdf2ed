//! Reads a template as `CloudFormation` does: its sections, its resources, and the outcomes of intrinsics.

use model::pointer::below;
use review::template::intrinsic::{NO_VALUE, is_name};
use serde_json::{Map, Value};

/// Returns the entries of a top-level section.
pub(super) fn section<'a>(template: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    template.get(name).and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// Returns the resources of some types: the pointer to the properties of each, and the properties.
pub(super) fn resources<'a>(
    template: &'a Value,
    types: &'a [&str],
) -> impl Iterator<Item = (String, &'a Map<String, Value>)> {
    section(template, "Resources")
        .filter(move |(_, resource)| {
            resource.get("Type").and_then(Value::as_str).is_some_and(|kind| types.contains(&kind))
        })
        .filter_map(|(id, resource)| {
            Some((format!("{}/Properties", below("/Resources", id)), resource.get("Properties")?.as_object()?))
        })
}

/// Returns every function: the pointer to its properties, and the properties.
pub(super) fn functions(template: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    resources(template, &["AWS::Serverless::Function", "AWS::Lambda::Function"])
}

/// Calls `f` with a value and every value below it, parents first, and the pointer to each.
pub(super) fn walk<'a>(pointer: &str, value: &'a Value, f: &mut impl FnMut(&str, &'a Value)) {
    f(pointer, value);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| walk(&below(pointer, key), value, f)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(&format!("{pointer}/{index}"), item, f));
        }
        _ => {}
    }
}

/// Returns the last key of a pointer.
pub(super) fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

/// Returns the name and the argument of an intrinsic.
pub(super) fn intrinsic(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, argument) = map.iter().next()?;
    is_name(key).then_some((key, argument))
}

/// Returns the arguments of an `Fn::If`.
pub(super) fn choice(value: &Value) -> Option<(&str, &Value, &Value)> {
    match (intrinsic(value)?, value.get("Fn::If")?.as_array()?.as_slice()) {
        ((_, _), [Value::String(condition), yes, no]) => Some((condition, yes, no)),
        _ => None,
    }
}

pub(super) fn is_no_value(value: &Value) -> bool {
    intrinsic(value).is_some_and(|(key, argument)| key == "Ref" && argument == NO_VALUE)
}

/// Returns every value that conditions may choose, except `AWS::NoValue`.
pub(super) fn outcomes(value: &Value) -> Vec<&Value> {
    match choice(value) {
        Some((_, yes, no)) => [yes, no].into_iter().flat_map(outcomes).collect(),
        None if is_no_value(value) => Vec::new(),
        None => vec![value],
    }
}

/// [`outcomes`] of a property that may be missing.
pub(super) fn outcomes_of<'a>(properties: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    properties.get(key).map(outcomes).unwrap_or_default()
}

/// Returns the condition that a property depends on, and the outcome that sets it. `None` if it is always set.
pub(super) fn guard(value: &Value) -> Option<(&str, bool)> {
    let (condition, yes, no) = choice(value)?;
    match (is_no_value(yes), is_no_value(no)) {
        (false, true) => Some((condition, true)),
        (true, false) => Some((condition, false)),
        _ => None,
    }
}

/// Returns the text of a string or an `Fn::Sub`, and the names that are inserted into it. `None` for other values.
pub(super) fn substituted(value: &Value) -> Option<(&str, Vec<&str>)> {
    if let Some(text) = value.as_str() {
        return Some((text, Vec::new()));
    }
    let (_, argument) = intrinsic(value).filter(|(key, _)| *key == "Fn::Sub")?;
    let text = argument.as_str().or_else(|| argument.get(0)?.as_str())?;
    let names = text.split("${").skip(1).filter(|rest| !rest.starts_with('!'));
    Some((text, names.filter_map(|rest| Some(rest.split_once('}')?.0.trim())).collect()))
}

/// Returns the names that a value itself refers to, without those of the values below it.
pub(super) fn referenced(value: &Value) -> impl Iterator<Item = &str> {
    let names = match intrinsic(value) {
        Some(("Ref", name)) => name.as_str().into_iter().collect(),
        Some(("Fn::GetAtt", Value::String(path))) => path.split('.').take(1).collect(),
        Some(("Fn::GetAtt", path)) => path.get(0).and_then(Value::as_str).into_iter().collect(),
        Some(("Fn::Sub", argument)) => {
            let local = argument.get(1);
            let names = substituted(value).map(|(_, names)| names).unwrap_or_default();
            let free = names.into_iter().filter(|name| local.is_none_or(|local| local.get(name).is_none()));
            free.filter_map(|name| name.split('.').next()).collect()
        }
        _ => Vec::new(),
    };
    names.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_text() {
        let sub = |text: &str| serde_json::json!({ "Fn::Sub": text });
        assert_eq!(substituted(&sub("a${B}c${!D}${E.Arn}")), Some(("a${B}c${!D}${E.Arn}", vec!["B", "E.Arn"])));
        assert_eq!(substituted(&serde_json::json!("${B}")), Some(("${B}", vec![])));
        assert_eq!(substituted(&serde_json::json!({ "Ref": "B" })), None);
    }
}
