//! A report for a comment on a pull request at GitHub.
//!
//! Whatever a template or a document says is shown and does nothing: it forms no HTML, no table, no mention of anybody.

use std::fmt::Write as _;

use super::markup;
use crate::compare::report::{Direction, PermissionChange, Report, ResourceChange};
use crate::write::text::{
    details, document, effect, everything, fate, permission, second_look, sentence, setting, sign, tree,
};

/// By this the comment is found again, so that there is one and it is edited.
pub(super) const MARKER: &str = "<!-- synth-diff -->";

/// GitHub takes 65,536 characters; bytes are at least as many.
const MOST: usize = 65_000;

/// Where a part is cut, this much is left for saying so.
const NOTE: usize = 120;

/// A part of the comment: lines between a head and a foot.
#[derive(Debug, Default)]
struct Part {
    head: String,
    lines: Vec<String>,
    foot: String,
}

/// The report as Markdown, in its own order; at most [`MOST`] bytes.
pub fn markdown(report: &Report) -> String {
    let mut parts =
        vec![Part { head: format!("{MARKER}\n### {}\n", escaped(&sentence(&report.verdict))), ..Part::default() }];
    if report.is_empty() {
        parts.push(Part { head: "\nNothing that is deployed changes.\n".to_owned(), ..Part::default() });
    }
    parts.push(list("What it means", report.meaning.iter().map(|one| item(sign(one.happens), &one.text, &[]))));
    parts.push(destructive(report));
    parts.push(permissions(report));
    parts.push(list(
        "How messages are delivered",
        report.delivery.iter().map(|one| item("~", &format!("`{}`: {}", one.mapping, one.text), &[])),
    ));
    let given = report.settings.iter().filter(|one| !one.text.is_empty());
    parts.push(list("What whoever deploys gives", given.map(|one| item(sign(one.happens), &one.text, &[]))));
    parts.push(list("Not compared", report.notes.iter().map(|note| item("?", note, &[]))));
    let port = report.port.iter().flat_map(|one| block(sign(one.happens), &document(one), &tree(&one.changes)));
    parts.push(folded("What Port will hold", port.collect()));
    let resources = report.resources.iter().flat_map(|one| {
        let made = one.made_of.as_ref().map_or_else(String::new, |of| format!(", which SAM makes of {of}"));
        block(effect(one.effect), &format!("{} ({}): {}{made}", one.id, one.kind, fate(one)), &everything(one))
    });
    let settings = report.settings.iter().flat_map(|one| block(sign(one.happens), &setting(one), &tree(&one.changes)));
    parts.push(folded("Everything in the template", resources.chain(settings).collect()));
    fitted(parts)
}

/// Cuts from the end, until all of it fits.
fn fitted(mut parts: Vec<Part>) -> String {
    let size = |part: &Part| {
        if part.head.is_empty() {
            0
        } else {
            part.head.len() + part.foot.len() + part.lines.iter().map(|line| line.len() + 1).sum::<usize>()
        }
    };
    let mut over = parts.iter().map(size).sum::<usize>().saturating_sub(MOST);
    for part in parts.iter_mut().rev() {
        if over == 0 {
            break;
        }
        let all = part.lines.len();
        let mut cut = 0;
        while cut < over + NOTE
            && let Some(line) = part.lines.pop()
        {
            cut += line.len() + 1;
        }
        if part.lines.len() < all {
            let note = format!(
                "… {} of {all} lines are left out here: `synth diff` prints them all\n",
                all - part.lines.len()
            );
            // A cut table or code block ends before anything is said about it.
            let _ = write!(part.foot, "\n{note}");
            over = over.saturating_sub(cut.saturating_sub(note.len() + 1));
        }
    }
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.head.is_empty()) {
        out.push_str(&part.head);
        for line in &part.lines {
            let _ = writeln!(out, "{line}");
        }
        out.push_str(&part.foot);
    }
    out
}

fn list(title: &str, items: impl Iterator<Item = String>) -> Part {
    let lines: Vec<String> = items.collect();
    if lines.is_empty() {
        return Part::default();
    }
    Part { head: format!("\n#### {title}\n\n"), lines, foot: String::new() }
}

