//! How the workflows install `synth`: one release by its digest, never by a name that a stranger may have.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::repository;
use crate::workspace::{Workspace, code, text};

/// The digest that `sha256sum` finds for what the fake `curl` brings.
fn digest(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    text(&output.stdout).split(' ').next().unwrap().to_owned()
}

/// A runner of GitHub, with a fake `curl` that has one archive and records its address.
struct Runner(TempDir);

impl Runner {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let name = "synth-0.1.0-x86_64-unknown-linux-musl";
        let script = format!(
            "set -e; mkdir bin temp {name}; printf '#!/bin/sh\\necho installed\\n' > {name}/synth; chmod +x {name}/synth; tar -czf archive {name}; rm -r {name}"
        );
        assert!(Command::new("sh").args(["-c", &script]).current_dir(folder.path()).status().unwrap().success());
        let curl = "#!/bin/sh
for argument; do
  case $before in --output) to=$argument;; esac
  before=$argument
done
echo \"$before\" > \"$(dirname \"$0\")/../asked\"
cp \"$(dirname \"$0\")/../archive\" \"$to\"
";
        let path = folder.path().join("bin/curl");
        std::fs::write(&path, curl).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The address that was asked for, if any.
    fn asked(&self) -> Option<String> {
        std::fs::read_to_string(self.path("asked")).ok()
    }

    /// Runs the step that installs `synth`, as a workflow has it.
    fn install(&self, workspace: &Workspace, workflow: &str) -> Output {
        let text = std::fs::read_to_string(workspace.path().join(".github/workflows").join(workflow)).unwrap();
        let workflow = review::template::yaml::read(&text).unwrap();
        let steps = workflow["jobs"].as_object().unwrap().values().next().unwrap()["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == "Install synth").and_then(|step| step["run"].as_str());
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-eo", "pipefail", "-c", step.unwrap()]).current_dir(workspace.path());
        command.env("PATH", path).env("RUNNER_TEMP", self.path("temp")).env("GITHUB_PATH", self.path("path"));
        command.output().unwrap()
    }
}

fn release(workspace: &Workspace) -> PathBuf {
    workspace.path().join(".github/synth-release")
}

/// A repository as GitHub checks out a pull request, whose account is known.
fn known() -> Workspace {
    let workspace = repository();
    for file in [".github/install-synth.sh", "renovate.json"] {
        let path = workspace.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap().replace("<OWNER>", "acme");
        std::fs::write(path, text).unwrap();
    }
    workspace.init_git();
    workspace.commit_empty();
    workspace
}

#[test]
fn nothing_is_installed_before_the_release_is_named() {
    for workflow in ["deploy.yml", "review.yml"] {
        let (runner, workspace) = (Runner::new(), repository());
        workspace.init_git();
        workspace.commit_empty();
        let unknown = runner.install(&workspace, workflow);
        let said = text(&unknown.stdout);
        let named = !env!("CARGO_PKG_REPOSITORY").is_empty();
        let want = "::error file=.github/install-synth.sh::write the account on GitHub whose releases";
        assert!(code(&unknown) == 1 && (named || said.starts_with(want)), "{said}");
        let workspace = known();
        let undecided = runner.install(&workspace, workflow);
        let said = text(&undecided.stdout);
        let want = "::error file=.github/synth-release::write the tag of a release";
        assert!(code(&undecided) == 1 && said.starts_with(want), "{said}");
        assert_eq!(runner.asked(), None);
    }
}

