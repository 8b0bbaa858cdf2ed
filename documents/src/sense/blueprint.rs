//! Rules for the meaning of blueprints.

use super::{Names, Sense, keys};
use crate::cursor::Cursor;

impl Sense<'_> {
    pub(super) fn blueprint(&mut self, root: &Cursor<'_>) {
        if let Some(schema) = root.get("schema") {
            // Without `properties`, which is a finding of its own, every name would be unknown.
            if let (Some(required), Some(properties)) = (schema.get("required"), schema.value.get("properties")) {
                self.names(&required, &keys(Some(properties)), "property");
            }
            for (_, property) in schema.get("properties").iter().flat_map(Cursor::pairs) {
                self.colours(&property);
            }
        }
        for (key, relation) in root.get("relations").iter().flat_map(Cursor::pairs) {
            self.relation(key, &relation);
        }
        let relations = keys(root.value.get("relations"));
        for (_, mirror) in root.get("mirrorProperties").iter().flat_map(Cursor::pairs) {
            if mirror.text("path").is_some_and(|path| path.contains('.')) {
                self.first_relation(&relations, &mirror);
            }
        }
        if let Some(ownership) = root.get("ownership") {
            self.first_relation(&relations, &ownership);
        }
    }

    fn relation(&mut self, key: &str, node: &Cursor<'_>) {
        let flag = |name: &str| node.value.get(name).is_some_and(|flag| flag == true);
        if flag("required") && flag("many") {
            let message = format!("relation `{key}` is both `required` and `many`");
            // Port's API accepts it and Port's documentation uses it, but one of Port's guides says that it is refused.
            self.findings
                .warning(node.file, node.place(), "required-many", message)
                .help("Port may refuse this; set one of them to `false`");
        }
        let absent: Vec<&str> = ["required", "many"]
            .into_iter()
            .filter(|name| node.value.is_object() && node.value.get(name).is_none())
            .collect();
        if !absent.is_empty() {
            let listed = |one: &dyn Fn(&str) -> String, between: &str| {
                absent.iter().map(|name| one(name)).collect::<Vec<_>>().join(between)
            };
            let words = listed(&|name| format!("`{name}`"), " nor ");
            let message = match absent.len() {
                1 => format!("relation `{key}` has no {words}"),
                _ => format!("relation `{key}` has neither {words}"),
            };
            let help = listed(&|name| format!("\"{name}\": false"), ", ");
            self.findings
                .warning(node.file, node.key_place(), "relation-flags", message)
                .help(format!("Port's API expects {}; add {help}", if absent.len() == 1 { "it" } else { "both" }));
        }
    }

    /// Checks that a path begins with a relation of the blueprint.
    fn first_relation(&mut self, known: &Names<'_>, holder: &Cursor<'_>) {
        let (Some(path), Some(node)) = (holder.text("path"), holder.get("path")) else { return };
        let first = path.split('.').next().unwrap_or_default();
        if first.starts_with('$') || known.has(first) {
            return;
        }
        let message = format!("this path begins with `{first}`, which is not a relation of this blueprint");
        let finding = self.findings.add(self.faulty, node.file, node.place(), "unknown-relation", message);
        match (known.nearest(first), known.list.as_slice()) {
            (Some(word), _) => finding.help(format!("did you mean `{word}`?")),
            (None, []) => finding.help("the blueprint has no `relations`"),
            (None, known) if known.len() > FEW => {}
            (None, known) => finding.help(format!("its relations are {}", known.join(", "))),
        }
    }
}

/// The most relations that help a reader.
const FEW: usize = 20;
