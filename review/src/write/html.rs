//! A report as one page that needs nothing else: no network, no font, no script.
//!
//! The same parts in the same order as the other forms, then pictures of before and after, then everything, folded.

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::Value;

use super::markup::{self, escape};
use crate::compare::report::{Direction, Happens, PermissionChange, Report, ResourceChange};
use crate::graph::{self, Columns, Edge, Graph, Mark};
use crate::write::text::{details, document, everything, fate, permission, second_look, sentence, setting, tree};

/// The page. `old` and `new` are the two templates, for the pictures.
///
/// # Errors
/// When the page's own template is broken, which a test would have found.
pub fn html(report: &Report, old: &Value, new: &Value) -> anyhow::Result<String> {
    let mut page = Handlebars::new();
    page.set_strict_mode(true);
    page.register_escape_fn(escape);
    page.register_template_string("page", include_str!("page.hbs"))?;
    page.register_partial("entries", include_str!("entries.hbs"))?;
    Ok(page.render("page", &Page::of(report, old, new))?)
}

/// What the page's template is filled with. Fields that end in `_html` are markup; all else is text.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Page {
    style_html: String,
    old_html: String,
    new_html: String,
    sentence: String,
    nothing: bool,
    figures: Vec<Figure>,
    sections: Vec<Section>,
    destructive: Vec<Row>,
    permissions: Vec<Entry>,
    rest: Vec<Section>,
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

/// A list under a heading.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
    entries: Vec<Entry>,
}

/// Something that happens, and what there is to say of it.
#[derive(Serialize)]
struct Entry {
    class: &'static str,
    sign: &'static str,
    /// The sign for who does not see it.
    word: &'static str,
    text_html: String,
    more_html: Vec<String>,
}

/// A resource that goes or may go.
#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    fate: String,
    why_html: Vec<String>,
}

/// All of it markup.
#[derive(Serialize)]
struct Picture {
    title: String,
    /// For a desk.
    wide: String,
    /// For a phone.
    narrow: String,
}

/// A tree that is closed until somebody opens it.
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
    fn of(report: &Report, old: &Value, new: &Value) -> Self {
        let section = |id, title, entries: Vec<Entry>| Section { id, title, entries };
        let meaning = report.meaning.iter().map(|one| entry(one.happens, &one.text, &[])).collect();
        let delivery =
            report.delivery.iter().map(|one| entry(Happens::Changed, &format!("`{}`: {}", one.mapping, one.text), &[]));
        let given = report.settings.iter().filter(|one| !one.text.is_empty());
        let given = given.map(|one| entry(one.happens, &one.text, &[])).collect();
        let notes =
            report.notes.iter().map(|note| Entry { sign: "?", word: "unknown", ..entry(Happens::Changed, note, &[]) });
        let some = |section: &Section| !section.entries.is_empty();
        let (pictures, words) = pictures(report, old, new);
        Self {
            style_html: format!("{}{}", super::svg::STYLE, include_str!("page.css")),
            old_html: prose(&report.old),
            new_html: prose(&report.new),
            sentence: sentence(&report.verdict),
            nothing: report.is_empty(),
            figures: figures(report),
            sections: [section("meaning", "What it means", meaning)].into_iter().filter(some).collect(),
            destructive: report.destructive().map(row).collect(),
            permissions: report.permissions.iter().map(allowed).collect(),
            rest: [
                section("delivery", "How messages are delivered", delivery.collect()),
                section("given", "What whoever deploys gives", given),
                section("notes", "Not compared", notes.collect()),
            ]
            .into_iter()
            .filter(some)
            .collect(),
            pictures,
            words,
            folded: folded(report),
        }
    }
}

fn figures(report: &Report) -> Vec<Figure> {
    let verdict = report.verdict;
    let count = |word, count: usize, class: &'static str, always: bool| {
        (always || count > 0).then(|| Figure {
            word,
            value: count.to_string(),
            class: if count > 0 { class } else { "" },
        })
    };
    let widened = Figure {
        word: "permissions widened",
        value: if verdict.widened { "yes" } else { "no" }.to_owned(),
        class: if verdict.widened { "replaced" } else { "" },
    };
    [
        count("added", verdict.added, "added", true),
        count("changed in place", verdict.changed, "changed", true),
        count("replaced", verdict.replaced, "replaced", true),
        count("deleted", verdict.deleted, "deleted", true),
        count("renamed", verdict.renamed, "replaced", false),
        count("released", verdict.released, "changed", false),
        Some(widened),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn entry(happens: Happens, text: &str, more: &[String]) -> Entry {
    let mark = match happens {
        Happens::Added => Mark::Added,
        Happens::Changed => Mark::Changed,
        Happens::Removed => Mark::Deleted,
    };
    let more_html = more.iter().map(|text| prose(text)).collect();
    Entry { class: mark.word(), sign: mark.sign(), word: mark.word(), text_html: prose(text), more_html }
}

fn allowed(change: &PermissionChange) -> Entry {
    let widened = change.direction == Direction::Widened;
    let happens = if widened { Happens::Added } else { Happens::Removed };
    let word = if widened { "widened" } else { "narrowed" };
    // More is what a reviewer must look at; less is not a danger.
    let class = if widened { "replaced" } else { "added" };
    Entry { class, word, ..entry(happens, &permission(change), &second_look(change)) }
}

fn row(change: &ResourceChange) -> Row {
    Row {
        id: change.id.clone(),
        kind: change.kind.clone(),
        fate: fate(change),
        why_html: details(change).iter().map(|text| prose(text)).collect(),
    }
}

fn folded(report: &Report) -> Vec<Folded> {
    let port = report.port.iter().map(|one| Tree { title: document(one), lines: tree(&one.changes) });
    let resources = report.resources.iter().map(|one| {
        let made = one.made_of.as_ref().map_or_else(String::new, |of| format!(", which SAM makes of {of}"));
        Tree { title: format!("{} ({}): {}{made}", one.id, one.kind, fate(one)), lines: everything(one) }
    });
    let settings = report.settings.iter().map(|one| Tree { title: setting(one), lines: tree(&one.changes) });
    [
        Folded { id: "port", title: "What Port will hold", trees: port.collect() },
        Folded { id: "tree", title: "Everything in the template", trees: resources.chain(settings).collect() },
    ]
    .into_iter()
    .filter(|folded| !folded.trees.is_empty())
    .collect()
}

/// Before and after, marked; one alone where there is no other, or where nothing changes. Then the last one in words.
fn pictures(report: &Report, old: &Value, new: &Value) -> (Vec<Picture>, Vec<String>) {
    let (mut before, mut after) = (Graph::from_template(old), Graph::from_template(new));
    graph::mark(&mut before, &mut after, report);
    let picture = |graph: &Graph, title: String, id: &str| {
        (!graph.nodes.is_empty()).then(|| Picture {
            title: prose(&title),
            wide: super::svg::svg_within(graph, Columns::Two, id),
            narrow: super::svg::svg_within(graph, Columns::One, &format!("{id}-narrow")),
        })
    };
    let words = |graph: &Graph| graph.edges.iter().map(Edge::sentence).collect();
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
