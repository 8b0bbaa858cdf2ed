//! Writes a report as one self-contained HTML page: no network, no fonts, no scripts.
//!
//! It has the same sections in the same order as the other formats, before and after diagrams, and all template changes in
//! collapsed trees.

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::Value;

use super::markup::{self, escape};
use super::phrase::{details, fate, sentence};
use super::section::{Content, Item, Section, Sign, sections};
use super::svg::{STYLE, svg_within};
use crate::compare::report::{Report, ResourceChange};
use crate::graph::{self, Columns, Graph, Mark};

/// Writes the page. `old` and `new` are the two templates, for the diagrams.
///
/// # Errors
/// If the page's own template is broken, which tests rule out.
pub fn html(report: &Report, old: &Value, new: &Value) -> anyhow::Result<String> {
    let mut page = Handlebars::new();
    page.set_strict_mode(true);
    page.register_escape_fn(escape);
    page.register_template_string("page", include_str!("page.hbs"))?;
    page.register_partial("entries", include_str!("entries.hbs"))?;
    Ok(page.render("page", &Page::new(report, old, new))?)
}

/// The values for the page's template. Fields that end in `_html` are markup; all others are text.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Page {
    style_html: String,
    old_html: String,
    new_html: String,
    sentence: String,
    /// Why nothing was compared.
    uncompared_html: Option<String>,
    nothing: bool,
    figures: Vec<Figure>,
    sections: Vec<Opened>,
    pictures: Vec<Picture>,
    words: Vec<String>,
    folded: Vec<Folded>,
}

/// A number of the first line.
#[derive(Serialize)]
struct Figure {
    word: &'static str,
    value: String,
    class: &'static str,
}

/// A list or a table under a heading.
#[derive(Serialize)]
struct Opened {
    id: &'static str,
    title: &'static str,
    entries: Vec<Entry>,
    rows: Vec<Row>,
}

/// A change with its details.
#[derive(Serialize)]
struct Entry {
    class: &'static str,
    sign: &'static str,
    /// The sign in words, for screen readers.
    word: &'static str,
    text_html: String,
    more_html: Vec<String>,
}

/// A resource that is replaced or deleted, or may be.
#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    fate: String,
    why_html: Vec<String>,
}

/// A diagram; all fields are markup.
#[derive(Serialize)]
struct Picture {
    title: String,
    /// For wide screens.
    wide: String,
    /// For narrow screens.
    narrow: String,
}

/// A section of collapsed trees.
#[derive(Serialize)]
struct Folded {
    id: &'static str,
    title: &'static str,
    trees: Vec<Tree>,
}

#[derive(Serialize)]
struct Tree {
    title: String,
    lines: Vec<String>,
}

impl Page {
    fn new(report: &Report, old: &Value, new: &Value) -> Self {
        let (mut opened, mut folded) = (Vec::new(), Vec::new());
        for Section { id, title, content } in sections(report) {
            match content {
                Content::List(items) => {
                    opened.push(Opened { id, title, entries: items.iter().map(entry).collect(), rows: Vec::new() });
                }
                Content::Table(resources) => {
                    let rows = resources.into_iter().map(row).collect();
                    opened.push(Opened { id, title, entries: Vec::new(), rows });
                }
                Content::Trees(items) => {
                    let trees = items.into_iter().map(|item| Tree { title: item.text, lines: item.more });
                    folded.push(Folded { id, title, trees: trees.collect() });
                }
            }
        }
        let (pictures, words) = pictures(report, old, new);
        Self {
            style_html: format!("{STYLE}{}", include_str!("page.css")),
            old_html: prose(&report.old),
            new_html: prose(&report.new),
            sentence: sentence(report),
            uncompared_html: report.uncompared.as_ref().map(|_| prose(&sentence(report))),
            nothing: report.is_empty(),
            figures: if report.uncompared.is_none() { figures(report) } else { Vec::new() },
            sections: opened,
            pictures,
            words,
            folded,
        }
    }
}

