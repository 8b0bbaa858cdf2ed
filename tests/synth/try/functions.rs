//! Which program is tried, and programs that are not the function.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{INPUTS, bootstrap, command, script, tried};
use crate::function::{CURRENT, Program};
use crate::workspace::{Workspace, code, text};

fn create() -> Vec<&'static str> {
    [&["create_vm"], &INPUTS[..]].concat()
}

/// Without a flag, it is the one that `synth build` installs, if this machine can run it.
#[test]
fn the_installed_function_is_tried() {
    let workspace = Workspace::new();
    let built = workspace.path().join("out/runner/bootstrap");
    let without = command(&workspace, &create()).output().unwrap();
    assert_eq!(
        (code(&without), text(&without.stderr).as_str()),
        (
            2,
            "error: there is no function for this machine: this synth has none inside, and `out/runner/bootstrap` is missing\n  \
             help: pass a function with --function FILE\n"
        )
    );
    std::fs::create_dir_all(built.parent().unwrap()).unwrap();
    std::fs::copy(bootstrap(), &built).unwrap();
    let output = command(&workspace, &create()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("The function's log  out/runner/bootstrap\n"));
    // The plan that is tried is that of the input files, in memory.
    assert!(!workspace.path().join("out/runner/plan.json").exists());
    std::fs::write(workspace.path().join("Makefile"), "try:\n\ttrue\n").unwrap();
    for (content, want) in [
        (foreign(), "and `out/runner/bootstrap` is for "),
        (
            b"no function".to_vec(),
            "and `out/runner/bootstrap` is not a function: it is not built on the crate `handler`",
        ),
    ] {
        std::fs::remove_file(&built).unwrap();
        std::fs::write(&built, content).unwrap();
        let error = text(&command(&workspace, &create()).output().unwrap().stderr);
        assert!(error.contains(want) && error.ends_with("FILE, or run `make try`, which builds one\n"), "{error}");
    }
}

/// A function for the architecture that this machine does not have.
fn foreign() -> Vec<u8> {
    let architecture = if cfg!(target_arch = "x86_64") { "arm64" } else { "x86_64" };
    Program { architecture, ..CURRENT }.bytes()
}

#[test]
fn what_cannot_be_run_is_an_error() {
    let workspace = Workspace::new();
    let place = |name: &str, content: &[u8], mode| {
        let path = workspace.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let here = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    place("foreign", &foreign(), 0o755);
    place("plain", &Program { architecture: here, ..CURRENT }.bytes(), 0o644);
    place("old", &Program { architecture: here, plans: 0..=0, version: "0.0.9", ..CURRENT }.bytes(), 0o755);
    place("script", b"#!/bin/sh\n", 0o755);
    for (function, want) in [
        ("absent", "error: cannot read `absent`"),
        ("blueprints", "error: `blueprints` is not a program: it is not a file"),
        ("script", "error: `script` is not a function: it is not built on the crate `handler`"),
        ("plain", "error: `plain` is not executable\n  help: run `chmod +x plain`"),
        ("foreign", "error: `foreign` is for "),
        ("old", "error: `old` is version 0.0.9, which does not read the plan of this synth: build it again"),
    ] {
        let output = tried(&workspace, Path::new(function), &create());
        assert!(text(&output.stderr).starts_with(want), "{function}: {}", text(&output.stderr));
        assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""));
    }
}

/// What a program that does not become a function printed is shown.
#[test]
fn a_function_that_does_not_start_is_shown() {
    let workspace = Workspace::new();
    for (lines, want) in [
        (
            "#!/bin/sh\necho 'no license found' >&2\nexit 3\n",
            "  no license found\n\nNOT ENDED  the function did not start",
        ),
        ("#!/absent\n", "NOT ENDED  the function did not start"),
        ("exit\n", "NOT ENDED  the function did not start"),
    ] {
        let function = script(&workspace, lines);
        let output = tried(&workspace, &function, &create());
        assert!(text(&output.stdout).contains(want), "{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(code(&output), 1);
    }
}
