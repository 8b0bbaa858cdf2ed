//! The figures of a chaos run: how much went wrong on the way, and what it cost.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use local::oracle::{End, Evidence};

use crate::instance::Observations;
use crate::poller::Polled;
use crate::scenario::Scenario;

pub(crate) struct Figures<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) evidence: &'a Evidence,
    /// Of the functions of all pollers, and of the understudy.
    pub(crate) observed: Observations,
    pub(crate) polled: Vec<Polled>,
    /// How many promises were breached.
    pub(crate) wrong: usize,
}

impl Figures<'_> {
    pub(crate) fn table(&self, partial: bool, seed: u64, took: Duration) -> String {
        let Self { scenario, evidence, observed, .. } = self;
        let records: usize = scenario.topic.partitions.iter().map(Vec::len).sum();
        let ours = scenario.expected.runs().iter().filter(|run| matches!(run.end, End::Success | End::Failure));
        let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
        for run in ours.clone() {
            let status = evidence.runs.get(&run.id).map_or("", |held| held.status.as_str());
            *statuses.entry(status).or_default() += 1;
        }
        let runs = ours.count();
        let statuses: Vec<String> = statuses.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let total = |count: fn(&Polled) -> usize| self.polled.iter().map(count).sum::<usize>();
        let (batches, repeated, at_once) =
            (total(|polled| polled.batches), total(|polled| polled.repeated), total(|polled| polled.at_once));
        let late = total(|polled| polled.late);
        let calls = evidence.calls.len();
        let struck = evidence.calls.iter().filter(|call| call.fault.is_some()).count();
        let tokens = evidence.calls.iter().filter(|call| call.path.ends_with("/access_token")).count();
        let connections = evidence.calls.iter().map(|call| call.connection).max().unwrap_or_default();

        let mut table = format!(
            "{runs} runs of ours among {records} records, {} (seed {seed})\n",
            if partial { "partial responses" } else { "whole batches" }
        );
        let rows = [
            ("ended", statuses.join(", ")),
            ("batches", format!("{batches}, {} deliveries", observed.deliveries)),
            ("came back", format!("{} deliveries, {} ended by Lambda", observed.unfinished, observed.timeouts)),
            (
                "came twice",
                format!("{repeated} after their end, {late} to a new process later, {at_once} to two at once"),
            ),
            ("killed", format!("{} processes", observed.kills)),
            ("calls to Port", format!("{calls}, {} % struck by a fault", hundredths(struck * 100, calls))),
            ("calls a run", hundredths(calls, runs)),
            ("retries", observed.retries.to_string()),
            ("tokens", tokens.to_string()),
            ("connections", connections.to_string()),
            ("peak memory", format!("{} MiB", observed.peak_memory / 1024 / 1024)),
            ("time", format!("{:.0} s", took.as_secs_f64())),
            ("wrong", self.wrong.to_string()),
        ];
        for (name, value) in rows {
            let _ = writeln!(table, "  {name:<14} {value}");
        }
        table
    }
}

/// Formats a ratio with two decimal places.
fn hundredths(part: usize, whole: usize) -> String {
    let ratio = part * 100 / whole.max(1);
    format!("{}.{:02}", ratio / 100, ratio % 100)
}
