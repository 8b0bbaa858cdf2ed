//! Findings: what is wrong with an input file, where, and what to do now.
//!
//! A finding names its place by JSON Pointer. Bytes are looked up only when the finding is shown, so nothing else in
//! the program carries spans.

pub mod code;
mod excerpt;
mod json;
mod position;
mod sarif;
mod span;
mod spot;
mod text;

use std::ops::Range;

use model::jq;

use crate::sources::FileId;

pub use json::json;
pub use sarif::sarif;
pub use text::{PAGE_WIDTH, show, show_within};

/// What a help may have besides text: it can show several lines to copy.
const LINES: &[char] = &['\n'];

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Everything is written.
    Warning,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value that the pointer names.
    Value(String),
    /// The key of the pair that the pointer names.
    Key(String),
    /// Bytes of a template inside the string that the pointer names.
    Inside(String, jq::CompileError),
    /// Bytes of the file, for broken syntax, which has no pointer.
    Bytes(Range<usize>),
    /// The file as a whole.
    File,
}

impl Place {
    /// Returns the JSON Pointer, if the place has one.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Value(pointer) | Self::Key(pointer) | Self::Inside(pointer, _) => Some(pointer),
            Self::Bytes(_) | Self::File => None,
        }
    }

    /// Returns whether it is at a JSON Pointer or below.
    pub fn is_within(&self, pointer: &str) -> bool {
        let rest = self.pointer().and_then(|own| own.strip_prefix(pointer));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// One problem in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file that it is in.
    pub file: FileId,
    /// Its place in the file.
    pub place: Place,
    /// Its severity.
    pub severity: Severity,
    /// Its code, which is stable: tools and people look it up.
    pub code: &'static str,
    /// What is wrong: lower case, values in backticks, no full stop.
    pub message: String,
    /// What to do now.
    pub help: Option<String>,
    /// Other places that are involved.
    pub related: Vec<Related>,
}

/// Another place of a finding, such as the first of two equal keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file that it is in.
    pub file: FileId,
    /// Its place in the file.
    pub place: Place,
    /// What is there, in a few words.
    pub label: String,
}

/// All findings of a run, in the order they were found. Of too many, only the first are kept, and the others are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kept: Vec<Finding>,
    errors: Tally,
    warnings: Tally,
    /// The bytes of the messages and places that are kept.
    bytes: usize,
    /// The last finding that was not kept, while it is being completed.
    dropped: Option<Box<Finding>>,
}

/// The findings of one severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    kept: usize,
    all: usize,
}

/// The most errors that are kept, and the most warnings. Code scanning takes 25 000 results (GitHub, "SARIF support for
/// code scanning").
pub const MOST: usize = 10_000;
/// The most bytes of messages and places that are kept.
const MOST_BYTES: usize = 1 << 26;

impl Findings {
    /// Adds an error.
    pub fn error(
        &mut self,
        file: FileId,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(Severity::Error, file, place, code, message)
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        file: FileId,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(Severity::Warning, file, place, code, message)
    }

    /// Adds a finding with a severity that depends on its place.
    pub fn add(
        &mut self,
        severity: Severity,
        file: FileId,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.push(Finding { file, place, severity, code, message: message.into(), help: None, related: Vec::new() })
    }

    #[expect(clippy::indexing_slicing, reason = "the element was pushed the line before")]
    fn push(&mut self, finding: Finding) -> &mut Finding {
        let full = self.is_full(finding.severity);
        let tally = self.tally(finding.severity);
        tally.all += 1;
        if full {
            return self.dropped.insert(Box::new(finding));
        }
        tally.kept += 1;
        self.bytes += finding.message.len() + finding.place.pointer().map_or(0, str::len);
        self.kept.push(finding);
        let last = self.kept.len() - 1;
        &mut self.kept[last]
    }

    fn tally(&mut self, severity: Severity) -> &mut Tally {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        }
    }

    /// Returns whether another finding of this severity is only counted, so that its place and its help do not matter.
    pub(crate) fn is_full(&self, severity: Severity) -> bool {
        let tally = match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
        };
        tally.kept >= MOST || self.bytes >= MOST_BYTES
    }

    /// Counts the findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors.all,
            Severity::Warning => self.warnings.all,
        }
    }

    /// Counts all findings.
    pub fn total(&self) -> usize {
        self.errors.all + self.warnings.all
    }

    /// Returns whether there is an error, so that nothing may be written.
    pub fn refuse(&self) -> bool {
        self.errors.all > 0
    }

    /// Turns all warnings into errors.
    pub fn strict(&mut self) {
        for finding in &mut self.kept {
            finding.severity = Severity::Error;
        }
        self.errors.kept += self.warnings.kept;
        self.errors.all += self.warnings.all;
        self.warnings = Tally::default();
    }

    /// Adds other findings.
    pub fn extend(&mut self, others: Self) {
        for finding in others.kept {
            self.push(finding);
        }
        self.errors.all += others.errors.all - others.errors.kept;
        self.warnings.all += others.warnings.all - others.warnings.kept;
    }

    /// Moves the findings to another file.
    pub fn moved_to(mut self, file: FileId) -> Self {
        for finding in &mut self.kept {
            finding.file = file;
            for related in &mut finding.related {
                related.file = file;
            }
        }
        self
    }

    /// Returns those that are kept.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Finding> {
        self.kept.iter()
    }
}

impl Finding {
    /// Adds another place that is involved.
    pub fn also(&mut self, file: FileId, place: Place, label: impl Into<String>) -> &mut Self {
        self.related.push(Related { file, place, label: label.into() });
        self
    }

    /// Sets what to do now.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}
