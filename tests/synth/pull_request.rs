//! A git repository with a base and a branch, where the `synth diff` action runs against a fake `gh` that records its
//! calls.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;
use crate::workspace::{Workspace, text};

/// A repository with the merge commit of a pull request, and a folder for the files that GitHub provides.
pub(crate) struct PullRequest {
    pub(crate) repository: Workspace,
    github: TempDir,
}

/// A fake `gh`. It has at most one comment, in the file `comment`, and rejects writes if the file `refuses` exists.
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
    /// Creates a pull request that applies `change` to the input.
    pub(crate) fn new(change: impl Fn(&str) -> String) -> Self {
        Self::with_base(|_| {}, change, |_| {})
    }

    /// Does the same with more files: `base` writes those of the base, and `plant` those of the pull request.
    pub(crate) fn with_base(base: impl Fn(&Self), change: impl Fn(&str) -> String, plant: impl Fn(&Self)) -> Self {
        let new = Self { repository: Workspace::new(), github: TempDir::new().unwrap() };
        std::fs::create_dir(new.path("bin")).unwrap();
        new.program("gh", GH);
        let repository = &new.repository;
        assert!(repository.synth(&["-q"]).status.success());
        base(&new);
        repository.init_git();
        repository.git(&["checkout", "--quiet", "-b", "work"]);
        let vm = repository.path().join("blueprints/vm.json");
        std::fs::write(&vm, change(&std::fs::read_to_string(&vm).unwrap())).unwrap();
        plant(&new);
        repository.commit("work");
        repository.git(&["checkout", "--quiet", "main"]);
        std::fs::write(repository.path().join("README.md"), "meanwhile").unwrap();
        repository.commit("meanwhile");
        // GitHub checks out a pull request like this.
        repository.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "work"]);
        new
    }

    /// Returns a path in GitHub's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.github.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Runs a step of the action. Its outputs stay for the next steps.
    pub(crate) fn step(&self, script: &str, environment: &[(&str, &str)]) -> Output {
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

    /// Returns an output of the first step.
    pub(crate) fn output(&self, name: &str) -> String {
        let output = self.read("output");
        let line = output.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {output}")).to_owned()
    }

    /// Runs the second step and returns its log.
    pub(crate) fn comment(&self, pull_request: &str) -> String {
        let output = self.step(
            "comment.sh",
            &[
                ("AUTHOR", "github-actions[bot]"),
                ("CHANGED", &self.output("changed")),
                ("PULL_REQUEST", pull_request),
                ("REPORT", &self.output("report")),
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Returns the requests that write to GitHub.
    pub(crate) fn written(&self) -> Vec<String> {
        self.read("bin/asked").lines().filter(|line| line.contains("--method")).map(ToOwned::to_owned).collect()
    }
}
