//! Searches for faults: tests many runs, and finds the smallest cause of each fault.

use documents::finding::Severity;
use serde_json::{Value, json};

use super::fault::{Class, Fault, Scope};
use crate::mapping::sample::{Form, Instead, Question, SHAPES, Sheet, Weight, given};

/// A fault with the smallest combination of answers that causes it.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) fault: Fault,
    /// Questions that matter, each with its answers that cause the fault.
    pub(super) because: Vec<(usize, Vec<usize>)>,
    pub(super) severity: Severity,
}

/// Returns the faults of a run. The second argument replaces one answer by a value that is not on the sheet. A run that
/// cannot be judged has no faults.
pub(super) type Probe<'p> = dyn Fn(&Sheet, Instead<'_>) -> Vec<Fault> + 'p;

/// Tests the runs that show something, and finds every kind of fault once.
pub(super) fn search(form: &Form, scope: &Scope, probe: &Probe<'_>) -> Vec<Broken> {
    let mut sheets = form.sheets(&scope.questions);
    sheets.sort_by_key(Sheet::len);
    let mut faults: Vec<Fault> = Vec::new();
    let mut broken = Vec::new();
    for sheet in sheets {
        for fault in probe(&sheet, None) {
            if !faults.iter().any(|known| known.is_like(&fault)) {
                broken.extend(shrink(form, scope, probe, sheet.clone(), &fault));
                faults.push(fault);
            }
        }
    }
    broken
}

/// Removes from a run what does not matter for its fault. Returns `None` if we are too uncertain to report it.
fn shrink(form: &Form, scope: &Scope, probe: &Probe<'_>, mut sheet: Sheet, fault: &Fault) -> Option<Broken> {
    let at = |sheet: &Sheet| probe(sheet, None).into_iter().find(|found| found.is_like(fault));
    let failing = |sheet: &Sheet, question: usize| -> Vec<usize> {
        let answers = form.questions.get(question).map_or(0, |question| question.answers.len());
        (0..answers).filter(|answer| at(&form.with(sheet, question, *answer)).is_some()).collect()
    };
    let matters = |question: usize, failing: &[usize]| {
        form.questions.get(question).is_some_and(|question| question.answers.len() != failing.len())
    };
    let mut relevant = Vec::new();
    for question in &scope.questions {
        let failing = failing(&sheet, *question);
        if matters(*question, &failing) {
            relevant.push(*question);
        }
        if failing.contains(&0) {
            sheet = form.with(&sheet, *question, 0);
        }
    }
    let because: Vec<(usize, Vec<usize>)> = relevant
        .into_iter()
        .map(|question| (question, failing(&sheet, question)))
        .filter(|(question, failing)| matters(*question, failing))
        .collect();
    let fault = at(&sheet)?;
    let mut broken = Broken { fault, because, severity: Severity::Error };
    broken.severity = weigh(form, scope, probe, &sheet, &mut broken)?;
    Some(broken)
}

