//! Reads and checks the documents that people write for Port, and lifts them to one shape.
//!
//! ```text
//! Sources ─ parse, items ─► documents ─ shape, sense ─► findings
//!                               └─ lift ─► Entry ─► Catalog ─ sense, across files ─► findings
//! ```
//!
//! The whole crate is a function of its arguments: no I/O, no clock, no environment.

// Files and findings.
pub mod source;
pub mod sources;

pub mod finding;
mod encoding;
mod parse;

// A document: its keys, its generation, its kind, its required shape.
pub mod grammar;

pub mod generation;

pub mod document;

mod items;

mod shape;

// What a document means, on its own and together with others.
pub mod entry;

pub mod lift;

mod cursor;
pub mod sense;

pub mod catalog;

// Changes to its text.
pub mod style;

pub mod upgrade;

// Shared by several modules.
pub mod parallel;
pub mod wording;

pub use catalog::Catalog;
pub use finding::Findings;
pub use source::Source;
pub use sources::{FileId, Sources};

/// Reads and checks the documents of `sources`, each on its own and all together. The catalogue leaves out documents that
/// cannot be used, and the findings say why.
pub fn load(sources: &Sources, findings: &mut Findings) -> Catalog {
    reload(Catalog::default(), &Sources::default(), sources, findings)
}

/// Does the same as [`load`], but reuses the catalogue of the files as they were `before`: a file whose text has not
/// changed is not parsed again.
pub fn reload(catalog: Catalog, before: &Sources, sources: &Sources, findings: &mut Findings) -> Catalog {
    let catalog = catalog.reload(before, sources, findings);
    sense::across(catalog.entries(), findings);
    catalog
}
