//! `synth graph`: draws the architecture as a diagram.

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::ValueEnum;
use review::graph::{Columns, Graph};
use review::write;

use super::input::Input;
use super::{Outcome, side};

/// Draw the architecture: message sources, filters, functions, and the resources that they use
///
/// Draws the stack that blueprints/ builds, or any other SAM or CloudFormation template.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth graph > stack.svg
  synth graph --format mermaid             for a README or a GitHub comment
  synth graph --format dot | dot -Tpng -o stack.png
  synth graph ../other/template.yaml > other.svg")]
pub(super) struct Args {
    /// A template in YAML or JSON, or a folder with one [default: what blueprints/ builds]
    #[arg(value_name = "TEMPLATE", conflicts_with_all = ["blueprints", "config", "overrides"])]
    template: Option<PathBuf>,
    /// Format of the diagram
    #[arg(long, value_enum, default_value = "svg", value_name = "FORMAT")]
    format: Format,
    /// Draw the SVG in one column, for narrow screens
    #[arg(long)]
    narrow: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a browser, in light or dark mode
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
    for note in &side.notes {
        writeln!(err, "warning: {}: {note}", side.name)?;
    }
    let graph = side.excess.map_or_else(|| Graph::from_template(&side.template), Err);
    let graph = graph.map_err(|excess| {
        let name = if side.name.is_empty() { "the template" } else { &side.name };
        anyhow!("{name} {excess}, so it is not drawn; split it into several templates, and draw each")
    })?;
    let diagram = match args.format {
        Format::Svg => write::svg(&graph, if args.narrow { Columns::One } else { Columns::Two }),
        Format::Dot => write::dot(&graph),
        Format::Mermaid => write::mermaid(&graph),
    };
    out.write_all(diagram.as_bytes())?;
    Ok(Outcome::Done)
}