/// Returns an error if a run that the form allows is certain to fail, and a warning if it depends on what a person writes
/// or if the form may rule it out. Returns `None` if it depends on invented data.
fn weigh(form: &Form, scope: &Scope, probe: &Probe<'_>, sheet: &Sheet, broken: &mut Broken) -> Option<Severity> {
    let Broken { fault, because, .. } = broken;
    if fault.class == Class::Odd {
        return Some(Severity::Warning);
    }
    let mut perhaps = 0;
    let mut sure = true;
    for (at, failing) in because.iter() {
        let question = form.questions.get(*at)?;
        let weights = || failing.iter().filter_map(|answer| Some(question.answers.get(*answer)?.weight));
        if weights().all(|weight| weight == Weight::Perhaps) {
            perhaps += 1;
        } else if question.key.is_none() {
            sure = false;
        } else if !question.is_filled_in(failing) {
            // Otherwise the value does not matter.
            let ranged = fault.class != Class::Outside && weights().any(|weight| weight == Weight::Ranged);
            sure &= ranged || weights().any(|weight| weight == Weight::Offered);
        }
    }
    if perhaps > 1 {
        // Only the form's jq knows which of them are required together.
        return None;
    }
    if fault.class == Class::Outside {
        if !in_the_authors_words(scope, &fault.value) {
            if scope.invented {
                return None;
            }
            let written = written(form, scope, probe, sheet, fault);
            let offered =
                |at: usize| because.iter().any(|(reason, failing)| *reason == at && !filled_in(form, at, failing));
            sure &= written.iter().all(|at| offered(*at));
            // Show such a value with the answer that it comes from.
            because.retain(|(at, failing)| !(written.contains(at) && filled_in(form, *at, failing)));
            let known: Vec<usize> = because.iter().map(|(at, _)| *at).collect();
            let more = written.into_iter().filter(|at| !known.contains(at));
            because.extend(more.map(|at| (at, vec![given(sheet, at)])));
        }
    } else {
        match rescued(form, scope, probe, sheet, fault) {
            Rescue::ByEntity => return None,
            Rescue::ByText => sure = false,
            Rescue::No => {}
        }
    }
    Some(if sure && perhaps == 0 { Severity::Error } else { Severity::Warning })
}

/// Returns whether the value is written in the template, so that no answer is to blame.
fn in_the_authors_words(scope: &Scope, value: &Value) -> bool {
    value.as_str().is_some_and(|text| scope.source.contains(&Value::from(text).to_string()))
}

fn filled_in(form: &Form, question: usize, failing: &[usize]) -> bool {
    form.questions.get(question).is_some_and(|question| question.is_filled_in(failing))
}

/// Returns the open questions whose answers determine the value.
fn written(form: &Form, scope: &Scope, probe: &Probe<'_>, sheet: &Sheet, fault: &Fault) -> Vec<usize> {
    let makes = |at: &usize| {
        let Some(question) = form.questions.get(*at).filter(|question| question.is_open()) else { return false };
        question.filled().any(|answer| {
            let found = probe(&form.with(sheet, *at, answer), None);
            found.iter().any(|found| found.is_like(fault) && found.value != fault.value)
        })
    };
    scope.questions.iter().copied().filter(makes).collect()
}

enum Rescue {
    No,
    ByText,
    ByEntity,
}

/// Checks whether text of another shape works. A template that takes text apart may only work for the intended shape.
fn rescued(form: &Form, scope: &Scope, probe: &Probe<'_>, sheet: &Sheet, fault: &Fault) -> Rescue {
    for at in &scope.questions {
        let (Some(question), Some(answer)) = (form.questions.get(*at), form.answer(sheet, *at)) else { continue };
        let Some(value) = &answer.value else { continue };
        for shape in SHAPES {
            let Some(instead) = reshaped(question, value, shape) else { break };
            if !probe(sheet, Some((*at, &instead))).iter().any(|found| found.is_like(fault)) {
                return if question.key.is_some() && !value.is_object() { Rescue::ByText } else { Rescue::ByEntity };
            }
        }
    }
    Rescue::No
}

/// Replaces the text of `value`. Returns `None` if a person could not write it differently.
fn reshaped(question: &Question, value: &Value, shape: &str) -> Option<Value> {
    match value {
        Value::String(_) if question.is_text() => Some(shape.into()),
        Value::Array(items) if question.is_text() && items.iter().all(Value::is_string) => Some(json!([shape, shape])),
        Value::Object(entity) if entity.contains_key("properties") => {
            let mut entity = entity.clone();
            entity.insert("title".to_owned(), shape.into());
            if let Some(Value::Object(properties)) = entity.get_mut("properties") {
                properties.values_mut().filter(|value| value.is_string()).for_each(|value| *value = shape.into());
            }
            Some(Value::Object(entity))
        }
        _ => None,
    }
}
