//! `synth` from input to output: cases as files, snapshots as answers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod cases;
mod command;
mod corpus;
mod diff;
mod diff_command;
mod event;
mod findings;
mod graph;
mod limits;
mod manners;
#[path = "../openapi/mod.rs"]
mod openapi;
mod overrides;
mod port;
mod readme;
mod report;
mod repository;
mod requests;
mod review;
mod samples;
mod scaffold;
mod schema;
mod stage;
mod template;
mod trouble;
mod upgrade;

use std::path::{Path, PathBuf};

use documents::{FileId, Source, Sources};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The number of a file in a table of its own.
fn only(source: &Source) -> FileId {
    Sources::default().add(source.clone())
}
