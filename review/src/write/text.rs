//! Writes a report for a terminal.

use std::fmt::Write as _;

use model::visible::visible;

use super::phrase::sentence;
use super::section::{Content, Item, NOTES, Section, sections};
use crate::compare::report::Report;

/// Writes the report as text. What was not compared comes last, where a reader of a terminal looks first.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    line(&mut out, 0, &sentence(report));
    let (notes, sections): (Vec<_>, Vec<_>) = sections(report).into_iter().partition(|section| section.id == NOTES);
    for Section { title, content, .. } in sections.into_iter().chain(notes) {
        let _ = writeln!(out, "\n{title}");
        let items = match content {
            Content::List(items) | Content::Trees(items) => items,
            Content::Table(resources) => resources.into_iter().map(Item::from_row).collect(),
        };
        for each in &items {
            item(&mut out, each);
        }
    }
    out
}

fn item(out: &mut String, item: &Item<'_>) {
    let subject = item.subject.map(|subject| format!("{subject}: ")).unwrap_or_default();
    line(out, 2, &format!("{} {subject}{}", item.sign.ascii(), item.text));
    for more in &item.more {
        line(out, 6, more);
    }
    if !item.reaches.is_empty() {
        line(out, 6, &format!("affects {}", item.reaches.join(", ")));
    }
}

fn line(out: &mut String, indent: usize, words: &str) {
    let _ = writeln!(out, "{:indent$}{}", "", visible(words));
}
