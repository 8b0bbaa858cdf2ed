//! `bench`, which `make bench` runs. Every figure is next to another one from the same run, because only ratios are
//! meaningful on a machine that others use, too. Nothing fails here because something was slow.

mod batches;
mod catalogue;
mod diff;
mod documents;
mod effort;
mod figures;
mod function;
mod message;
mod package;
mod port;
mod process;
mod synthesis;
mod table;
mod tutorial;
mod watch;
mod wire;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, ValueEnum};

use crate::effort::Effort;

/// Measures synth and the function. `make bench` builds what is measured.
#[derive(Debug, Parser)]
struct Cli {
    /// Take only a few seconds per group, to see that everything runs
    #[arg(long)]
    quick: bool,
    /// Measure only this group; can be repeated
    #[arg(long, value_enum, value_name = "GROUP")]
    only: Vec<Group>,
    #[command(flatten)]
    paths: Paths,
}

/// The programs and files to measure.
#[derive(Debug, clap::Args)]
struct Paths {
    /// The release build of `synth`
    #[arg(long, default_value = "target/release/synth", value_name = "FILE")]
    synth: PathBuf,
    /// The deployed folder, with `bootstrap` and `plan.json`
    #[arg(long, default_value = "out/runner", value_name = "DIR")]
    runner: PathBuf,
    /// The baseline for `synth`, which only reads the input
    #[arg(long, default_value = "target/release/bare", value_name = "FILE")]
    bare: PathBuf,
    /// The baseline for the function, which only returns its event
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/deploy/echo", value_name = "FILE")]
    echo: PathBuf,
    /// The example's input
    #[arg(long, default_value = "blueprints", value_name = "DIR")]
    blueprints: PathBuf,
    /// A folder of blueprints and actions, one per file, for `synth check`
    #[arg(long, env = "CORPUS_DIR", hide_env_values = true, value_name = "DIR")]
    documents: Option<PathBuf>,
}

/// A group of measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// `synth build` on catalogues of four sizes
    Build,
    /// `synth check` on a folder of documents
    Check,
    /// `synth diff` on two large templates
    Diff,
    /// `synth port plan` with a slow Port
    Port,
    /// Single messages
    Message,
    /// Batches of runs
    Batch,
}

fn main() -> ExitCode {
    match run(&Cli::parse(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli, out: &mut dyn Write) -> anyhow::Result<()> {
    let paths = cli.paths.found()?;
    let effort = if cli.quick { Effort::quick() } else { Effort::full() };
    let wanted = |group| cli.only.is_empty() || cli.only.contains(&group);

    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    writeln!(out, "{cores} cores, load {load} at the start. Medians of alternating rounds; only the ratios matter.")?;
    if wanted(Group::Build) {
        synthesis::measure(&paths, &effort, out)?;
    }
    if wanted(Group::Check) {
        documents::measure(&paths, &effort, out)?;
    }
    if wanted(Group::Diff) {
        diff::measure(&paths, &effort, out)?;
    }
    if wanted(Group::Port) {
        port::measure(&paths, &effort, out)?;
    }
    if wanted(Group::Message) {
        message::measure(&paths, &effort, out)?;
    }
    if wanted(Group::Batch) {
        batches::measure(&paths, &effort, out)?;
    }
    Ok(())
}

impl Paths {
    /// Returns absolute paths, and checks that they all exist.
    fn found(&self) -> anyhow::Result<Self> {
        let found = |path: &PathBuf| {
            fs::canonicalize(path).with_context(|| format!("`{}` does not exist; run `make bench`", path.display()))
        };
        let paths = Self {
            synth: found(&self.synth)?,
            runner: found(&self.runner)?,
            bare: found(&self.bare)?,
            echo: found(&self.echo)?,
            blueprints: found(&self.blueprints)?,
            documents: self.documents.as_ref().filter(|path| !path.as_os_str().is_empty()).map(found).transpose()?,
        };
        for file in [paths.bootstrap(), paths.plan()] {
            if !file.is_file() {
                bail!("`{}` does not exist; run `make bench`", file.display());
            }
        }
        Ok(paths)
    }

    /// Returns the path of the function.
    fn bootstrap(&self) -> PathBuf {
        self.runner.join("bootstrap")
    }

    /// Returns the path of its plan.
    fn plan(&self) -> PathBuf {
        self.runner.join("plan.json")
    }
}
