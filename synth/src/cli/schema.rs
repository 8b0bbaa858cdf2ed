//! `synth schema`: writes JSON Schemas for editors.

use std::io::Write;
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use synth::{Output, folder, schema};

use super::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder to write to: DIR/schema/blueprint.json and DIR/schema/synth.json
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Write nothing; print a diff and exit with 1 if a schema is stale
    #[arg(long)]
    check: bool,
    /// Write nothing; print one schema [default: blueprint]
    #[arg(long, value_name = "SCHEMA", value_enum, num_args = 0..=1, default_missing_value = "blueprint", conflicts_with = "check")]
    stdout: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Input files: blueprints/*.json
    Blueprint,
    /// synth.toml
    Synth,
    /// What `synth diff --format json` prints
    Report,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let output = Output(schema::files()?.into_iter().collect());
    if let Some(name) = args.stdout {
        let file = |path: &str| output.0.get(&PathBuf::from(path)).cloned().unwrap_or_default();
        let text = match name {
            Name::Blueprint => file("schema/blueprint.json"),
            Name::Synth => file("schema/synth.json"),
            Name::Report => schema::report()?,
        };
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Done);
    }
    let written = args.out.join("schema");
    let written = written.display();
    if args.check {
        let difference = output.difference(&args.out)?;
        if difference.is_empty() {
            writeln!(err, "`{written}` is up to date")?;
            return Ok(Outcome::Done);
        }
        out.write_all(difference.as_bytes())?;
        writeln!(err, "error: `{written}` is stale; run\n  synth schema")?;
        return Ok(Outcome::Refused);
    }
    folder::claim(&args.out, None)?;
    match output.write(&args.out, None)? {
        0 => writeln!(err, "`{written}` is up to date")?,
        1 => writeln!(err, "wrote 1 file to `{written}`")?,
        n => writeln!(err, "wrote {n} files to `{written}`")?,
    }
    Ok(Outcome::Done)
}
