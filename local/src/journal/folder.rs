//! The folder of the journal, which one process uses at a time, with files that only its owner may read.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{FILE, StateError, open_private};

/// The file whose lock says that the folder is in use. It has the id of the process.
const LOCK: &str = "journal.lock";
/// Keeps git from seeing the folder.
const IGNORE: &str = ".gitignore";
/// The longest file that [`StateFolder::kept`] reads, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// A folder that this process has locked until this is dropped, however the process ends.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Locks a folder, and creates it if it is missing. Only its owner may enter it, and git ignores it.
    ///
    /// # Errors
    ///
    /// When another process has locked it, it has files but none of ours, or the disk refuses something.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let refused = |verb| StateError::disk(verb, path);
        match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
            Ok(is_empty) if is_empty || path.join(LOCK).exists() => {}
            Ok(_) => return Err(StateError::Foreign { folder: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(refused("create"))?;
            }
            Err(error) => return Err(refused("read")(error)),
        }
        let lock = locked(path)?;
        // Before anything secret is written. An older umask or a copy may have opened the folder to others.
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(refused("restrict"))?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        folder.keep(IGNORE, "*\n")?;
        Ok(folder)
    }

    /// Returns where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the journal, so that the next one begins without entries. Other files stay.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub fn forget(&self) -> Result<(), StateError> {
        let path = self.path.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StateError::disk("remove", &path)(error)),
            _ => Ok(()),
        }
    }

    /// Returns the text of a file; nothing if it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn kept(&self, name: &str) -> Result<Option<String>, StateError> {
        let path = self.path.join(name);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)) {
            Ok(_) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::disk("read", &path)(error)),
        }
    }

    /// Replaces a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// When it cannot be written. Then the file is as it was.
    pub fn keep(&self, name: &str, text: &str) -> Result<(), StateError> {
        let path = self.path.join(name);
        if self.kept(name)?.as_deref() == Some(text) {
            return fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(StateError::disk("restrict", &path));
        }
        let new = self.path.join(format!("{name}.new"));
        let written = || {
            let _ = fs::remove_file(&new);
            let mut file = open_private(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            fs::rename(&new, &path)
        };
        written().map_err(|error| {
            let _ = fs::remove_file(&new);
            StateError::disk("write", &path)(error)
        })
    }

    /// Opens a file for reading and writing.
    pub(super) fn open_private(&self, name: &str) -> io::Result<File> {
        let file = open_private(&self.path.join(name))?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(file)
    }
}

/// Locks a folder for this process.
fn locked(folder: &Path) -> Result<File, StateError> {
    let path = folder.join(LOCK);
    let mut file = open_private(&path).map_err(StateError::disk("write", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = (&mut file).take(20).read_to_string(&mut holder);
            return Err(StateError::InUse { folder: folder.to_owned(), process: holder.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(StateError::disk("lock", &path)(error)),
    }
    let id = format!("{}\n", std::process::id());
    let written = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(id.as_bytes()));
    written.map_err(StateError::disk("write", &path))?;
    Ok(file)
}
