//! The sections of a report, in the order that all formats share.

use super::phrase::{
    change_lines, details, document, everything, hazard, headline, origin, permission, remarks, setting,
};
use crate::compare::report::{AccessChange, ChangeKind, Hazard, Report, ResourceChange, ResourceEffect};

/// Items under a heading.
pub(super) struct Section<'a> {
    /// The anchor for links.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) content: Content<'a>,
}

/// The content of a section; never empty.
pub(super) enum Content<'a> {
    /// Sentences.
    List(Vec<Item<'a>>),
    /// Resources that are replaced or deleted, or may be.
    Table(Vec<&'a ResourceChange>),
    /// Trees of values, collapsed at first.
    Trees(Vec<Item<'a>>),
}

/// A change with its details.
pub(super) struct Item<'a> {
    pub(super) sign: Sign,
    /// The resource that the text is about, if the text does not name it.
    pub(super) subject: Option<&'a str>,
    pub(super) text: String,
    pub(super) more: Vec<String>,
    /// Resources that depend on it. Only the text format shows them: HTML has diagrams, Markdown little room.
    pub(super) reaches: &'a [String],
}

/// The kind of change, as a sign.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Added,
    Changed,
    Removed,
    Replaced,
    Widened,
    Narrowed,
    /// What nobody wants by accident.
    Danger,
    /// The same, if it is not certain.
    Warning,
    Unknown,
}

/// The id of the section for what was not compared.
pub(super) const NOTES: &str = "notes";

/// Returns the sections that are not empty.
pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    let meaning = report.consequences.iter().map(|change| Item::new(change.kind.into(), change.text.clone()));
    let permissions = report.permissions.iter().map(|change| {
        let sign = if change.direction == AccessChange::Widened { Sign::Widened } else { Sign::Narrowed };
        Item { more: remarks(change), ..Item::new(sign, permission(change)) }
    });
    let dangers = |hazards: &[Hazard]| {
        let item = |found: &Hazard| {
            let sign = if found.uncertain { Sign::Warning } else { Sign::Danger };
            Item { more: found.help.iter().cloned().collect(), ..Item::new(sign, hazard(found)) }
        };
        Content::List(hazards.iter().map(item).collect())
    };
    let fails = report.failures.iter().any(|failure| !failure.uncertain);
    let failures = if fails { "The deployment will fail" } else { "The deployment may fail" };
    let delivery = report
        .delivery
        .iter()
        .map(|change| Item { subject: Some(&change.mapping), ..Item::new(Sign::Changed, change.text.clone()) });
    let explained = report.settings.iter().filter(|change| !change.text.is_empty());
    let explained =
        explained.map(|change| Item { reaches: &change.reaches, ..Item::new(change.kind.into(), change.text.clone()) });
    let notes = report.uncompared.iter().chain(&report.notes).map(|note| Item::new(Sign::Unknown, note.clone()));
    let port = report
        .port
        .iter()
        .map(|change| Item { more: change_lines(&change.changes), ..Item::new(change.kind.into(), document(change)) });
    let resources = report
        .resources
        .iter()
        .map(|change| Item { more: everything(change), ..Item::new(change.effect.into(), origin(change)) });
    let settings = report
        .settings
        .iter()
        .map(|change| Item { more: change_lines(&change.changes), ..Item::new(change.kind.into(), setting(change)) });

    let section = |id, title, content| Section { id, title, content };
    let mut sections = vec![
        section("meaning", "Changes in behaviour", Content::List(meaning.collect())),
        section("failures", failures, dangers(&report.failures)),
        section("goes", "Replaced or deleted", Content::Table(report.destructive().collect())),
        section("permissions", "Permissions", Content::List(permissions.collect())),
        section("exposures", "Public exposure", dangers(&report.exposures)),
        section("protections", "Protection lost", dangers(&report.protections)),
        section("delivery", "Event delivery", Content::List(delivery.collect())),
        section("given", "Parameters and settings", Content::List(explained.collect())),
        section(NOTES, "Not compared", Content::List(notes.collect())),
        section("port", "Documents in Port", Content::Trees(port.collect())),
        section("tree", "All template changes", Content::Trees(resources.chain(settings).collect())),
    ];
    sections.retain(|section| !section.content.is_empty());
    sections
}

impl Content<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::List(items) | Self::Trees(items) => items.is_empty(),
            Self::Table(resources) => resources.is_empty(),
        }
    }
}

impl<'a> Item<'a> {
    fn new(sign: Sign, text: String) -> Self {
        Self { sign, subject: None, text, more: Vec::new(), reaches: &[] }
    }

    /// Converts a table row to a list item, for a format without tables.
    pub(super) fn from_row(change: &'a ResourceChange) -> Self {
        Self { more: details(change), ..Self::new(Sign::Replaced, headline(change)) }
    }
}

impl Sign {
    /// Returns the sign in ASCII.
    pub(super) fn ascii(self) -> &'static str {
        match self {
            Self::Added | Self::Widened => "+",
            Self::Changed => "~",
            Self::Removed | Self::Narrowed => "-",
            Self::Replaced | Self::Danger | Self::Warning => "!",
            Self::Unknown => "?",
        }
    }
}

impl From<ChangeKind> for Sign {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Added => Self::Added,
            ChangeKind::Changed => Self::Changed,
            ChangeKind::Removed => Self::Removed,
        }
    }
}

impl From<ResourceEffect> for Sign {
    fn from(effect: ResourceEffect) -> Self {
        match effect {
            ResourceEffect::Added => Self::Added,
            ResourceEffect::Changed => Self::Changed,
            ResourceEffect::Released | ResourceEffect::Deleted | ResourceEffect::MayBeDeleted => Self::Removed,
            ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed => Self::Replaced,
        }
    }
}
