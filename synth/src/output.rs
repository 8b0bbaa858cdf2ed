//! Writes the output folder, or compares it, as a whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::TextDiff;

/// Every generated file by its path in the output folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output(pub BTreeMap<PathBuf, String>);

/// The template, in the output folder.
pub const TEMPLATE: &str = "template.yaml";
/// The plan, inside the folder that becomes the function's package.
pub const PLAN: &str = "runner/plan.json";
/// The folder of documents that Port should have.
pub const PORT: &str = "port";
/// The folder of JSON Schemas for editors.
pub const SCHEMA: &str = "schema";

/// Folders that hold only generated `*.json`: files that are no longer generated are removed there.
const OWNED: [&str; 2] = [PORT, SCHEMA];

impl Output {
    /// Writes files that differ and removes stale ones. Each file is written under a temporary name and then renamed, so that
    /// it is never seen half-written. Returns how many files changed.
    ///
    /// # Errors
    /// If the folder cannot be written.
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

    /// Returns what `write` would change as a unified diff, empty if `out` is up to date.
    ///
    /// # Errors
    /// If the folder cannot be read.
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

    /// Returns the files that `write` would write or remove.
    ///
    /// # Errors
    /// If the folder cannot be read.
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
            if !out.join(folder).try_exists().unwrap_or(true) {
                continue;
            }
            let held = json_files(&out.join(folder))?;
            stale.extend(
                held.into_iter().filter(|path| path.strip_prefix(out).is_ok_and(|path| !self.0.contains_key(path))),
            );
        }
        stale.sort();
        Ok(stale)
    }
}

/// Lists the `*.json` files in a folder and its subfolders. Links to folders are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn json_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let unreadable = || format!("cannot read `{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        if entry.file_type().with_context(unreadable)?.is_dir() {
            files.extend(json_files(&entry.path())?);
        } else if entry.path().extension().is_some_and(|extension| extension == "json") {
            files.push(entry.path());
        }
    }
    Ok(files)
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

/// Returns the text with a byte order mark if the file has one.
///
/// # Errors
/// If the file cannot be read.
pub fn marked(path: &Path, text: &str) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mark = if bytes.starts_with(BYTE_ORDER_MARK.as_bytes()) { BYTE_ORDER_MARK } else { "" };
    Ok(format!("{mark}{text}"))
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Replaces a file of the user's atomically. Follows links, and keeps permissions and byte order mark.
///
/// # Errors
/// If the file cannot be read or written.
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

/// Writes a new file atomically. Returns false, and changes nothing, if it already exists.
///
/// # Errors
/// If the file cannot be written.
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

/// Writes a file atomically, whether or not it exists.
///
/// # Errors
/// If the file cannot be written.
pub fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    replace(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Returns what replacing `held` by `wanted` would change, as a unified diff.
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

/// Lets everybody read the file, as is usual for files under version control. Temporary files are private by default.
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
