//! Checks that a value fits the property or relation that a blueprint declares, where Port's own check is known.

use documents::wording::join;
use model::{Relation, ValueType};
use serde_json::{Map, Value};

use crate::mapping::format;
use crate::mapping::pattern::Pattern;

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The kind of constraint, as the code of a finding.
    pub(crate) code: &'static str,
    /// The end of a sentence that begins with "property `x`", such as "must be a number, but this is a string".
    pub(crate) words: String,
    /// The beginning of the sentence, such as "item 2 of ", if a part of the value is at fault.
    pub(crate) part: String,
    /// The pair to add to an input, so that its form refuses what the property refuses.
    pub(crate) mirror: Option<String>,
}

impl Misfit {
    /// The code of a wrong type: no value of that type can fit.
    pub(crate) const TYPE: &'static str = "type-mismatch";

    fn new(code: &'static str, words: String) -> Self {
        Self { code, words, part: String::new(), mirror: None }
    }

    /// Attributes the misfit to a part. Only a misfit of the whole value has a pair for the input.
    fn in_part(self, part: &str) -> Self {
        Self { part: format!("{}{part} of ", self.part), mirror: None, ..self }
    }

    fn mirrored(code: &'static str, words: String, rules: &Value, keyword: &str) -> Self {
        let mirror = rules.get(keyword).map(|rule| format!("\"{keyword}\": {rule}"));
        Self { code, words, part: String::new(), mirror }
    }
}

/// Returns the first reason why `value` does not fit a property that is declared by `rules`.
pub(crate) fn property(rules: &Value, value: &Value) -> Option<Misfit> {
    if let Some(wanted) = rules.get("type").and_then(Value::as_str).and_then(ValueType::parse)
        && ValueType::of(value) != Some(wanted)
    {
        return Some(Misfit::new(Misfit::TYPE, format!("must be {}, but this is {}", wanted.describe(), kind(value))));
    }
    if let Some(Value::Array(choices)) = rules.get("enum")
        && !choices.is_empty()
        && !choices.iter().any(|choice| same(choice, value))
    {
        let words = format!("must be {}, but this is {}", choice(choices), quote(value));
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

/// Returns the reason why a relation cannot be `value`. A query that finds the entities is allowed.
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
            format!("a list that contains {odd}")
        }
        other => kind(other).to_owned(),
    };
    Some(Misfit::new(Misfit::TYPE, format!("must be {wanted}, but this is {found}")))
}

/// Returns the reason why `value` is neither a team's name nor a list of names.
pub(crate) fn team(value: &Value) -> Option<Misfit> {
    let fits = match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(Value::is_string),
        other => is_query(other),
    };
    (!fits).then(|| {
        Misfit::new(Misfit::TYPE, format!("must be a team's name or a list of names, but this is {}", kind(value)))
    })
}

/// Returns whether a value is a search, which Port accepts instead of an identifier.
fn is_query(value: &Value) -> bool {
    value.get("combinator").is_some() && value.get("rules").is_some()
}

/// Returns a value's type with its article; null is "null".
pub(crate) fn kind(value: &Value) -> &'static str {
    ValueType::of(value).map_or("null", ValueType::describe)
}

/// Writes a value in backticks, short enough for a sentence.
pub(crate) fn quote(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => return "an empty string".to_owned(),
        Value::String(text) => text.replace('\n', "\\n"),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// The number of characters of a value that are shown.
const SHOWN: usize = 40;

/// Lists values: "`a`", "`a` or `b`", "`a`, `b` or `c`"; only the first few of many.
pub(crate) fn choice(values: &[Value]) -> String {
    const FEW: usize = 6;
    let mut words: Vec<String> = values.iter().take(FEW).map(quote).collect();
    match values.len().saturating_sub(FEW) {
        0 => {}
        1 => words.push("another one".to_owned()),
        more => words.push(format!("{more} others")),
    }
    join(&words, "or")
}

/// Returns whether values are equal for Port: 2 equals 2.0.
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
        let words = format!("must match `{pattern}`, but this is {}", quote(&text.into()));
        return Some(Misfit::mirrored("pattern-mismatch", words, rules, "pattern"));
    }
    let format = rules.get("format").and_then(Value::as_str)?;
    let wanted = format::wanted(format, text)?;
    let words = format!("must be {wanted}, but this is {}", quote(&text.into()));
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
            let words = format!("must be {words} `{bound}`, but this is {}", quote(value));
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
        let words = format!("must not contain an item twice, but this contains {} twice", quote(item));
        return Some(Misfit::mirrored("unique-mismatch", words, rules, "uniqueItems"));
    }
    None
}

fn object(rules: &Value, map: &Map<String, Value>) -> Option<Misfit> {
    let declared = rules.get("properties").and_then(Value::as_object)?;
    let required = rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(key) = required.into_iter().find(|key| !map.contains_key(*key)) {
        return Some(Misfit::new("key-mismatch", format!("must have the key `{key}`, but this does not")));
    }
    let open =
        rules.get("additionalProperties") != Some(&Value::Bool(false)) || rules.get("patternProperties").is_some();
    map.iter().find_map(|(key, value)| match declared.get(key) {
        Some(rules) => Some(property(rules, value)?.in_part(&format!("key `{key}`"))),
        None if open => None,
        None => Some(Misfit::new("key-mismatch", format!("does not allow the key `{key}`"))),
    })
}

