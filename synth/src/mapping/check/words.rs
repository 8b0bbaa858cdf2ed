//! The wording of a finding: when a fault happens, and what to write instead.

use documents::wording::join;
use model::jq::with_alternative;
use model::{Presence, ValueType, template};
use serde_json::Value;

use super::fault::{Class, Fault};
use super::field::{Field, Group, Name, Wanted};
use super::search::Broken;
use crate::mapping::fit;
use crate::mapping::sample::{Form, Question};

/// Says when a fault happens: "when `title` is left empty: ". Returns nothing if it happens in every run, or whenever the
/// only relevant input is filled in.
pub(super) fn when(form: &Form, wanted: &Wanted<'_>, because: &[(usize, Vec<usize>)]) -> String {
    let mut clauses: Vec<(Vec<String>, String)> = Vec::new();
    for (at, failing) in because {
        let Some(question) = form.questions.get(*at) else { continue };
        let (subject, is) = if let Some(key) = &question.key {
            (format!("`{key}`"), answers(form, *at, failing))
        } else {
            let what = if failing.contains(&0) { "more than" } else { "only what" };
            ("the entity".to_owned(), format!("has {what} `{}` requires", wanted.blueprint.identifier))
        };
        match clauses.iter_mut().find(|(_, said)| *said == is) {
            Some((subjects, _)) => subjects.push(subject),
            None => clauses.push((vec![subject], is)),
        }
    }
    if let [(_, is)] = clauses.as_slice()
        && is == FILLED_IN
    {
        return String::new();
    }
    let clause = |(subjects, is): (Vec<String>, String)| {
        let verb = match (is.starts_with("has"), subjects.len()) {
            (true, _) => "",
            (false, 1) => "is ",
            (false, _) => "are ",
        };
        format!("{} {verb}{is}", join(&subjects, "and"))
    };
    let clauses: Vec<String> = clauses.into_iter().map(clause).collect();
    if clauses.is_empty() { String::new() } else { format!("when {}: ", join(&clauses, "and")) }
}

const FILLED_IN: &str = "filled in";

/// Describes answers: "left empty", "filled in", "`a` or `b`"; for free text, one example.
fn answers(form: &Form, question: usize, failing: &[usize]) -> String {
    let Some(question) = form.questions.get(question) else { return String::new() };
    let empty = question.empty();
    let is_empty = |answer: &usize| Some(*answer) == empty;
    let values: Vec<Value> = failing
        .iter()
        .filter(|answer| !is_empty(answer))
        .filter_map(|answer| question.answers.get(*answer)?.value.clone())
        .collect();
    let mut words = Vec::new();
    if failing.iter().any(is_empty) {
        words.push("left empty".to_owned());
    }
    if question.is_filled_in(failing) {
        words.push(FILLED_IN.to_owned());
    } else if question.is_open() {
        words.extend(values.first().map(example));
    } else if !values.is_empty() {
        words.push(fit::choice(&values));
    }
    join(&words, "or")
}

/// Writes a value as an example.
fn example(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 40 => format!("{} characters long", text.chars().count()),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Object(map) if map.contains_key("identifier") => {
            format!("an entity titled {}", fit::quote(map.get("title").unwrap_or(value)))
        }
        other => fit::quote(other),
    }
}

/// Returns the code of a fault. A value that is missing because an input is empty has its own code.
pub(super) fn code(form: &Form, broken: &Broken) -> &'static str {
    let fault = &broken.fault;
    if fault.class == Class::Nothing && fault.code == "required-unset" && emptied(form, broken).is_some() {
        return "optional-input";
    }
    fault.code
}

/// Returns the first input that causes the fault by being left empty.
fn emptied<'f>(form: &'f Form, broken: &Broken) -> Option<&'f str> {
    broken.because.iter().find_map(|(at, failing)| {
        let question = form.questions.get(*at)?;
        failing.contains(&question.empty()?).then_some(question.key.as_deref()?)
    })
}

