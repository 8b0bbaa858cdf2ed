//! `synth` from input to output: cases as files, snapshots as answers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod cases;
mod comments;
#[path = "../openapi/mod.rs"]
mod openapi;
mod pull_request;
mod workspace;

mod build;
mod check;
mod cli;
mod diff;
mod docs;
mod event;
mod graph;
mod new;
mod port;
mod schema;
mod upgrade;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