fn item(sign: &str, words: &str, more: &[String]) -> String {
    let lines: Vec<String> = std::iter::once(words).chain(more.iter().map(String::as_str)).map(sentence_of).collect();
    format!("- **{}** {}", escaped(sign), lines.join("<br>"))
}

fn destructive(report: &Report) -> Part {
    let row = |one: &ResourceChange| {
        let why: Vec<String> = details(one).iter().map(|words| sentence_of(words)).collect();
        format!("| {} | {} | {} |", code(&one.id), escaped(&fate(one)), why.join("<br>"))
    };
    let lines: Vec<String> = report.destructive().map(row).collect();
    if lines.is_empty() {
        return Part::default();
    }
    let head =
        "\n#### What goes, or may go\n\n| resource | what happens | why, and what is at stake |\n|---|---|---|\n";
    Part { head: head.to_owned(), lines, foot: String::new() }
}

fn permissions(report: &Report) -> Part {
    let line = |one: &PermissionChange| {
        let sign = if one.direction == Direction::Widened { "+" } else { "-" };
        item(sign, &permission(one), &second_look(one))
    };
    list("Who may do what", report.permissions.iter().map(line))
}

/// Lines for a block of code that shows additions and deletions in colour.
fn block(sign: &str, words: &str, below: &[String]) -> Vec<String> {
    let first = if sign == "~" || sign == "?" { " " } else { sign };
    let one_line = |words: String| words.replace(char::is_control, "\u{fffd}");
    let mut lines = vec![one_line(format!("{first} {words}"))];
    for one in below {
        let (sign, rest) = match one.chars().next() {
            Some(sign @ ('+' | '-')) => (sign, one.get(1..).unwrap_or_default()),
            _ => (' ', one.as_str()),
        };
        lines.push(one_line(format!("{sign}     {rest}")));
    }
    lines
}

/// A block of code that is closed until somebody opens it.
fn folded(title: &str, lines: Vec<String>) -> Part {
    if lines.is_empty() {
        return Part::default();
    }
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    Part {
        head: format!("\n<details><summary>{title}</summary>\n\n{fence}diff\n"),
        lines,
        foot: format!("{fence}\n\n</details>\n"),
    }
}

fn longest_run(text: &str, letter: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for other in text.chars() {
        run = if other == letter { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn sentence_of(words: &str) -> String {
    markup::prose(words, escaped)
}

fn code(word: &str) -> String {
    markup::code(word, escaped)
}

/// Text that is nothing but text, in Markdown and in HTML.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            // Names and numbers are linked wherever they stand, however the sign is written.
            '@' | '#' => {
                let _ = write!(out, "&#{};&#8203;", u32::from(letter));
            }
            '&' | '<' | '>' | '"' | '\'' | '`' | '*' | '_' | '|' | '[' | ']' | '\\' | '~' | '!' | '$' => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    // A link of its own making.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_text() {
        assert_eq!(sentence_of("a `b|c` <d>"), "a <code>b&#124;c</code> &#60;d&#62;");
        assert_eq!(sentence_of("an odd ` one"), "an odd &#96; one");
        assert_eq!(escaped("@team #1"), "&#64;&#8203;team &#35;&#8203;1");
        assert_eq!(escaped("a\nb"), "a b");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_said() {
        let part = |title: &str, lines: usize| Part {
            head: format!("# {title}\n"),
            lines: vec!["x".repeat(99); lines],
            foot: "end\n".to_owned(),
        };
        let text = fitted(vec![part("a", 10), part("b", 100), part("c", 1_000)]);
        assert!(text.len() <= MOST, "{}", text.len());
        assert!(text.len() > MOST - 1_000);
        assert!(text.contains("of 1000 lines are left out here"), "{text}");
        let text = fitted(vec![part("a", 10), part("b", 1_000), part("c", 1_000)]);
        assert!(
            text.len() <= MOST && text.contains("… 1000 of 1000 lines") && text.contains("of 1000 lines are left out")
        );
    }
}
