//! Rules for the meaning of documents, beyond their shape: names that do not exist, keys that do not fit together.
//!
//! If Port accepts something that cannot work, it is an error in an input file, which we publish. In a document exported
//! from Port it is a warning, since there `synth check` only checks whether Port accepts it.

mod action;
mod blueprint;
mod catalog;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::finding::{Findings, Severity};
use crate::wording::nearest;
pub(crate) use catalog::across;
pub use catalog::{refuse_alone, unambiguous};

/// Checks a document whose shape has been checked. An action may belong to `owner`, a blueprint of the same file.
pub(crate) fn check(root: &Cursor<'_>, kind: DocumentKind, owner: Option<&str>, findings: &mut Findings) {
    match kind {
        DocumentKind::InputFile => {
            let mut sense = Sense { findings, faulty: Severity::Error };
            sense.blueprint(root);
            let blueprint = root.text("identifier");
            for action in root.get("actions").iter().flat_map(Cursor::elements) {
                sense.action(&action, blueprint);
            }
        }
        DocumentKind::Blueprint => Sense { findings, faulty: Severity::Warning }.blueprint(root),
        DocumentKind::Action(_) => {
            let faulty = if owner.is_some() { Severity::Error } else { Severity::Warning };
            Sense { findings, faulty }.action(root, owner);
        }
        DocumentKind::Other => {}
    }
}

struct Sense<'f> {
    findings: &'f mut Findings,
    /// The severity of something that cannot work.
    faulty: Severity,
}

impl Sense<'_> {
    /// Checks that each name of a list is among `known`. `what` says what the names refer to.
    fn names(&mut self, list: &Cursor<'_>, known: &Names<'_>, what: &str) {
        for element in list.elements() {
            let Some(name) = element.value.as_str().filter(|name| !known.has(name)) else { continue };
            let message = format!("unknown {what} `{name}`");
            let finding = self.findings.add(self.faulty, element.file, element.place(), "unknown-name", message);
            if let Some(word) = known.nearest(name) {
                finding.help(format!("did you mean `{word}`?"));
            }
        }
    }

    /// Checks that colours belong to existing values.
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
        let words: Names<'_> = words.iter().map(String::as_str).collect();
        for (key, node) in colours.pairs().filter(|(key, _)| !words.has(key)) {
            let message = format!("`{key}` has a colour but is not in `enum`");
            let finding = self.findings.warning(node.file, node.key_place(), "unused-colour", message);
            if let Some(word) = words.nearest(key) {
                finding.help(format!("did you mean `{word}`?"));
            }
        }
    }
}

/// Names that others refer to, of which there may be thousands.
#[derive(Clone, Debug)]
struct Names<'a> {
    /// In the order of the file.
    list: Vec<&'a str>,
    set: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn has(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    fn nearest(&self, name: &str) -> Option<&'a str> {
        nearest(name, &self.list)
    }

    /// Adds other names.
    fn and(mut self, others: Self) -> Self {
        self.set.extend(&others.list);
        self.list.extend(others.list);
        self
    }
}

impl<'a> FromIterator<&'a str> for Names<'a> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let list: Vec<&str> = names.into_iter().collect();
        Self { set: list.iter().copied().collect(), list }
    }
}

/// Returns the keys of an object, which may be absent.
fn keys(object: Option<&Value>) -> Names<'_> {
    object.and_then(Value::as_object).into_iter().flat_map(|map| map.keys().map(String::as_str)).collect()
}
