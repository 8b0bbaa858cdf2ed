//! The texts that a value may have when it is deployed, as far as the template itself says so.

use serde_json::Value;

use super::intrinsic::{choice, intrinsic, is_no_value, section};

/// Takes the place of what is known only when the template is deployed.
pub(super) const UNKNOWN: char = '\u{fffc}';

/// The most texts of one value. Of more combinations, the first are taken, and each part alone.
const MOST: usize = 64;

/// The deepest nesting of intrinsics that is followed; `CloudFormation` allows less.
const DEPTH: usize = 32;

/// Returns the texts that a string, a number, a boolean or an intrinsic may become, before they are encoded. Empty for other
/// values.
pub(super) fn texts(template: &Value, value: &Value) -> Vec<String> {
    Literals { template }.texts(value, DEPTH)
}

struct Literals<'a> {
    template: &'a Value,
}

impl Literals<'_> {
    fn texts(&self, value: &Value, depth: usize) -> Vec<String> {
        let Some(depth) = depth.checked_sub(1) else { return vec![UNKNOWN.to_string()] };
        match value {
            Value::String(text) => return vec![text.clone()],
            Value::Number(_) | Value::Bool(_) => return vec![value.to_string()],
            _ => {}
        }
        if is_no_value(value) {
            return Vec::new();
        }
        if let Some((_, yes, no)) = choice(value) {
            return [yes, no].into_iter().flat_map(|outcome| self.texts(outcome, depth)).collect();
        }
        if let Some(items) = value.as_array() {
            return items.iter().flat_map(|item| self.texts(item, depth)).collect();
        }
        match intrinsic(value) {
            None => Vec::new(),
            Some(("Ref", name)) => self.referenced(name.as_str().unwrap_or_default()),
            Some(("Fn::Sub", argument)) => self.substituted(argument, depth),
            Some(("Fn::Join", argument)) => {
                let delimiter = argument.get(0).and_then(Value::as_str).unwrap_or_default();
                let parts = argument.get(1).map(|list| self.items(list, depth)).unwrap_or_default();
                let mut joined = Vec::new();
                for (at, part) in parts.into_iter().enumerate() {
                    if at > 0 {
                        joined.push(vec![delimiter.to_owned()]);
                    }
                    joined.push(part);
                }
                combined(joined)
            }
            Some(("Fn::Select", argument)) => {
                let mut items = argument.get(1).map(|list| self.items(list, depth)).unwrap_or_default();
                let index = argument.get(0).and_then(|index| {
                    index
                        .as_u64()
                        .and_then(|index| usize::try_from(index).ok())
                        .or_else(|| index.as_str()?.parse().ok())
                });
                match index.filter(|index| *index < items.len()) {
                    Some(index) => items.swap_remove(index),
                    None => items.into_iter().flatten().collect(),
                }
            }
            Some(("Fn::Split", _)) => self.items(value, depth).into_iter().flatten().collect(),
            Some(("Fn::FindInMap", argument)) => self.mapped(argument, depth),
            Some(("Fn::GetAtt", _)) => vec![UNKNOWN.to_string()],
            Some(("Fn::ImportValue", argument)) => {
                let names = self.texts(argument, depth).into_iter();
                names.map(|name| if is_export(&name) { UNKNOWN.to_string() } else { name }).collect()
            }
            // The name of a macro is not one of its texts.
            Some(("Fn::Transform", argument)) => {
                argument.get("Parameters").map(|texts| self.leaves(texts, depth)).unwrap_or_default()
            }
            // `Fn::Base64`, `Fn::ToJsonString`, `Fn::Cidr` and those to come: whatever they do with their texts.
            Some((_, argument)) => self.leaves(argument, depth),
        }
    }

    /// Returns the texts of each item of a list.
    fn items(&self, list: &Value, depth: usize) -> Vec<Vec<String>> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        if let Some(items) = list.as_array() {
            return items.iter().map(|item| self.texts(item, depth)).filter(|texts| !texts.is_empty()).collect();
        }
        if let Some((_, yes, no)) = choice(list) {
            return [yes, no].into_iter().flat_map(|outcome| self.items(outcome, depth)).collect();
        }
        let (texts, delimiter) = match intrinsic(list) {
            Some(("Fn::Split", argument)) => (
                argument.get(1).map(|text| self.texts(text, depth)).unwrap_or_default(),
                argument.get(0).and_then(Value::as_str).filter(|delimiter| !delimiter.is_empty()).unwrap_or(","),
            ),
            _ => (self.texts(list, depth), ","),
        };
        texts.iter().flat_map(|text| text.split(delimiter)).map(|part| vec![part.to_owned()]).collect()
    }

    /// Returns the default of a parameter that is not masked, since that of a masked one is checked where it is written.
    fn referenced(&self, name: &str) -> Vec<String> {
        let parameter = section(self.template, "Parameters").find(|(parameter, _)| *parameter == name);
        let is_value = |kind: &str| !kind.starts_with("AWS::SSM::");
        let default = parameter
            .filter(|(_, parameter)| parameter.get("Type").and_then(Value::as_str).is_some_and(is_value))
            .filter(|(_, parameter)| parameter.get("NoEcho").is_none_or(|masked| masked == false || masked == "false"))
            .and_then(|(_, parameter)| parameter.get("Default"));
        let default = default.map(|default| default.as_str().map_or_else(|| default.to_string(), str::to_owned));
        default.into_iter().chain([UNKNOWN.to_string()]).collect()
    }

    fn substituted(&self, argument: &Value, depth: usize) -> Vec<String> {
        let (Some(text), local) = (argument.as_str().or_else(|| argument.get(0)?.as_str()), argument.get(1)) else {
            return self.leaves(argument, depth);
        };
        let mut pieces = text.split("${");
        let mut parts = vec![vec![pieces.next().unwrap_or_default().to_owned()]];
        for piece in pieces {
            let Some((name, rest)) = piece.split_once('}') else {
                parts.push(vec![format!("${{{piece}")]);
                continue;
            };
            let name = name.trim();
            parts.push(match (name.strip_prefix('!'), local.and_then(|local| local.get(name))) {
                (Some(literal), _) => vec![format!("${{{literal}}}")],
                (None, Some(value)) => self.texts(value, depth),
                (None, None) => self.referenced(name),
            });
            parts.push(vec![rest.to_owned()]);
        }
        combined(parts)
    }

    /// Returns the values of a mapping under the keys that are known.
    fn mapped(&self, argument: &Value, depth: usize) -> Vec<String> {
        let is = |at: usize, key: &str| argument.get(at).and_then(Value::as_str).is_none_or(|known| known == key);
        let mut texts = Vec::new();
        for (_, mapping) in section(self.template, "Mappings").filter(|(name, _)| is(0, name)) {
            for (_, second) in mapping.as_object().into_iter().flatten().filter(|(key, _)| is(1, key)) {
                for (_, value) in second.as_object().into_iter().flatten().filter(|(key, _)| is(2, key)) {
                    texts.extend(self.texts(value, depth));
                }
            }
        }
        let default = argument.get(3).and_then(|options| options.get("DefaultValue"));
        texts.extend(default.into_iter().flat_map(|default| self.texts(default, depth)));
        texts.push(UNKNOWN.to_string());
        texts
    }

    /// Returns the texts of every string, number and intrinsic in a value.
    fn leaves(&self, value: &Value, depth: usize) -> Vec<String> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        match value {
            Value::Object(pairs) if intrinsic(value).is_none() => {
                pairs.iter().flat_map(|(_, value)| self.leaves(value, depth)).collect()
            }
            Value::Array(items) => items.iter().flat_map(|item| self.leaves(item, depth)).collect(),
            other => self.texts(other, depth),
        }
    }
}

