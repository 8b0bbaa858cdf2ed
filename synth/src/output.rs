//! Writes the output folder, or compares it, as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use documents::Source;
use serde_json::Value;
use similar::TextDiff;

use crate::folder::{Lock, Stage, TEMPORARY, check_way, is_folder, is_published, nameless};
use crate::function::{Function, VERSION};

/// Every generated file by its path in the output folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output(pub BTreeMap<PathBuf, String>);

/// The template, in the output folder.
pub const TEMPLATE: &str = "template.yaml";
/// The plan.
pub const PLAN: &str = "plan.json";
/// The folder that becomes the function's package.
pub const RUNNER: &str = "runner";
/// The function's program, in the package.
pub const PROGRAM: &str = "runner/bootstrap";
/// The plan once more, in the package. Earlier versions of `synth` wrote only this one.
pub const PACKAGED_PLAN: &str = "runner/plan.json";
/// The folder of documents that Port should have.
pub const PORT: &str = "port";
/// The folder of JSON Schemas for editors.
pub const SCHEMA: &str = "schema";

impl Output {
    /// Adds the plan that goes with the program of a package.
    pub fn with_package(mut self) -> Self {
        self.0.extend(self.0.get(Path::new(PLAN)).cloned().map(|plan| (PathBuf::from(PACKAGED_PLAN), plan)));
        self
    }

    /// Writes files that differ, and the function's program if there is a new one, and removes stale ones. All files are on the disk before the first is replaced, and the
    /// template is replaced last: if something fails, what is deployed is what was deployed before. Returns how many files
    /// changed.
    ///
    /// # Errors
    /// If the folder cannot be written, or has links.
    pub fn write(&self, out: &Path, program: Option<&Function>) -> anyhow::Result<usize> {
        let mut changed = self.changed(out)?;
        let stale = self.stale(out)?;
        if changed.is_empty() && stale.is_empty() && program.is_none() {
            drop(Lock::on(out));
            return Ok(0);
        }
        changed.sort_by_key(|(path, _)| *path == Path::new(TEMPLATE));
        let mut together = Stage::new(out)?;
        if let Some(function) = program {
            check_way(out, Path::new(PROGRAM))?;
            together.add(Path::new(PROGRAM), function.program(), Some(executable()))?;
        }
        for (path, text) in changed {
            together.add(path, text.as_bytes(), None)?;
        }
        for path in &stale {
            fs::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        Ok(stale.len() + together.commit()?)
    }

    /// Returns the files that differ from those on disk.
    fn changed(&self, out: &Path) -> anyhow::Result<Vec<(&Path, &str)>> {
        let mut changed = Vec::new();
        for (path, text) in &self.0 {
            if read(out, path)?.as_deref() != Some(text) {
                changed.push((path.as_path(), text.as_str()));
            }
        }
        Ok(changed)
    }

    /// Returns the version of `synth` that wrote a folder, if it is not this one.
    pub fn other_writer(out: &Path) -> Option<String> {
        let plan = fs::read(out.join(PLAN)).or_else(|_| fs::read(out.join(PACKAGED_PLAN))).ok()?;
        let plan: Value = serde_json::from_slice(&plan).ok()?;
        match plan.get("synth") {
            Some(writer) => writer.as_str().filter(|writer| *writer != VERSION).map(|writer| format!("synth {writer}")),
            None => Some("an earlier version of synth".to_owned()),
        }
    }

    /// Returns what `write` would change as a unified diff, empty if `out` is up to date.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn difference(&self, out: &Path) -> anyhow::Result<String> {
        is_folder(out)?;
        let mut difference = String::new();
        for (path, text) in &self.0 {
            let held = read(out, path)?;
            unified(&mut difference, &out.join(path), held.as_deref(), Some(text));
        }
        for path in self.stale(out)? {
            let held = read(Path::new(""), &path)?;
            unified(&mut difference, &path, held.as_deref(), None);
        }
        Ok(difference)
    }

