//! Checks mappings and payloads at build time, so that they do not fail in production.
//!
//! Names are checked first. Then each action is run with samples of what its form allows: the message is built and read,
//! each field of the entity is rendered like in the handler, and its value is compared with the blueprint.

mod fault;
mod reads;
mod field;
mod templates;
mod job;
mod names;
mod trial;
mod search;
mod payload;
mod words;
mod memory;

use std::collections::BTreeMap;

use documents::catalog::Catalog;
use documents::entry::{Entry, Pointers};
use documents::finding::{Findings, Place, Severity};
use documents::wording::grouped;
use documents::{Sources, parallel, sense};
use model::Action;
use model::jq::Program;

use crate::mapping::complete::SAME_ENTITY;
use crate::mapping::sample::{Blueprints, Form, Instead, Sheet};
use field::{Field, Wanted};
use job::Job;
use memory::Found;
pub use memory::Memory;
use templates::Templates;
use trial::{Trial, is_known_trigger};

/// The names in messages of actions with a custom payload, by the action's identifier.
pub type PayloadNames = BTreeMap<String, String>;

/// Checks every action of the catalogue.
pub fn check(catalog: &Catalog, findings: &mut Findings) -> PayloadNames {
    // Only a memory needs the files.
    check_again(catalog, &Sources::default(), &mut Memory::default(), findings)
}

/// Does the same as [`check`], but does not test actions again whose results `memory` knows.
pub fn check_again(catalog: &Catalog, sources: &Sources, memory: &mut Memory, findings: &mut Findings) -> PayloadNames {
    let known = memory.recall(catalog, sources);
    let unknown: Vec<_> = catalog.actions().zip(&known).filter(|(_, known)| known.is_none()).collect();
    let tried = try_out(catalog, &unknown.into_iter().map(|(action, _)| action).collect::<Vec<_>>());
    let mut tried = tried.into_iter();
    let found: Vec<Found> = known.into_iter().filter_map(|known| known.or_else(|| tried.next())).collect();
    memory.keep(catalog, sources, &found);
    let mut names = PayloadNames::new();
    for ((_, _, action), (found, name)) in catalog.actions().zip(found) {
        findings.extend(found);
        if let Some(name) = name.filter(|name| *name != action.identifier) {
            names.insert(action.identifier.clone(), name);
        }
    }
    sense::unambiguous(catalog.entries(), &names, findings);
    names
}

/// Checks actions independently, but compiles their templates together.
fn try_out(catalog: &Catalog, actions: &[(&Entry, &Pointers, &Action)]) -> Vec<Found> {
    let mut jobs = parallel::map(actions, |(entry, pointers, action)| Job::new(entry, pointers, action));
    let mut templates = Templates::default();
    let parsed = actions.iter().zip(&mut jobs).map(|(action, job)| match job {
        Some(job) => job.parse(&mut templates),
        None => unanswered(*action),
    });
    let mut found: Vec<Findings> = parsed.collect();
    if jobs.iter().all(Option::is_none) {
        return found.into_iter().map(|found| (found, None)).collect();
    }
    let program = templates.compile().or_else(|_| {
        let mut templates = Templates::default();
        for (job, found) in jobs.iter_mut().zip(&mut found) {
            let Some(job) = job else { continue };
            let undefined = job.undefined_names();
            job.undefined = undefined.refuse();
            found.extend(undefined);
            if !job.undefined {
                job.parse(&mut templates);
            }
        }
        templates.compile()
    });
    let program = program.as_ref().ok();
    let blueprints: Blueprints<'_> = catalog.entries().map(|entry| &entry.blueprint).collect();
    let tried = parallel::map(&jobs, |job| match job {
        Some(job) => run(job, &blueprints, program.filter(|_| !job.undefined)),
        None => Found::default(),
    });
    found
        .iter_mut()
        .zip(tried)
        .map(|(found, (more, name))| {
            found.extend(more);
            (std::mem::take(found), name)
        })
        .collect()
}

