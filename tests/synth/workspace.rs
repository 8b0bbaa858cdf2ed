//! A folder in which a test runs the command, with a git repository if the test needs one.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::{function, root};

/// What a build writes.
pub(crate) const BUILT: [&str; 7] = [
    "out/plan.json",
    "out/port/vm.json",
    "out/runner/bootstrap",
    "out/runner/plan.json",
    "out/schema/blueprint.json",
    "out/schema/synth.json",
    "out/template.yaml",
];

/// A folder with input files.
pub(crate) struct Workspace(TempDir);

impl Workspace {
    /// A folder with the example's blueprint.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("blueprints")).unwrap();
        std::fs::copy(root().join("blueprints/vm.json"), folder.path().join("blueprints/vm.json")).unwrap();
        Self(folder)
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The command in the folder, with a function and without variables that change its output.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synth"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("SYNTH_FUNCTION", function::file())
            .env_remove("NO_COLOR")
            .env_remove("PORT_CLIENT_SECRET")
            .env_remove("COLUMNS");
        command
    }

    pub(crate) fn synth(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs git in the folder without this machine's settings, and returns its output.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let settings = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        command.args(settings).args(arguments).current_dir(self.path());
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    /// Creates a repository in the folder, and commits everything.
    pub(crate) fn init_git(&self) {
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.commit("first");
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Commits nothing, so that the commit before is a base.
    pub(crate) fn commit_empty(&self) {
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "empty"]);
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(self.path(), self.path(), &mut files);
        files.sort();
        files
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

/// The exit code of a command.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
