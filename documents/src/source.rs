//! Input files as text, and the JSON in them. Comments and trailing commas are allowed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{ParseOptions, ast};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The text of a file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path as the user passed it, or as it was found, for messages.
    pub path: PathBuf,
    /// Its path below the folder that was read, which `out/port/` mirrors.
    pub name: PathBuf,
    /// Its text without a byte order mark.
    pub text: String,
    /// The number of bytes of the byte order mark before the text.
    pub mark: usize,
    /// Why it cannot be read as JSON, whatever its text.
    pub unreadable: Option<Box<Obstacle>>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The code of the finding: `unreadable` or `too-large`.
    pub code: &'static str,
    /// What is wrong, as in a finding.
    pub message: String,
    /// What to do now.
    pub help: Option<Cow<'static, str>>,
    /// The first bytes of the text that are wrong; `None` for the file as a whole.
    pub at: Option<Range<usize>>,
}

/// The JSON of Port's documentation: 9 % of its samples have comments or trailing commas. Everything else that JSON5
/// allows is an error.
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

/// A syntax error, or a duplicate key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The file is empty.
    Empty,
    /// These bytes are not JSON.
    Syntax(Range<usize>, String),
    /// These bytes are a mistake, but the JSON around them can be read.
    Character(Range<usize>, char),
    /// The object already has this key.
    Duplicate {
        /// The key.
        name: String,
        /// Where it is again.
        at: Range<usize>,
        /// Where it is first.
        first: Range<usize>,
    },
}

impl Source {
    /// Creates a source from text in memory.
    pub fn new(path: PathBuf, text: &str) -> Self {
        let unmarked = text.trim_start_matches('\u{feff}');
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        Self { path, name, text: unmarked.to_owned(), mark: text.len() - unmarked.len(), unreadable: None }
    }

    /// Creates a source that cannot be read.
    pub fn refused(path: PathBuf, unreadable: Obstacle) -> Self {
        Self { unreadable: Some(Box::new(unreadable)), ..Self::new(path, "") }
    }

    /// Returns a new text for the file, with its byte order mark if it has one.
    pub fn marked(&self, text: &str) -> String {
        let mark = if self.mark > 0 { "\u{feff}" } else { "" };
        format!("{mark}{text}")
    }

    /// Returns the JSON, if it is valid, and what is wrong with it. Of two equal keys, the first counts.
    pub(crate) fn json(&self) -> (Option<Value>, Vec<Fault>) {
        // Most files are plain JSON, which is several times faster to read. Only other files are read again.
        if let Ok(Strict(value)) = serde_json::from_str(&self.text) {
            return (Some(value), Vec::new());
        }
        let mut faults = Vec::new();
        let value = match self.tree() {
            Ok(Some(tree)) => Some(value(&tree, &self.text, &mut faults)),
            Ok(None) => {
                faults.push(Fault::Empty);
                None
            }
            Err(error) => {
                let fault = match conflict(&self.text) {
                    Some(line) => Fault::Syntax(line, "this file has an unresolved merge conflict".to_owned()),
                    None => Fault::Syntax(bytes(&error.range()), described(error.kind())),
                };
                faults.push(fault);
                None
            }
        };
        (value, faults)
    }

    /// Returns the syntax tree, with the bytes of every node; `None` for an empty file.
    pub(crate) fn tree(&self) -> Result<Option<ast::Value<'_>>, jsonc_parser::errors::ParseError> {
        let collect = jsonc_parser::CollectOptions::default();
        Ok(jsonc_parser::parse_to_ast(&self.text, &collect, &OPTIONS)?.value)
    }
}

/// Returns the first line that git writes into a file which it cannot merge.
fn conflict(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            return Some(start..start + line.trim_end().len());
        }
        start += line.len();
    }
    None
}

/// Says what is wrong with the syntax.
fn described(kind: &ParseErrorKind) -> String {
    let words = match kind {
        ParseErrorKind::ExpectedColonAfterObjectKey => "a colon is missing after this key",
        ParseErrorKind::ExpectedObjectValue => "a value is missing after the colon",
        ParseErrorKind::ExpectedStringObjectProperty => "a key must be a string in double quotes",
        ParseErrorKind::ExpectedComma => "a comma is missing",
        ParseErrorKind::MultipleRootJsonValues => "the file must end after its first JSON value",
        ParseErrorKind::SingleQuotedStringsNotAllowed => "strings must be in double quotes",
        ParseErrorKind::UnexpectedCloseBrace => "this `}` closes nothing",
        ParseErrorKind::UnexpectedCloseBracket => "this `]` closes nothing",
        ParseErrorKind::UnterminatedArray => "the closing `]` is missing",
        ParseErrorKind::UnterminatedObject => "the closing `}` is missing",
        ParseErrorKind::UnterminatedCommentBlock => "the closing `*/` is missing",
        ParseErrorKind::NestingDepthExceeded => "this is nested too deeply",
        other => return other.to_string().trim_end_matches('.').to_lowercase(),
    };
    words.to_owned()
}

fn bytes(range: &jsonc_parser::common::Range) -> Range<usize> {
    range.start..range.end
}

/// JSON without comments, trailing commas or duplicate keys.
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
                return Err(serde::de::Error::custom("duplicate key"));
            }
        }
        Ok(Strict(Value::Object(map)))
    }
}

/// Finds the control characters in a string's literal, which JSON does not allow.
fn characters(text: &str, literal: &jsonc_parser::common::Range, faults: &mut Vec<Fault>) {
    let raw = text.get(bytes(literal)).unwrap_or_default();
    let control = |(at, char): (usize, char)| {
        let at = literal.start + at;
        (char < ' ').then_some(Fault::Character(at..at + 1, char))
    };
    faults.extend(raw.char_indices().find_map(control));
}

fn value(tree: &ast::Value<'_>, text: &str, faults: &mut Vec<Fault>) -> Value {
    match tree {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::StringLit(literal) => {
            characters(text, &literal.range, faults);
            Value::String(literal.value.to_string())
        }
        ast::Value::NumberLit(literal) => {
            // With the options above, a number is a JSON number, but it may be beyond what can be held.
            literal.value.parse::<Number>().map_or_else(
                |_| {
                    faults.push(Fault::Syntax(bytes(&literal.range), "this number is out of range".to_owned()));
                    Value::Null
                },
                Value::Number,
            )
        }
        ast::Value::Array(array) => array.elements.iter().map(|element| value(element, text, faults)).collect(),
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
                characters(text, &pair.name.range(), faults);
                let value = value(&pair.value, text, faults);
                map.insert(name.to_owned(), value);
            }
            Value::Object(map)
        }
    }
}
