//! Parses a template: CloudFormation's YAML with its short intrinsics, or JSON.
//!
//! `granit-parser` is the parser underneath `serde-saphyr`, which writes our templates; serde's data model cannot represent
//! the tags that YAML uses for intrinsics. Scalars follow YAML 1.1, as in CloudFormation, except that numbers which would
//! not survive a round trip (`012345678901`, `1e3`) stay text.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Value};

/// The reason why a text cannot be parsed as a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text is neither valid YAML nor valid JSON.
    #[error("line {line}: {message}")]
    Syntax {
        /// The line number, starting at 1.
        line: usize,
        /// The parser's message.
        message: String,
    },
    /// A mapping has a duplicate key.
    #[error("line {line}: duplicate key `{key}`")]
    Twice {
        /// The line number, starting at 1.
        line: usize,
        /// The duplicate key.
        key: String,
    },
    /// The text has several YAML documents, or none.
    #[error("a template is one YAML document, but this file has {0}")]
    Documents(usize),
    /// The text expands to too many values.
    #[error("more than {MOST_VALUES} values, counting expanded aliases")]
    TooLarge,
}

/// The most values in one template. CloudFormation accepts a megabyte of text.
const MOST_VALUES: usize = 1_000_000;

/// Parses YAML or JSON.
///
/// # Errors
/// See [`YamlError`].
pub fn read(text: &str) -> Result<Value, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    let mut reader = Reader::default();
    for result in Parser::new_from_str(text) {
        let (event, span) =
            result.map_err(|error| YamlError::Syntax { line: error.marker().line(), message: error.info() })?;
        reader.take(event, span)?;
    }
    if reader.documents == 1 { Ok(reader.root) } else { Err(YamlError::Documents(reader.documents)) }
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
    root: Value,
    documents: usize,
    values: usize,
}

/// A collection whose end has not been read yet.
struct Open {
    holds: Holds,
    anchor: usize,
    tag: Option<String>,
}

enum Holds {
    List(Vec<Value>),
    Map {
        pairs: Map<String, Value>,
        /// Values merged with `<<`; explicit keys take precedence.
        merged: Vec<Value>,
        /// A key whose value has not been read yet.
        key: Option<String>,
    },
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let line = span.start.line();
        match event {
            Event::DocumentStart(..) => self.documents += 1,
            Event::Scalar(text, style, anchor, tag) => {
                let value = match &tag {
                    Some(tag) if tag.is_yaml_core_schema_tag("str") => Value::String(text.into_owned()),
                    Some(tag) if own(tag) => call(tag.suffix(), Value::String(text.into_owned())),
                    _ if style == ScalarStyle::Plain => plain(&text),
                    _ => Value::String(text.into_owned()),
                };
                self.close(value, anchor, line)?;
            }
            Event::SequenceStart(_, anchor, tag) => self.open(Holds::List(Vec::new()), anchor, tag.as_deref()),
            Event::MappingStart(_, anchor, tag) => {
                let holds = Holds::Map { pairs: Map::new(), merged: Vec::new(), key: None };
                self.open(holds, anchor, tag.as_deref());
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let value = match open.holds {
                    Holds::List(items) => Value::Array(items),
                    Holds::Map { pairs, merged, .. } => Value::Object(with(pairs, merged)),
                };
                let value = match open.tag {
                    Some(name) => call(&name, value),
                    None => value,
                };
                self.close(value, open.anchor, line)?;
            }
            Event::Alias(id) => {
                let value = self.anchors.get(&id).cloned().unwrap_or_default();
                self.values += count(&value);
                self.close(value, 0, line)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, holds: Holds, anchor: usize, tag: Option<&Tag>) {
        let tag = tag.filter(|tag| own(tag)).map(|tag| tag.suffix().to_owned());
        self.open.push(Open { holds, anchor, tag });
    }

    /// Adds a complete value to the innermost open collection.
    fn close(&mut self, value: Value, anchor: usize, line: usize) -> Result<(), YamlError> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(YamlError::TooLarge);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut().map(|open| &mut open.holds) {
            None => self.root = value,
            Some(Holds::List(items)) => items.push(value),
            Some(Holds::Map { pairs, merged, key }) => match key.take() {
                None => *key = Some(word(value)),
                Some(name) if name == "<<" => merged.push(value),
                Some(name) if pairs.contains_key(&name) => return Err(YamlError::Twice { line, key: name }),
                Some(name) => drop(pairs.insert(name, value)),
            },
        }
        Ok(())
    }
}

