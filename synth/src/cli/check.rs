//! `synth check`: what is wrong with the input.

use std::io::Write;
use std::path::PathBuf;

use super::{Messages, Outcome, size};
use crate::Catalog;
use crate::finding::Findings;
use crate::source;
use crate::table::Table;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Input files, blueprints, or actions of any generation; or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    /// Judge each file on its own, in folders below folders too, and print a table by kind and by reason
    #[arg(long, conflicts_with_all = ["message_format", "strict"])]
    table: bool,
    #[command(flatten)]
    messages: Messages,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.table {
        let table = Table::of(&source::read_tree(&args.paths)?);
        write!(out, "{table}")?;
        return Ok(if table.refuses() { Outcome::Refused } else { Outcome::Done });
    }
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
