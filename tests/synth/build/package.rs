//! `out/runner/`, which SAM uploads: the program and its plan, or nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Output;

use model::marker::Marker;

use crate::function::{CURRENT, Program};
use crate::workspace::{Workspace, code, text};

const OLDER: Program = Program { version: "0.0.9", ..CURRENT };
const NEWER: Program = Program { version: "9.0.0", ..CURRENT };
const FOR_ARM: Program = Program { architecture: "arm64", ..CURRENT };
const OWN_CODE: Program = Program { stock: false, ..CURRENT };

/// A workspace and the program in its `out/runner/`.
struct Package(Workspace);

impl Package {
    /// One that was built.
    fn built() -> Self {
        let workspace = Workspace::new();
        assert_eq!(code(&workspace.synth(&[])), 0);
        Self(workspace)
    }

    /// One that was built, with a program that was put there by hand.
    fn with(program: &[u8]) -> Self {
        let package = Self::built();
        fs::write(package.program(), program).unwrap();
        package
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("out/runner/bootstrap")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.program()).unwrap()
    }

    /// Runs `synth` with no function but the one inside, which a debug build does not have.
    fn alone(&self, arguments: &[&str]) -> Output {
        self.0.command(arguments).env_remove("SYNTH_FUNCTION").output().unwrap()
    }

    /// Runs `synth` with a program in a file.
    fn given(&self, program: &[u8], arguments: &[&str]) -> Output {
        let file = self.0.path().join("given");
        fs::write(&file, program).unwrap();
        self.0.synth(&[arguments, &["--function", "given"]].concat())
    }
}

/// Its error is one finding, with a way out, and `--check` has the same.
fn refused(output: &Output, words: &str, way_out: &str) {
    let error = text(&output.stderr);
    let flat = error.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code(output), 1, "{error}");
    assert!(flat.contains(words) && flat.contains(way_out), "{words}: {error}");
}

#[test]
fn a_build_writes_a_sealed_program_that_everybody_can_start() {
    let package = Package::built();
    assert_eq!(fs::metadata(package.program()).unwrap().permissions().mode() & 0o7777, 0o755);
    let (_, marker) = Marker::find(&package.bytes()).unwrap();
    assert!(marker.digest.is_some());
    let plan = |path: &str| fs::read_to_string(package.0.path().join(path)).unwrap();
    assert_eq!(plan("out/plan.json"), plan("out/runner/plan.json"));
    // With a mask that would take the permissions away.
    let masked = Workspace::new();
    let script = format!("umask 077; exec '{}'", env!("CARGO_BIN_EXE_synth"));
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &script]).current_dir(masked.path()).env("SYNTH_FUNCTION", crate::function::file());
    assert!(shell.status().unwrap().success());
    assert_eq!(fs::metadata(Package(masked).program()).unwrap().permissions().mode() & 0o7777, 0o755);
}

#[test]
fn a_program_that_is_up_to_date_is_not_written_again() {
    let package = Package::built();
    let before = fs::metadata(package.program()).unwrap();
    assert!(text(&package.0.synth(&[]).stderr).contains("up to date"));
    assert_eq!(fs::metadata(package.program()).unwrap().ino(), before.ino());
    for arguments in [&[][..], &["--check"]] {
        assert_eq!(code(&package.alone(arguments)), 0, "{arguments:?}: no function inside is needed");
    }
}

#[test]
fn any_stock_function_is_replaced() {
    for old in [OLDER, NEWER, FOR_ARM, Program { code: "other code", ..CURRENT }, Program { code: "CODE", ..CURRENT }] {
        let package = Package::with(&old.bytes());
        assert_eq!(code(&package.0.synth(&["--check"])), 1);
        let built = package.0.synth(&[]);
        assert!(text(&built.stderr).contains("wrote 1 file"), "{}", text(&built.stderr));
        assert_eq!(code(&package.0.synth(&["--check"])), 0);
    }
}

/// A program of somebody's is never replaced, and nothing else is written beside it.
#[test]
fn programs_of_others_are_kept() {
    let cut = &CURRENT.bytes()[..200];
    let own = OWN_CODE.bytes();
    for (program, words, way_out) in [
        (&b"#!/bin/sh\n"[..], "not a function of synth's", "remove `out/runner/bootstrap` and run `synth`"),
        (b"", "not a function of synth's", "remove `out/runner/bootstrap` and run `synth`"),
        (cut, "not a function of synth's", "remove `out/runner/bootstrap` and run `synth`"),
        (&own, "has a team's own code", "--function FILE"),
    ] {
        let package = Package::with(program);
        fs::write(package.0.path().join("synth.toml"), "memory = 512\n").unwrap();
        let template = fs::read(package.0.path().join("out/template.yaml")).unwrap();
        for arguments in [&[][..], &["--check"]] {
            refused(&package.0.synth(arguments), words, way_out);
            refused(&package.alone(arguments), words, way_out);
        }
        assert!(text(&package.0.synth(&[]).stderr).ends_with("nothing was written\n"));
        assert_eq!(package.bytes(), program);
        assert_eq!(fs::read(package.0.path().join("out/template.yaml")).unwrap(), template);
    }
}

#[test]
fn own_code_is_replaced_by_own_code_that_is_passed() {
    let package = Package::with(&OWN_CODE.bytes());
    let newer = Program { code: "newer", ..OWN_CODE };
    assert_eq!(code(&package.given(&newer.bytes(), &[])), 0);
    assert!(package.bytes().ends_with(b"newer"));
    assert_eq!(code(&package.given(&newer.bytes(), &["--check"])), 0);
    refused(&package.0.synth(&[]), "has a team's own code", "--function FILE");
}