/// Whether a tag belongs to CloudFormation, not to YAML.
fn own(tag: &Tag) -> bool {
    tag.handle() == "!" && !tag.suffix().is_empty()
}

/// Returns the long form of a short intrinsic.
fn call(name: &str, value: Value) -> Value {
    let key = match name {
        "Ref" | "Condition" => name.to_owned(),
        name => format!("Fn::{name}"),
    };
    Value::Object(Map::from_iter([(key, value)]))
}

/// Reads an unquoted scalar.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        text => match serde_json::from_str::<Value>(text) {
            Ok(number @ Value::Number(_)) if number.to_string().as_str() == text => number,
            _ => Value::String(text.to_owned()),
        },
    }
}

/// Converts a key to text.
fn word(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn with(mut pairs: Map<String, Value>, merged: Vec<Value>) -> Map<String, Value> {
    let each = merged.into_iter().flat_map(|value| match value {
        Value::Array(items) => items,
        value => vec![value],
    });
    for value in each {
        let Value::Object(more) = value else { continue };
        for (key, value) in more {
            pairs.entry(key).or_insert(value);
        }
    }
    pairs
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(pairs) => pairs.values().map(count).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_intrinsics_become_long_ones() {
        for (text, want) in [
            ("!Ref Queue", json!({"Ref": "Queue"})),
            ("!GetAtt Queue.Arn", json!({"Fn::GetAtt": "Queue.Arn"})),
            ("!GetAtt [Queue, Arn]", json!({"Fn::GetAtt": ["Queue", "Arn"]})),
            ("!Sub '${A}-x'", json!({"Fn::Sub": "${A}-x"})),
            ("!If [C, !Ref A, !Ref 'AWS::NoValue']", json!({"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]})),
            ("!Join ['-', [a, !Sub 'b${C}']]", json!({"Fn::Join": ["-", ["a", {"Fn::Sub": "b${C}"}]]})),
            (
                "!And [!Condition A, !Not [!Condition B]]",
                json!({"Fn::And": [{"Condition": "A"}, {"Fn::Not": [{"Condition": "B"}]}]}),
            ),
            ("Fn::Transform: {Name: 'AWS::Include'}", json!({"Fn::Transform": {"Name": "AWS::Include"}})),
            ("!Base64\n  Fn::Sub: x", json!({"Fn::Base64": {"Fn::Sub": "x"}})),
        ] {
            assert_eq!(read(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn scalars_follow_yaml_1_1() {
        for (text, want) in [
            ("10", json!(10)),
            ("'10'", json!("10")),
            ("on", json!(true)),
            ("'on'", json!("on")),
            ("012345678901", json!("012345678901")),
            ("2012-10-17", json!("2012-10-17")),
            ("1e3", json!("1e3")),
            ("0.50", json!("0.50")),
            ("-1", json!(-1)),
            ("~", json!(null)),
            ("!!str 10", json!("10")),
            ("{a: 1}", json!({"a": 1})),
            ("{\"a\": [true]}", json!({"a": [true]})),
            ("a: >-\n  two\n  words\nb: |\n  line\n", json!({"a": "two words", "b": "line\n"})),
        ] {
            assert_eq!(read(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn aliases_and_merges_are_resolved() {
        let text = "base: &base {a: 1, b: 2}\none: *base\ntwo: {<<: *base, b: 3}\nthree: {<<: [*base, {c: 4}]}\n";
        let want = json!({
            "base": {"a": 1, "b": 2}, "one": {"a": 1, "b": 2},
            "two": {"b": 3, "a": 1}, "three": {"a": 1, "b": 2, "c": 4},
        });
        assert_eq!(read(text), Ok(want));
    }

    #[test]
    fn errors_name_the_line() {
        for (text, want) in [
            ("a: 1\nb: 2\na: 3\n", "line 3: duplicate key `a`"),
            ("", "a template is one YAML document, but this file has 0"),
            ("a: 1\n---\nb: 2\n", "a template is one YAML document, but this file has 2"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), want, "{text}");
        }
        assert!(read("a: [1\nb: 2").unwrap_err().to_string().starts_with("line "));
        let bomb = (0..12).fold("a0: &a0 [x, x, x, x]\n".to_owned(), |text, n| {
            format!("{text}a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
        });
        assert_eq!(read(&bomb), Err(YamlError::TooLarge));
    }
}
