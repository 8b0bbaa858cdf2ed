//! `overrides.json`: what a team changes in the generated template, as a JSON merge patch (RFC 7386) by logical id.
//!
//! An id that the template has not yet is written with a plus, `"+MyQueue"`, so that a slip of the pen is not a new
//! resource. What is changed is named in the template's metadata.

use documents::finding::{Findings, Place};
use documents::wording::nearest;
use documents::{FileId, Source};
use model::pointer::below;
use serde_json::{Map, Value, json};

use crate::template::verify::is_intrinsic;

/// Sections of the template that may be changed, with the keys that their entries have; a condition is one intrinsic.
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

/// What the file says.
#[derive(Debug)]
pub struct Overrides {
    /// The file.
    pub file: FileId,
    document: Value,
    /// Pointers to entries that are not applied: mistakes, and what changes nothing.
    refused: Vec<String>,
}

impl Overrides {
    /// Reads the file and compares it with the template that it changes. None where nothing can be made of it.
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

    /// Changes the template, and names the changes in its metadata: those of a resource in its own, others in the
    /// template's.
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

    /// Where something in the changed template comes from, if it is from here.
    pub fn origin(&self, pointer: &str) -> Option<Place> {
        let mut at = &self.document;
        let mut way = String::new();
        let mut new = false;
        for (depth, token) in pointer.split('/').skip(1).enumerate() {
            let name = token.replace("~1", "/").replace("~0", "~");
            let marked = format!("+{name}");
            let (key, next) = match at {
                Value::Object(map) if depth == 1 && map.contains_key(&marked) => {
                    new = true;
                    let next = map.get(&marked);
                    (marked, next)
                }
                Value::Object(map) => {
                    let next = map.get(&name);
                    (name, next)
                }
                Value::Array(items) => {
                    let next = name.parse::<usize>().ok().and_then(|index| items.get(index));
                    (name, next)
                }
                _ => (name, None),
            };
            match next {
                Some(next) => at = next,
                // What an object does not name is as it was; anything else is all that there is here now.
                None if at.is_object() && !new => return None,
                None => break,
            }
            way = below(&way, &key);
        }
        let whole = at.is_object() || at.is_array();
        Some(match (way.is_empty(), whole) {
            (true, _) => Place::File,
            (false, true) => Place::Key(way),
            (false, false) => Place::Value(way),
        })
    }

    /// Every entry: its section, its key as written, its patch.
    fn entries(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let section = |name: &str| SECTIONS.iter().any(|(section, _)| *section == name);
        let sections = self.document.as_object().into_iter().flatten().filter(move |(name, _)| section(name));
        sections.flat_map(|(name, entries)| {
            let entries = entries.as_object().into_iter().flatten();
            entries.map(move |(key, patch)| (name.as_str(), key.as_str(), patch))
        })
    }

