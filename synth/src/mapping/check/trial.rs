//! Sample runs of one action: from the form, to the message, to the context of the handler's templates.

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

/// One action and its sample runs.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) form: Form,
    program: &'a Program,
    /// The custom payload. Without one, the message passes everything on.
    payload: Option<&'a Tree>,
    /// The shared part of all contexts, if the message passes everything on.
    shared: OnceCell<Context>,
    /// Messages rendered from the custom payload.
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

    /// Returns the same trial with our own payload.
    pub(super) fn without_payload(self) -> Self {
        Self::new(self.wanted, self.form, self.program, None)
    }

    /// Returns the part of the form that a field reads.
    pub(super) fn scope(&self, field: &Field) -> Scope {
        let reads = &field.reads;
        // A custom payload may derive any input from any other.
        let all = reads.all_inputs || (self.payload.is_some() && !reads.nothing());
        let entity = self.form.entity_place();
        let mut questions: Vec<usize> = if all {
            (0..self.form.questions.len()).filter(|at| Some(*at) != entity).collect()
        } else {
            reads.inputs.iter().filter_map(|key| self.form.place(key)).collect()
        };
        questions.extend(entity.filter(|_| reads.entity));
        questions.sort_unstable();
        Scope {
            questions,
            invented: reads.entity || !reads.trigger.is_empty(),
            source: field.template.to_string().replace("\\\"", "\""),
        }
    }

    /// Returns what is wrong with the value of a field in a run.
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
            // An input that is passed on unchanged needs no jq.
            let at = self.form.place(key);
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
            Name::Pair(..) | Name::Whole(_) => tree.render_fields(self.program, context, |_| Ok(())).map(Value::Object),
        };
        match value {
            Ok(value) => self.wanted.faults(field, &value),
            Err(failure) => vec![self.fails(field.pointer(), "jq-fails", &failure, context, "fails")],
        }
    }

    /// Returns the fault for an error of jq. Its message quotes only sample values.
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

    /// Returns the context of the handler's templates, or `None` if there is no readable message.
    fn context(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Context> {
        cached(&self.contexts, sheet, instead, || match self.payload {
            Some(_) => self.run(sheet, instead).map(|run| Context::from(&run.context())),
            None => self.handed_on(sheet, instead),
        })
    }

    /// Returns the context if the message passes everything on. Contexts share their equal parts: building every context
    /// from its run makes a check of a thousand actions 12 % slower.
    fn handed_on(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Context> {
        if self.shared.get().is_none() {
            let run = self.run(&Sheet::new(), None)?;
            let _ = self.shared.set(Context::from(&run.context()));
        }
        let (mut inputs, entity) = self.given(sheet, instead);
        self.take_out(&mut inputs);
        let context = self.shared.get()?.with("inputs", &Value::Object(inputs));
        Some(if let Some(entity) = entity { context.with("entity", &entity) } else { context })
    }

    /// Returns the run as the handler sees it when it renders an entity.
    pub(super) fn run(&self, sheet: &Sheet, instead: Instead<'_>) -> Option<Run> {
        let action = self.wanted.action;
        let message = self.message(sheet, instead).ok()?;
        let mut run = Run::asked_by(message, &action.identifier, &action.blueprint, self.wanted.operation)?;
        self.take_out(&mut run.inputs);
        Some(run)
    }

    /// Removes encrypted inputs, like the handler does before it renders anything.
    fn take_out(&self, inputs: &mut Map<String, Value>) {
        for input in self.wanted.action.inputs.iter().filter(|input| input.encryption.is_some()) {
            inputs.remove(&input.key);
        }
    }

    /// Returns the message of a run as the handler reads it.
    pub(super) fn message(&self, sheet: &Sheet, instead: Instead<'_>) -> Result<Message, Box<Fault>> {
        match self.payload {
            Some(payload) => cached(&self.messages, sheet, instead, || self.rendered_message(payload, sheet, instead)),
            None => Ok(self.ours(sheet, instead)),
        }
    }

    fn rendered_message(&self, payload: &Tree, sheet: &Sheet, instead: Instead<'_>) -> Result<Message, Box<Fault>> {
        let context = self.port_context(sheet, instead);
        let rendered = payload.render(self.program, &context).map_err(|failure| {
            let so = "fails, so this payload cannot be rendered";
            Box::new(self.fails(String::new(), "payload-broken", &failure, &context, so))
        })?;
        Message::read(rendered).ok_or_else(|| {
            let words =
                "this payload has no `action` at its root, so the function would not recognize it as a run".to_owned();
            Box::new(Fault { words, ..Fault::new(String::new(), "payload-unreadable", Class::Nothing) })
        })
    }

    /// Returns the message that our own payload renders to, which a test verifies. Rendering that payload for every run
    /// would almost double the time of a check (1.9 times, with a thousand actions).
    fn ours(&self, sheet: &Sheet, instead: Instead<'_>) -> Message {
        let action = self.wanted.action;
        let (inputs, entity) = self.given(sheet, instead);
        Message {
            action: action.identifier.clone(),
            blueprint: Some(action.blueprint.clone()),
            workflow_run_id: None,
            run_id: Some(RUN_ID.to_owned()),
            entity: entity.map(object),
            inputs,
            trigger: object(trigger(self.wanted.operation)),
        }
    }

    /// Returns the context of a payload's templates in Port.
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

    /// Returns the inputs and the entity of a run.
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

/// Returns the cached result for a sheet, or makes it. With a replaced answer, nothing is cached.
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

/// Returns `.action` for a payload.
fn named(action: &Action, inputs: &Map<String, Value>) -> Value {
    let encrypted = action.inputs.iter().filter(|input| input.encryption.is_some() && inputs.contains_key(&input.key));
    let encrypted: Vec<&str> = encrypted.map(|input| input.key.as_str()).collect();
    json!({ "identifier": action.identifier, "blueprint": action.blueprint, "encryptedProperties": encrypted })
}

/// Returns `.trigger`: who started the run, when, and from where.
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

/// Returns whether every message has this path below `.trigger`.
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

    /// Messages built without rendering our payload equal the rendered ones, and contexts with shared parts equal the
    /// handler's.
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
