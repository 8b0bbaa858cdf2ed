//! The entity that a run writes, and how it differs from the one that Port has.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::identifier::{self, Illegal, Kind};
use crate::jq::RenderError;

/// The body of Port's "Create an entity" and "Update an entity", as far as a mapping can set it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entity {
    /// Checked against Port's pattern.
    pub identifier: String,
    /// Shown instead of the identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The name of one of Port's icons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// A team's name, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Value>,
    /// By the keys of the blueprint's `schema.properties`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// By the keys of the blueprint's `relations`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub relations: Map<String, Value>,
}

/// The most levels of nesting in a field of an entity. `serde_json` reads 127, and Port's answer wraps an entity.
const MOST_LEVELS: usize = 120;

/// What an entity may still take, in bytes of JSON. Templates may use a long input many times.
#[derive(Debug)]
pub(crate) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MOST_KIB * 1024)
    }
}

impl Room {
    /// Makes room for one more field.
    pub(crate) fn take(&mut self, value: &Value) -> Result<(), EntityFault> {
        self.level(value, MOST_LEVELS)
    }

    fn bytes(&mut self, bytes: usize) -> Result<(), EntityFault> {
        self.0 = self.0.checked_sub(bytes).ok_or(EntityFault::TooLarge)?;
        Ok(())
    }

    fn level(&mut self, value: &Value, levels: usize) -> Result<(), EntityFault> {
        self.bytes(if let Value::String(text) = value { length(text) } else { 1 })?;
        if !value.is_array() && !value.is_object() {
            return Ok(());
        }
        let below = levels.checked_sub(1).ok_or(EntityFault::TooDeep)?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.level(item, below)),
            Value::Object(members) => members.iter().try_for_each(|(key, item)| {
                self.bytes(length(key))?;
                self.level(item, below)
            }),
            _ => Ok(()),
        }
    }
}

/// The largest entity, in KiB of JSON. Port refuses bodies of more than 1 MiB (API reference, "Introduction"), and answers
/// with the entity and what it adds, which must fit as well.
const MOST_KIB: usize = 960;

/// Returns the length of a string in JSON.
fn length(text: &str) -> usize {
    let of = |byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(of).sum::<usize>() + 2
}

/// Why a run's inputs do not make an entity. People read the message in Port as the run's summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntityFault {
    /// Port would refuse it, or its answer would be too long.
    #[error("the entity is larger than {MOST_KIB} KiB, which is the most that can be sent to Port")]
    TooLarge,
    /// Nobody could read what Port answers.
    #[error("the entity is nested more than {MOST_LEVELS} levels deep")]
    TooDeep,
    /// An expression fails on the inputs.
    #[error(transparent)]
    Expression(#[from] RenderError),
    /// The identifier's template does not return text.
    #[error("the entity has no identifier: its template returned {0}")]
    NoIdentifier(&'static str),
    /// The identifier's template returns text that Port refuses.
    #[error("the entity's identifier {0}")]
    Identifier(#[from] Illegal),
}

impl Entity {
    /// Returns the identifier that a template returned.
    ///
    /// # Errors
    /// When it is not text, or not a legal identifier in Port.
    pub fn identifier(value: &Value) -> Result<String, EntityFault> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null => return Err(EntityFault::NoIdentifier("null")),
            Value::Bool(_) => return Err(EntityFault::NoIdentifier("a boolean")),
            Value::Array(_) => return Err(EntityFault::NoIdentifier("an array")),
            Value::Object(_) => return Err(EntityFault::NoIdentifier("an object")),
        };
        identifier::check(Kind::Entity, &text)?;
        Ok(text)
    }

    /// Returns the names of the fields that this entity sets and `held`, Port's answer, has different values for.
    ///
    /// Fields that this entity does not set are not compared: Port adds defaults, mirrors and calculations of its own.
    pub fn differences(&self, held: &Value) -> Vec<String> {
        let mut names = Vec::new();
        let mut compare = |name: &str, ours: &Value, theirs: Option<&Value>| {
            if !same(ours, theirs.unwrap_or(&Value::Null)) {
                names.push(name.to_owned());
            }
        };
        if let Some(title) = &self.title {
            compare("title", &Value::from(title.as_str()), held.get("title"));
        }
        if let Some(icon) = &self.icon {
            compare("icon", &Value::from(icon.as_str()), held.get("icon"));
        }
        if let Some(team) = &self.team {
            compare("team", &listed(team), held.get("team").map(listed).as_ref());
        }
        for (key, ours) in &self.properties {
            compare(key, ours, held.get("properties").and_then(|map| map.get(key)));
        }
        for (key, ours) in &self.relations {
            compare(key, ours, held.get("relations").and_then(|map| map.get(key)));
        }
        names
    }
}

