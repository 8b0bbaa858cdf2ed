//! The command line.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::filter::Exactness;
use crate::finding::{self, Findings, Severity};
use crate::source::{self, Source};
use crate::{Catalog, build};

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
    build: BuildArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the input and write out/ (the default)
    Build(BuildArgs),
    /// Check input files and write nothing
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct BuildArgs {
    /// Folder of input files, one blueprint with its actions each
    #[arg(long, value_name = "DIR", default_value = "blueprints")]
    blueprints: PathBuf,
    /// What shapes the template [default: synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Write nothing; exit 1 and print the difference when the folder is stale
    #[arg(long)]
    check: bool,
    /// Write nothing; print the template
    #[arg(long, conflicts_with = "check")]
    stdout: bool,
    /// How --stdout prints the template
    #[arg(long, value_enum, default_value = "yaml", requires = "stdout")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Input files, or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
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
        Command::Build(args) => run_build(&args, out, err),
        Command::Check(args) => run_check(&args, err),
    }
}

fn run_build(args: &BuildArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let config_path = args.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
    let config = match Config::load(&config_path, args.config.is_some())? {
        Ok(config) => config,
        Err(refused) => {
            writeln!(err, "error: {refused}")?;
            return Ok(Outcome::Refused);
        }
    };
    let sources = source::read(std::slice::from_ref(&args.blueprints))?;
    let (catalog, findings, built) = build(sources, &config)?;
    show(&findings, &catalog.sources, err)?;
    let Some(built) = built else { return Ok(Outcome::Refused) };
    if built.filter != Exactness::Exact {
        writeln!(err, "note: the plan outgrows Lambda's event filters; {}", built.filter.describe())?;
    }
    if args.stdout {
        let text = match args.format {
            Format::Yaml => built.output.0.get(&PathBuf::from("template.yaml")).map_or("", String::as_str),
            Format::Json => &built.template_json,
        };
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Done);
    }
    if args.check {
        let difference = built.output.difference(&args.out)?;
        if difference.is_empty() {
            writeln!(err, "`{}` is up to date", args.out.display())?;
            std::mem::forget((catalog, built));
            return Ok(Outcome::Done);
        }
        out.write_all(difference.as_bytes())?;
        writeln!(err, "error: `{}` is stale; write it with\n  make synth", args.out.display())?;
        return Ok(Outcome::Refused);
    }
    let changed = built.output.write(&args.out)?;
    let size = size(&catalog);
    match changed {
        0 => writeln!(err, "{size}: `{}` is up to date", args.out.display())?,
        1 => writeln!(err, "{size}: wrote 1 file to `{}`", args.out.display())?,
        n => writeln!(err, "{size}: wrote {n} files to `{}`", args.out.display())?,
    }
    // The process ends here; taking a large catalogue apart first would only take time.
    std::mem::forget((catalog, built));
    Ok(Outcome::Done)
}

fn run_check(args: &CheckArgs, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let sources = source::read(&args.paths)?;
    let mut findings = Findings::default();
    let catalog = Catalog::load(sources, &mut findings);
    crate::check::check(&catalog, &mut findings);
    show(&findings, &catalog.sources, err)?;
    if findings.refuse() {
        return Ok(Outcome::Refused);
    }
    writeln!(err, "{}: no errors", size(&catalog))?;
    Ok(Outcome::Done)
}

fn size(catalog: &Catalog) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", plural(catalog.entries.len(), "blueprint"), plural(catalog.actions().count(), "action"))
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
