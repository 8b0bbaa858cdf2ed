//! Whether a value fits what a blueprint declares of a property or a relation, as far as Port's own check is sure.

use model::{Relation, ValueType};
use serde_json::{Map, Value};

use crate::mapping::format;
use crate::mapping::pattern::Pattern;

/// Why a value does not fit. The words go on after "property `x`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// What kind of constraint, as the code of a finding.
    pub(crate) code: &'static str,
    /// Such as "wants a number, this gives a string".
    pub(crate) words: String,
    /// "item 2 of " where a part of the value is at fault; written before the property.
    pub(crate) part: String,
    /// What an input needs so that its form refuses what the property refuses, as a pair of its document.
    pub(crate) mirror: Option<String>,
}

impl Misfit {
    /// The code of a wrong type: no value of that type ever fits.
    pub(crate) const TYPE: &'static str = "type-mismatch";

    fn new(code: &'static str, words: String) -> Self {
        Self { code, words, part: String::new(), mirror: None }
    }

    /// The same of a part. Only a misfit of the whole says what an input needs.
    fn in_part(self, part: &str) -> Self {
        Self { part: format!("{}{part} of ", self.part), mirror: None, ..self }
    }

    fn mirrored(code: &'static str, words: String, rules: &Value, keyword: &str) -> Self {
        let mirror = rules.get(keyword).map(|rule| format!("\"{keyword}\": {rule}"));
        Self { code, words, part: String::new(), mirror }
    }
}

/// The first reason why `value` does not fit a property that is declared by `rules`.
pub(crate) fn property(rules: &Value, value: &Value) -> Option<Misfit> {
    if let Some(wanted) = rules.get("type").and_then(Value::as_str).and_then(ValueType::parse)
        && ValueType::of(value) != Some(wanted)
    {
        return Some(Misfit::new(Misfit::TYPE, format!("wants {}, this gives {}", wanted.describe(), kind(value))));
    }
    if let Some(Value::Array(choices)) = rules.get("enum")
        && !choices.is_empty()
        && !choices.iter().any(|choice| same(choice, value))
    {
        let words = format!("takes only {}, this gives {}", choice(choices), quote(value));
        return Some(Misfit::mirrored("enum-mismatch", words, rules, "enum"));
    }
    match value {
        Value::String(text) => string(rules, text),
        Value::Number(number) => bounds(rules, number.as_f64()?, value),
        Value::Array(items) => list(rules, items),
        Value::Object(map) => object(rules, map),
        Value::Null | Value::Bool(_) => None,
    }
}

/// The reason why a relation cannot hold `value`. A query that finds the entities is let through.
pub(crate) fn relation(relation: &Relation, value: &Value) -> Option<Misfit> {
    let fits = match value {
        Value::String(_) => !relation.many,
        Value::Array(items) => relation.many && items.iter().all(Value::is_string),
        other => is_query(other),
    };
    if fits {
        return None;
    }
    let wanted = if relation.many { "a list of identifiers" } else { "the identifier of one entity" };
    let found = match value {
        Value::Array(items) if relation.many => {
            let odd = items.iter().find(|item| !item.is_string()).map_or("nothing", kind);
            format!("a list with {odd} in it")
        }
        other => kind(other).to_owned(),
    };
    Some(Misfit::new(Misfit::TYPE, format!("wants {wanted}, this gives {found}")))
}

/// The reason why `value` is neither a team's name nor a list of them.
pub(crate) fn team(value: &Value) -> Option<Misfit> {
    let fits = match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(Value::is_string),
        other => is_query(other),
    };
    (!fits).then(|| {
        Misfit::new(Misfit::TYPE, format!("wants a team's name or a list of names, this gives {}", kind(value)))
    })
}

/// In place of an identifier Port takes a search for it.
fn is_query(value: &Value) -> bool {
    value.get("combinator").is_some() && value.get("rules").is_some()
}

/// A value's type with its article; null is "null".
pub(crate) fn kind(value: &Value) -> &'static str {
    ValueType::of(value).map_or("null", ValueType::describe)
}

