//! Generates values that a form allows.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use crate::mapping::pattern;

/// The time of every event: a fixed day, so that nothing depends on today.
pub(super) const AT: &str = "2023-11-14T22:13:20.000Z";

/// A generated value.
pub(super) struct Sample {
    pub(super) value: Value,
    /// The pattern that it may not match.
    pub(super) misses: Option<String>,
}

/// Generates a value of an input or a property.
pub(super) fn sample(schema: &Value, dice: &mut Dice) -> Sample {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
    let fits = |value: Value| Sample { value, misses: None };
    if let Some(value) = schema.get("enum").and_then(Value::as_array).and_then(|values| dice.pick(values)) {
        return fits(value.clone());
    }
    let default = schema.get("default").filter(|default| default.get("jqQuery").is_none());
    if let Some(default) = default
        && (schema.get("pattern").is_some() || dice.below(2) == 0)
    {
        return fits(default.clone());
    }
    match kind {
        "number" => fits(number(schema, dice)),
        "boolean" => fits((dice.below(2) == 0).into()),
        "array" => fits(array(schema, dice)),
        "object" => fits(object(schema, dice)),
        _ => string(schema, dice),
    }
}

/// Returns an entity as Port sends it.
pub(super) fn entity(identifier: &str, title: &str, blueprint: &str) -> Value {
    json!({
        "identifier": identifier,
        "title": title,
        "icon": null,
        "blueprint": blueprint,
        "team": [],
        "properties": {},
        "relations": {},
        "createdAt": AT,
        "createdBy": "auth0|0123456789abcdef01234567",
        "updatedAt": AT,
        "updatedBy": "auth0|0123456789abcdef01234567",
    })
}

/// Makes a title from an identifier.
pub(super) fn titled(identifier: &str) -> String {
    identifier.replace(['-', '_'], " ")
}

fn number(schema: &Value, dice: &mut Dice) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let low = [bound("minimum"), bound("exclusiveMinimum").map(|low| low.floor() + 1.0)];
    let high = [bound("maximum"), bound("exclusiveMaximum").map(|high| high.ceil() - 1.0)];
    let low = low.into_iter().flatten().reduce(f64::max);
    let high = high.into_iter().flatten().reduce(f64::min);
    let (low, high) = match (low, high) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + 63.0),
        (None, Some(high)) => (high - 63.0, high),
        (None, None) => (1.0, 64.0),
    };
    let (first, last) = (low.ceil(), high.floor());
    if first > last {
        // Without a whole number between them, take the middle.
        return json!(f64::midpoint(low, high));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers; those beyond i64 are clipped")]
    let (first, last) = (first as i64, last as i64);
    let span = usize::try_from(last.saturating_sub(first)).unwrap_or(0).min(1000);
    json!(first.saturating_add(i64::try_from(dice.below(span + 1)).unwrap_or(0)))
}

fn array(schema: &Value, dice: &mut Dice) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
    let (least, most) = (bound("minItems").unwrap_or(1), bound("maxItems").unwrap_or(usize::MAX));
    let length = (least + dice.below(3)).min(most);
    let any = json!({ "type": "string" });
    let items = schema.get("items").unwrap_or(&any);
    let mut values: Vec<Value> = Vec::new();
    // The number of tries is limited, because there may not be enough different values.
    for _ in 0..length.saturating_mul(8).min(10_000) {
        if values.len() == length {
            break;
        }
        let value = sample(items, dice).value;
        if schema.get("uniqueItems") != Some(&Value::Bool(true)) || !values.contains(&value) {
            values.push(value);
        }
    }
    values.into()
}

fn object(schema: &Value, dice: &mut Dice) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let pairs = properties.into_iter().flatten().map(|(key, schema)| (key.clone(), sample(schema, dice).value));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn string(schema: &Value, dice: &mut Dice) -> Sample {
    let word = dice.word();
    let fits = |value: Value| Sample { value, misses: None };
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("entity") => {
            let blueprint = schema.get("blueprint").and_then(Value::as_str).unwrap_or_default();
            let identifier = format!("{blueprint}-{word}");
            return fits(entity(&identifier, &titled(&identifier), blueprint));
        }
        Some("date-time" | "timer") => AT.to_owned(),
        Some("url") => format!("https://example.com/{word}"),
        Some("email" | "idn-email" | "user") => format!("{word}@example.com"),
        Some("ipv4") => format!("192.0.2.{}", dice.below(254) + 1),
        Some("ipv6") => format!("2001:db8::{:x}", dice.below(65_534) + 1),
        Some("yaml") => format!("{word}: true\n"),
        Some("markdown") => format!("# {word}\n"),
        Some("multi-line") => format!("{word}\n{}", dice.word()),
        Some("labeled-url") => json!({ "url": "https://example.com", "displayText": word }).to_string(),
        _ => return free(schema, word, dice),
    };
    fits(text.into())
}

