//! The width of printed text: that of the terminal, so that lines break between words.

use std::borrow::Cow;
use std::io;

use documents::finding::PAGE_WIDTH;
use terminal_size::{Width, terminal_size_of};

/// The smallest width to lay text out for.
const LEAST: usize = 40;

/// Returns the columns for findings: those of the terminal, at most those of a page.
pub(crate) fn of_findings() -> usize {
    columns(terminal_size_of(io::stderr()).map(|(width, _)| width)).unwrap_or(PAGE_WIDTH).min(PAGE_WIDTH)
}

/// Returns the columns of standard output. `None` if it is not a terminal, whatever `COLUMNS` says: a program that reads
/// it gets whole lines.
pub(super) fn of_output() -> Option<usize> {
    terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns).max(LEAST))
}

/// Returns the columns of a terminal, or else those in `COLUMNS`, as clap does for help.
fn columns(terminal: Option<Width>) -> Option<usize> {
    let from_environment = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = terminal.map(|Width(columns)| columns.into()).or_else(from_environment);
    columns.map(|columns: usize| columns.max(LEAST))
}

/// Breaks lines that are wider than `width` at blanks. The rest is indented by `hang`, or by four more than its line.
pub(super) fn wrap(text: &str, width: Option<usize>, hang: Option<usize>) -> Cow<'_, str> {
    let Some(width) = width.filter(|&width| text.lines().any(|line| line.chars().count() > width)) else {
        return Cow::Borrowed(text);
    };
    let mut wrapped = String::new();
    for line in text.split_inclusive('\n') {
        let indent = line.chars().take_while(|letter| *letter == ' ').count();
        let hang = hang.unwrap_or(indent + 4).min(width / 2);
        let mut rest = line;
        let mut taken = 0;
        while let Some(end) = place_to_break(rest, width - taken, if taken == 0 { indent } else { 0 }) {
            let (before, after) = rest.split_at(end);
            wrapped.push_str(before.trim_end());
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', hang));
            rest = after.trim_start_matches(' ');
            taken = hang;
        }
        wrapped.push_str(rest);
    }
    Cow::Owned(wrapped)
}

/// Returns where to break a line of more than `width` characters: at the last blank that fits, or else at the first one.
/// Blanks before `start` belong to the indentation.
fn place_to_break(line: &str, width: usize, start: usize) -> Option<usize> {
    let line = line.trim_end();
    if line.chars().count() <= width {
        return None;
    }
    let blanks = line.char_indices().enumerate().filter(|(at, (_, letter))| *at >= start && *letter == ' ');
    let blanks: Vec<(usize, usize)> = blanks.map(|(at, (byte, _))| (at, byte)).collect();
    let fitting = blanks.iter().rev().find(|(at, _)| *at <= width);
    fitting.or_else(|| blanks.first()).map(|(_, byte)| *byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_at_blanks() {
        for (text, hang, want) in [
            ("one two three\n", None, "one two three\n"),
            ("one two three four five\n", None, "one two three\n    four five\n"),
            ("  - a: one two three\n  - b\n", None, "  - a: one two\n      three\n  - b\n"),
            ("key  one two three four", Some(5), "key  one two\n     three\n     four"),
            ("    onetwothreefourfive six", None, "    onetwothreefourfive\n       six"),
            ("onetwothreefourfive", None, "onetwothreefourfive"),
            ("grün größer schöner", None, "grün größer\n    schöner"),
        ] {
            assert_eq!(wrap(text, Some(14), hang), want);
            assert_eq!(wrap(text, None, hang), text);
        }
    }
}
