//! Answers that an input's or a property's document allows, the ordinary one first.

use model::ValueType;
use serde_json::{Map, Number, Value, json};

use super::entities::Blueprints;
use crate::mapping::pattern;

/// An answer to a question of the form.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The value; `None` if it is left empty, so that the message does not contain it.
    pub(crate) value: Option<Value>,
    pub(crate) weight: Weight,
}

/// How much a fault with this answer proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The form offers it: a value of an enum, a boolean, a default, left empty.
    Offered,
    /// Left empty, if the form's jq allows it.
    Perhaps,
    /// A number in the range that the form allows.
    Ranged,
    /// One of many values that a person may enter.
    Free,
    /// A placeholder for an unknown value.
    Unknown,
}

/// Returns values that `rules`, an input's or a property's document, allow.
pub(super) fn values(rules: &Value, value_type: ValueType, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let by_jq = |key: &str| rules.get(key).is_some_and(|rule| rule.get("jqQuery").is_some());
    if let Some(choices) = rules.get("enum").and_then(Value::as_array).filter(|choices| !choices.is_empty()) {
        return choices.iter().map(|choice| Answer { value: Some(choice.clone()), weight: Weight::Offered }).collect();
    }
    let known = !by_jq("enum") && !by_jq("pattern");
    let is_entity = rules.get("format").is_some_and(|format| format == "entity");
    let found = match value_type {
        _ if !known => Vec::new(),
        ValueType::String | ValueType::Object if is_entity => entities(rules, blueprints),
        ValueType::String => texts(rules),
        ValueType::Number => numbers(rules),
        ValueType::Boolean => {
            [true, false].map(|value| Answer { value: Some(value.into()), weight: Weight::Offered }).into()
        }
        ValueType::Array => lists(rules, blueprints),
        ValueType::Object => objects(rules, blueprints),
    };
    if !found.is_empty() {
        return found;
    }
    let placeholder = match value_type {
        ValueType::String => json!("text"),
        ValueType::Number => json!(1),
        ValueType::Boolean => json!(true),
        ValueType::Object => json!({}),
        ValueType::Array => json!([]),
    };
    vec![Answer { value: Some(placeholder), weight: Weight::Unknown }]
}

pub(super) fn free(value: impl Into<Value>) -> Answer {
    Answer { value: Some(value.into()), weight: Weight::Free }
}

/// Returns the type that a document declares.
fn declared(rules: &Value) -> Option<ValueType> {
    ValueType::parse(rules.get("type")?.as_str()?)
}

fn texts(rules: &Value) -> Vec<Answer> {
    let bound = |key: &str| rules.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength"));
    let allowed = |text: &String| {
        let length = text.chars().count();
        length >= least && most.is_none_or(|most| length <= most)
    };
    if let Some(pattern) = rules.get("pattern").and_then(Value::as_str) {
        return pattern::examples(pattern).into_iter().filter(allowed).map(free).collect();
    }
    let format = rules.get("format").and_then(Value::as_str).unwrap_or_default();
    let fixed: &[&str] = match format {
        "date-time" | "timer" => &["2026-01-31T12:00:00.000Z"],
        "url" => &["https://example.com/a?b=c"],
        "email" | "idn-email" | "user" => &["user@example.com"],
        "ipv4" => &["10.0.0.1"],
        "ipv6" => &["2001:db8::1"],
        "team" => &["Platform"],
        "yaml" => &["key: value\n"],
        // Their content is not documented.
        "labeled-url" | "proto" | "blueprints" => return Vec::new(),
        _ => &[],
    };
    if !fixed.is_empty() {
        return fixed.iter().map(|text| (*text).to_owned()).filter(allowed).map(free).collect();
    }
    let fitted = |text: &str| {
        let length = text.chars().count().max(least).min(most.unwrap_or(usize::MAX)).min(LONG.max(least));
        text.chars().cycle().take(length).collect::<String>()
    };
    if least > LONGEST {
        return Vec::new();
    }
    let long = "x".repeat(most.unwrap_or(LONG).min(LONGEST).max(least));
    let mut texts: Vec<String> = Vec::new();
    for text in [Some(fitted("text")), Some(fitted("A b, #1 (é) 😀")), (least == 0).then(String::new), Some(long)] {
        texts.extend(text.filter(|text| !texts.contains(text)));
    }
    texts.into_iter().map(free).collect()
}

