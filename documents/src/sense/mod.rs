//! What a document means, where its shape alone cannot tell: names that name nothing, keys that do not go together.
//!
//! What Port takes but what cannot work is an error in an input file, which is ours to publish, and a warning in a
//! document of Port's own, of which `synth check` only asks whether Port takes it.

mod action;
mod blueprint;
mod catalog;

use serde_json::Value;

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::finding::{Findings, Severity};
use crate::sources::FileId;
use crate::wording::nearest;
pub(crate) use catalog::across;
pub use catalog::{refuse_alone, unambiguous};

/// Checks a document of whose shape the findings tell already.
pub(crate) fn check(file: FileId, kind: DocumentKind, document: &Value, findings: &mut Findings) {
    let root = Cursor::root(file, document);
    match kind {
        DocumentKind::InputFile => {
            let mut sense = Sense { findings, faulty: Severity::Error };
            sense.blueprint(&root);
            let blueprint = root.text("identifier");
            for action in root.get("actions").iter().flat_map(Cursor::elements) {
                sense.action(&action, blueprint);
            }
        }
        DocumentKind::Blueprint => Sense { findings, faulty: Severity::Warning }.blueprint(&root),
        DocumentKind::Action(_) => Sense { findings, faulty: Severity::Warning }.action(&root, None),
        DocumentKind::Other => {}
    }
}

struct Sense<'f> {
    findings: &'f mut Findings,
    /// How bad it is when something cannot work.
    faulty: Severity,
}

impl Sense<'_> {
    /// Names of a list, each of which must be among `known`; `what` they name, and what is done `to` it.
    fn names(&mut self, list: &Cursor<'_>, known: &[&str], what: &str, to: &str) {
        for element in list.elements() {
            let Some(name) = element.value.as_str().filter(|name| !known.contains(name)) else { continue };
            let message = format!("there is no {what} `{name}` to {to}");
            let finding = self.findings.add(self.faulty, element.file, element.place(), "unknown-name", message);
            if let Some(word) = nearest(name, known) {
                finding.help(format!("did you mean `{word}`?"));
            }
        }
    }

    /// Colours are for values that there are.
    fn colours(&mut self, body: &Cursor<'_>) {
        if let Some(items) = body.get("items") {
            self.colours(&items);
        }
        let (Some(colours), Some(values)) = (body.get("enumColors"), body.value.get("enum").and_then(Value::as_array))
        else {
            return;
        };
        let words: Vec<String> =
            values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for (key, node) in colours.pairs().filter(|(key, _)| !words.contains(key)) {
            let message = format!("`{key}` has a colour, and `enum` does not have it");
            let finding = self.findings.warning(node.file, node.key_place(), "unused-colour", message);
            if let Some(word) = nearest(key, &words) {
                finding.help(format!("did you mean `{word}`?"));
            }
        }
    }
}

/// The keys of an object, which may be absent.
fn keys(object: Option<&Value>) -> Vec<&str> {
    object.and_then(Value::as_object).into_iter().flat_map(|map| map.keys().map(String::as_str)).collect()
}
