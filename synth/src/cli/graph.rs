//! `synth graph`: the architecture as a picture.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use serde_json::Value;

use super::{Outcome, show};
use crate::config::Config;
use crate::diff::yaml;
use crate::graph::{self, Graph};
use crate::source::{self, Source};

/// Draw the architecture: where messages come from, what of them passes, what runs, and all that it works with
///
/// Draws what blueprints/ makes now, or any other SAM or CloudFormation template.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth graph > stack.svg
  synth graph --format mermaid             for a README or a comment on GitHub
  synth graph --format dot | dot -Tpng -o stack.png
  synth graph ../other/template.yaml > other.svg")]
pub(super) struct Args {
    /// A template, YAML or JSON, or a folder with `template.yaml` in it; without one, what the input makes
    #[arg(value_name = "TEMPLATE", conflicts_with_all = ["blueprints", "config", "overrides"])]
    template: Option<PathBuf>,
    /// How the picture is written
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
    #[command(flatten)]
    input: Input,
}

/// Where the input is.
#[derive(Debug, clap::Args)]
pub(super) struct Input {
    /// Folder of input files, one blueprint with its actions each
    #[arg(long, value_name = "DIR", default_value = "blueprints")]
    blueprints: PathBuf,
    /// What shapes the template [default: synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What changes the template, by logical id [default: overrides.json beside synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A file that a browser shows
    Svg,
    /// For Graphviz
    Dot,
    /// For Mermaid
    Mermaid,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let template = match &args.template {
        Some(path) => read(path, err)?,
        None => args.input.template(err)?,
    };
    let Some(template) = template else { return Ok(Outcome::Refused) };
    let graph = Graph::of(&template);
    let picture = match args.format {
        Format::Svg => graph::svg(&graph),
        Format::Dot => graph::dot(&graph),
        Format::Mermaid => graph::mermaid(&graph),
    };
    out.write_all(picture.as_bytes())?;
    Ok(Outcome::Done)
}

/// A template of a file or of a folder; None where it is none, which is told then.
fn read(path: &Path, err: &mut dyn Write) -> anyhow::Result<Option<Value>> {
    let path = if path.is_dir() { path.join("template.yaml") } else { path.to_owned() };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let template = match yaml::read(&text) {
        Ok(template) => template,
        Err(error) => {
            writeln!(err, "error: `{}` is neither YAML nor JSON: {error}", path.display())?;
            return Ok(None);
        }
    };
    if !template.get("Resources").is_some_and(Value::is_object) {
        writeln!(err, "error: `{}` is no template: it has no `Resources`", path.display())?;
        return Ok(None);
    }
    Ok(Some(template))
}

impl Input {
    /// The template that the input makes; None where findings refuse it, which are told then.
    fn template(&self, err: &mut dyn Write) -> anyhow::Result<Option<Value>> {
        let path = self.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
        let (config, mistaken) = match Config::load(&path, self.config.is_some())? {
            Ok(config) => (config, None),
            Err(mistaken) => (Config::default(), Some(mistaken)),
        };
        let overrides = match &self.overrides {
            Some(path) => Some(Source::read(path)?),
            None => Source::find(&path.with_file_name("overrides.json"))?,
        };
        let sources = source::read(std::slice::from_ref(&self.blueprints))?;
        let (mut catalog, mut findings, built) = crate::build_with(sources, &config, overrides)?;
        if let Some(mistaken) = mistaken {
            mistaken.tell(&mut catalog.sources, &mut findings);
        }
        if findings.refuse() {
            show(&findings, &catalog.sources, err)?;
            return Ok(None);
        }
        built.map(|built| serde_json::from_str(&built.template_json).context("cannot read the template back")).transpose()
    }
}
