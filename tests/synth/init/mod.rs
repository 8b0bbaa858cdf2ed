//! `synth init`: a repository of one's own.

mod command;
mod files;
mod installer;
mod parameters;
mod placement;

use std::process::Output;

use crate::workspace::Workspace;

/// Answers to every question.
const ANSWERS: [&str; 4] = ["--organization", "org_sYG4DOJZNGy8bYnt", "--github", "acme/platform-runners"];

/// Runs `synth init` in a folder with these arguments, the answers and the defaults.
fn init(workspace: &Workspace, arguments: &[&str]) -> Output {
    workspace.synth(&[&["init", "--yes"], &ANSWERS[..], arguments].concat())
}

/// A new repository.
fn repository() -> Workspace {
    let workspace = Workspace::empty();
    assert!(init(&workspace, &[]).status.success());
    workspace
}
