//! `synth port run`: starts an action and waits until its run ends.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, bail};
use documents::wording::nearest;
use model::visible::visible;
use port::{Collection, Failure};
use synth::sync::{self, Encrypted};
use tokio::time::Instant;

use super::access::{Access, Session};
use super::{enter, explained, word};
use crate::cli::start::Start;
use crate::cli::{Outcome, completions};

/// Start an action, as its button in Port does
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port run vm_create_vm --input cpu=4 --input 'title=Build box' --watch
  synth port run resize_vm --entity build-box --input cpu_cores=8

Exit codes: 0 the run started, and with --watch succeeded; 1 it was refused, or failed; 2 Port or synth failed.")]
pub(super) struct Args {
    /// The action's identifier in Port
    #[arg(value_name = "ACTION", add = completions::published())]
    action: String,
    #[command(flatten)]
    start: Start,
    /// Print the run's status and log until it ends
    #[arg(long)]
    pub(super) watch: bool,
    /// With --watch, wait at most this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900, requires = "watch")]
    timeout: u64,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    args.start.check()?;
    let session = args.access.session()?;
    enter(&session).await?;
    let action = session
        .client
        .document(Collection::Actions, &args.action, session.deadline())
        .await
        .map_err(|failure| explained(&failure))?;
    let Some(action) = action else {
        let all = session
            .client
            .documents(Collection::Actions, session.deadline())
            .await
            .map_err(|failure| explained(&failure))?;
        let known: Vec<&str> = all.iter().map(|action| word(action, "/identifier")).collect();
        writeln!(err, "error: action `{}` is not in Port", args.action)?;
        if let Some(word) = nearest(&args.action, &known) {
            writeln!(err, "  help: did you mean `{word}`?")?;
        }
        return Ok(Outcome::Refused);
    };
    let inputs = match sync::inputs(&action, &args.start.given(), args.start.entity.as_deref(), Encrypted::Refused) {
        Ok(inputs) => inputs,
        Err(errors) => {
            for message in errors {
                writeln!(err, "error: {message}")?;
            }
            return Ok(Outcome::Refused);
        }
    };
    let started =
        session.client.start_run(&args.action, &inputs, args.start.entity.as_deref(), session.deadline()).await;
    let run = match started {
        Ok(run) => run,
        Err(refused @ Failure::Refused { .. }) => {
            writeln!(err, "error: {}", explained(&refused))?;
            return Ok(Outcome::Refused);
        }
        Err(failure @ Failure::Unavailable { .. }) => {
            bail!("{failure}; the run may have started anyway, check with `synth port runs`")
        }
        Err(other) => return Err(explained(&other)),
    };
    let id = word(&run, "/id").to_owned();
    if !args.watch {
        writeln!(out, "{id}")?;
        return Ok(Outcome::Done);
    }
    writeln!(err, "started {id}")?;
    follow(&session, &id, Duration::from_secs(args.timeout), out, err).await
}

/// Prints changes of the status and new lines of the log until the run ends.
async fn follow(
    session: &Session,
    id: &str,
    patience: Duration,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let until = Instant::now() + patience;
    let (mut seen, mut before) = (0, String::new());
    let mut wait = Duration::from_millis(250);
    loop {
        let run = session.client.run(id, session.deadline()).await.map_err(|failure| explained(&failure))?;
        let run = run.with_context(|| format!("run `{id}` is no longer in Port"))?;
        // The log is read after the status, so that it is complete when the run has ended.
        seen += log(session, id, seen, out).await?;
        let status = word(&run, "/status").to_owned();
        let label = word(&run, "/statusLabel");
        let now = if label.is_empty() { status.clone() } else { format!("{status} ({label})") };
        if now != before {
            writeln!(err, "{}", visible(&now))?;
            before = now;
        }
        match status.as_str() {
            "IN_PROGRESS" | "WAITING_FOR_APPROVAL" => {}
            end => {
                let summary = word(&run, "/summary");
                if !summary.is_empty() {
                    writeln!(out, "{summary}")?;
                }
                return Ok(if end == "SUCCESS" { Outcome::Done } else { Outcome::Refused });
            }
        }
        if Instant::now() + wait >= until {
            bail!("run {id} has not ended after {} s; it is still running, see `synth port runs`", patience.as_secs());
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(3));
    }
}

/// Prints the lines of the log after the first `seen`. Returns how many there were.
async fn log(session: &Session, id: &str, seen: usize, out: &mut dyn Write) -> anyhow::Result<usize> {
    let mut new = 0;
    loop {
        let lines =
            session.client.run_logs(id, seen + new, session.deadline()).await.map_err(|failure| explained(&failure))?;
        if lines.is_empty() {
            return Ok(new);
        }
        for line in &lines {
            writeln!(out, "{}", word(line, "/message"))?;
        }
        out.flush()?;
        new += lines.len();
    }
}
