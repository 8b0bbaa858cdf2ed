//! Findings for people: excerpts of the file with carets.

use std::fmt::{self, Write};
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as MietteSeverity, SourceCode, SourceSpan, SpanContents,
};

use super::spot::{Located, Spot, locate};
use crate::finding::{Findings, Severity};
use crate::sources::Sources;
use crate::wording::grouped;

/// The width of a page in columns, for output that does not go to a terminal.
pub const PAGE_WIDTH: usize = 120;

/// Writes findings as excerpts with carets, ordered by file and by place in the file. If there are too many, the first
/// ones are shown and the rest is counted.
pub fn show(findings: &Findings, sources: &Sources, color: bool) -> String {
    show_within(PAGE_WIDTH, findings, sources, color)
}

/// Does the same as [`show`], but wraps text at `width` columns.
pub fn show_within(width: usize, findings: &Findings, sources: &Sources, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width);
    let located = locate(findings, sources);
    let more = findings.total().saturating_sub(MOST.min(located.len()));
    let mut text = String::new();
    for located in first(located) {
        let shown = Shown::new(&located);
        // Writing to a String cannot fail.
        let _ = handler.render_report(&mut text, &shown);
        for elsewhere in &shown.elsewhere {
            let _ = handler.render_report(&mut text, elsewhere);
        }
        text.push('\n');
    }
    if more > 0 {
        let _ = writeln!(text, "… and {} more", grouped(more));
    }
    text
}

/// The most findings that are shown.
const MOST: usize = 100;

/// Selects the findings to show, without changing their order. Errors come before warnings, since they must be seen.
fn first(located: Vec<Located<'_>>) -> impl Iterator<Item = Located<'_>> {
    let is_error = |located: &Located<'_>| located.finding.severity == Severity::Error;
    let mut errors = MOST;
    let mut warnings = MOST.saturating_sub(located.iter().filter(|located| is_error(located)).count());
    located.into_iter().filter(move |located| {
        let left = if is_error(located) { &mut errors } else { &mut warnings };
        let shown = *left > 0;
        *left = left.saturating_sub(1);
        shown
    })
}

/// A finding, for miette. Related places in the same file become carets in the same excerpt.
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
                Some(span) if near(spot, &located.spot) => {
                    here.push(LabeledSpan::new_with_span(Some((*label).to_owned()), shown(spot, span)));
                }
                _ => elsewhere.push(Elsewhere { spot, label, code: FileText(spot) }),
            }
        }
        if let Some(span) = &located.spot.span {
            let label = (!here.is_empty()).then(|| "here".to_owned());
            here.insert(0, LabeledSpan::new_primary_with_span(label, shown(&located.spot, span)));
        }
        Self { located, code: FileText(&located.spot), here, elsewhere }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.located.spot.source.path.display();
        if self.located.spot.region.is_none() {
            write!(f, "{path}: ")?;
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
        self.located.spot.span.is_some().then_some(&self.code as &dyn SourceCode)
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
        let span = shown(self.spot, self.spot.span.as_ref()?);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// The file of a place, for miette, which counts columns in bytes instead of characters.
#[derive(Debug)]
struct FileText<'a>(&'a Spot<'a>);

impl SourceCode for FileText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (text, lines) = (self.0.source.text.as_str(), &self.0.lines);
        // Miette counts lines from the start of what it is given. Given the whole file, it would read all of it for every
        // finding.
        let from = lines.start(span.offset(), lines_before + 1);
        let to = lines.end(span.offset() + span.len(), lines_after + 1);
        if to - from.byte > WIDEST {
            return Ok(self.cut(span, if lines_before == 0 { 0 } else { AROUND }));
        }
        let near = text.get(from.byte..to).unwrap_or_default();
        let contents = near.read_span(&(span.offset() - from.byte, span.len()).into(), lines_before, lines_after)?;
        let start = from.byte + contents.span().offset();
        let before = text.get(start.saturating_sub(contents.column())..start);
        let column = before.map_or(contents.column(), |before| before.chars().count());
        let skipped = from.line - 1;
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.source.path.display().to_string(),
            contents.data(),
            (start, contents.span().len()).into(),
            skipped + contents.line(),
            column,
            skipped + contents.line_count(),
        )))
    }
}

impl FileText<'_> {
    /// Returns a span in a long line, with so many bytes of the line `around` it.
    fn cut(&self, span: &SourceSpan, around: usize) -> Box<dyn SpanContents<'_> + '_> {
        let (text, lines) = (self.0.source.text.as_str(), &self.0.lines);
        let first = lines.start(span.offset(), 0).byte;
        let last = lines.end(span.offset() + span.len(), 0);
        let from = lines.position(span.offset().saturating_sub(around).max(first));
        let to = lines.position((span.offset() + span.len().min(WIDEST) + around).min(last)).byte;
        Box::new(MietteSpanContents::new_named(
            self.0.source.path.display().to_string(),
            text.as_bytes().get(from.byte..to).unwrap_or_default(),
            (from.byte, to - from.byte).into(),
            from.line - 1,
            from.column - 1,
            1,
        ))
    }
}

