//! Writes a report for a comment on a GitHub pull request.
//!
//! Text from a template or a document is shown literally: it never becomes HTML, a table or a mention.

use std::fmt::Write as _;

use model::visible::visible;

use super::markup;
use super::phrase::{details, fate, sentence};
use super::section::{Content, Item, Section, sections};
use crate::compare::report::{Report, ResourceChange};

/// Marks the comment, so that later runs find and edit it instead of adding another.
pub(super) const MARKER: &str = "<!-- synth-diff -->";

/// The most bytes of a comment. GitHub accepts 65,536 characters, and there are at least as many bytes.
const MOST: usize = 65_000;

/// The bytes reserved for the note in a truncated block.
const NOTE: usize = 120;

/// A block of the comment: lines between a head and a foot.
#[derive(Debug, Default)]
struct Block {
    head: String,
    lines: Vec<String>,
    foot: String,
}

/// Writes the report as Markdown; at most [`MOST`] bytes.
pub fn markdown(report: &Report) -> String {
    let head = |head: String| Block { head, ..Block::default() };
    let mut parts = vec![head(format!("{MARKER}\n### {}\n", prose(&sentence(report))))];
    if report.is_empty() {
        parts.push(head("\nNo changes to what is deployed.\n".to_owned()));
    }
    parts.extend(sections(report).into_iter().map(part));
    fitted(parts)
}

fn part(section: Section<'_>) -> Block {
    let title = section.title;
    match section.content {
        Content::List(items) => {
            let lines = items.iter().map(item).collect();
            Block { head: format!("\n#### {title}\n\n"), lines, foot: String::new() }
        }
        Content::Table(resources) => {
            let columns = "| resource | change | reason and risk |\n|---|---|---|\n";
            let lines = resources.into_iter().map(row).collect();
            Block { head: format!("\n#### {title}\n\n{columns}"), lines, foot: String::new() }
        }
        Content::Trees(items) => folded(title, items.iter().flat_map(block).collect()),
    }
}

/// Removes lines from the end until the blocks fit.
fn fitted(mut parts: Vec<Block>) -> String {
    let size =
        |part: &Block| part.head.len() + part.foot.len() + part.lines.iter().map(|line| line.len() + 1).sum::<usize>();
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
                "… {} of {all} lines are not shown here; run `synth diff` to see them all\n",
                all - part.lines.len()
            );
            // The note comes after the end of a truncated table or code block.
            let _ = write!(part.foot, "\n{note}");
            over = over.saturating_sub(cut.saturating_sub(note.len() + 1));
        }
    }
    let mut out = String::new();
    for part in &parts {
        out.push_str(&part.head);
        for line in &part.lines {
            let _ = writeln!(out, "{line}");
        }
        out.push_str(&part.foot);
    }
    out
}

fn item(item: &Item<'_>) -> String {
    let subject = item.subject.map(|subject| format!("`{subject}`: ")).unwrap_or_default();
    let mut lines = vec![prose(&format!("{subject}{}", item.text))];
    lines.extend(item.more.iter().map(|more| prose(more)));
    format!("- **{}** {}", escaped(item.sign.ascii()), lines.join("<br>"))
}

fn row(change: &ResourceChange) -> String {
    let why: Vec<String> = details(change).iter().map(|words| prose(words)).collect();
    format!("| {} | {} | {} |", code(&change.id), escaped(&fate(change)), why.join("<br>"))
}

/// Writes lines for a `diff` code block, which shows additions and deletions in colour.
fn block(item: &Item<'_>) -> Vec<String> {
    let first = if matches!(item.sign.ascii(), "~" | "?") { " " } else { item.sign.ascii() };
    let one_line = |text: String| visible(&text).into_owned();
    let mut lines = vec![one_line(format!("{first} {}", item.text))];
    for more in &item.more {
        let (sign, rest) = match more.chars().next() {
            Some(sign @ ('+' | '-')) => (sign, more.get(1..).unwrap_or_default()),
            _ => (' ', more.as_str()),
        };
        lines.push(one_line(format!("{sign}     {rest}")));
    }
    lines
}

/// Writes a collapsed code block.
fn folded(title: &str, lines: Vec<String>) -> Block {
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    Block {
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

fn prose(words: &str) -> String {
    markup::prose(words, escaped)
}

fn code(word: &str) -> String {
    markup::code(word, escaped)
}

/// Escapes text, so that it has no meaning in Markdown and in HTML.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in visible(&words.replace(['\n', '\r'], " ")).chars() {
        match letter {
            // GitHub links names and numbers even after an escaped sign.
            '@' | '#' => {
                let _ = write!(out, "&#{};&#8203;", u32::from(letter));
            }
            '&' | '<' | '>' | '"' | '\'' | '`' | '*' | '_' | '|' | '[' | ']' | '\\' | '~' | '!' | '$' => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    // GitHub also links bare addresses.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(prose("a `b|c` <d>"), "a <code>b&#124;c</code> &#60;d&#62;");
        assert_eq!(prose("an odd ` one"), "an odd &#96; one");
        assert_eq!(escaped("@team #1"), "&#64;&#8203;team &#35;&#8203;1");
        assert_eq!(escaped("a\nb"), "a b");
    }

    #[test]
    fn truncated_blocks_have_a_note() {
        let part = |title: &str, lines: usize| Block {
            head: format!("# {title}\n"),
            lines: vec!["x".repeat(99); lines],
            foot: "end\n".to_owned(),
        };
        let text = fitted(vec![part("a", 10), part("b", 100), part("c", 1_000)]);
        assert!(text.len() <= MOST, "{}", text.len());
        assert!(text.len() > MOST - 1_000);
        assert!(text.contains("of 1000 lines are not shown"), "{text}");
        let text = fitted(vec![part("a", 10), part("b", 1_000), part("c", 1_000)]);
        assert!(
            text.len() <= MOST && text.contains("… 1000 of 1000 lines") && text.contains("of 1000 lines are not shown")
        );
    }
}
