//! What an upgrade must be able to read of an action. What it cannot is a finding; everything else is left as it is.

use model::identifier::{self, Kind};

use crate::cursor::Cursor;
use crate::finding::Findings;
use crate::wording::{article, nearest, one_of};

/// The value of a key that must be there; null counts as absent, as Port's own answers write it.
pub(super) fn need<'a>(node: &Cursor<'a>, key: &str, findings: &mut Findings) -> Option<Cursor<'a>> {
    let value = optional(node, key);
    if value.is_none() {
        findings.error(node.file, node.place(), "missing-key", format!("`{key}` is missing"));
    }
    value
}

/// The value of a key, unless it is null.
pub(super) fn optional<'a>(node: &Cursor<'a>, key: &str) -> Option<Cursor<'a>> {
    node.get(key).filter(|node| !node.value.is_null())
}

/// An object; anything else is a finding.
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

/// Text; anything else is a finding.
fn text<'a>(node: &Cursor<'a>, findings: &mut Findings) -> Option<&'a str> {
    let text = node.value.as_str();
    if text.is_none() {
        wrong(node, "a string", findings);
    }
    text
}

fn wrong(node: &Cursor<'_>, expected: &str, findings: &mut Findings) {
    let message = format!("expected {expected}, found {}", article(node.value));
    findings.error(node.file, node.place(), "wrong-type", message);
}

/// One of some words; anything else is a finding.
pub(super) fn word<'a>(node: &Cursor<'a>, words: &[&str], findings: &mut Findings) -> Option<&'a str> {
    let text = text(node, findings)?;
    if words.contains(&text) {
        return Some(text);
    }
    let message = format!("unknown variant `{text}`, expected {}", one_of(words));
    let finding = findings.error(node.file, node.place(), "unknown-variant", message);
    if let Some(word) = nearest(text, words) {
        finding.help(format!("did you mean `{word}`?"));
    }
    None
}

/// An identifier that Port accepts; anything else is a finding.
pub(super) fn name<'a>(node: &Cursor<'a>, kind: Kind, findings: &mut Findings) -> Option<&'a str> {
    let text = text(node, findings)?;
    if let Err(illegal) = identifier::check(kind, text) {
        findings.error(node.file, node.place(), "illegal-identifier", format!("`{text}` {illegal}"));
        return None;
    }
    Some(text)
}
