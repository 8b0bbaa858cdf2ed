//! `synth event`: prints the event that Lambda passes to the function for a run of an action.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use documents::style;
use synth::event::{Request, event};

use super::start::Start;
use super::{Outcome, action, completions, planned};

/// Print the event that Lambda passes to the function for a run of an action
///
/// The message is rendered from the action's payload. Inputs that you leave out are generated from the action's form; the
/// same seed gives the same event. If `PORT_CLIENT_SECRET` is set to Port's client secret, the message is signed, and
/// inputs that Port encrypts are encrypted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth event --action create_vm > event.json
  synth event --action create_vm --input cpu=4 --input 'title=Build box'
  synth event --action resize_vm --entity build-box --seed 7 --unsigned
  sam local invoke Runner -e event.json
  cargo lambda invoke --data-file event.json")]
pub(super) struct Args {
    /// The action's identifier, with or without its blueprint's prefix
    #[arg(long, value_name = "ID", add = completions::actions())]
    action: String,
    #[command(flatten)]
    start: Start,
    /// Id of the run
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,
    /// Seed for generated values
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Do not sign the message, even if `PORT_CLIENT_SECRET` is set
    #[arg(long)]
    unsigned: bool,
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    args.start.check()?;
    let Some((catalog, names)) = planned(&args.blueprints, err)? else { return Ok(Outcome::Refused) };
    let (entry, action) = match action::find(&catalog, &names, &args.action, &args.blueprints) {
        Ok(found) => found,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Outcome::Refused);
        }
    };
    let secret = std::env::var("PORT_CLIENT_SECRET").ok().filter(|secret| !secret.is_empty() && !args.unsigned);
    let request = Request {
        action,
        blueprint: &entry.blueprint,
        inputs: &args.start.inputs,
        entity: args.start.entity.as_deref(),
        run_id: args.run_id.as_deref(),
        seed: args.seed,
        secret: secret.as_deref(),
    };
    let sample = match event(&request) {
        Ok(sample) => sample,
        Err(message) => {
            writeln!(err, "error: {message}")?;
            return Ok(Outcome::Refused);
        }
    };
    writeln!(out, "{}", style::written(&sample.event, 0))?;
    for note in &sample.notes {
        writeln!(err, "note: {note}")?;
    }
    if secret.is_none() && !args.unsigned {
        writeln!(err, "note: the message is not signed, because PORT_CLIENT_SECRET is not set")?;
    }
    Ok(Outcome::Done)
}
