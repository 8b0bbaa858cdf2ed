//! Checks of a mapping that need no run: unknown names, and required fields that are not set.

use documents::finding::{Findings, Place};
use documents::wording::nearest;
use model::Operation;
use model::pointer::below;

use super::field::{Field, Group, is_dynamic};
use super::job::Job;
use crate::mapping;

/// Compares the names in the mapping with the blueprint and the form. Returns the fields without an unknown name, which
/// are worth testing.
pub(super) fn check<'j>(job: &'j Job<'_>, made: &[String], findings: &mut Findings) -> Vec<&'j Field> {
    unplaced(job, findings);
    unknown(job, Group::Properties, findings);
    unknown(job, Group::Relations, findings);
    if job.operation == Operation::Create {
        unset(job, findings);
    }
    job.fields.iter().filter(|field| !inputs(job, field, made, findings)).collect()
}

fn unplaced(job: &Job<'_>, findings: &mut Findings) {
    let (action, blueprint) = (job.action, &job.entry.blueprint);
    for input in mapping::unplaced(action, job.operation, blueprint) {
        let place = Place::Key(job.input_pointer(&input.key));
        let message = format!(
            "input `{}` is not used: blueprint `{}` has no property or relation of that name",
            input.key, blueprint.identifier
        );
        let suggestion = mapping::suggestion(action, job.operation, blueprint);
        let help = format!("say where it goes, in the action:\n{suggestion}");
        findings.error(job.entry.file, place, "input-unplaced", message).help(help);
    }
}

fn unknown(job: &Job<'_>, group: Group, findings: &mut Findings) {
    let blueprint = &job.entry.blueprint;
    let (code, known): (_, Vec<&str>) = match group {
        Group::Properties => ("unknown-property", blueprint.properties.iter().map(|p| p.key.as_str()).collect()),
        Group::Relations => ("unknown-relation", blueprint.relations.iter().map(|r| r.key.as_str()).collect()),
    };
    for key in group.fields(&job.entity).keys().filter(|key| !is_dynamic(key) && !known.contains(&key.as_str())) {
        let place = job.key_place(&below(&group.pointer(), key));
        let word = group.singular();
        let message = format!("blueprint `{}` has no {word} `{key}`", blueprint.identifier);
        let finding = findings.error(job.entry.file, place, code, message);
        match nearest(key, &known) {
            Some(word) => finding.help(format!("did you mean `{word}`?")),
            None if known.is_empty() => {}
            None => finding.help(format!("its {} are {}", group.as_str(), known.join(", "))),
        }
    }
}

/// Reports keys that a new entity must have and no field sets.
fn unset(job: &Job<'_>, findings: &mut Findings) {
    let blueprint = &job.entry.blueprint;
    for group in [Group::Properties, Group::Relations] {
        let fields = group.fields(&job.entity);
        if fields.keys().any(|key| is_dynamic(key)) {
            continue;
        }
        for key in group.required(blueprint).into_iter().filter(|key| !fields.contains_key(*key)) {
            let message = format!("blueprint `{}` requires `{key}`, but nothing sets it", blueprint.identifier);
            let help = format!(
                "add this to the action, and complete it:\n{}",
                mapping::suggestion(job.action, job.operation, blueprint)
            );
            findings.error(job.entry.file, job.key_place(""), "required-unset", message).help(help);
        }
    }
}

/// Checks the names of inputs in one field, and returns whether one is wrong. `made` are inputs that the payload adds.
fn inputs(job: &Job<'_>, field: &Field, made: &[String], findings: &mut Findings) -> bool {
    let action = job.action;
    let mut wrong = false;
    for name in &field.reads.inputs {
        let input = action.input(name);
        let place = || job.value_place(&field.pointer());
        if input.is_some_and(|input| input.encryption.is_some()) {
            wrong = true;
            let message = format!("this writes encrypted input `{name}` to an entity, which everyone can read");
            findings.error(job.entry.file, place(), "secret-in-entity", message).help(format!(
                "remove it from the mapping; the code of the action can read the input with `run.secret(\"{name}\")`"
            ));
        }
        if input.is_none() && !made.contains(name) {
            wrong = true;
            let known: Vec<&str> = action.inputs.iter().map(|input| input.key.as_str()).collect();
            let message = format!("action `{}` has no input `{name}`", action.written_as());
            let finding = findings.error(job.entry.file, place(), "unknown-input", message);
            match nearest(name, &known) {
                Some(word) => finding.help(format!("did you mean `.inputs.{word}`?")),
                None if known.is_empty() => finding.help("the action has no inputs"),
                None => finding.help(format!("its inputs are {}", known.join(", "))),
            }
        }
    }
    wrong
}