    /// Checks one entry. None when there is nothing to apply.
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
            let message = format!("`{key}` marks no logical id: those are letters and digits, 1 to 255 of them");
            findings.error(self.file, at(), "illegal-logical-id", message);
            return None;
        }
        let before = held.and_then(|held| held.get(id));
        match (new, before) {
            (true, Some(_)) => {
                findings
                    .error(self.file, at(), "logical-id-taken", format!("the template has `{id}` already"))
                    .help(format!("without the plus, `{id}` changes the one that is there"));
                return None;
            }
            (false, None) => {
                let known: Vec<&str> = held.into_iter().flatten().map(|(id, _)| id.as_str()).collect();
                let message = format!("the template has no `{id}`");
                let finding = findings.error(self.file, at(), "unknown-logical-id", message);
                match nearest(id, &known) {
                    Some(word) => finding.help(format!("did you mean `{word}`? A new one is written `+{id}`")),
                    None => finding.help(format!("a new one is written `+{id}`")),
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
        let message = format!("nothing of `{key}` is changed");
        findings.warning(self.file, Place::Key(pointer), "override-without-effect", message);
    }

    fn unknown_key(&self, pointer: &str, name: &str, keys: &[&str], findings: &mut Findings) {
        let resource = keys.contains(&"Properties");
        let message = format!("{} has no `{name}`", if resource { "a resource" } else { "this" });
        let finding = findings.error(self.file, Place::Key(below(pointer, name)), "unknown-key", message);
        match nearest(name, keys) {
            Some(word) => finding.help(format!("did you mean `{word}`?")),
            None if resource => {
                finding.help(format!("a property goes below `Properties`: \"Properties\": {{ \"{name}\": … }}"));
            }
            None => finding.help(format!("its keys are {}", keys.join(", "))),
        }
    }

    /// Warns of what changes nothing, and of keys that look like one that is there.
    fn compare(&self, pointer: &str, patch: &Map<String, Value>, held: &Value, findings: &mut Findings) {
        for (key, value) in patch {
            let at = below(pointer, key);
            match (held.get(key), value) {
                (None, Value::Null) => {
                    let message = format!("there is no `{key}` to remove");
                    findings.warning(self.file, Place::Key(at), "override-without-effect", message);
                }
                (Some(before), _) if before == value => {
                    let message = format!("`{key}` is that already");
                    findings.warning(self.file, Place::Key(at), "override-without-effect", message);
                }
                (Some(before), Value::Object(map)) if before.is_object() && !map.is_empty() => {
                    self.compare(&at, map, before, findings);
                }
                (Some(before), Value::Object(_)) if before.is_object() => self.no_effect(at, key, findings),
                (None, _) => {
                    let most = SLIP.min(key.chars().count() / 4);
                    let slip = |held: &&String| strsim::damerau_levenshtein(held, key) <= most;
                    if let Some(word) = held.as_object().and_then(|held| held.keys().find(slip)) {
                        let message = format!("`{key}` is new here, beside `{word}`");
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
            findings.error(self.file, place, "wrong-type", "expected an object").help(HELP);
        }
        map
    }
}

/// What the note on the event filter is about.
const FILTERS: &str = "/Properties/Events/Runs/Properties/FilterCriteria";

/// Letters that may differ between what was written and what was meant, in a long word.
const SLIP: usize = 2;

const HELP: &str = r#"such as { "Resources": { "Runner": { "Properties": { "MemorySize": 512 } } } }"#;

/// The logical id of a key, and whether it is marked as new.
fn logical_id(key: &str) -> (&str, bool) {
    key.strip_prefix('+').map_or((key, false), |id| (id, true))
}

/// RFC 7386, section 2. The order of what stays is kept.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// Pointers to everything that a patch sets or removes; an intrinsic is one thing.
fn leaves(pointer: &str, patch: &Value) -> Vec<String> {
    match patch {
        Value::Object(map) if !map.is_empty() && !map.keys().any(|key| is_intrinsic(key)) => {
            map.iter().flat_map(|(key, value)| leaves(&below(pointer, key), value)).collect()
        }
        _ => vec![pointer.to_owned()],
    }
}

/// Notes in the metadata of a resource, or of the template, what was changed.
fn annotate(owner: &mut Value, note: &Value) {
    if let Value::Object(owner) = owner
        && !owner.contains_key("Metadata")
    {
        // Where a generated resource has it.
        let at = owner.keys().position(|key| key == "Properties").unwrap_or(owner.len());
        owner.shift_insert(at, "Metadata".to_owned(), Value::Null);
    }
    merge(owner, &json!({ "Metadata": { "PortActionRunner": note } }));
}

#[cfg(test)]
mod tests {
    use documents::Sources;

    use super::*;

    /// RFC 7386, appendix A.
    #[test]
    fn merge_patch_is_the_standards() {
        for (target, patch, want) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, want, "{target} with {patch}");
        }
    }

    #[test]
    fn what_stays_keeps_its_order() {
        let mut target = json!({"a": 1, "b": 2, "c": 3, "d": 4});
        merge(&mut target, &json!({"b": null, "e": 5, "c": 6}));
        assert_eq!(target.to_string(), r#"{"a":1,"c":6,"d":4,"e":5}"#);
    }

    #[test]
    fn origins() {
        let document = json!({"Resources": {
            "Runner": {"Properties": {"Timeout": 900, "Role": null, "Layers": [{"Ref": "X"}]}},
            "+Queue": {"Type": "AWS::SQS::Queue"},
        }});
        let file = Sources::default().add(Source::new("overrides.json".into(), ""));
        let overrides = Overrides { file, document, refused: Vec::new() };
        let value = |pointer: &str| Some(Place::Value(pointer.to_owned()));
        let key = |pointer: &str| Some(Place::Key(pointer.to_owned()));
        for (pointer, want) in [
            ("/Resources/Runner/Properties/Timeout", value("/Resources/Runner/Properties/Timeout")),
            ("/Resources/Runner/Properties/Role/Fn::GetAtt", value("/Resources/Runner/Properties/Role")),
            ("/Resources/Runner/Properties/Layers/0/Ref", value("/Resources/Runner/Properties/Layers/0/Ref")),
            ("/Resources/Runner/Properties/MemorySize", None),
            ("/Resources/Queue", key("/Resources/+Queue")),
            ("/Resources/Queue/Metadata/Description", key("/Resources/+Queue")),
            ("/Resources/RunnerRole", None),
            ("/Outputs/X", None),
            ("", Some(Place::File)),
        ] {
            assert_eq!(overrides.origin(pointer), want, "{pointer}");
        }
    }
}