/// The most bytes of a file that an excerpt shows.
const WIDEST: usize = 4_000;
/// The most bytes that are shown before and after a place in a long line.
const AROUND: usize = 60;
/// Returns the part of a span that is marked. Of several lines, that is the first one: the rest would only move the message
/// out of sight.
fn shown(spot: &Spot<'_>, span: &Range<usize>) -> Range<usize> {
    let most = spot.lines.position(span.end.min(span.start + WIDEST / 4)).byte;
    let text = spot.source.text.get(span.start..most).unwrap_or_default();
    let line = text.find(['\n', '\r']).unwrap_or(text.len());
    span.start..span.start + line
}

/// Returns whether one excerpt can show two places.
fn near(one: &Spot<'_>, other: &Spot<'_>) -> bool {
    let (Some(a), Some(b)) = (&one.span, &other.span) else { return false };
    let (a, b) = (shown(one, a), shown(other, b));
    let short = |spot: &Spot<'_>, at: usize| spot.lines.end(at, 0) - spot.lines.start(at, 0).byte <= WIDEST / 4;
    let close = a.start.abs_diff(b.start) <= WIDEST / 2 || (short(one, a.start) && short(other, b.start));
    one.source.path == other.source.path && close
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::finding::Place;
    use crate::source::Source;

    /// What miette reads of a file does not grow with the file.
    #[test]
    fn an_excerpt_is_read_from_near_its_place() {
        let line = "\"k\": [1, 2],\n";
        let source = Source::new(PathBuf::from("a.json"), &line.repeat(5000));
        let mut findings = Findings::default();
        let sources = Sources::from(source);
        let (file, source) = sources.iter().next().unwrap();
        for at in [0, 2, 4000, 4999] {
            findings.error(file, Place::Bytes(at * line.len() + 5..at * line.len() + 11), "syntax", "x");
        }
        for located in locate(&findings, &sources) {
            let span = located.spot.span.clone().unwrap();
            let wanted = (span.start, span.len()).into();
            for around in [0, 1, 3] {
                let ours = FileText(&located.spot);
                let ours = ours.read_span(&wanted, around, around).unwrap();
                let whole = source.text.read_span(&wanted, around, around).unwrap();
                assert_eq!(ours.data(), whole.data());
                assert_eq!((ours.span(), ours.line(), ours.column()), (whole.span(), whole.line(), whole.column()));
                assert_eq!(ours.line_count(), whole.line_count());
                let from = located.spot.lines.start(span.start, around + 1);
                assert!(span.start - from.byte <= (around + 2) * line.len());
            }
        }
    }

    /// Lines of any length are cut around the place. Miette panics at a caret beyond column 65 535.
    #[test]
    fn an_excerpt_is_not_much_longer_than_its_place() {
        for (before, inside, after) in [(70_000, 4, 0), (0, 70_000, 10), (2_000_000, 4, 2_000_000), (0, 4, 100_000)] {
            let word = "é".repeat(inside);
            let text = format!("{{\"a\": \"{}\", {word}, \"{}\"\n}}", "ü".repeat(before), "x".repeat(after));
            let sources = Sources::from(Source::new(PathBuf::from("a.json"), &text));
            let (file, _) = sources.iter().next().unwrap();
            let mut findings = Findings::default();
            let at = text.find('é').unwrap();
            let places = [at..at + word.len(), 1..4];
            let [here, first] = places.map(Place::Bytes);
            findings.error(file, here, "syntax", "unexpected word").also(file, first, "first");
            let shown = show(&findings, &sources, false);
            assert!(shown.contains(&format!("[a.json:1:{}]", text[..at].chars().count() + 1)), "{before}: {shown}");
            assert!(
                shown.contains("ééé") && shown.contains("first") && shown.len() < 8_000,
                "{before}: {}",
                shown.len()
            );
        }
    }

    /// A value of many lines is represented by its first one.
    #[test]
    fn a_tall_place_is_shown_by_its_first_line() {
        let text = format!("{{\n  \"a\": {{\n{}    \"z\": 0\n  }}\n}}\n", "    \"k\": 1,\n".repeat(2000));
        let sources = Sources::from(Source::new(PathBuf::from("a.json"), &text));
        let (file, _) = sources.iter().next().unwrap();
        let mut findings = Findings::default();
        findings.error(file, Place::Value("/a".to_owned()), "missing-key", "`b` is missing");
        let shown = show(&findings, &sources, false);
        assert!(shown.contains("[a.json:2:8]") && shown.lines().count() < 12, "{shown}");
    }
}
