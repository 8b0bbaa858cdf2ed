//! `synth port runs`: lists the latest runs, or those that are stuck.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use jiff::{SignedDuration, Timestamp};
use model::visible::visible;
use serde_json::Value;
use synth::sync;

use super::access::Access;
use super::plan::Format;
use super::{enter, explained, word};
use crate::cli::Outcome;
use crate::cli::read::Read;

/// List the latest runs of your actions, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port runs
  synth port runs --stuck 30m          exit 1 if a run takes longer than that
  synth port runs --all --format json

Exit codes: 0 done; 1 with --stuck, if there are such runs; 2 Port or synth failed.")]
pub(super) struct Args {
    /// List only runs that have been in progress for longer than this, such as 30m or 2h
    #[arg(long, value_name = "TIME")]
    stuck: Option<SignedDuration>,
    /// List runs of all actions in Port
    #[arg(long)]
    all: bool,
    /// How many runs to fetch, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Format of the list
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let session = args.access.session()?;
    enter(&session).await?;
    let ours = if args.all { None } else { Some(actions(args)?) };
    let mut query = vec![("limit", args.limit.to_string())];
    if args.stuck.is_some() {
        query.push(("active", "true".to_owned()));
    }
    let mut runs = session.client.runs(query, session.deadline()).await.map_err(|failure| explained(&failure))?;
    let now = Timestamp::now();
    runs.retain(|run| {
        let ours = ours.as_ref().is_none_or(|ours| ours.contains(action(run)));
        let stuck = args
            .stuck
            .is_none_or(|time| word(run, "/status") == "IN_PROGRESS" && age(run, now).is_some_and(|age| age > time));
        ours && stuck
    });
    match args.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&runs)?)?,
        Format::Text => table(&runs, now, out)?,
    }
    Ok(if args.stuck.is_some() && !runs.is_empty() { Outcome::Refused } else { Outcome::Done })
}

/// Returns the actions of the input, even if it has errors.
fn actions(args: &Args) -> anyhow::Result<BTreeSet<String>> {
    let (read, _) = Read::new(std::slice::from_ref(&args.blueprints))?;
    Ok(sync::PortState::wanted(&read.catalog).actions.into_keys().collect())
}

fn action(run: &Value) -> &str {
    match run.get("action") {
        Some(Value::String(name)) => name,
        Some(action) => word(action, "/identifier"),
        None => "",
    }
}

/// Returns how long ago a run started.
fn age(run: &Value, now: Timestamp) -> Option<SignedDuration> {
    let started: Timestamp = word(run, "/createdAt").parse().ok()?;
    Some(now.duration_since(started))
}

fn table(runs: &[Value], now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let head = ["RUN", "ACTION", "STATUS", "STARTED"].map(Cow::from);
    let rows = runs.iter().map(|run| {
        let ago = age(run, now).map_or_else(|| "?".to_owned(), |age| format!("{} ago", short(age)));
        [visible(word(run, "/id")), visible(action(run)), visible(word(run, "/status")), ago.into()]
    });
    let rows: Vec<[Cow<'_, str>; 4]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..4).map(|column| width(column).unwrap_or(0)).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// Writes an age in the largest unit that is not zero.
fn short(age: SignedDuration) -> String {
    let seconds = age.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
