//! Which program is tried, and programs that are not the function.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

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

/// The one inside of `synth` would not run a team's own code.
#[test]
fn own_code_is_built_before_it_is_tried() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("synth.toml"), "runtime = \"cargo\"\n").unwrap();
    let output = command(&workspace, &create()).output().unwrap();
    assert_eq!(
        (code(&output), text(&output.stderr).as_str()),
        (
            2,
            "error: synth.toml says `runtime = \"cargo\"`, and `out/runner/bootstrap` is missing\n  \
             help: run `synth build`, which builds it, or pass a function with --function FILE\n"
        )
    );
}

/// The folder of the input files, of the function and of the person may have any name.
#[test]
fn names_of_folders_may_have_any_bytes() {
    let workspace = Workspace::new();
    let place = workspace.path().join(OsStr::from_bytes(b"a\xff b"));
    std::fs::create_dir_all(place.join("out/runner")).unwrap();
    std::fs::create_dir(place.join("blueprints")).unwrap();
    std::fs::copy(workspace.path().join("blueprints/vm.json"), place.join("blueprints/vm.json")).unwrap();
    std::fs::copy(bootstrap(), place.join("out/runner/bootstrap")).unwrap();
    let output = command(&workspace, &create()).current_dir(&place).output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    // The function gets the name of its own folder as text, as in Lambda.
    let output = command(&workspace, &create()).current_dir(&place).env("TMPDIR", &place).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("is not UTF-8\n  help: set TMPDIR"), "{}", text(&output.stderr));
}

/// As in a network namespace that was just made.
#[test]
fn without_a_loopback_interface_it_says_so() {
    let workspace = Workspace::new();
    let arguments = [&["-rn", env!("CARGO_BIN_EXE_synth"), "try"], &create()[..]].concat();
    let mut command = Command::new("unshare");
    command.args(arguments).arg("--function").arg(bootstrap()).current_dir(workspace.path());
    let Ok(output) = command.output() else { return println!("skipped: unshare is not installed") };
    let error = text(&output.stderr);
    if error.starts_with("unshare:") {
        return println!("skipped: {error}");
    }
    assert!(error.contains("help: if the loopback interface is down, run `ip link set lo up`\n"), "{error}");
    assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""));
}

/// What a program that does not become a function printed is shown.
#[test]
fn a_function_that_does_not_start_is_shown() {
    let workspace = Workspace::new();
    for (lines, want) in [
        (
            "#!/bin/sh\necho 'no license found' >&2\nexit 3\n",
            "  no license found\n\nNOT ENDED  the function did not start: its process ended with exit code 3",
        ),
        ("#!/bin/sh\nkill -SEGV $$\nexit\n", "the function did not start: its process was ended by SIGSEGV"),
        // Nobody may execute it, as in a folder that is mounted so.
        ("#!/dev/null\n", "for temporary files, set TMPDIR"),
        ("#!/absent\n", "NOT ENDED  the function did not start"),
        ("exit\n", "NOT ENDED  the function did not start"),
    ] {
        let function = script(&workspace, lines);
        let output = tried(&workspace, &function, &create());
        assert!(text(&output.stdout).contains(want), "{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(code(&output), 1);
    }
}

/// It took the message and never answered.
#[test]
fn a_function_that_crashes_is_shown() {
    let workspace = Workspace::new();
    for (end, want) in [("kill -SEGV $$", "was ended by SIGSEGV"), ("exit 7", "ended with exit code 7")] {
        let function = script(
            &workspace,
            &format!(
                "#!/bin/bash\nexec 3<>\"/dev/tcp/${{AWS_LAMBDA_RUNTIME_API/:/\\/}}\"\n\
                 printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' \"$AWS_LAMBDA_RUNTIME_API\" >&3\n\
                 read -r line <&3\n{end}\nexit\n"
            ),
        );
        let output = tried(&workspace, &function, &create());
        let shown = text(&output.stdout);
        assert!(shown.contains(&format!("NOT ENDED  the function crashed: its process {want}")), "{shown}");
        assert_eq!(code(&output), 1);
    }
}
