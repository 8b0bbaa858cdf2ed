//! The crate in `runner/`, built by cargo. Only `synth build` calls this: a check runs nothing of the folder.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::config::Architecture;
use crate::files;
use crate::function::{PackageFault, Remedy};
use crate::scaffold::home::{UNKNOWN_OWNER, is_unknown};

/// The crate of a team's function.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is built for.
    pub architecture: Architecture,
}

/// A line that cargo prints about what it has built (The Cargo Book, "External tools").
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Target,
}

/// The part of a crate that became an [`Artifact`].
#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The name of the program, which Lambda asks for.
const PROGRAM: &str = "bootstrap";
/// The profile in the crate's manifest.
const PROFILE: &str = "deploy";

impl Crate {
    /// Builds the program, static as Lambda needs it, and returns its path. What cargo says about the code goes to `err`.
    ///
    /// # Errors
    /// `Err` if `err` cannot be written; `Ok(Err)` if there is no crate, this machine cannot build it, or its code has errors.
    pub fn build(&self, err: &mut dyn Write) -> io::Result<Result<PathBuf, PackageFault>> {
        let mut cargo = match self.command() {
            Ok(cargo) => cargo,
            Err(fault) => return Ok(Err(fault)),
        };
        writeln!(err, "building `{}` with cargo, which takes minutes the first time", self.folder.display())?;
        err.flush()?;
        match cargo.output() {
            Ok(output) => {
                err.write_all(&output.stderr)?;
                Ok(self.program(&output))
            }
            Err(error) => Ok(Err(self.without_rust("cargo", &error))),
        }
    }

    /// Returns the call of cargo.
    fn command(&self) -> Result<Command, PackageFault> {
        self.check_manifest()?;
        self.check_target()?;
        let linker = self.linker()?;
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--profile", PROFILE, "--bin", PROGRAM, "--target", self.target()])
            .args(["--quiet", "--message-format", "json-render-diagnostics"])
            // Where cargo and rustup look for the crate's own settings.
            .current_dir(&self.folder)
            .env("CARGO_ENCODED_RUSTFLAGS", flags())
            .envs(linker)
            .stdin(Stdio::null());
        Ok(cargo)
    }

    /// Returns the program that cargo has built.
    fn program(&self, output: &Output) -> Result<PathBuf, PackageFault> {
        if !output.status.success() {
            let message = format!("cargo could not build `{}`", self.folder.display());
            return Err(self.unbuilt(message, "its errors are above".to_owned()));
        }
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let artifacts = lines.filter_map(|line| serde_json::from_slice::<Artifact>(line).ok());
        let programs = artifacts.filter(|artifact| artifact.target.name == PROGRAM);
        programs.filter_map(|artifact| artifact.executable).next_back().ok_or_else(|| {
            let message = format!("cargo built no program `{PROGRAM}`");
            self.unbuilt(message, format!("name it in Cargo.toml: `[[bin]]` with `name = \"{PROGRAM}\"`"))
        })
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    fn unbuilt(&self, message: String, help: String) -> PackageFault {
        PackageFault { path: self.manifest(), message, remedy: Remedy::Do(help) }
    }

    /// Checks that there is a manifest, and that it says where the handler library is.
    fn check_manifest(&self) -> Result<(), PackageFault> {
        let manifest = self.manifest();
        let text = files::regular(&manifest).map_err(|error| {
            let (name, folder) = (manifest.display(), self.folder.display());
            if error.kind() == io::ErrorKind::NotFound {
                let message =
                    format!("`runtime = \"cargo\"` in synth.toml needs a crate in `{folder}`, and there is none");
                return self.unbuilt(
                    message,
                    "`synth init --code` writes one; without code of your own, remove `runtime`".to_owned(),
                );
            }
            self.unbuilt(format!("cannot read `{name}`: {error}"), "make it readable".to_owned())
        })?;
        if is_unknown(&String::from_utf8_lossy(&text)) {
            let message = format!("`{}` does not say where the crate `handler` is", manifest.display());
            return Err(self.unbuilt(
                message,
                format!("replace `{UNKNOWN_OWNER}` with the account on GitHub whose repository you use"),
            ));
        }
        Ok(())
    }

    /// Checks that this machine's Rust can build for the architecture.
    fn check_target(&self) -> Result<(), PackageFault> {
        let mut rustc = Command::new("rustc");
        rustc
            .args(["--print", "target-libdir", "--target", self.target()])
            .stderr(Stdio::null())
            .current_dir(&self.folder);
        let output = rustc.output().map_err(|error| self.without_rust("rustc", &error))?;
        let folder = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && Path::new(folder.trim()).is_dir() {
            return Ok(());
        }
        let message = format!("this Rust cannot build for {}", self.architecture.as_str());
        Err(self.unbuilt(message, format!("run `rustup target add {}`", self.target())))
    }

    /// Returns the variable that names the linker, if another one than the machine's own is needed and nobody has chosen one.
    fn linker(&self) -> Result<Option<(String, String)>, PackageFault> {
        let machine = self.machine();
        let variable = format!("CARGO_TARGET_{}_LINKER", self.target().to_uppercase().replace('-', "_"));
        if (env::consts::OS == "linux" && env::consts::ARCH == machine) || env::var_os(&variable).is_some() {
            return Ok(None);
        }
        let linker = format!("{machine}-linux-gnu-gcc");
        if !on_path(&linker) {
            let message = format!("this machine has no linker for {}", self.architecture.as_str());
            let package = linker.strip_suffix("-gcc").map(|name| format!("gcc-{}", name.replace('_', "-")));
            let package = package.unwrap_or_default();
            return Err(
                self.unbuilt(message, format!("on Debian, run `apt-get install {package}`; elsewhere, set {variable}"))
            );
        }
        Ok(Some((variable, linker)))
    }

    fn without_rust(&self, program: &str, error: &io::Error) -> PackageFault {
        let message = if error.kind() == io::ErrorKind::NotFound {
            format!("`{program}` is not on the PATH, and `runtime = \"cargo\"` in synth.toml needs it")
        } else {
            format!("cannot start `{program}`: {error}")
        };
        let help = "install Rust from https://rustup.rs, or build the function elsewhere and pass it: `synth build --function FILE`";
        self.unbuilt(message, help.to_owned())
    }

    /// Returns Rust's name of the processor.
    fn machine(&self) -> &'static str {
        match self.architecture {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "aarch64",
        }
    }

    /// Returns Rust's name of Lambda's machines.
    fn target(&self) -> &'static str {
        match self.architecture {
            Architecture::X86_64 => "x86_64-unknown-linux-gnu",
            Architecture::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }
}

/// Returns the flags for rustc, as cargo takes them: a static program, so that the image's glibc does not matter, in which
/// the sources of dependencies have the same names on every machine.
pub fn flags() -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+crt-static");
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    for sources in ["registry/src", "git/checkouts"] {
        if let Some(home) = &home {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(home.join(sources));
            flags.push("/=");
        }
    }
    flags
}

/// Whether a program is on the PATH.
fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
