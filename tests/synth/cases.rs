//! Cases in `tests/cases`, and their snapshots in `tests/snapshots`.

use std::path::{Path, PathBuf};

use insta::Settings;

use crate::root;

/// Settings that put snapshots into `tests/snapshots`.
pub(crate) fn settings(snapshots: &str) -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/snapshots").join(snapshots));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// The files and folders in a folder of cases, sorted by name.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(entries.len() > 1, "no cases in {}", path.display());
    entries
}
