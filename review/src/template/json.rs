//! Reads JSON, and notices what `serde_json` alone does not: keys that are there twice, and numbers that do not fit.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON; `None` if the text is something else, or has a number that would be changed. Also returns the keys that an
/// object has twice; the last value counts.
pub(super) fn read(text: &str) -> Option<(Value, Vec<String>)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut duplicates = Vec::new();
    let mut numbers = None;
    let value = Noting { text, numbers: &mut numbers, duplicates: &mut duplicates }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some((value, duplicates))
}

struct Noting<'a, 't> {
    text: &'t str,
    /// What the text has that may be a number, once one was read that is not whole.
    numbers: &'a mut Option<BTreeSet<&'t str>>,
    duplicates: &'a mut Vec<String>,
}

impl<'t> Noting<'_, 't> {
    fn again(&mut self) -> Noting<'_, 't> {
        Noting { text: self.text, numbers: self.numbers, duplicates: self.duplicates }
    }
}

impl<'de> DeserializeSeed<'de> for Noting<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Noting<'_, '_> {
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
        let text = self.text;
        let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let numbers = self.numbers.get_or_insert_with(|| text.split(|c| !is_part(c)).collect());
        if numbers.contains(written.as_str()) { Ok(value) } else { Err(E::custom("a number that does not fit")) }
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
