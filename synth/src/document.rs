//! A cursor over a document that knows where it is, so that a finding has its place without the model carrying spans.

use model::identifier::{self, Kind};
use serde_json::{Map, Value};

use crate::finding::{Findings, Place};
use crate::source::below;

/// A value and the pointer to it.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) file: usize,
    pub(crate) pointer: String,
    pub(crate) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(crate) fn root(file: usize, value: &'a Value) -> Self {
        Self { file, pointer: String::new(), value }
    }

    /// Here, as a place for a finding.
    pub(crate) fn place(&self) -> Place {
        Place::Value(self.pointer.clone())
    }

    /// The key here, as a place for a finding.
    pub(crate) fn key_place(&self) -> Place {
        Place::Key(self.pointer.clone())
    }

    /// The value of a key; null counts as absent, as Port's own answers write it.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { file: self.file, pointer: below(&self.pointer, key), value })
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&self, key: &str, findings: &mut Findings) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            findings.error(self.file, self.place(), "missing-key", format!("`{key}` is missing"));
        }
        node
    }

    /// The pairs of an object; anything else is a finding.
    pub(crate) fn pairs(&self, findings: &mut Findings) -> Vec<(&'a str, Node<'a>)> {
        let Some(map) = self.object(findings) else { return Vec::new() };
        let node = |key: &str, value| Node { file: self.file, pointer: below(&self.pointer, key), value };
        map.iter().map(|(key, value)| (key.as_str(), node(key, value))).collect()
    }

    pub(crate) fn object(&self, findings: &mut Findings) -> Option<&'a Map<String, Value>> {
        let map = self.value.as_object();
        if map.is_none() {
            self.wrong_type("an object", findings);
        }
        map
    }

    /// The elements of an array; anything else is a finding.
    pub(crate) fn elements(&self, findings: &mut Findings) -> Vec<Node<'a>> {
        let Some(items) = self.value.as_array() else {
            self.wrong_type("an array", findings);
            return Vec::new();
        };
        let node = |(index, value)| Node { file: self.file, pointer: format!("{}/{index}", self.pointer), value };
        items.iter().enumerate().map(node).collect()
    }

    /// Text; anything else is a finding.
    pub(crate) fn text(&self, findings: &mut Findings) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong_type("a string", findings);
        }
        text
    }

    /// An identifier that Port accepts; anything else is a finding.
    pub(crate) fn identifier(&self, kind: Kind, findings: &mut Findings) -> Option<&'a str> {
        let text = self.text(findings)?;
        match identifier::check(kind, text) {
            Ok(()) => Some(text),
            Err(illegal) => {
                findings.error(self.file, self.place(), "illegal-identifier", format!("`{text}` {illegal}"));
                None
            }
        }
    }

    /// One of a closed set of words; anything else is a finding.
    pub(crate) fn one_of(&self, words: &[&str], findings: &mut Findings) -> Option<&'a str> {
        let text = self.text(findings)?;
        if words.contains(&text) {
            return Some(text);
        }
        let message = format!("unknown variant `{text}`, expected {}", one_of(words));
        let finding = findings.error(self.file, self.place(), "unknown-variant", message);
        if let Some(word) = nearest(text, words) {
            finding.help(format!("did you mean `{word}`?"));
        }
        None
    }

    /// Warns of keys outside `known`.
    pub(crate) fn only(&self, known: &[&str], findings: &mut Findings) {
        let Some(map) = self.value.as_object() else { return };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let place = Place::Key(below(&self.pointer, key));
            let finding = findings.warning(self.file, place, "unknown-key", format!("unknown key `{key}`"));
            if let Some(word) = nearest(key, known) {
                finding.help(format!("did you mean `{word}`?"));
            }
        }
    }

    fn wrong_type(&self, expected: &str, findings: &mut Findings) {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        findings.error(self.file, self.place(), "wrong-type", format!("expected {expected}, found {found}"));
    }
}

/// "`a`", "`a` or `b`", "one of `a`, `b`, `c`".
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] | [_] => quoted.concat(),
        [a, b] => format!("{a} or {b}"),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// The word that was probably meant.
pub(crate) fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let distance = |word: &str| strsim::damerau_levenshtein(&text.to_lowercase(), &word.to_lowercase());
    let best = words.iter().min_by_key(|word| distance(word))?;
    (distance(best) <= 1 + best.chars().count() / 4).then_some(*best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let words = ["CREATE", "DAY-2", "DELETE"];
        for (text, want) in
            [("DAY2", Some("DAY-2")), ("create", Some("CREATE")), ("DELTE", Some("DELETE")), ("UPDATE", None)]
        {
            assert_eq!(nearest(text, &words), want, "{text}");
        }
    }
}
