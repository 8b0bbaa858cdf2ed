//! The results of the previous check, for `--watch`: an action is tested again only if something that it depends on has
//! changed.
//!
//! The findings of an action depend on its own text, on its blueprint, and on the blueprints whose entities its form
//! offers. The expressions of other actions are compiled together with its own, but do not matter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use documents::catalog::Catalog;
use documents::entry::Entry;
use documents::finding::Findings;
use documents::{Source, Sources};
use model::Blueprint;
use serde_json::Value;

/// The findings of an action, and its name in messages if it has a custom payload.
pub(super) type Found = (Findings, Option<String>);

/// The results of the previous check, by entry. The default remembers nothing.
#[derive(Debug, Default)]
pub struct Memory {
    on: bool,
    entries: BTreeMap<Key, Remembered>,
}

/// The file of an entry, and the JSON Pointer to it there.
type Key = (PathBuf, String);

#[derive(Debug)]
struct Remembered {
    /// The text of its file, which its neighbours there share.
    text: Arc<str>,
    blueprint: Blueprint,
    /// The results of its actions, in order.
    found: Vec<Found>,
}

impl Memory {
    /// Creates a memory that remembers.
    pub fn on() -> Self {
        Self { on: true, ..Self::default() }
    }

    /// Returns the known result of each action of the catalogue; `None` for an action that must be tested.
    pub(super) fn recall(&self, catalog: &Catalog, sources: &Sources) -> Vec<Option<Found>> {
        let changed = self.changed(catalog, sources);
        let recall = |entry: &Entry| -> Vec<Option<Found>> {
            let Some((text, before)) = self.unchanged(sources, entry) else { return vec![None; entry.actions.len()] };
            // A name may be written with escapes.
            let concerned =
                changed.iter().any(|name| text.contains(name)) || (!changed.is_empty() && text.contains("\\u"));
            let known = entry.actions.iter().zip(&before.found).map(|((_, action), (findings, name))| {
                let concerned =
                    concerned && (changed.contains(action.blueprint.as_str()) || chooses(&action.document, &changed));
                (!concerned).then(|| (findings.clone().moved_to(entry.file), name.clone()))
            });
            known.collect()
        };
        catalog.entries().flat_map(recall).collect()
    }

    /// Returns what is known of a file whose text has not changed, together with the text.
    fn unchanged<'a>(&'a self, sources: &'a Sources, entry: &Entry) -> Option<(&'a str, &'a Remembered)> {
        let source = sources.get(entry.file)?;
        let key = key(source, entry);
        let before = self.entries.get(&key).filter(|before| *before.text == *source.text)?;
        Some((&source.text, before))
    }

    /// Returns blueprints that are new, changed or deleted.
    fn changed<'a>(&'a self, catalog: &'a Catalog, sources: &Sources) -> BTreeSet<&'a str> {
        let mut gone: BTreeMap<&Key, &Blueprint> =
            self.entries.iter().map(|(key, before)| (key, &before.blueprint)).collect();
        let mut changed = BTreeSet::new();
        for entry in catalog.entries() {
            let before = sources.get(entry.file).and_then(|source| gone.remove(&key(source, entry)));
            if self.unchanged(sources, entry).is_none() && before != Some(&entry.blueprint) {
                changed.insert(entry.blueprint.identifier.as_str());
                changed.extend(before.map(|before| before.identifier.as_str()));
            }
        }
        changed.extend(gone.into_values().map(|blueprint| blueprint.identifier.as_str()));
        changed
    }

    /// Remembers the result of each action of the catalogue, and forgets all earlier results.
    pub(super) fn keep(&mut self, catalog: &Catalog, sources: &Sources, found: &[Found]) {
        if !self.on {
            return;
        }
        let mut before = std::mem::take(&mut self.entries);
        let mut text: Arc<str> = Arc::default();
        let mut found = found.iter();
        for entry in catalog.entries() {
            let found = found.by_ref().take(entry.actions.len()).cloned().collect();
            let Some(source) = sources.get(entry.file) else { continue };
            let key = key(source, entry);
            let same = before.remove(&key).filter(|before| *before.text == *source.text);
            if same.is_none() && *text != *source.text {
                text = Arc::from(source.text.as_str());
            }
            let (text, blueprint) =
                same.map_or_else(|| (Arc::clone(&text), entry.blueprint.clone()), |same| (same.text, same.blueprint));
            let remembered = Remembered { text, blueprint, found };
            self.entries.insert(key, remembered);
        }
    }
}

fn key(source: &Source, entry: &Entry) -> Key {
    (source.path.clone(), entry.pointer.clone())
}

