//! What a document must look like, compiled from the JSON Schema of [`crate::grammar`] so that checking is fast and
//! says what is wrong in our own words.
//!
//! A schema validator would do for yes or no. It would also answer "does not match any of 8 alternatives" where a
//! person wrote `WEBHOOK` with a key too many. Here a choice is made first, by what tells its branches apart, and then
//! one branch is checked.

mod choice;
mod compile;
mod rule;
mod walk;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::document::DocumentKind;
use crate::finding::Findings;
use crate::sources::FileId;
use choice::Choice;
use rule::Rule;

/// Checks a document against what its kind must look like.
pub(crate) fn check(file: FileId, kind: DocumentKind, document: &Value, findings: &mut Findings) {
    static GRAMMAR: LazyLock<Grammar> = LazyLock::new(compile::grammar);
    let root = match kind {
        DocumentKind::InputFile | DocumentKind::Blueprint => GRAMMAR.file,
        DocumentKind::Action(_) => GRAMMAR.action,
        DocumentKind::Other => return,
    };
    walk::Walk { grammar: &GRAMMAR, file, findings }.document(root, document);
}

/// The number of a shape in its grammar. Shapes refer to each other, and to themselves, by it.
type Id = usize;

/// Every shape that a document may have.
#[derive(Debug)]
struct Grammar {
    shapes: Vec<Shape>,
    /// An input file.
    file: Id,
    /// An action alone.
    action: Id,
}

impl Grammar {
    fn shape(&self, id: Id) -> &Shape {
        self.shapes.get(id).unwrap_or(&Shape::Any)
    }

    /// The shape as an object, where it is one.
    fn object(&self, id: Id) -> Option<&Object> {
        match self.shape(id) {
            Shape::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether a value could have the shape, by its JSON type and, for a text, by its words.
    fn admits(&self, id: Id, value: &Value) -> bool {
        match (self.shape(id), value) {
            (Shape::Text(text), Value::String(word)) => text.words.is_empty() || text.words.contains(word),
            (Shape::Choice(choice), value) => choice.branches.iter().any(|branch| self.admits(*branch, value)),
            _ => self.resembles(id, value),
        }
    }

    /// Whether a value could have the shape, by its JSON type alone.
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

/// What a value must look like.
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
    /// The only ones that are allowed; none when any is.
    words: Vec<String>,
    rule: Option<Rule>,
    /// In characters.
    least: usize,
    most: Option<usize>,
    /// jq that Port evaluates.
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
    /// In the order of the grammar.
    required: Vec<String>,
    rest: Rest,
    /// What to do with a key that is not known here.
    others: Option<String>,
    /// Any keyword of JSON Schema may stand here too.
    json_schema: bool,
    /// Keys of which only one may be there.
    exclusive: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    shape: Id,
    /// Documented, and not looked at by Port's API: mistakes are warnings.
    left_open: bool,
}

/// Keys that an object's grammar does not name.
#[derive(Debug)]
enum Rest {
    /// Are refused.
    Closed,
    /// Are taken, and probably mistakes.
    Open,
    /// Are the author's own.
    Named {
        /// What they must look like.
        names: Text,
        /// What each holds.
        value: Id,
    },
}
