//! What people write for Port: read, judged and lifted to one shape.
//!
//! ```text
//! Sources ─ parse ─► document ─ shape, sense ─► findings
//!                        └─ lift ─► Entry ─► Catalog ─ sense, across files ─► findings
//! ```
//!
//! Everything here is a function of its arguments: no I/O, no clock, no environment.

// Files, and what is wrong with them.
pub mod source;
pub mod sources;

pub mod finding;
mod parse;

// A document: its keys, its generation, its kind; what it must look like.
pub mod grammar;

pub mod generation;

pub mod document;

mod shape;

// What it means, alone and beside others.
pub mod entry;

pub mod lift;

mod cursor;
pub mod sense;

pub mod catalog;

// Its text, changed.
pub mod style;

pub mod upgrade;

// What several of them use.
pub mod parallel;
pub mod wording;

pub use catalog::Catalog;
pub use finding::Findings;
pub use source::Source;
pub use sources::{FileId, Sources};

/// Reads and checks the documents of `sources`, each on its own and all together. What is of no use is left out of the
/// catalogue, and the findings say why.
pub fn load(sources: &Sources, findings: &mut Findings) -> Catalog {
    reload(Catalog::default(), &Sources::default(), sources, findings)
}

/// [`load`], given the catalogue of the files as they were `before`: a file whose text is the same is not parsed again.
pub fn reload(catalog: Catalog, before: &Sources, sources: &Sources, findings: &mut Findings) -> Catalog {
    let catalog = catalog.reload(before, sources, findings);
    sense::across(catalog.entries(), findings);
    catalog
}
