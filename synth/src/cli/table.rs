//! A table of many documents by kind, each checked on its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use documents::document::DocumentKind;
use documents::finding::{Finding, Severity};
use documents::generation::Generation;
use documents::{Source, parallel};
use synth::judge;

/// How many documents are accepted or refused, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table(BTreeMap<Row, Counts>);

/// The kind of a document; files that are not JSON come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Document(DocumentKind),
    Broken,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    accepted: usize,
    warned: usize,
    refused: usize,
    /// How many documents have a code, by severity.
    reasons: BTreeMap<(Severity, &'static str), usize>,
}

impl Table {
    /// Checks each of `sources`.
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut table = Self::default();
        for (documents, findings) in parallel::map(sources, |source| judge(source.clone())) {
            match documents.as_slice() {
                [] => table.add(None, &findings.iter().collect::<Vec<_>>()),
                [(_, kind)] => table.add(Some(*kind), &findings.iter().collect::<Vec<_>>()),
                documents => {
                    for (pointer, kind) in documents {
                        let own = findings.iter().filter(|finding| finding.place.is_within(pointer));
                        table.add(Some(*kind), &own.collect::<Vec<_>>());
                    }
                }
            }
        }
        table
    }

    fn add(&mut self, kind: Option<DocumentKind>, findings: &[&Finding]) {
        let counts = self.0.entry(kind.map_or(Row::Broken, Row::Document)).or_default();
        match findings.iter().map(|finding| finding.severity).min() {
            Some(Severity::Error) => counts.refused += 1,
            Some(Severity::Warning) => counts.warned += 1,
            None => counts.accepted += 1,
        }
        let mut reasons: Vec<(Severity, &'static str)> =
            findings.iter().map(|finding| (finding.severity, finding.code)).collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            *counts.reasons.entry(reason).or_default() += 1;
        }
    }

    /// Whether a document is refused.
    pub(crate) fn refuses(&self) -> bool {
        self.0.values().any(|counts| counts.refused > 0)
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:<22}{:>9}{:>10}{:>10}{:>10}", "kind", "documents", "accepted", "warnings", "refused")?;
        let mut total = Counts::default();
        for (row, counts) in &self.0 {
            line(f, row.name(), counts)?;
            total.accepted += counts.accepted;
            total.warned += counts.warned;
            total.refused += counts.refused;
            for (severity, word) in [(Severity::Error, "refused"), (Severity::Warning, "warnings")] {
                let mut reasons = String::new();
                for ((_, code), count) in counts.reasons.iter().filter(|((of, _), _)| *of == severity) {
                    let separator = if reasons.is_empty() { "" } else { ", " };
                    let _ = write!(reasons, "{separator}{code} {count}");
                }
                if !reasons.is_empty() {
                    writeln!(f, "  {word}: {reasons}")?;
                }
            }
        }
        line(f, "all", &total)
    }
}

fn line(f: &mut std::fmt::Formatter<'_>, name: &str, counts: &Counts) -> std::fmt::Result {
    let Counts { accepted, warned, refused, .. } = counts;
    writeln!(f, "{name:<22}{:>9}{accepted:>10}{warned:>10}{refused:>10}", accepted + warned + refused)
}

impl Row {
    fn name(self) -> &'static str {
        match self {
            Self::Document(DocumentKind::InputFile) => "input file",
            Self::Document(DocumentKind::Blueprint) => "blueprint",
            Self::Document(DocumentKind::Action(Generation::Legacy)) => "action, v0 or v1",
            Self::Document(DocumentKind::Action(Generation::Current)) => "action, v2",
            Self::Document(DocumentKind::Other) => "something else",
            Self::Broken => "not JSON",
        }
    }
}
