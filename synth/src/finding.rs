//! Findings: what is wrong with an input file, where, and what to do now.
//!
//! A finding names its place by JSON Pointer. Bytes are looked up only when it is shown, so nothing else in the
//! program carries spans.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity as MietteSeverity,
};
use model::jq;

use crate::source::Source;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Everything is written.
    Warning,
}

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value that the pointer names.
    Value(String),
    /// The key of the pair that the pointer names.
    Key(String),
    /// Bytes of a template inside the string that the pointer names.
    Inside(String, jq::Fault),
    /// Bytes of the file, for what has no pointer: broken syntax.
    Bytes(Range<usize>),
    /// The file as a whole.
    File,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Index of the file in [`crate::Catalog::sources`].
    pub file: usize,
    /// Where.
    pub place: Place,
    /// How bad.
    pub severity: Severity,
    /// Stable, for tools and for looking it up.
    pub code: &'static str,
    /// What: lower case, values in backticks, no full stop.
    pub message: String,
    /// What now.
    pub help: Option<String>,
}

/// All findings of a run, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds an error.
    pub fn error(&mut self, file: usize, place: Place, code: &'static str, message: impl Into<String>) -> &mut Finding {
        self.add(Severity::Error, file, place, code, message)
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        file: usize,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(Severity::Warning, file, place, code, message)
    }

    /// Adds one of a severity that only its place tells.
    pub fn add(
        &mut self,
        severity: Severity,
        file: usize,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.push(Finding { file, place, severity, code, message: message.into(), help: None })
    }

    #[expect(clippy::indexing_slicing, reason = "the element was pushed the line before")]
    fn push(&mut self, finding: Finding) -> &mut Finding {
        self.0.push(finding);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }

    /// True when nothing may be written.
    pub fn refuse(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Adds those of another.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The same findings in the file of another index.
    pub(crate) fn moved_to(mut self, file: usize) -> Self {
        for finding in &mut self.0 {
            finding.file = file;
        }
        self
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }
}

impl Finding {
    /// Says what to do now.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// Findings as source with carets, in the order of files and of places in them.
pub fn show(findings: &Findings, sources: &[Source], color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120);
    let mut shown: Vec<Shown<'_>> =
        findings.iter().filter_map(|finding| Some(Shown::new(finding, sources.get(finding.file)?))).collect();
    shown.sort_by_key(|shown| (shown.finding.file, shown.span.as_ref().map_or(0, |span| span.start)));
    let mut text = String::new();
    for shown in shown {
        // Writing to a String cannot fail.
        let _ = handler.render_report(&mut text, &shown);
        text.push('\n');
    }
    text
}

/// A finding with its bytes, for miette.
#[derive(Debug)]
struct Shown<'a> {
    finding: &'a Finding,
    path: &'a PathBuf,
    span: Option<Range<usize>>,
    code: NamedSource<String>,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Finding, source: &'a Source) -> Self {
        let code = NamedSource::new(source.path.display().to_string(), source.text.clone());
        Self { finding, path: &source.path, span: source.span(&finding.place), code }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.span.is_none() {
            write!(f, "{}: ", self.path.display())?;
        }
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.finding.code))
    }

    fn severity(&self) -> Option<MietteSeverity> {
        Some(match self.finding.severity {
            Severity::Error => MietteSeverity::Error,
            Severity::Warning => MietteSeverity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.span.as_ref().map(|_| &self.code as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}
