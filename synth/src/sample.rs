//! What people may fill in: for each input of an action the few answers that tell something about a mapping.
//!
//! An answer is legal under the form. The first of a question is the ordinary one, which a run has when another
//! question is looked at.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::{Action, Blueprint, Input, Operation, Presence, Relation, ValueType};
use serde_json::{Map, Number, Value, json};

use crate::pattern;

/// The blueprints of the catalogue by identifier: what an entity input may bring along.
#[derive(Debug, Default)]
pub(crate) struct Blueprints<'a>(BTreeMap<&'a str, Known<'a>>);

/// A blueprint with entities of it, made when they are asked for.
#[derive(Debug)]
struct Known<'a> {
    blueprint: &'a Blueprint,
    entities: OnceLock<Entities>,
}

/// Entities as messages have them.
#[derive(Clone, Debug)]
struct Entities {
    /// With all that the blueprint declares.
    whole: Value,
    /// With no more than one must have.
    least: Value,
    /// Names below them of which nothing is known.
    unknown: Vec<String>,
}

impl<'a> FromIterator<&'a Blueprint> for Blueprints<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Blueprint>>(blueprints: I) -> Self {
        let known = |blueprint| Known { blueprint, entities: OnceLock::new() };
        Self(blueprints.into_iter().map(|blueprint| (blueprint.identifier.as_str(), known(blueprint))).collect())
    }
}

impl Blueprints<'_> {
    /// Entities of a blueprint; of one that stands elsewhere, no more than the names are known.
    fn entities(&self, name: &str) -> Entities {
        match self.0.get(name) {
            Some(known) => known.entities.get_or_init(|| Entities::of(known.blueprint)).clone(),
            None => {
                let bare = entity(name, false, Map::new(), Map::new());
                let unknown = ["properties", "relations", "team", "icon"].map(str::to_owned).into();
                Entities { whole: bare.clone(), least: bare, unknown }
            }
        }
    }
}

impl Entities {
    fn of(blueprint: &Blueprint) -> Self {
        let computed = ["mirrorProperties", "aggregationProperties", "calculationProperties"]
            .into_iter()
            .filter_map(|group| blueprint.document.get(group)?.as_object());
        let mut unknown: Vec<String> = computed.flat_map(Map::keys).cloned().collect();
        let (mut properties, mut needed) = (Map::new(), Map::new());
        for property in &blueprint.properties {
            let rules = blueprint.property_document(&property.key).unwrap_or(&Value::Null);
            let Some(ordinary) = values(rules, property.value_type, &Blueprints::default()).into_iter().next() else {
                continue;
            };
            if ordinary.weight == Weight::Unknown {
                unknown.push(property.key.clone());
            }
            let value = ordinary.value.unwrap_or_default();
            if blueprint.required.contains(&property.key) {
                needed.insert(property.key.clone(), value.clone());
            }
            properties.insert(property.key.clone(), value);
        }
        let related = |whole: bool| {
            let relation = |relation: &Relation| {
                let value = match (relation.many, whole || relation.required) {
                    (false, true) => json!("sample"),
                    (false, false) => Value::Null,
                    (true, true) => json!(["sample"]),
                    (true, false) => json!([]),
                };
                (relation.key.clone(), value)
            };
            blueprint.relations.iter().map(relation).collect()
        };
        let name = &blueprint.identifier;
        Self {
            whole: entity(name, true, properties, related(true)),
            least: entity(name, false, needed, related(false)),
            unknown,
        }
    }
}

/// An entity of the blueprint `name` as messages have it.
fn entity(name: &str, whole: bool, properties: Map<String, Value>, relations: Map<String, Value>) -> Value {
    json!({
        "identifier": "sample",
        "title": "Sample",
        "icon": if whole { json!("Server") } else { Value::Null },
        "blueprint": name,
        "team": if whole { json!(["Platform"]) } else { json!([]) },
        "properties": properties,
        "relations": relations,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "createdBy": "auth0|sample",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "updatedBy": "auth0|sample",
    })
}

