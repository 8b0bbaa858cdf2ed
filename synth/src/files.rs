//! Finds and reads the files that people write.

use std::path::{Path, PathBuf};

use anyhow::Context;
use documents::Source;

/// Reads files, and every `*.json` directly in a directory, sorted by path.
///
/// # Errors
/// If something cannot be read, or a directory has no JSON file.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    list(paths)?.into_iter().map(|path| read_file(&path)).collect()
}

/// Lists the files that [`read`] would read.
///
/// # Errors
/// If a directory cannot be read or has no JSON file.
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
                anyhow::bail!("no `*.json` in `{}`; put a Port blueprint with its actions there", path.display());
            }
        } else {
            if !path.exists() && path.extension().is_none() {
                anyhow::bail!(
                    "there is no folder `{}`; run synth in your project's folder, or start with `synth new blueprint ID`",
                    path.display()
                );
            }
            files.push(path.clone());
        }
    }
    files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    files.dedup();
    Ok(files)
}

/// Reads files, and every `*.json` in a directory and its subdirectories, sorted by path.
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
                anyhow::bail!("no `*.json` in `{}` or its subfolders", path.display());
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
        // Links to folders are not followed, because they may lead back here.
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
/// If it cannot be read or is not UTF-8.
pub fn read_file(path: &Path) -> anyhow::Result<Source> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8", path.display()))?;
    Ok(Source::new(path.to_owned(), &text))
}

/// Reads a file if it exists.
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
