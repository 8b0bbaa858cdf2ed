//! The README and the pages of `docs/`, and the fenced blocks in them.

use std::path::PathBuf;

use crate::root;

/// A page of documentation.
pub(super) struct Page {
    /// Below the repository's root.
    pub(super) path: &'static str,
    pub(super) text: String,
}

/// A fenced block.
pub(super) struct Block<'a> {
    /// The first word behind the fence.
    pub(super) language: &'a str,
    /// What follows the language, such as `no-run: needs an account of Port`.
    pub(super) remark: &'a str,
    pub(super) text: &'a str,
}

/// Every page but the reference of findings, whose blocks `findings.rs` runs.
pub(super) const PAGES: [&str; 12] = [
    "README.md",
    "ARCHITECTURE.md",
    "docs/own-repository.md",
    "docs/commands.md",
    "docs/dev.md",
    "docs/review.md",
    "docs/port.md",
    "docs/operations.md",
    "docs/mapping.md",
    "docs/own-code.md",
    "docs/tutorial.md",
    "docs/decisions.md",
];

impl Page {
    pub(super) fn read(path: &'static str) -> Self {
        Self { path, text: std::fs::read_to_string(root().join(path)).unwrap() }
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        PAGES.into_iter().map(Self::read)
    }

    /// The folder that links on the page start from.
    pub(super) fn folder(&self) -> PathBuf {
        root().join(self.path).parent().unwrap().to_owned()
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        self.text.split("```").skip(1).step_by(2).map(|block| {
            let (fence, text) = block.split_once('\n').unwrap();
            let (language, remark) = fence.split_once(' ').unwrap_or((fence, ""));
            Block { language, remark, text }
        })
    }

    /// The text of the `n`th block of a language.
    pub(super) fn block(&self, language: &str, n: usize) -> &str {
        self.blocks().filter(|block| block.language == language).nth(n).unwrap().text
    }

    /// What is in backticks outside of blocks.
    pub(super) fn quoted(&self) -> impl Iterator<Item = &str> {
        let prose = self.text.split("```").step_by(2);
        prose.flat_map(|text| text.split('`').skip(1).step_by(2))
    }
}

/// All pages are listed above.
#[test]
fn every_page_is_tested() {
    let listed = std::fs::read_dir(root().join("docs")).unwrap();
    let names = listed.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_string_lossy()));
    let untested: Vec<String> =
        names.filter(|name| !PAGES.contains(&name.as_str()) && name != "docs/findings.md").collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// A link to a file of this repository leads to one, and to a heading that it has.
#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for page in Page::all() {
        for rest in page.text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = page.folder().join(file);
            assert!(path.exists(), "{}: {target}", page.path);
            if !heading.is_empty() {
                let text = std::fs::read_to_string(path).unwrap();
                let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
                let mut anchors =
                    headings.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"));
                assert!(anchors.any(|anchor| anchor == heading), "{}: {target}", page.path);
            }
            followed += 1;
        }
    }
    assert!(followed > 15, "{followed}");
}

/// The README is read in three minutes.
#[test]
fn readme_is_short() {
    let words = Page::read("README.md").text.split_whitespace().count();
    assert!(words <= 880, "{words} words");
}
