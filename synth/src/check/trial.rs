//! Runs of one action on samples: from the form, by the message, to what the handler's templates see.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use model::jq::{Context, Program};
use model::template::Tree;
use model::{Action, Message, Operation, Run};
use serde_json::{Map, Value, json};

use super::field::{Field, Name, Wanted};
use super::search::{Class, Fault, Scope};
use crate::sample::{Form, Sheet, Weight};

/// The id of every sample run.
pub(super) const RUN_ID: &str = "r_q2mGf9ZYkFRnZJjB";

/// One action on its way through samples.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) form: Form,
    program: &'a Program,
    /// The author's own payload; without one the message hands everything on.
    payload: Option<&'a Tree>,
    /// What the handler's templates see, by run. None where there is no message that it could read.
    contexts: RefCell<BTreeMap<Sheet, Option<Rc<Context>>>>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(wanted: Wanted<'a>, form: Form, program: &'a Program, payload: Option<&'a Tree>) -> Self {
        Self { wanted, form, program, payload, contexts: RefCell::default() }
    }

    /// Which questions a field reads, and what of them.
    pub(super) fn scope(&self, field: &Field) -> Scope {
        let reads = &field.reads;
        // An own payload may make any input of any other.
        let all = reads.all_inputs || (self.payload.is_some() && !reads.nothing());
        let is_read = |key: &Option<String>| match key {
            Some(key) => all || reads.inputs.contains(key),
            None => reads.entity,
        };
        let questions = self.form.questions.iter().enumerate().filter(|(_, question)| is_read(&question.key));
        Scope {
            questions: questions.map(|(at, _)| at).collect(),
            invented: reads.entity || !reads.trigger.is_empty(),
            source: field.template.to_string().replace("\\\"", "\""),
        }
    }

    /// What is wrong with the value that a field yields in a run.
    pub(super) fn probe(
        &self,
        field: &Field,
        scope: &Scope,
        sheet: &Sheet,
        instead: Option<(usize, &Value)>,
    ) -> Vec<Fault> {
        let plain = field.plain();
        let mut placeholder = false;
        for at in &scope.questions {
            let Some(question) = self.form.questions.get(*at) else { continue };
            let Some(answer) = self.form.answer(sheet, *at).filter(|answer| answer.value.is_some()) else { continue };
            if answer.weight == Weight::Unknown {
                if plain.is_none() || plain != question.key {
                    return Vec::new();
                }
                placeholder = true;
            }
            if question.unknown.iter().any(|word| field.reads.words.contains(word)) {
                return Vec::new();
            }
        }
        let Some(tree) = &field.tree else { return Vec::new() };
        let mut faults = match (plain, self.payload) {
            // Handed on as it is: what jq would make of it is known.
            (Some(key), None) => {
                let at = self.form.questions.iter().position(|question| question.key.as_ref() == Some(&key));
                let value = match instead {
                    Some((question, value)) if Some(question) == at => Some(value),
                    _ => at.and_then(|at| self.form.answer(sheet, at)?.value.as_ref()),
                };
                self.handed_on(field, value)
            }
            _ => {
                let Some(context) = self.context(sheet, instead) else { return Vec::new() };
                self.rendered(field, tree, &context)
            }
        };
        if placeholder {
            faults.retain(|fault| fault.class == Class::Wrong);
        }
        faults
    }

    fn handed_on(&self, field: &Field, value: Option<&Value>) -> Vec<Fault> {
        match &field.name {
            Name::Pair(_, key) => {
                let pair = value.map(|value| (key.clone(), value.clone()));
                self.wanted.faults(field, &Value::Object(pair.into_iter().collect()))
            }
            _ => self.wanted.faults(field, value.unwrap_or(&Value::Null)),
        }
    }

    fn rendered(&self, field: &Field, tree: &Tree, context: &Context) -> Vec<Fault> {
        let value = match &field.name {
            Name::Meta(_) => tree.render(self.program, context),
            Name::Pair(..) | Name::Whole(_) => tree.render_fields(self.program, context).map(Value::Object),
        };
        match value {
            Ok(value) => self.wanted.faults(field, &value),
            Err(failure) => {
                let why = self.program.why(&failure, context).map_or_else(String::new, |why| format!(": {why}"));
                vec![Fault {
                    pointer: field.pointer(),
                    code: "jq-fails",
                    class: Class::Fails,
                    words: format!("`{}` does not work{why}", failure.source_text),
                    value: Value::Null,
                    mirror: None,
                }]
            }
        }
    }

    fn context(&self, sheet: &Sheet, instead: Option<(usize, &Value)>) -> Option<Rc<Context>> {
        if instead.is_some() {
            return self.run(sheet, instead).map(|run| Rc::new(Context::from(&run.context())));
        }
        if let Some(context) = self.contexts.borrow().get(sheet) {
            return context.clone();
        }
        let context = self.run(sheet, None).map(|run| Rc::new(Context::from(&run.context())));
        self.contexts.borrow_mut().insert(sheet.clone(), context.clone());
        context
    }

    /// The run as the handler has it when it renders an entity.
    pub(super) fn run(&self, sheet: &Sheet, instead: Option<(usize, &Value)>) -> Option<Run> {
        let (action, operation) = (self.wanted.action, self.wanted.operation);
        let mut inputs = self.form.inputs(sheet);
        let mut entity = self.form.entity(sheet).cloned();
        if let Some((question, value)) = instead {
            match self.form.questions.get(question)?.key.clone() {
                Some(key) => drop(inputs.insert(key, value.clone())),
                None => entity = Some(value.clone()),
            }
        }
        let message = match self.payload {
            Some(payload) => {
                let context = Context::from(&port_context(action, operation, inputs, entity));
                Message::read(payload.render(self.program, &context).ok()?)?
            }
            None => message(action, operation, inputs, entity),
        };
        let mut run = Run::asked_by(message, &action.identifier, &action.blueprint, operation)?;
        // The handler takes them out before anything is rendered.
        for input in action.inputs.iter().filter(|input| input.encryption.is_some()) {
            run.inputs.remove(&input.key);
        }
        Some(run)
    }
}

