//! A session as a case: what was started, and the state that it led to. Times and ids are left out, so that the same case can
//! be carried out again and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use documents::style;
use local::PortEvent;
use local::journal::Numbered;
use local::mapping::MappingEvent;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use similar::TextDiff;

use super::event::DevEvent;
use super::files::Actions;

/// The folder of the cases.
const FOLDER: &str = "cases";
/// The version of the format.
const VERSION: u32 = 1;
/// The value of an input that arrives encrypted, in a case and when it is carried out.
const PLACEHOLDER: &str = "a-value-that-is-not-kept";

/// The name of a case: the file below `cases/` without its ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CaseName(String);

impl FromStr for CaseName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if (1..=60).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err("a case's name has 1 to 60 lower-case letters, digits and hyphens".to_owned())
    }
}

impl CaseName {
    fn path(&self) -> PathBuf {
        PathBuf::from(FOLDER).join(format!("{}.json", self.0))
    }

    /// Refuses a name that is taken.
    pub(super) fn check_free(&self) -> anyhow::Result<()> {
        let path = self.path();
        if path.symlink_metadata().is_ok() {
            bail!(
                "`{}` exists already\n  help: choose a different name for the case, or remove the file",
                path.display()
            );
        }
        Ok(())
    }
}

/// A session that can be carried out again.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Case {
    /// The version of the format.
    #[serde(rename = "case")]
    version: u32,
    /// What goes wrong, as `--fault` takes it.
    pub(super) faults: Vec<String>,
    /// The entities before.
    pub(super) before: Vec<Value>,
    /// The runs, in the order in which they were started.
    pub(super) runs: Vec<Started>,
    /// What it all led to.
    pub(super) state: State,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Started {
    /// The action's identifier.
    pub(super) action: String,
    /// The entity that it was started on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entity: Option<String>,
    /// Who started it.
    pub(super) user: String,
    /// The inputs; those that arrive encrypted are placeholders.
    pub(super) inputs: Map<String, Value>,
}

/// The state at the end of a session.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The end of each run.
    runs: Vec<Value>,
    /// The entities.
    entities: Vec<Value>,
    /// Which promises were kept.
    promises: BTreeMap<String, bool>,
}

/// What is noted of the events of a session.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The runs in the order of their start, each as it was last.
    runs: Vec<Value>,
    /// How often each run was closed.
    closed: BTreeMap<String, usize>,
    /// How often each run has written an entity.
    written: BTreeMap<String, usize>,
    /// The records that were read and not committed, by partition: the offset of the next one of each.
    polled: BTreeMap<i32, i64>,
    committed: BTreeMap<i32, i64>,
    /// The runs that were there before.
    earlier: BTreeSet<String>,
}

impl Notes {
    /// Begins with the runs that Port has.
    pub(super) fn after(runs: &[Value]) -> Self {
        Self { earlier: runs.iter().map(|run| text(run, "id").to_owned()).collect(), ..Self::default() }
    }

    /// Notes an event.
    pub(super) fn note(&mut self, entry: &Numbered<DevEvent>) {
        match &entry.event {
            DevEvent::Port(event) => self.note_port(event),
            DevEvent::Mapping(event) => match &**event {
                MappingEvent::Polled { partition, offset } => drop(self.polled.insert(*partition, offset + 1)),
                MappingEvent::Committed { partition, offset } => drop(self.committed.insert(*partition, *offset)),
                _ => {}
            },
            _ => {}
        }
    }

    fn note_port(&mut self, event: &PortEvent) {
        match event {
            PortEvent::RunChanged { run } if !self.earlier.contains(text(run, "id")) => {
                let id = text(run, "id");
                if is_closed(run) {
                    *self.closed.entry(id.to_owned()).or_default() += 1;
                }
                match self.runs.iter_mut().find(|known| text(known, "id") == id) {
                    Some(known) => known.clone_from(run),
                    None => self.runs.push(run.clone()),
                }
            }
            PortEvent::EntityChanged { run: Some(run), .. } => *self.written.entry(run.clone()).or_default() += 1,
            _ => {}
        }
    }

    /// Whether all runs have ended and all records are committed.
    pub(super) fn is_settled(&self, runs: usize) -> bool {
        self.runs.iter().filter(|run| is_closed(run)).count() >= runs && self.is_committed()
    }

    fn is_committed(&self) -> bool {
        self.polled.iter().all(|(partition, end)| self.committed.get(partition).is_some_and(|next| next >= end))
    }

    /// Returns the state that the events led to, with these entities at the end.
    pub(super) fn state(&self, entities: Vec<Value>) -> State {
        let ended = |run: &Value| {
            let mut end = Map::new();
            for key in ["status", "statusLabel", "summary"] {
                end.extend(run.get(key).filter(|value| !value.is_null()).map(|value| (key.to_owned(), value.clone())));
            }
            end.insert("action".to_owned(), run["action"]["identifier"].clone());
            Value::Object(end)
        };
        let promises = [
            ("every run is closed once", self.runs.iter().all(|run| self.closed.get(text(run, "id")) == Some(&1))),
            ("a run writes its entity once at most", self.written.values().all(|times| *times <= 1)),
            ("every record is committed", self.is_committed()),
        ];
        let runs: Vec<Value> = self.runs.iter().map(|run| self.anonymous(ended(run))).collect();
        let entities = entities.into_iter().map(|entity| self.anonymous(plain(&entity))).collect();
        State { runs, entities, promises: promises.map(|(name, kept)| (name.to_owned(), kept)).into_iter().collect() }
    }

