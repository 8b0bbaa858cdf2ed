//! `synth explain`: prints what a code means and what to do about it.

use std::io::Write;

use documents::finding::PAGE_WIDTH;
use documents::finding::code::{self, Code};
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
        explain(&code, out)?;
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

/// Prints what a code means, and its example before and after the correction.
fn explain(code: &Code<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{}\n\n{}", code.name, reflowed(code.prose()))?;
    let Some(example) = code.example() else { return Ok(()) };
    let place = match example.kind {
        "file" => "in a file of `blueprints/`".to_owned(),
        "action" => "in an action of a blueprint".to_owned(),
        "upgrade" => "in a file for `synth upgrade`".to_owned(),
        file => format!("in `{file}`"),
    };
    for (title, text) in [(format!("Wrong, {place}:"), example.wrong), ("Corrected:".to_owned(), example.corrected)] {
        writeln!(out, "\n{title}\n")?;
        for line in text.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// Wraps paragraphs at the terminal's width. Without a terminal, lines are not changed.
fn reflowed(prose: &str) -> String {
    let Some(columns) = width::of_output().map(|columns| columns.min(PAGE_WIDTH)) else { return prose.to_owned() };
    let paragraphs = prose.split("\n\n").map(|paragraph| {
        let words = paragraph.replace(char::is_whitespace, " ");
        width::wrap(&words, Some(columns), Some(0)).into_owned()
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
