//! `synth check`: what is wrong with the input.

use std::io::Write;
use std::path::PathBuf;

use super::{Outcome, show, size};
use crate::Catalog;
use crate::finding::Findings;
use crate::source;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Input files, or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, err: &mut dyn Write) -> anyhow::Result<Outcome> {
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
