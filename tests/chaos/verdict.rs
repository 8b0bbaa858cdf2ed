//! What Port holds in the end, held against what the messages say; and the figures on the way there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use local::Call;
use serde_json::{Value, json};

use crate::instance::Seen;
use crate::noise::OF_OTHERS;
use crate::poller::Polled;
use crate::scenario::{Catalogue, End, Scenario};
use crate::stage::Stage;

pub(crate) struct Verdict {
    /// What may not happen, and did.
    pub(crate) complaints: Vec<String>,
    runs: usize,
    records: usize,
    batches: usize,
    repeated: usize,
    at_once: usize,
    calls: usize,
    struck: usize,
    tokens: usize,
    connections: u64,
    statuses: BTreeMap<String, usize>,
    seen: Seen,
}

impl Verdict {
    pub(crate) fn of(scenario: &Scenario, stage: &Stage, polled: Vec<Polled>, understudy: Seen) -> Self {
        let calls = stage.world.port.calls();
        let mut verdict = Self {
            complaints: Vec::new(),
            runs: scenario.ours(),
            records: scenario.partitions.iter().map(Vec::len).sum(),
            batches: 0,
            repeated: 0,
            at_once: 0,
            calls: calls.len(),
            struck: calls.iter().filter(|call| call.fault.is_some()).count(),
            tokens: calls.iter().filter(|call| call.path.ends_with("/access_token")).count(),
            connections: calls.iter().map(|call| call.connection).max().unwrap_or_default(),
            statuses: BTreeMap::new(),
            seen: understudy,
        };
        for polled in polled {
            verdict.batches += polled.batches;
            verdict.repeated += polled.repeated;
            verdict.at_once += polled.at_once;
            verdict.seen.add(polled.seen);
        }
        verdict.complaints.append(&mut verdict.seen.complaints);
        verdict.runs_ended(scenario, stage);
        verdict.catalogue(scenario, stage);
        verdict.once_each(scenario, &calls);
        verdict.others_untouched(&calls);
        verdict
    }

    /// Every run has its one right status, and a failure says why.
    fn runs_ended(&mut self, scenario: &Scenario, stage: &Stage) {
        let port = &stage.world.port;
        for run in &scenario.runs {
            let (status, words) = if run.id.starts_with("wfnr_") {
                let held = port.node_run(&run.id).unwrap_or_default();
                (text(&held["result"]).replace("FAILED", "FAILURE"), held["logs"].as_array().map_or(0, Vec::len))
            } else {
                let held = port.run(&run.id).unwrap_or_default();
                (text(&held["status"]), text(&held["summary"]).len())
            };
            let want = match run.end {
                End::Success => "SUCCESS",
                End::Failure => "FAILURE",
                End::Untouched => "IN_PROGRESS",
                End::Unknown => "",
            };
            if status != want || (run.end == End::Failure && words == 0) {
                self.complaints
                    .push(format!("run {} of {}: {status}, {words} words, wanted {want}", run.id, run.action));
            }
            if matches!(run.end, End::Success | End::Failure) {
                *self.statuses.entry(status).or_default() += 1;
            }
        }
    }

    /// Port holds the entities that the messages say, and no other.
    fn catalogue(&mut self, scenario: &Scenario, stage: &Stage) {
        let held: Catalogue = stage
            .world
            .port
            .entities()
            .into_iter()
            .map(|entity| {
                let key = text(&entity["identifier"]);
                (key, json!({"identifier": entity["identifier"], "title": entity["title"], "properties": entity["properties"]}))
            })
            .collect();
        for key in held.keys().chain(scenario.after.keys().filter(|key| !held.contains_key(*key))) {
            if held.get(key) != scenario.after.get(key) {
                self.complaints.push(format!(
                    "entity {key}: {:?}, wanted {:?}",
                    held.get(key).map(Value::to_string),
                    scenario.after.get(key).map(Value::to_string)
                ));
            }
        }
    }

    /// Nothing came into being, or went, more often than the messages say.
    fn once_each(&mut self, scenario: &Scenario, calls: &[Call]) {
        let mut creations: BTreeMap<String, usize> = BTreeMap::new();
        let mut deletions: BTreeMap<String, usize> = BTreeMap::new();
        for call in calls {
            match (call.method.as_str(), call.carried_out, call.path.rsplit_once("/entities")) {
                ("POST", Some(201), Some((_, ""))) => {
                    let identifier = call.body.as_ref().map(|body| text(&body["identifier"])).unwrap_or_default();
                    *creations.entry(identifier).or_default() += 1;
                }
                ("DELETE", Some(200), Some((_, identifier))) => {
                    *deletions.entry(identifier.trim_start_matches('/').to_owned()).or_default() += 1;
                }
                _ => {}
            }
        }
        for (what, seen, wanted) in
            [("made", &creations, &scenario.creations), ("deleted", &deletions, &scenario.deletions)]
        {
            for key in seen.keys().chain(wanted.keys().filter(|key| !seen.contains_key(*key))) {
                let (seen, wanted) = (seen.get(key).unwrap_or(&0), wanted.get(key).unwrap_or(&0));
                if seen != wanted {
                    self.complaints.push(format!("entity {key} was {what} {seen} times, wanted {wanted}"));
                }
            }
        }
    }

    /// No call was made for what is not ours.
    fn others_untouched(&mut self, calls: &[Call]) {
        let of_others = |call: &&Call| {
            let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
            call.path.contains(OF_OTHERS)
                || body.contains(OF_OTHERS)
                || call.query.iter().any(|(_, value)| value.contains(OF_OTHERS))
        };
        let complaints =
            calls.iter().filter(of_others).map(|call| format!("a call for others: {} {}", call.method, call.path));
        self.complaints.extend(complaints);
    }

    /// The figures.
    pub(crate) fn table(&self, partial: bool, seed: u64, took: Duration) -> String {
        let mut table = format!(
            "{} runs of ours among {} records, {} (seed {seed})\n",
            self.runs,
            self.records,
            if partial { "partial responses" } else { "whole batches" }
        );
        let statuses: Vec<String> = self.statuses.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let percent = |part: usize, whole: usize| hundredths(part * 100, whole);
        let rows = [
            ("ended", statuses.join(", ")),
            ("batches", format!("{}, {} deliveries", self.batches, self.seen.deliveries)),
            ("came back", format!("{} deliveries, {} ended by Lambda", self.seen.unfinished, self.seen.timeouts)),
            ("came twice", format!("{} after their end, {} to two functions at once", self.repeated, self.at_once)),
            ("killed", format!("{} processes", self.seen.kills)),
            ("calls to Port", format!("{}, {} % struck by a fault", self.calls, percent(self.struck, self.calls))),
            ("calls a run", hundredths(self.calls, self.runs)),
            ("tries again", self.seen.retries.to_string()),
            ("tokens", self.tokens.to_string()),
            ("connections", self.connections.to_string()),
            ("peak memory", format!("{} MiB", self.seen.peak_memory / 1024 / 1024)),
            ("time", format!("{:.0} s", took.as_secs_f64())),
            ("wrong", self.complaints.len().to_string()),
        ];
        for (name, value) in rows {
            let _ = writeln!(table, "  {name:<14} {value}");
        }
        table
    }
}

/// A ratio with two places behind the point.
fn hundredths(part: usize, whole: usize) -> String {
    let ratio = part * 100 / whole.max(1);
    format!("{}.{:02}", ratio / 100, ratio % 100)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
