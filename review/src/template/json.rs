//! Reads JSON, and notices what `serde_json` alone does not: keys that are there twice, and numbers that do not fit.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON; `None` if the text is something else, or has a number that would be changed. Also returns the keys that an
/// object has twice; the last value counts.
pub(super) fn read(text: &str) -> Option<(Value, Vec<String>)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut duplicates = Vec::new();
    let value = Noting { text, duplicates: &mut duplicates }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some((value, duplicates))
}

struct Noting<'a> {
    text: &'a str,
    duplicates: &'a mut Vec<String>,
}

impl Noting<'_> {
    fn again(&mut self) -> Noting<'_> {
        Noting { text: self.text, duplicates: self.duplicates }
    }
}

impl<'de> DeserializeSeed<'de> for Noting<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let value = Value::from(value);
        let written = value.to_string();
        let ends =
            |at: usize| !self.text[at + written.len()..].starts_with(|c: char| c.is_ascii_digit() || ".eE".contains(c));
        let is_kept = self.text.match_indices(&written).any(|(at, _)| ends(at));
        if is_kept { Ok(value) } else { Err(E::custom("a number that does not fit")) }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.again())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut pairs: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let value = pairs.next_value_seed(self.again())?;
            if map.contains_key(&key) {
                self.duplicates.push(key.clone());
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
