//! Parses a template: CloudFormation's YAML with its short intrinsics, or JSON.
//!
//! `granit-parser` is the parser underneath `serde-saphyr`, which writes our templates; serde's data model cannot represent
//! the tags that YAML uses for intrinsics. Scalars follow YAML 1.1, as in CloudFormation, except that numbers which would
//! not survive a round trip (`012345678901`, `1e3`) stay text. Of a key that is there twice, the last value counts, as in
//! CloudFormation and the SAM CLI.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Value};

use super::json;
use super::limit::{Excess, MOST_BYTES, MOST_LEVELS, Size};

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
    /// The text is larger than any template, or expands to more.
    #[error("it {0}")]
    TooLarge(#[from] Excess),
}

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
    if text.len() > MOST_BYTES {
        return Err(Excess::Bytes.into());
    }
    if text.trim_start().starts_with('{')
        && let Some((value, duplicates)) = json::read(text)
    {
        let (size, _) = measure(&value);
        size.check()?;
        let note = |key: &String| format!("the key `{key}` is there twice in one object: the last value counts");
        return Ok((value, duplicates.iter().map(note).collect()));
    }
    let mut reader = Reader { open_end: (!text.ends_with('\n')).then(|| text.chars().count()), ..Reader::default() };
    for result in Parser::new_from_str(text) {
        let (event, span) = result.map_err(|error| match error.kind() {
            ErrorKind::RecursionLimitExceeded => Excess::Levels.into(),
            _ => YamlError::Syntax { line: error.marker().line(), message: error.info() },
        })?;
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
    notes: Vec<String>,
    /// The length of the text in characters, if its last line has no end.
    open_end: Option<usize>,
    /// What has been read, counting expanded aliases.
    size: Size,
}

