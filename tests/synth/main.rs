//! Tests of `synth`, mostly with files as input and snapshots as output.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod cases;
mod comments;
mod corpus;
#[path = "../openapi/mod.rs"]
mod openapi;
mod pull_request;
mod function;
mod workspace;

mod build;
mod check;
mod cli;
mod dev;
mod diff;
mod docs;
mod event;
#[path = "try/mod.rs"]
mod tried;
mod graph;
mod init;
mod new;
mod port;
mod schema;
mod upgrade;

use std::path::{Path, PathBuf};

use documents::{FileId, Source, Sources};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The id of a file that is the only one in its table.
fn only(source: &Source) -> FileId {
    Sources::default().add(source.clone())
}
