//! `synth build`: writes everything that is deployed.

use std::io::Write;
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use documents::Source;
use documents::finding::{Findings, Place};
use synth::mapping::check::Memory;
use synth::plan::filter::Exactness;
use synth::{Build, folder};

use super::input::Input;
use super::read::Read;
use super::watch::watch;
use super::{Messages, Outcome, make, note, size};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Write nothing; print a diff and exit with 1 if the folder is stale
    #[arg(long)]
    check: bool,
    /// Write nothing; print the template
    #[arg(long, conflicts_with_all = ["check", "message_format"])]
    stdout: bool,
    /// Format of the template with --stdout
    #[arg(long, value_enum, default_value = "yaml", requires = "stdout")]
    format: Format,
    /// Build again after every change, until Ctrl-C
    #[arg(long, conflicts_with_all = ["check", "stdout", "quiet"])]
    pub(super) watch: bool,
    #[command(flatten)]
    messages: Messages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.watch {
        let mut memory = Memory::on();
        return watch(&args.input.watched(), err, |read, err| {
            args.messages.or_report(read.and_then(|read| build(args, read, &mut memory, out, err)), out)
        });
    }
    let read = Read::new(std::slice::from_ref(&args.input.blueprints));
    let built = read.and_then(|read| build(args, read, &mut Memory::default(), out, err));
    Ok(args.messages.or_report(built, out)?.0)
}

fn build(
    args: &Args,
    (mut read, mut findings): (Read, Findings),
    memory: &mut Memory,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Read)> {
    let built = args.input.make(&mut read, memory, &mut findings)?;
    let Read { sources, catalog, left_out } = &mut read;
    let files = built.as_ref().filter(|_| !args.stdout).map(Build::files).transpose()?;
    if let Some(files) = files.as_ref().filter(|_| args.check && args.messages.for_tools()) {
        for path in files.changes(&args.out)? {
            let message = format!("`{}` is out of date", path.display());
            let file = sources.add(Source::new(path, ""));
            findings.error(file, Place::File, "stale", message).help(format!("run `{}`", make::command()));
        }
    }
    let refused = args.messages.report(&mut findings, sources, out, err)?;
    note(left_out.as_deref(), err)?;
    let Some(built) = built.filter(|_| !refused) else {
        if !args.check && !args.stdout {
            writeln!(err, "nothing was written")?;
        }
        return Ok((Outcome::Refused, read));
    };
    if built.filter != Exactness::Exact {
        writeln!(
            err,
            "note: the plan does not fit into Lambda's five event filters, so the function is also started for some messages of others, and skips them; {}",
            built.filter.describe()
        )?;
    }
    let Some(files) = files else {
        let text = match args.format {
            Format::Yaml => built.template_yaml().to_owned(),
            Format::Json => built.template_json(),
        };
        out.write_all(text.as_bytes())?;
        return Ok((Outcome::Done, read));
    };
    if args.check {
        let difference = files.difference(&args.out)?;
        if difference.is_empty() {
            writeln!(err, "`{}` is up to date", args.out.display())?;
            return Ok((Outcome::Done, read));
        }
        out.write_all(difference.as_bytes())?;
        writeln!(err, "error: `{}` is stale; run\n  {}", args.out.display(), make::command())?;
        return Ok((Outcome::Refused, read));
    }
    folder::claim(&args.out, Some(&args.input.blueprints))?;
    let changed = files.write(&args.out)?;
    let size = size(catalog);
    match changed {
        0 => writeln!(err, "{size}: `{}` is up to date", args.out.display())?,
        1 => writeln!(err, "{size}: wrote 1 file to `{}`", args.out.display())?,
        n => writeln!(err, "{size}: wrote {n} files to `{}`", args.out.display())?,
    }
    Ok((Outcome::Done, read))
}
