//! `synth check`: what is wrong with the input.

use std::io::Write;
use std::path::PathBuf;

use documents::Catalog;
use documents::catalog::Given;
use documents::finding::Findings;
use synth::files;
use synth::mapping::check::{Memory, check_again};

use super::table::Table;
use super::watch::{Watched, watch};
use super::{Messages, Outcome, size};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Input files, blueprints, or actions of any generation; or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    /// Check again at every change, until Ctrl-C
    #[arg(long, conflicts_with = "quiet")]
    pub(super) watch: bool,
    /// Judge each file on its own, in folders below folders too, and print a table by kind and by reason
    #[arg(long, conflicts_with_all = ["watch", "message_format", "strict"])]
    table: bool,
    #[command(flatten)]
    messages: Messages,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.table {
        let table = Table::of(&files::read_tree(&args.paths)?);
        write!(out, "{table}")?;
        return Ok(if table.refuses() { Outcome::Refused } else { Outcome::Done });
    }
    if args.watch {
        let watched = Watched { paths: args.paths.clone(), settings: Vec::new() };
        let mut memory = Memory::on();
        return watch(&watched, err, |kept, files, err| {
            Ok(check(kept, files, &mut memory, &args.messages, out, err)?.1)
        });
    }
    let files = files::read(&args.paths)?.into_iter().map(Given::Read).collect();
    Ok(check(Catalog::default(), files, &mut Memory::default(), &args.messages, out, err)?.0)
}

fn check(
    kept: Catalog,
    files: Vec<Given>,
    memory: &mut Memory,
    messages: &Messages,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Catalog)> {
    let mut findings = Findings::default();
    let catalog = kept.update(files, &mut findings);
    check_again(&catalog, memory, &mut findings);
    if messages.tell(&mut findings, &catalog.sources, out, err)? {
        return Ok((Outcome::Refused, catalog));
    }
    writeln!(err, "{}: no errors", size(&catalog))?;
    Ok((Outcome::Done, catalog))
}
