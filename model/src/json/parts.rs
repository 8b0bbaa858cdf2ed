//! The parts of a document that are read. Everything else is passed over without taking memory.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::members::Members;
use super::tolerant;

/// What is read of a value.
#[derive(Clone, Copy, Debug)]
pub enum Parts {
    /// All of it.
    Whole,
    /// Of an object, these members.
    Members(&'static [(&'static str, Parts)]),
}

impl Parts {
    /// Returns what is read of a member.
    fn of(self, key: &str) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::Whole),
            Self::Members(members) => members.iter().find(|(name, _)| *name == key).map(|(_, parts)| *parts),
        }
    }

    /// Reads what a damaged text still says: the strings among these parts, each at its place, up to the first broken
    /// quote or bracket.
    pub fn strings(self, text: &str) -> Map<String, Value> {
        let mut found = Map::new();
        for member in Members::of(text).into_iter().flatten() {
            let Some(parts) = self.of(&member.key) else { continue };
            let value = match parts {
                Self::Members(_) if member.value.starts_with('{') => Value::Object(parts.strings(member.value)),
                _ if member.whole && !member.value.starts_with(['{', '[']) => {
                    tolerant::read(member.value, PhantomData).ok().filter(Value::is_string).unwrap_or_default()
                }
                _ => Value::Null,
            };
            found.insert(member.key.into_owned(), value);
        }
        found
    }
}

/// How many more values may be read. Each takes up to 300 bytes of memory, whatever it takes in the text.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    used: Cell<usize>,
}

impl Budget {
    /// Allows this many values.
    pub fn new(most: usize) -> Self {
        Self { most, used: Cell::new(0) }
    }

    /// Returns how many values were read.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Returns whether there were more values than allowed.
    pub fn is_exceeded(&self) -> bool {
        self.used.get() > self.most
    }

    fn take<E: Error>(&self) -> Result<(), E> {
        self.used.set(self.used.get() + 1);
        if self.is_exceeded() { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

/// Reads these parts of a value within a budget.
#[derive(Clone, Copy, Debug)]
pub struct Seed<'b> {
    /// What is read.
    pub parts: Parts,
    /// How much.
    pub budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.take()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        if let Parts::Members(_) = self.parts {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            match self.parts.of(&key) {
                Some(parts) => {
                    let value = members.next_value_seed(Self { parts, ..self })?;
                    map.insert(key, value);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(map))
    }
}
