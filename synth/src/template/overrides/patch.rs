//! Reads the overrides, checks them against the template, and applies them.

use documents::finding::{Findings, Place};
use documents::wording::{must_be, nearest};
use documents::{FileId, Source};
use model::pointer::{below, tokens};
use serde_json::{Map, Value, json};

use super::merge::{annotate, leaves, merge};
use super::origin::origin;

/// Sections that can be overridden, with the keys of their entries. A condition is an intrinsic and has none.
const SECTIONS: [(&str, &[&str]); 4] = [
    (
        "Parameters",
        &[
            "Type",
            "Description",
            "Default",
            "NoEcho",
            "AllowedValues",
            "AllowedPattern",
            "ConstraintDescription",
            "MinLength",
            "MaxLength",
            "MinValue",
            "MaxValue",
        ],
    ),
    ("Conditions", &[]),
    (
        "Resources",
        &[
            "Type",
            "Condition",
            "DependsOn",
            "DeletionPolicy",
            "UpdateReplacePolicy",
            "CreationPolicy",
            "UpdatePolicy",
            "Metadata",
            "Properties",
            "Connectors",
            "IgnoreGlobals",
        ],
    ),
    ("Outputs", &["Description", "Value", "Export", "Condition"]),
];

/// A parsed `overrides.json`.
#[derive(Debug)]
pub struct Overrides {
    /// The file.
    pub file: FileId,
    document: Value,
    /// Pointers to entries that are not applied because they are invalid or change nothing.
    refused: Vec<String>,
}

impl Overrides {
    /// Reads the file and checks it against the template. `None` if it cannot be read.
    pub fn read(file: FileId, source: &Source, template: &Value, findings: &mut Findings) -> Option<Self> {
        let mut overrides = Self { file, document: source.parse(file, findings)?, refused: Vec::new() };
        let mut refused = Vec::new();
        let sections = overrides.object("", &overrides.document, findings)?;
        for (name, entries) in sections.iter().filter(|(name, _)| *name != "$schema") {
            let known = SECTIONS.map(|(section, _)| section);
            let pointer = below("", name);
            let Some((_, keys)) = SECTIONS.iter().find(|(section, _)| section == name) else {
                let message = format!("`{name}` is not a section that can be overridden");
                let finding = findings.error(file, Place::Key(pointer), "override-section", message);
                match nearest(name, &known) {
                    Some(word) => finding.help(format!("did you mean `{word}`?")),
                    None => finding.help(format!("the sections are {}", known.join(", "))),
                }
                continue;
            };
            let held = template.get(name).and_then(Value::as_object);
            for (key, patch) in overrides.object(&pointer, entries, findings).into_iter().flatten() {
                let at = below(&pointer, key);
                if overrides.entry(&at, key, patch, held, keys, findings).is_none() {
                    refused.push(at);
                }
            }
        }
        overrides.refused = refused;
        Some(overrides)
    }

    /// Changes the template, and lists the changes in the metadata: those of a resource in its own, others in that of the
    /// template.
    pub fn apply(&self, template: &mut Value) {
        let mut elsewhere = Vec::new();
        for (section, key, patch) in self.entries() {
            let Some(entries) = template.get_mut(section).and_then(Value::as_object_mut) else { continue };
            if self.refused.contains(&below(&format!("/{section}"), key)) {
                continue;
            }
            let (id, new) = logical_id(key);
            if patch.is_null() {
                entries.shift_remove(id);
                elsewhere.push(below(&format!("/{section}"), id));
                continue;
            }
            let entry = entries.entry(id).or_insert(Value::Null);
            let filters = entry.pointer(FILTERS).cloned();
            merge(entry, patch);
            if section == "Resources" {
                let note = if new { json!({ "Added": true }) } else { json!({ "Overridden": leaves("", patch) }) };
                annotate(entry, &note);
                if entry.pointer(FILTERS) != filters.as_ref() {
                    annotate(entry, &json!({ "Filter": "overridden" }));
                }
            } else {
                let at = below(&format!("/{section}"), id);
                elsewhere.extend(if new { vec![at] } else { leaves(&at, patch) });
            }
        }
        if !elsewhere.is_empty() {
            annotate(template, &json!({ "Overridden": elsewhere }));
        }
    }

