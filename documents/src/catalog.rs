//! The catalogue: every blueprint and action of the input, in one shape for all generations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use model::Action;

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::entry::{Alone, Entry, Pointers};
use crate::finding::Findings;
use crate::generation::{self, Generation};
use crate::source::Source;
use crate::sources::{FileId, Sources};
use crate::{items, lift, parallel, sense, shape};

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
    /// What it holds: nothing if it is not JSON.
    items: Vec<Item>,
    /// Whether its documents are in a list.
    list: bool,
    findings: Findings,
}

/// A document in a file.
#[derive(Debug)]
struct Item {
    pointer: String,
    kind: DocumentKind,
    holds: Option<Holds>,
}

/// What is known of a document.
#[derive(Debug)]
enum Holds {
    Entry(Arc<Entry>),
    Alone(Alone),
    /// An action of a blueprint in the same file, until it is with it.
    Action(Pointers, Box<Action>),
}

impl Catalog {
    /// Returns the catalogue of `sources`. `self` is the catalogue of the files as they were `before`: a file with the same
    /// path and the same text is not parsed again.
    pub(crate) fn reload(self, before: &Sources, sources: &Sources, findings: &mut Findings) -> Self {
        let mut known: BTreeMap<Identity<'_>, Reading> =
            self.0.into_iter().filter_map(|reading| Some((identity(before.get(reading.file)?), reading))).collect();
        let known: Vec<Option<Reading>> = sources
            .iter()
            .map(|(file, source)| known.remove(&identity(source)).map(|reading| reading.moved_to(file)))
            .collect();
        let unknown: Vec<(FileId, &Source)> =
            sources.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(source, _)| source).collect();
        let mut read = parallel::map(&unknown, |(file, source)| Reading::new(*file, source)).into_iter();
        let catalog = Self(known.into_iter().filter_map(|known| known.or_else(|| read.next())).collect());
        // Of too many findings, only the first are kept, and what was not read matters most.
        let unread = |reading: &&Reading| sources.get(reading.file).is_some_and(|source| source.unreadable.is_some());
        let (first, then): (Vec<&Reading>, Vec<&Reading>) = catalog.0.iter().partition(unread);
        for reading in first.into_iter().chain(then) {
            findings.extend(reading.findings.clone());
        }
        catalog
    }

    /// Returns what each document of a file is, with the JSON Pointer to it. A file that is not JSON has none.
    pub fn kinds(&self, file: FileId) -> impl Iterator<Item = (&str, DocumentKind)> {
        let reading = self.0.iter().find(|reading| reading.file == file);
        reading.into_iter().flat_map(|reading| &reading.items).map(|item| (item.pointer.as_str(), item.kind))
    }

    /// Returns each blueprint that could be read.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.items().filter_map(|holds| match holds {
            Holds::Entry(entry) => Some(&**entry),
            Holds::Alone(_) | Holds::Action(..) => None,
        })
    }

    /// Returns each file with its entries, for callers that keep them, and whether they are in a list there.
    pub fn files(&self) -> impl Iterator<Item = (FileId, bool, Vec<Arc<Entry>>)> {
        self.0.iter().map(|reading| {
            let entries = reading.items.iter().filter_map(|item| match &item.holds {
                Some(Holds::Entry(entry)) => Some(Arc::clone(entry)),
                _ => None,
            });
            (reading.file, reading.list, entries.collect())
        })
    }

    /// Returns actions outside of a blueprint's `actions`.
    pub fn alone(&self) -> impl Iterator<Item = &Alone> {
        self.items().filter_map(|holds| match holds {
            Holds::Alone(alone) => Some(alone),
            Holds::Entry(_) | Holds::Action(..) => None,
        })
    }

    fn items(&self) -> impl Iterator<Item = &Holds> {
        self.0.iter().flat_map(|reading| &reading.items).filter_map(|item| item.holds.as_ref())
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
        let mut items = Vec::new();
        let mut list = false;
        if let Some(json) = source.parse(file, &mut findings) {
            let root = Cursor::root(file, String::new(), &json);
            let found;
            (found, list) = items::documents(&root);
            let kinds: Vec<DocumentKind> =
                found.iter().map(|document| DocumentKind::of(&document.node, &mut findings)).collect();
            let own: BTreeSet<&str> = found
                .iter()
                .zip(&kinds)
                .filter(|(_, kind)| kind.is_blueprint())
                .filter_map(|(document, _)| document.node.text("identifier"))
                .collect();
            for (document, kind) in found.iter().zip(kinds) {
                let named = || generation::blueprint(document.node.value).filter(|named| own.contains(named));
                let owner = document.beside.or_else(named);
                items.push(Item::new(&document.node, kind, owner, &mut findings));
            }
        }
        join(&mut items);
        Self { file, items, list, findings }
    }

    /// Moves the reading to another file.
    fn moved_to(mut self, file: FileId) -> Self {
        for item in &mut self.items {
            match &mut item.holds {
                Some(Holds::Entry(entry)) => Arc::make_mut(entry).file = file,
                Some(Holds::Alone(alone)) => alone.file = file,
                Some(Holds::Action(..)) | None => {}
            }
        }
        Self { file, findings: self.findings.moved_to(file), ..self }
    }
}

