//! `synth graph`: the architecture as a picture.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use review::graph::{Columns, Graph};
use review::write;

use super::input::Input;
use super::{Outcome, side};

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
    /// A template, YAML or JSON, or a folder with one; without it, what the input makes
    #[arg(value_name = "TEMPLATE", conflicts_with_all = ["blueprints", "config", "overrides"])]
    template: Option<PathBuf>,
    /// How the picture is written
    #[arg(long, value_enum, default_value = "svg", value_name = "FORMAT")]
    format: Format,
    /// One column in the SVG, for a phone or a margin
    #[arg(long)]
    narrow: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a browser, light or dark as its reader likes it
    Svg,
    /// For Graphviz
    Dot,
    /// For Mermaid
    Mermaid,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let side = match &args.template {
        Some(path) => side::at_path(path)?,
        None => match args.input.made(err)? {
            Some(built) => side::from_build(String::new(), built)?,
            None => return Ok(Outcome::Refused),
        },
    };
    let graph = Graph::from_template(&side.template);
    let picture = match args.format {
        Format::Svg => write::svg(&graph, if args.narrow { Columns::One } else { Columns::Two }),
        Format::Dot => write::dot(&graph),
        Format::Mermaid => write::mermaid(&graph),
    };
    out.write_all(picture.as_bytes())?;
    Ok(Outcome::Done)
}
