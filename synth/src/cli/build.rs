//! `synth build`: everything that is deployed, from the input.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;

use super::{Messages, Outcome, size};
use crate::config::Config;
use crate::filter::Exactness;
use crate::finding::Place;
use crate::source::{self, Source};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of input files, one blueprint with its actions each
    #[arg(long, value_name = "DIR", default_value = "blueprints")]
    blueprints: PathBuf,
    /// What shapes the template [default: synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What changes the template, by logical id [default: overrides.json beside synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
    /// Folder to write
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Write nothing; exit 1 and print the difference when the folder is stale
    #[arg(long)]
    check: bool,
    /// Write nothing; print the template
    #[arg(long, conflicts_with_all = ["check", "message_format"])]
    stdout: bool,
    /// How --stdout prints the template
    #[arg(long, value_enum, default_value = "yaml", requires = "stdout")]
    format: Format,
    #[command(flatten)]
    messages: Messages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let config_path = args.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
    let (config, mistaken) = match Config::load(&config_path, args.config.is_some())? {
        Ok(config) => (config, None),
        // The input is checked all the same, so that everything is told in one run.
        Err(mistaken) => (Config::default(), Some(mistaken)),
    };
    let sources = source::read(std::slice::from_ref(&args.blueprints))?;
    let overrides = match &args.overrides {
        Some(path) => Some(Source::read(path)?),
        None => Source::find(&config_path.with_file_name("overrides.json"))?,
    };
    let (mut catalog, mut findings, built) = crate::build_with(sources, &config, overrides)?;
    if let Some(mistaken) = mistaken {
        mistaken.tell(&mut catalog.sources, &mut findings);
    }
    if let Some(built) = built.as_ref().filter(|_| args.check && args.messages.for_tools()) {
        for path in built.output.changes(&args.out)? {
            let message = format!("`{}` is not what the input makes of it", path.display());
            findings.error(catalog.sources.len(), Place::File, "stale", message).help("write it with `make synth`");
            catalog.sources.push(Source::new(path, ""));
        }
    }
    let refused = args.messages.tell(&mut findings, &catalog.sources, out, err)?;
    let Some(built) = built.filter(|_| !refused) else { return Ok(Outcome::Refused) };
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