/// The length of a long text if the form has no maximum.
const LONG: usize = 256;
/// The length of the longest text that is tested.
const LONGEST: usize = 2000;

fn numbers(rules: &Value) -> Vec<Answer> {
    /// More than a person counts to, but safe to compute with.
    const FAR: f64 = 1e9;
    let bound = |key: &str| rules.get(key).and_then(Value::as_f64);
    let inside = |bound: f64, step: f64, other: Option<f64>| match other {
        Some(other) if (other - bound).abs() <= step.abs() => f64::midpoint(bound, other),
        _ => bound + step,
    };
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    let least =
        minimum.or_else(|| bound("exclusiveMinimum").map(|b| inside(b, 1.0, maximum.or(bound("exclusiveMaximum")))));
    let most = maximum.or_else(|| bound("exclusiveMaximum").map(|b| inside(b, -1.0, least)));
    let within = |number: f64| {
        let outside = |key: &str| bound(key).is_some_and(|bound| number.total_cmp(&bound).is_eq());
        least.is_none_or(|least| number >= least)
            && most.is_none_or(|most| number <= most)
            && !outside("exclusiveMinimum")
            && !outside("exclusiveMaximum")
    };
    let ordinary = 1_f64.max(least.unwrap_or(f64::MIN)).min(most.unwrap_or(f64::MAX));
    let candidates = [
        (Some(ordinary), Weight::Ranged),
        (least, Weight::Ranged),
        (most, Weight::Ranged),
        (Some(0.0), Weight::Ranged),
        (Some(1.5), Weight::Free),
        (least.is_none().then_some(-FAR), Weight::Free),
        (most.is_none().then_some(FAR), Weight::Free),
    ];
    let mut answers: Vec<Answer> = Vec::new();
    for (number, weight) in candidates {
        let value = number.filter(|number| within(*number)).and_then(json_number);
        if value.is_some() && !answers.iter().any(|answer| answer.value == value) {
            answers.push(Answer { value, weight });
        }
    }
    answers
}

/// Writes whole numbers as integers.
#[expect(clippy::cast_possible_truncation, reason = "only where it is whole and small")]
fn json_number(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

fn lists(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let Some(items) = rules.get("items") else { return Vec::new() };
    let by_jq = |key: &str| rules.get(key).is_some_and(Value::is_object);
    let Some(item_type) = declared(items).filter(|_| !by_jq("minItems") && !by_jq("maxItems")) else {
        return Vec::new();
    };
    let elements = values(items, item_type, blueprints);
    if elements.iter().any(|element| element.weight == Weight::Unknown) {
        return Vec::new();
    }
    let bound = |key: &str| rules.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(usize::MAX));
    let unique = rules.get("uniqueItems") == Some(&Value::Bool(true));
    let of = |count: usize| -> Option<Answer> {
        let wanted = (least..=most.min(MANY)).contains(&count) && (!unique || count <= elements.len());
        let list =
            || elements.iter().cycle().take(count).filter_map(|element| element.value.clone()).collect::<Value>();
        wanted.then(list).map(free)
    };
    let mut answers: Vec<Answer> = of(least.max(1)).into_iter().collect();
    if least <= 1 && most >= 1 {
        let alone = |element: &Answer| Answer { value: element.value.clone().map(|value| json!([value])), ..*element };
        answers.extend(elements.iter().skip(1).map(alone));
        if let Some(first) = answers.first_mut() {
            first.weight = elements.first().map_or(Weight::Free, |element| element.weight);
        }
    }
    let wide = if most <= MANY { most } else { 2.max(least) };
    for answer in [0, wide].into_iter().filter_map(of) {
        if !answers.iter().any(|known| known.value == answer.value) {
            answers.push(answer);
        }
    }
    answers
}

/// The length of the longest list that is tested.
const MANY: usize = 20;

