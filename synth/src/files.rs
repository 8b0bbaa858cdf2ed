//! The files that people write, as they are found on the disk.

use std::path::{Path, PathBuf};

use anyhow::Context;
use documents::Source;

/// Reads files and, of directories, every `*.json` in them, by name.
///
/// # Errors
/// When something cannot be read, or a directory holds no JSON file.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    list(paths)?.into_iter().map(|path| read_file(&path)).collect()
}

/// The files that [`read`] would read.
///
/// # Errors
/// When a directory cannot be read, or holds no JSON file.
pub fn list(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            for entry in std::fs::read_dir(path).with_context(|| format!("cannot read `{}`", path.display()))? {
                let entry = entry.with_context(|| format!("cannot read `{}`", path.display()))?.path();
                if entry.extension().is_some_and(|extension| extension == "json") {
                    files.push(entry);
                }
            }
            if files.len() == before {
                anyhow::bail!("`{}` holds no `*.json`; put a Port blueprint with its actions there", path.display());
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    files.dedup();
    Ok(files)
}

/// Reads files and, of directories, every `*.json` in them and below them, by path.
///
/// # Errors
/// As [`read`].
pub fn read_tree(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            descend(path, &mut files)?;
            if files.len() == before {
                anyhow::bail!("`{}` holds no `*.json`, nor does a folder in it", path.display());
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    files.into_iter().map(|path| read_file(&path)).collect()
}

fn descend(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot read `{}`", folder.display()))?;
        let path = entry.path();
        // A link to a folder is not followed: it may lead back here.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            descend(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn read_file(path: &Path) -> anyhow::Result<Source> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8", path.display()))?;
    Ok(Source::new(path.to_owned(), &text))
}

/// Reads a file that need not be there.
///
/// # Errors
/// As [`read_file`].
pub fn find(path: &Path) -> anyhow::Result<Option<Source>> {
    if path.try_exists().with_context(|| format!("cannot read `{}`", path.display()))? {
        read_file(path).map(Some)
    } else {
        Ok(None)
    }
}