impl Item {
    /// Checks one document. An action may belong to `owner`, a blueprint of the same file.
    fn new(node: &Cursor<'_>, kind: DocumentKind, owner: Option<&str>, findings: &mut Findings) -> Self {
        shape::check(node, kind, findings);
        sense::check(node, kind, owner, findings);
        Self { pointer: node.pointer.clone(), kind, holds: Holds::new(node, kind, owner) }
    }
}

impl Holds {
    fn new(node: &Cursor<'_>, kind: DocumentKind, owner: Option<&str>) -> Option<Self> {
        let at = (node.file, node.pointer.clone());
        match kind {
            DocumentKind::InputFile | DocumentKind::Blueprint => {
                let (blueprint, actions) = lift::input_file(&node.pointer, node.value)?;
                Some(Self::Entry(Arc::new(Entry::new(at, kind, blueprint, actions))))
            }
            DocumentKind::Action(_) if owner.is_some() => {
                let generation = Generation::of(node.value)?;
                let action = lift::action(node.value, generation, owner?)?;
                Some(Self::Action(Pointers::new(at.1, generation), Box::new(action)))
            }
            DocumentKind::Action(_) => {
                let identifier = node.text("identifier")?.to_owned();
                let blueprint = generation::blueprint(node.value).map(str::to_owned);
                Some(Self::Alone(Alone { file: at.0, pointer: at.1, identifier, blueprint }))
            }
            DocumentKind::Other => None,
        }
    }
}

/// Moves actions to their blueprints in the same file. Those of a blueprint that cannot be used are left out, as it is.
fn join(items: &mut [Item]) {
    let actions: Vec<(Pointers, Box<Action>)> = items
        .iter_mut()
        .filter_map(|item| match item.holds.take_if(|holds| matches!(holds, Holds::Action(..)))? {
            Holds::Action(pointers, action) => Some((pointers, action)),
            Holds::Entry(_) | Holds::Alone(_) => None,
        })
        .collect();
    let mut owners: BTreeMap<String, &mut Arc<Entry>> = BTreeMap::new();
    for item in items {
        if let Some(Holds::Entry(entry)) = &mut item.holds {
            owners.entry(entry.blueprint.identifier.clone()).or_insert(entry);
        }
    }
    for (pointers, action) in actions {
        if let Some(entry) = owners.get_mut(&action.blueprint) {
            Arc::make_mut(entry).actions.push((pointers, *action));
        }
    }
}

/// Returns what identifies an unchanged file.
fn identity(source: &Source) -> Identity<'_> {
    (&source.path, &source.text, source.unreadable.as_ref().map(|unreadable| unreadable.message.as_str()))
}

type Identity<'a> = (&'a Path, &'a str, Option<&'a str>);

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