/// Whether a text is the name of an export: with a reference, a hyphen or a colon, or one that says what it names. Any other
/// text is taken for a value that is hidden there.
fn is_export(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts = name.split(['-', ':']).filter(|part| part.contains(char::is_alphabetic)).count();
    name.contains(UNKNOWN) || parts > 1 || ["arn", "id", "name", "role"].iter().any(|end| lower.ends_with(end))
}

/// Returns every combination of one text of each part, in order.
fn combined(parts: Vec<Vec<String>>) -> Vec<String> {
    let mut combined = vec![String::new()];
    let mut alone = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if combined.len() * part.len() > MOST {
            alone.extend(part.iter().cloned());
        }
        let next = combined.iter().flat_map(|start| part.iter().map(move |text| format!("{start}{text}")));
        combined = next.take(MOST).collect();
    }
    combined.extend(alone);
    combined
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_of_intrinsics() {
        let template = json!({
            "Parameters": {
                "Plain": { "Type": "String", "Default": "p" },
                "Masked": { "Type": "String", "NoEcho": true, "Default": "" },
                "Name": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a" },
                "List": { "Type": "CommaDelimitedList", "Default": "x,y" },
            },
            "Mappings": { "M": { "dev": { "a": "1", "b": "2" }, "prod": { "a": "3" } } },
        });
        for (value, want) in [
            (json!("a"), &["a"][..]),
            (json!({ "Fn::Join": ["-", ["a", "b", { "Ref": "AWS::Region" }]] }), &["a-b-?"]),
            (json!({ "Fn::If": ["C", "a", { "Fn::If": ["D", "b", { "Ref": "AWS::NoValue" }] }] }), &["a", "b"]),
            (json!({ "Fn::Join": ["", [{ "Fn::If": ["C", "a", "b"] }, "c"]] }), &["ac", "bc"]),
            (json!({ "Fn::Select": [1, ["a", "b"]] }), &["b"]),
            (json!({ "Fn::Select": ["0", { "Fn::Split": ["|", "a|b"] }] }), &["a"]),
            (json!({ "Fn::Select": [{ "Ref": "N" }, ["a", "b"]] }), &["a", "b"]),
            (json!({ "Fn::Select": [1, { "Ref": "List" }] }), &["y"]),
            (json!({ "Fn::Base64": { "Fn::Sub": "a${Plain}${!B}${R.Arn}" } }), &["ap${B}?", "a?${B}?"]),
            (json!({ "Fn::Sub": ["${A}${Masked}", { "A": { "Fn::Join": ["", ["b", "c"]] } }] }), &["bc?"]),
            (json!({ "Ref": "Name" }), &["?"]),
            (json!({ "Fn::FindInMap": ["M", "dev", { "Ref": "K" }] }), &["1", "2", "?"]),
            (json!({ "Fn::FindInMap": ["N", "a", "b", { "DefaultValue": "d" }] }), &["d", "?"]),
            (json!({ "Fn::Transform": { "Name": "T", "Parameters": { "P": "q" } } }), &["q"]),
            (json!({ "Fn::ToJsonString": { "a": ["b", { "Ref": "Masked" }] } }), &["b", "?"]),
            (json!({ "Fn::ToJsonString": { "Name": "a", "b": 1 } }), &["a", "1"]),
            (json!({ "Fn::Join": ["-", ["a", 1, true]] }), &["a-1-true"]),
            (json!(12), &["12"]),
            (json!({ "Fn::ImportValue": "hunter2" }), &["hunter2"]),
            (json!({ "Fn::ImportValue": "net:RoleArn" }), &["?"]),
            (json!({ "Fn::Cidr": ["hunter2", 1] }), &["hunter2", "1"]),
            (json!({ "Fn::Length": ["hunter2"] }), &["hunter2"]),
            (json!({ "A": "b" }), &[]),
        ] {
            let found: Vec<String> = texts(&template, &value).iter().map(|text| text.replace(UNKNOWN, "?")).collect();
            assert_eq!(found, want, "{value}");
        }
    }

    /// Neither many alternatives nor deep nesting takes long, and every part is still seen.
    #[test]
    fn combinations_are_bounded() {
        let either = json!({ "Fn::If": ["C", "a", "b"] });
        let mut parts = vec![either; 40];
        parts.push(json!({ "Fn::If": ["C", "c", "hunter2"] }));
        let found = texts(&json!({}), &json!({ "Fn::Join": ["", parts] }));
        assert!(found.len() < 1_000 && found.iter().any(|text| text.contains("hunter2")));
        let deep = (0..100).fold(json!("a"), |value, _| json!({ "Fn::Base64": value }));
        assert!(texts(&json!({}), &deep).len() < 2);
    }
}
