//! The output folder on disk: what may be written there, and files that are written together or not at all.
//!
//! `synth` writes and removes only what is its own: in a folder that it made, never through a link, never among the input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use serde_json::Value;

use crate::output::{PLAN, PORT, RUNNER, SCHEMA, TEMPLATE};

/// The first words of each template that `synth` writes.
pub(crate) const SIGN: &str = "# Generated from ";

/// Checks that `out` is a folder for output: not a link, not the input, and empty or made by `synth`.
///
/// # Errors
/// If it is not, or cannot be read.
pub fn claim(out: &Path, input: Option<&Path>) -> anyhow::Result<()> {
    is_folder(out)?;
    no_links(Path::new(""), out)?;
    let place = resolved(out).with_context(|| format!("cannot read `{}`", out.display()))?;
    if let Some(input) = input.filter(|input| input.exists()) {
        let read = fs::canonicalize(input).with_context(|| format!("cannot read `{}`", input.display()))?;
        if read.starts_with(&place) || (read.is_dir() && place.starts_with(&read)) {
            bail!(
                "`{}` and the input `{}` must be separate folders; choose a different folder with --out",
                out.display(),
                input.display()
            );
        }
    }
    check_way(out, Path::new(TEMPLATE))?;
    let template = out.join(TEMPLATE);
    match owner(out)? {
        Owner::Synth => Ok(()),
        Owner::Unknown => bail!(
            "`{0}` does not begin as synth writes it; remove `{0}` to have it written again, or choose a different folder with --out",
            template.display()
        ),
        Owner::Other => bail!(
            "`{}` has files that synth did not write and no `{TEMPLATE}` of synth's; choose a new or empty folder with --out",
            out.display()
        ),
    }
}

/// Checks that `out` is a folder or missing, and that nothing on the way to it is something else.
///
/// # Errors
/// If it is not.
pub fn is_folder(out: &Path) -> anyhow::Result<()> {
    // Without a slash at the end, which would lead through a link.
    let whole: PathBuf = out.components().collect();
    let is_other = |way: &&Path| fs::metadata(way).is_ok_and(|found| !found.is_dir());
    let ways = || whole.ancestors().filter(|way| !way.as_os_str().is_empty());
    if let Some(other) = ways().find(is_other) {
        bail!(
            "`{}` is not a folder, and files would be written below it; choose a different folder with --out",
            other.display()
        );
    }
    if let Some(link) = dangling(&whole) {
        bail!(
            "`{}` is a link to something that does not exist; remove it, or choose a different folder with --out",
            link.display()
        );
    }
    Ok(())
}

/// Returns the first link on the way to a path, or at its end, that leads to nothing.
pub fn dangling(path: &Path) -> Option<&Path> {
    let dangles = |way: &&Path| !way.as_os_str().is_empty() && way.is_symlink() && !way.exists();
    path.ancestors().find(dangles)
}

/// Who made a folder for output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// It is empty or missing, or has a template of ours, or only folders of ours.
    Synth,
    /// Its template was ours, and does not begin so any more: it was merged, cut off, or saved with other bytes.
    Unknown,
    Other,
}

/// Says who made a folder for output.
fn owner(out: &Path) -> anyhow::Result<Owner> {
    let cannot = |path: &Path| format!("cannot read `{}`", path.display());
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Owner::Synth),
        Err(error) => return Err(error).with_context(|| cannot(out)),
    };
    let path = out.join(TEMPLATE);
    match fs::read(&path) {
        Ok(text) if is_signed(&text) => return Ok(Owner::Synth),
        Ok(text) => {
            let was_signed = text.windows(SIGN.len()).any(|words| words == SIGN.as_bytes());
            return Ok(if was_signed || text.trim_ascii().is_empty() { Owner::Unknown } else { Owner::Other });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| cannot(&path)),
    }
    for entry in entries {
        let name = entry.with_context(|| cannot(out))?.file_name();
        let ours = [PORT, SCHEMA, RUNNER, PLAN].iter().any(|known| name == *known)
            || name.as_encoded_bytes().starts_with(b".");
        if !ours {
            return Ok(Owner::Other);
        }
    }
    Ok(Owner::Synth)
}