    /// Returns the place in the overrides that a place in the changed template comes from.
    pub(super) fn origin(&self, pointer: &str) -> Option<Place> {
        origin(&self.document, pointer)
    }

    /// Returns every entry: its section, its key as written, its patch.
    fn entries(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let section = |name: &str| SECTIONS.iter().any(|(section, _)| *section == name);
        let sections = self.document.as_object().into_iter().flatten().filter(move |(name, _)| section(name));
        sections.flat_map(|(name, entries)| {
            let entries = entries.as_object().into_iter().flatten();
            entries.map(move |(key, patch)| (name.as_str(), key.as_str(), patch))
        })
    }

    /// Checks an entry. `None` if it is not applied.
    fn entry(
        &self,
        pointer: &str,
        key: &str,
        patch: &Value,
        held: Option<&Map<String, Value>>,
        keys: &[&str],
        findings: &mut Findings,
    ) -> Option<()> {
        let (id, new) = logical_id(key);
        let at = || Place::Key(pointer.to_owned());
        if new && (id.is_empty() || id.len() > 255 || !id.chars().all(|c| c.is_ascii_alphanumeric())) {
            let message = format!("`{key}` is not a valid logical id: after the plus, use 1 to 255 letters and digits");
            findings.error(self.file, at(), "illegal-logical-id", message);
            return None;
        }
        let before = held.and_then(|held| held.get(id));
        match (new, before) {
            (true, Some(_)) => {
                findings
                    .error(self.file, at(), "logical-id-taken", format!("`{id}` is already in the template"))
                    .help(format!("to change it, remove the plus: `{id}`"));
                return None;
            }
            (false, None) => {
                let known: Vec<&str> = held.into_iter().flatten().map(|(id, _)| id.as_str()).collect();
                let message = format!("`{id}` is not in the template");
                let finding = findings.error(self.file, at(), "unknown-logical-id", message);
                match nearest(id, &known) {
                    Some(word) if patch.is_null() => finding.help(format!("did you mean `{word}`?")),
                    None if patch.is_null() => finding.help("there is nothing to remove; delete this line"),
                    Some(word) => finding.help(format!("did you mean `{word}`? To add a new one, write `+{id}`")),
                    None => finding.help(format!("to add a new one, write `+{id}`")),
                }
                return None;
            }
            (false, Some(_)) if patch.is_null() => return Some(()),
            _ => {}
        }
        let map = self.object(pointer, patch, findings)?;
        let (known, unknown): (Map<String, Value>, Map<String, Value>) = map
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .partition(|(name, _)| keys.is_empty() || keys.contains(&name.as_str()));
        for name in unknown.keys() {
            self.unknown_key(pointer, name, keys, findings);
        }
        if let Some(before) = before {
            if map.is_empty() {
                self.no_effect(pointer.to_owned(), id, findings);
                return None;
            }
            self.compare(pointer, &known, before, findings);
            return Some(());
        }
        let needed = if keys.contains(&"Value") { "Value" } else { "Type" };
        if !keys.is_empty() && map.get(needed).is_none_or(Value::is_null) {
            findings.error(self.file, at(), "missing-key", format!("`{needed}` is missing"));
            return None;
        }
        Some(())
    }

    fn no_effect(&self, pointer: String, key: &str, findings: &mut Findings) {
        let message = format!("this override of `{key}` changes nothing");
        findings.warning(self.file, Place::Key(pointer), "override-without-effect", message).help(REMOVE);
    }

