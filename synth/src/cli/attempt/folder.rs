//! The folder of a trial. It is removed at the end; one whose process was killed, by the next `synth try`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;

/// Begins the names of such folders.
const PREFIX: &str = "synth-try-";

/// How old a folder is before it can be a leftover: a new one may not be locked yet.
const AGE: Duration = Duration::from_mins(1);

/// A folder that only this user can read, for the plan and the function.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    /// Held as long as this process runs, however it ends. Some file systems have no locks.
    _lock: Option<File>,
}

impl Folder {
    /// Makes one, and removes those of processes that were killed.
    pub(super) fn new() -> anyhow::Result<Self> {
        let place = std::env::temp_dir();
        let shown = place.display();
        if place.to_str().is_none() {
            bail!("the folder for temporary files, `{shown}`, is not UTF-8\n  help: set TMPDIR to a different one");
        }
        remove_leftovers(&place);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).permissions(fs::Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(&place).map_err(|error| io::Error::from(error.kind()));
        let folder = folder.with_context(|| {
            format!("cannot make a folder in `{shown}`, which is for temporary files; set TMPDIR to a different one")
        })?;
        let lock = File::open(folder.path()).ok().filter(|file| file.try_lock().is_ok());
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders that nobody has locked.
fn remove_leftovers(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) && is_left(&entry) {
            // One that cannot be removed does no harm.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether the process that made a folder has ended.
fn is_left(entry: &fs::DirEntry) -> bool {
    let is_old = |found: &fs::Metadata| {
        found.is_dir() && found.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > AGE))
    };
    entry.metadata().is_ok_and(|found| is_old(&found))
        && File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok())
}
