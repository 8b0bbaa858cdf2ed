//! Promises about runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::evidence::{Evidence, HeldRun};
use super::expected::{End, Expected, ExpectedRun};
use super::promise::{Breach, BreachPlace};
use crate::port::Call;

/// Finds runs of ours that did not end, or ended with another status.
pub(super) fn wrong_ends(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let ends = expected.runs.iter().filter_map(|run| match run.end {
        End::Success => status(run, evidence, "SUCCESS"),
        End::Failure => status(run, evidence, "FAILURE"),
        End::Unknown => {
            let actual = evidence.runs.get(&run.id)?;
            Some(breach(run, format!("is in Port with status `{}`, although Port must not know it", actual.status)))
        }
        End::Untouched => None,
    });
    ends.collect()
}

/// Finds runs that failed without a summary.
pub(super) fn unexplained_failures(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let is_silent = |actual: &HeldRun| actual.status == "FAILURE" && !actual.is_explained;
    expected
        .runs
        .iter()
        .filter(|run| run.end != End::Untouched && evidence.runs.get(&run.id).is_some_and(is_silent))
        .map(|run| breach(run, "failed without a summary"))
        .collect()
}

/// Finds other people's runs that changed, and calls that name one.
pub(super) fn touched_others(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let others = || expected.runs.iter().filter(|run| run.end == End::Untouched);
    let changed = others().filter_map(|run| status(run, evidence, "IN_PROGRESS"));
    let ids: BTreeSet<String> = others().map(|run| run.id.to_lowercase()).collect();
    let calls = evidence.calls.iter().enumerate().filter_map(|(index, call)| {
        let id = words(call).into_iter().find(|word| ids.contains(word))?;
        Some(Breach::new(
            BreachPlace::Call(index),
            format!("{} {} is for {id}, which is somebody else's", call.method, call.path),
        ))
    });
    changed.chain(calls).collect()
}

fn status(run: &ExpectedRun, evidence: &Evidence, wanted: &str) -> Option<Breach> {
    let actual = evidence.runs.get(&run.id).map_or("missing", |actual| actual.status.as_str());
    (actual != wanted).then(|| breach(run, format!("{actual}, expected {wanted}")))
}

fn breach(run: &ExpectedRun, what: impl Into<String>) -> Breach {
    Breach::new(BreachPlace::Run(run.id.clone()), what)
}

/// Returns every word of a call, in lower case: an entity may be named after its run, and a title may contain the id.
fn words(call: &Call) -> BTreeSet<String> {
    let mut texts = vec![call.path.clone()];
    texts.extend(call.query.iter().map(|(_, value)| value.clone()));
    texts.extend(call.body.as_ref().map(Value::to_string));
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    texts.iter().flat_map(|text| text.split(|letter| !is_letter(letter))).map(str::to_lowercase).collect()
}