/// Returns what to write instead.
pub(super) fn help(form: &Form, wanted: &Wanted<'_>, field: &Field, broken: &Broken) -> Option<String> {
    let fault = &broken.fault;
    let expression = field.value().as_str().and_then(template::sole_expression);
    if let Some(input) = emptied(form, broken).and_then(|key| wanted.action.input(key))
        && matches!(fault.class, Class::Nothing | Class::Fails | Class::Wrong)
    {
        let value = fallback(field, wanted, &input.key);
        let sure = match input.presence {
            Presence::Depends => "make sure that the form always requires it",
            _ => "make the input `required`",
        };
        return Some(
            match expression.and_then(|expression| with_alternative(expression, &reference(&input.key), &value)) {
                Some(better) => format!("add a fallback, for example `{{{{ {better} }}}}`, or {sure}"),
                None => format!("add a fallback for `{}` with `//`, or {sure}", reference(&input.key)),
            },
        );
    }
    let reason = broken.because.iter().find_map(|(at, _)| form.questions.get(*at));
    match fault.class {
        Class::Nothing => None,
        Class::Fails => {
            let question = reason?;
            let Some(key) = &question.key else {
                return Some("add a fallback for what an entity may lack: `(.entity.… // \"…\")`".to_owned());
            };
            Some(if question.is_text() {
                format!("restrict `{key}` in the form with `enum`, `pattern` or another `type`")
            } else if question.is_open() {
                format!("restrict `{key}` in the form, for example with `minimum` or `maximum`")
            } else {
                format!("check how the template handles this value of `{key}`")
            })
        }
        Class::Wrong if fault.code == "illegal-identifier" => Some(match expression {
            Some(expression) => {
                format!("use `{{{{ {expression} | slug }}}}`, which turns any text into a legal identifier")
            }
            None => "use `{{ … | slug }}`, which turns any text into a legal identifier".to_owned(),
        }),
        Class::Wrong | Class::Odd => {
            let question = form.questions.iter().find(|question| question.key.is_some() && question.key == field.plain);
            conversion(wanted, field, fault, expression, question.is_none_or(Question::is_open))
        }
        Class::Outside => {
            let mirror = fault.mirror.as_ref()?;
            let input = field.plain.as_ref().and_then(|key| wanted.action.input(key))?;
            let same = format!("add {mirror} to input `{}`", input.key);
            Some(match fault.code {
                "enum-mismatch" => format!("{same}, or choose a value with `if … then … else … end`"),
                _ => same,
            })
        }
    }
}

/// Writes `.inputs.cpu`, or `.inputs["my-input"]` if the key is not a jq name.
fn reference(key: &str) -> String {
    format!(".inputs{}", crate::mapping::complete::field(key))
}

/// Returns what replaces an empty input.
fn fallback(field: &Field, wanted: &Wanted<'_>, input: &str) -> String {
    let choice = match wanted.action.input(input).map(|input| input.value_type) {
        Some(ValueType::Number) => "1",
        Some(ValueType::Boolean) => "false",
        Some(ValueType::Array) => "[]",
        _ if matches!(field.name, Name::Meta("identifier" | "title")) => ".run.id",
        _ => "\"…\"",
    };
    choice.to_owned()
}

/// Returns the jq that converts one type to another.
fn conversion(
    wanted: &Wanted<'_>,
    field: &Field,
    fault: &Fault,
    expression: Option<&str>,
    is_open: bool,
) -> Option<String> {
    let expression = expression?;
    let found = ValueType::of(&fault.value)?;
    let input = field.plain.as_ref().and_then(|key| wanted.action.input(key));
    let is_entity = input.is_some_and(|input| input.is_entity);
    let expected = match &field.name {
        Name::Pair(Group::Properties, key) => wanted.blueprint.property(key)?.value_type,
        Name::Pair(Group::Relations, key) if wanted.blueprint.relation(key)?.many => ValueType::Array,
        _ => ValueType::String,
    };
    Some(match (found, expected) {
        (ValueType::Object, ValueType::String) if is_entity => {
            let part = if field.name == Name::Meta("title") { "title" } else { "identifier" };
            format!("an entity input is an object; use `{{{{ {expression}.{part} }}}}`")
        }
        (ValueType::Array, ValueType::Array) if is_entity => {
            format!("entity inputs are objects; use `{{{{ {expression} | map(.identifier) }}}}`")
        }
        (ValueType::Array, ValueType::String) => {
            format!("to join the list to a string, use `{{{{ {expression} | join(\", \") }}}}`")
        }
        (ValueType::String, ValueType::Number) => match input {
            // A choice that is not a number now will not be one in a run.
            Some(input) if !is_open && fault.value.as_str().is_none_or(|text| text.parse::<f64>().is_err()) => {
                format!("make input `{}` a number, or use an input of type `number`", input.key)
            }
            Some(input) => {
                format!("make input `{}` a number, or convert it with `{{{{ {expression} | tonumber }}}}`", input.key)
            }
            None => format!("to convert it to a number, use `{{{{ {expression} | tonumber }}}}`"),
        },
        (ValueType::Number | ValueType::Boolean, ValueType::String) => {
            format!("to convert it to a string, use `{{{{ {expression} | tostring }}}}`")
        }
        (ValueType::Object, ValueType::Array) if is_entity => {
            format!("an entity input is an object; use `{{{{ [{expression}.identifier] }}}}`")
        }
        (ValueType::String, ValueType::Array) => format!("to put it into a list, use `{{{{ [{expression}] }}}}`"),
        _ => return None,
    })
}
