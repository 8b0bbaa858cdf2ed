//! What git knows of files at a revision. Git itself is asked: nothing here reads a repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// A revision of the repository around the current folder.
pub(super) struct Revision {
    /// For people, such as `main (1a2b3c4)`.
    pub(super) name: String,
    commit: String,
}

impl Revision {
    /// One that has a name.
    pub(super) fn named(name: &str) -> anyhow::Result<Self> {
        if name.starts_with('-') {
            bail!("a revision does not start with `-`");
        }
        let commit = git(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])?
            .with_context(|| {
                format!("git knows no revision `{name}`; fetch it, with its history, if it is on a server")
            })?;
        Ok(Self { name: described(name, &commit), commit })
    }

    /// Where this branch left the default branch; on the default branch itself, its last commit.
    pub(super) fn merge_base() -> anyhow::Result<Self> {
        let branch = default_branch()?;
        let commit = git(["merge-base", "HEAD", &branch])?.with_context(|| {
            format!("git finds no commit that this branch and `{branch}` share; fetch their history, or say what to compare with")
        })?;
        Ok(Self { name: described(&branch, &commit), commit })
    }

    /// A file's text, if the revision has it. Paths are from the current folder.
    pub(super) fn read(&self, path: &Path) -> anyhow::Result<Option<String>> {
        git_text(["show", &format!("{}:{}", self.commit, relative(path))])
    }

    /// Every `*.json` directly in a folder, if the revision has that.
    pub(super) fn files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let tree = format!("{}:{}", self.commit, relative(folder));
        let Some(names) = git_text(["ls-tree", "--name-only", "-z", &tree])? else { return Ok(None) };
        let names = names.split('\0').filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "json"));
        Ok(Some(names.map(|name| folder.join(name)).collect()))
    }
}

/// A short commit beside a name that is none.
fn described(name: &str, commit: &str) -> String {
    if commit.starts_with(name) {
        format!("`{name}`")
    } else {
        format!("`{name}` ({})", commit.get(..7).unwrap_or(commit))
    }
}

/// Git takes a path as from the current folder if it starts with `./`.
fn relative(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "/");
    if text.starts_with('/') || text.starts_with("./") || text.starts_with("../") { text } else { format!("./{text}") }
}

/// What the server calls its default branch, or what people call it.
fn default_branch() -> anyhow::Result<String> {
    if let Some(branch) = git(["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])? {
        return Ok(branch);
    }
    for branch in ["origin/main", "origin/master", "main", "master"] {
        if git(["rev-parse", "--verify", "--quiet", &format!("{branch}^{{commit}}")])?.is_some() {
            return Ok(branch.to_owned());
        }
    }
    bail!("git knows no default branch here; say what to compare with: `synth diff REVISION`, or a folder or template")
}

/// What git prints, without the end of the line. None when it says no.
fn git<const N: usize>(arguments: [&str; N]) -> anyhow::Result<Option<String>> {
    Ok(git_text(arguments)?.map(|text| text.trim_end().to_owned()))
}

fn git_text<const N: usize>(arguments: [&str; N]) -> anyhow::Result<Option<String>> {
    let output = Command::new("git").args(arguments).output().context(
        "git is needed to look up a revision, and cannot be started; compare with a folder or a template instead",
    )?;
    if output.status.success() {
        return Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("not a git repository") {
        bail!("this is no git repository; say what to compare with: `synth diff FOLDER`, or a template");
    }
    if said.contains("dubious ownership") {
        bail!("git does not trust this folder: {}", said.trim());
    }
    Ok(None)
}
