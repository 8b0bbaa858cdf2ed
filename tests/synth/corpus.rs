//! Documents as Port publishes them: `tests/cases/corpus`, which is ours, and Port's own where `CORPUS_DIR` names them.
//!
//! Both are a folder of folders of documents, one a file: `blueprints`, `actions-v1`, `actions-v2`, and others.

use std::path::PathBuf;

use documents::{Findings, Source};
use serde_json::Value;
use synth::files;

use crate::cases::folders;
use crate::openapi::{Description, reference};
use crate::root;

/// A folder of documents, and the description of Port's API that they are compared with.
pub(crate) struct Corpus {
    folder: PathBuf,
    pub(crate) description: Option<Description>,
    pub(crate) ours: bool,
}

impl Corpus {
    /// Ours, and Port's where it is named.
    pub(crate) fn all() -> Vec<Self> {
        let ours =
            Self { folder: root().join("tests/cases/corpus"), description: Some(Description::ours()), ours: true };
        let ports =
            reference::path("CORPUS_DIR").map(|folder| Self { folder, description: Description::ports(), ours: false });
        [Some(ours), ports].into_iter().flatten().collect()
    }

    /// Every document, whatever it is.
    pub(crate) fn sources(&self) -> Vec<Source> {
        files::read_tree(std::slice::from_ref(&self.folder)).unwrap()
    }

    /// The documents of one folder.
    pub(crate) fn folder(&self, name: &str) -> Vec<PathBuf> {
        let mut paths = folders(&self.folder.join(name));
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths
    }
}

/// The file's JSON, comments and trailing commas or not.
pub(crate) fn parse(source: &Source) -> Value {
    source.parse(crate::only(source), &mut Findings::default()).unwrap()
}
