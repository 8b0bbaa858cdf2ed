//! Runs of one action on samples: from the form, by the message, to what the handler's templates see.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use model::jq::{Context, Program, RenderError};
use model::template::Tree;
use model::{Action, Message, Operation, Run};
use serde_json::{Map, Value, json};

use super::fault::{Class, Fault, Scope};
use super::field::{Field, Name, Wanted};
use crate::mapping::sample::{Form, Instead, Sheet, Weight};

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
    /// What the contexts of all runs share where the message hands everything on.
    shared: OnceCell<Context>,
    /// Those that the author's own payload makes.
    messages: RefCell<BTreeMap<Sheet, Result<Message, Box<Fault>>>>,
    contexts: RefCell<BTreeMap<Sheet, Option<Context>>>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(wanted: Wanted<'a>, form: Form, program: &'a Program, payload: Option<&'a Tree>) -> Self {
        Self {
            wanted,
            form,
            program,
            payload,
            shared: OnceCell::new(),
            messages: RefCell::default(),
            contexts: RefCell::default(),
        }
    }

    /// The same with our own payload.
    pub(super) fn without_payload(self) -> Self {
        Self::new(self.wanted, self.form, self.program, None)
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
    pub(super) fn probe(&self, field: &Field, scope: &Scope, sheet: &Sheet, instead: Instead<'_>) -> Vec<Fault> {
        let mut placeholder = false;
        for at in &scope.questions {
            let Some(question) = self.form.questions.get(*at) else { continue };
            let Some(answer) = self.form.answer(sheet, *at).filter(|answer| answer.value.is_some()) else { continue };
            if answer.weight == Weight::Unknown {
                if field.plain.is_none() || field.plain != question.key {
                    return Vec::new();
                }
                placeholder = true;
            }
            if question.unknown.iter().any(|word| field.reads.words.contains(word)) {
                return Vec::new();
            }
        }
        let Some(tree) = &field.tree else { return Vec::new() };
        let mut faults = if let (Some(key), None) = (&field.plain, self.payload) {
            // Handed on as it is: what jq would make of it is known.
            let at = self.form.questions.iter().position(|question| question.key.as_ref() == Some(key));
            let value = match instead {
                Some((question, value)) if Some(question) == at => Some(value),
                _ => at.and_then(|at| self.form.answer(sheet, at)?.value.as_ref()),
            };
            self.wanted.handed_on(field, value)
        } else {
            let Some(context) = self.context(sheet, instead) else { return Vec::new() };
            self.rendered(field, tree, &context)
        };
        if placeholder {
            faults.retain(|fault| fault.class == Class::Wrong);
        }
        faults
    }

    fn rendered(&self, field: &Field, tree: &Tree, context: &Context) -> Vec<Fault> {
        let value = match &field.name {
            Name::Meta(_) => tree.render(self.program, context),
            Name::Pair(..) | Name::Whole(_) => tree.render_fields(self.program, context).map(Value::Object),
        };
        match value {
            Ok(value) => self.wanted.faults(field, &value),
            Err(failure) => vec![self.fails(field.pointer(), "jq-fails", &failure, context, "does not work")],
        }
    }

    /// jq reports an error. Its own words quote the sample, and nothing of anybody's.
    fn fails(
        &self,
        pointer: String,
        code: &'static str,
        failure: &RenderError,
        context: &Context,
        so: &'static str,
    ) -> Fault {
        let why = self.program.why(failure, context).map_or_else(String::new, |why| format!(": {why}"));
        let words = format!("`{}` {so}{why}", failure.source_text);
        Fault { words, ..Fault::new(pointer, code, Class::Fails) }
    }

    /// What the handler's templates see; None where there is no message that it could read.
    fn context(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Context> {
        cached(&self.contexts, sheet, instead, || match self.payload {
            Some(_) => self.run(sheet, instead).map(|run| Context::from(&run.context())),
            None => self.handed_on(sheet, instead),
        })
    }

    /// The context where the message hands on what Port gave. It shares with those of other runs what is the same there:
    /// a check of a thousand actions takes 1.12 times as long when every context is made of its run.
    fn handed_on(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Context> {
        if self.shared.get().is_none() {
            let run = self.run(&self.form.ordinary(), None)?;
            let _ = self.shared.set(Context::from(&run.context()));
        }
        let (mut inputs, entity) = self.given(sheet, instead);
        self.take_out(&mut inputs);
        let context = self.shared.get()?.with("inputs", &Value::Object(inputs));
        Some(if let Some(entity) = entity { context.with("entity", &entity) } else { context })
    }

    /// The run as the handler has it when it renders an entity.
    pub(super) fn run(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Run> {
        let action = self.wanted.action;
        let message = self.message(sheet, instead).ok()?;
        let mut run = Run::asked_by(message, &action.identifier, &action.blueprint, self.wanted.operation)?;
        self.take_out(&mut run.inputs);
        Some(run)
    }

    /// The handler takes encrypted inputs out before anything is rendered.
    fn take_out(&self, inputs: &mut Map<String, Value>) {
        for input in self.wanted.action.inputs.iter().filter(|input| input.encryption.is_some()) {
            inputs.remove(&input.key);
        }
    }

    /// The message of a run as the handler reads it.
    pub(super) fn message(&self, sheet: &Sheet, instead: Instead<'_>) -> Result<Message, Box<Fault>> {
        match self.payload {
            Some(payload) => cached(&self.messages, sheet, instead, || self.rendered_message(payload, sheet, instead)),
            None => Ok(self.ours(sheet, instead)),
        }
    }

    fn rendered_message(&self, payload: &Tree, sheet: &Sheet, instead: Instead<'_>) -> Result<Message, Box<Fault>> {
        let context = self.port_context(sheet, instead);
        let rendered = payload.render(self.program, &context).map_err(|failure| {
            let so = "does not work, and this payload does not render";
            Box::new(self.fails(String::new(), "payload-broken", &failure, &context, so))
        })?;
        Message::read(rendered).ok_or_else(|| {
            let words = "the runner would not read this payload as a run: no `action` at its root".to_owned();
            Box::new(Fault { words, ..Fault::new(String::new(), "payload-unreadable", Class::Nothing) })
        })
    }

    /// The message that our own payload makes; a test holds it to that. Rendering that payload for every run doubles the
    /// time of a check (1.9 times, on a thousand actions).
    fn ours(&self, sheet: &Sheet, instead: Instead<'_>) -> Message {
        let action = self.wanted.action;
        let (inputs, entity) = self.given(sheet, instead);
        Message {
            action: action.identifier.clone(),
            blueprint: Some(action.blueprint.clone()),
            run_id: Some(RUN_ID.to_owned()),
            entity: entity.map(object),
            inputs,
            trigger: object(trigger(self.wanted.operation)),
        }
    }

    /// What Port gives a payload's templates.
    fn port_context(&self, sheet: &Sheet, instead: Instead<'_>) -> Context {
        let (inputs, entity) = self.given(sheet, instead);
        Context::from(&json!({
            "action": named(self.wanted.action, &inputs),
            "inputs": inputs,
            "entity": entity.unwrap_or_else(|| json!({})),
            "event": null,
            "secrets": {},
            "run": { "id": RUN_ID },
            "trigger": trigger(self.wanted.operation),
        }))
    }

    /// The inputs and the entity of a run.
    fn given(&self, sheet: &Sheet, instead: Instead<'_>) -> (Map<String, Value>, Option<Value>) {
        let mut inputs = self.form.inputs(sheet);
        let mut entity = self.form.entity(sheet).cloned();
        if let Some((at, value)) = instead
            && let Some(question) = self.form.questions.get(at)
        {
            match &question.key {
                Some(key) => drop(inputs.insert(key.clone(), value.clone())),
                None => entity = Some(value.clone()),
            }
        }
        (inputs, entity)
    }
}

/// What is made of a sheet, kept for the next time; with another value in the place of an answer there is none.
fn cached<T: Clone>(
    cache: &RefCell<BTreeMap<Sheet, T>>,
    sheet: &Sheet,
    instead: Instead<'_>,
    make: impl FnOnce() -> T,
) -> T {
    if instead.is_some() {
        return make();
    }
    if let Some(known) = cache.borrow().get(sheet) {
        return known.clone();
    }
    let new = make();
    cache.borrow_mut().insert(sheet.clone(), new.clone());
    new
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

/// `.action` of a payload.
fn named(action: &Action, inputs: &Map<String, Value>) -> Value {
    let encrypted = action.inputs.iter().filter(|input| input.encryption.is_some() && inputs.contains_key(&input.key));
    let encrypted: Vec<&str> = encrypted.map(|input| input.key.as_str()).collect();
    json!({ "identifier": action.identifier, "blueprint": action.blueprint, "encryptedProperties": encrypted })
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use model::jq::Expressions;

    use super::*;
    use crate::Findings;
    use crate::mapping::sample::Blueprints;
    use documents::source::Source;

    const INPUT: &str = r#"{
      "identifier": "vm", "title": "VM",
      "schema": {"properties": {"cpu": {"type": "number"}, "tags": {"type": "array"}}, "required": ["cpu"]},
      "relations": {"zone": {"target": "zone", "required": false, "many": false}},
      "actions": [
        {"identifier": "create", "title": "C", "trigger": "CREATE", "invocationMethod": "KAFKA", "userInputs": {"properties": {
          "title": {"type": "string"}, "cpu": {"type": "number"}, "key": {"type": "string", "encryption": "aes256-gcm"}, "vm": {"type": "string", "format": "entity", "blueprint": "vm"}}}},
        {"identifier": "resize", "title": "R", "trigger": "DAY-2", "invocationMethod": "KAFKA", "userInputs": {"properties": {"cpu": {"type": "number"}}}},
        {"identifier": "delete", "title": "D", "trigger": "DELETE", "invocationMethod": "KAFKA", "userInputs": {"properties": {}}}
      ]}"#;

    /// What is put together here without rendering our payload is what it renders to, and what is shared between
    /// contexts is what the handler's own would have.
    #[test]
    fn samples_see_what_the_handler_sees() {
        let mut findings = Findings::default();
        let catalog = documents::load(&Source::new(PathBuf::from("vm.json"), INPUT).into(), &mut findings);
        let blueprints: Blueprints<'_> = catalog.entries().map(|entry| &entry.blueprint).collect();
        let mut tried = 0;
        for (entry, _, action) in catalog.actions() {
            let model::Trigger::SelfService(operation) = action.trigger else { unreachable!() };
            let mut expressions = Expressions::default();
            let whole = expressions.add(".").unwrap();
            let payload = Tree::parse(&action.document["invocationMethod"]["payload"], &mut expressions).unwrap();
            let program = expressions.compile().unwrap();
            let wanted = Wanted { action, operation, blueprint: &entry.blueprint };
            let trial =
                |payload| Trial::new(wanted, Form::new(action, Some(operation), &blueprints), &program, payload);
            let (ours, rendered) = (trial(None), trial(Some(&payload)));
            let questions: Vec<usize> = (0..ours.form.questions.len()).collect();
            for sheet in ours.form.sheets(&questions) {
                let run = rendered.run(&sheet, None).unwrap().context();
                assert_eq!(ours.run(&sheet, None).unwrap().context(), run);
                for trial in [&ours, &rendered] {
                    let context = trial.context(&sheet, None).unwrap();
                    assert_eq!(program.evaluate(whole, &context).unwrap(), run);
                }
                assert!(run["inputs"].get("key").is_none());
                tried += 1;
            }
        }
        assert!(tried > 20, "{tried}");
    }
}