/// A value in backticks, short enough for a sentence.
pub(crate) fn quote(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => return "empty text".to_owned(),
        Value::String(text) => text.replace('\n', "\\n"),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 40;

/// "`a`", "`a` or `b`", "`a`, `b` or `c`"; of many the first few.
pub(crate) fn choice(values: &[Value]) -> String {
    const FEW: usize = 6;
    let mut words: Vec<String> = values.iter().take(FEW).map(quote).collect();
    if values.len() > FEW {
        words.push(format!("{} others", values.len() - FEW));
    }
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// Equal as Port sees it: 2 is 2.0.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn string(rules: &Value, text: &str) -> Option<Misfit> {
    let length = text.chars().count();
    if let Some((keyword, words)) = size(rules, ["minLength", "maxLength"], length, "character") {
        return Some(Misfit::mirrored("length-mismatch", words, rules, keyword));
    }
    if let Some(pattern) = rules.get("pattern").and_then(Value::as_str)
        && Pattern::new(pattern).and_then(|compiled| compiled.matches(text)) == Some(false)
    {
        let words = format!("wants text that matches `{pattern}`, this gives {}", quote(&text.into()));
        return Some(Misfit::mirrored("pattern-mismatch", words, rules, "pattern"));
    }
    let format = rules.get("format").and_then(Value::as_str)?;
    let wanted = format::wanted(format, text)?;
    let words = format!("wants {wanted}, this gives {}", quote(&text.into()));
    Some(Misfit::mirrored("format-mismatch", words, rules, "format"))
}

fn bounds(rules: &Value, number: f64, value: &Value) -> Option<Misfit> {
    type Holds = fn(f64, f64) -> bool;
    let keywords: [(&str, Holds, &str); 4] = [
        ("minimum", |is, bound| is >= bound, "at least"),
        ("maximum", |is, bound| is <= bound, "at most"),
        ("exclusiveMinimum", |is, bound| is > bound, "more than"),
        ("exclusiveMaximum", |is, bound| is < bound, "less than"),
    ];
    keywords.into_iter().find_map(|(keyword, holds, words)| {
        let bound = rules.get(keyword)?;
        let broken = !holds(number, bound.as_f64()?);
        broken.then(|| {
            let words = format!("wants {words} `{bound}`, this gives {}", quote(value));
            Misfit::mirrored("bounds-mismatch", words, rules, keyword)
        })
    })
}

fn list(rules: &Value, items: &[Value]) -> Option<Misfit> {
    if let Some((keyword, words)) = size(rules, ["minItems", "maxItems"], items.len(), "item") {
        return Some(Misfit::mirrored("length-mismatch", words, rules, keyword));
    }
    if let Some(rules) = rules.get("items")
        && let Some((at, misfit)) = items.iter().enumerate().find_map(|(at, item)| Some((at, property(rules, item)?)))
    {
        return Some(misfit.in_part(&format!("item {}", at + 1)));
    }
    let twice = || items.iter().enumerate().find(|(at, item)| items.iter().skip(at + 1).any(|other| same(item, other)));
    if rules.get("uniqueItems") == Some(&Value::Bool(true))
        && let Some((_, item)) = twice()
    {
        let words = format!("wants no item twice, this gives {} twice", quote(item));
        return Some(Misfit::mirrored("unique-mismatch", words, rules, "uniqueItems"));
    }
    None
}

fn object(rules: &Value, map: &Map<String, Value>) -> Option<Misfit> {
    let declared = rules.get("properties").and_then(Value::as_object)?;
    let required = rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(key) = required.into_iter().find(|key| !map.contains_key(*key)) {
        return Some(Misfit::new("key-mismatch", format!("wants key `{key}` in its object, this gives none")));
    }
    let open =
        rules.get("additionalProperties") != Some(&Value::Bool(false)) || rules.get("patternProperties").is_some();
    map.iter().find_map(|(key, value)| match declared.get(key) {
        Some(rules) => Some(property(rules, value)?.in_part(&format!("key `{key}`"))),
        None if open => None,
        None => Some(Misfit::new("key-mismatch", format!("takes no key `{key}` in its object"))),
    })
}

fn size(rules: &Value, [least, most]: [&'static str; 2], is: usize, unit: &str) -> Option<(&'static str, String)> {
    let bound = |keyword: &str| rules.get(keyword)?.as_u64().and_then(|bound| usize::try_from(bound).ok());
    let words = |words: &str, bound: usize| {
        format!("wants {words} {bound} {unit}{}, this gives {is}", if bound == 1 { "" } else { "s" })
    };
    match (bound(least), bound(most)) {
        (Some(bound), _) if is < bound => Some((least, words("at least", bound))),
        (_, Some(bound)) if is > bound => Some((most, words("at most", bound))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties() {
        for (rules, value, want) in [
            (json!({"type": "number"}), json!(1), ""),
            (json!({"type": "number"}), json!("1"), "type-mismatch: wants a number, this gives a string"),
            (json!({"type": "string"}), json!(null), "type-mismatch: wants a string, this gives null"),
            (json!({"type": "number", "enum": [1, 2.0]}), json!(2), ""),
            (
                json!({"type": "string", "enum": ["a", "b", "c"]}),
                json!("d"),
                "enum-mismatch: takes only `a`, `b` or `c`, this gives `d` (\"enum\": [\"a\",\"b\",\"c\"])",
            ),
            (
                json!({"type": "number", "minimum": 1, "maximum": 4}),
                json!(4.5),
                "bounds-mismatch: wants at most `4`, this gives `4.5` (\"maximum\": 4)",
            ),
            (
                json!({"type": "number", "exclusiveMinimum": 0}),
                json!(0),
                "bounds-mismatch: wants more than `0`, this gives `0` (\"exclusiveMinimum\": 0)",
            ),
            (
                json!({"type": "string", "minLength": 1}),
                json!(""),
                "length-mismatch: wants at least 1 character, this gives 0 (\"minLength\": 1)",
            ),
            (json!({"type": "string", "maxLength": 2}), json!("日本"), ""),
            (
                json!({"type": "string", "pattern": "^[a-z]+$"}),
                json!("A"),
                "pattern-mismatch: wants text that matches `^[a-z]+$`, this gives `A` (\"pattern\": \"^[a-z]+$\")",
            ),
            (json!({"type": "string", "pattern": "^(?!x)"}), json!("x"), ""),
            (
                json!({"type": "string", "format": "url"}),
                json!("example.com"),
                "format-mismatch: wants a URL such as `https://example.com`, this gives `example.com` (\"format\": \"url\")",
            ),
            (json!({"type": "string", "format": "date-time"}), json!("2026-01-31t12:00:00.123+02:00"), ""),
            (
                json!({"type": "string", "format": "date-time"}),
                json!("2026-01-31"),
                "format-mismatch: wants a date and time such as `2026-01-31T12:00:00Z`, this gives `2026-01-31` (\"format\": \"date-time\")",
            ),
            (json!({"type": "string", "format": "ipv6"}), json!("::1"), ""),
            (json!({"type": "string", "format": "team"}), json!("anything"), ""),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                json!(["a", null]),
                "type-mismatch: item 2 of wants a string, this gives null",
            ),
            (
                json!({"type": "array", "maxItems": 1}),
                json!([1, 2]),
                "length-mismatch: wants at most 1 item, this gives 2 (\"maxItems\": 1)",
            ),
            (
                json!({"type": "array", "uniqueItems": true}),
                json!(["a", "a"]),
                "unique-mismatch: wants no item twice, this gives `a` twice (\"uniqueItems\": true)",
            ),
            (json!({"type": "object"}), json!({"any": 1}), ""),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}),
                json!({}),
                "key-mismatch: wants key `a` in its object, this gives none",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}, "additionalProperties": false}),
                json!({"a": 1, "b": 2}),
                "key-mismatch: takes no key `b` in its object",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}}),
                json!({"a": "x"}),
                "type-mismatch: key `a` of wants a number, this gives a string",
            ),
        ] {
            let got = property(&rules, &value).map_or_else(String::new, |misfit| {
                let mirror = misfit.mirror.map_or_else(String::new, |mirror| format!(" ({mirror})"));
                format!("{}: {}{}{mirror}", misfit.code, misfit.part, misfit.words)
            });
            assert_eq!(got, want, "{rules} {value}");
        }
    }

    #[test]
    fn relations_and_teams() {
        let of = |many| Relation { key: "r".into(), target: "t".into(), required: false, many };
        for (many, value, want) in [
            (false, json!("a"), ""),
            (false, json!(["a"]), "wants the identifier of one entity, this gives an array"),
            (false, json!({"combinator": "and", "rules": []}), ""),
            (false, json!({"identifier": "a"}), "wants the identifier of one entity, this gives an object"),
            (true, json!(["a", "b"]), ""),
            (true, json!([]), ""),
            (true, json!("a"), "wants a list of identifiers, this gives a string"),
            (
                true,
                json!(["a", {"identifier": "b"}]),
                "wants a list of identifiers, this gives a list with an object in it",
            ),
        ] {
            assert_eq!(relation(&of(many), &value).map_or_else(String::new, |m| m.words), want, "{value}");
        }
        assert_eq!((team(&json!("a")), team(&json!(["a"]))), (None, None));
        assert!(team(&json!({"name": "a"})).is_some());
    }
}
