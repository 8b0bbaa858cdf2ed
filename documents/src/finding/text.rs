//! Findings for people: excerpts of the file with carets.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity as MietteSeverity, SourceCode};
use model::visible::{visible, visible_but};

use super::LINES;
use super::excerpt::{Escaped, FileText};
use super::spot::{Located, Spot, WIDEST, locate};
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
    let mut escaped = BTreeMap::new();
    for located in first(located) {
        let shown = Shown::new(&located, &mut escaped);
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

/// The texts of files, if they have hidden characters.
type EscapedFiles<'a> = BTreeMap<&'a Path, Option<Arc<Escaped>>>;

/// A finding, for miette. Related places in the same file become carets in the same excerpt.
#[derive(Debug)]
struct Shown<'a> {
    located: &'a Located<'a>,
    code: FileText<'a>,
    here: Vec<LabeledSpan>,
    elsewhere: Vec<Elsewhere<'a>>,
}

impl<'a> Shown<'a> {
    fn new<'f>(located: &'a Located<'f>, escaped: &mut EscapedFiles<'f>) -> Self {
        let mut file_text = |spot: &'a Spot<'f>| {
            let source = spot.source;
            let escaped = escaped.entry(&source.path).or_insert_with(|| Escaped::new(&source.text)).clone();
            FileText { spot, escaped }
        };
        let code = file_text(&located.spot);
        let mut here = Vec::new();
        let mut elsewhere = Vec::new();
        for (spot, label) in &located.related {
            match spot.marked() {
                Some(span) if near(spot, &located.spot) => {
                    here.push(LabeledSpan::new_with_span(Some(visible(label).into_owned()), code.shown(&span)));
                }
                _ => elsewhere.push(Elsewhere { spot, label, code: file_text(spot) }),
            }
        }
        if let Some(span) = located.spot.marked() {
            let label = (!here.is_empty()).then(|| "here".to_owned());
            here.insert(0, LabeledSpan::new_primary_with_span(label, code.shown(&span)));
        }
        Self { located, code, here, elsewhere }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.located.spot.source.path.display().to_string();
        if self.located.spot.region.is_none() {
            write!(f, "{}: ", visible(&path))?;
        }
        f.write_str(&visible(&self.located.finding.message))
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
        self.located.finding.help.as_ref().map(|help| Box::new(visible_but(help, LINES)) as Box<dyn fmt::Display>)
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
        f.write_str(&visible(self.label))
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
        let span = self.code.shown(&self.spot.marked()?);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// Returns whether one excerpt can show two places.
fn near(one: &Spot<'_>, other: &Spot<'_>) -> bool {
    let (Some(a), Some(b)) = (one.marked(), other.marked()) else { return false };
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
                let ours = FileText { spot: &located.spot, escaped: None };
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
