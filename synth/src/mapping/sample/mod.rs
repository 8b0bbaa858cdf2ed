//! Samples of what people may fill in: for each input of an action, a few answers that test a mapping.
//!
//! The form allows every answer. The first one of a question is the ordinary one, which is used while another question is
//! varied.

mod answers;
mod entities;
mod form;

pub(crate) use answers::Weight;
pub(crate) use entities::Blueprints;
pub(crate) use form::{Form, Instead, Question, Sheet, given};

/// Texts of many shapes, for templates that take text apart. If one of them works, a fault with another one depends on what
/// a person writes.
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
