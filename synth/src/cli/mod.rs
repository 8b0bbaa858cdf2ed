//! The command line: a file for each command.

pub(crate) mod action;
mod arguments;
mod attempt;
mod build;
mod check;
pub(crate) mod completions;
mod diff;
mod event;
mod explain;
pub(crate) mod filter_test;
mod git;
mod graph;
mod init;
pub(crate) mod input;
pub(crate) mod make;
mod man;
mod new;
mod port;
pub(crate) mod program;
pub(crate) mod read;
mod schema;
mod shell;
pub(crate) mod shown;
mod side;
pub(crate) mod start;
mod table;
pub(crate) mod terminal;
mod upgrade;
pub(crate) mod watch;
pub(crate) mod width;

use std::io::{self, Write};
use std::path::Path;
use std::sync::LazyLock;

use anyhow::Context;
use clap::{Parser, Subcommand};
use documents::finding::{self, Findings, Severity};
use documents::wording::{grouped, plural};
use documents::{Catalog, Sources};
use synth::config::Architecture;
use synth::files::NoInput;
use synth::function::{self, Function};
use synth::mapping::check::PayloadNames;

pub(crate) use self::completions::answered;
use self::read::Read;
pub(crate) use self::shown::Shown;
use self::terminal::{Color, Progress, color};
use crate::dev;

/// The version, and for which architectures there is a function inside.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let architectures: Vec<&str> = Function::architectures().map(Architecture::as_str).collect();
    match architectures.as_slice() {
        [] => format!("{} (without function)", function::VERSION),
        some => format!("{} (with the function for {})", function::VERSION, some.join(" and ")),
    }
});

/// Write a Port self-service action in JSON; get the Lambda function that runs it.
///
/// Reads blueprints/*.json and writes out/: the SAM template, the plan that the function follows, and the documents to
/// send to Port.
#[derive(Debug, Parser)]
#[command(
    version = VERSION.as_str(),
    after_help = "Examples:
  synth init                   start a repository of your own
  synth new blueprint vm
  synth new action create_vm --blueprint vm --operation CREATE
  synth check --watch          check after every change
  synth                        write out/
  synth --check                check that out/ is up to date
  synth dev                    run Port, Kafka and the function on this machine
  synth try delete_vm --entity my-vm   carry out a run on this machine
  synth help COMMAND           show help and examples for a command

Exit codes: 0 done; 1 the input files have errors, or out/ is stale; 2 synth itself failed."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    build: build::Args,
    /// When to use colour in what is printed
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,
    /// Print nothing to standard error unless something is wrong
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the input files and write out/ (the default)
    #[command(after_help = "Examples:
  synth build
  synth build --check                    for CI: exit 1 if out/ is stale
  synth build --stdout --format json     print the template, for tools
  synth build --watch                    build after every change")]
    Build(build::Args),
    /// Check input files, or single blueprints and actions, without writing anything
    #[command(after_help = "Examples:
  synth check
  synth check blueprints/vm.json
  synth check --watch")]
    Check(check::Args),
    Init(init::Args),
    New(new::Args),
    Dev(dev::Args),
    Try(attempt::Args),
    Event(event::Args),
    FilterTest(filter_test::Args),
    Graph(graph::Args),
    Upgrade(upgrade::Args),
    Diff(diff::Args),
    Port(port::Args),
    /// Explain the code of a finding
    #[command(after_help = "Examples:
  synth explain                     list all codes
  synth explain type-mismatch")]
    Explain(explain::Args),
    /// Write JSON Schemas, so that an editor completes and explains keys
    #[command(after_help = "Examples:
  synth schema
  synth schema --check
  synth schema --stdout synth")]
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// The input has errors, or the output is stale: exit code 1.
    Refused,
}

/// Runs a command. Data goes to `out`, everything else to `err`.
///
/// # Errors
/// If the command itself fails: exit code 2.
pub(crate) fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let command = cli.command.unwrap_or(Command::Build(cli.build));
    if cli.quiet {
        // Messages are printed only if the command does not succeed.
        let mut messages = Vec::new();
        let outcome = dispatch(&command, out, &mut messages);
        if !matches!(outcome, Ok(Outcome::Done)) {
            err.write_all(&messages)?;
        }
        return outcome;
    }
    let progress = command.step().map_or_else(Progress::none, Progress::on_terminal);
    dispatch(&command, &mut progress.behind(out), &mut progress.behind(err))
}

fn dispatch(command: &Command, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let outcome = match command {
        Command::Build(args) => build::run(args, out, err),
        Command::Check(args) => check::run(args, out, err),
        Command::Schema(args) => schema::run(args, out, err),
        Command::Init(args) => init::run(args, err),
        Command::New(args) => new::run(args, out, err),
        Command::Dev(args) => dev::run(args, out, err),
        Command::Try(args) => attempt::run(args, out, err),
        Command::Event(args) => event::run(args, out, err),
        Command::FilterTest(args) => filter_test::run(args, out, err),
        Command::Graph(args) => graph::run(args, out, err),
        Command::Upgrade(args) => upgrade::run(args, out, err),
        Command::Diff(args) => diff::run(args, out, err),
        Command::Port(args) => port::run(args, out, err),
        Command::Explain(args) => explain::run(args, out, err),
        Command::Completions(args) => completions::run(args, out),
        Command::Man(args) => man::run(args, out, err),
    }?;
    out.flush()?;
    Ok(outcome)
}

