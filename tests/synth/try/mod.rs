//! `synth try`: a run on this machine, with the built function.

mod ends;
mod functions;
mod given;
mod interrupted;
mod shown;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::SystemTime;

use model::marker::mark;
use serde_json::Value;

use crate::root;
use crate::workspace::{Workspace, text};

/// Inputs that the example's form accepts.
const INPUTS: [&str; 8] =
    ["--input", "cpu=2", "--input", "memory=4", "--input", "storage=8", "--input", "region=eu-west-1"];

/// The built function. `cargo test` builds it before a test of the whole workspace runs.
pub(crate) fn bootstrap() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| fresh("bootstrap", &["--bin", "bootstrap"]))
}

/// The function with a team's own code that misbehaves.
fn misbehaving() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| fresh("examples/misbehaving", &["--example", "misbehaving"]))
}

/// Returns a program of the crate `handler`, and builds it if it is older than its sources.
fn fresh(name: &str, target: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_synth")).parent().unwrap();
    let program = folder.join(name);
    let built = program.metadata().and_then(|metadata| metadata.modified()).ok();
    let sources = ["handler", "model", "port", "Cargo.lock", "tests/function/misbehaving.rs"];
    if built.is_none_or(|built| sources.iter().any(|source| newest(&root().join(source)) > built)) {
        let profile = if folder.ends_with("release") { "release" } else { "dev" };
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "handler", "--profile", profile]).args(target);
        cargo.arg("--target-dir").arg(folder.parent().unwrap()).current_dir(root());
        assert!(cargo.status().unwrap().success(), "{name} cannot be built");
    }
    program
}

/// The time of the last change below a path.
fn newest(path: &Path) -> SystemTime {
    if !path.is_dir() {
        return path.metadata().unwrap().modified().unwrap();
    }
    let entries = std::fs::read_dir(path).unwrap().map(|entry| newest(&entry.unwrap().path()));
    entries.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// `synth try` in a folder, with a function. Its temporary files are in `tmp`, where nothing may be left.
fn tried(workspace: &Workspace, function: &Path, arguments: &[&str]) -> Output {
    let output = command(workspace, arguments).arg("--function").arg(function).output().unwrap();
    assert_eq!(left(workspace), [] as [String; 0]);
    output
}

fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let temporary = workspace.path().join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let mut command = workspace.command(&[&["try"], arguments].concat());
    command.env("TMPDIR", temporary).env_remove("SYNTH_FUNCTION");
    command
}

/// What is in the folder for temporary files.
fn left(workspace: &Workspace) -> Vec<String> {
    let entries = std::fs::read_dir(workspace.path().join("tmp")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The JSON of a run.
fn seen(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// A folder with one file of blueprints.
fn folder(file: &str) -> Workspace {
    let workspace = Workspace::empty();
    std::fs::create_dir(workspace.path().join("blueprints")).unwrap();
    std::fs::write(workspace.path().join("blueprints/b.json"), file).unwrap();
    workspace
}

/// A program that says it is a function and does something else. The lines of a shell script must end it.
fn script(workspace: &Workspace, lines: &str) -> PathBuf {
    let path = workspace.path().join("script");
    let marked = workspace.path().join("marked");
    std::fs::write(&marked, [lines.as_bytes(), &mark("0.1.0", std::env::consts::ARCH, &(1..=99))].concat()).unwrap();
    // A file that another test's child still has open for writing cannot be executed, so a shell writes it.
    let written =
        Command::new("sh").args(["-c", "cat \"$1\" > \"$0\" && chmod 755 \"$0\""]).arg(&path).arg(&marked).status();
    assert!(written.unwrap().success());
    path
}
