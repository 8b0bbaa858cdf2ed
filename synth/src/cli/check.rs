//! `synth check`: prints what is wrong with the input.

use std::io::Write;
use std::path::PathBuf;

use documents::Findings;
use synth::files;
use synth::mapping::check::{Memory, check_again};

use super::read::Read;
use super::table::Table;
use super::watch::{Watched, watch};
use super::{Messages, Outcome, size, width};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files to check, or folders of them: input files, or single blueprints and actions in any of Port's formats
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    /// Check again after every change, until Ctrl-C
    #[arg(long, conflicts_with = "quiet")]
    pub(super) watch: bool,
    /// Check each file by itself, also in subfolders, and count the findings in a table
    #[arg(long, conflicts_with_all = ["watch", "message_format", "strict"])]
    table: bool,
    #[command(flatten)]
    messages: Messages,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.table {
        let table = Table::of(&files::read_tree(&args.paths)?);
        out.write_all(width::wrap(&table.to_string(), width::of_output(), None).as_bytes())?;
        return Ok(if table.refuses() { Outcome::Refused } else { Outcome::Done });
    }
    if args.watch {
        let watched = Watched { paths: args.paths.clone(), settings: Vec::new() };
        let mut memory = Memory::on();
        return watch(&watched, err, |kept, sources, err| {
            check(kept.again(sources), &mut memory, &args.messages, out, err).map(|(_, read)| read)
        });
    }
    Ok(check(Read::new(&args.paths)?, &mut Memory::default(), &args.messages, out, err)?.0)
}

fn check(
    (read, mut findings): (Read, Findings),
    memory: &mut Memory,
    messages: &Messages,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Read)> {
    check_again(&read.catalog, &read.sources, memory, &mut findings);
    if messages.report(&mut findings, &read.sources, out, err)? {
        return Ok((Outcome::Refused, read));
    }
    writeln!(err, "{}: no errors", size(&read.catalog))?;
    Ok((Outcome::Done, read))
}
