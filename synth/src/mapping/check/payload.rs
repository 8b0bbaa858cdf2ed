//! Custom payloads: rendered like Port, and read like the handler.

use documents::lift;
use model::Operation;
use serde_json::Value;

use super::fault::{Class, Fault, Scope};
use super::reads::Reads;
use super::search::{self, Broken};
use super::trial::{RUN_ID, Trial};
use crate::mapping::sample::{Instead, Sheet, Weight};

/// Returns the help for every fault: the required parts of our own payload.
pub(super) fn help() -> String {
    let needed = ["action", "context", "inputs"];
    let mut payload = lift::payload();
    if let Value::Object(pairs) = &mut payload {
        pairs.retain(|key, _| needed.contains(&key.as_str()));
    }
    let text = format!("{payload:#}");
    let pairs = text.trim_start_matches("{\n  ").trim_end_matches("\n}").replace("\n  ", "\n");
    format!("remove `payload` to use the default payload, or add these keys to yours:\n{pairs}")
}

/// Returns the name of the action in an ordinary message.
pub(super) fn name(trial: &Trial<'_>) -> Option<String> {
    trial.message(&Sheet::new(), None).ok().map(|message| message.action)
}

/// Returns what is wrong with the messages, each with the smallest run that shows it.
pub(super) fn faults(trial: &Trial<'_>, template: &Value) -> Vec<Broken> {
    let name = name(trial);
    let unsure = is_unsure(trial, template);
    let scope = Scope { questions: (0..trial.form.questions.len()).collect(), invented: false, source: String::new() };
    let probe = |sheet: &Sheet, instead: Instead<'_>| read(trial, sheet, instead, name.as_deref(), unsure);
    search::search(&trial.form, &scope, &probe)
}

/// Returns whether a payload computes with unknown values.
fn is_unsure(trial: &Trial<'_>, template: &Value) -> bool {
    let words = Reads::new(template).words;
    trial.form.questions.iter().any(|question| {
        let placeholder = question.answers.iter().any(|answer| answer.weight == Weight::Unknown);
        question.unknown.iter().any(|word| words.contains(word))
            || (placeholder && question.key.as_ref().is_some_and(|key| words.contains(key)))
    })
}

fn read(trial: &Trial<'_>, sheet: &Sheet, instead: Instead<'_>, name: Option<&str>, unsure: bool) -> Vec<Fault> {
    let wrong = |code, words: String| vec![Fault { words, ..Fault::new(String::new(), code, Class::Nothing) }];
    let message = match trial.message(sheet, instead) {
        Ok(message) => message,
        Err(fault) if fault.class == Class::Fails && unsure => return Vec::new(),
        Err(fault) => return vec![*fault],
    };
    if message.run_id.as_deref() != Some(RUN_ID) {
        let words = "this payload does not carry the run's id, so the function could not report the result";
        return wrong("payload-without-run", words.to_owned());
    }
    if message.blueprint.as_deref() != Some(trial.wanted.action.blueprint.as_str()) {
        let words = "this payload does not name the blueprint of the run in `context.blueprint`";
        return wrong("payload-without-blueprint", words.to_owned());
    }
    let entity = message.entity.as_ref().and_then(|entity| entity.get("identifier")?.as_str());
    if trial.wanted.operation != Operation::Create && entity.is_none() {
        let words = "this payload does not name the entity of the run in `context.entity`";
        return wrong("payload-without-entity", words.to_owned());
    }
    if let Some(name) = name.filter(|name| *name != message.action) {
        let words = format!("this payload calls the action `{}`, but in other runs `{name}`", message.action);
        return wrong("payload-unreadable", words);
    }
    let kept = |key: &String| message.inputs.get(key).is_some_and(|value| !value.is_null());
    let questions = trial.form.questions.iter().enumerate();
    let sent = questions.filter(|(at, _)| trial.form.answer(sheet, *at).is_some_and(|answer| answer.value.is_some()));
    let dropped = sent.filter_map(|(_, question)| question.key.as_ref()).filter(|key| !kept(key)).map(|key| {
        let words =
            format!("this payload does not carry input `{key}`; the function reads `inputs` or `payload.properties`");
        Fault { words, ..Fault::new(key.clone(), "payload-drops-input", Class::Nothing) }
    });
    dropped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_shows_parts_of_a_payload() {
        assert_eq!(
            help(),
            r#"remove `payload` to use the default payload, or add these keys to yours:
"action": "{{ .action.identifier }}",
"context": {
  "runId": "{{ .run.id }}",
  "blueprint": "{{ .action.blueprint }}",
  "entity": "{{ .entity.identifier }}"
},
"inputs": "{{ .inputs }}""#
        );
    }
}
