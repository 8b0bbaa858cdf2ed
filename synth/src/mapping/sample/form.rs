//! The form of an action as questions with answers, and the runs that are worth testing.

use std::collections::BTreeMap;

use model::{Action, Input, Operation, Presence, ValueType};
use serde_json::{Map, Value};

use super::answers::{Answer, Weight, free, values};
use super::entities::{Blueprints, Entities};

/// Everything that can differ between runs of an action, as far as it is tested.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) questions: Vec<Question>,
    /// Where the question of an input is.
    places: BTreeMap<String, usize>,
    /// The questions that depend on others.
    dependent: Vec<usize>,
}

/// One input, or the entity of the run.
#[derive(Debug)]
pub(crate) struct Question {
    /// The input's key; `None` for the entity.
    pub(crate) key: Option<String>,
    /// The possible answers, at least one.
    pub(crate) answers: Vec<Answer>,
    /// Keys below it whose values are unknown. A template that reads one is not judged by this answer.
    pub(crate) unknown: Vec<String>,
    /// Questions that must be answered first.
    needs: Vec<usize>,
}

/// The index of the answer to each question that does not have its ordinary answer, which is the first one. The empty
/// sheet is the ordinary run.
pub(crate) type Sheet = BTreeMap<usize, usize>;

/// A value that replaces the answer to the question with this index.
pub(crate) type Instead<'v> = Option<(usize, &'v Value)>;

impl Form {
    /// Creates the form of an action. If the operation runs on an entity, the entity is the last question.
    pub(crate) fn new(action: &Action, operation: Option<Operation>, blueprints: &Blueprints<'_>) -> Self {
        let mut questions: Vec<Question> =
            action.inputs.iter().map(|input| Question::new(action, input, blueprints)).collect();
        if operation.is_some_and(|operation| operation != Operation::Create) {
            questions.push(Question::entity(&action.blueprint, blueprints));
        }
        let places =
            questions.iter().enumerate().filter_map(|(at, question)| Some((question.key.clone()?, at))).collect();
        let dependent =
            (0..).zip(&questions).filter(|(_, question)| !question.needs.is_empty()).map(|(at, _)| at).collect();
        Self { questions, places, dependent }
    }

    /// Returns where the question of an input is.
    pub(crate) fn place(&self, key: &str) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// Returns where the question of the entity is: it is the last one.
    pub(crate) fn entity_place(&self) -> Option<usize> {
        self.questions.last().filter(|question| question.key.is_none())?;
        self.questions.len().checked_sub(1)
    }

    /// Returns the answer to a question on a sheet.
    pub(crate) fn answer(&self, sheet: &Sheet, question: usize) -> Option<&Answer> {
        self.questions.get(question)?.answers.get(given(sheet, question))
    }

    /// Returns `sheet` with another answer to one question.
    pub(crate) fn with(&self, sheet: &Sheet, question: usize, answer: usize) -> Sheet {
        let mut sheet = sheet.clone();
        give(&mut sheet, question, answer);
        self.consistent(sheet)
    }