/// The message that our own payload makes; a test holds it to that.
fn message(action: &Action, operation: Operation, inputs: Map<String, Value>, entity: Option<Value>) -> Message {
    let object = |value: Value| if let Value::Object(map) = value { map } else { Map::new() };
    Message {
        action: action.identifier.clone(),
        blueprint: Some(action.blueprint.clone()),
        run_id: Some(RUN_ID.to_owned()),
        entity: entity.map(object),
        inputs,
        trigger: object(trigger(operation)),
    }
}

/// What Port gives a payload's templates.
pub(super) fn port_context(
    action: &Action,
    operation: Operation,
    inputs: Map<String, Value>,
    entity: Option<Value>,
) -> Value {
    let is_encrypted = |key: &String| action.input(key).is_some_and(|input| input.encryption.is_some());
    let encrypted: Vec<&String> = inputs.keys().filter(|key| is_encrypted(key)).collect();
    let action = json!({
        "identifier": action.identifier,
        "blueprint": action.blueprint,
        "encryptedProperties": encrypted,
    });
    json!({
        "inputs": inputs,
        "entity": entity.unwrap_or_else(|| json!({})),
        "event": null,
        "secrets": {},
        "run": { "id": RUN_ID },
        "action": action,
        "trigger": trigger(operation),
    })
}

/// Who started the run, when, and where from.
fn trigger(operation: Operation) -> Value {
    json!({
        "by": {
            "orgId": "org_sample",
            "userId": "auth0|sample",
            "user": { "id": "auth0|sample", "email": "user@example.com", "firstName": "Sam", "lastName": "Ple" },
        },
        "origin": "UI",
        "at": "2026-01-01T00:00:00.000Z",
        "operation": operation.as_str(),
    })
}

/// A path below `.trigger` that every message has.
pub(super) fn is_known_trigger(path: &[String]) -> bool {
    let trigger = trigger(Operation::Create);
    path.iter().try_fold(&trigger, |value, name| value.get(name)).is_some()
}
