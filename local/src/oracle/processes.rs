//! Promises about processes: what they answer, that they keep running, and what they print.

use serde_json::Value;

use super::evidence::Evidence;
use super::expected::Expected;
use super::promise::{Breach, BreachPlace};

/// Finds answers that no function may give, and batches that could not be finished.
pub(super) fn bad_deliveries(evidence: &Evidence) -> Vec<Breach> {
    evidence.bad_deliveries.iter().map(|what| Breach::new(BreachPlace::BatchDelivery, what)).collect()
}

/// Finds processes that ended by themselves, and lines that report a panic.
pub(super) fn breakdowns(evidence: &Evidence) -> Vec<Breach> {
    let crashes =
        evidence.crashes.iter().map(|answer| Breach::new(BreachPlace::Process, format!("ended by itself: {answer}")));
    let is_panic = |line: &str| {
        // The last line of a killed process may be cut off.
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        line.get("message").is_some_and(|message| message == "panic")
    };
    let panics = evidence
        .printed
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("panicked at") || is_panic(line))
        .map(|(index, line)| Breach::new(BreachPlace::Line(index), format!("a panic: {line}")));
    crashes.chain(panics).collect()
}

/// Finds lines that contain a private text.
pub(super) fn private_lines(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let lines = evidence.printed.iter().enumerate().filter_map(|(index, line)| {
        let small = line.to_lowercase();
        let text = expected.private.iter().find(|text| small.contains(text.as_str()))?;
        Some(Breach::new(BreachPlace::Line(index), format!("contains `{text}`: {line}")))
    });
    lines.collect()
}