/// Generates text without a format: of an allowed length, and matching the pattern if an example can be found.
fn free(schema: &Value, word: &str, dice: &mut Dice) -> Sample {
    let length = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
    let mut text = word.to_owned();
    while text.chars().count() < least {
        text.push('-');
        text.push_str(dice.word());
    }
    let text: String = text.chars().take(most.max(least)).collect();
    let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else {
        return Sample { value: text.into(), misses: None };
    };
    let mut examples = pattern::examples(pattern);
    examples.retain(|text| (least..=most).contains(&text.chars().count()));
    match dice.pick(&examples) {
        Some(text) => Sample { value: text.as_str().into(), misses: None },
        None => Sample { value: text.into(), misses: Some(pattern.to_owned()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With any seed, the schema allows every value.
    #[test]
    fn values_fit() {
        for seed in 0..200 {
            let dice = &mut Dice::new(seed);
            let mut made = |schema: Value| sample(&schema, dice);
            let number = made(json!({ "type": "number", "minimum": 2, "maximum": 3 })).value;
            assert!(number == 2 || number == 3, "{number}");
            assert_eq!(made(json!({ "type": "number", "exclusiveMinimum": 2, "exclusiveMaximum": 4 })).value, 3);
            assert_eq!(made(json!({ "type": "number", "minimum": 0.25, "maximum": 0.75 })).value, 0.5);
            assert_eq!(made(json!({ "type": "number", "maximum": -5, "minimum": -5 })).value, -5);
            assert!(made(json!({ "type": "number", "minimum": 1e300 })).value.is_number());
            let text = made(json!({ "type": "string", "minLength": 20, "maxLength": 22 })).value;
            assert!((20..=22).contains(&text.as_str().unwrap().len()), "{text}");
            let text = made(json!({ "type": "string", "maxLength": 3 })).value;
            assert!((1..=3).contains(&text.as_str().unwrap().len()), "{text}");
            let picked = made(json!({ "type": "string", "enum": ["a", "b"] })).value;
            assert!(picked == "a" || picked == "b", "{picked}");
            let list = made(json!({ "type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": true,
                "items": { "type": "string", "enum": ["a", "b"] } }));
            assert_eq!(list.value.as_array().unwrap().len(), 2);
            assert_eq!(made(json!({ "type": "array", "maxItems": 0 })).value, json!([]));
            assert!(made(json!({ "type": "string", "default": { "jqQuery": ".user.email" } })).value.is_string());
            let entity = made(json!({ "type": "string", "format": "entity", "blueprint": "zone" })).value;
            assert_eq!(entity["blueprint"], "zone");
            assert!(
                made(json!({ "type": "object", "properties": { "a": { "type": "boolean" } } })).value["a"].is_boolean()
            );
        }
    }

    #[test]
    fn patterns() {
        let dice = &mut Dice::new(0);
        for (pattern, hit) in [
            ("^[a-z]{3,8}$", true),
            ("^[A-Z]{2}$", true),
            ("^\\d+$", true),
            ("^v\\d+\\.\\d+\\.\\d+$", true),
            ("^[a-z][a-z0-9-]{2,20}$", true),
            ("^arn:aws:iam::\\d{12}:role/.+$", true),
            ("^(?!x)y$", false),
            ("(", false),
        ] {
            let made = sample(&json!({ "type": "string", "pattern": pattern }), dice);
            assert_eq!(made.misses.is_none(), hit, "{pattern}: {}", made.value);
        }
        let made = sample(&json!({ "type": "string", "pattern": "^arn:.*$", "default": "arn:x" }), dice);
        assert_eq!((made.value, made.misses), (json!("arn:x"), None));
    }
}