    /// Returns the files that `write` would write or remove.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn changes(&self, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        is_folder(out)?;
        let mut changes: Vec<PathBuf> = self.changed(out)?.into_iter().map(|(path, _)| out.join(path)).collect();
        changes.extend(self.stale(out)?);
        Ok(changes)
    }

    /// Returns documents that are no longer generated. Files that `synth` did not write are not among them.
    fn stale(&self, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let mut stale = Vec::new();
        let port = out.join(PORT);
        if self.0.keys().any(|path| path.starts_with(PORT)) && port.try_exists().unwrap_or(true) {
            for path in json_files(&port)? {
                let Ok(file) = path.strip_prefix(out) else { continue };
                if !self.0.contains_key(file) && read(out, file)?.as_deref().is_some_and(is_published) {
                    stale.push(path);
                }
            }
        }
        stale.sort();
        Ok(stale)
    }
}

/// Lists the `*.json` files in a folder and its subfolders. Links are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn json_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let unreadable = || format!("cannot read `{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let kind = entry.file_type().with_context(unreadable)?;
        if kind.is_dir() {
            files.extend(json_files(&entry.path())?);
        } else if kind.is_file() && entry.path().extension().is_some_and(|extension| extension == "json") {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Reads a file of a folder, if it exists. Refuses links, which a file that is written must not be.
fn read(folder: &Path, file: &Path) -> anyhow::Result<Option<String>> {
    check_way(folder, file)?;
    let path = folder.join(file);
    match fs::read(&path) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes);
            Ok(Some(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Replaces the file of a source atomically. Follows links, and keeps permissions and byte order mark.
///
/// # Errors
/// If the file cannot be written.
pub fn rewrite(source: &Source, text: &str) -> anyhow::Result<()> {
    let rewrite = || {
        let path = fs::canonicalize(&source.path)?;
        let permissions = fs::metadata(&path)?.permissions();
        temporary(&path, permissions, &source.marked(text))?.persist(&path)
    };
    rewrite().with_context(|| format!("cannot write `{}`", source.path.display()))
}

/// Writes a new file atomically. Returns false, and changes nothing, if it already exists.
///
/// # Errors
/// If the file cannot be written.
pub fn create(path: &Path, text: &str) -> anyhow::Result<bool> {
    let create = || match temporary(path, readable(), text)?.persist_noclobber(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        written => written.map(|()| true),
    };
    create().with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes a file atomically, whether or not it exists.
///
/// # Errors
/// If the file cannot be written.
pub fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    let put = || temporary(path, readable(), text)?.persist(path);
    put().with_context(|| format!("cannot write `{}`", path.display()))
}

/// Returns what replacing `held` by `wanted` would change, as a unified diff.
pub fn changes(path: &Path, held: &str, wanted: &str) -> String {
    let mut difference = String::new();
    unified(&mut difference, path, Some(held), Some(wanted));
    difference
}

/// Removes what killed processes left beside some files.
pub fn tidy<'a>(files: impl Iterator<Item = &'a Path>) {
    let folders: BTreeSet<&Path> = files.map(folder_of).collect();
    for folder in folders {
        drop(Lock::on(folder));
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is not yet in its place.
struct Temporary {
    file: tempfile::NamedTempFile,
    _lock: Lock,
}

/// Writes a text beside `path`, in a folder that is created if it does not exist.
fn temporary(path: &Path, permissions: fs::Permissions, text: &str) -> io::Result<Temporary> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let lock = Lock::on(folder);
    let file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(nameless)?;
    file.as_file().write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    Ok(Temporary { file, _lock: lock })
}

impl Temporary {
    fn persist(self, path: &Path) -> io::Result<()> {
        Ok(self.file.persist(path).map(drop)?)
    }

    fn persist_noclobber(self, path: &Path) -> io::Result<()> {
        Ok(self.file.persist_noclobber(path).map(drop)?)
    }
}

/// Lets everybody read the file, as is usual for files under version control. Temporary files are private by default.
#[cfg(unix)]
fn readable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Lets everybody start the file, as Lambda does.
#[cfg(unix)]
fn executable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

fn unified(out: &mut String, path: &Path, held: Option<&str>, wanted: Option<&str>) {
    if held == wanted {
        return;
    }
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{}", path.display()),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(held.unwrap_or_default(), wanted.unwrap_or_default());
    let names = (name("a", held), name("b", wanted));
    let _ = write!(out, "{}", diff.unified_diff().context_radius(3).header(&names.0, &names.1));
}
