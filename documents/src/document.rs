//! What a document is, and a cursor over it that knows where it is, so that a finding has its place without the model
//! carrying spans.

use model::pointer::below;
use serde_json::Value;

use crate::finding::{Findings, Place};
use crate::generation::Generation;
use crate::sources::FileId;

/// What a file holds, by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A blueprint with `actions`.
    InputFile,
    /// A blueprint alone, as Port writes it.
    Blueprint,
    /// An action alone.
    Action(Generation),
    /// Neither a blueprint nor an action.
    Other,
}

impl Kind {
    /// Tells what a document is. What is neither is a finding.
    pub fn of(file: FileId, document: &Value, findings: &mut Findings) -> Self {
        let Some(map) = document.as_object() else {
            let message = format!("expected an object, found {}", article(document));
            findings.error(file, Place::Value(String::new()), "wrong-type", message);
            return Self::Other;
        };
        let has = |key: &str| map.contains_key(key);
        if has("actions") {
            Self::InputFile
        } else if has("schema") {
            Self::Blueprint
        } else if has("invocationMethod") || (has("identifier") && (has("trigger") || has("userInputs"))) {
            Self::Action(Generation::of(document).unwrap_or(Generation::Current))
        } else if has("identifier") || has("title") {
            Self::Blueprint
        } else {
            findings
                .error(
                    file,
                    Place::Value(String::new()),
                    "unknown-document",
                    "this is neither a blueprint nor an action",
                )
                .help(
                    "a blueprint has `identifier`, `title` and `schema`; an action has `identifier`, `trigger` and \
                     `invocationMethod`",
                );
            Self::Other
        }
    }
}

/// A value and the pointer to it.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its file.
    pub file: FileId,
    /// The JSON Pointer to it.
    pub pointer: String,
    /// What is there.
    pub value: &'a Value,
}

impl<'a> Node<'a> {
    /// The document as a whole.
    pub fn root(file: FileId, value: &'a Value) -> Self {
        Self { file, pointer: String::new(), value }
    }

    /// Here, as a place for a finding.
    pub fn place(&self) -> Place {
        Place::Value(self.pointer.clone())
    }

    /// The key here, as a place for a finding.
    pub fn key_place(&self) -> Place {
        Place::Key(self.pointer.clone())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key)?;
        Some(Node { file: self.file, pointer: below(&self.pointer, key), value })
    }

    /// What a JSON Pointer names, seen from here.
    pub fn at(&self, pointer: &str) -> Option<Node<'a>> {
        let value = self.value.pointer(pointer)?;
        Some(Node { file: self.file, pointer: format!("{}{pointer}", self.pointer), value })
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// The pairs of an object; of anything else none.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        let node = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Node { file: self.file, pointer: below(&self.pointer, key), value })
        };
        self.value.as_object().into_iter().flatten().map(node)
    }

    /// The elements of an array; of anything else none.
    pub fn elements(&self) -> impl Iterator<Item = Node<'a>> {
        let node = |(index, value): (usize, &'a Value)| Node {
            file: self.file,
            pointer: format!("{}/{index}", self.pointer),
            value,
        };
        self.value.as_array().into_iter().flatten().enumerate().map(node)
    }
}

/// What a value is, with its article.
pub fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// "`a`", "`a` or `b`", "one of `a`, `b`, `c`".
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] | [_] => quoted.concat(),
        [a, b] => format!("{a} or {b}"),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// The word that was probably meant.
pub fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let distance = |word: &str| strsim::damerau_levenshtein(&text.to_lowercase(), &word.to_lowercase());
    let best = words.iter().min_by_key(|word| distance(word))?;
    (distance(best) <= 1 + best.chars().count() / 4).then_some(*best)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Source;
    use crate::sources::Sources;

    #[test]
    fn the_nearest_word() {
        let words = ["CREATE", "DAY-2", "DELETE"];
        for (text, want) in
            [("DAY2", Some("DAY-2")), ("create", Some("CREATE")), ("DELTE", Some("DELETE")), ("UPDATE", None)]
        {
            assert_eq!(nearest(text, &words), want, "{text}");
        }
    }

    #[test]
    fn documents_are_told_apart_by_their_shape() {
        let file = Sources::default().add(Source::new("a.json".into(), ""));
        for (document, want) in [
            (json!({"identifier": "a", "schema": {}, "actions": []}), Kind::InputFile),
            (json!({"identifier": "a", "schema": {}}), Kind::Blueprint),
            (json!({"identifier": "a"}), Kind::Blueprint),
            (json!({"identifier": "a", "trigger": "CREATE"}), Kind::Action(Generation::Legacy)),
            (json!({"trigger": "CREATE", "invocationMethod": "KAFKA"}), Kind::Action(Generation::Legacy)),
            (json!({"identifier": "a", "trigger": {}, "invocationMethod": {}}), Kind::Action(Generation::Current)),
            (json!({"identifier": "a", "invocationMethod": {}}), Kind::Action(Generation::Current)),
            (json!({"action": "a", "trigger": {}, "context": {}, "payload": {}}), Kind::Other),
            (json!([]), Kind::Other),
        ] {
            assert_eq!(Kind::of(file, &document, &mut Findings::default()), want, "{document}");
        }
    }
}
