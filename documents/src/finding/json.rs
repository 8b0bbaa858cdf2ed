//! Findings for tools: a JSON list with one object for each finding.

use std::borrow::Cow;

use model::visible::{visible, visible_but};
use serde::Serialize;

use super::LINES;
use super::position::Position;
use super::spot::{Spot, locate};
use crate::finding::{Findings, Severity};
use crate::sources::Sources;

/// A finding. Every object has all keys. Keys may be added, but none changes its meaning.
#[derive(Debug, Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    location: Location<'a>,
    severity: &'static str,
    code: &'static str,
    message: Cow<'a, str>,
    help: Option<Cow<'a, str>>,
    related: Vec<Related<'a>>,
}

#[derive(Debug, Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    location: Location<'a>,
    message: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    file: String,
    pointer: Option<&'a str>,
    start: Option<Point>,
    end: Option<Point>,
}

/// A position: line and column from 1, the column in characters; the byte from 0, in the file on disk.
#[derive(Debug, Serialize)]
struct Point {
    line: usize,
    column: usize,
    byte: usize,
}

/// Writes findings as a JSON list, ordered by file and by place in the file. `docs/findings.md` describes the format.
pub fn json(findings: &Findings, sources: &Sources) -> String {
    let located = locate(findings, sources);
    let entries: Vec<Object<'_>> = located
        .iter()
        .map(|located| Object {
            location: Location::new(&located.spot),
            severity: match located.finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: located.finding.code,
            message: visible(&located.finding.message),
            help: located.finding.help.as_deref().map(|help| visible_but(help, LINES)),
            related: located
                .related
                .iter()
                .map(|(spot, message)| Related { location: Location::new(spot), message: visible(message) })
                .collect(),
        })
        .collect();
    // Strings and numbers cannot fail to be written.
    serde_json::to_string_pretty(&entries).unwrap_or_default() + "\n"
}

impl<'a> Location<'a> {
    fn new(spot: &'a Spot<'_>) -> Self {
        let point = |at: Position| Point { line: at.line, column: at.column, byte: spot.source.mark + at.byte };
        let [start, end] = spot.region.map_or([None, None], |region| region.map(point).map(Some));
        Self { file: spot.source.path.display().to_string(), pointer: spot.pointer(), start, end }
    }
}
