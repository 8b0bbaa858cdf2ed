//! An entity as Port has it, to be compared with one that was to be created.

use std::collections::BTreeMap;

use model::Entity;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::entities::Named;

/// The answer to a reading.
#[derive(Deserialize)]
pub(crate) struct EntityAnswer {
    entity: Box<RawValue>,
    #[serde(skip)]
    is_outline: bool,
}

impl Answer for EntityAnswer {
    /// Port takes 1 MiB, and its answer has more around it.
    const LONGEST: usize = 2 * 1024 * 1024;

    fn is_about(&self, identifier: &str) -> bool {
        serde_json::from_str(self.entity.get()).is_ok_and(|named: Named| named.identifier == identifier)
    }

    fn of_outline(self) -> Option<Self> {
        Some(Self { is_outline: true, ..self })
    }
}

/// An entity as Port answered it. It stays text: taken apart, it may take sixty times the memory.
#[derive(Debug)]
pub struct HeldEntity {
    /// `None` if it is too long to be kept.
    text: Option<Box<RawValue>>,
}

impl From<EntityAnswer> for HeldEntity {
    fn from(answer: EntityAnswer) -> Self {
        Self { text: (!answer.is_outline).then_some(answer.entity) }
    }
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

impl HeldEntity {
    /// Returns the names of the fields that `entity` sets and that have other values in Port. `None` if the answer is too
    /// long to say.
    pub fn differences_from(&self, entity: &Entity) -> Option<Vec<String>> {
        let members = members(self.text.as_deref()?);
        let mut fields = Map::new();
        let own = [
            ("title", entity.title.as_deref().map(Value::from)),
            ("icon", entity.icon.as_deref().map(Value::from)),
            ("team", entity.team.clone()),
        ];
        for (name, ours) in own {
            if let (Some(ours), Some(held)) = (ours, members.get(name)) {
                fields.insert(name.to_owned(), value(held, &ours));
            }
        }
        for (name, ours) in [("properties", &entity.properties), ("relations", &entity.relations)] {
            let held = members.get(name).map(|held| self::members(held)).unwrap_or_default();
            let both = ours.iter().filter_map(|(key, ours)| Some((key.clone(), value(held.get(key)?, ours))));
            fields.insert(name.to_owned(), Value::Object(both.collect()));
        }
        Some(entity.differences(&Value::Object(fields)))
    }
}

fn members(object: &RawValue) -> Members<'_> {
    serde_json::from_str(object.get()).unwrap_or_default()
}

/// Returns a value of Port's that is to be compared with `ours`; one that is much longer, or holds what is not Unicode, is
/// another value for certain.
fn value(held: &RawValue, ours: &Value) -> Value {
    // Each character may be written as an escape.
    let longest = 6 * ours.to_string().len() + 1024;
    let read = if held.get().len() <= longest { serde_json::from_str(held.get()).ok() } else { None };
    read.unwrap_or_else(|| if ours.is_null() { Value::Bool(true) } else { Value::Null })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn held(entity: &str) -> HeldEntity {
        let answer: EntityAnswer = serde_json::from_str(&format!("{{\"entity\":{entity}}}")).unwrap();
        answer.into()
    }

    fn created() -> Entity {
        let Value::Object(properties) = json!({"cpu": 2, "tags": ["a"], "gone": null}) else { unreachable!() };
        let Value::Object(relations) = json!({"zone": "eu"}) else { unreachable!() };
        let team = Some(json!("ops"));
        Entity { identifier: "a".into(), title: Some("A".into()), icon: None, team, properties, relations }
    }

    /// Whatever else Port has in it, and however it is written.
    #[test]
    fn only_what_was_to_be_created_is_compared() {
        let long = "x".repeat(100_000);
        for (rest, want) in [
            (String::new(), ""),
            (r#","other":"half an emoji: \ud83d","number":1e999"#.to_owned(), ""),
            (format!(r#","other":["{long}"]"#), ""),
            (r#","cpu":3"#.to_owned(), "cpu"),
            (r#","cpu":1e999"#.to_owned(), "cpu"),
            (format!(r#","tags":["{long}"]"#), "tags"),
            (format!(r#","gone":"{long}""#), "gone"),
            (r#","gone":"\ud83d""#.to_owned(), "gone"),
        ] {
            let text = format!(
                r#"{{"identifier":"a","title":"\u0041","icon":"X","team":["ops"],"properties":{{"cpu":2.0,"tags":["a"]{rest}}},"relations":{{"zone":"eu","more":null}}}}"#
            );
            assert_eq!(held(&text).differences_from(&created()).unwrap().join(" "), want, "{rest:.40}");
        }
        assert_eq!(held("{}").differences_from(&created()).unwrap().join(" "), "title team cpu tags zone");
        assert_eq!(held("7").differences_from(&created()).unwrap().len(), 5);
    }

    #[test]
    fn nothing_is_said_of_what_is_too_long() {
        let answer: EntityAnswer = serde_json::from_str(r#"{"entity":{"identifier":"a"}}"#).unwrap();
        let held = HeldEntity::from(answer.of_outline().unwrap());
        assert_eq!(held.differences_from(&created()), None);
    }
}