fn objects(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let Some(properties) = rules.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let required =
        |key: &str| rules.get("required").and_then(Value::as_array).is_some_and(|keys| keys.iter().any(|k| k == key));
    let mut whole = Map::new();
    let mut others: Vec<(&String, Answer)> = Vec::new();
    for (key, rules) in properties {
        let Some(value_type) = declared(rules) else { return Vec::new() };
        let mut answers = values(rules, value_type, blueprints).into_iter();
        let Some(Answer { value: Some(value), weight }) = answers.next() else { return Vec::new() };
        if weight == Weight::Unknown {
            return Vec::new();
        }
        whole.insert(key.clone(), value);
        others.extend(answers.map(|answer| (key, answer)));
    }
    let least: Map<String, Value> =
        whole.iter().filter(|(key, _)| required(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut answers = vec![free(whole.clone())];
    if whole != least {
        answers.push(free(least));
    }
    // Every other value of a single key.
    answers.extend(others.into_iter().filter_map(|(key, answer)| {
        let mut object = whole.clone();
        object.insert(key.clone(), answer.value?);
        Some(Answer { value: Some(object.into()), weight: answer.weight })
    }));
    answers
}

/// Returns entities that a person may choose: an ordinary one, and one with an unusual title.
fn entities(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let name = rules.get("blueprint").and_then(Value::as_str).unwrap_or("sample");
    let chosen = blueprints.entities(name).whole.clone();
    let mut other = chosen.clone();
    if let Value::Object(other) = &mut other {
        other.insert("identifier".to_owned(), "other:sample/1".into());
        other.insert("title".to_owned(), "A b, #1 (é) 😀".into());
    }
    vec![free(chosen), free(other)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fit;

    fn line(rules: &Value) -> String {
        let value_type = ValueType::parse(rules["type"].as_str().unwrap()).unwrap();
        let answers = values(rules, value_type, &Blueprints::default());
        for answer in answers.iter().filter(|answer| answer.weight != Weight::Unknown) {
            assert_eq!(fit::property(rules, answer.value.as_ref().unwrap()), None, "{rules}");
        }
        let shown = |answer: &Answer| format!("{:?} {}", answer.weight, answer.value.as_ref().unwrap());
        let shown: Vec<String> = answers.iter().map(shown).collect();
        shown.join(", ").replace(&"x".repeat(LONG), "x…")
    }

    #[test]
    fn answers_are_legal_and_varied() {
        for (rules, want) in [
            (json!({"type": "boolean"}), "Offered true, Offered false"),
            (json!({"type": "string", "enum": ["a", "b"]}), r#"Offered "a", Offered "b""#),
            (json!({"type": "string"}), r#"Free "text", Free "A b, #1 (é) 😀", Free "", Free "x…""#),
            (json!({"type": "string", "minLength": 1, "maxLength": 3}), r#"Free "tex", Free "A b", Free "xxx""#),
            (
                json!({"type": "string", "minLength": 6, "maxLength": 6}),
                r#"Free "textte", Free "A b, #", Free "xxxxxx""#,
            ),
            (json!({"type": "string", "pattern": "^[a-z]{2,}$"}), r#"Free "aa", Free "aaaa""#),
            (json!({"type": "string", "pattern": "^(?=x)"}), r#"Unknown "text""#),
            (json!({"type": "string", "enum": {"jqQuery": "[]"}}), r#"Unknown "text""#),
            (json!({"type": "string", "format": "email"}), r#"Free "user@example.com""#),
            (json!({"type": "string", "format": "labeled-url"}), r#"Unknown "text""#),
            (json!({"type": "number"}), "Ranged 1, Ranged 0, Free 1.5, Free -1000000000, Free 1000000000"),
            (json!({"type": "number", "minimum": 2, "maximum": 9}), "Ranged 2, Ranged 9"),
            (json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}), "Ranged 0.75, Ranged 0.5"),
            (json!({"type": "array"}), "Unknown []"),
            (
                json!({"type": "array", "items": {"type": "boolean"}, "maxItems": 3}),
                "Offered [true], Offered [false], Free [], Free [true,false,true]",
            ),
            (
                json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 2, "uniqueItems": true}),
                r#"Free ["a","b"]"#,
            ),
            (json!({"type": "object"}), "Unknown {}"),
            (
                json!({"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "boolean"}}, "required": ["b"]}),
                concat!(
                    r#"Free {"a":1,"b":true}, Free {"b":true}, Ranged {"a":0,"b":true}, Free {"a":1.5,"b":true}, "#,
                    r#"Free {"a":-1000000000,"b":true}, Free {"a":1000000000,"b":true}, Offered {"a":1,"b":false}"#
                ),
            ),
        ] {
            assert_eq!(line(&rules), want, "{rules}");
        }
    }
}