    /// Leaves an input empty if it depends on an input that is empty.
    fn consistent(&self, mut sheet: Sheet) -> Sheet {
        for _ in &self.dependent {
            let mut changed = false;
            for at in self.dependent.iter().copied() {
                let Some(question) = self.questions.get(at) else { continue };
                let waits = question
                    .needs
                    .iter()
                    .any(|need| self.answer(&sheet, *need).is_some_and(|answer| answer.value.is_none()));
                if waits
                    && let Some(empty) = question.empty()
                    && given(&sheet, at) != empty
                {
                    give(&mut sheet, at, empty);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        sheet
    }

    /// The most runs that are tested for a field.
    pub(crate) const RUNS: usize = 64;

    /// Returns the runs to test for a field that reads `questions`: all ordinary; all empty that may be empty; each answer
    /// of each question once; pairs of answers where one is empty; pairs that the form offers. At most [`Form::RUNS`].
    pub(crate) fn sheets(&self, questions: &[usize]) -> Vec<Sheet> {
        let base = Sheet::new();
        let mut sheets = vec![base.clone()];
        let answers = |question: usize| self.questions.get(question).map_or(0, |question| question.answers.len());
        let mut add = |sheet: Sheet| {
            if sheets.len() < Self::RUNS && !sheets.contains(&sheet) {
                sheets.push(sheet);
            }
        };
        let empties: Vec<(usize, usize)> =
            questions.iter().filter_map(|at| Some((*at, self.questions.get(*at)?.empty()?))).collect();
        add(empties.iter().fold(base.clone(), |sheet, (at, empty)| self.with(&sheet, *at, *empty)));
        // One answer of each question per round, so that a long enum does not displace the others.
        for answer in 1..questions.iter().map(|at| answers(*at)).max().unwrap_or(0) {
            for at in questions.iter().filter(|at| answer < answers(**at)) {
                add(self.with(&base, *at, answer));
            }
        }
        let pairs =
            || questions.iter().enumerate().flat_map(|(n, a)| questions.iter().skip(n + 1).map(move |b| (*a, *b)));
        // Two free texts are not combined.
        let offered = |at: usize, answer: usize| {
            let answer = self.questions.get(at).and_then(|question| question.answers.get(answer));
            answer.is_some_and(|answer| answer.weight == Weight::Offered)
        };
        for empty in [true, false] {
            for (a, b) in pairs() {
                for one in 1..answers(a) {
                    for two in 1..answers(b) {
                        let has = |at, answer| self.questions.get(at).and_then(Question::empty) == Some(answer);
                        let wanted = if has(a, one) || has(b, two) {
                            empty
                        } else {
                            !empty && offered(a, one) && offered(b, two)
                        };
                        if wanted {
                            add(self.with(&self.with(&base, a, one), b, two));
                        }
                    }
                }
            }
        }
        sheets
    }

    /// Returns the inputs of a run as Port sends them.
    pub(crate) fn inputs(&self, sheet: &Sheet) -> Map<String, Value> {
        let pair =
            |(at, question): (usize, &Question)| Some((question.key.clone()?, self.answer(sheet, at)?.value.clone()?));
        self.questions.iter().enumerate().filter_map(pair).collect()
    }

    /// Returns the entity of a run.
    pub(crate) fn entity(&self, sheet: &Sheet) -> Option<&Value> {
        self.answer(sheet, self.entity_place()?)?.value.as_ref()
    }
}

/// Returns the index of the answer to a question.
pub(crate) fn given(sheet: &Sheet, question: usize) -> usize {
    sheet.get(&question).copied().unwrap_or_default()
}

fn give(sheet: &mut Sheet, question: usize, answer: usize) {
    match answer {
        0 => drop(sheet.remove(&question)),
        other => drop(sheet.insert(question, other)),
    }
}

impl Question {
    fn new(action: &Action, input: &Input, blueprints: &Blueprints<'_>) -> Self {
        let nothing = Value::Null;
        let rules = action.input_document(&input.key).unwrap_or(&nothing);
        let (mut answers, mut unknown) = if input.encryption.is_some() {
            (vec![free("AAECAwQFBgcICQoLDA0ODw==")], Vec::new())
        } else {
            let unknown = match target(rules) {
                Some(target) if input.is_entity => blueprints.entities(target).unknown.clone(),
                _ => Vec::new(),
            };
            (values(rules, input.value_type, blueprints), unknown)
        };
        if let Some(preset) = rules.get("default").filter(|preset| fits_type(preset, input))
            && let Some(at) = preset_at(&mut answers, preset)
        {
            answers.swap(0, at);
        }
        if answers.iter().any(|answer| answer.weight == Weight::Unknown) {
            answers.truncate(1);
            unknown.clear();
        }
        match input.presence {
            Presence::Always => {}
            Presence::Optional => answers.push(Answer { value: None, weight: Weight::Offered }),
            Presence::Depends => answers.push(Answer { value: None, weight: Weight::Perhaps }),
        }
        let needs = rules.get("dependsOn").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let place = |key: &str| action.inputs.iter().position(|input| input.key == key);
        Self { key: Some(input.key.clone()), answers, unknown, needs: needs.filter_map(place).collect() }
    }

    /// Creates the question for the entity of a run: one with everything, and one with only what is required.
    fn entity(blueprint: &str, blueprints: &Blueprints<'_>) -> Self {
        let Entities { whole, least, unknown } = blueprints.entities(blueprint).into_owned();
        Self { key: None, answers: vec![free(whole), free(least)], unknown, needs: Vec::new() }
    }

    /// Returns the answer that leaves it empty.
    pub(crate) fn empty(&self) -> Option<usize> {
        self.answers.iter().position(|answer| answer.value.is_none())
    }

    /// Returns the answers that are neither left empty nor an empty list.
    pub(crate) fn filled(&self) -> impl Iterator<Item = usize> {
        let says = |answer: &Answer| match &answer.value {
            None => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(_) => true,
        };
        self.answers.iter().enumerate().filter(move |(_, answer)| says(answer)).map(|(at, _)| at)
    }

    /// Returns whether `failing` consists of exactly the answers that are filled in.
    pub(crate) fn is_filled_in(&self, failing: &[usize]) -> bool {
        failing.len() < self.answers.len() && self.filled().eq(failing.iter().copied())
    }

    /// Returns whether a person may enter a value that is not tested.
    pub(crate) fn is_open(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.weight, Weight::Ranged | Weight::Free | Weight::Unknown))
    }

    /// Returns whether a person enters free text, or a list of it.
    pub(crate) fn is_text(&self) -> bool {
        let text = |value: &Value| {
            value.is_string() || value.as_array().is_some_and(|items| items.iter().any(Value::is_string))
        };
        self.answers.iter().any(|answer| answer.weight == Weight::Free && answer.value.as_ref().is_some_and(text))
    }
}

/// Returns whether a default is a constant that can be the ordinary answer. An entity's identifier is not enough.
fn fits_type(preset: &Value, input: &Input) -> bool {
    !input.is_entity
        && input.encryption.is_none()
        && ValueType::of(preset) == Some(input.value_type)
        && preset.get("jqQuery").is_none()
}

fn preset_at(answers: &mut Vec<Answer>, preset: &Value) -> Option<usize> {
    if answers.iter().any(|answer| answer.weight == Weight::Unknown) {
        return None;
    }
    let same = |answer: &Answer| answer.value.as_ref() == Some(preset);
    if !answers.iter().any(same) {
        answers.push(Answer { value: Some(preset.clone()), weight: Weight::Offered });
    }
    answers.iter().position(same)
}

/// Returns the blueprint whose entities an input offers.
fn target(rules: &Value) -> Option<&str> {
    rules.get("blueprint").or_else(|| rules.get("items")?.get("blueprint"))?.as_str()
}
