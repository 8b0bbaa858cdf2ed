//! Faults of a run, shared by fields, payloads and the search for a cause.

use serde_json::Value;

/// Something that goes wrong in one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// The JSON Pointer below the template that was tested.
    pub(super) pointer: String,
    /// The code of its finding.
    pub(super) code: &'static str,
    pub(super) class: Class,
    /// What goes wrong, as the end of a sentence.
    pub(super) words: String,
    /// The value of the template.
    pub(super) value: Value,
    /// The pair to add to an input, see [`crate::mapping::fit::Misfit::mirror`].
    pub(super) mirror: Option<String>,
}

/// The kind of a fault, which decides how certain we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// jq reports an error.
    Fails,
    /// A required value is missing.
    Nothing,
    /// A value of the wrong type, or an illegal identifier.
    Wrong,
    /// A value of the right type that the blueprint does not allow.
    Outside,
    /// It works, but is probably not intended.
    Odd,
}

impl Fault {
    /// Creates a fault without words.
    pub(super) fn new(pointer: String, code: &'static str, class: Class) -> Self {
        Self { pointer, code, class, words: String::new(), value: Value::Null, mirror: None }
    }

    /// Returns whether it is the same kind of fault at the same place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.pointer == other.pointer && self.code == other.code
    }
}

/// The part of a form that a template reads.
#[derive(Debug)]
pub(super) struct Scope {
    /// The questions that it reads.
    pub(super) questions: Vec<usize>,
    /// Whether it reads the run's entity or its trigger, whose values are invented here.
    pub(super) invented: bool,
    /// The text of the template.
    pub(super) source: String,
}
