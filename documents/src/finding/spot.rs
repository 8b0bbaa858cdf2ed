//! The places of findings in their files' text, for all output formats. The places of a file are looked up together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::position::{Lines, Position};
use super::span::spans;
use super::{Finding, Findings, Place};
use crate::source::Source;
use crate::sources::{FileId, Sources};

/// A finding and the places that were looked up for it.
#[derive(Debug)]
pub(super) struct Located<'a> {
    pub(super) finding: &'a Finding,
    pub(super) spot: Spot<'a>,
    pub(super) related: Vec<(Spot<'a>, &'a str)>,
}

/// A place in a file's text.
#[derive(Clone, Debug)]
pub(super) struct Spot<'a> {
    pub(super) source: &'a Source,
    /// The lines of the source.
    pub(super) lines: Arc<Lines<'a>>,
    place: &'a Place,
    /// Its bytes; `None` for the file as a whole.
    pub(super) span: Option<Range<usize>>,
    /// Where the bytes start and, exclusively, end.
    pub(super) region: Option<[Position; 2]>,
}

/// The most bytes of a file that an excerpt shows.
pub(super) const WIDEST: usize = 4_000;

impl Spot<'_> {
    /// Returns the bytes that an excerpt marks. Of several lines, that is the first one: the rest would only move the message
    /// out of sight.
    pub(super) fn marked(&self) -> Option<Range<usize>> {
        let span = self.span.as_ref()?;
        let most = self.lines.position(span.end.min(span.start + WIDEST / 4)).byte;
        let text = self.source.text.get(span.start..most).unwrap_or_default();
        let line = text.find(['\n', '\r']).unwrap_or(text.len());
        Some(span.start..span.start + line)
    }

    /// Returns the JSON Pointer, if the place has one.
    pub(super) fn pointer(&self) -> Option<&str> {
        self.place.pointer()
    }
}

/// Returns findings ordered by file and by place in the file.
pub(super) fn locate<'a>(findings: &'a Findings, sources: &'a Sources) -> Vec<Located<'a>> {
    let mut places: BTreeMap<FileId, Vec<&Place>> = BTreeMap::new();
    for finding in findings.iter() {
        places.entry(finding.file).or_default().push(&finding.place);
        for related in &finding.related {
            places.entry(related.file).or_default().push(&related.place);
        }
    }
    // Spots are taken out in the order that places were put in.
    let mut spots: BTreeMap<FileId, _> = places
        .into_iter()
        .filter_map(|(file, places)| Some((file, spots(sources.get(file)?, places).into_iter())))
        .collect();
    let mut next = |file: FileId| spots.get_mut(&file)?.next();
    let mut located = Vec::new();
    for finding in findings.iter() {
        let first = next(finding.file);
        let others = finding.related.iter();
        let related = others.filter_map(|related| Some((next(related.file)?, related.label.as_str()))).collect();
        located.extend(first.map(|spot| Located { finding, spot, related }));
    }
    located.sort_by_key(|located| (located.finding.file, located.spot.span.as_ref().map_or(0, |span| span.start)));
    located
}

fn spots<'a>(source: &'a Source, places: Vec<&'a Place>) -> Vec<Spot<'a>> {
    let lines = Arc::new(Lines::new(&source.text));
    let spans = spans(source, places.iter().copied());
    let spot = |(place, span): (&'a Place, Option<Range<usize>>)| {
        let region = span.as_ref().map(|span| lines.region(span));
        Spot { source, lines: Arc::clone(&lines), place, span, region }
    };
    places.into_iter().zip(spans).map(spot).collect()
}
