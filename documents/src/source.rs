//! Input files: read, parsed as JSON with comments and trailing commas, and searched again when a finding is shown.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jsonc_parser::common::Ranged;
use jsonc_parser::{ParseOptions, ast};
use model::pointer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::finding::{Findings, Place};
use crate::sources::FileId;

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

impl Source {
    /// A source from memory.
    pub fn new(path: PathBuf, text: &str) -> Self {
        let unmarked = text.trim_start_matches('\u{feff}');
        Self { path, text: unmarked.to_owned(), mark: text.len() - unmarked.len() }
    }

    /// The file's JSON. Broken syntax and keys that stand twice are findings; of two keys the first counts.
    pub fn parse(&self, file: FileId, findings: &mut Findings) -> Option<Value> {
        // Most files are plain JSON, which is read several times faster; whatever is not is read again for its sake.
        if let Ok(Strict(value)) = serde_json::from_str(&self.text) {
            return Some(value);
        }
        match self.tree() {
            Ok(Some(tree)) => Some(value(&tree, file, findings)),
            Ok(None) => {
                findings.error(file, Place::File, "syntax", "the file is empty");
                None
            }
            Err(error) => {
                let message = error.kind().to_string();
                let message = message.trim_end_matches('.').to_lowercase();
                findings.error(file, Place::Bytes(error.range().start..error.range().end), "syntax", message);
                None
            }
        }
    }

    fn tree(&self) -> Result<Option<ast::Value<'_>>, jsonc_parser::errors::ParseError> {
        let collect = jsonc_parser::CollectOptions::default();
        Ok(jsonc_parser::parse_to_ast(&self.text, &collect, &OPTIONS)?.value)
    }

    /// The bytes of each place. None for the file as a whole, and for a place that is not in it.
    pub(crate) fn spans<'p>(&self, places: impl IntoIterator<Item = &'p Place>) -> Vec<Option<Range<usize>>> {
        // Read once for all of them: a large file may have a thousand findings.
        let tree = self.tree().ok().flatten();
        places.into_iter().map(|place| self.span(tree.as_ref(), place)).collect()
    }

    fn span(&self, tree: Option<&ast::Value<'_>>, place: &Place) -> Option<Range<usize>> {
        let (pointer, key, inside) = match place {
            Place::Bytes(range) => return Some(range.clone()),
            Place::File => return None,
            Place::Value(pointer) => (pointer, false, None),
            Place::Key(pointer) => (pointer, true, None),
            Place::Inside(pointer, fault) => (pointer, false, Some(fault)),
        };
        let mut at = tree?;
        let mut name = at.range();
        for token in pointer::tokens(pointer) {
            match at {
                ast::Value::Object(object) => {
                    let pair = object.properties.iter().find(|pair| pair.name.as_str() == token)?;
                    name = pair.name.range();
                    at = &pair.value;
                }
                ast::Value::Array(array) => {
                    at = array.elements.get(token.parse::<usize>().ok()?)?;
                    name = at.range();
                }
                _ => return None,
            }
        }
        let range = if key { name } else { at.range() };
        let range = range.start..range.end;
        Some(match inside {
            Some(fault) => self.inside(&range, fault.at, fault.length).unwrap_or(range),
            None => range,
        })
    }

    /// Bytes inside a string literal; `at` and `length` count bytes of its text, which escapes make shorter than its
    /// source.
    fn inside(&self, literal: &Range<usize>, at: usize, length: usize) -> Option<Range<usize>> {
        let source = self.text.get(literal.start + 1..literal.end - 1)?;
        // Where each character of the source begins, and how many bytes of text are before it.
        let mut starts: Vec<(usize, usize)> = Vec::new();
        let (mut from, mut decoded) = (0, 0);
        while let Some(rest) = source.get(from..).filter(|rest| !rest.is_empty()) {
            starts.push((from, decoded));
            let (taken, made) = character(rest)?;
            (from, decoded) = (from + taken, decoded + made);
        }
        if at + length > decoded {
            return None;
        }
        // A fault at the end has no bytes of its own: the character before it is shown.
        let at = if length == 0 { at.saturating_sub(1) } else { at };
        let first = starts.iter().rev().find(|(_, text)| *text <= at)?.0;
        let last = starts.iter().find(|(_, text)| *text >= at + length.max(1)).map_or(source.len(), |(from, _)| *from);
        Some(literal.start + 1 + first..literal.start + 1 + last)
    }
}

/// Bytes of source that the first character of a string literal takes, and bytes of text that it makes.
fn character(source: &str) -> Option<(usize, usize)> {
    let unit = |at: usize| u32::from_str_radix(source.get(at..at + 4)?, 16).ok();
    let first = source.chars().next()?;
    if first != '\\' {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    match source.as_bytes().get(1)? {
        b'u' => {
            let high = unit(2)?;
            if (0xD800..0xDC00).contains(&high) {
                // The other half follows, and both are one character.
                return Some((12, 4));
            }
            Some((6, char::from_u32(high)?.len_utf8()))
        }
        _ => Some((2, 1)),
    }
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

fn value(tree: &ast::Value<'_>, file: FileId, findings: &mut Findings) -> Value {
    match tree {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::StringLit(literal) => Value::String(literal.value.to_string()),
        ast::Value::NumberLit(literal) => {
            // Within the options above a number is JSON's own.
            literal.value.parse::<Number>().map_or(Value::Null, Value::Number)
        }
        ast::Value::Array(array) => array.elements.iter().map(|element| value(element, file, findings)).collect(),
        ast::Value::Object(object) => {
            let mut map = Map::with_capacity(object.properties.len());
            for pair in &object.properties {
                let name = pair.name.as_str();
                if map.contains_key(name) {
                    let range = pair.name.range();
                    let place = Place::Bytes(range.start..range.end);
                    let first = object.properties.iter().find(|pair| pair.name.as_str() == name);
                    let first = first.map_or(range, |pair| pair.name.range());
                    findings.error(file, place, "duplicate-key", format!("`{name}` stands twice in this object")).also(
                        file,
                        Place::Bytes(first.start..first.end),
                        "first here",
                    );
                    continue;
                }
                let value = value(&pair.value, file, findings);
                map.insert(name.to_owned(), value);
            }
            Value::Object(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_inside_a_string_see_through_escapes() {
        let source = Source::new(PathBuf::from("a.json"), r#"{"a": "x\"ü\u00fc\ud83d\ude80\\é!"}"#);
        for (at, length, want) in [
            (0, 1, "x"),
            (1, 1, r#"\""#),
            (2, 2, "ü"),
            (4, 2, "\\u00fc"),
            (6, 4, "\\ud83d\\ude80"),
            (10, 1, r"\\"),
            (1, 0, "x"),
            (14, 0, "!"),
        ] {
            let fault = model::jq::Fault { message: String::new(), at, length };
            let span = source.spans([&Place::Inside("/a".to_owned(), fault)]).remove(0).unwrap();
            assert_eq!(&source.text[span], want, "{at} {length}");
        }
    }
}
