//! What people may fill in: for each input of an action the few answers that show something of a mapping.
//!
//! An answer is legal under the form. The first of a question is the ordinary one, which a run has when another
//! question is looked at.

mod answers;
mod entities;
mod form;

pub(crate) use answers::Weight;
pub(crate) use entities::Blueprints;
pub(crate) use form::{Form, Instead, Question, Sheet};

/// Texts of many shapes, for a template that takes text apart: when one of them works, what goes wrong with another
/// is a matter of what a person writes.
pub(crate) const SHAPES: [&str; 22] = [
    "7",
    "-1.5",
    "true",
    "[]",
    "[\"a\"]",
    "{}",
    "{\"a\":1}",
    "\"a\"",
    "a/b/c",
    "a-b-c",
    "a,b,c",
    "a.b.c",
    "a:b:c",
    "a_b_c",
    "a b c",
    "k=v",
    "a\nb",
    "https://example.com/a/b?c=d#e",
    "user@example.com",
    "2026-01-31T12:00:00Z",
    "2026-01-31",
    "YWJj",
];
