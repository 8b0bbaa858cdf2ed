//! The catalogue: every blueprint and action of the input, whatever generation wrote it, in one shape.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

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
    /// What was found in each file on its own.
    found: Vec<Findings>,
}

/// A file of a catalogue.
#[derive(Debug)]
pub enum Given {
    /// Read anew.
    Read(Source),
    /// As the catalogue before had it.
    AsBefore(PathBuf),
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
    /// See [`Entry::published`].
    pub(crate) published: OnceLock<String>,
}

/// An action in a file of its own: without its blueprint it can be checked and not synthesized.
#[derive(Debug)]
pub struct Alone {
    /// Index of its file in [`Catalog::sources`].
    pub file: usize,
    /// As it is written.
    pub identifier: String,
}

/// What one file came to.
#[derive(Debug, Default)]
struct Part {
    kind: Option<Kind>,
    holds: Option<Holds>,
    findings: Findings,
}

/// What one file holds.
#[derive(Debug)]
enum Holds {
    Entry(Box<Entry>),
    Alone(Alone),
}

impl Catalog {
    /// Reads and checks the documents of `sources`. What is of no use is left out and stands in the findings.
    pub fn load(sources: Vec<Source>, findings: &mut Findings) -> Self {
        Self::default().update(sources.into_iter().map(Given::Read).collect(), findings)
    }

    /// The catalogue of `files`: only what was read anew is parsed again. A file as before that the catalogue does not
    /// have is left out.
    pub fn update(self, files: Vec<Given>, findings: &mut Findings) -> Self {
        let mut kept = self.into_parts();
        let (mut sources, mut parts) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
        for file in files {
            match file {
                Given::Read(source) => {
                    sources.push(source);
                    parts.push(None);
                }
                Given::AsBefore(path) => {
                    let Some((source, part)) = kept.remove(&path) else { continue };
                    sources.push(source);
                    parts.push(Some(part));
                }
            }
        }
        let wanted: Vec<(&Source, bool)> =
            sources.iter().zip(&parts).map(|(source, part)| (source, part.is_none())).collect();
        let read = side_by_side(&wanted, |file, (source, wanted)| wanted.then(|| Part::read(file, source)));
        let mut catalog = Self::default();
        for (file, part) in read.into_iter().zip(parts).map(|(read, part)| read.or(part)).enumerate() {
            let Part { kind, holds, findings: found } = part.unwrap_or_default();
            catalog.kinds.push(kind);
            match holds {
                Some(Holds::Entry(entry)) => catalog.entries.push(Entry { file, ..*entry }),
                Some(Holds::Alone(alone)) => catalog.alone.push(Alone { file, ..alone }),
                None => {}
            }
            let found = found.moved_to(file);
            findings.extend(found.clone());
            catalog.found.push(found);
        }
        catalog.sources = sources;
        catalog.unique(findings);
        sense::reach(&catalog, findings);
        catalog
    }

    /// What is known of each file, by path.
    fn into_parts(self) -> BTreeMap<PathBuf, (Source, Part)> {
        let entries = self.entries.into_iter().map(|entry| (entry.file, Holds::Entry(Box::new(entry))));
        let alone = self.alone.into_iter().map(|alone| (alone.file, Holds::Alone(alone)));
        let mut holds: BTreeMap<usize, Holds> = entries.chain(alone).collect();
        let files = self.sources.into_iter().zip(self.kinds).zip(self.found).enumerate();
        files
            .map(|(file, ((source, kind), findings))| {
                (source.path.clone(), (source, Part { kind, holds: holds.remove(&file), findings }))
            })
            .collect()
    }

    /// Every action with its entry.
    pub fn actions(&self) -> impl Iterator<Item = (&Entry, &str, &Action)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.actions.iter().map(move |(pointer, action)| (entry, pointer.as_str(), action)))
    }

    /// An action alone is in no blueprint's file, and of no use to whoever needs both.
    pub fn refuse_alone(&self, findings: &mut Findings) {
        for alone in &self.alone {
            let message = format!("action `{}` stands alone, and an action belongs to a blueprint", alone.identifier);
            findings
                .error(alone.file, Place::File, "action-alone", message)
                .help("put it into `actions` of its blueprint's file");
        }
    }

    /// Identifiers of blueprints and of actions are unique in the organisation.
    fn unique(&self, findings: &mut Findings) {
        let mut blueprints = BTreeMap::new();
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
        let mut published = BTreeMap::new();
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

impl Part {
    /// Reads and checks a file on its own.
    fn read(file: usize, source: &Source) -> Self {
        let mut findings = Findings::default();
        let Some(document) = source.parse(file, &mut findings) else { return Self { findings, ..Self::default() } };
        let kind = Kind::of(file, &document, &mut findings);
        shape::check(file, kind, &document, &mut findings);
        sense::check(file, kind, &document, &mut findings);
        Self { kind: Some(kind), holds: Holds::new(file, kind, &document), findings }
    }
}

impl Holds {
    fn new(file: usize, kind: Kind, document: &Value) -> Option<Self> {
        match kind {
            Kind::InputFile | Kind::Blueprint => {
                let (blueprint, actions) = lift::input_file(document)?;
                Some(Self::Entry(Box::new(Entry { file, kind, blueprint, actions, published: OnceLock::new() })))
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
pub fn side_by_side<T: Sync, R: Send>(items: &[T], f: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is given as before is not read: it is there, at its new place, with what was found in it.
    #[test]
    fn what_did_not_change_is_kept() {
        let blueprint = |name: &str, key: &str| {
            format!(r#"{{"identifier": "{name}", "{key}": "x", "title": "T", "schema": {{"properties": {{}}}}}}"#)
        };
        let source = |name: &str, key: &str| Source::new(PathBuf::from(name), &blueprint(name, key));
        let mut findings = Findings::default();
        let catalog = Catalog::load(vec![source("b", "unknown"), source("c", "icon")], &mut findings);
        assert_eq!(findings.iter().map(|finding| finding.file).collect::<Vec<_>>(), [0]);

        let mut findings = Findings::default();
        let files = vec![
            Given::Read(source("a", "nonsense")),
            Given::AsBefore(PathBuf::from("b")),
            Given::Read(source("c", "icon")),
            Given::AsBefore(PathBuf::from("never read")),
        ];
        let catalog = catalog.update(files, &mut findings);
        let entries = catalog.entries.iter().map(|entry| (entry.file, entry.blueprint.identifier.as_str()));
        assert_eq!(entries.collect::<Vec<_>>(), [(0, "a"), (1, "b"), (2, "c")]);
        let messages = findings.iter().map(|finding| (finding.file, finding.message.as_str()));
        assert_eq!(messages.collect::<Vec<_>>(), [(0, "unknown key `nonsense`"), (1, "unknown key `unknown`")]);

        let mut findings = Findings::default();
        let twice = vec![Given::AsBefore(PathBuf::from("b")), Given::Read(source("b", "icon"))];
        let catalog = catalog.update(twice, &mut findings);
        assert_eq!(
            (catalog.sources.len(), findings.refuse()),
            (2, true),
            "what two files have in common is found again"
        );
    }
}
