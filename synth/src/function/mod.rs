//! The function's program: the one inside of `synth`, one in a file, and what `out/runner/` has.

mod inside;
mod package;
mod seal;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use model::marker::Marker;

use crate::config::Architecture;
use crate::files;

use inside::Inside;
pub use package::{Package, PackageFault, Remedy, Wanted};

/// The version of `synth`, and of the function inside of it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A program built on the handler library, with its digest in its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The file that it was read from. Empty for the one inside of `synth`.
    name: PathBuf,
    program: Vec<u8>,
    /// The place of the marker.
    at: usize,
    marker: Marker,
}

impl Function {
    /// Decompresses the stock function inside of this `synth` for Lambda with an architecture, if there is one.
    pub fn inside(architecture: Architecture) -> Option<Self> {
        Self::new(PathBuf::new(), Inside::of(architecture)?.decompress()?)
    }

    /// Decompresses the stock function inside of this `synth` that runs on this machine, if there is one.
    pub fn here() -> Option<Self> {
        Self::new(PathBuf::new(), Inside::here()?.decompress()?)
    }

    /// Returns the architectures for which there is a function inside.
    pub fn architectures() -> impl Iterator<Item = Architecture> {
        inside::ALL.iter().map(|inside| inside.architecture)
    }

    /// Reads a program from a file.
    ///
    /// # Errors
    /// If it cannot be read, or is not built on the handler library.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let program = files::regular(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let Some(function) = Self::new(path.to_owned(), program) else {
            bail!("`{}` is not a function: it is not built on the crate `handler`", path.display());
        };
        Ok(function)
    }

    fn new(name: PathBuf, mut program: Vec<u8>) -> Option<Self> {
        let (at, marker) = seal::seal(&mut program)?;
        Some(Self { name, program, at, marker })
    }

    /// Returns the bytes of the program.
    pub fn program(&self) -> &[u8] {
        &self.program
    }

    /// Returns what the program says about itself.
    pub fn marker(&self) -> &Marker {
        &self.marker
    }
}

/// Returns the architecture of an ELF file, from `e_machine` in its header. `None` for any other file.
fn machine(program: &[u8]) -> Option<Architecture> {
    let [low, high] = *program.get(18..20)?.first_chunk()?;
    match (program.starts_with(b"\x7fELF"), u16::from_le_bytes([low, high])) {
        (true, 62) => Some(Architecture::X86_64),
        (true, 183) => Some(Architecture::Arm64),
        _ => None,
    }
}
