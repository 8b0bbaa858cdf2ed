//! `synth port plan` and `synth port drift`: what would change in Port.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{ValueEnum, ValueHint};
use serde::{Deserialize, Serialize};
use synth::sync::{self, Options, PortState, SyncPlan};
use synth::{files, output};

use super::access::Access;
use super::{held, wanted};
use crate::cli::{Outcome, width};

/// Show what `apply` would change in Port
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port plan
  synth port plan --out port.plan && synth port apply port.plan
  synth port plan --prune --format json

Exit codes: 0 done; 1 the input files have errors, or with --exit-code, if something would change; 2 Port or synth failed.")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) scope: Scope,
    /// Format of the plan
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Exit with 1 if anything would change
    #[arg(long)]
    exit_code: bool,
    /// Write the plan to a file, for `apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

/// Check that Port matches the input files, for scheduled jobs (the same as `plan --exit-code`)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port drift || notify
  synth port drift --format json

Exit codes: 0 Port matches the input files; 1 it does not, or they have errors; 2 Port or synth failed.")]
pub(super) struct DriftArgs {
    #[command(flatten)]
    scope: Scope,
    /// Format of the plan
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    access: Access,
}

/// What a plan covers.
#[derive(Debug, clap::Args)]
pub(super) struct Scope {
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    pub(super) blueprints: PathBuf,
    /// Include the deletion of actions of your blueprints that are in Port but in no input file
    #[arg(long)]
    prune: bool,
    /// Include the deletion of this blueprint and its actions if no input file has it
    #[arg(long, value_name = "ID")]
    prune_blueprint: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    Text,
    /// For tools
    Json,
}

impl Scope {
    pub(super) fn options(&self) -> Options {
        Options { prune: self.prune, prune_blueprints: self.prune_blueprint.clone() }
    }
}

/// A plan in a file, with what it was made from.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Saved {
    pub(super) plan: SyncPlan,
    pub(super) wanted: PortState,
    pub(super) options: Options,
}

impl Saved {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = files::text(path)?;
        match serde_json::from_str::<Self>(&text) {
            Ok(saved) if saved.plan.is_of_this_version() => Ok(saved),
            Ok(_) => bail!("plan `{}` was made by another version of synth; make a new one", path.display()),
            Err(error) => bail!("`{}` is not a valid plan: {error}", path.display()),
        }
    }
}

pub(super) async fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let Some(saved) = compute(&args.scope, &args.access, err).await? else { return Ok(Outcome::Refused) };
    write(&saved.plan, args.format, out)?;
    if let Some(path) = &args.out {
        output::put(path, &(serde_json::to_string_pretty(&saved)? + "\n"))?;
        writeln!(err, "wrote the plan; apply it with\n  synth port apply {}", path.display())?;
    }
    Ok(if args.exit_code && !saved.plan.is_empty() { Outcome::Refused } else { Outcome::Done })
}

pub(super) async fn drift(args: &DriftArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let Some(saved) = compute(&args.scope, &args.access, err).await? else { return Ok(Outcome::Refused) };
    write(&saved.plan, args.format, out)?;
    Ok(if saved.plan.is_empty() { Outcome::Done } else { Outcome::Refused })
}

/// Plans what would change. `None` if the input has errors, which are printed.
async fn compute(scope: &Scope, access: &Access, err: &mut dyn Write) -> anyhow::Result<Option<Saved>> {
    let session = access.session()?;
    let Some((_, wanted)) = wanted(&scope.blueprints, err)? else { return Ok(None) };
    let options = scope.options();
    let plan = sync::plan(&held(&session).await?, &wanted, &options);
    Ok(Some(Saved { plan, wanted, options }))
}

fn write(plan: &SyncPlan, format: Format, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        Format::Text => out.write_all(width::wrap(&sync::text(plan), width::of_output(), None).as_bytes())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(plan)?)?,
    }
    Ok(())
}
