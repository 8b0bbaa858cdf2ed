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

/// All findings of a run, in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

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
        self.0.push(finding);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Counts the findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Returns whether there is an error, so that nothing may be written.
    pub fn refuse(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Turns all warnings into errors.
    pub fn strict(&mut self) {
        for finding in &mut self.0 {
            finding.severity = Severity::Error;
        }
    }

    /// Adds other findings.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Moves the findings to another file.
    pub fn moved_to(mut self, file: FileId) -> Self {
        for finding in &mut self.0 {
            finding.file = file;
            for related in &mut finding.related {
                related.file = file;
            }
        }
        self
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
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
