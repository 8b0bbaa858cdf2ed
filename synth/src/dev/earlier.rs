//! What the journal has of earlier sessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use local::PortDocument;
use local::journal::{Journal, StateFolder};

use super::event::{DevEvent, FilesEvent};
use super::helped;

/// Opens the journal of a folder. Returns its events, and the length of a torn line that was dropped.
pub(super) fn read(folder: &Arc<StateFolder>) -> anyhow::Result<(Journal, Vec<DevEvent>, u64)> {
    let mut earlier = Vec::new();
    let opened = Journal::open(folder, |entry| {
        earlier.push(entry.event);
        Ok(())
    });
    let (journal, found) = opened.map_err(|error| helped(&error))?;
    Ok((journal, earlier, found.torn))
}

/// Returns the documents that Port has because of the files of an earlier session.
pub(super) fn published(earlier: &[DevEvent]) -> BTreeSet<(PortDocument, String)> {
    let applied = earlier.iter().rev().find_map(|event| match event {
        DevEvent::Files(FilesEvent::Applied { blueprints, actions }) => Some((blueprints, actions)),
        _ => None,
    });
    let of =
        |kind: PortDocument, names: &[String]| names.iter().map(move |name| (kind, name.clone())).collect::<Vec<_>>();
    applied.map_or_else(BTreeSet::new, |(blueprints, actions)| {
        of(PortDocument::Blueprint, blueprints).into_iter().chain(of(PortDocument::Action, actions)).collect()
    })
}