/// Everything that can differ from one run of an action to another, as far as it is tried.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) questions: Vec<Question>,
}

/// One input, or the entity that the run is started on.
#[derive(Debug)]
pub(crate) struct Question {
    /// The input's key; None is the entity.
    pub(crate) key: Option<String>,
    /// One at least.
    pub(crate) answers: Vec<Answer>,
    /// Names below it of which nothing is known; a template that reads one is not judged by this answer.
    pub(crate) unknown: Vec<String>,
    /// Questions that must be answered before this one can be.
    needs: Vec<usize>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// None is left empty: the message does not have it.
    pub(crate) value: Option<Value>,
    pub(crate) weight: Weight,
}

/// What an answer proves when something goes wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The form itself offers it: a value of an enum, a boolean, a default, left empty.
    Offered,
    /// Left empty, if the form lets it: jq decides.
    Perhaps,
    /// A number in the range that the form gives.
    Ranged,
    /// One of many that a person may think of.
    Free,
    /// A placeholder: what it looks like cannot be known.
    Unknown,
}

/// Which answer each question has, by its place.
pub(crate) type Sheet = Vec<usize>;

impl Form {
    /// The form of an action. With an operation that starts on an entity, that is its last question.
    pub(crate) fn of(action: &Action, operation: Option<Operation>, blueprints: &Blueprints<'_>) -> Self {
        let mut questions: Vec<Question> =
            action.inputs.iter().map(|input| Question::of(action, input, blueprints)).collect();
        if operation.is_some_and(|operation| operation != Operation::Create) {
            questions.push(Question::entity(&action.blueprint, blueprints));
        }
        Self { questions }
    }

    /// Everything ordinary.
    pub(crate) fn ordinary(&self) -> Sheet {
        vec![0; self.questions.len()]
    }

    /// The answer that a sheet has to a question.
    pub(crate) fn answer(&self, sheet: &Sheet, question: usize) -> Option<&Answer> {
        self.questions.get(question)?.answers.get(*sheet.get(question)?)
    }

    /// `sheet` with another answer to one question.
    pub(crate) fn with(&self, sheet: &Sheet, question: usize, answer: usize) -> Sheet {
        let mut sheet = sheet.clone();
        if let Some(place) = sheet.get_mut(question) {
            *place = answer;
        }
        self.consistent(sheet)
    }

