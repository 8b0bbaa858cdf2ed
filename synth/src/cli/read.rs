//! Input files that a command has read.

use std::path::{Path, PathBuf};

use documents::{Catalog, Findings, Sources};
use synth::files;

/// Files and their catalogue.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// Which files are not input although they look like it, in words.
    pub(crate) left_out: Option<String>,
    pub(crate) sources: Sources,
    pub(crate) catalog: Catalog,
}

impl Read {
    /// Reads and checks files, or folders of them. `-` alone is standard input.
    pub(crate) fn new(paths: &[PathBuf]) -> anyhow::Result<(Self, Findings)> {
        if paths.iter().any(|path| path == Path::new("-")) {
            return Ok(Self::default().with(files::read(paths)?.into(), None));
        }
        Ok(Self::default().again(&files::Listing::find(paths)?))
    }

    /// Reads the input again, parsing only what changed.
    pub(crate) fn again(self, listing: &files::Listing) -> (Self, Findings) {
        self.with(listing.read().into(), listing.left_out())
    }

    fn with(self, sources: Sources, left_out: Option<String>) -> (Self, Findings) {
        let mut findings = Findings::default();
        let catalog = documents::reload(self.catalog, &self.sources, &sources, &mut findings);
        (Self { left_out, sources, catalog }, findings)
    }
}
