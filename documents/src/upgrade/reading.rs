//! Reads the parts of an action that an upgrade needs. A part that cannot be read is a finding; everything else is kept.

use model::identifier::{self, Kind};
use model::pointer::tokens;

use crate::cursor::Cursor;
use crate::finding::Findings;
use crate::wording::{must_be, nearest, unknown_value};

/// Returns the value of a required key. Null counts as absent, since Port's own answers use it that way.
pub(super) fn need<'a>(node: &Cursor<'a>, key: &str, findings: &mut Findings) -> Option<Cursor<'a>> {
    let value = optional(node, key);
    if value.is_none() {
        findings.error(node.file, node.place(), "missing-key", format!("`{key}` is missing"));
    }
    value
}

/// Returns the value of a key, unless it is null.
pub(super) fn optional<'a>(node: &Cursor<'a>, key: &str) -> Option<Cursor<'a>> {
    node.get(key).filter(|node| !node.value.is_null())
}

/// Returns an object; anything else is a finding.
pub(super) fn object<'a>(
    node: &Cursor<'a>,
    findings: &mut Findings,
) -> Option<&'a serde_json::Map<String, serde_json::Value>> {
    let object = node.value.as_object();
    if object.is_none() {
        wrong(node, "an object", findings);
    }
    object
}

/// Returns a string; anything else is a finding.
fn text<'a>(node: &Cursor<'a>, findings: &mut Findings) -> Option<&'a str> {
    let text = node.value.as_str();
    if text.is_none() {
        wrong(node, "a string", findings);
    }
    text
}

fn wrong(node: &Cursor<'_>, expected: &str, findings: &mut Findings) {
    let name = tokens(&node.pointer).last().map_or_else(|| "the document".to_owned(), |key| format!("`{key}`"));
    let message = format!("{name} {}", must_be(expected, node.value));
    findings.error(node.file, node.place(), "wrong-type", message);
}

/// Returns one of some words; anything else is a finding.
pub(super) fn word<'a>(node: &Cursor<'a>, words: &[&str], findings: &mut Findings) -> Option<&'a str> {
    let text = text(node, findings)?;
    if words.contains(&text) {
        return Some(text);
    }
    let finding = findings.error(node.file, node.place(), "unknown-variant", unknown_value(text, words));
    if let Some(word) = nearest(text, words) {
        finding.help(format!("did you mean `{word}`?"));
    }
    None
}

/// Returns an identifier that Port accepts; anything else is a finding.
pub(super) fn name<'a>(node: &Cursor<'a>, kind: Kind, findings: &mut Findings) -> Option<&'a str> {
    let text = text(node, findings)?;
    if let Err(illegal) = identifier::check(kind, text) {
        findings.error(node.file, node.place(), "illegal-identifier", format!("`{text}` {illegal}"));
        return None;
    }
    Some(text)
}
