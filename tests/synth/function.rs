//! Programs that look like functions to `synth`, which never starts one.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::OnceLock;

use model::marker::{STOCK, mark};
use model::plan::VERSIONS;

/// The numbers of architectures in ELF files.
const MACHINES: [(&str, u8); 2] = [("x86_64", 62), ("arm64", 183)];

/// A program, as it is before `synth` has written it.
pub(crate) struct Program {
    pub(crate) version: &'static str,
    pub(crate) architecture: &'static str,
    pub(crate) plans: RangeInclusive<u32>,
    pub(crate) stock: bool,
    pub(crate) code: &'static str,
}

/// The stock function of this version.
pub(crate) const CURRENT: Program =
    Program { version: env!("CARGO_PKG_VERSION"), architecture: "x86_64", plans: VERSIONS, stock: true, code: "code" };

impl Program {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = [0; 64];
        header[..4].copy_from_slice(b"\x7fELF");
        header[18] = MACHINES.iter().find(|(name, _)| *name == self.architecture).unwrap().1;
        let stock: &[u8] = if self.stock { &STOCK } else { b"" };
        [&header, stock, &mark(self.version, self.architecture, &self.plans), self.code.as_bytes()].concat()
    }
}

/// The file of a program that fits the templates of the tests.
pub(crate) fn file() -> PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let write = || {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bootstrap-{}", std::process::id()));
        std::fs::write(&file, CURRENT.bytes()).unwrap();
        file
    };
    FILE.get_or_init(write).clone()
}
