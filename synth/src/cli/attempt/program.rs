//! The function that is tried: a file of a person's, the one in `out/runner/`, or the one inside `synth`.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::make;

/// Where `synth build` puts the function.
const BUILT: &str = "out/runner/bootstrap";

/// Chooses the function. What is wrong with a file that a person named is an error; the one in `out/runner/` is passed
/// over then, because it may be for Lambda's architecture.
pub(super) fn choose(asked: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = asked {
        check(path)?;
        return Ok(path.to_owned());
    }
    let built = Path::new(BUILT);
    if check(built).is_ok() {
        return Ok(built.to_owned());
    }
    bail!(
        "there is no function for this machine: this `synth` has none inside, and `{BUILT}` {}\n  help: pass one with --function FILE{}",
        if built.exists() { "cannot run here" } else { "is missing" },
        make::try_target().map(|command| format!(", or run `{command}`, which builds one")).unwrap_or_default()
    );
}

/// Checks that this machine can run a file.
fn check(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let metadata = fs::metadata(path).with_context(|| format!("cannot read `{shown}`"))?;
    if !metadata.is_file() {
        bail!("`{shown}` is not a program: it is not a file");
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        bail!("`{shown}` is not executable\n  help: run `chmod +x {shown}`");
    }
    let mut head = [0; 20];
    let mut file = File::open(path).with_context(|| format!("cannot read `{shown}`"))?;
    let _ = file.read(&mut head).with_context(|| format!("cannot read `{shown}`"))?;
    if let Some(made_for) = architecture(&head)
        && made_for != std::env::consts::ARCH
    {
        bail!("`{shown}` is a program for {made_for}, and this machine is {}", std::env::consts::ARCH);
    }
    Ok(())
}

/// Returns the architecture of a Linux program, by its first bytes: `e_machine` of an ELF header.
fn architecture(head: &[u8; 20]) -> Option<&'static str> {
    match head {
        [0x7f, b'E', b'L', b'F', .., 0x3e, 0] => Some("x86_64"),
        [0x7f, b'E', b'L', b'F', .., 0xb7, 0] => Some("aarch64"),
        [0x7f, b'E', b'L', b'F', ..] => Some("another architecture"),
        _ => None,
    }
}
