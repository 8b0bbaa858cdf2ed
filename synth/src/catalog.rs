//! The catalogue: every blueprint and action of the input, whatever generation wrote it, in one shape.

use model::{Action, Blueprint};
use serde_json::Value;

use crate::document::Kind;
use crate::finding::{Findings, Place};
use crate::source::Source;
use crate::{lift, sense, shape};

/// What was read.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The files, in order.
    pub sources: Vec<Source>,
    /// What each file is, in the same order; None for one that is no JSON.
    pub kinds: Vec<Option<Kind>>,
    /// One for each blueprint that could be read.
    pub entries: Vec<Entry>,
    /// Actions that stand in a file of their own.
    pub alone: Vec<Alone>,
}

/// A blueprint with its actions.
#[derive(Debug)]
pub struct Entry {
    /// Index of its file in [`Catalog::sources`].
    pub file: usize,
    /// Whether it is an input file, or a blueprint alone.
    pub kind: Kind,
    /// The blueprint.
    pub blueprint: Blueprint,
    /// Its actions with the pointer to each.
    pub actions: Vec<(String, Action)>,
}

/// An action in a file of its own: without its blueprint it can be checked and not synthesized.
#[derive(Debug)]
pub struct Alone {
    /// Index of its file in [`Catalog::sources`].
    pub file: usize,
    /// As it is written.
    pub identifier: String,
}

/// What one file holds.
enum Read {
    Entry(Entry),
    Alone(Alone),
}

impl Catalog {
    /// Reads and checks the documents of `sources`. What is of no use is left out and stands in the findings.
    pub fn load(sources: Vec<Source>, findings: &mut Findings) -> Self {
        let read = |file: usize, source: &Source| {
            let mut findings = Findings::default();
            let read = source.parse(file, &mut findings).map(|document| {
                let kind = Kind::of(file, &document, &mut findings);
                shape::check(file, kind, &document, &mut findings);
                sense::check(file, kind, &document, &mut findings);
                (kind, Read::new(file, kind, &document))
            });
            (read, findings)
        };
        let mut catalog = Self::default();
        for (read, found) in side_by_side(&sources, read) {
            findings.extend(found);
            catalog.kinds.push(read.as_ref().map(|(kind, _)| *kind));
            match read.and_then(|(_, read)| read) {
                Some(Read::Entry(entry)) => catalog.entries.push(entry),
                Some(Read::Alone(alone)) => catalog.alone.push(alone),
                None => {}
            }
        }
        catalog.sources = sources;
        catalog.unique(findings);
        sense::reach(&catalog, findings);
        catalog
    }

    /// Every action with its entry.
    pub fn actions(&self) -> impl Iterator<Item = (&Entry, &str, &Action)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.actions.iter().map(move |(pointer, action)| (entry, pointer.as_str(), action)))
    }

    /// Identifiers of blueprints and of actions are unique in the organisation.
    fn unique(&self, findings: &mut Findings) {
        let mut blueprints = std::collections::BTreeMap::new();
        for entry in &self.entries {
            let name = entry.blueprint.identifier.as_str();
            let place = || Place::Value("/identifier".to_owned());
            if let Some(first) = blueprints.insert(name, entry.file) {
                findings
                    .error(
                        entry.file,
                        place(),
                        "duplicate-identifier",
                        format!("blueprint `{name}` stands in two files"),
                    )
                    .also(first, place(), "first here")
                    .help("rename one of them");
            }
        }
        let mut published = std::collections::BTreeMap::new();
        for (entry, pointer, action) in self.actions() {
            let place = |pointer: &str| Place::Value(format!("{pointer}/identifier"));
            let name = action.identifier.as_str();
            if let Some((first, at)) = published.insert(name, (entry.file, pointer)) {
                findings
                    .error(
                        entry.file,
                        place(pointer),
                        "duplicate-identifier",
                        format!("action `{name}` is there twice: in Port its identifier is unique in the organisation"),
                    )
                    .also(first, place(at), "first here")
                    .help("rename one of them");
            }
        }
    }
}

impl Read {
    fn new(file: usize, kind: Kind, document: &Value) -> Option<Self> {
        match kind {
            Kind::InputFile | Kind::Blueprint => {
                let (blueprint, actions) = lift::input_file(document)?;
                Some(Self::Entry(Entry { file, kind, blueprint, actions }))
            }
            Kind::Former | Kind::Current => {
                let identifier = document.get("identifier")?.as_str()?.to_owned();
                Some(Self::Alone(Alone { file, identifier }))
            }
            Kind::Other => None,
        }
    }
}

/// Calls `f` for each item with its index, on as many threads as there are processors, and keeps the order.
pub(crate) fn side_by_side<T: Sync, R: Send>(items: &[T], f: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(1);
    if items.len() < FEW || threads == 1 {
        return items.iter().enumerate().map(|(index, item)| f(index, item)).collect();
    }
    std::thread::scope(|scope| {
        let shares: Vec<_> = items
            .chunks(share)
            .enumerate()
            .map(|(chunk, items)| {
                let f = &f;
                let first = chunk * share;
                scope.spawn(move || items.iter().enumerate().map(|(at, item)| f(first + at, item)).collect::<Vec<R>>())
            })
            .collect();
        // A thread ends early only by a panic, and that goes on here.
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Fewer items than this are not worth a thread.
const FEW: usize = 8;