impl Command {
    /// Returns what to show while a slow command runs.
    fn step(&self) -> Option<&'static str> {
        match self {
            Self::Build(args) => (!args.watch).then_some("building"),
            Self::Check(args) => (!args.watch).then_some("checking"),
            Self::Upgrade(_) => Some("upgrading"),
            Self::Diff(_) => Some("comparing"),
            Self::Port(args) => args.step(),
            _ => None,
        }
    }
}

/// Reads the catalogue of a folder, and the names that messages use for its actions. `None` if it has errors, which are
/// printed.
fn planned(blueprints: &Path, err: &mut dyn Write) -> anyhow::Result<Option<(Catalog, PayloadNames)>> {
    let (Read { sources, catalog, .. }, mut findings) = Read::new(&[blueprints.to_owned()])?;
    let names = synth::mapping::check::check(&catalog, &mut findings);
    if findings.refuse() {
        show(&findings, &sources, err)?;
        return Ok(None);
    }
    Ok(Some((catalog, names)))
}

fn size(catalog: &Catalog) -> String {
    let actions = catalog.actions().count() + catalog.alone().count();
    format!("{}, {}", plural(catalog.entries().count(), "blueprint"), plural(actions, "action"))
}

/// Prints what a command has to say beside its findings, if anything.
fn note(words: Option<&str>, err: &mut dyn Write) -> anyhow::Result<()> {
    words.map_or(Ok(()), |words| Ok(writeln!(err, "{words}")?))
}

/// The format of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Excerpts of the files with carets, on standard error
    #[default]
    Text,
    /// One JSON object per finding, on standard output
    Json,
    /// SARIF 2.1.0 for code scanning, on standard output
    Sarif,
}

/// How findings are printed: the flags that `check` and `build` share.
#[derive(Debug, clap::Args)]
struct Messages {
    /// Format of findings: `text` goes to standard error, the others to standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    message_format: Format,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
}

impl Messages {
    /// Whether a program reads the findings.
    fn for_tools(&self) -> bool {
        self.message_format != Format::Text
    }

    /// Passes a result on. Without input to judge, programs that read findings get that as a finding.
    fn or_report<T>(&self, result: anyhow::Result<T>, out: &mut dyn Write) -> anyhow::Result<T> {
        let missing = result.as_ref().err().and_then(|error| error.downcast_ref::<NoInput>());
        if let Some(missing) = missing.filter(|_| self.for_tools()) {
            let sources = Sources::from(missing.source());
            let mut findings = Findings::default();
            documents::load(&sources, &mut findings);
            self.report(&mut findings, &sources, out, &mut io::sink())?;
        }
        result
    }

    /// Whether the input has errors.
    fn refuse(&self, findings: &mut Findings) -> bool {
        if self.strict {
            findings.strict();
        }
        findings.refuse()
    }

    /// Prints all findings. Returns whether the input has errors.
    fn report(
        &self,
        findings: &mut Findings,
        sources: &Sources,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<bool> {
        let refused = self.refuse(findings);
        match self.message_format {
            Format::Text => return show(findings, sources, err).map(|()| refused),
            Format::Json => out.write_all(finding::json(findings, sources).as_bytes())?,
            Format::Sarif => {
                let base = std::env::current_dir().context("cannot find the current folder")?;
                out.write_all(finding::sarif(findings, sources, &base).as_bytes())?;
            }
        }
        if findings.total() > findings.iter().len() {
            writeln!(err, "note: only the first {} errors and as many warnings are listed", grouped(finding::MOST))?;
        }
        count(findings, err)?;
        Ok(refused)
    }
}

/// Prints findings for a person, and how many there are.
fn show(findings: &Findings, sources: &Sources, err: &mut dyn Write) -> anyhow::Result<()> {
    show_alone(findings, sources, err)?;
    count(findings, err)
}

/// [`show`], without the line that counts them.
fn show_alone(findings: &Findings, sources: &Sources, err: &mut dyn Write) -> anyhow::Result<()> {
    err.write_all(&shown::colored(&finding::show_within(width::of_findings(), findings, sources, color())))?;
    Ok(())
}

fn count(findings: &Findings, err: &mut dyn Write) -> anyhow::Result<()> {
    match (findings.count(Severity::Error), findings.count(Severity::Warning)) {
        (0, 0) => {}
        (0, warnings) => writeln!(err, "{}", plural(warnings, "warning"))?,
        (errors, 0) => writeln!(err, "{}", plural(errors, "error"))?,
        (errors, warnings) => {
            writeln!(err, "{} and {}", plural(errors, "error"), plural(warnings, "warning"))?;
        }
    }
    Ok(())
}
