//! A git repository with a base and a branch, in which the action that shows `synth diff` runs against a `gh` that
//! remembers what it was asked.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;
use crate::workspace::{Workspace, text};

/// A repository with a pull request merged for a test, and a folder for what GitHub would lend.
pub(crate) struct PullRequest {
    pub(crate) repository: Workspace,
    github: TempDir,
}

/// Knows one comment at most, in the file `comment`; refuses with the exit code that the file `refuses` holds.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
here=$(dirname "$0")
printf '%s\n' "$*" >>"$here/asked"
case "$*" in
  *"--method POST"*|*"--method PATCH"*)
    if test -e "$here/refuses"; then echo 'gh: Resource not accessible by integration (HTTP 403)' >&2; exit 1; fi
    for argument; do case "$argument" in body=@*) cp "${argument#body=@}" "$here/comment";; esac; done ;;
  *--paginate*) if test -e "$here/comment"; then echo 41; fi ;;
  *) exit 9 ;;
esac
"#;

impl PullRequest {
    /// The pull request does what `change` does to the input.
    pub(crate) fn new(change: impl Fn(&str) -> String) -> Self {
        let new = Self { repository: Workspace::new(), github: TempDir::new().unwrap() };
        std::fs::create_dir(new.path("bin")).unwrap();
        new.program("gh", GH);
        let repository = &new.repository;
        assert!(repository.synth(&["-q"]).status.success());
        repository.init_git();
        repository.git(&["checkout", "--quiet", "-b", "work"]);
        let vm = repository.path().join("blueprints/vm.json");
        std::fs::write(&vm, change(&std::fs::read_to_string(&vm).unwrap())).unwrap();
        repository.commit("work");
        repository.git(&["checkout", "--quiet", "main"]);
        std::fs::write(repository.path().join("README.md"), "meanwhile").unwrap();
        repository.commit("meanwhile");
        // As GitHub checks out a pull request.
        repository.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "work"]);
        new
    }

    /// Something in GitHub's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.github.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A step of the action. What it writes for the next ones stays.
    fn step(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let action = root().join(".github/actions/synth-diff");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command
            .arg(action.join(script))
            .current_dir(self.repository.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.github.path())
            .env("GITHUB_ACTION_PATH", &action)
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_REPOSITORY", "owner/name")
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.github.path())
            .envs(environment.iter().copied());
        command.output().unwrap()
    }

    pub(crate) fn diff(&self, environment: &[(&str, &str)]) {
        let _ = std::fs::remove_file(self.path("output"));
        let synth = [("SYNTH", env!("CARGO_BIN_EXE_synth"))];
        let output = self.step("diff.sh", &[&synth[..], environment].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// What the first step told the others.
    pub(crate) fn told(&self, name: &str) -> String {
        let output = self.read("output");
        let line = output.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {output}")).to_owned()
    }

    /// The second step; what it says.
    pub(crate) fn comment(&self, pull_request: &str) -> String {
        let output = self.step(
            "comment.sh",
            &[
                ("AUTHOR", "github-actions[bot]"),
                ("CHANGED", &self.told("changed")),
                ("PULL_REQUEST", pull_request),
                ("REPORT", &self.told("report")),
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// What was asked of GitHub that writes.
    pub(crate) fn written(&self) -> Vec<String> {
        self.read("bin/asked").lines().filter(|line| line.contains("--method")).map(ToOwned::to_owned).collect()
    }
}