/// Returns a list of teams; a single team is a list of one.
fn listed(team: &Value) -> Value {
    match team {
        Value::String(_) => Value::Array(vec![team.clone()]),
        other => other.clone(),
    }
}

/// Compares as Port does: numbers by value (2 is 2.0), objects in any order.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_different_field_is_named() {
        let Value::Object(properties) = json!({"cpu": 2, "tags": ["a"], "gone": null}) else { unreachable!() };
        let Value::Object(relations) = json!({"zone": "eu"}) else { unreachable!() };
        let entity = Entity {
            identifier: "a".into(),
            title: Some("A".into()),
            icon: None,
            team: Some(json!("ops")),
            properties,
            relations,
        };
        for (held, want) in [
            (
                json!({"title": "A", "icon": "X", "team": ["ops"], "properties": {"cpu": 2.0, "tags": ["a"], "other": 1}, "relations": {"zone": "eu", "more": null}}),
                "",
            ),
            (
                json!({"title": "B", "team": [], "properties": {"cpu": 3, "tags": ["a", "b"]}, "relations": {}}),
                "title team cpu tags zone",
            ),
            (
                json!({"title": "A", "team": "ops", "properties": {"cpu": "2", "tags": ["a"], "gone": 1}, "relations": {"zone": "eu"}}),
                "cpu gone",
            ),
        ] {
            assert_eq!(entity.differences(&held).join(" "), want, "{held}");
        }
    }

    /// Whatever an entity sets counts when it is compared: each field alone, missing or different.
    #[test]
    fn every_field_that_is_set_is_compared() {
        let Value::Object(values) = json!({"key": 1}) else { unreachable!() };
        let empty = Entity {
            identifier: "a".into(),
            title: None,
            icon: None,
            team: None,
            properties: Map::new(),
            relations: Map::new(),
        };
        for (entity, name) in [
            (Entity { title: Some("A".into()), ..empty.clone() }, "title"),
            (Entity { icon: Some("A".into()), ..empty.clone() }, "icon"),
            (Entity { team: Some(json!("A")), ..empty.clone() }, "team"),
            (Entity { properties: values.clone(), ..empty.clone() }, "key"),
            (Entity { relations: values, ..empty.clone() }, "key"),
        ] {
            let held = serde_json::to_value(&entity).unwrap();
            assert_eq!(entity.differences(&held), [""; 0], "{held}");
            assert_eq!(entity.differences(&json!({})), [name]);
            let Value::Object(fields) = held else { unreachable!() };
            let different = fields.into_iter().map(|(field, value)| match value {
                Value::Object(map) => (field, map.into_iter().map(|(key, _)| (key, json!("other"))).collect()),
                _ => (field, json!("other")),
            });
            assert_eq!(entity.differences(&different.collect()), [name]);
            assert_eq!(empty.differences(&serde_json::to_value(&entity).unwrap()), [""; 0]);
        }
    }

    /// Numbers are equal by their value, at any depth; lists by their order, objects by their keys.
    #[test]
    fn values_are_compared_as_port_does() {
        for (ours, theirs, equal) in [
            (json!(2), json!(2.0), true),
            (json!({"a": [1, {"b": 2.0}]}), json!({"a": [1.0, {"b": 2}]}), true),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), false),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), false),
            (json!({"a": 1}), json!({"b": 1}), false),
            (json!([1, 2]), json!([2, 1]), false),
            (json!([1]), json!([1, 1]), false),
            (json!([1, 1]), json!([1]), false),
            (json!(1), json!("1"), false),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_993_u64), true),
            (json!({}), json!([]), false),
            (json!(null), json!(false), false),
        ] {
            assert_eq!(same(&ours, &theirs), equal, "{ours} {theirs}");
            assert_eq!(same(&theirs, &ours), equal, "{theirs} {ours}");
        }
    }

    #[test]
    fn illegal_identifiers_are_refused() {
        for (value, want) in [
            (json!("a"), Ok("a")),
            (json!(12), Ok("12")),
            (json!(null), Err("the entity has no identifier: its template returned null")),
            (json!(["a"]), Err("the entity has no identifier: its template returned an array")),
            (
                json!("a b"),
                Err(
                    "the entity's identifier contains a space; only letters, digits and the characters @ _ . + : \\ / = - are allowed",
                ),
            ),
            (json!(""), Err("the entity's identifier is empty")),
        ] {
            let got = Entity::identifier(&value);
            assert_eq!(got.as_deref().map_err(ToString::to_string), want.map_err(str::to_owned), "{value}");
        }
    }
}