/// Whether a folder has a template of ours.
pub(crate) fn is_output(folder: &Path) -> bool {
    fs::read(folder.join(TEMPLATE)).is_ok_and(|text| is_signed(&text))
}

fn is_signed(template: &[u8]) -> bool {
    template.trim_ascii_start().starts_with(SIGN.as_bytes())
}

/// Returns where a path leads, also if its end does not exist yet.
///
/// # Errors
/// If the current folder is not known.
pub fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut place = PathBuf::new();
    for component in std::path::absolute(path)?.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(place.pop()),
            other => {
                place.push(other);
                place = fs::canonicalize(&place).unwrap_or(place);
            }
        }
    }
    Ok(place)
}

/// Checks that nothing on the way from `folder` to a file below it is a link, and that it is a file, unless missing.
///
/// # Errors
/// If something is, or cannot be read.
pub(crate) fn check_way(folder: &Path, file: &Path) -> anyhow::Result<()> {
    no_links(folder, file)?;
    let path = folder.join(file);
    if path.is_dir() {
        bail!("`{}` is a folder, but synth writes a file there; remove it", path.display());
    }
    if path.exists() && !path.is_file() {
        bail!("`{}` is not a regular file; remove it", path.display());
    }
    Ok(())
}

/// Checks every part of `path`, which is in `folder`. An absolute path is a person's own words: only its end is checked.
fn no_links(folder: &Path, path: &Path) -> anyhow::Result<()> {
    // Without a slash at the end, which would lead through a link.
    let whole: PathBuf = folder.join(path).components().collect();
    let ways = whole.ancestors().take(if path.is_absolute() { 1 } else { path.components().count() });
    for way in ways.filter(|way| !way.as_os_str().is_empty() && !way.ends_with("..")) {
        match fs::symlink_metadata(way) {
            Ok(found) if found.is_symlink() => {
                bail!(
                    "`{}` is a link, and synth does not write through links; replace it with a folder or file",
                    way.display()
                )
            }
            Ok(found) if way != whole && !found.is_dir() => {
                bail!("`{}` is not a folder, but synth writes files below it; remove it", way.display())
            }
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", way.display())),
        }
    }
    Ok(())
}

/// Whether a file below the folder of Port's documents is one that `synth` wrote: a blueprint with its actions, or
/// documents as Port has them.
pub(crate) fn is_published(text: &str) -> bool {
    let is_document =
        |value: &Value| value.get("blueprint").is_some() || value.get("identifier").is_some_and(Value::is_string);
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(items)) => !items.is_empty() && items.iter().all(is_document),
        Ok(value) => is_document(&value),
        Err(_) => false,
    }
}

/// A lock on a folder while files in it are written. What is left there of a process that was killed is removed.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Unlocked when it is closed. Some shared folders cannot be locked.
    _folder: Option<File>,
}

impl Lock {
    /// Waits until no other process has the lock, for [`PATIENCE`] at most.
    pub(crate) fn on(folder: &Path) -> Self {
        let locked = File::open(folder).ok().filter(wait_for);
        if locked.is_some() {
            for left in leftovers(folder) {
                // One that cannot be removed does no harm.
                let _ = if left.is_dir() { fs::remove_dir_all(&left) } else { fs::remove_file(&left) };
            }
        }
        Self { _folder: locked }
    }
}

/// Locks a folder. Returns whether that was possible.
fn wait_for(folder: &File) -> bool {
    let started = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Err(_) => return false,
        }
    }
}

/// How long to wait for another process, which writes in less than a second. Something else may have the lock for longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before the lock is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// Begins the names of temporary files and folders.
pub(crate) const TEMPORARY: &str = ".synth-";

/// Returns temporary files and folders of ours: after the prefix, their names have six letters or digits. Links are not.
fn leftovers(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let is_temporary = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY));
        random.is_some_and(|random| random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            && entry.file_type().is_ok_and(|kind| !kind.is_symlink())
    };
    fs::read_dir(folder).into_iter().flatten().flatten().filter(is_temporary).map(|entry| entry.path())
}

/// Files below a folder that are replaced together: all of them are on the disk before the first is replaced.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    folder: &'a Path,
    /// Beside the files, so that a file is moved and not copied. Removed when dropped.
    staged: tempfile::TempDir,
    files: Vec<&'a Path>,
    _lock: Lock,
}

