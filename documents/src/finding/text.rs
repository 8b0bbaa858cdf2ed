//! Findings for people: source with carets.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as MietteSeverity, SourceCode, SourceSpan, SpanContents,
};

use super::spot::{Located, Spot, locate};
use crate::finding::{Findings, Severity};
use crate::source::Source;
use crate::sources::Sources;

/// Columns of findings unless a terminal is narrower.
pub const PAGE_WIDTH: usize = 120;

/// Shows findings as source with carets, in the order of files and of places in them.
pub fn show(findings: &Findings, sources: &Sources, color: bool) -> String {
    show_within(PAGE_WIDTH, findings, sources, color)
}

/// [`show`], with text wrapped at `width` columns.
pub fn show_within(width: usize, findings: &Findings, sources: &Sources, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width);
    let mut text = String::new();
    for located in locate(findings, sources) {
        let shown = Shown::new(&located);
        // Writing to a String cannot fail.
        let _ = handler.render_report(&mut text, &shown);
        for elsewhere in &shown.elsewhere {
            let _ = handler.render_report(&mut text, elsewhere);
        }
        text.push('\n');
    }
    text
}

/// A finding, for miette. What is related and stands in the same file is one more caret in it.
#[derive(Debug)]
struct Shown<'a> {
    located: &'a Located<'a>,
    code: FileText<'a>,
    here: Vec<LabeledSpan>,
    elsewhere: Vec<Elsewhere<'a>>,
}

impl<'a> Shown<'a> {
    fn new(located: &'a Located<'a>) -> Self {
        let mut here = Vec::new();
        let mut elsewhere = Vec::new();
        for (spot, label) in &located.related {
            match &spot.span {
                Some(span) if spot.source.path == located.spot.source.path => {
                    here.push(LabeledSpan::new_with_span(Some((*label).to_owned()), span.clone()));
                }
                _ => elsewhere.push(Elsewhere { spot, label, code: FileText(spot.source) }),
            }
        }
        if let Some(span) = &located.spot.span {
            let label = (!here.is_empty()).then(|| "here".to_owned());
            here.insert(0, LabeledSpan::new_primary_with_span(label, span.clone()));
        }
        Self { located, code: FileText(located.spot.source), here, elsewhere }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.located.spot.span.is_none() {
            write!(f, "{}: ", self.located.spot.source.path.display())?;
        }
        f.write_str(&self.located.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.located.finding.code))
    }

    fn severity(&self) -> Option<MietteSeverity> {
        Some(match self.located.finding.severity {
            Severity::Error => MietteSeverity::Error,
            Severity::Warning => MietteSeverity::Warning,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.located.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.located.spot.span.as_ref().map(|_| &self.code as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.here.iter().cloned()))
    }
}

/// A related place in another file.
#[derive(Debug)]
struct Elsewhere<'a> {
    spot: &'a Spot<'a>,
    label: &'a str,
    code: FileText<'a>,
}

impl fmt::Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label)
    }
}

impl std::error::Error for Elsewhere<'_> {}

impl Diagnostic for Elsewhere<'_> {
    fn severity(&self) -> Option<MietteSeverity> {
        Some(MietteSeverity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.spot.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// A file for miette, which counts columns in bytes where people count characters.
#[derive(Debug)]
struct FileText<'a>(&'a Source);

impl SourceCode for FileText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.0.text.read_span(span, lines_before, lines_after)?;
        let start = contents.span().offset();
        let before = self.0.text.get(start.saturating_sub(contents.column())..start);
        let column = before.map_or(contents.column(), |before| before.chars().count());
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.display().to_string(),
            contents.data(),
            *contents.span(),
            contents.line(),
            column,
            contents.line_count(),
        )))
    }
}