/// Returns the findings of an action that the function does not answer.
fn unanswered((entry, Pointers { action: pointer, .. }, action): (&Entry, &Pointers, &Action)) -> Findings {
    let mut findings = Findings::default();
    if action.kafka {
        let place = Place::Value(format!("{pointer}/trigger"));
        let message = "the function does not answer automations, so the runs of this one never end";
        findings
            .warning(entry.file, place, "automation-unanswered", message)
            .help("use another invocation method, or write your own consumer");
    } else if action.entity.is_some() || action.code {
        let place = Place::Key(format!("{pointer}/runner"));
        let message = "`runner` has no effect: the action is not published to Kafka";
        findings
            .warning(entry.file, place, "runner-unused", message)
            .help("remove `runner`, or set `invocationMethod.type` to `KAFKA`");
    }
    findings
}

/// The most inputs of a form that is tried: each field of the mapping is tried on the answers to all of them.
const MOST_INPUTS: usize = 4000;

/// Checks one action, and returns its name in messages. Without a program, checks only names.
fn run(job: &Job<'_>, blueprints: &Blueprints<'_>, program: Option<&Program>) -> Found {
    let mut findings = Findings::default();
    if job.action.inputs.len() > MOST_INPUTS {
        let message = format!("this form has {} inputs, more than synth checks", grouped(job.action.inputs.len()));
        let help = format!("use at most {} inputs, or one input of type `object`", grouped(MOST_INPUTS));
        findings.error(job.entry.file, Place::Key(job.inputs.to_owned()), "too-large", message).help(help);
        return (findings, None);
    }
    let Some(program) = program else {
        names::check(job, &[], &mut findings);
        return (findings, None);
    };
    let wanted = Wanted { action: job.action, operation: job.operation, blueprint: &job.entry.blueprint };
    let entity = job.payload.is_some() || job.fields.iter().any(|field| field.reads.entity);
    let form = Form::new(job.action, entity.then_some(job.operation), blueprints);
    let mut trial = Trial::new(wanted, form, program, job.payload.as_ref());
    let mut name = None;
    let mut made = Vec::new();
    if let (Some(_), Some(template)) = (&job.payload, &job.action.own_payload) {
        name = payload::name(&trial);
        let faults = payload::faults(&trial, template);
        for broken in &faults {
            let message = words::when(&trial.form, &wanted, &broken.because) + &broken.fault.words;
            let place = Place::Key(job.payload_pointer());
            add(&mut findings, job, broken.severity, place, broken.fault.code, message, Some(payload::help()));
        }
        if faults.iter().any(|broken| broken.severity == Severity::Error) {
            // While the payload has errors, the mapping is checked with our own payload.
            trial = trial.without_payload();
        } else if let Some(run) = trial.run(&Sheet::new(), None) {
            made.extend(run.inputs.into_iter().map(|(key, _)| key));
        }
    }
    for field in names::check(job, &made, &mut findings) {
        if is_same_entity(field) || !field.reads.trigger.iter().all(|path| is_known_trigger(path)) {
            continue;
        }
        let scope = trial.scope(field);
        let probe = |sheet: &Sheet, instead: Instead<'_>| trial.probe(field, &scope, sheet, instead);
        for broken in search::search(&trial.form, &scope, &probe) {
            let message = words::when(&trial.form, &wanted, &broken.because) + &broken.fault.words;
            let code = words::code(&trial.form, &broken);
            let help = words::help(&trial.form, &wanted, field, &broken);
            add(&mut findings, job, broken.severity, job.value_place(&broken.fault.pointer), code, message, help);
        }
    }
    (findings, name)
}

/// Returns whether a field is the identifier of the run's entity, which is checked with the payload.
fn is_same_entity(field: &Field) -> bool {
    field.value() == SAME_ENTITY
}

fn add(
    findings: &mut Findings,
    job: &Job<'_>,
    severity: Severity,
    place: Place,
    code: &'static str,
    message: String,
    help: Option<String>,
) {
    let finding = match severity {
        Severity::Error => findings.error(job.entry.file, place, code, message),
        Severity::Warning => findings.warning(job.entry.file, place, code, message),
    };
    if let Some(help) = help {
        finding.help(help);
    }
}
