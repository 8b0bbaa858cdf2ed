//! `synth explain`: what a code means, and what to do.

use std::io::Write;

use documents::finding::code;
use documents::wording::nearest;

use super::{Outcome, completions};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A finding's code, such as `type-mismatch`; without one, all codes are listed
    #[arg(value_name = "CODE", add = completions::codes())]
    code: Option<String>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let Some(wanted) = &args.code else {
        let width = code::codes().map(|code| code.name.len()).max().unwrap_or_default();
        for code in code::codes() {
            writeln!(out, "{:width$}  {}", code.name, code.summary)?;
        }
        return Ok(Outcome::Done);
    };
    if let Some(code) = code::find(wanted) {
        writeln!(out, "{}\n\n{}", code.name, code.text)?;
        return Ok(Outcome::Done);
    }
    writeln!(err, "error: there is no code `{wanted}`")?;
    let names: Vec<&str> = code::codes().map(|code| code.name).collect();
    match nearest(wanted, &names) {
        Some(name) => writeln!(err, "  help: did you mean `{name}`?")?,
        None => writeln!(err, "  help: `synth explain` lists them")?,
    }
    Ok(Outcome::Refused)
}
