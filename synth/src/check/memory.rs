//! What a check found before, for `--watch`: an action is tried again only where something changed that matters to it.
//!
//! What is found of an action depends on its own text, on its blueprint, and on the blueprints whose entities its form
//! lets people choose; the expressions of all others are compiled together with its own and change nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use model::Blueprint;
use serde_json::Value;

use super::Job;
use crate::catalog::Catalog;
use crate::finding::Findings;

/// What was found of each action, and what its payload calls it.
pub(super) type Found = (Findings, Option<String>);

/// By file. The default remembers nothing.
#[derive(Debug, Default)]
pub struct Memory {
    on: bool,
    files: BTreeMap<PathBuf, Remembered>,
}

#[derive(Debug)]
struct Remembered {
    text: String,
    blueprint: Blueprint,
    /// By the action's pointer.
    found: BTreeMap<String, Found>,
}

impl Memory {
    /// One that remembers.
    pub fn on() -> Self {
        Self { on: true, ..Self::default() }
    }

    /// What is known of each job; None for one that must be run.
    pub(super) fn recall(&self, catalog: &Catalog, jobs: &[Job<'_>]) -> Vec<Option<Found>> {
        if self.files.is_empty() {
            return jobs.iter().map(|_| None).collect();
        }
        let changed = self.changed(catalog);
        let recall = |job: &Job<'_>| {
            let source = catalog.sources.get(job.entry.file)?;
            let before = self.files.get(&source.path).filter(|before| before.text == source.text)?;
            let concerned = changed.contains(job.action.blueprint.as_str())
                || (!changed.is_empty() && chooses(&job.action.document, &changed));
            let (findings, name) = before.found.get(job.pointer).filter(|_| !concerned)?;
            Some((findings.clone().moved_to(job.entry.file), name.clone()))
        };
        jobs.iter().map(recall).collect()
    }

    /// Blueprints that are other than before, new, or gone.
    fn changed<'a>(&'a self, catalog: &'a Catalog) -> BTreeSet<&'a str> {
        let before: BTreeMap<&str, &Blueprint> =
            self.files.values().map(|file| (file.blueprint.identifier.as_str(), &file.blueprint)).collect();
        let now: BTreeMap<&str, &Blueprint> =
            catalog.entries.iter().map(|entry| (entry.blueprint.identifier.as_str(), &entry.blueprint)).collect();
        before.keys().chain(now.keys()).copied().filter(|name| before.get(name) != now.get(name)).collect()
    }

    /// Remembers what was found, and forgets what was known before.
    pub(super) fn keep(&mut self, catalog: &Catalog, jobs: &[Job<'_>], found: &[Found]) {
        if !self.on {
            return;
        }
        let mut before = std::mem::take(&mut self.files);
        for entry in &catalog.entries {
            let Some(source) = catalog.sources.get(entry.file) else { continue };
            let same = before.remove(&source.path).filter(|before| before.text == source.text);
            let fresh =
                || Remembered { text: source.text.clone(), blueprint: entry.blueprint.clone(), found: BTreeMap::new() };
            self.files.insert(source.path.clone(), same.unwrap_or_else(fresh));
        }
        for (job, found) in jobs.iter().zip(found) {
            let file = catalog.sources.get(job.entry.file).and_then(|source| self.files.get_mut(&source.path));
            if let Some(file) = file {
                file.found.insert(job.pointer.to_owned(), found.clone());
            }
        }
    }
}

/// Whether a form lets people choose entities of one of these blueprints.
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
    use crate::check::{check, check_again};
    use crate::source::Source;

    const VM: &str = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {"size": {"type": "string"}}},
        "relations": {"zone": {"target": "zone", "required": false, "many": false}},
        "actions": [{"identifier": "a", "title": "A",
            "trigger": {"type": "self-service", "operation": "DAY-2", "blueprintIdentifier": "vm", "userInputs": {"properties": {
                "zone": {"type": "string", "format": "entity", "blueprint": "zone"}}, "required": ["zone"]}},
            "invocationMethod": {"type": "KAFKA"},
            "runner": {"entity": {"properties": {"size": "{{ .inputs.zone.properties.size }}"}}}}]}"#;
    const ZONE: &str = r#"{"identifier": "zone", "title": "Zone", "schema": {"properties": {"size": {"type": "string"}},
        "required": ["size"]}}"#;

    fn catalog(files: &[(&str, &str)]) -> (Catalog, Findings) {
        let mut findings = Findings::default();
        let sources = files.iter().map(|(name, text)| Source::new(PathBuf::from(name), text)).collect();
        (Catalog::load(sources, &mut findings), findings)
    }

    /// Whatever changes, a check with a memory finds what one without finds.
    #[test]
    fn remembering_changes_nothing() {
        let mut memory = Memory::on();
        let number = ZONE.replace(r#""size": {"type": "string"}"#, r#""size": {"type": "number"}"#);
        let wrong = VM.replace(".properties.size }}", ".properties.siez }}");
        let renamed = ZONE.replace(r#""identifier": "zone""#, r#""identifier": "zoo""#);
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
            &[("vm.json", VM), ("zone.json", ZONE)],
        ] {
            let (catalog, before) = catalog(files);
            let (mut with, mut without) = (before.clone(), before);
            let names = check_again(&catalog, &mut memory, &mut with);
            assert_eq!(names, check(&catalog, &mut without));
            assert_eq!(with, without, "{files:?}");
            found += with.iter().count();
        }
        assert!(found > 5, "{found}");
    }

    #[test]
    fn only_what_changed_is_tried_again() {
        let mut memory = Memory::on();
        let other = VM.replace(r#""vm""#, r#""box""#).replace(r#""a""#, r#""b""#).replace("zone", "area");
        let files = [("box.json", other.as_str()), ("vm.json", VM), ("zone.json", ZONE)];
        let recalled = |memory: &mut Memory, files: &[(&str, &str)]| -> Vec<bool> {
            let (catalog, mut findings) = catalog(files);
            let mut templates = crate::check::Templates::default();
            let jobs: Vec<Job<'_>> = catalog
                .actions()
                .filter_map(|(entry, pointer, action)| {
                    crate::check::job(entry, pointer, action, &mut templates, &mut Findings::default())
                })
                .collect();
            let recalled = memory.recall(&catalog, &jobs).iter().map(Option::is_some).collect();
            check_again(&catalog, memory, &mut findings);
            recalled
        };
        assert_eq!(recalled(&mut memory, &files), [false, false]);
        assert_eq!(recalled(&mut memory, &files), [true, true]);
        let titled = VM.replace("\"title\": \"A\"", "\"title\": \"B\"");
        let edited = [("box.json", other.as_str()), ("vm.json", &titled), ("zone.json", ZONE)];
        assert_eq!(recalled(&mut memory, &edited), [true, false]);
        let zone = ZONE.replace("Zone", "Place");
        let edited = [("box.json", other.as_str()), ("vm.json", &titled), ("zone.json", &zone)];
        assert_eq!(recalled(&mut memory, &edited), [true, false], "its form chooses zones");
        assert_eq!(recalled(&mut Memory::default(), &edited), [false, false]);
    }
}
