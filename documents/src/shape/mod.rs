//! The shape that a document must have, compiled from the JSON Schema of [`crate::grammar`], so that checking is fast and
//! messages are our own.
//!
//! A schema validator could answer yes or no. But it would say "does not match any of 8 alternatives" to a person who
//! wrote `WEBHOOK` with one key too many. Here, one branch is chosen first, and then only that branch is checked.

mod choice;
mod compile;
mod rule;
mod vocabulary;
mod walk;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::finding::Findings;
use choice::Choice;
use rule::Rule;

/// Checks a document against the shape of its kind.
pub(crate) fn check(node: &Cursor<'_>, kind: DocumentKind, findings: &mut Findings) {
    static GRAMMAR: LazyLock<Grammar> = LazyLock::new(compile::grammar);
    let root = match kind {
        DocumentKind::InputFile | DocumentKind::Blueprint => GRAMMAR.file,
        DocumentKind::Action(_) => GRAMMAR.action,
        DocumentKind::Other => return,
    };
    walk::Walk { grammar: &GRAMMAR, file: node.file, findings }.document(root, node);
}

/// The number of a shape in its grammar, by which shapes refer to each other and to themselves.
type Id = usize;

/// Every shape that a document can have.
#[derive(Debug)]
struct Grammar {
    shapes: Vec<Shape>,
    /// An input file.
    file: Id,
    /// An action in a file of its own.
    action: Id,
}

impl Grammar {
    fn shape(&self, id: Id) -> &Shape {
        self.shapes.get(id).unwrap_or(&Shape::Any)
    }

    /// Returns the shape as an object, if it is one.
    fn object(&self, id: Id) -> Option<&Object> {
        match self.shape(id) {
            Shape::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns whether a value could have the shape, judged by its JSON type and, for a string, by its words.
    fn admits(&self, id: Id, value: &Value) -> bool {
        match (self.shape(id), value) {
            (Shape::Text(text), Value::String(word)) => text.words.is_empty() || text.words.contains(word),
            (Shape::Choice(choice), value) => choice.branches.iter().any(|branch| self.admits(*branch, value)),
            _ => self.resembles(id, value),
        }
    }

    /// Returns whether a value could have the shape, judged by its JSON type.
    fn resembles(&self, id: Id, value: &Value) -> bool {
        match (self.shape(id), value) {
            (Shape::Any, _)
            | (Shape::Null, Value::Null)
            | (Shape::Flag, Value::Bool(_))
            | (Shape::Number(_), Value::Number(_))
            | (Shape::Text(_), Value::String(_))
            | (Shape::List(_), Value::Array(_))
            | (Shape::Object(_), Value::Object(_)) => true,
            (Shape::Choice(choice), value) => choice.branches.iter().any(|branch| self.resembles(*branch, value)),
            _ => false,
        }
    }
}

/// The shape of a value.
#[derive(Debug)]
enum Shape {
    Any,
    Null,
    Flag,
    Number(Number),
    Text(Text),
    List(List),
    Object(Object),
    Choice(Choice),
}

#[derive(Debug, Default)]
struct Number {
    least: Option<f64>,
    most: Option<f64>,
    whole: bool,
}

#[derive(Debug, Default)]
struct Text {
    /// The allowed words; empty if every string is allowed.
    words: Vec<String>,
    rule: Option<Rule>,
    /// The minimum length in characters.
    least: usize,
    most: Option<usize>,
    /// Whether it is jq that Port evaluates.
    jq: bool,
}

#[derive(Debug)]
struct List {
    items: Id,
    least: usize,
    most: Option<usize>,
}

#[derive(Debug)]
struct Object {
    keys: BTreeMap<String, Key>,
    /// Required keys, in the order of the grammar.
    required: Vec<String>,
    rest: Rest,
    /// The help for an unknown key.
    others: Option<String>,
    /// Whether every keyword of JSON Schema is allowed too.
    json_schema: bool,
    /// Keys that exclude each other.
    exclusive: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    shape: Id,
    /// Documented, but not validated by Port's API: mistakes are warnings.
    left_open: bool,
}

/// How keys that the grammar does not name are handled.
#[derive(Debug)]
enum Rest {
    /// They are refused.
    Closed,
    /// They are accepted, but probably mistakes.
    Open,
    /// They are chosen by the author.
    Named {
        /// The shape of the keys.
        names: Text,
        /// The shape of the values.
        value: Id,
    },
}