/// Returns whether a form offers entities of one of these blueprints.
fn chooses(value: &Value, blueprints: &BTreeSet<&str>) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match value {
            Value::String(name) => key == "blueprint" && blueprints.contains(name.as_str()),
            other => chooses(other, blueprints),
        }),
        Value::Array(items) => items.iter().any(|item| chooses(item, blueprints)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::mapping::check::{check, check_again};

    const VM: &str = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {"size": {"type": "string"}}},
        "relations": {"zone": {"target": "zone", "required": false, "many": false}},
        "actions": [{"identifier": "a", "title": "A",
            "trigger": {"type": "self-service", "operation": "DAY-2", "blueprintIdentifier": "vm", "userInputs": {"properties": {
                "zone": {"type": "string", "format": "entity", "blueprint": "zone"}}, "required": ["zone"]}},
            "invocationMethod": {"type": "KAFKA"},
            "runner": {"entity": {"properties": {"size": "{{ .inputs.zone.properties.size }}"}}}}]}"#;
    const ZONE: &str = r#"{"identifier": "zone", "title": "Zone", "schema": {"properties": {"size": {"type": "string"}},
        "required": ["size"]}}"#;

    fn catalog(files: &[(&str, &str)]) -> (Sources, Catalog, Findings) {
        let mut findings = Findings::default();
        let sources: Sources = files.iter().map(|(name, text)| Source::new(PathBuf::from(name), text)).collect();
        let catalog = documents::load(&sources, &mut findings);
        (sources, catalog, findings)
    }

    /// Whatever changes, a check has the same findings with and without a memory.
    #[test]
    fn remembering_changes_nothing() {
        let mut memory = Memory::on();
        let number = ZONE.replace(r#""size": {"type": "string"}"#, r#""size": {"type": "number"}"#);
        let wrong = VM.replace(".properties.size }}", ".properties.siez }}");
        let renamed = ZONE.replace(r#""identifier": "zone""#, r#""identifier": "zoo""#);
        let undefined = VM.replace(".properties.size }}", ".properties.size | uper }}");
        let other = VM.replace("\"vm\"", "\"box\"").replace("\"a\"", "\"b\"");
        let mut found = 0;
        for files in [
            &[("vm.json", VM), ("zone.json", ZONE)][..],
            &[("vm.json", VM), ("zone.json", &number)],
            &[("vm.json", &wrong), ("zone.json", &number)],
            &[("a.json", "{}"), ("vm.json", &wrong), ("zone.json", &number)],
            &[("vm.json", &wrong), ("zone.json", &number)],
            &[("vm.json", VM), ("zone.json", &renamed)],
            &[("vm.json", VM)],
            &[("vm.json", VM), ("zone.json", "{")],
            &[("vm.json", &undefined), ("zone.json", ZONE)],
            &[("box.json", &other), ("vm.json", &undefined), ("zone.json", &number)],
            &[("vm.json", VM), ("zone.json", ZONE)],
        ] {
            let (sources, catalog, before) = catalog(files);
            let (mut with, mut without) = (before.clone(), before);
            let names = check_again(&catalog, &sources, &mut memory, &mut with);
            assert_eq!(names, check(&catalog, &mut without));
            assert_eq!(with, without, "{files:?}");
            found += with.iter().count();
        }
        assert!(found > 5, "{found}");
    }

    #[test]
    fn only_changed_actions_are_tested_again() {
        let mut memory = Memory::on();
        let other = VM.replace(r#""vm""#, r#""box""#).replace(r#""a""#, r#""b""#).replace("zone", "area");
        // Its form offers none, it only mentions them.
        let other = other.replace("\"title\": \"A\"", "\"title\": \"Not of a zone\"");
        let files = [("box.json", other.as_str()), ("vm.json", VM), ("zone.json", ZONE)];
        let recalled = |memory: &mut Memory, files: &[(&str, &str)]| -> Vec<bool> {
            let (sources, catalog, mut findings) = catalog(files);
            let recalled = memory.recall(&catalog, &sources).iter().map(Option::is_some).collect();
            check_again(&catalog, &sources, memory, &mut findings);
            recalled
        };
        assert_eq!(recalled(&mut memory, &files), [false, false]);
        assert_eq!(recalled(&mut memory, &files), [true, true]);
        let spaced = ZONE.replace(": ", " :  ");
        let edited = [("box.json", other.as_str()), ("vm.json", VM), ("zone.json", &spaced)];
        assert_eq!(recalled(&mut memory, &edited), [true, true], "white space changes no blueprint");
        let titled = VM.replace("\"title\": \"A\"", "\"title\": \"B\"");
        let edited = [("box.json", other.as_str()), ("vm.json", &titled), ("zone.json", ZONE)];
        assert_eq!(recalled(&mut memory, &edited), [true, false]);
        let zone = ZONE.replace("Zone", "Place");
        let edited = [("box.json", other.as_str()), ("vm.json", &titled), ("zone.json", &zone)];
        assert_eq!(recalled(&mut memory, &edited), [true, false], "its form chooses zones");
        assert_eq!(recalled(&mut Memory::default(), &edited), [false, false]);
    }
}
