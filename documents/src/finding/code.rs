//! The codes of findings. Their register is the reference page, `docs/findings.md`, which is compiled in, so that
//! `synth explain`, code scanning and the page cannot disagree.

use crate::finding::Severity;

/// The reference page.
pub const PAGE: &str = include_str!("findings.md");

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<'a> {
    /// Its name in kebab case. Stable, because tools and people look it up.
    pub name: &'a str,
    /// The severity of most of its findings.
    pub severity: Severity,
    /// What it means, in one sentence.
    pub summary: &'a str,
    /// Its section of the page, without the heading.
    pub text: &'a str,
}

/// Input that causes a finding, and the same input corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example<'a> {
    /// What the input is: `file`, `action`, `upgrade`, `overrides.json`, `synth.toml` or `params.dev.yaml`.
    pub kind: &'a str,
    /// The input that causes the finding.
    pub wrong: &'a str,
    /// The input without the mistake.
    pub corrected: &'a str,
}

/// Returns every code, in the order of the page.
pub fn codes() -> impl Iterator<Item = Code<'static>> {
    read(PAGE)
}

/// Returns the code of that name.
pub fn find(name: &str) -> Option<Code<'static>> {
    codes().find(|code| code.name == name)
}

impl<'a> Code<'a> {
    /// Returns the text above the example: what the code means, and what to do.
    pub fn prose(&self) -> &'a str {
        self.text.split_once("\n```").map_or(self.text, |(prose, _)| prose.trim_end())
    }

    /// Returns the example, which a few codes do not have.
    pub fn example(&self) -> Option<Example<'a>> {
        let (_, blocks) = self.text.split_once("\n```")?;
        let (wrong, rest) = blocks.split_once("\n```\n")?;
        let (_, corrected) = rest.split_once(CORRECTED)?;
        let (corrected, _) = corrected.split_once("\n```")?;
        let (heading, wrong) = wrong.split_once('\n')?;
        let corrected = corrected.strip_prefix(heading)?.strip_prefix('\n')?;
        let (_, kind) = heading.split_once(' ')?;
        Some(Example { kind, wrong, corrected })
    }
}

/// What is between the two blocks of an example.
const CORRECTED: &str = "\nCorrected:\n\n```";

/// Reads the sections of a page. A section starts with ``### `name` `` and a line such as `Error: what it is.`
fn read(page: &str) -> impl Iterator<Item = Code<'_>> {
    page.split("\n### `").skip(1).filter_map(|section| {
        let (name, text) = section.split_once("`\n")?;
        let text = text.split("\n## ").next()?.trim();
        let first = text.lines().next()?;
        let (severity, summary) = first.split_once(": ")?;
        let severity = if severity == "Error" { Severity::Error } else { Severity::Warning };
        Some(Code { name, severity, summary, text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read() {
        let page =
            "# Findings\n\n## A\n\n### `a-b`\n\nError: bad.\n\nFix it.\n\n### `c`\n\nWarning: odd.\n\n## B\n\nText.\n";
        let read: Vec<_> = read(page).map(|code| (code.name, code.severity, code.summary, code.text)).collect();
        assert_eq!(
            read,
            [
                ("a-b", Severity::Error, "bad.", "Error: bad.\n\nFix it."),
                ("c", Severity::Warning, "odd.", "Warning: odd.")
            ]
        );
    }

    #[test]
    fn an_example_has_two_blocks() {
        let text = "Error: bad.\n\nFix it.\n\n```jsonc file\n{\n}\n```\n\nCorrected:\n\n```jsonc file\n[\n]\n```";
        let code = Code { name: "a", severity: Severity::Error, summary: "bad.", text };
        assert_eq!(code.prose(), "Error: bad.\n\nFix it.");
        assert_eq!(code.example(), Some(Example { kind: "file", wrong: "{\n}", corrected: "[\n]" }));
        let plain = Code { text: "Error: bad.\n\nFix it.", ..code };
        assert_eq!((plain.prose(), plain.example()), (plain.text, None));
        for broken in [text.replace("Corrected:", "Better:"), text.replacen("jsonc file", "jsonc action", 1)] {
            assert_eq!(Code { text: &broken, ..code }.example(), None);
        }
    }
}