/// Exactly the archive that the file names is installed; its spelling on Windows does not matter.
#[test]
fn a_release_is_installed_by_its_digest() {
    for (workflow, end) in [("deploy.yml", "\n"), ("review.yml", "\r\n"), ("review.yml", "")] {
        let (runner, workspace) = (Runner::new(), known());
        let digest = digest(&runner.path("archive"));
        let comment = if end.is_empty() { String::new() } else { format!("# Of synth{end}") };
        std::fs::write(release(&workspace), format!("{comment}v0.1.0 {digest}{end}")).unwrap();
        let output = runner.install(&workspace, workflow);
        assert_eq!(code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
        let want = "https://github.com/acme/port-action-runner/releases/download/v0.1.0/synth-0.1.0-x86_64-unknown-linux-musl.tar.gz\n";
        assert_eq!(runner.asked().as_deref(), Some(want));
        let path = std::fs::read_to_string(runner.path("path")).unwrap();
        let installed = Command::new(Path::new(path.trim()).join("synth")).output().unwrap();
        assert_eq!(text(&installed.stdout), "installed\n");
    }
}

#[test]
fn any_other_archive_or_spelling_is_refused() {
    let right = digest(&Runner::new().path("archive"));
    let zeros = "0".repeat(64);
    for (line, want) in [
        (format!("v0.1.0 {zeros}"), "has a different SHA-256"),
        (format!("v0.1.0 {}", right.to_uppercase()), "write the tag"),
        (format!("v0.1.0 {}", &right[1..]), "write the tag"),
        (format!("0.1.0 {right}"), "write the tag"),
        (format!("v0.1 {right}"), "write the tag"),
        (format!("v0.1.0/../../evil/v1.0.0 {right}"), "write the tag"),
        (format!("v0.1.0 {right} more"), "write the tag"),
        (format!("\u{feff}v0.1.0 {right}"), "write the tag"),
        (format!("$(touch pwned) {right}"), "write the tag"),
        (String::new(), "write the tag"),
    ] {
        let (runner, workspace) = (Runner::new(), known());
        std::fs::write(release(&workspace), &line).unwrap();
        let output = runner.install(&workspace, "deploy.yml");
        let said = text(&output.stdout);
        assert!(
            code(&output) == 1 && said.contains("::error file=.github/synth-release::") && said.contains(want),
            "{line}: {said}"
        );
        assert!(!runner.path("path").exists() && !workspace.path().join("pwned").exists(), "{line}");
    }
}

/// A pull request may raise the release, but its script is not run.
#[test]
fn a_review_installs_what_the_pull_request_names_with_the_script_of_the_base() {
    let (runner, workspace) = (Runner::new(), known());
    let digest = digest(&runner.path("archive"));
    std::fs::write(release(&workspace), format!("v0.1.0 {digest}\n")).unwrap();
    std::fs::write(workspace.path().join(".github/install-synth.sh"), "touch pwned\n").unwrap();
    workspace.commit("upgrade");
    let output = runner.install(&workspace, "review.yml");
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    assert!(runner.path("path").exists() && !workspace.path().join("pwned").exists());
}

/// No package that anybody can register is installed in a job, and Renovate raises both versions in one pull request.
#[test]
fn renovate_raises_the_release_with_its_digest() {
    let workspace = known();
    let read = |file: &str| std::fs::read_to_string(workspace.path().join(file)).unwrap();
    for workflow in ["deploy.yml", "review.yml"] {
        let text = read(&format!(".github/workflows/{workflow}"));
        assert!(
            !["pip", "npm", "npx", "cargo"].iter().any(|installer| text.contains(&format!("{installer} "))),
            "{text}"
        );
    }
    let renovate: Value = serde_json::from_str(&read("renovate.json")).unwrap();
    let managers = renovate["customManagers"].as_array().unwrap();
    assert!(managers.iter().all(|manager| manager["packageNameTemplate"] == "acme/port-action-runner"));
    let expression = regex::Regex::new(managers[1]["matchStrings"][0].as_str().unwrap()).unwrap();
    let digest = "a".repeat(64);
    let filled = read(".github/synth-release").replace("SHA256\n", &format!("{digest}\n"));
    let found = expression.captures(&filled).unwrap();
    assert_eq!((&found["currentValue"], &found["currentDigest"]), (concat!("v", env!("CARGO_PKG_VERSION")), &*digest));
}
