//! The kinds of documents, recognized by their shape.

use serde_json::Value;

use crate::cursor::Cursor;
use crate::finding::Findings;
use crate::generation::Generation;
use crate::wording::must_be;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A blueprint with `actions`.
    InputFile,
    /// A blueprint without `actions`, as Port writes it.
    Blueprint,
    /// An action.
    Action(Generation),
    /// Neither a blueprint nor an action.
    Other,
}

impl DocumentKind {
    /// Whether it is a blueprint, with or without `actions`.
    pub(crate) fn is_blueprint(self) -> bool {
        matches!(self, Self::InputFile | Self::Blueprint)
    }

    /// Returns the kind of a document. A document that is neither a blueprint nor an action is a finding.
    pub(crate) fn of(node: &Cursor<'_>, findings: &mut Findings) -> Self {
        let Some(map) = node.value.as_object() else {
            let message = format!("the document {}", must_be("an object", node.value));
            findings.error(node.file, node.place(), "wrong-type", message);
            return Self::Other;
        };
        let has = |key: &str| map.contains_key(key);
        if has("actions") {
            Self::InputFile
        } else if has("schema") {
            Self::Blueprint
        } else if has("invocationMethod") || (has("identifier") && (has("trigger") || has("userInputs"))) {
            Self::Action(Generation::of(node.value).unwrap_or(Generation::Current))
        } else if has("identifier") || has("title") {
            Self::Blueprint
        } else {
            let (message, help) = match map.get("ok") {
                Some(Value::Bool(true)) => ("this is an answer of Port's API without a blueprint or an action", ANSWER),
                Some(Value::Bool(false)) => {
                    ("this is an error that Port's API answered, without a blueprint or an action", ANSWER)
                }
                _ => ("this is neither a blueprint nor an action", KEYS),
            };
            findings.error(node.file, node.place(), "unknown-document", message).help(help);
            Self::Other
        }
    }
}

/// What documents are recognized by.
const KEYS: &str = "a blueprint has `identifier`, `title` and `schema`; an action has `identifier`, `trigger` and \
                    `invocationMethod`";
/// What to do with an answer that has no document.
const ANSWER: &str = "remove this file; `synth port import` writes blueprints and actions that Port has";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Source;
    use crate::sources::Sources;

    #[test]
    fn the_shape_decides_the_kind() {
        let file = Sources::default().add(Source::new("a.json".into(), ""));
        for (document, want) in [
            (json!({"identifier": "a", "schema": {}, "actions": []}), DocumentKind::InputFile),
            (json!({"identifier": "a", "schema": {}}), DocumentKind::Blueprint),
            (json!({"identifier": "a"}), DocumentKind::Blueprint),
            (json!({"identifier": "a", "trigger": "CREATE"}), DocumentKind::Action(Generation::Legacy)),
            (json!({"trigger": "CREATE", "invocationMethod": "KAFKA"}), DocumentKind::Action(Generation::Legacy)),
            (
                json!({"identifier": "a", "trigger": {}, "invocationMethod": {}}),
                DocumentKind::Action(Generation::Current),
            ),
            (json!({"identifier": "a", "invocationMethod": {}}), DocumentKind::Action(Generation::Current)),
            (json!({"action": "a", "trigger": {}, "context": {}, "payload": {}}), DocumentKind::Other),
            (json!([]), DocumentKind::Other),
        ] {
            let node = Cursor::root(file, String::new(), &document);
            assert_eq!(DocumentKind::of(&node, &mut Findings::default()), want, "{document}");
        }
    }
}
