//! `synth port`: compares Port with the input, updates it and starts actions.

mod access;
mod plan;
mod apply;
mod import;
mod run;
mod runs;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Subcommand;
use documents::finding::Severity;
use documents::sense;
use documents::wording::plural;
use model::visible::visible;
use port::{Collection, Failure};
use serde_json::Value;
use synth::mapping::check;
use synth::sync::PortState;
use tokio::runtime::Runtime;

pub(super) use self::access::Access;
use self::access::{FIRST, Session};
use super::read::Read;
use super::terminal::WIPE;
use super::{Outcome, show};

/// Keep Port in sync with the input files: plan and apply changes, start actions
#[derive(Debug, clap::Args)]
#[command(after_help = "Credentials are taken from the first of these that is set:
  --profile NAME, or PORT_PROFILE      a section of the credentials file
  --secret-arn ARN, or PORT_SECRET_ARN a secret in AWS Secrets Manager
  PORT_CLIENT_ID, PORT_CLIENT_SECRET   the environment
  [default] in the credentials file

The credentials file is PORT_CREDENTIALS_FILE, or by default
~/.config/port-action-runner/credentials.toml, with mode 600:
  [default]
  client_id = \"…\"
  client_secret = \"…\"
  region = \"eu\"                        \"eu\" or \"us\"; or set url = \"https://…\"")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(plan::Args),
    Apply(apply::Args),
    Drift(plan::DriftArgs),
    Import(import::Args),
    Run(run::Args),
    Runs(runs::Args),
}

impl Args {
    /// Returns what to show while a slow command runs.
    pub(super) fn step(&self) -> Option<&'static str> {
        match &self.command {
            // It may ask a question.
            Command::Apply(_) => None,
            Command::Run(args) => args.watch.then_some("waiting for the run"),
            _ => Some("asking Port"),
        }
    }
}

/// Returns an input file for each blueprint in Port, by its name.
pub(super) fn imported(access: &Access) -> anyhow::Result<BTreeMap<PathBuf, Value>> {
    network()?.block_on(import::all(access))
}

fn network() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot set up the network")
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    network()?.block_on(async {
        match &args.command {
            Command::Plan(args) => plan::run(args, out, err).await,
            Command::Apply(args) => apply::run(args, out, err).await,
            Command::Drift(args) => plan::drift(args, out, err).await,
            Command::Import(args) => import::run(args, err).await,
            Command::Run(args) => run::run(args, out, err).await,
            Command::Runs(args) => runs::run(args, out).await,
        }
    })
}

/// Logs in. On a terminal, says when a call is tried again.
async fn enter(session: &Session) -> anyhow::Result<()> {
    let entered = session.enter();
    tokio::pin!(entered);
    let mut shown = 0;
    loop {
        match tokio::time::timeout(Duration::from_secs(1), &mut entered).await {
            Ok(entered) => return entered,
            Err(_) if io::stderr().is_terminal() && session.client.retries() > shown => {
                shown = session.client.retries();
                // Nobody is waiting for the text, so it does not matter if it cannot be written.
                let _ = writeln!(
                    io::stderr(),
                    "{WIPE}no answer from {}; trying again, attempt {}, for {} s at most",
                    session.url,
                    shown + 1,
                    FIRST.as_secs(),
                );
            }
            Err(_) => {}
        }
    }
}

/// Fetches all blueprints and actions from Port.
async fn held(session: &Session) -> anyhow::Result<PortState> {
    enter(session).await?;
    let blueprints = session.client.documents(Collection::Blueprints, session.deadline());
    let actions = session.client.documents(Collection::Actions, session.deadline());
    let (blueprints, actions) = tokio::try_join!(blueprints, actions).map_err(|failure| explained(&failure))?;
    Ok(PortState::held(blueprints, actions))
}

/// Turns a failure into an error, with Port's message or with what to check.
fn explained(failure: &Failure) -> anyhow::Error {
    match failure {
        Failure::Refused { status, error, message } => {
            let words = if message.is_empty() { String::new() } else { format!(": {}", visible(message)) };
            anyhow::anyhow!("Port answered {status} `{}`{words}", visible(error))
        }
        Failure::Credentials { .. } => {
            anyhow::anyhow!("{failure}; check that they belong to this organisation and region")
        }
        Failure::Unavailable { .. } => anyhow::anyhow!("{failure}"),
    }
}

/// Reads what Port should have. `None` if the input has errors, which are printed. Errors in mappings concern the runner
/// only, and are just counted.
fn wanted(blueprints: &Path, err: &mut dyn Write) -> anyhow::Result<Option<(Read, PortState)>> {
    let (read, mut findings) = Read::new(&[blueprints.to_owned()])?;
    sense::refuse_alone(read.catalog.alone(), &mut findings);
    if findings.refuse() {
        show(&findings, &read.sources, err)?;
        return Ok(None);
    }
    check::check(&read.catalog, &mut findings);
    let errors = findings.count(Severity::Error);
    if errors > 0 {
        writeln!(
            err,
            "note: `synth check` finds {} in mappings, which only the runner reads",
            plural(errors, "error")
        )?;
    }
    let wanted = PortState::wanted(&read.catalog);
    Ok(Some((read, wanted)))
}

/// Returns a string in a document, empty if it is not there.
fn word<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
