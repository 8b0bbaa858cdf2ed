//! `synth check`: prints what is wrong with the input.

use std::io::Write;
use std::path::{Path, PathBuf};

use documents::Findings;
use synth::files;
use synth::mapping::check::{Memory, check_again};

use super::input::Input;
use super::read::Read;
use super::table::Table;
use super::watch::{Watched, watch};
use super::{Messages, Outcome, note, size, width};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files to check, or folders of them: input files, or single blueprints and actions in any of Port's formats; `-` is
    /// standard input [default: the whole project, as `synth build` reads it]
    #[arg(value_name = "PATH", conflicts_with_all = ["blueprints", "config", "overrides"])]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    input: Input,
    /// Check again after every change, until Ctrl-C
    #[arg(long, conflicts_with = "quiet")]
    pub(super) watch: bool,
    /// Check each file by itself, and count the findings in a table
    #[arg(long, conflicts_with_all = ["watch", "message_format", "strict"])]
    table: bool,
    #[command(flatten)]
    messages: Messages,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.table {
        let folder = std::slice::from_ref(&args.input.blueprints);
        let table = Table::of(&files::read(if args.paths.is_empty() { folder } else { &args.paths })?);
        out.write_all(width::wrap(&table.to_string(), width::of_output(), None).as_bytes())?;
        return Ok(if table.refuses() { Outcome::Refused } else { Outcome::Done });
    }
    if args.watch {
        if args.paths.iter().any(|path| path == Path::new("-")) {
            anyhow::bail!("standard input cannot be watched; leave out --watch, or name a file");
        }
        let watched = match args.paths.as_slice() {
            [] => args.input.watched(),
            paths => Watched { paths: paths.to_owned(), settings: Vec::new() },
        };
        let mut memory = Memory::on();
        return watch(&watched, err, |read, err| {
            args.messages.or_report(read.and_then(|read| check(args, read, &mut memory, out, err)), out)
        });
    }
    let read = match args.paths.as_slice() {
        [] => Read::new(std::slice::from_ref(&args.input.blueprints)),
        paths => Read::new(paths),
    };
    let checked = read.and_then(|read| check(args, read, &mut Memory::default(), out, err));
    Ok(args.messages.or_report(checked, out)?.0)
}

/// Checks the whole project as a build does, or only the paths that were passed.
fn check(
    args: &Args,
    (mut read, mut findings): (Read, Findings),
    memory: &mut Memory,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Read)> {
    if args.paths.is_empty() {
        args.input.make(&mut read, memory, &mut findings)?;
    } else {
        check_again(&read.catalog, &read.sources, memory, &mut findings);
    }
    let refused = args.messages.report(&mut findings, &read.sources, out, err)?;
    note(read.left_out.as_deref(), err)?;
    if refused {
        return Ok((Outcome::Refused, read));
    }
    writeln!(err, "{}: no errors", size(&read.catalog))?;
    Ok((Outcome::Done, read))
}
