//! The output folder: written as a whole or compared as a whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::TextDiff;

/// Every generated file by its path below the output folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output(pub BTreeMap<PathBuf, String>);

/// The template, below the output folder.
pub const TEMPLATE: &str = "template.yaml";
/// The plan, inside the folder that becomes the function's package.
pub const PLAN: &str = "runner/plan.json";
/// The folder of documents that Port should hold.
pub const PORT: &str = "port";
/// The folder of JSON Schemas for editors.
pub const SCHEMA: &str = "schema";

/// Folders of which every `*.json` is ours, where we write there at all: what is left of a deleted blueprint goes.
const OWNED: [&str; 2] = [PORT, SCHEMA];

impl Output {
    /// Writes what differs and removes what is stale. Each file is written beside its place and then renamed, so that
    /// nobody sees half of one. Returns how many files changed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, out: &Path) -> anyhow::Result<usize> {
        let mut changed = 0;
        for (path, text) in &self.0 {
            let path = out.join(path);
            if read(&path)?.as_deref() == Some(text) {
                continue;
            }
            replace(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
            changed += 1;
        }
        for path in self.stale(out)? {
            fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
            changed += 1;
        }
        Ok(changed)
    }

    /// What `write` would change, as a unified difference; empty when `out` is as it should be.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn difference(&self, out: &Path) -> anyhow::Result<String> {
        let mut difference = String::new();
        for (path, text) in &self.0 {
            let path = out.join(path);
            let held = read(&path)?;
            unified(&mut difference, &path, held.as_deref(), Some(text));
        }
        for path in self.stale(out)? {
            let held = read(&path)?;
            unified(&mut difference, &path, held.as_deref(), None);
        }
        Ok(difference)
    }

    /// The files that `write` would write or remove.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn changes(&self, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let mut changes = Vec::new();
        for (path, text) in &self.0 {
            let path = out.join(path);
            if read(&path)?.as_deref() != Some(text) {
                changes.push(path);
            }
        }
        changes.extend(self.stale(out)?);
        Ok(changes)
    }

    fn stale(&self, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let mut stale = Vec::new();
        for folder in OWNED.into_iter().filter(|folder| self.0.keys().any(|path| path.starts_with(folder))) {
            let entries = match fs::read_dir(out.join(folder)) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot read `{}`", out.join(folder).display()));
                }
            };
            for entry in entries {
                let name = entry.with_context(|| format!("cannot read `{}`", out.join(folder).display()))?.file_name();
                let path = Path::new(folder).join(&name);
                if path.extension().is_some_and(|extension| extension == "json") && !self.0.contains_key(&path) {
                    stale.push(out.join(path));
                }
            }
        }
        stale.sort();
        Ok(stale)
    }
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes);
            Ok(Some(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// The text with the byte order mark that a file has, if it has one.
///
/// # Errors
/// When the file cannot be read.
pub fn marked(path: &Path, text: &str) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mark = if bytes.starts_with(BYTE_ORDER_MARK.as_bytes()) { BYTE_ORDER_MARK } else { "" };
    Ok(format!("{mark}{text}"))
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes a file of the user's anew, atomically: what a link points at, with the permissions and the byte order mark
/// that it has.
///
/// # Errors
/// When the file cannot be read or written.
pub fn rewrite(path: &Path, text: &str) -> anyhow::Result<()> {
    let text = marked(path, text)?;
    let rewrite = || {
        let path = fs::canonicalize(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let permissions = fs::metadata(&path)?.permissions();
        let mut file = tempfile::Builder::new().prefix(".synth-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(permissions)?;
        file.persist(&path)?;
        Ok::<_, io::Error>(())
    };
    rewrite().with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes a new file, atomically. False when something is there already, which stays as it is.
///
/// # Errors
/// When the file cannot be written.
pub fn create(path: &Path, text: &str) -> anyhow::Result<bool> {
    let create = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".synth-").permissions(readable()).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    };
    create().with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes a file that may be there, atomically.
///
/// # Errors
/// When the file cannot be written.
pub fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    replace(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// What replacing `held` by `wanted` would change, as a unified difference.
pub fn changes(path: &Path, held: &str, wanted: &str) -> String {
    let mut difference = String::new();
    unified(&mut difference, path, Some(held), Some(wanted));
    difference
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".synth-").permissions(readable()).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// A temporary file is its owner's alone; what is checked in is everybody's to read.
#[cfg(unix)]
fn readable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
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
