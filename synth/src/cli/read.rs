//! Input files that a command has read.

use std::path::PathBuf;

use documents::{Catalog, Findings, Sources};
use synth::files;

/// Files and their catalogue.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) sources: Sources,
    pub(super) catalog: Catalog,
}

impl Read {
    /// Reads and checks files, or folders of them.
    pub(super) fn new(paths: &[PathBuf]) -> anyhow::Result<(Self, Findings)> {
        Ok(Self::default().again(files::read(paths)?.into()))
    }

    /// Reads `sources` again, parsing only what changed.
    pub(super) fn again(self, sources: Sources) -> (Self, Findings) {
        let mut findings = Findings::default();
        let catalog = documents::reload(self.catalog, &self.sources, &sources, &mut findings);
        (Self { sources, catalog }, findings)
    }
}
