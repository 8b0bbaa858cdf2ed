//! Payloads of an author's own: rendered as Port would, and read as the handler will.

use model::jq::{Context, Program};
use model::template::Tree;
use model::{Message, Operation};
use serde_json::Value;

use super::field::Wanted;
use super::reads::Reads;
use super::search::{self, Broken, Class, Fault, Scope};
use super::trial::{RUN_ID, port_context};
use crate::sample::{Form, Sheet, Weight};

/// What to write, whatever is wrong.
pub(super) const HELP: &str = r#"leave `payload` out and the runner's own is published, or add to its root
"action": "{{ .action.identifier }}",
"context": {
  "runId": "{{ .run.id }}",
  "blueprint": "{{ .action.blueprint }}",
  "entity": "{{ .entity.identifier }}"
},
"inputs": "{{ .inputs }}""#;

/// What a message is found to say of its run.
pub(super) struct Payload<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) form: &'a Form,
    pub(super) template: &'a Value,
    pub(super) tree: &'a Tree,
    pub(super) program: &'a Program,
}

impl Payload<'_> {
    /// What an ordinary message calls the action.
    pub(super) fn name(&self) -> Option<String> {
        Some(self.message(&self.form.ordinary(), None).ok()?.action)
    }

    /// What is wrong with it, each with the smallest run that shows it.
    pub(super) fn faults(&self) -> Vec<Broken> {
        let name = self.name();
        let scope =
            Scope { questions: (0..self.form.questions.len()).collect(), invented: false, source: String::new() };
        let probe = |sheet: &Sheet, instead: Option<(usize, &Value)>| self.read(sheet, instead, name.as_deref());
        search::search(self.form, &scope, &probe)
    }

    fn message(&self, sheet: &Sheet, instead: Option<(usize, &Value)>) -> Result<Message, Fault> {
        let mut inputs = self.form.inputs(sheet);
        let mut entity = self.form.entity(sheet).cloned();
        match instead.map(|(at, value)| (self.form.questions.get(at).and_then(|q| q.key.clone()), value)) {
            Some((Some(key), value)) => drop(inputs.insert(key, value.clone())),
            Some((None, value)) => entity = Some(value.clone()),
            None => {}
        }
        let context = Context::from(&port_context(self.wanted.action, self.wanted.operation, inputs, entity));
        let rendered = self.tree.render(self.program, &context).map_err(|failure| {
            let why = self.program.why(&failure, &context).map_or_else(String::new, |why| format!(": {why}"));
            let words = format!("`{}` does not work, and this payload does not render{why}", failure.source_text);
            fault("payload-broken", Class::Fails, words)
        })?;
        let words = "the runner would not read this payload as a run: no `action` at its root".to_owned();
        Message::read(rendered).ok_or_else(|| fault("payload-unreadable", Class::Nothing, words))
    }

    fn read(&self, sheet: &Sheet, instead: Option<(usize, &Value)>, name: Option<&str>) -> Vec<Fault> {
        let wrong = |code, words: String| vec![fault(code, Class::Nothing, words)];
        let message = match self.message(sheet, instead) {
            Ok(message) => message,
            Err(fault) if fault.class == Class::Fails && self.is_unsure() => return Vec::new(),
            Err(fault) => return vec![fault],
        };
        if message.run_id.as_deref() != Some(RUN_ID) {
            let words = "this payload does not carry the run's id, so nobody could be told what became of the run";
            return wrong("payload-without-run", words.to_owned());
        }
        if message.blueprint.as_deref() != Some(self.wanted.action.blueprint.as_str()) {
            let words = "the payload does not say in `context.blueprint` which blueprint the run belongs to";
            return wrong("payload-without-blueprint", words.to_owned());
        }
        if self.wanted.operation != Operation::Create
            && message.entity.as_ref().and_then(|entity| entity.get("identifier")?.as_str()).is_none()
        {
            let words = "the payload does not say which entity the run was started on";
            return wrong("payload-without-entity", words.to_owned());
        }
        if let Some(name) = name.filter(|name| *name != message.action) {
            let words = format!("the payload calls the action `{}`, and `{name}` otherwise", message.action);
            return wrong("payload-unreadable", words);
        }
        let kept = |key: &String| message.inputs.get(key).is_some_and(|value| !value.is_null());
        let sent = self.form.inputs(sheet);
        let dropped = sent.keys().filter(|key| !kept(key)).map(|key| {
            let words = format!("the payload drops input `{key}`: the runner reads `inputs` or `payload.properties`");
            Fault { pointer: key.clone(), ..fault("payload-drops-input", Class::Nothing, words) }
        });
        dropped.collect()
    }

    /// It computes with something of which nothing is known here.
    fn is_unsure(&self) -> bool {
        let words = Reads::of(self.template).words;
        self.form.questions.iter().any(|question| {
            let placeholder = question.answers.iter().any(|answer| answer.weight == Weight::Unknown);
            question.unknown.iter().any(|word| words.contains(word))
                || (placeholder && question.key.as_ref().is_some_and(|key| words.contains(key)))
        })
    }
}

fn fault(code: &'static str, class: Class, words: String) -> Fault {
    Fault { pointer: String::new(), code, class, words, value: Value::Null, mirror: None }
}
