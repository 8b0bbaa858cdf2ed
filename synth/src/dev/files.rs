//! The input files: what is in force of them, and what changes when they are saved.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use documents::finding;
use local::{FakePort, PortDocument};
use model::Action;
use serde_json::Value;
use synth::Build;
use synth::mapping::check::{Memory, PayloadNames};
use synth::scaffold::repository::{EXAMPLE, EXAMPLE_NAME};

use super::args::Args;
use super::event::FilesEvent;
use crate::cli::input::Input;
use crate::cli::read::Read;
use crate::cli::watch::Changes;
use crate::cli::{action, width};

/// The actions in force, by their identifiers. Shared with what publishes runs.
pub(super) type Actions = Arc<RwLock<Arc<BTreeMap<String, Action>>>>;

/// Whether there are input files. In an empty folder the example is offered, which `--example` writes without a question.
pub(super) fn present(args: &Args, err: &mut dyn Write) -> anyhow::Result<bool> {
    let folder = &args.input.blueprints;
    if folder.exists() {
        return Ok(true);
    }
    let shown = folder.display();
    let asks = !args.headless && io::stdin().is_terminal() && io::stderr().is_terminal();
    if !args.example && !asks {
        writeln!(
            err,
            "error: there is no folder `{shown}`\n  help: run synth in your project's folder; or begin with the example, \
             which `synth dev --example` writes"
        )?;
        return Ok(false);
    }
    if !args.example {
        write!(err, "There is no folder `{shown}`. Write the example, a VM with three actions, to it? [Y/n] ")?;
        err.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes") {
            return Ok(false);
        }
    }
    let example = BTreeMap::from([(PathBuf::from(EXAMPLE_NAME), EXAMPLE.to_owned())]);
    synth::folder::create(folder, &example)?;
    writeln!(err, "wrote `{}`", folder.join(EXAMPLE_NAME).display())?;
    Ok(true)
}

/// The input files.
#[derive(Debug)]
pub(super) struct Files {
    input: Input,
    read: Read,
    memory: Memory,
    changes: Changes,
    actions: Actions,
    /// The documents that Port has because of them.
    published: BTreeSet<(PortDocument, String)>,
}

/// What reading the files led to.
#[derive(Debug)]
pub(super) struct Reading {
    /// What is wrong, as text for a terminal of this width; empty if nothing is.
    pub(super) findings: String,
    /// What was built, unless there are errors.
    pub(super) build: Option<Build>,
}

impl Files {
    /// Prepares to read the files. `published` are the documents that an earlier session has published.
    pub(super) fn new(input: Input, published: BTreeSet<(PortDocument, String)>) -> Self {
        let changes = Changes::from_now(input.watched());
        Self { input, read: Read::default(), memory: Memory::on(), changes, actions: Actions::default(), published }
    }

    /// Returns the actions in force.
    pub(super) fn actions(&self) -> &Actions {
        &self.actions
    }

    /// Whether a file was changed since they were last read.
    pub(super) fn have_changed(&mut self) -> bool {
        self.changes.since().is_some()
    }

    /// Reads and checks the files, and builds what the function and Port need.
    pub(super) fn read(&mut self) -> anyhow::Result<Reading> {
        let listing = synth::files::Listing::find(std::slice::from_ref(&self.input.blueprints))?;
        let (mut read, mut findings) = std::mem::take(&mut self.read).again(&listing);
        let build = self.input.make_undeployed_again(&mut read, &mut self.memory, &mut findings);
        let shown = finding::show_within(width::of_findings(), &findings, &read.sources, false);
        self.read = read;
        Ok(Reading { findings: shown, build: build? })
    }

    /// Brings what was built into force at Port, and says what is in force now.
    pub(super) fn apply(&mut self, build: &Build, port: &FakePort) -> anyhow::Result<FilesEvent> {
        let mut now = BTreeSet::new();
        let identifier = |document: &Value| document["identifier"].as_str().unwrap_or_default().to_owned();
        for (blueprint, actions) in build.port_documents()? {
            now.insert((PortDocument::Blueprint, identifier(&blueprint)));
            port.add_blueprint(blueprint);
            for action in actions {
                now.insert((PortDocument::Action, identifier(&action)));
                port.add_action(action);
            }
        }
        for (kind, identifier) in self.published.difference(&now) {
            port.remove(*kind, identifier);
        }
        let actions = self.read.catalog.actions().map(|(_, _, action)| (action.identifier.clone(), action.clone()));
        *self.actions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(actions.collect());
        let of = |wanted: PortDocument| {
            now.iter().filter(|(kind, _)| *kind == wanted).map(|(_, identifier)| identifier.clone()).collect()
        };
        let applied =
            FilesEvent::Applied { blueprints: of(PortDocument::Blueprint), actions: of(PortDocument::Action) };
        self.published = now;
        Ok(applied)
    }

    /// Returns the action that a person means.
    pub(super) fn action(&self, called: &str) -> Result<&Action, String> {
        let found = action::find(&self.read.catalog, &PayloadNames::new(), called, &self.input.blueprints);
        found.map(|(_, action)| action)
    }
}

/// Replaces a file at once, so that nobody reads half of it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let new = path.with_extension("new");
    let cannot = || format!("cannot write `{}`", path.display());
    std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path)).with_context(cannot)
}
