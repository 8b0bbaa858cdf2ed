//! Reads files at a Git revision, by running `git`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// A revision of the repository around the current folder.
pub(super) struct Revision {
    /// Its name for people, such as `main (1a2b3c4)`.
    pub(super) name: String,
    commit: String,
}

impl Revision {
    /// Looks up a revision by name.
    pub(super) fn named(name: &str) -> anyhow::Result<Self> {
        if name.starts_with('-') {
            bail!("a revision cannot start with `-`");
        }
        let commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])?
            .with_context(|| {
                format!("git does not know the revision `{name}`; if it is on a server, fetch it with its history")
            })?;
        Ok(Self { name: described(name, &commit), commit })
    }

    /// Returns the merge base with the default branch; on the default branch itself, its last commit.
    pub(super) fn merge_base() -> anyhow::Result<Self> {
        let branch = default_branch()?;
        let commit = git(["merge-base", "HEAD", &branch])?.with_context(|| {
            format!("this branch and `{branch}` have no common commit; fetch their full history, or name a revision: `synth diff BASE`")
        })?;
        Ok(Self { name: described(&branch, &commit), commit })
    }

    /// Reads a file, if the revision has it. Paths are relative to the current folder.
    pub(super) fn read(&self, path: &Path) -> anyhow::Result<Option<String>> {
        git_text(["show", &format!("{}:{}", self.commit, relative(path))])
    }

    /// Lists the `*.json` files in a folder and its subfolders, if the revision has that folder.
    pub(super) fn files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let tree = format!("{}:{}", self.commit, relative(folder));
        let Some(names) = git_text(["ls-tree", "-r", "--name-only", "-z", &tree])? else { return Ok(None) };
        let names = names.split('\0').filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "json"));
        Ok(Some(names.map(|name| folder.join(name)).collect()))
    }
}

/// Adds the short commit id to a name, unless the name is a commit id.
fn described(name: &str, commit: &str) -> String {
    if commit.starts_with(name) {
        format!("`{name}`")
    } else {
        format!("`{name}` ({})", commit.get(..7).unwrap_or(commit))
    }
}

/// Adds `./`, so that git resolves a path from the current folder.
fn relative(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "/");
    if text.starts_with('/') || text.starts_with("./") || text.starts_with("../") { text } else { format!("./{text}") }
}

/// Returns the server's default branch, or a branch with a usual name.
fn default_branch() -> anyhow::Result<String> {
    if let Some(branch) = git(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])? {
        return Ok(branch);
    }
    for branch in ["origin/main", "origin/master", "main", "master"] {
        if git(["rev-parse", "--verify", "--quiet", &format!("{branch}^{{commit}}")])?.is_some() {
            return Ok(branch.to_owned());
        }
    }
    bail!("git cannot find the default branch; name a revision, or a folder with --base-dir")
}

/// Returns git's output without the trailing newline; `None` if git fails.
fn git<const N: usize>(arguments: [&str; N]) -> anyhow::Result<Option<String>> {
    Ok(git_text(arguments)?.map(|text| text.trim_end().to_owned()))
}

fn git_text<const N: usize>(arguments: [&str; N]) -> anyhow::Result<Option<String>> {
    let output = Command::new("git").args(arguments).output().context(
        "cannot run git, which is needed to look up a revision; compare with a folder or a template instead",
    )?;
    if output.status.success() {
        return Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("not a git repository") {
        bail!("this is not a git repository; name a folder with --base-dir, or a template");
    }
    if error.contains("dubious ownership") {
        bail!("git does not trust this folder: {}", error.trim());
    }
    Ok(None)
}