#[test]
fn what_is_wrong_with_a_program_is_named() {
    let package = Package::with(&OLDER.bytes());
    let unfit = [
        (OLDER.bytes(), format!("is of version 0.0.9, and this is synth {}", env!("CARGO_PKG_VERSION"))),
        (NEWER.bytes(), "is of version 9.0.0".to_owned()),
        (FOR_ARM.bytes(), "is built for arm64, and the template says x86_64".to_owned()),
        (Program { plans: 7..=8, ..CURRENT }.bytes(), "reads plans of version 7 to 8".to_owned()),
        (CURRENT.bytes()[4..].to_vec(), "this is not a program for Linux".to_owned()),
    ];
    for (program, words) in &unfit {
        fs::write(package.program(), program).unwrap();
        refused(&package.0.synth(&["--check"]), words, "run `synth`");
        refused(&package.alone(&["--check"]), words, "--function FILE");
        refused(&package.alone(&[]), words, "--function FILE");
        for arguments in [&[][..], &["--check"]] {
            refused(&package.given(program, arguments), words, "--function FILE");
        }
    }
}

/// The marker of one architecture in a program for the other.
#[test]
fn the_header_of_the_program_counts_too() {
    let mut program = CURRENT.bytes();
    program[18] = 183;
    let package = Package::built();
    refused(&package.given(&program, &[]), "is built for arm64, and the template says x86_64", "--function FILE");
}

#[test]
fn a_program_must_be_executable() {
    for mode in [0o644, 0o700, 0o000] {
        let package = Package::built();
        fs::set_permissions(package.program(), fs::Permissions::from_mode(mode)).unwrap();
        refused(&package.alone(&["--check"]), "is not executable", "--function FILE");
        refused(&package.0.synth(&["--check"]), "is not executable", "run `synth`");
        assert_eq!(code(&package.0.synth(&[])), 0);
        assert_eq!(fs::metadata(package.program()).unwrap().permissions().mode() & 0o7777, 0o755);
    }
}

/// The help leads to the right program: a build replaces it, if there is one to replace it with.
#[test]
fn a_damaged_program_is_found() {
    let package = Package::built();
    let whole = package.bytes();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let longer = [&whole[..], b"x"].concat();
    for damaged in [&flipped, &whole[..whole.len() - 1].to_vec(), &longer] {
        fs::write(package.program(), damaged).unwrap();
        refused(&package.alone(&["--check"]), "does not match its digest", "--function FILE");
        refused(&package.0.synth(&["--check"]), "does not match its digest", "run `synth`");
        assert_eq!(code(&package.0.synth(&[])), 0);
        assert_eq!(package.bytes(), whole);
        assert_eq!(code(&package.0.synth(&["--check"])), 0);
    }
    fs::write(package.program(), CURRENT.bytes()).unwrap();
    refused(&package.alone(&["--check"]), "was not written by synth", "--function FILE");
}

#[test]
fn without_a_function_there_is_no_package() {
    let package = Package(Workspace::new());
    let built = package.alone(&[]);
    refused(&built, "this synth has no function inside", "--function FILE");
    assert!(text(&built.stderr).contains("wrote 5 files to `out`"), "{}", text(&built.stderr));
    assert!(!package.0.path().join("out/runner").exists());
    let check = package.alone(&["--check"]);
    let note = "`out` is up to date\nnote: `out/runner` does not exist; `synth` writes it\n";
    assert_eq!((code(&check), text(&check.stderr).as_str()), (0, note));
    for plan in [false, true] {
        fs::create_dir_all(package.0.path().join("out/runner")).unwrap();
        if plan {
            fs::write(package.0.path().join("out/runner/plan.json"), "{}").unwrap();
        }
        for arguments in [&[][..], &["--check"]] {
            refused(&package.alone(arguments), "out/runner: the folder has no program", "--function FILE");
        }
        refused(&package.0.synth(&["--check"]), "out/runner: the folder has no program", "run `synth`");
    }
    assert_eq!(code(&package.0.synth(&[])), 0);
}

#[test]
fn a_file_that_is_no_function_cannot_be_passed() {
    let package = Package(Workspace::new());
    for (program, words) in [(&b"#!/bin/sh\n"[..], "`given` is not a function"), (b"", "`given` is not a function")] {
        let output = package.given(program, &[]);
        assert_eq!(code(&output), 2);
        assert!(text(&output.stderr).contains(words));
    }
    // It has the words of a marker, because it looks for them.
    let itself = package.0.synth(&["--function", env!("CARGO_BIN_EXE_synth")]);
    assert!(text(&itself.stderr).contains("is not a function"), "{}", text(&itself.stderr));
    let output = package.0.synth(&["--function", "nowhere"]);
    assert_eq!((code(&output), package.0.path().join("out").exists()), (2, false));
    assert!(text(&output.stderr).contains("cannot read `nowhere`"));
}

#[test]
fn programs_that_read_findings_get_these() {
    let package = Package::with(b"theirs");
    for arguments in [&["--message-format", "json"][..], &["--check", "--message-format", "json"]] {
        let output = package.0.synth(arguments);
        let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((code(&output), &findings[0]["code"]), (1, &"function".into()), "{findings}");
        assert_eq!(findings[0]["file"], "out/runner/bootstrap");
    }
}
