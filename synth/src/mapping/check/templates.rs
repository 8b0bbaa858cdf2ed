//! Every template of the catalogue on its way through one compilation.

use documents::FileId;
use documents::finding::{Findings, Place};
use model::jq::{Expressions, Fault, Id, Program};
use model::pointer::below;
use model::template::{self, Tree};
use serde_json::Value;

use super::Job;

/// The templates that were parsed.
#[derive(Debug, Default)]
pub(super) struct Templates {
    expressions: Expressions,
}

impl Templates {
    /// Parses a template; broken grammar is a finding.
    pub(super) fn add(
        &mut self,
        file: FileId,
        pointer: impl FnOnce() -> String,
        value: &Value,
        findings: &mut Findings,
    ) -> Option<Tree> {
        match Tree::parse(value, &mut self.expressions) {
            Ok(tree) => Some(tree),
            Err(faults) => {
                let pointer = pointer();
                for fault in faults {
                    let at = format!("{pointer}{}", fault.pointer);
                    let message = format!("this jq is broken: {}", fault.fault);
                    let place = if fault.in_key { Place::Key(at) } else { Place::Inside(at, fault.fault) };
                    findings.error(file, place, "jq-syntax", message);
                }
                None
            }
        }
    }

    /// Compiles all of them into one program.
    pub(super) fn compile(self) -> Result<Program, Vec<(Id, Fault)>> {
        self.expressions.compile()
    }
}

/// Whether a payload that Port renders has jq that ends only if its author sees to it.
pub(super) fn is_ports_alone(payload: &Value) -> bool {
    let mut expressions = Expressions::of_port();
    Tree::parse(payload, &mut expressions).is_ok() && !expressions.are_bounded()
}

/// Looks up one by one which strings of an action, where their grammar is whole, use names that are not defined: this
/// path is rare.
pub(super) fn undefined(job: &Job<'_>) -> Findings {
    let mut findings = Findings::default();
    let payload = job.action.own_payload.iter().filter(|_| job.payload.is_some());
    let payload = payload.map(|payload| (job.payload_pointer(), payload));
    let base = match &job.action.entity {
        Some(_) => format!("{}/runner/entity", job.pointer),
        None => job.pointer.to_owned(),
    };
    let fields = job.fields.iter().filter(|field| field.tree.is_some());
    let fields = fields.map(|field| (format!("{base}{}", field.base()), &field.template));
    for (pointer, value) in fields.chain(payload) {
        for (path, text) in strings(value) {
            for fault in template::faults(text) {
                let message = fault.message.clone();
                let place = Place::Inside(format!("{pointer}{path}"), fault);
                findings.error(job.entry.file, place, "jq-name", message);
            }
        }
    }
    findings
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
