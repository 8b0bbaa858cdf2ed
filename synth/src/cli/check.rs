//! `synth check`: what is wrong with the input.

use std::io::Write;
use std::path::PathBuf;

use super::{Messages, Outcome, size};
use crate::Catalog;
use crate::finding::Findings;
use crate::source;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Input files, or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    messages: Messages,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let sources = source::read(&args.paths)?;
    let mut findings = Findings::default();
    let catalog = Catalog::load(sources, &mut findings);
    crate::check::check(&catalog, &mut findings);
    if args.messages.tell(&mut findings, &catalog.sources, out, err)? {
        return Ok(Outcome::Refused);
    }
    writeln!(err, "{}: no errors", size(&catalog))?;
    Ok(Outcome::Done)
}
