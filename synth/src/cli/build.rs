//! `synth build`: everything that is deployed, from the input.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::watch::{Watched, watch};
use super::{Outcome, show, size};
use crate::catalog::{Catalog, Given};
use crate::check::Memory;
use crate::config::Config;
use crate::filter::Exactness;
use crate::finding::Findings;
use crate::source;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
    /// Write again at every change, until Ctrl-C
    #[arg(long, conflicts_with_all = ["check", "stdout", "quiet"])]
    pub(super) watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let config_path = args.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
    if args.watch {
        let watched = Watched { paths: vec![args.blueprints.clone()], besides: Some(config_path.clone()) };
        let mut memory = Memory::on();
        return watch(&watched, err, |kept, files, err| {
            Ok(build(args, &config_path, updated(kept, files), &mut memory, out, err)?.1)
        });
    }
    let files = source::read(std::slice::from_ref(&args.blueprints))?.into_iter().map(Given::Read).collect();
    let loaded = updated(Catalog::default(), files);
    let (outcome, catalog) = build(args, &config_path, loaded, &mut Memory::default(), out, err)?;
    // The process ends here; taking a large catalogue apart first would only take time.
    std::mem::forget(catalog);
    Ok(outcome)
}

fn updated(kept: Catalog, files: Vec<Given>) -> (Catalog, Findings) {
    let mut findings = Findings::default();
    let catalog = kept.update(files, &mut findings);
    (catalog, findings)
}

fn build(
    args: &Args,
    config_path: &Path,
    (catalog, mut findings): (Catalog, Findings),
    memory: &mut Memory,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Catalog)> {
    let config = match Config::load(config_path, args.config.is_some())? {
        Ok(config) => config,
        Err(refused) => {
            writeln!(err, "error: {refused}")?;
            return Ok((Outcome::Refused, catalog));
        }
    };
    let built = crate::make(&catalog, memory, &mut findings, &config)?;
    show(&findings, &catalog.sources, err)?;
    let Some(built) = built else { return Ok((Outcome::Refused, catalog)) };
    if built.filter != Exactness::Exact {
        writeln!(err, "note: the plan outgrows Lambda's event filters; {}", built.filter.describe())?;
    }
    if args.stdout {
        let text = match args.format {
            Format::Yaml => built.output.0.get(&PathBuf::from("template.yaml")).map_or("", String::as_str),
            Format::Json => &built.template_json,
        };
        out.write_all(text.as_bytes())?;
        return Ok((Outcome::Done, catalog));
    }
    if args.check {
        let difference = built.output.difference(&args.out)?;
        if difference.is_empty() {
            writeln!(err, "`{}` is up to date", args.out.display())?;
            return Ok((Outcome::Done, catalog));
        }
        out.write_all(difference.as_bytes())?;
        writeln!(err, "error: `{}` is stale; write it with\n  make synth", args.out.display())?;
        return Ok((Outcome::Refused, catalog));
    }
    let changed = built.output.write(&args.out)?;
    let size = size(&catalog);
    match changed {
        0 => writeln!(err, "{size}: `{}` is up to date", args.out.display())?,
        1 => writeln!(err, "{size}: wrote 1 file to `{}`", args.out.display())?,
        n => writeln!(err, "{size}: wrote {n} files to `{}`", args.out.display())?,
    }
    Ok((Outcome::Done, catalog))
}
