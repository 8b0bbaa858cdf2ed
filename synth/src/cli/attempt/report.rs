//! What was seen of a run, for people and for programs.

use std::io::{self, Write};

use local::Call;
use serde_json::{Map, Value, json};

use super::stage::{Entities, Seen};
use crate::cli::shown::colored;

/// Keys of an entity that Port writes itself.
const STAMPS: [&str; 4] = ["createdAt", "createdBy", "updatedAt", "updatedBy"];

/// Keys of a line of the log that say nothing new about the only run of the only batch.
const KNOWN: [&str; 8] = ["timestamp", "level", "message", "requestId", "runId", "action", "partition", "offset"];

/// The most characters of a value that are shown.
const SHOWN: usize = 120;

/// What became of an entity.
#[derive(Debug)]
struct Change<'a> {
    blueprint: &'a str,
    identifier: &'a str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
}

impl Change<'_> {
    fn word(&self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "created",
            (_, None) => "deleted",
            _ => "changed",
        }
    }
}

/// Returns the entities that differ, without regard to when and by whom.
fn changes<'a>(before: &'a Entities, after: &'a Entities) -> Vec<Change<'a>> {
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let changes = keys.map(|key| Change {
        blueprint: &key.0,
        identifier: &key.1,
        before: before.get(key),
        after: after.get(key),
    });
    changes.filter(|change| change.before.map(content) != change.after.map(content)).collect()
}

/// Returns what people see of an entity, in order: by path, such as `title` and `properties.cpu`.
fn content(entity: &Value) -> Vec<(String, &Value)> {
    let mut content = Vec::new();
    for (key, value) in entity.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("identifier" | "blueprint", _) => {}
            (stamp, _) if STAMPS.contains(&stamp) => {}
            ("team", Value::Array(teams)) if teams.is_empty() => {}
            ("properties" | "relations", Value::Object(values)) => {
                content.extend(values.iter().map(|(name, value)| (name.clone(), value)));
            }
            _ => content.push((key.clone(), value)),
        }
    }
    content
}

/// Returns whether the run ended well.
pub(super) fn succeeded(seen: &Seen) -> bool {
    seen.open.is_none() && status(seen) == "SUCCESS"
}

fn status(seen: &Seen) -> &str {
    seen.run["status"].as_str().unwrap_or_default()
}

/// Returns everything as one JSON object.
pub(super) fn json(seen: &Seen) -> Value {
    let pick = |from: &Value, keys: &[&str]| -> Map<String, Value> {
        keys.iter().map(|key| ((*key).to_owned(), from[*key].clone())).collect()
    };
    let entities = changes(&seen.before, &seen.after).into_iter().map(|change| {
        json!({
            "blueprint": change.blueprint,
            "identifier": change.identifier,
            "change": change.word(),
            "before": change.before,
            "after": change.after,
        })
    });
    let calls = seen.calls.iter().map(|call| {
        let query: Map<String, Value> = call.query.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        json!({ "method": call.method, "path": call.path, "query": query, "status": call.status, "refusal": call.refusal })
    });
    let log = seen.printed.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line)));
    json!({
        "run": pick(&seen.run, &["id", "status", "statusLabel", "summary"]),
        "open": seen.open,
        "entities": entities.collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "runLog": seen.run_log.iter().map(|line| line["message"].clone()).collect::<Vec<_>>(),
        "log": log.collect::<Vec<_>>(),
    })
}

/// A page of text, with or without colour.
pub(super) struct Page<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) color: bool,
}

/// Colours, as the parameters of their escape sequences.
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

