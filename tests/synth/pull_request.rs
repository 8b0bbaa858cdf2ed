//! A git repository with a base and a branch, in which the action that shows `synth diff` runs against a `gh` that
//! remembers what it was asked.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::root;

/// A repository with a pull request, and a folder for what GitHub would lend.
pub(crate) struct PullRequest {
    folder: tempfile::TempDir,
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
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        let repository = stage.path("repository");
        std::fs::create_dir_all(repository.join("blueprints")).unwrap();
        std::fs::create_dir_all(stage.path("bin")).unwrap();
        stage.program("gh", GH);
        let input = std::fs::read_to_string(root().join("blueprints/vm.json")).unwrap();
        std::fs::write(repository.join("blueprints/vm.json"), &input).unwrap();
        stage.git(&["init", "--quiet", "--initial-branch", "main"]);
        stage.synth();
        stage.commit("base");
        stage.git(&["checkout", "--quiet", "-b", "work"]);
        std::fs::write(repository.join("blueprints/vm.json"), change(&input)).unwrap();
        stage.commit("work");
        stage.git(&["checkout", "--quiet", "main"]);
        std::fs::write(repository.join("README.md"), "meanwhile").unwrap();
        stage.commit("meanwhile");
        // As GitHub checks out a pull request.
        stage.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "work"]);
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, text).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.path("repository"))
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    pub(crate) fn synth(&self) {
        let status = Command::new(env!("CARGO_BIN_EXE_synth")).arg("-q").current_dir(self.path("repository")).status();
        assert!(status.unwrap().success());
    }

    /// A step of the action. What it writes for the next ones stays.
    pub(crate) fn step(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let action = root().join(".github/actions/synth-diff");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command
            .arg(action.join(script))
            .current_dir(self.path("repository"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("GITHUB_ACTION_PATH", &action)
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_REPOSITORY", "owner/name")
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.folder.path())
            .envs(environment.iter().copied());
        command.output().unwrap()
    }

    pub(crate) fn diff(&self, environment: &[(&str, &str)]) {
        let _ = std::fs::remove_file(self.path("output"));
        let synth = [("SYNTH", env!("CARGO_BIN_EXE_synth"))];
        let output = self.step("diff.sh", &[&synth[..], environment].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// What was asked of GitHub that writes.
    pub(crate) fn written(&self) -> Vec<String> {
        self.read("bin/asked").lines().filter(|line| line.contains("--method")).map(ToOwned::to_owned).collect()
    }
}
