//! `synth try`: carries out one run of an action on this machine.
//!
//! Port and Lambda are those of the crate `local`, which the function's tests use too; the function is the real one, in
//! a process of its own.

mod folder;
mod given;
mod guard;
mod report;
mod stage;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::ValueHint;
use documents::style;
use serde_json::{Value, json};
use synth::event;
use synth::mapping::check::PayloadNames;

use self::guard::Guard;
use self::report::Page;
use self::stage::{Stage, Trial};
use super::input::Input;
use super::program::Program;
use super::read::Read;
use super::start::{Start, distinct, pair};
use super::{Outcome, action, completions, show, terminal};

/// Carry out one run of an action on this machine, without an account
///
/// Port and Lambda run here, on loopback addresses, and the function is the real one. Prints which entities the run
/// changed, what the function asked Port for and what it logged, and how the run ended. The run starts as in Port: inputs
/// that its form refuses are refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth try delete_vm --entity build-box
  synth try resize_vm --entity build-box --input cpu_cores=8 --json
  synth try create_vm --inputs form.json
  synth try create_vm --inputs form.json --function target/debug/bootstrap

Exit codes: 0 the run ended with SUCCESS; 1 it did not, or the input files have errors; 2 it was not started.")]
pub(super) struct Args {
    /// The action's identifier, with or without its blueprint's prefix
    #[arg(value_name = "ACTION", add = completions::actions())]
    action: String,
    #[command(flatten)]
    start: Start,
    /// A JSON object of inputs; --input takes precedence
    #[arg(long = "inputs", value_name = "FILE", value_hint = ValueHint::FilePath)]
    form: Option<PathBuf>,
    /// A property or relation of the entity before the run; the others of its properties are made up
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, requires = "entity", alias = "entity-property")]
    entity_properties: Vec<(String, String)>,
    /// An entity that exists in Port before the run; those that inputs name exist anyway
    #[arg(long, value_name = "BLUEPRINT=ID", value_parser = pair)]
    exists: Vec<(String, String)>,
    /// E-mail address of the person who starts the action
    #[arg(long, value_name = "EMAIL", default_value = "jo@example.com")]
    user: String,
    /// The function to try [default: out/runner/bootstrap if it runs on this machine, or the one inside of this synth]
    #[arg(long, value_name = "FILE", env = "SYNTH_FUNCTION", hide_env_values = true, value_hint = ValueHint::FilePath)]
    function: Option<PathBuf>,
    /// Wait at most this many seconds for the end of the run
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=900))]
    timeout: u64,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    args.start.check()?;
    distinct("--entity-properties", &args.entity_properties)?;
    let guard = Guard::on()?;
    let outcome = attempt(args, &guard, out, err);
    guard.settled(outcome)
}

/// Carries out the run, and prints what came of it.
fn attempt(args: &Args, guard: &Guard, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (mut read, mut findings) = Read::new(std::slice::from_ref(&args.input.blueprints))?;
    let made = args.input.make_undeployed(&mut read, &mut findings)?;
    show(&findings, &read.sources, err)?;
    let Some(build) = made else { return Ok(Outcome::Refused) };
    let catalog = &read.catalog;
    let (entry, action) = action::find(catalog, &PayloadNames::new(), &args.action, &args.input.blueprints)
        .map_err(|message| anyhow!(message))?;
    let operation = event::operation(action).map_err(|message| anyhow!(message))?;
    args.check_existing(catalog)?;
    let inputs = args.checked(action)?;
    let started_on = args.entity(&entry.blueprint, operation)?;
    let program = Program::choose(args.function.as_deref(), build.plan.version, build.runtime)?;

    let stage = Stage::new(&program, &build, guard)?;
    for (blueprint, identifier) in args.others(&entry.blueprint, action, &inputs, started_on.as_ref()) {
        let known = catalog.entries().find(|entry| entry.blueprint.identifier == blueprint);
        stage.add_entity(
            &blueprint,
            known.map_or_else(
                || json!({ "identifier": identifier }),
                |entry| event::sample_of(&entry.blueprint, &identifier, 0),
            ),
        );
    }
    if let Some(entity) = &started_on {
        stage.add_entity(&entry.blueprint.identifier, entity.clone());
    }
    if action.document.get("requiredApproval").is_some_and(|required| required.is_object() || *required == true) {
        writeln!(err, "note: in Port, a run of this action waits for an approval first")?;
    }
    let trial =
        Trial { action, inputs, entity: started_on, user: &args.user, patience: Duration::from_secs(args.timeout) };
    let seen = stage.run(&trial, guard)?;
    if args.json {
        writeln!(out, "{}", style::written(&report::json(&seen), 0))?;
    } else {
        let title = action.document.get("title").and_then(Value::as_str).unwrap_or_default();
        let title = format!("{title} ({})", action.written_as());
        Page { out, color: terminal::color_of_output() }.write(&title, &program.name(), &seen)?;
    }
    Ok(if report::succeeded(&seen) { Outcome::Done } else { Outcome::Refused })
}
