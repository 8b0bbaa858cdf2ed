//! `synth` from input to output: cases as files, snapshots as answers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod cases;
mod command;
mod corpus;
mod findings;
mod limits;
mod overrides;
mod readme;
mod report;
mod repository;
mod samples;
mod schema;
mod template;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
