//! The command line: a file for each command.

mod build;
mod check;
mod schema;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use clap::{Parser, Subcommand};

use crate::Catalog;
use crate::finding::{self, Findings, Severity};
use crate::source::Source;

/// Write a Port self-service action in JSON; get the Lambda that runs it.
///
/// Reads blueprints/*.json and writes out/: the SAM template, the plan that the function follows, and the documents
/// that Port should hold.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "Exit codes: 0 done, 1 the input is refused or out/ is stale, 2 synth itself failed."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    build: build::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the input and write out/ (the default)
    Build(build::Args),
    /// Check input files, or Port's blueprints and actions on their own, and write nothing
    Check(check::Args),
    /// Write the JSON Schemas that let an editor complete and explain every key
    Schema(schema::Args),
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// The input is not acceptable, or the output is stale: exit code 1.
    Refused,
}

/// Runs a command. Data goes to `out`, everything else to `err`.
///
/// # Errors
/// When something breaks down: exit code 2.
pub fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    match cli.command.unwrap_or(Command::Build(cli.build)) {
        Command::Build(args) => build::run(&args, out, err),
        Command::Check(args) => check::run(&args, out, err),
        Command::Schema(args) => schema::run(&args, out, err),
    }
}

fn size(catalog: &Catalog) -> String {
    let actions = catalog.actions().count() + catalog.alone.len();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", plural(catalog.entries.len(), "blueprint"), plural(actions, "action"))
}

fn show(findings: &Findings, sources: &[Source], err: &mut dyn Write) -> anyhow::Result<()> {
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    if errors + warnings == 0 {
        return Ok(());
    }
    let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut text = finding::show(findings, sources, color);
    let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let _ = match (errors, warnings) {
        (0, warnings) => writeln!(text, "{}", count(warnings, "warning")),
        (errors, 0) => writeln!(text, "{}; nothing was written", count(errors, "error")),
        (errors, warnings) => {
            writeln!(text, "{} and {}; nothing was written", count(errors, "error"), count(warnings, "warning"))
        }
    };
    err.write_all(text.as_bytes())?;
    Ok(())
}
