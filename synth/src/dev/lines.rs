//! What a person reads of a session: a line for each thing worth a look.

use std::collections::BTreeMap;

use jiff::Timestamp;
use local::journal::Numbered;
use local::mapping::{MappingEvent, ProcessingResult};
use local::{FunctionEvent, PortEvent};
use serde_json::Value;

use super::event::DevEvent;

/// The runs that have not ended, which are remembered at most.
const OPEN_RUNS: usize = 10_000;

/// Turns events into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The status of each open run, and when it began, in milliseconds since 1970.
    open: BTreeMap<String, (String, i64)>,
}

impl Lines {
    /// Returns the line for an event, without its end; nothing for one that only the journal keeps.
    pub(super) fn of(&mut self, entry: &Numbered<DevEvent>) -> Option<String> {
        let text = match &entry.event {
            DevEvent::Port(event) => self.of_port(event, entry.at),
            DevEvent::Mapping(event) => of_mapping(event),
            DevEvent::Function(event) => of_function(event),
            DevEvent::Kafka(_) | DevEvent::Files(_) | DevEvent::Session(_) => None,
        }?;
        Some(format!("{} {text}", clock(entry.at)))
    }

    fn of_port(&mut self, event: &PortEvent, at: i64) -> Option<String> {
        match event {
            PortEvent::RunChanged { run } => self.of_run(run, at),
            PortEvent::RunPublished { run, refused: Some(why) } => Some(format!("run {run} is not published: {why}")),
            PortEvent::CallEnded { call } if call.status >= 500 || call.fault.is_some() => {
                Some(format!("call {} {}: {}", call.method, call.path, answered(call.status)))
            }
            _ => None,
        }
    }

    fn of_run(&mut self, run: &Value, at: i64) -> Option<String> {
        let text = |key: &str| run[key].as_str().unwrap_or_default();
        let (id, status) = (text("id"), text("status"));
        let action = run["action"]["identifier"].as_str().unwrap_or_default();
        let before = self.open.get(id).cloned();
        if before.as_ref().is_some_and(|(before, _)| before == status) {
            return None;
        }
        if !matches!(status, "SUCCESS" | "FAILURE" | "DECLINED") {
            while self.open.len() >= OPEN_RUNS {
                self.open.pop_first();
            }
            let since = before.map_or(at, |(_, since)| since);
            self.open.insert(id.to_owned(), (status.to_owned(), since));
            return Some(format!("run {id} {action} {status}"));
        }
        self.open.remove(id);
        let took = before.map(|(_, since)| format!(" in {} ms", at - since)).unwrap_or_default();
        let summary = Some(text("summary")).filter(|summary| !summary.is_empty());
        let summary = summary.map(|summary| format!(": {summary}")).unwrap_or_default();
        Some(format!("run {id} {action} {status}{took}{summary}"))
    }
}

fn of_mapping(event: &MappingEvent) -> Option<String> {
    match event {
        MappingEvent::Filtered { partition, offset, why } => {
            Some(format!("record {partition}@{offset} does not pass the event filter: {why}"))
        }
        MappingEvent::ResultChanged { result, cause } => {
            let cause = cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
            let is_shown = !matches!(result, ProcessingResult::Ok | ProcessingResult::NoRecords);
            is_shown.then(|| format!("mapping: {}{cause}", result.as_str()))
        }
        MappingEvent::RetryScheduled { batch, at, .. } => {
            let wait = at.saturating_sub(Timestamp::now().as_millisecond()).max(0);
            Some(format!("batch {batch} is delivered again in {:.1} s", seconds(wait)))
        }
        MappingEvent::Discarded { condition, records, message, .. } => {
            let queue = if message.is_some() { ", and sent to the failure queue" } else { "" };
            Some(format!("{records} of the records were given up: {}{queue}", condition.as_str()))
        }
        _ => None,
    }
}

fn of_function(event: &FunctionEvent) -> Option<String> {
    match event {
        FunctionEvent::Line { line, .. } => {
            let level =
                serde_json::from_str::<Value>(line).ok().and_then(|line| Some(line["level"].as_str()?.to_owned()));
            let is_routine = matches!(level.as_deref(), Some("INFO" | "DEBUG" | "TRACE"));
            (!is_routine).then(|| format!("function: {line}"))
        }
        FunctionEvent::Exited { how: Some(how), process } => Some(format!("function: process {process} ended {how}")),
        FunctionEvent::Exited { how: None, .. } | FunctionEvent::Started { .. } => None,
    }
}

fn answered(status: u16) -> String {
    if status == 0 { "no answer".to_owned() } else { format!("answered {status}") }
}

fn seconds(millis: i64) -> f64 {
    std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

/// Returns the time of day in UTC with milliseconds.
fn clock(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().strftime("%H:%M:%S%.3f").to_string()
}
