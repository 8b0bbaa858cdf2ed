//! The codes of findings. Their register is the reference page, `docs/findings.md`, which is compiled in: what
//! `synth explain` prints, what code scanning shows and what the page says cannot differ.

use crate::finding::Severity;

/// The reference page.
pub const PAGE: &str = include_str!("findings.md");

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<'a> {
    /// Kebab case. Stable: tools and people look it up.
    pub name: &'a str,
    /// How bad it is at the least.
    pub severity: Severity,
    /// In one sentence.
    pub summary: &'a str,
    /// The section of the page below its heading: the summary, an example, what to do.
    pub text: &'a str,
}

/// Every code, in the order of the page.
pub fn codes() -> impl Iterator<Item = Code<'static>> {
    read(PAGE)
}

/// The code of that name.
pub fn find(name: &str) -> Option<Code<'static>> {
    codes().find(|code| code.name == name)
}

/// A section starts with ``### `name` `` and a line such as `Error: what it is.`
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
            "# Findings\n\n## A\n\n### `a-b`\n\nError: bad.\n\nMend it.\n\n### `c`\n\nWarning: odd.\n\n## B\n\nText.\n";
        let read: Vec<_> = read(page).map(|code| (code.name, code.severity, code.summary, code.text)).collect();
        assert_eq!(
            read,
            [
                ("a-b", Severity::Error, "bad.", "Error: bad.\n\nMend it."),
                ("c", Severity::Warning, "odd.", "Warning: odd.")
            ]
        );
    }
}