    /// An input that needs another one is empty when that one is.
    fn consistent(&self, mut sheet: Sheet) -> Sheet {
        for _ in 0..self.questions.len() {
            let mut changed = false;
            for (at, question) in self.questions.iter().enumerate().filter(|(_, question)| !question.needs.is_empty()) {
                let waits = question
                    .needs
                    .iter()
                    .any(|need| self.answer(&sheet, *need).is_some_and(|answer| answer.value.is_none()));
                if waits
                    && let (Some(empty), Some(place)) = (question.empty(), sheet.get_mut(at))
                    && *place != empty
                {
                    *place = empty;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        sheet
    }

    /// At most this many runs are tried for what reads the same questions.
    pub(crate) const RUNS: usize = 64;

    /// The runs to try for what reads `questions`: everything ordinary, all that may be empty empty, each answer of
    /// each question once, then pairs of answers where one is empty, then pairs that the form offers; [`Form::RUNS`] in all.
    pub(crate) fn sheets(&self, questions: &[usize]) -> Vec<Sheet> {
        let base = self.ordinary();
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
        // Round by round, so that a long enum does not push the others out.
        for answer in 1..questions.iter().map(|at| answers(*at)).max().unwrap_or(0) {
            for at in questions.iter().filter(|at| answer < answers(**at)) {
                add(self.with(&base, *at, answer));
            }
        }
        let pairs =
            || questions.iter().enumerate().flat_map(|(n, a)| questions.iter().skip(n + 1).map(move |b| (*a, *b)));
        // What a person writes freely is not tried against what a person writes freely.
        let offered = |at: usize, answer: usize| {
            self.questions.get(at).and_then(|question| Some(question.answers.get(answer)?.weight == Weight::Offered))
        };
        for empty in [true, false] {
            for (a, b) in pairs() {
                for one in 1..answers(a) {
                    for two in 1..answers(b) {
                        let has = |at, answer| self.questions.get(at).and_then(Question::empty) == Some(answer);
                        let wanted = match has(a, one) || has(b, two) {
                            true => empty,
                            false => !empty && offered(a, one) == Some(true) && offered(b, two) == Some(true),
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

    /// The inputs of a run, as Port sends them.
    pub(crate) fn inputs(&self, sheet: &Sheet) -> Map<String, Value> {
        let pair =
            |(at, question): (usize, &Question)| Some((question.key.clone()?, self.answer(sheet, at)?.value.clone()?));
        self.questions.iter().enumerate().filter_map(pair).collect()
    }

    /// The entity that a run is started on.
    pub(crate) fn entity(&self, sheet: &Sheet) -> Option<&Value> {
        let at = self.questions.iter().position(|question| question.key.is_none())?;
        self.answer(sheet, at)?.value.as_ref()
    }
}

impl Question {
    fn of(action: &Action, input: &Input, blueprints: &Blueprints<'_>) -> Self {
        let nothing = Value::Null;
        let rules = action.input_document(&input.key).unwrap_or(&nothing);
        let (mut answers, mut unknown) = if input.encryption.is_some() {
            (vec![free("AAECAwQFBgcICQoLDA0ODw==")], Vec::new())
        } else {
            let unknown = match target(rules) {
                Some(target) if input.is_entity => blueprints.entities(target).unknown,
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

    /// The entity that a run is started on, with all that it may have and with no more than it must.
    fn entity(blueprint: &str, blueprints: &Blueprints<'_>) -> Self {
        let Entities { whole, least, unknown } = blueprints.entities(blueprint);
        Self { key: None, answers: vec![free(whole), free(least)], unknown, needs: Vec::new() }
    }

    /// The answer that leaves it empty.
    pub(crate) fn empty(&self) -> Option<usize> {
        self.answers.iter().position(|answer| answer.value.is_none())
    }

    /// A person may write what is not tried here.
    pub(crate) fn is_open(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer.weight, Weight::Ranged | Weight::Free | Weight::Unknown))
    }

    /// A person writes text, alone or in a list, and the form does not say which.
    pub(crate) fn is_text(&self) -> bool {
        let text = |value: &Value| {
            value.is_string() || value.as_array().is_some_and(|items| items.iter().any(Value::is_string))
        };
        self.answers.iter().any(|answer| answer.weight == Weight::Free && answer.value.as_ref().is_some_and(text))
    }
}

/// A constant default is one of the answers, and the ordinary one. An entity's identifier says too little of it.
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

/// The blueprint whose entities an input offers.
fn target(rules: &Value) -> Option<&str> {
    rules.get("blueprint").or_else(|| rules.get("items")?.get("blueprint"))?.as_str()
}

/// Values that are legal under `rules`, an input's or a property's document.
fn values(rules: &Value, value_type: ValueType, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let by_jq = |key: &str| rules.get(key).is_some_and(|rule| rule.get("jqQuery").is_some());
    if let Some(choices) = rules.get("enum").and_then(Value::as_array).filter(|choices| !choices.is_empty()) {
        return choices.iter().map(|choice| Answer { value: Some(choice.clone()), weight: Weight::Offered }).collect();
    }
    let known = !by_jq("enum") && !by_jq("pattern");
    let is_entity = rules.get("format").is_some_and(|format| format == "entity");
    let found = match value_type {
        _ if !known => Vec::new(),
        ValueType::String | ValueType::Object if is_entity => entities(rules, blueprints),
        ValueType::String => texts(rules),
        ValueType::Number => numbers(rules),
        ValueType::Boolean => {
            [true, false].map(|value| Answer { value: Some(value.into()), weight: Weight::Offered }).into()
        }
        ValueType::Array => lists(rules, blueprints),
        ValueType::Object => objects(rules, blueprints),
    };
    if !found.is_empty() {
        return found;
    }
    let placeholder = match value_type {
        ValueType::String => json!("text"),
        ValueType::Number => json!(1),
        ValueType::Boolean => json!(true),
        ValueType::Object => json!({}),
        ValueType::Array => json!([]),
    };
    vec![Answer { value: Some(placeholder), weight: Weight::Unknown }]
}

fn free(value: impl Into<Value>) -> Answer {
    Answer { value: Some(value.into()), weight: Weight::Free }
}

/// The type that a document declares.
fn declared(rules: &Value) -> Option<ValueType> {
    ValueType::parse(rules.get("type")?.as_str()?)
}

fn texts(rules: &Value) -> Vec<Answer> {
    let bound = |key: &str| rules.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength"));
    let allowed = |text: &String| {
        let length = text.chars().count();
        length >= least && most.is_none_or(|most| length <= most)
    };
    if let Some(pattern) = rules.get("pattern").and_then(Value::as_str) {
        return pattern::examples(pattern).into_iter().filter(allowed).map(free).collect();
    }
    let format = rules.get("format").and_then(Value::as_str).unwrap_or_default();
    let fixed: &[&str] = match format {
        "date-time" => &["2026-01-31T12:00:00.000Z"],
        "url" => &["https://example.com/a?b=c"],
        "email" | "idn-email" => &["user@example.com"],
        "ipv4" => &["10.0.0.1"],
        "ipv6" => &["2001:db8::1"],
        "user" => &["user@example.com"],
        "team" => &["Platform"],
        "yaml" => &["key: value\n"],
        "timer" => &["2026-01-31T12:00:00.000Z"],
        // What it holds is not documented.
        "labeled-url" | "proto" | "blueprints" => return Vec::new(),
        _ => &[],
    };
    if !fixed.is_empty() {
        return fixed.iter().map(|text| (*text).to_owned()).filter(allowed).map(free).collect();
    }
    let fitted = |text: &str| {
        let length = text.chars().count().max(least).min(most.unwrap_or(usize::MAX)).min(LONG.max(least));
        text.chars().cycle().take(length).collect::<String>()
    };
    if least > LONGEST {
        return Vec::new();
    }
    let long = "x".repeat(most.unwrap_or(LONG).min(LONGEST).max(least));
    let mut texts: Vec<String> = Vec::new();
    for text in [Some(fitted("text")), Some(fitted("A b, #1 (é) 😀")), (least == 0).then(String::new), Some(long)] {
        texts.extend(text.filter(|text| !texts.contains(text)));
    }
    texts.into_iter().map(free).collect()
}

/// Characters of a long text where the form sets no maximum.
const LONG: usize = 256;
/// Characters of the longest text that is tried.
const LONGEST: usize = 2000;

fn numbers(rules: &Value) -> Vec<Answer> {
    /// Beyond what a person counts, and computed with safely.
    const FAR: f64 = 1e9;
    let bound = |key: &str| rules.get(key).and_then(Value::as_f64);
    let inside = |bound: f64, step: f64, other: Option<f64>| match other {
        Some(other) if (other - bound).abs() <= step.abs() => f64::midpoint(bound, other),
        _ => bound + step,
    };
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    let least =
        minimum.or_else(|| bound("exclusiveMinimum").map(|b| inside(b, 1.0, maximum.or(bound("exclusiveMaximum")))));
    let most = maximum.or_else(|| bound("exclusiveMaximum").map(|b| inside(b, -1.0, least)));
    let within = |number: f64| least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
    let ordinary = 1_f64.max(least.unwrap_or(f64::MIN)).min(most.unwrap_or(f64::MAX));
    let candidates = [
        (Some(ordinary), Weight::Ranged),
        (least, Weight::Ranged),
        (most, Weight::Ranged),
        (Some(0.0), Weight::Ranged),
        (Some(1.5), Weight::Free),
        (least.is_none().then_some(-FAR), Weight::Free),
        (most.is_none().then_some(FAR), Weight::Free),
    ];
    let mut answers: Vec<Answer> = Vec::new();
    for (number, weight) in candidates {
        let value = number.filter(|number| within(*number)).and_then(json_number);
        if value.is_some() && !answers.iter().any(|answer| answer.value == value) {
            answers.push(Answer { value, weight });
        }
    }
    answers
}

/// Whole where it is.
#[expect(clippy::cast_possible_truncation, reason = "only where it is whole and small")]
fn json_number(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

fn lists(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let Some(items) = rules.get("items") else { return Vec::new() };
    let by_jq = |key: &str| rules.get(key).is_some_and(Value::is_object);
    let Some(item_type) = declared(items).filter(|_| !by_jq("minItems") && !by_jq("maxItems")) else {
        return Vec::new();
    };
    let elements = values(items, item_type, blueprints);
    if elements.iter().any(|element| element.weight == Weight::Unknown) {
        return Vec::new();
    }
    let bound = |key: &str| rules.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(usize::MAX));
    let unique = rules.get("uniqueItems") == Some(&Value::Bool(true));
    let of = |count: usize| -> Option<Answer> {
        let wanted = (least..=most.min(MANY)).contains(&count) && (!unique || count <= elements.len());
        let list =
            || elements.iter().cycle().take(count).filter_map(|element| element.value.clone()).collect::<Value>();
        wanted.then(list).map(free)
    };
    let mut answers: Vec<Answer> = of(least.max(1)).into_iter().collect();
    if least <= 1 && most >= 1 {
        let alone = |element: &Answer| Answer { value: element.value.clone().map(|value| json!([value])), ..*element };
        answers.extend(elements.iter().skip(1).map(alone));
        if let Some(first) = answers.first_mut() {
            first.weight = elements.first().map_or(Weight::Free, |element| element.weight);
        }
    }
    let wide = if most <= MANY { most } else { 2.max(least) };
    answers.extend([0, wide].into_iter().filter_map(of));
    answers
}

/// Elements of the longest list that is tried.
const MANY: usize = 20;

fn objects(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let Some(properties) = rules.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let required =
        |key: &str| rules.get("required").and_then(Value::as_array).is_some_and(|keys| keys.iter().any(|k| k == key));
    let mut whole = Map::new();
    for (key, rules) in properties {
        let Some(value_type) = declared(rules) else { return Vec::new() };
        let Some(Answer { value: Some(value), weight }) = values(rules, value_type, blueprints).into_iter().next()
        else {
            return Vec::new();
        };
        if weight == Weight::Unknown {
            return Vec::new();
        }
        whole.insert(key.clone(), value);
    }
    let least: Map<String, Value> =
        whole.iter().filter(|(key, _)| required(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut answers = vec![free(whole)];
    if answers.first().and_then(|answer| answer.value.as_ref()?.as_object()) != Some(&least) {
        answers.push(free(least));
    }
    answers
}

/// Entities that a person may choose: an ordinary one, and one whose title is anything but an identifier.
fn entities(rules: &Value, blueprints: &Blueprints<'_>) -> Vec<Answer> {
    let name = rules.get("blueprint").and_then(Value::as_str).unwrap_or("sample");
    let chosen = blueprints.entities(name).whole;
    let mut other = chosen.clone();
    if let Value::Object(other) = &mut other {
        other.insert("identifier".to_owned(), "other:sample/1".into());
        other.insert("title".to_owned(), "A b, #1 (é) 😀".into());
    }
    vec![free(chosen), free(other)]
}

/// Texts of many shapes, for a template that takes text apart: when one of them works, what goes wrong with another
/// is a matter of what a person writes.
pub(crate) const SHAPES: [&str; 22] = [
    "7",
    "-1.5",
    "true",
    "[]",
    "[\"a\"]",
    "{}",
    "{\"a\":1}",
    "\"a\"",
    "a/b/c",
    "a-b-c",
    "a,b,c",
    "a.b.c",
    "a:b:c",
    "a_b_c",
    "a b c",
    "k=v",
    "a\nb",
    "https://example.com/a/b?c=d#e",
    "user@example.com",
    "2026-01-31T12:00:00Z",
    "2026-01-31",
    "YWJj",
];
