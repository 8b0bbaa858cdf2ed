//! Documents as Port publishes them: our own in `tests/cases/corpus`, and Port's in the folder named by `CORPUS_DIR`.
//!
//! Both have subfolders such as `blueprints`, `actions-v1` and `actions-v2`, with one document per file.

use std::path::PathBuf;

use documents::document::DocumentKind;
use documents::{Findings, Source};
use serde_json::Value;
use synth::files;

use crate::cases::folders;
use crate::openapi::{Description, reference};
use crate::root;

/// A folder of documents, and the description of Port's API to compare them with.
pub(crate) struct Corpus {
    folder: PathBuf,
    pub(crate) description: Option<Description>,
    pub(crate) ours: bool,
}

impl Corpus {
    /// Our corpus, and Port's if `CORPUS_DIR` is set.
    pub(crate) fn all() -> Vec<Self> {
        let ours =
            Self { folder: root().join("tests/cases/corpus"), description: Some(Description::ours()), ours: true };
        let ports =
            reference::path("CORPUS_DIR").map(|folder| Self { folder, description: Description::ports(), ours: false });
        [Some(ours), ports].into_iter().flatten().collect()
    }

    /// Every document of any kind.
    pub(crate) fn sources(&self) -> Vec<Source> {
        files::read(std::slice::from_ref(&self.folder)).unwrap()
    }

    /// The documents of one folder.
    pub(crate) fn folder(&self, name: &str) -> Vec<PathBuf> {
        let mut paths = folders(&self.folder.join(name));
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths
    }
}

/// Checks a file on its own. Returns what it is, unless it holds several documents or none.
pub(crate) fn judged(source: &Source) -> (Option<DocumentKind>, Findings) {
    let (documents, findings) = synth::judge(source.clone());
    let kind = match documents.as_slice() {
        [(_, kind)] => Some(*kind),
        _ => None,
    };
    (kind, findings)
}

/// Parses a file's JSON, which may have comments and trailing commas.
pub(crate) fn parse(source: &Source) -> Value {
    source.parse(crate::only(source), &mut Findings::default()).unwrap()
}
