//! What goes wrong with a run: the words that fields, payloads and the search for a reason share.

use serde_json::Value;

/// Something that goes wrong with one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// JSON Pointer below the template that was tried.
    pub(super) pointer: String,
    /// The code of its finding.
    pub(super) code: &'static str,
    pub(super) class: Class,
    /// What, as the end of a sentence.
    pub(super) words: String,
    /// What the template yielded.
    pub(super) value: Value,
    /// See [`crate::mapping::fit::Misfit::mirror`].
    pub(super) mirror: Option<String>,
}

/// What kind of thing goes wrong; it decides how sure we are of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// jq reports an error.
    Fails,
    /// Nothing where something must be.
    Nothing,
    /// A value of the wrong type, or an illegal identifier.
    Wrong,
    /// The right type outside of what the blueprint takes.
    Outside,
    /// It works, and is hardly meant.
    Odd,
}

impl Fault {
    /// A fault without a word yet.
    pub(super) fn new(pointer: String, code: &'static str, class: Class) -> Self {
        Self { pointer, code, class, words: String::new(), value: Value::Null, mirror: None }
    }

    /// The same kind of thing at the same place.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.pointer == other.pointer && self.code == other.code
    }
}

/// What a template reads that a form has.
#[derive(Debug)]
pub(super) struct Scope {
    /// Questions of the form.
    pub(super) questions: Vec<usize>,
    /// It reads the run's entity or its trigger, whose values are made up here.
    pub(super) invented: bool,
    /// Its own text, with the author's own words.
    pub(super) source: String,
}