/// A collection whose end has not been read yet.
struct Open {
    holds: Holds,
    anchor: usize,
    tag: Option<String>,
    /// The levels of the deepest value in it.
    levels: usize,
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
                let bytes = value.as_str().map_or(0, str::len);
                self.add(Size { values: 1, bytes })?;
                self.close(value, 1, anchor, line)?;
            }
            Event::SequenceStart(_, anchor, tag) => self.open(Holds::List(Vec::new()), anchor, tag.as_deref())?,
            Event::MappingStart(_, anchor, tag) => {
                let holds = Holds::Map { pairs: Map::new(), merged: Vec::new(), key: None };
                self.open(holds, anchor, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let value = match open.holds {
                    Holds::List(items) => Value::Array(items),
                    Holds::Map { pairs, merged, .. } => Value::Object(with(pairs, merged)),
                };
                let (value, levels) = match open.tag {
                    Some(name) => (call(&name, value), open.levels + 2),
                    None => (value, open.levels + 1),
                };
                self.close(value, levels, open.anchor, line)?;
            }
            Event::Alias(id) => {
                let (size, levels) = self.anchors.get(&id).map(measure).unwrap_or_default();
                self.add(size)?;
                let value = self.anchors.get(&id).cloned().unwrap_or_default();
                self.close(value, levels, 0, line)?;
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

    fn add(&mut self, size: Size) -> Result<(), Excess> {
        self.size += size;
        self.size.check()
    }

    fn open(&mut self, holds: Holds, anchor: usize, tag: Option<&Tag>) -> Result<(), Excess> {
        self.add(Size { values: 1, bytes: 0 })?;
        let tag = tag.filter(|tag| own(tag)).map(|tag| tag.suffix().to_owned());
        self.open.push(Open { holds, anchor, tag, levels: 0 });
        if self.open.len() > MOST_LEVELS { Err(Excess::Levels) } else { Ok(()) }
    }

    /// Adds a complete value with so many levels to the innermost open collection.
    fn close(&mut self, value: Value, levels: usize, anchor: usize, line: usize) -> Result<(), YamlError> {
        if self.open.len() + levels > MOST_LEVELS {
            return Err(Excess::Levels.into());
        }
        if anchor != 0 {
            self.add(measure(&value).0)?;
            self.anchors.insert(anchor, value.clone());
        }
        if let Some(open) = self.open.last_mut() {
            open.levels = open.levels.max(levels);
        }
        match self.open.last_mut().map(|open| &mut open.holds) {
            None => self.root = value,
            Some(Holds::List(items)) => items.push(value),
            Some(Holds::Map { pairs, merged, key }) => match key.take() {
                None => {
                    let name = word(value);
                    let bytes = name.len();
                    *key = Some(name);
                    self.add(Size { values: 0, bytes })?;
                }
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

/// Returns the size and the levels of a value.
fn measure(value: &Value) -> (Size, usize) {
    let mut size = Size { values: 1, bytes: 0 };
    let mut levels = 0;
    let mut add = |value: &Value| {
        let (inner, below) = measure(value);
        size += inner;
        levels = levels.max(below);
    };
    match value {
        Value::Array(items) => items.iter().for_each(&mut add),
        Value::Object(pairs) => pairs.values().for_each(&mut add),
        _ => {}
    }
    size.bytes += match value {
        Value::String(text) => text.len(),
        Value::Object(pairs) => pairs.keys().map(String::len).sum(),
        _ => 0,
    };
    (size, levels + 1)
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
        assert_eq!(read(&bomb), Err(YamlError::TooLarge(Excess::Values)));
    }

    /// Aliases, levels, long texts and keys that double: each has a bound, whatever the other counts are.
    #[test]
    fn what_multiplies_is_refused() {
        let doubling = |first: &str| {
            (0..40)
                .fold(format!("a0: &a0 {first}\n"), |text, n| format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1))
        };
        let deeper = |levels: usize| {
            (0..levels).fold("a0: &a0 []\n".to_owned(), |text, n| format!("{text}a{}: &a{} [*a{n}]\n", n + 1, n + 1))
        };
        let keys = |levels: usize| format!("{}x{}", "? {".repeat(levels), "}".repeat(levels));
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for (what, text, want) in [
            ("aliases that double", doubling("x"), Some(Excess::Values)),
            ("merges that double", doubling("{b: 1}").replace("[*", "{<<: [*").replace("]\n", "], k: *a0}\n"), None),
            (
                "aliases of a long text",
                format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(20)),
                Some(Excess::Bytes),
            ),
            ("a long text", "x".repeat(9 << 20), Some(Excess::Bytes)),
            ("long JSON", format!("{{\"a\": [{}1]}}", "1,".repeat(400_000)), Some(Excess::Values)),
            ("lists in lists", format!("{}{}", "[".repeat(200), "]".repeat(200)), Some(Excess::Levels)),
            ("many lists in lists", "[".repeat(100_000), Some(Excess::Levels)),
            ("blocks in blocks", "- ".repeat(100_000), Some(Excess::Levels)),
            (
                "lists in lists in JSON",
                format!("{{\"a\": {}{}}}", "[".repeat(200), "]".repeat(200)),
                Some(Excess::Levels),
            ),
            ("calls in calls", format!("{}x{}", "!Not [".repeat(80), "]".repeat(80)), Some(Excess::Levels)),
            ("levels by aliases", deeper(200), Some(Excess::Levels)),
            ("fewer levels by aliases", deeper(100), None),
            (
                "anchors in anchors",
                format!(
                    "{}{}{}",
                    (0..100).fold(String::new(), |text, n| format!("{text}&a{n} [")),
                    "x, ".repeat(10_000),
                    "]".repeat(100)
                ),
                Some(Excess::Values),
            ),
            ("keys in keys", keys(100), Some(Excess::Bytes)),
        ] {
            found.push((
                what,
                match read(&text) {
                    Err(YamlError::TooLarge(excess)) => Some(excess),
                    Ok(_) => None,
                    Err(error) => panic!("{what}: {error}"),
                },
            ));
            wanted.push((what, want));
        }
        assert_eq!(found, wanted);
    }
}