impl<'a> Stage<'a> {
    /// Makes a stage in a folder, which is created if it does not exist.
    pub(crate) fn new(folder: &'a Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write to `{}`", folder.display());
        fs::create_dir_all(folder).with_context(cannot)?;
        let lock = Lock::on(folder);
        let staged = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(folder);
        let staged = staged.map_err(nameless).with_context(cannot)?;
        Ok(Self { folder, staged, files: Vec::new(), _lock: lock })
    }

    /// Writes a file, without replacing anything yet.
    pub(crate) fn add(&mut self, file: &'a Path, bytes: &[u8], mode: Option<fs::Permissions>) -> anyhow::Result<()> {
        let staged = self.staged.path().join(self.files.len().to_string());
        fs::write(&staged, bytes)
            .and_then(|()| mode.map_or(Ok(()), |mode| fs::set_permissions(&staged, mode)))
            .with_context(|| format!("cannot write `{}`; nothing was changed", self.folder.join(file).display()))?;
        self.files.push(file);
        Ok(())
    }

    /// Replaces the files, in the order in which they were added.
    pub(crate) fn commit(self) -> anyhow::Result<usize> {
        for (at, file) in self.files.iter().enumerate() {
            let path = self.folder.join(file);
            let folder = path.parent().unwrap_or(self.folder);
            fs::create_dir_all(folder)
                .and_then(|()| fs::rename(self.staged.path().join(at.to_string()), &path))
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(self.files.len())
    }

    /// Moves the files to their places, where there must be nothing. If one fails, those that were moved are removed.
    fn place(self) -> anyhow::Result<()> {
        let mut placed = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            let path = self.folder.join(file);
            let staged = tempfile::TempPath::try_from_path(self.staged.path().join(at.to_string()));
            let moved = fs::create_dir_all(path.parent().unwrap_or(self.folder))
                .and(staged)
                .and_then(|staged| staged.persist_noclobber(&path).map_err(|error| error.error));
            if let Err(error) = moved {
                for path in placed {
                    // What cannot be removed now could be written a moment ago, so there is nothing else to try.
                    let _ = fs::remove_file(path);
                }
                return Err(nameless(error)).with_context(|| format!("cannot write `{}`", path.display()));
            }
            placed.push(path);
        }
        Ok(())
    }
}

/// Writes new files below a folder, which is created if it does not exist: all of them, or none, and no new folder either.
///
/// # Errors
/// If something is already there, is on the way, or cannot be written.
///
/// A signal that ends the process does so afterwards, if no other thread is running that could take it.
pub fn create(folder: &Path, files: &BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    let paths = || files.keys().map(|file| folder.join(file));
    let parents: BTreeSet<PathBuf> =
        paths().flat_map(|path| path.ancestors().skip(1).map(Path::to_path_buf).collect::<Vec<_>>()).collect();
    let missing = |path: &&PathBuf| !path.as_os_str().is_empty() && path.symlink_metadata().is_err();
    let made: Vec<&PathBuf> = parents.iter().filter(missing).collect();
    let _signals = Postponed::new();
    let write = || {
        files.keys().try_for_each(|file| check_way(folder, file))?;
        let mut together = Stage::new(folder)?;
        for (file, text) in files {
            together.add(file, text.as_bytes(), None)?;
        }
        together.place()
    };
    write().inspect_err(|_| {
        for folder in made.iter().rev() {
            // A folder in which something else was put meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    })
}

/// While this exists, signals with which a person ends a process wait. Nothing waits for long between the first file and the last.
struct Postponed {
    /// The thread's mask before. If it cannot be read, nothing is changed.
    before: Option<SigSet>,
}

impl Postponed {
    fn new() -> Self {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            signals.add(signal);
        }
        Self { before: signals.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok() }
    }
}

impl Drop for Postponed {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // It was the mask before, so it can be set.
            let _ = before.thread_set_mask();
        }
    }
}

/// Removes the path from an error: that of a temporary file means nothing to a person.
pub(crate) fn nameless(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() { error } else { io::Error::from(error.kind()) }
}
