//! The commands that the pages show, run as they are written.

use std::process::Command;

use super::pages::Page;
use crate::root;
use crate::workspace::{Workspace, text};

/// A checkout with what a reader has: the example, its output, and the commit before.
pub(super) fn checkout() -> Workspace {
    let workspace = Workspace::new();
    std::fs::copy(root().join("synth.toml"), workspace.path().join("synth.toml")).unwrap();
    assert!(workspace.synth(&["--quiet"]).status.success());
    workspace.init_git();
    workspace
}

/// A block of `sh` runs to its end without an error, or says why it is not run.
#[test]
fn shell_blocks_run() {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_synth")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let (mut ran, mut marked) = (0, Vec::new());
    for page in Page::all() {
        for block in page.blocks().filter(|block| block.language == "sh") {
            if let Some(reason) = block.remark.strip_prefix("no-run: ") {
                marked.push(format!("{}: {reason}", page.path));
                continue;
            }
            assert_eq!(block.remark, "", "{}: a remark is `no-run: reason`", page.path);
            let workspace = checkout();
            let script = format!("set -euo pipefail\n{}", block.text);
            let mut shell = Command::new("bash");
            let shell = shell.args(["-c", &script]).current_dir(workspace.path()).env("PATH", &path);
            shell.env("SYNTH_FUNCTION", crate::function::file());
            let output = shell.env_remove("PORT_CLIENT_SECRET").output().unwrap();
            assert!(output.status.success(), "{}:\n{}{}", page.path, block.text, text(&output.stderr));
            ran += 1;
        }
    }
    println!("ran {ran} blocks of sh; not run:\n{}", marked.join("\n"));
    assert!(ran >= 3, "{ran}");
}

/// A command in backticks is one, with the options beside it.
#[test]
fn commands_exist() {
    let mut tried = 0;
    for page in Page::all() {
        for line in page.quoted().filter_map(|quoted| quoted.strip_prefix("synth ")) {
            let words = line.split_whitespace().map(|word| if word == "COMMAND" { "build" } else { word });
            let words: Vec<&str> = words.filter(|word| !word.starts_with('[')).collect();
            // `help` takes no `--help`; a word of its own shows that it is known.
            let help: &[&str] = if words.first() == Some(&"help") { &[] } else { &["--help"] };
            let mut command = Command::new(env!("CARGO_BIN_EXE_synth"));
            let output = command.args(&words).args(help).output().unwrap();
            assert!(output.status.success(), "{}: `synth {line}`: {}", page.path, text(&output.stderr));
            tried += 1;
        }
    }
    assert!(tried >= 30, "{tried}");
}

/// A `make` target in backticks is one, and the page of commands has all that a person calls.
#[test]
fn targets_exist() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let target = |line: &str| {
        line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next().unwrap().to_owned()
    };
    let targets = makefile.lines().filter(|line| line.contains(": ##") || line.contains(" ## "));
    let documented: Vec<String> =
        targets.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).map(target).collect();
    assert!(documented.len() > 10, "{documented:?}");
    for page in Page::all() {
        for named in page.quoted().filter_map(|quoted| quoted.strip_prefix("make ")).map(target) {
            assert!(documented.contains(&named), "{}: no target `{named}`", page.path);
        }
    }
    let commands = Page::read("docs/commands.md");
    for target in documented.iter().filter(|target| !["help", "clean"].contains(&target.as_str())) {
        assert!(commands.quoted().any(|quoted| quoted.split(' ').take(2).eq(["make", target])), "make {target}");
    }
}
