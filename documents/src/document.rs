//! What a document is, by its shape.

use serde_json::Value;

use crate::finding::{Findings, Place};
use crate::generation::Generation;
use crate::sources::FileId;
use crate::wording::article;

/// What a file holds, by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A blueprint with `actions`.
    InputFile,
    /// A blueprint alone, as Port writes it.
    Blueprint,
    /// An action alone.
    Action(Generation),
    /// Neither a blueprint nor an action.
    Other,
}

impl DocumentKind {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Source;
    use crate::sources::Sources;

    #[test]
    fn documents_are_told_apart_by_their_shape() {
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
            assert_eq!(DocumentKind::of(file, &document, &mut Findings::default()), want, "{document}");
        }
    }
}
