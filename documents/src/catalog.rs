//! The catalogue: every blueprint and action of the input, in one shape for all generations.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::Action;
use serde_json::Value;

use crate::document::DocumentKind;
use crate::entry::{Alone, Entry, Pointers};
use crate::finding::Findings;
use crate::source::Source;
use crate::sources::{FileId, Sources};
use crate::{lift, parallel, sense, shape};

/// The documents that were read, file by file.
///
/// `--watch` builds a catalogue from the previous one: only files that changed are parsed and checked again. With a
/// thousand actions, that more than halves the time of a round.
#[derive(Debug, Default)]
pub struct Catalog(Vec<Reading>);

/// The result of reading one file.
#[derive(Debug)]
struct Reading {
    file: FileId,
    /// `None` for a file that is not JSON.
    kind: Option<DocumentKind>,
    holds: Option<Holds>,
    findings: Findings,
}

/// The document in a file.
#[derive(Debug)]
enum Holds {
    Entry(Arc<Entry>),
    Alone(Alone),
}

impl Catalog {
    /// Returns the catalogue of `sources`. `self` is the catalogue of the files as they were `before`: a file with the same
    /// path and the same text is not parsed again.
    pub(crate) fn reload(self, before: &Sources, sources: &Sources, findings: &mut Findings) -> Self {
        let mut known: BTreeMap<(&Path, &str), Reading> =
            self.0.into_iter().filter_map(|reading| Some((identity(before.get(reading.file)?), reading))).collect();
        let known: Vec<Option<Reading>> = sources
            .iter()
            .map(|(file, source)| known.remove(&identity(source)).map(|reading| reading.moved_to(file)))
            .collect();
        let unknown: Vec<(FileId, &Source)> =
            sources.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(source, _)| source).collect();
        let mut read = parallel::map(&unknown, |(file, source)| Reading::new(*file, source)).into_iter();
        let catalog = Self(known.into_iter().filter_map(|known| known.or_else(|| read.next())).collect());
        for reading in &catalog.0 {
            findings.extend(reading.findings.clone());
        }
        catalog
    }

    /// Returns what a file is, or `None` if it is not JSON.
    pub fn kind(&self, file: FileId) -> Option<DocumentKind> {
        self.0.iter().find(|reading| reading.file == file)?.kind
    }

    /// Returns each blueprint that could be read.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.shared().map(|entry| &**entry)
    }

    /// Returns [`Self::entries`] for callers that keep them.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.0.iter().filter_map(|reading| match &reading.holds {
            Some(Holds::Entry(entry)) => Some(entry),
            _ => None,
        })
    }

    /// Returns actions in files of their own.
    pub fn alone(&self) -> impl Iterator<Item = &Alone> {
        self.0.iter().filter_map(|reading| match &reading.holds {
            Some(Holds::Alone(alone)) => Some(alone),
            _ => None,
        })
    }

    /// Returns every action with its entry.
    pub fn actions(&self) -> impl Iterator<Item = (&Entry, &Pointers, &Action)> {
        self.entries().flat_map(|entry| entry.actions.iter().map(move |(pointers, action)| (entry, pointers, action)))
    }
}

impl Reading {
    /// Reads and checks one file.
    fn new(file: FileId, source: &Source) -> Self {
        let mut findings = Findings::default();
        let Some(document) = source.parse(file, &mut findings) else {
            return Self { file, kind: None, holds: None, findings };
        };
        let kind = DocumentKind::of(file, &document, &mut findings);
        shape::check(file, kind, &document, &mut findings);
        sense::check(file, kind, &document, &mut findings);
        Self { file, kind: Some(kind), holds: Holds::new(file, kind, &document), findings }
    }

    /// Moves the reading to another file.
    fn moved_to(mut self, file: FileId) -> Self {
        match &mut self.holds {
            Some(Holds::Entry(entry)) => Arc::make_mut(entry).file = file,
            Some(Holds::Alone(alone)) => alone.file = file,
            None => {}
        }
        Self { file, findings: self.findings.moved_to(file), ..self }
    }
}

impl Holds {
    fn new(file: FileId, kind: DocumentKind, document: &Value) -> Option<Self> {
        match kind {
            DocumentKind::InputFile | DocumentKind::Blueprint => {
                let (blueprint, actions) = lift::input_file(document)?;
                Some(Self::Entry(Arc::new(Entry::new(file, kind, blueprint, actions))))
            }
            DocumentKind::Action(_) => {
                let identifier = document.get("identifier")?.as_str()?.to_owned();
                Some(Self::Alone(Alone { file, identifier }))
            }
            DocumentKind::Other => None,
        }
    }
}

/// Returns what identifies an unchanged file.
fn identity(source: &Source) -> (&Path, &str) {
    (&source.path, &source.text)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{load, reload};

    /// A file that did not change is not read again. It keeps its findings, under its new number.
    #[test]
    fn an_unchanged_file_is_kept() {
        let blueprint = |name: &str, key: &str| {
            format!(r#"{{"identifier": "{name}", "{key}": "x", "title": "T", "schema": {{"properties": {{}}}}}}"#)
        };
        let source = |name: &str, key: &str| Source::new(PathBuf::from(name), &blueprint(name, key));
        let before = Sources::from(vec![source("b", "unknown"), source("c", "icon"), source("d", "icon")]);
        let mut findings = Findings::default();
        let catalog = load(&before, &mut findings);
        let path = |sources: &Sources, file: FileId| sources.get(file).unwrap().path.display().to_string();
        assert_eq!(findings.iter().map(|finding| path(&before, finding.file)).collect::<Vec<_>>(), ["b"]);
        let published =
            |catalog: &Catalog, at| std::ptr::from_ref(catalog.entries().nth(at).unwrap().published().unwrap());
        let (b, c) = (published(&catalog, 0), published(&catalog, 1));

        let mut findings = Findings::default();
        let sources = Sources::from(vec![source("a", "nonsense"), source("b", "unknown"), source("c", "title2")]);
        let catalog = reload(catalog, &before, &sources, &mut findings);
        let entries = catalog.entries().map(|entry| (path(&sources, entry.file), entry.blueprint.identifier.as_str()));
        let entries: Vec<_> = entries.collect();
        assert_eq!(entries, ["a", "b", "c"].map(|name| (name.to_owned(), name)));
        let found = findings.iter().map(|finding| (path(&sources, finding.file), finding.message.as_str()));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [("a", "nonsense"), ("b", "unknown"), ("c", "title2")]
                .map(|(file, key)| (file.to_owned(), format!("unknown key `{key}`")))
                .iter()
                .map(|(file, message)| (file.clone(), message.as_str()))
                .collect::<Vec<_>>()
        );
        assert_eq!(published(&catalog, 1), b);
        assert_ne!(published(&catalog, 2), c);

        let mut findings = Findings::default();
        let twice = Sources::from(vec![source("b", "unknown"), source("b", "icon")]);
        reload(catalog, &sources, &twice, &mut findings);
        assert!(findings.refuse(), "rules across files are applied again");
    }
}
