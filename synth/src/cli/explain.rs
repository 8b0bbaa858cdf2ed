//! `synth explain`: prints what a code means and what to do about it.

use std::io::Write;

use documents::finding::{PAGE_WIDTH, code};
use documents::wording::nearest;

use super::{Outcome, completions, width};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The code of a finding, such as `type-mismatch`; without it, all codes are listed
    #[arg(value_name = "CODE", add = completions::codes())]
    code: Option<String>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let Some(name) = &args.code else {
        let columns = width::of_output();
        let longest = code::codes().map(|code| code.name.len()).max().unwrap_or_default();
        for code in code::codes() {
            let line = format!("{:longest$}  {}\n", code.name, code.summary);
            out.write_all(width::wrap(&line, columns, Some(longest + 2)).as_bytes())?;
        }
        return Ok(Outcome::Done);
    };
    if let Some(code) = code::find(name) {
        writeln!(out, "{}\n\n{}", code.name, reflowed(code.text))?;
        return Ok(Outcome::Done);
    }
    writeln!(err, "error: unknown code `{name}`")?;
    let names: Vec<&str> = code::codes().map(|code| code.name).collect();
    match nearest(name, &names) {
        Some(name) => writeln!(err, "  help: did you mean `{name}`?")?,
        None => writeln!(err, "  help: list all codes with `synth explain`")?,
    }
    Ok(Outcome::Refused)
}

/// Wraps a section of the page at the terminal's width. Examples are not wrapped.
fn reflowed(text: &str) -> String {
    let Some(columns) = width::of_output().map(|columns| columns.min(PAGE_WIDTH)) else { return text.to_owned() };
    let parts = text.split("```").enumerate().map(|(at, part)| {
        let is_example = at % 2 == 1;
        if is_example {
            return part.to_owned();
        }
        let paragraphs = part.split("\n\n").map(|paragraph| {
            let words = paragraph.replace(char::is_whitespace, " ");
            width::wrap(&words, Some(columns), Some(0)).into_owned()
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    });
    parts.collect::<Vec<_>>().join("```")
}
