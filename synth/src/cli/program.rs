//! The function that runs on this machine: a file of a person's, the one in `out/runner/`, or the one inside `synth`.

use std::borrow::Cow;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use model::marker::Marker;
use synth::config::{Architecture, Runtime};
use synth::function::Function;

use crate::cli::make;

/// Where `synth build` puts the function.
const BUILT: &str = "out/runner/bootstrap";

/// A program that runs on this machine and reads the plan.
#[derive(Debug)]
pub(crate) enum Program {
    File(PathBuf),
    /// The stock function of this `synth`.
    Inside(Function),
}

impl Program {
    /// Chooses the function for a plan of this version. What is wrong with a file that a person named is an error; the one
    /// in `out/runner/` is passed over then, because it may be for Lambda's architecture.
    pub(crate) fn choose(asked: Option<&Path>, plan: u32, runtime: Runtime) -> anyhow::Result<Self> {
        if let Some(path) = asked {
            check(path, plan)?;
            return Ok(Self::File(path.to_owned()));
        }
        let installed = Path::new(BUILT);
        let unfit = match check(installed, plan) {
            Ok(()) => return Ok(Self::File(installed.to_owned())),
            Err(unfit) if installed.exists() => format!("{unfit:#}"),
            Err(_) => format!("`{BUILT}` is missing"),
        };
        if runtime == Runtime::Cargo {
            let (unfit, help) =
                unfit.split_once("\n  help: ").unwrap_or((&unfit, "run `synth build`, which builds it"));
            bail!(
                "synth.toml says `runtime = \"cargo\"`, and {unfit}\n  help: {help}, or pass a function with --function FILE"
            );
        }
        if let Some(function) = Function::here() {
            return Ok(Self::Inside(function));
        }
        let (unfit, help) = unfit.split_once("\n  help: ").unwrap_or((&unfit, "pass a function with --function FILE"));
        let target = make::try_target().map(|command| format!(", or run `{command}`, which builds one"));
        bail!(
            "there is no function for this machine: this synth has none inside, and {unfit}\n  help: {help}{}",
            target.unwrap_or_default()
        );
    }

    /// Returns its file, and writes it to a folder if it has none.
    pub(crate) fn file(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        match self {
            Self::File(path) => fs::canonicalize(path).with_context(|| format!("cannot read `{}`", path.display())),
            Self::Inside(function) => {
                let path = folder.join("bootstrap");
                let written = fs::write(&path, function.program())
                    .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o700)));
                written.with_context(|| format!("cannot write the function to `{}`", path.display()))?;
                Ok(path)
            }
        }
    }

    /// Returns what it is called in a report.
    pub(crate) fn name(&self) -> Cow<'_, str> {
        match self {
            Self::File(path) => path.to_string_lossy(),
            Self::Inside(_) => "inside this synth".into(),
        }
    }
}

/// Checks that a file is a function which this machine can run, and which reads the plan.
fn check(path: &Path, plan: u32) -> anyhow::Result<()> {
    let shown = path.display();
    let metadata = fs::metadata(path).with_context(|| format!("cannot read `{shown}`"))?;
    if !metadata.is_file() {
        bail!("`{shown}` is not a program: it is not a file");
    }
    let program = fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let Some((_, marker)) = Marker::find(&program) else {
        bail!("`{shown}` is not a function: it is not built on the crate `handler`");
    };
    if let Some(here) = Architecture::here().map(Architecture::as_str).filter(|here| *here != marker.architecture) {
        bail!("`{shown}` is for {}, and this machine is {here}", marker.architecture);
    }
    if cfg!(not(target_os = "linux")) && program.starts_with(b"\x7fELF") {
        bail!("`{shown}` is for Lambda, which runs Linux, and this machine does not");
    }
    if !marker.plans.contains(&plan) {
        bail!("`{shown}` is version {}, which does not read the plan of this synth: build it again", marker.version);
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        bail!("`{shown}` is not executable\n  help: run `chmod +x {shown}`");
    }
    Ok(())
}
