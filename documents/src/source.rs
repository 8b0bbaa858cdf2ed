//! Input files as text, and the JSON in it: comments and trailing commas are taken.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jsonc_parser::common::Ranged;
use jsonc_parser::{ParseOptions, ast};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was given or found, for messages.
    pub path: PathBuf,
    /// Without a byte order mark.
    pub text: String,
    /// Bytes of the byte order mark that stood before the text.
    pub mark: usize,
}

/// JSON as Port's documentation writes it: 9 % of its samples have comments or trailing commas. The looser things
/// that JSON5 allows stay errors.
pub const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What is wrong with a text as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is nothing in it.
    Empty,
    /// These bytes are not JSON.
    Syntax(Range<usize>, String),
    /// The key at these bytes is in its object already.
    Duplicate {
        /// The key.
        name: String,
        /// Where it is.
        at: Range<usize>,
        /// Where it is for the first time.
        first: Range<usize>,
    },
}

impl Source {
    /// A source from memory.
    pub fn new(path: PathBuf, text: &str) -> Self {
        let unmarked = text.trim_start_matches('\u{feff}');
        Self { path, text: unmarked.to_owned(), mark: text.len() - unmarked.len() }
    }

    /// The JSON, if it is any, and what is wrong with it. Of two equal keys the first counts.
    pub(crate) fn json(&self) -> (Option<Value>, Vec<Fault>) {
        // Most files are plain JSON, which is read several times faster; whatever is not is read again for its sake.
        if let Ok(Strict(value)) = serde_json::from_str(&self.text) {
            return (Some(value), Vec::new());
        }
        let mut faults = Vec::new();
        let value = match self.tree() {
            Ok(Some(tree)) => Some(value(&tree, &mut faults)),
            Ok(None) => {
                faults.push(Fault::Empty);
                None
            }
            Err(error) => {
                let message = error.kind().to_string();
                let message = message.trim_end_matches('.').to_lowercase();
                faults.push(Fault::Syntax(bytes(&error.range()), message));
                None
            }
        };
        (value, faults)
    }

    /// The text's syntax, with the bytes of everything; `None` where there is nothing.
    pub(crate) fn tree(&self) -> Result<Option<ast::Value<'_>>, jsonc_parser::errors::ParseError> {
        let collect = jsonc_parser::CollectOptions::default();
        Ok(jsonc_parser::parse_to_ast(&self.text, &collect, &OPTIONS)?.value)
    }
}

fn bytes(range: &jsonc_parser::common::Range) -> Range<usize> {
    range.start..range.end
}

/// JSON without comments, trailing commas or keys that stand twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Strict, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            array.push(element);
        }
        Ok(Strict(Value::Array(array)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Strict, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = pairs.next_entry::<String, Strict>()? {
            if map.insert(key, value).is_some() {
                return Err(serde::de::Error::custom("a key stands twice"));
            }
        }
        Ok(Strict(Value::Object(map)))
    }
}

fn value(tree: &ast::Value<'_>, faults: &mut Vec<Fault>) -> Value {
    match tree {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::StringLit(literal) => Value::String(literal.value.to_string()),
        ast::Value::NumberLit(literal) => {
            // Within the options above a number is JSON's own.
            literal.value.parse::<Number>().map_or(Value::Null, Value::Number)
        }
        ast::Value::Array(array) => array.elements.iter().map(|element| value(element, faults)).collect(),
        ast::Value::Object(object) => {
            let mut map = Map::with_capacity(object.properties.len());
            let mut firsts: BTreeMap<&str, Range<usize>> = BTreeMap::new();
            for pair in &object.properties {
                let name = pair.name.as_str();
                let at = bytes(&pair.name.range());
                if let Some(first) = firsts.get(name) {
                    faults.push(Fault::Duplicate { name: name.to_owned(), at, first: first.clone() });
                    continue;
                }
                firsts.insert(name, at);
                let value = value(&pair.value, faults);
                map.insert(name.to_owned(), value);
            }
            Value::Object(map)
        }
    }
}
