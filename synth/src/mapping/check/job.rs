//! One action with everything that is checked: its parsed fields and payload, and their places in the file.

use documents::entry::{Entry, Pointers};
use documents::finding::{Findings, Place};
use documents::wording::nearest;
use model::jq;
use model::plan::EntityTemplate;
use model::pointer::below;
use model::template::{self, Tree};
use model::{Action, Operation, Trigger};
use serde_json::Value;

use super::field::{self, Field};
use super::templates::{self, Templates};
use crate::mapping::complete;

/// An action that the function answers, with everything that is checked.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) entry: &'a Entry,
    pub(super) pointer: &'a str,
    /// The pointer to its inputs, for every generation.
    pub(super) inputs: &'a str,
    pub(super) action: &'a Action,
    pub(super) operation: Operation,
    pub(super) entity: EntityTemplate,
    pub(super) fields: Vec<Field>,
    /// The custom payload, if its syntax is valid.
    pub(super) payload: Option<Tree>,
    /// Whether its jq uses undefined names.
    pub(super) undefined: bool,
}

impl<'a> Job<'a> {
    /// Returns `None` if the function does not answer the action.
    pub(super) fn new(entry: &'a Entry, pointers: &'a Pointers, action: &'a Action) -> Option<Self> {
        let Trigger::SelfService(operation) = action.trigger else { return None };
        action.kafka.then(|| {
            let entity = complete::complete(action, operation, &entry.blueprint);
            let fields = field::fields(&entity);
            let (pointer, inputs) = (&pointers.action, &pointers.inputs);
            Self { entry, pointer, inputs, action, operation, entity, fields, payload: None, undefined: false }
        })
    }

    /// Parses its templates for compilation. Reports invalid syntax, and a payload that cannot be tested.
    pub(super) fn parse(&mut self, templates: &mut Templates) -> Findings {
        let mut findings = Findings::default();
        let file = self.entry.file;
        let base = format!("{}/runner/entity", self.pointer);
        for field in &mut self.fields {
            field.tree = templates.add(file, || format!("{base}{}", field.base()), &field.template, &mut findings);
        }
        let Some(payload) = &self.action.own_payload else { return findings };
        if templates::is_ports_alone(payload) {
            let place = Place::Key(self.payload_pointer());
            let message = "this payload was not tested: its jq may loop, so only Port can evaluate it";
            findings
                .warning(file, place, "payload-untried", message)
                .help("check yourself that it carries `action`, `context.runId`, `context.blueprint` and every input");
        } else {
            self.payload = templates.add(file, || self.payload_pointer(), payload, &mut findings);
        }
        findings
    }

    /// Finds the strings with valid syntax that use undefined names. Checks them one by one, since this path is rare.
    pub(super) fn undefined_names(&self) -> Findings {
        let mut findings = Findings::default();
        let payload = self.action.own_payload.iter().filter(|_| self.payload.is_some());
        let payload = payload.map(|payload| (self.payload_pointer(), payload));
        let base = match &self.action.entity {
            Some(_) => format!("{}/runner/entity", self.pointer),
            None => self.pointer.to_owned(),
        };
        let fields = self.fields.iter().filter(|field| field.tree.is_some());
        let fields = fields.map(|field| (format!("{base}{}", field.base()), &field.template));
        for (pointer, value) in fields.chain(payload) {
            for (path, text) in strings(value) {
                for fault in template::faults(text) {
                    let meant = fault.unknown.as_deref().and_then(|name| nearest(name, &jq::names()));
                    let message = fault.message.clone();
                    let place = Place::Inside(format!("{pointer}{path}"), fault);
                    let finding = findings.error(self.entry.file, place, "jq-name", message);
                    if let Some(meant) = meant {
                        finding.help(format!("did you mean `{meant}`?"));
                    }
                }
            }
        }
        findings
    }

    pub(super) fn payload_pointer(&self) -> String {
        format!("{}/invocationMethod/payload", self.pointer)
    }

    /// Returns the place of a value in the mapping. For a default mapping, that is the action's identifier.
    pub(super) fn value_place(&self, below: &str) -> Place {
        match &self.action.entity {
            Some(_) => Place::Value(format!("{}/runner/entity{below}", self.pointer)),
            None => Place::Value(format!("{}/identifier", self.pointer)),
        }
    }

    pub(super) fn key_place(&self, below: &str) -> Place {
        match (self.value_place(below), &self.action.entity) {
            (Place::Value(pointer), Some(_)) => Place::Key(pointer),
            (place, _) => place,
        }
    }

    /// Returns the pointer to an input in the file.
    pub(super) fn input_pointer(&self, key: &str) -> String {
        below(&format!("{}/properties", self.inputs), key)
    }
}

fn strings(value: &Value) -> Vec<(String, &str)> {
    match value {
        Value::String(text) => vec![(String::new(), text)],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, item)| strings(item).into_iter().map(move |(path, text)| (format!("/{at}{path}"), text)))
            .collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, item)| {
                strings(item).into_iter().map(move |(path, text)| (format!("{}{path}", below("", key)), text))
            })
            .collect(),
        _ => Vec::new(),
    }
}