impl Page<'_> {
    /// Writes what was seen of a run: the entities, the calls, the log, and last how it ended.
    pub(super) fn write(&mut self, title: &str, function: &str, seen: &Seen) -> io::Result<()> {
        self.paint(BOLD, one_line(title).trim_start())?;
        self.paint(DIM, &format!("  {}\n", seen.run["id"].as_str().unwrap_or_default()))?;
        let changes = changes(&seen.before, &seen.after);
        self.heading("Entities in Port", if changes.is_empty() { "none changed" } else { "" })?;
        for change in &changes {
            self.change(change)?;
        }
        if !seen.run_log.is_empty() {
            self.heading("The run's log in Port", "")?;
            for line in &seen.run_log {
                self.text(&format!("  {}\n", one_line(line["message"].as_str().unwrap_or_default())))?;
            }
        }
        self.heading("Calls to Port", if seen.calls.is_empty() { "none" } else { "" })?;
        for call in &seen.calls {
            self.call(call)?;
        }
        self.heading(
            "The function's log",
            &format!("{function}{}", if seen.printed.is_empty() { ", which printed nothing" } else { "" }),
        )?;
        self.log(&seen.printed)?;
        self.end(seen)
    }

    fn change(&mut self, change: &Change<'_>) -> io::Result<()> {
        let color = match change.word() {
            "created" => GREEN,
            "deleted" => RED,
            _ => YELLOW,
        };
        self.text(&format!("  {} ", one_line(change.blueprint)))?;
        self.paint(BOLD, &one_line(change.identifier))?;
        self.text(" ")?;
        self.paint(color, change.word())?;
        self.text("\n")?;
        let before = change.before.map(content).unwrap_or_default();
        let after = change.after.map(content).unwrap_or_default();
        let find = |of: &[(String, &Value)], key: &str| {
            of.iter().find(|(name, _)| name == key).map(|(_, value)| (*value).clone())
        };
        let added = after.iter().filter(|(key, _)| find(&before, key).is_none());
        let keys: Vec<&String> = before.iter().chain(added).map(|(key, _)| key).collect();
        let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or_default();
        for key in keys {
            let (sign, value) = match (find(&before, key), find(&after, key)) {
                (Some(old), Some(new)) if old == new => (' ', short(&old)),
                (Some(old), Some(new)) => ('~', format!("{} → {}", short(&old), short(&new))),
                (None, Some(new)) => (if change.before.is_some() { '+' } else { ' ' }, short(&new)),
                (old, _) => (if change.after.is_some() { '-' } else { ' ' }, short(&old.unwrap_or_default())),
            };
            let line = format!("  {sign} {:<width$}  {value}\n", one_line(key));
            match sign {
                ' ' if change.before.is_some() => self.paint(DIM, &line)?,
                ' ' => self.text(&line)?,
                _ => self.paint(color, &line)?,
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &Call) -> io::Result<()> {
        self.paint(if call.status < 400 { GREEN } else { RED }, &format!("  {}", call.status))?;
        self.text(&format!("  {:<6} {}", call.method, one_line(&call.path)))?;
        if let Some(why) = &call.refusal {
            self.paint(RED, &format!("  {}", one_line(why)))?;
        }
        self.text("\n")
    }

    /// Writes the lines of the function's output: those of its log as words, any other as it is. Its metrics
    /// make one line.
    fn log(&mut self, printed: &str) -> io::Result<()> {
        let mut metrics: Vec<(&str, f64)> = Vec::new();
        let lines: Vec<(&str, Value)> =
            printed.lines().map(|line| (line, serde_json::from_str(line).unwrap_or_default())).collect();
        for (line, value) in &lines {
            match value {
                Value::Object(entry) if entry.contains_key("_aws") => {
                    for (name, more) in measured(entry) {
                        match metrics.iter_mut().find(|(known, _)| *known == name) {
                            Some((_, sum)) => *sum += more,
                            None => metrics.push((name, more)),
                        }
                    }
                }
                Value::Object(entry) if entry.get("message").is_some_and(Value::is_string) => self.entry(entry)?,
                _ => self.text(&format!("  {}\n", one_line(line)))?,
            }
        }
        let metrics: Vec<String> = metrics.iter().map(|(name, sum)| format!("{name} {sum}")).collect();
        if metrics.is_empty() {
            Ok(())
        } else {
            self.paint(DIM, &format!("  metrics  {}\n", one_line(&metrics.join(", "))))
        }
    }

    fn entry(&mut self, entry: &Map<String, Value>) -> io::Result<()> {
        let text = |key: &str| entry.get(key).map(plain).unwrap_or_default();
        let level = text("level");
        let color = match level.as_str() {
            "ERROR" => RED,
            "WARN" => YELLOW,
            _ => DIM,
        };
        self.paint(color, &format!("  {:<5}  ", one_line(&level)))?;
        self.text(&one_line(&text("message")))?;
        let facts =
            entry.iter().filter(|(key, _)| !KNOWN.contains(&key.as_str())).map(|(key, value)| match key.as_str() {
                "durationMs" => format!("{value} ms"),
                "outcome" | "cause" => plain(value),
                _ => format!("{key} {}", plain(value)),
            });
        let facts: Vec<String> = facts.collect();
        if !facts.is_empty() {
            self.paint(DIM, &format!("  {}", one_line(&facts.join(", "))))?;
        }
        self.text("\n")
    }

    fn end(&mut self, seen: &Seen) -> io::Result<()> {
        self.text("\n")?;
        let (color, word) = match &seen.open {
            Some(_) => (YELLOW, "NOT ENDED"),
            None if succeeded(seen) => (GREEN, "SUCCESS"),
            None => (RED, status(seen)),
        };
        self.paint(color, word)?;
        let summary = seen.open.as_deref().or_else(|| seen.run["summary"].as_str()).unwrap_or_default();
        self.text(&format!("  {}", one_line(summary)))?;
        self.paint(DIM, &format!("  ({} ms)\n", seen.took.as_millis()))
    }

    fn heading(&mut self, words: &str, rest: &str) -> io::Result<()> {
        self.text("\n")?;
        self.paint(BOLD, words)?;
        if !rest.is_empty() {
            self.paint(DIM, &format!("  {}", one_line(rest)))?;
        }
        self.text("\n")
    }

    /// Writes text whose hidden characters the stream escapes.
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    fn paint(&mut self, color: &str, text: &str) -> io::Result<()> {
        if !self.color {
            return self.text(text);
        }
        // The end of the line is not part of it, so that a terminal does not colour the next one.
        let (text, newline) = text.strip_suffix('\n').map_or((text, ""), |text| (text, "\n"));
        self.out.write_all(&colored(&format!("\u{1b}[{color}m")))?;
        self.text(text)?;
        self.out.write_all(&colored("\u{1b}[0m"))?;
        self.text(newline)
    }
}

/// Returns the metrics of a line of the log, with their values.
fn measured(entry: &Map<String, Value>) -> Vec<(&str, f64)> {
    let sets = entry.get("_aws").and_then(|aws| aws.get("CloudWatchMetrics")).and_then(Value::as_array);
    let metrics = sets.into_iter().flatten().filter_map(|set| set.get("Metrics")?.as_array()).flatten();
    let names = metrics.filter_map(|metric| metric.get("Name")?.as_str());
    names.filter_map(|name| Some((name, entry.get(name)?.as_f64()?))).collect()
}

/// Returns text in one line: what would break it is shown as JSON writes it.
fn one_line(text: &str) -> String {
    model::visible::visible(text).into_owned()
}

/// Returns a value as JSON, cut if it is long.
fn short(value: &Value) -> String {
    let text = one_line(&value.to_string());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Returns text as it is, and any other value as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