    /// Returns the runs as they can be started again.
    fn started(&self, actions: &Actions) -> Vec<Started> {
        let actions = actions.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let started = |run: &Value| {
            let action = run["action"]["identifier"].as_str().unwrap_or_default().to_owned();
            let known = actions.get(&action);
            let is_encrypted =
                |key: &str| known.and_then(|action| action.input(key)).is_some_and(|input| input.encryption.is_some());
            let given = run["properties"].as_object().cloned().unwrap_or_default();
            let kept = |(key, value): (String, Value)| {
                let value = if is_encrypted(&key) { PLACEHOLDER.into() } else { value };
                (key, value)
            };
            Started {
                entity: run["entity"]["identifier"].as_str().map(str::to_owned),
                user: text(run, "createdBy").to_owned(),
                inputs: given.into_iter().map(kept).collect(),
                action,
            }
        };
        self.runs.iter().map(started).collect()
    }

    /// Replaces the ids of runs by their places in the session.
    fn anonymous(&self, value: Value) -> Value {
        match value {
            Value::String(mut text) => {
                for (at, run) in self.runs.iter().enumerate() {
                    let id = run["id"].as_str().unwrap_or_default();
                    for form in [id.to_owned(), id.to_lowercase(), id.to_lowercase().replace('_', "-")] {
                        if !form.is_empty() {
                            text = text.replace(&form, &format!("<run {}>", at + 1));
                        }
                    }
                }
                text.into()
            }
            Value::Array(items) => items.into_iter().map(|item| self.anonymous(item)).collect(),
            Value::Object(pairs) => {
                pairs.into_iter().map(|(key, value)| (key, self.anonymous(value))).collect::<Map<_, _>>().into()
            }
            other => other,
        }
    }
}

impl Case {
    /// Returns the case of a session.
    pub(super) fn of(
        notes: &Notes,
        before: &[Value],
        after: Vec<Value>,
        faults: Vec<String>,
        actions: &Actions,
    ) -> Self {
        let before = before.iter().map(plain).collect();
        Self { version: VERSION, faults, before, runs: notes.started(actions), state: notes.state(after) }
    }

    /// Writes a case, never over another file. Returns its path.
    pub(super) fn save(&self, name: &CaseName) -> anyhow::Result<PathBuf> {
        let path = name.path();
        let cannot = || format!("cannot write `{}`", path.display());
        std::fs::create_dir_all(FOLDER).with_context(cannot)?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).with_context(cannot)?;
        let text = style::written(&serde_json::to_value(self)?, 0) + "\n";
        file.write_all(text.as_bytes()).with_context(cannot)?;
        Ok(path)
    }

    /// Reads a case.
    pub(super) fn read(name: &CaseName) -> anyhow::Result<Self> {
        let path = name.path();
        let text = synth::files::text(&path)?;
        let damaged = || format!("`{}` is not a case", path.display());
        let case: Self = serde_json::from_str(&text).with_context(damaged)?;
        if case.version != VERSION {
            bail!(
                "`{}` has version {} of the format of cases; this synth reads {VERSION}",
                path.display(),
                case.version
            );
        }
        Ok(case)
    }

    /// Returns what is not as in the case, as a difference of texts; nothing if all is.
    pub(super) fn compare(&self, state: &State) -> Option<String> {
        if self.state == *state {
            return None;
        }
        let text = |state: &State| style::written(&json!(state), 0);
        let (expected, found) = (text(&self.state), text(state));
        let difference = TextDiff::from_lines(&expected, &found);
        Some(difference.unified_diff().context_radius(3).header("the case", "this time").to_string())
    }
}

fn is_closed(run: &Value) -> bool {
    matches!(text(run, "status"), "SUCCESS" | "FAILURE" | "DECLINED")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns an entity without who changed it, and when.
fn plain(entity: &Value) -> Value {
    let kept = ["identifier", "blueprint", "title", "icon", "team", "properties", "relations"];
    let pairs = kept.into_iter().filter_map(|key| Some((key.to_owned(), entity.get(key)?.clone())));
    pairs.collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_out_of_the_folder() {
        let longest = "a".repeat(60);
        for good in ["a", "retries-503", "0", longest.as_str()] {
            assert!(good.parse::<CaseName>().is_ok(), "{good}");
        }
        for bad in ["", "..", "a/b", "A", "a_b", "ä", "a.json", &"a".repeat(61), "a b", "a\n"] {
            assert!(bad.parse::<CaseName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_of_runs_are_replaced_in_every_form() {
        let mut notes = Notes::default();
        for id in ["r_AbC1", "r_XyZ2"] {
            let run = json!({ "id": id, "status": "SUCCESS" });
            notes.note_port(&PortEvent::RunChanged { run });
        }
        let entity = json!({ "identifier": "vm-r-xyz2", "properties": { "of": ["r_AbC1", "made by r_xyz2"] }, "createdAt": "now" });
        let state = notes.state(vec![entity]);
        let expected = json!({ "identifier": "vm-<run 2>", "properties": { "of": ["<run 1>", "made by <run 2>"] } });
        assert_eq!(state.entities, [expected]);
    }
}
