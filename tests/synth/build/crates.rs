//! `runtime = "cargo"`: the crate with a team's own code, which `synth build` alone builds.
//!
//! Except in the last test, `cargo` and `rustc` are scripts that write down how they were called.

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use model::marker::Marker;
use synth::scaffold::runner::{Library, files};

use crate::function::{CURRENT, Program};
use crate::root;
use crate::workspace::{Workspace, code, text};

/// What cargo is to have built.
const OWN: Program = Program { stock: false, ..CURRENT };
/// `synth.toml`.
const CARGO: &str = "runtime = \"cargo\"\n";

/// A folder with the example, a crate, and a Rust of its own.
struct Rust {
    workspace: Workspace,
}

impl Rust {
    fn new(settings: &str) -> Self {
        let rust = Self { workspace: Workspace::new() };
        rust.put("synth.toml", settings);
        rust.put("runner/Cargo.toml", "[package]\nname = \"runner\"\n");
        rust.script("rustc", "pwd");
        rust.builds(&OWN.bytes());
        rust
    }

    fn path(&self, file: &str) -> PathBuf {
        self.workspace.path().join(file)
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a program onto the PATH that notes how it was called, and then does what `shell` says.
    fn script(&self, name: &str, shell: &str) {
        let log = self.path("log").display().to_string();
        let note = format!("echo \"{name} $* in ${{PWD##*/}} with $CARGO_ENCODED_RUSTFLAGS\" >> '{log}'");
        let file = format!("bin/{name}");
        self.put(&file, &format!("#!/bin/sh\n{note}\n{shell}\n"));
        fs::set_permissions(self.path(&file), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Lets cargo build a program.
    fn builds(&self, program: &[u8]) {
        fs::write(self.path("built"), program).unwrap();
        let line = |name: &str, executable: &str| {
            format!(r#"echo '{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"executable":{executable}}}'"#)
        };
        let built = format!("\"{}\"", self.path("built").display());
        self.script("cargo", &[line("handler", "null"), line("bootstrap", &built), "echo '{}'".to_owned()].join("\n"));
    }

    /// Runs `synth` with these programs on the PATH, and no other Rust.
    fn synth(&self, arguments: &[&str]) -> Output {
        let mut command = self.workspace.command(arguments);
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        command.env("PATH", path).env_remove("SYNTH_FUNCTION").env("CARGO_HOME", "/cargo home").output().unwrap()
    }

    /// How the programs were called.
    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The code of the deployed program.
    fn deployed(&self) -> String {
        let program = fs::read(self.path("out/runner/bootstrap")).unwrap();
        String::from_utf8_lossy(&program).rsplit('\0').next().unwrap().to_owned()
    }
}

/// A pull request may change everything in the folder, and these run on it.
#[test]
fn only_a_build_runs_cargo() {
    let rust = Rust::new(CARGO);
    for command in [
        &["check"][..],
        &["build", "--check"],
        &["build", "--stdout"],
        &["graph"],
        &["event", "--action", "create_vm"],
        &["schema", "--check"],
        &["build", "--function", "built"],
    ] {
        rust.synth(command);
        assert_eq!(rust.log(), "", "{command:?}");
    }
    rust.workspace.init_git();
    assert_eq!(code(&rust.synth(&["diff", "HEAD"])), 0);
    rust.put("blueprints/vm.json", "{}");
    assert_eq!(code(&rust.synth(&["build"])), 1);
    assert_eq!(rust.log(), "", "input that is refused is not worth a build");
}

#[test]
fn the_built_program_is_deployed() {
    let rust = Rust::new(CARGO);
    let output = rust.synth(&["build"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let mode = fs::metadata(rust.path("out/runner/bootstrap")).unwrap().permissions().mode();
    assert_eq!((rust.deployed().as_str(), mode & 0o777), (OWN.code, 0o755));
    let want = "cargo build --profile deploy --bin bootstrap --target x86_64-unknown-linux-gnu \
                --quiet --message-format json-render-diagnostics in runner with -Ctarget-feature=+crt-static\u{1f}\
                --remap-path-prefix=/cargo home/registry/src/=\u{1f}--remap-path-prefix=/cargo home/git/checkouts/=\n";
    assert!(rust.log().ends_with(want), "{}", rust.log());
    assert_eq!(code(&rust.synth(&["build", "--check"])), 0);
    // The next program takes its place. The stock function does not.
    rust.builds(&Program { code: "new code", ..OWN }.bytes());
    assert_eq!(code(&rust.synth(&["build"])), 0);
    assert_eq!(rust.deployed(), "new code");
    rust.builds(&CURRENT.bytes());
    let output = rust.synth(&["build"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("is the stock function"), "{}", text(&output.stderr));
    assert_eq!(rust.deployed(), "new code");
}

/// The stock function that was there before is replaced by a build, and a check refuses it.
#[test]
fn the_stock_function_makes_way_for_own_code() {
    let rust = Rust::new("");
    rust.builds(&CURRENT.bytes());
    assert_eq!(code(&rust.synth(&["build", "--function", "built"])), 0);
    rust.builds(&OWN.bytes());
    rust.put("synth.toml", CARGO);
    let output = rust.synth(&["build", "--check"]);
    let said = text(&output.stderr);
    assert_eq!(code(&output), 1);
    assert!(said.contains("is the stock function, and synth.toml says `runtime = \"cargo\"`"), "{said}");
    assert_eq!(code(&rust.synth(&["build"])), 0);
    assert_eq!(code(&rust.synth(&["build", "--check"])), 0);
    // And the way back is a decision of a person's.
    rust.put("synth.toml", "");
    rust.builds(&CURRENT.bytes());
    let output = rust.synth(&["build", "--function", "built"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("has a team's own code, so it is kept"), "{}", text(&output.stderr));
}

/// Each says what is missing and how to get it, and writes nothing.
#[test]
fn what_cannot_be_built_says_what_to_do() {
    type Change = fn(&Rust);
    let arm = "architecture = \"arm64\"\nruntime = \"cargo\"\n";
    let cases: [(&str, Change, &str, &str); 9] = [
        (
            CARGO,
            |rust| fs::remove_dir_all(rust.path("runner")).unwrap(),
            "needs a crate in `runner`",
            "`synth init --code` writes one",
        ),
        (
            CARGO,
            |rust| rust.put("runner/Cargo.toml", &files(&unknown()).unwrap()[&PathBuf::from("runner/Cargo.toml")]),
            "does not say where the crate `handler` is",
            "replace `<OWNER>`",
        ),
        (
            CARGO,
            |rust| fs::remove_file(rust.path("bin/rustc")).unwrap(),
            "`rustc` is not on the PATH",
            "install Rust from https://rustup.rs",
        ),
        (
            CARGO,
            |rust| fs::remove_file(rust.path("bin/cargo")).unwrap(),
            "`cargo` is not on the PATH",
            "`synth build --function FILE`",
        ),
        (
            CARGO,
            |rust| rust.script("rustc", "echo /nowhere"),
            "this Rust cannot build for x86_64",
            "`rustup target add x86_64-unknown-linux-gnu`",
        ),
        (arm, |_| {}, "this machine has no linker for arm64", "`apt-get install gcc-aarch64-linux-gnu`"),
        (
            CARGO,
            |rust| rust.script("cargo", "echo 'error: a semicolon is missing' >&2; exit 101"),
            "error: a semicolon is missing",
            "cargo could not build `runner`",
        ),
        (CARGO, |rust| rust.script("cargo", "echo '{}'"), "cargo built no program `bootstrap`", "`[[bin]]`"),
        (CARGO, |rust| rust.builds(b"\x7fELF, but not ours"), "is not a function", "`handler`"),
    ];
    for (settings, change, message, help) in cases {
        // Some machines have that linker.
        if settings == arm && Command::new("aarch64-linux-gnu-gcc").arg("--version").output().is_ok() {
            continue;
        }
        let rust = Rust::new(settings);
        change(&rust);
        for arguments in [&["build"][..], &["build", "--quiet"]] {
            let output = rust.synth(arguments);
            let said = text(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
            assert_ne!(code(&output), 0, "{message}");
            assert!(said.contains(message) && said.contains(help), "{message}: {said}");
            assert!(!rust.path("out/runner").exists() && !rust.path("out/plan.json").exists(), "{message}");
        }
    }
}

fn unknown() -> Library {
    Library::Git { url: "https://github.com/<OWNER>/port-action-runner".to_owned(), tag: "v0.1.0".to_owned() }
}

/// The whole way of a team: the crate, the program that is deployed, and the crate's own test.
#[test]
#[ignore = "compiles a crate: make check-own-code"]
fn the_crate_of_synth_init_works() {
    let root = fs::canonicalize(root()).unwrap();
    let workspace = Workspace::empty();
    let folder = workspace.path();
    let init = ["init", "--code", "--yes", "--github", "none", "--organization", "org_sYG4DOJZNGy8bYnt"];
    assert_eq!(code(&workspace.synth(&init)), 0);
    let architecture = if ARCH == "aarch64" { "arm64" } else { ARCH };
    let settings = fs::read_to_string(folder.join("synth.toml")).unwrap();
    fs::write(folder.join("synth.toml"), format!("{settings}architecture = \"{architecture}\"\n")).unwrap();
    // The library of this repository, and the versions that this machine has already.
    let manifest = PathBuf::from("runner/Cargo.toml");
    fs::write(folder.join(&manifest), &files(&Library::Checkout(root.clone())).unwrap()[&manifest]).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("runner/Cargo.lock")).unwrap();
    // The profile is as it is deployed, but quick to compile.
    let quick = |command: &mut Command| {
        command
            .env("CARGO_TARGET_DIR", root.join("target/own-code"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_PROFILE_DEPLOY_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_DEPLOY_LTO", "off")
            .env("CARGO_PROFILE_DEPLOY_CODEGEN_UNITS", "16")
            .env_remove("SYNTH_FUNCTION");
    };
    let mut build = workspace.command(&["build"]);
    quick(&mut build);
    let output = build.output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let program = fs::read(folder.join("out/runner/bootstrap")).unwrap();
    let (_, marker) = Marker::find(&program).unwrap();
    assert!(!marker.stock && marker.digest.is_some(), "{marker:?}");
    assert!(!is_dynamic(&program), "the image's glibc would have to match");

    let mut test = Command::new("cargo");
    quick(&mut test);
    test.args(["test", "--profile", "deploy", "--target", &format!("{ARCH}-unknown-linux-gnu")]);
    test.current_dir(folder.join("runner")).env("CARGO_ENCODED_RUSTFLAGS", synth::cargo::flags());
    let output = test.output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success() && said.contains("create_vm_creates_a_vm ... ok"), "{said}");
}

/// Whether an ELF file for 64 bits asks for a dynamic linker: it has a program header of type `PT_INTERP`.
fn is_dynamic(program: &[u8]) -> bool {
    let number = |at: usize, bytes: usize| {
        program[at..at + bytes].iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).any(|header| number(start + header * size, 4) == 3)
}
