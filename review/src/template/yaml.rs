//! Parses a template: CloudFormation's YAML with its short intrinsics, or JSON.
//!
//! `granit-parser` is the parser underneath `serde-saphyr`, which writes our templates; serde's data model cannot represent
//! the tags that YAML uses for intrinsics. Scalars follow YAML 1.1, as in CloudFormation, except that numbers which would
//! not survive a round trip (`012345678901`, `1e3`) stay text. Of a key that is there twice, the last value counts, as in
//! CloudFormation and the SAM CLI.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Value};

use super::json;

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
    noted(text).map(|(value, _)| value)
}

/// Parses YAML or JSON; also returns what the reader of the template should know, as sentences without a full stop.
///
/// # Errors
/// See [`YamlError`].
pub fn noted(text: &str) -> Result<(Value, Vec<String>), YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{')
        && let Some((value, duplicates)) = json::read(text)
    {
        let note = |key: &String| format!("the key `{key}` is there twice in one object: the last value counts");
        return Ok((value, duplicates.iter().map(note).collect()));
    }
    let mut reader = Reader { open_end: (!text.ends_with('\n')).then(|| text.chars().count()), ..Reader::default() };
    for result in Parser::new_from_str(text) {
        let (event, span) =
            result.map_err(|error| YamlError::Syntax { line: error.marker().line(), message: error.info() })?;
        reader.take(event, span)?;
    }
    if reader.documents != 1 {
        return Err(YamlError::Documents(reader.documents));
    }
    Ok((reader.root, reader.notes))
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Value>,
    root: Value,
    documents: usize,
    values: usize,
    notes: Vec<String>,
    /// The length of the text in characters, if its last line has no end.
    open_end: Option<usize>,
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
                let text = self.without_added_break(text, style, span);
                let value = match &tag {
                    Some(tag) if tag.is_yaml_core_schema_tag("str") => Value::String(text),
                    Some(tag) if own(tag) => call(tag.suffix(), Value::String(text)),
                    _ if style == ScalarStyle::Plain => plain(&text),
                    _ => Value::String(text),
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

    /// Takes away the line break that the parser adds to a block that ends with the text.
    fn without_added_break(&self, text: Cow<'_, str>, style: ScalarStyle, span: Span) -> String {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let mut text = text.into_owned();
        if is_block && self.open_end.is_some_and(|end| span.end.index() >= end) && text.ends_with('\n') {
            text.pop();
        }
        text
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
                Some(name) => {
                    if pairs.contains_key(&name) {
                        self.notes.push(format!(
                            "the key `{name}` is there twice in one mapping, again on line {line}: the last value counts"
                        ));
                    }
                    pairs.insert(name, value);
                }
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
        let Value::Object(more) = value else {
            pairs.insert("<<".to_owned(), value);
            continue;
        };
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
    fn of_a_key_that_is_there_twice_the_last_value_counts() {
        for (text, note) in [
            ("a: 1\nb: 2\na: 3\n", "the key `a` is there twice in one mapping, again on line 3: the last value counts"),
            ("{\"a\": 1, \"b\": 2, \"a\": 3}", "the key `a` is there twice in one object: the last value counts"),
        ] {
            assert_eq!(noted(text), Ok((json!({"a": 3, "b": 2}), vec![note.to_owned()])), "{text}");
        }
        assert_eq!(noted("a: {b: 1}\nc: {b: 1}\n").unwrap().1, [""; 0]);
    }

    #[test]
    fn a_block_at_the_end_of_the_text_gets_no_line_break() {
        for (text, want) in [
            ("a: |\n  x", "x"),
            ("a: |\n  x\n", "x\n"),
            ("a: |\n  x\n  y", "x\ny"),
            ("a: >\n  x\n  y", "x y"),
            ("a: |+\n  x", "x"),
            ("a: |-\n  x", "x"),
            ("a: |\n  x\n# end", "x\n"),
            ("a: |\n  ü€", "ü€"),
        ] {
            assert_eq!(read(text), Ok(json!({"a": want})), "{text:?}");
        }
        assert_eq!(read("a: |\n  x\nb: 1"), Ok(json!({"a": "x\n", "b": 1})));
    }

    #[test]
    fn errors_name_the_line() {
        for (text, want) in [
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