fn size(rules: &Value, [least, most]: [&'static str; 2], is: usize, unit: &str) -> Option<(&'static str, String)> {
    let bound = |keyword: &str| rules.get(keyword)?.as_u64().and_then(|bound| usize::try_from(bound).ok());
    let words = |words: &str, bound: usize| {
        format!("must have {words} {bound} {unit}{}, but this has {is}", if bound == 1 { "" } else { "s" })
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
    fn the_first_few_of_many_values_are_listed() {
        let listed = |number: u8| choice(&(1..=number).map(|value| json!(value)).collect::<Vec<_>>());
        for (number, want) in [
            (1, "`1`"),
            (2, "`1` or `2`"),
            (6, "`1`, `2`, `3`, `4`, `5` or `6`"),
            (7, "`1`, `2`, `3`, `4`, `5`, `6` or another one"),
            (8, "`1`, `2`, `3`, `4`, `5`, `6` or 2 others"),
        ] {
            assert_eq!(listed(number), want);
        }
    }

    #[test]
    fn properties() {
        for (rules, value, want) in [
            (json!({"type": "number"}), json!(1), ""),
            (json!({"type": "number"}), json!("1"), "type-mismatch: must be a number, but this is a string"),
            (json!({"type": "string"}), json!(null), "type-mismatch: must be a string, but this is null"),
            (json!({"type": "number", "enum": [1, 2.0]}), json!(2), ""),
            (
                json!({"type": "string", "enum": ["a", "b", "c"]}),
                json!("d"),
                "enum-mismatch: must be `a`, `b` or `c`, but this is `d` (\"enum\": [\"a\",\"b\",\"c\"])",
            ),
            (
                json!({"type": "number", "minimum": 1, "maximum": 4}),
                json!(4.5),
                "bounds-mismatch: must be at most `4`, but this is `4.5` (\"maximum\": 4)",
            ),
            (
                json!({"type": "number", "exclusiveMinimum": 0}),
                json!(0),
                "bounds-mismatch: must be more than `0`, but this is `0` (\"exclusiveMinimum\": 0)",
            ),
            (
                json!({"type": "string", "minLength": 1}),
                json!(""),
                "length-mismatch: must have at least 1 character, but this has 0 (\"minLength\": 1)",
            ),
            (json!({"type": "string", "maxLength": 2}), json!("日本"), ""),
            (
                json!({"type": "string", "pattern": "^[a-z]+$"}),
                json!("A"),
                "pattern-mismatch: must match `^[a-z]+$`, but this is `A` (\"pattern\": \"^[a-z]+$\")",
            ),
            (json!({"type": "string", "pattern": "^(?!x)"}), json!("x"), ""),
            (
                json!({"type": "string", "format": "url"}),
                json!("example.com"),
                "format-mismatch: must be a URL such as `https://example.com`, but this is `example.com` (\"format\": \"url\")",
            ),
            (json!({"type": "string", "format": "date-time"}), json!("2026-01-31t12:00:00.123+02:00"), ""),
            (
                json!({"type": "string", "format": "date-time"}),
                json!("2026-01-31"),
                "format-mismatch: must be a date and time such as `2026-01-31T12:00:00Z`, but this is `2026-01-31` (\"format\": \"date-time\")",
            ),
            (json!({"type": "string", "format": "ipv6"}), json!("::1"), ""),
            (json!({"type": "string", "format": "team"}), json!("anything"), ""),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                json!(["a", null]),
                "type-mismatch: item 2 of must be a string, but this is null",
            ),
            (
                json!({"type": "array", "maxItems": 1}),
                json!([1, 2]),
                "length-mismatch: must have at most 1 item, but this has 2 (\"maxItems\": 1)",
            ),
            (
                json!({"type": "array", "uniqueItems": true}),
                json!(["a", "a"]),
                "unique-mismatch: must not contain an item twice, but this contains `a` twice (\"uniqueItems\": true)",
            ),
            (json!({"type": "object"}), json!({"any": 1}), ""),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}),
                json!({}),
                "key-mismatch: must have the key `a`, but this does not",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}, "additionalProperties": false}),
                json!({"a": 1, "b": 2}),
                "key-mismatch: does not allow the key `b`",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}}}),
                json!({"a": "x"}),
                "type-mismatch: key `a` of must be a number, but this is a string",
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
            (false, json!(["a"]), "must be the identifier of one entity, but this is an array"),
            (false, json!({"combinator": "and", "rules": []}), ""),
            (false, json!({"identifier": "a"}), "must be the identifier of one entity, but this is an object"),
            (true, json!(["a", "b"]), ""),
            (true, json!([]), ""),
            (true, json!("a"), "must be a list of identifiers, but this is a string"),
            (
                true,
                json!(["a", {"identifier": "b"}]),
                "must be a list of identifiers, but this is a list that contains an object",
            ),
        ] {
            assert_eq!(relation(&of(many), &value).map_or_else(String::new, |m| m.words), want, "{value}");
        }
        assert_eq!((team(&json!("a")), team(&json!(["a"]))), (None, None));
        assert!(team(&json!({"name": "a"})).is_some());
    }
}
