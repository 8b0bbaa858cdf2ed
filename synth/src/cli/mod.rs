//! The command line: a file for each command.

mod build;
mod check;
mod explain;
mod schema;

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::Catalog;
use crate::finding::{Findings, Severity};
use crate::report::{self, Format};
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
    /// Explain the code of a finding
    Explain(explain::Args),
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
        Command::Explain(args) => explain::run(&args, out, err),
        Command::Schema(args) => schema::run(&args, out, err),
    }
}

fn size(catalog: &Catalog) -> String {
    let actions = catalog.actions().count() + catalog.alone.len();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", plural(catalog.entries.len(), "blueprint"), plural(actions, "action"))
}

/// How findings are told, the same for every command that has some.
#[derive(Debug, clap::Args)]
struct Messages {
    /// How findings are written: `text` to standard error, the others to standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    message_format: Format,
    /// Refuse what would only be warned of
    #[arg(long)]
    strict: bool,
}

impl Messages {
    /// Whether a program reads the findings, and not a person.
    fn for_tools(&self) -> bool {
        self.message_format != Format::Text
    }

    /// Tells all findings, and whether they refuse the input.
    fn tell(
        &self,
        findings: &mut Findings,
        sources: &[Source],
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<bool> {
        if self.strict {
            findings.strict();
        }
        match self.message_format {
            Format::Text => {
                let color =
                    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                err.write_all(report::show(findings, sources, color).as_bytes())?;
            }
            Format::Json => out.write_all(report::json(findings, sources).as_bytes())?,
            Format::Sarif => {
                let base = std::env::current_dir().context("cannot tell the current folder")?;
                out.write_all(report::sarif(findings, sources, &base).as_bytes())?;
            }
        }
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        match (findings.count(Severity::Error), findings.count(Severity::Warning)) {
            (0, 0) => {}
            (0, warnings) => writeln!(err, "{}", count(warnings, "warning"))?,
            (errors, 0) => writeln!(err, "{}; nothing was written", count(errors, "error"))?,
            (errors, warnings) => {
                writeln!(err, "{} and {}; nothing was written", count(errors, "error"), count(warnings, "warning"))?;
            }
        }
        Ok(findings.refuse())
    }
}
