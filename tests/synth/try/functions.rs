//! Which program is tried, and programs that are not the function.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{INPUTS, bootstrap, command, script, tried};
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
            "error: there is no function for this machine: this `synth` has none inside, and `out/runner/bootstrap` is missing\n  \
             help: pass one with --function FILE\n"
        )
    );
    std::fs::create_dir_all(built.parent().unwrap()).unwrap();
    std::fs::copy(bootstrap(), &built).unwrap();
    let output = command(&workspace, &create()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("The function's log  out/runner/bootstrap\n"));
    // The plan that is tried is that of the input files, in memory.
    assert!(!workspace.path().join("out/runner/plan.json").exists());
    for head in [foreign(), b"no program".to_vec()] {
        std::fs::write(&built, head).unwrap();
        std::fs::set_permissions(&built, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::write(workspace.path().join("Makefile"), "try:\n\ttrue\n").unwrap();
        let output = command(&workspace, &create()).output().unwrap();
        let error = text(&output.stderr);
        assert!(error.contains("cannot run here\n  help: pass one with --function FILE, or run `make try`"), "{error}");
    }
}

/// The first bytes of a program for another architecture.
fn foreign() -> Vec<u8> {
    let machine = if cfg!(target_arch = "x86_64") { 0xb7 } else { 0x3e };
    [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 9], &[2, 0, machine, 0]].concat()
}

#[test]
fn what_cannot_be_run_is_an_error() {
    let workspace = Workspace::new();
    let place = |name: &str, content: &[u8], mode| {
        let path = workspace.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    place("foreign", &foreign(), 0o755);
    place("plain", b"#!/bin/sh\n", 0o644);
    for (function, want) in [
        ("absent", "error: cannot read `absent`"),
        ("blueprints", "error: `blueprints` is not a program: it is not a file"),
        ("plain", "error: `plain` is not executable\n  help: run `chmod +x plain`"),
        ("foreign", "error: `foreign` is a program for "),
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
        ("neither\n", "NOT ENDED  the function did not start"),
    ] {
        let function = script(&workspace, lines);
        let output = tried(&workspace, &function, &create());
        assert!(text(&output.stdout).contains(want), "{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(code(&output), 1);
    }
}