fn figures(report: &Report) -> Vec<Figure> {
    let summary = report.summary;
    let count = |word, count: usize, class: &'static str, always: bool| {
        (always || count > 0).then(|| Figure {
            word,
            value: count.to_string(),
            class: if count > 0 { class } else { "" },
        })
    };
    let widened = Figure {
        word: "permissions widened",
        value: if summary.widened { "yes" } else { "no" }.to_owned(),
        class: if summary.widened { "replaced" } else { "" },
    };
    [
        count("added", summary.added, "added", true),
        count("changed in place", summary.changed, "changed", true),
        count("replaced", summary.replaced - summary.maybe_replaced, "replaced", true),
        count("may be replaced", summary.maybe_replaced, "replaced", false),
        count("deleted", summary.deleted - summary.maybe_deleted, "deleted", true),
        count("may be deleted", summary.maybe_deleted, "deleted", false),
        count("renamed", summary.renamed, "replaced", false),
        count("retained", summary.released, "changed", false),
        count("will fail to deploy", summary.failures - summary.maybe_failures, "deleted", false),
        count("may fail to deploy", summary.maybe_failures, "replaced", false),
        count("more exposed", summary.exposures - summary.maybe_exposures, "deleted", false),
        count("may be more exposed", summary.maybe_exposures, "replaced", false),
        count("less protected", summary.protections - summary.maybe_protections, "deleted", false),
        count("may be less protected", summary.maybe_protections, "replaced", false),
        Some(widened),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn entry(item: &Item<'_>) -> Entry {
    let marked = |mark: Mark| (mark.word(), mark.sign(), mark.word());
    let (class, sign, word) = match item.sign {
        Sign::Added => marked(Mark::Added),
        Sign::Changed => marked(Mark::Changed),
        Sign::Replaced => marked(Mark::Replaced),
        Sign::Removed => marked(Mark::Deleted),
        // A reviewer must check wider access; narrower access is not dangerous.
        Sign::Widened => (Mark::Replaced.word(), Mark::Added.sign(), "permission"),
        Sign::Narrowed => (Mark::Added.word(), Mark::Deleted.sign(), "permission"),
        Sign::Danger => (Mark::Deleted.word(), "!", "danger"),
        Sign::Warning => (Mark::Replaced.word(), "!", "possible danger"),
        Sign::Unknown => (Mark::Changed.word(), "?", "unknown"),
    };
    let subject = item.subject.map(|subject| format!("`{subject}`: ")).unwrap_or_default();
    let text_html = prose(&format!("{subject}{}", item.text));
    Entry { class, sign, word, text_html, more_html: item.more.iter().map(|more| prose(more)).collect() }
}

fn row(change: &ResourceChange) -> Row {
    Row {
        id: change.id.clone(),
        kind: change.resource_type.clone(),
        fate: fate(change),
        why_html: details(change).iter().map(|text| prose(text)).collect(),
    }
}

/// Draws the before and after diagrams with marks, or only one if the other is empty or nothing changes. Describes the last
/// one in sentences.
fn pictures(report: &Report, old: &Value, new: &Value) -> (Vec<Picture>, Vec<String>) {
    // What is too large to be compared is not drawn.
    let (None, Ok(mut before), Ok(mut after)) =
        (&report.uncompared, Graph::from_template(old), Graph::from_template(new))
    else {
        return (Vec::new(), Vec::new());
    };
    graph::mark(&mut before, &mut after, report);
    let picture = |graph: &Graph, title: String, id: &str| {
        (!graph.nodes.is_empty()).then(|| Picture {
            title: prose(&title),
            wide: svg_within(graph, Columns::Two, id),
            narrow: svg_within(graph, Columns::One, &format!("{id}-narrow")),
        })
    };
    let words = |graph: &Graph| graph.edges.iter().map(|edge| graph.sentence(edge)).collect();
    if before == after {
        return (picture(&after, "Before and after".to_owned(), "both").into_iter().collect(), words(&after));
    }
    let pictures = [
        picture(&before, format!("Before: {}", report.old), "before"),
        picture(&after, format!("After: {}", report.new), "after"),
    ];
    (pictures.into_iter().flatten().collect(), words(&after))
}

fn prose(text: &str) -> String {
    markup::prose(text, escape)
}
