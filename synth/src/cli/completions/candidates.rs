//! The values that a shell can offer. Input files that cannot be read are skipped silently.

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use documents::finding::code;
use documents::{Catalog, Findings, Sources};
use model::Action;
use model::visible::visible;
use serde_json::Value;
use synth::files;

use super::line;
use crate::cli::Cli;

/// Offers actions as they are written in the input files.
pub(crate) fn actions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named(Action::written_as))
}

/// Offers actions by their identifier in Port, which differs for actions of older generations.
pub(crate) fn published() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named(|action| &action.identifier))
}

fn named(name: fn(&Action) -> &str) -> Vec<CompletionCandidate> {
    let catalog = catalog();
    catalog.actions().filter_map(|(_, _, action)| candidate(name(action), &action.document)).collect()
}

/// Offers blueprints that have an input file.
pub(crate) fn blueprints() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let catalog = catalog();
        let blueprints = catalog.entries().map(|entry| &entry.blueprint);
        blueprints.filter_map(|blueprint| candidate(&blueprint.identifier, &blueprint.document)).collect()
    })
}

/// Offers codes of findings, with their meaning.
pub(crate) fn codes() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        code::codes()
            .map(|code| CompletionCandidate::new(code.name).help(Some(code.summary.to_owned().into())))
            .collect()
    })
}

/// Offers commands, for `synth man`: after `synth man port`, those of `synth port`.
pub(crate) fn commands() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut command = Cli::command();
        let words = line::typed().into_iter().filter_map(|word| word.into_string().ok());
        for word in words.skip_while(|word| word != "man").skip(1) {
            let Some(below) = command.find_subcommand(&word) else { break };
            command = below.clone();
        }
        let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
        shown.map(|command| CompletionCandidate::new(command.get_name()).help(about(command))).collect()
    })
}

fn about(command: &Command) -> Option<clap::builder::StyledStr> {
    command.get_about().cloned()
}

/// Offers an identifier with its title. `None` if a shell gives its characters a meaning, since not every shell quotes
/// what it inserts.
pub(super) fn candidate(identifier: &str, document: &Value) -> Option<CompletionCandidate> {
    let plain = |letter: char| letter.is_alphanumeric() || "_-.@/".contains(letter);
    // At the start, `-` makes a flag of it, and `@` makes a variable of it in PowerShell.
    let inserted_as_is = !identifier.starts_with(['-', '@']) && identifier.chars().all(plain);
    let title = document.get("title").and_then(Value::as_str).map(|title| visible(title).into_owned().into());
    (inserted_as_is && !identifier.is_empty()).then(|| CompletionCandidate::new(identifier).help(title))
}

/// Reads the folder of input files, as far as possible.
pub(super) fn catalog() -> Catalog {
    let folder = line::value("--blueprints").map_or_else(|| PathBuf::from("blueprints"), PathBuf::from);
    let sources = Sources::from(files::Listing::find(&[folder]).unwrap_or_default().read());
    documents::load(&sources, &mut Findings::default())
}
