//! The text of a file as an excerpt shows it: with hidden characters escaped.

use std::ops::Range;
use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use model::visible::{escape, is_hidden, visible};

use super::spot::{Spot, WIDEST};

/// The most bytes that are shown before and after a place in a long line.
const AROUND: usize = 60;

/// A text with its hidden characters escaped, except the ends of its lines and tabs.
#[derive(Debug)]
pub(super) struct Escaped {
    text: String,
    /// Where each escape ends: in the text as it was, and as it is shown.
    ends: Vec<(usize, usize)>,
}

impl Escaped {
    /// Returns nothing if there is nothing to escape.
    pub(super) fn new(text: &str) -> Option<Arc<Self>> {
        let hidden = |at: usize, character: char| match character {
            '\n' | '\t' => false,
            '\r' => !text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')),
            other => is_hidden(other),
        };
        if !text.char_indices().any(|(at, character)| hidden(at, character)) {
            return None;
        }
        let mut shown = Self { text: String::with_capacity(text.len() + 16), ends: Vec::new() };
        for (at, character) in text.char_indices() {
            if hidden(at, character) {
                escape(character, &mut shown.text);
                shown.ends.push((at + character.len_utf8(), shown.text.len()));
            } else {
                shown.text.push(character);
            }
        }
        Some(Arc::new(shown))
    }

    /// Returns where a byte of the text is shown.
    fn shown(&self, byte: usize) -> usize {
        let before = self.ends.partition_point(|(end, _)| *end <= byte);
        let (end, shown) = self.end(before);
        shown + (byte - end)
    }

    /// Returns which byte of the text is shown at a byte that is not inside an escape.
    fn unshown(&self, byte: usize) -> usize {
        let before = self.ends.partition_point(|(_, shown)| *shown <= byte);
        let (end, shown) = self.end(before);
        end + (byte - shown)
    }

    fn end(&self, before: usize) -> (usize, usize) {
        before.checked_sub(1).and_then(|at| self.ends.get(at)).copied().unwrap_or_default()
    }
}

/// The file of a place, for miette, which counts columns in bytes instead of characters.
#[derive(Clone, Debug)]
pub(super) struct FileText<'a> {
    pub(super) spot: &'a Spot<'a>,
    pub(super) escaped: Option<Arc<Escaped>>,
}

impl FileText<'_> {
    /// Returns where bytes of the file are shown.
    pub(super) fn shown(&self, span: &Range<usize>) -> Range<usize> {
        match &self.escaped {
            Some(escaped) => escaped.shown(span.start)..escaped.shown(span.end),
            None => span.clone(),
        }
    }

    /// Returns a part of the text as it is shown.
    fn text(&self, shown: Range<usize>) -> &str {
        let text = self.escaped.as_ref().map_or(self.spot.source.text.as_str(), |escaped| escaped.text.as_str());
        text.get(shown).unwrap_or_default()
    }

    /// Returns a place in a long line, with so many bytes of the line `around` it. Miette panics at a caret beyond column
    /// 65 535.
    fn cut(&self, place: &Range<usize>, around: usize) -> Box<dyn SpanContents<'_> + '_> {
        let lines = &self.spot.lines;
        let (first, last) = (lines.start(place.start, 0).byte, lines.end(place.end, 0));
        let from = lines.position(place.start.saturating_sub(around).max(first));
        let to = lines.position((place.start + place.len().min(WIDEST) + around).min(last)).byte;
        let shown = self.shown(&(from.byte..to));
        Box::new(MietteSpanContents::new_named(
            visible(&self.spot.source.path.display().to_string()).into_owned(),
            self.text(shown.clone()).as_bytes(),
            (shown.start, shown.len()).into(),
            from.line - 1,
            from.column - 1,
            1,
        ))
    }

    fn unshown(&self, byte: usize) -> usize {
        self.escaped.as_ref().map_or(byte, |escaped| escaped.unshown(byte))
    }
}

impl SourceCode for FileText<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (source, lines) = (self.spot.source, &self.spot.lines);
        let place = self.unshown(span.offset())..self.unshown(span.offset() + span.len());
        // Miette counts lines from the start of what it is given. Given the whole file, it would read all of it for every
        // finding.
        let from = lines.start(place.start, lines_before + 1);
        let near = self.shown(&(from.byte..lines.end(place.end, lines_after + 1)));
        if near.len() > WIDEST {
            return Ok(self.cut(&place, if lines_before == 0 { 0 } else { AROUND }));
        }
        let first = near.start;
        let contents =
            self.text(near).read_span(&(span.offset() - first, span.len()).into(), lines_before, lines_after)?;
        let start = first + contents.span().offset();
        // The column in the file, where nothing is escaped.
        let before = source.text.get(self.unshown(start.saturating_sub(contents.column()))..self.unshown(start));
        let column = before.map_or(contents.column(), |before| before.chars().count());
        let skipped = from.line - 1;
        Ok(Box::new(MietteSpanContents::new_named(
            visible(&source.path.display().to_string()).into_owned(),
            contents.data(),
            (start, contents.span().len()).into(),
            skipped + contents.line(),
            column,
            skipped + contents.line_count(),
        )))
    }
}