    fn unknown_key(&self, pointer: &str, name: &str, keys: &[&str], findings: &mut Findings) {
        let resource = keys.contains(&"Properties");
        let message = format!("unknown key `{name}`");
        let finding = findings.error(self.file, Place::Key(below(pointer, name)), "unknown-key", message);
        match nearest(name, keys) {
            Some(word) => finding.help(format!("did you mean `{word}`?")),
            None if resource => {
                finding.help(format!("put properties in `Properties`: \"Properties\": {{ \"{name}\": … }}"));
            }
            None => finding.help(format!("its keys are {}", keys.join(", "))),
        }
    }

    /// Warns about values that change nothing, and about keys that look like a typo of an existing one.
    fn compare(&self, pointer: &str, patch: &Map<String, Value>, held: &Value, findings: &mut Findings) {
        for (key, value) in patch {
            let at = below(pointer, key);
            match (held.get(key), value) {
                (None, Value::Null) => {
                    let message = format!("`{key}` is not there, so it cannot be removed");
                    findings.warning(self.file, Place::Key(at), "override-without-effect", message).help(REMOVE);
                }
                (Some(before), _) if before == value => {
                    let message = format!("`{key}` already has this value");
                    findings.warning(self.file, Place::Key(at), "override-without-effect", message).help(REMOVE);
                }
                (Some(before), Value::Object(map)) if before.is_object() && !map.is_empty() => {
                    self.compare(&at, map, before, findings);
                }
                (Some(before), Value::Object(_)) if before.is_object() => self.no_effect(at, key, findings),
                (None, _) => {
                    let most = TYPO.min(key.chars().count() / 4);
                    let typo = |held: &&String| strsim::damerau_levenshtein(held, key) <= most;
                    if let Some(word) = held.as_object().and_then(|held| held.keys().find(typo)) {
                        let message = format!("`{key}` is a new key and looks like `{word}`");
                        findings
                            .warning(self.file, Place::Key(at), "unlikely-key", message)
                            .help(format!("did you mean `{word}`?"));
                    }
                }
                (Some(_), _) => {}
            }
        }
    }

    fn object<'v>(&self, pointer: &str, value: &'v Value, findings: &mut Findings) -> Option<&'v Map<String, Value>> {
        let map = value.as_object();
        if map.is_none() {
            let place = Place::Value(pointer.to_owned());
            let name = tokens(pointer).last().map_or_else(|| "the document".to_owned(), |key| format!("`{key}`"));
            let message = format!("{name} {}", must_be("an object", value));
            findings.error(self.file, place, "wrong-type", message).help(example(pointer));
        }
        map
    }
}

/// The event filter, below a resource.
const FILTERS: &str = "/Properties/Events/Runs/Properties/FilterCriteria";

/// The help for an override that changes nothing.
const REMOVE: &str = "remove it from the overrides";

/// Edits by which a long key may differ from an existing one to look like a typo of it.
const TYPO: usize = 2;

/// Returns an example of the object that belongs at a place.
fn example(pointer: &str) -> String {
    let path: Vec<String> = tokens(pointer).collect();
    let entry = match path.first().map(String::as_str) {
        Some("Parameters") => ("KafkaTopic", r#"{ "Default": "runs" }"#),
        Some("Conditions") => ("IsProd", r#"{ "Fn::Equals": [{ "Ref": "Stage" }, "prod"] }"#),
        Some("Outputs") => ("FunctionName", r#"{ "Description": "The runner" }"#),
        _ => ("Runner", r#"{ "Properties": { "MemorySize": 512 } }"#),
    };
    match (path.as_slice(), entry) {
        ([], (id, body)) => format!("for example {{ \"Resources\": {{ \"{id}\": {body} }} }}"),
        ([_], (id, body)) => format!("for example {{ \"{id}\": {body} }}"),
        ([_, key, ..], (_, _))
            if key.starts_with('+') && path.first().is_some_and(|section| section == "Resources") =>
        {
            r#"for example { "Type": "AWS::SQS::Queue" }"#.to_owned()
        }
        (_, (_, body)) => format!("for example {body}"),
    }
}

/// Returns the logical id of a key, and whether it is marked as new.
fn logical_id(key: &str) -> (&str, bool) {
    key.strip_prefix('+').map_or((key, false), |id| (id, true))
}
