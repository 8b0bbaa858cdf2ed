//! Whole processes, measured by the `measure` program next to this one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::figures::{Kib, Samples};

/// A meter that starts processes.
#[derive(Debug)]
pub(crate) struct Meter {
    program: PathBuf,
}

/// What processes took.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Wall time.
    pub(crate) wall: Samples<Duration>,
    /// CPU time of all cores.
    pub(crate) cpu: Samples<Duration>,
    /// Peak memory.
    pub(crate) memory: Samples<Kib>,
}

/// Measures `repeat` rounds. An additional first round fills the disk cache and is not counted.
pub(crate) fn rounds<T: Default>(
    repeat: usize,
    mut round: impl FnMut(&mut T) -> anyhow::Result<()>,
) -> anyhow::Result<T> {
    round(&mut T::default())?;
    let mut taken = T::default();
    for _ in 0..repeat {
        round(&mut taken)?;
    }
    Ok(taken)
}

impl Meter {
    /// Finds `measure`.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("measure");
        if !program.is_file() {
            bail!("`{}` does not exist; run `make bench`", program.display());
        }
        Ok(Self { program })
    }

    /// Runs a program in `folder` until it ends successfully, and adds what it took.
    pub(crate) fn run<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        self.run_to(0, folder, program, arguments, taken)
    }

    /// Does the same, but accepts an exit code up to `highest`.
    pub(crate) fn run_to<A: AsRef<OsStr>>(
        &self,
        highest: i32,
        folder: &Path,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        let output = Command::new(&self.program)
            .arg(highest.to_string())
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .output()?;
        if !output.status.success() {
            bail!("`{}` failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
        }
        let line = String::from_utf8_lossy(&output.stdout);
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        let mut next =
            || numbers.next().context("`measure` printed too little")?.context("`measure` did not print a number");
        taken.wall.add(Duration::from_nanos(next()?));
        taken.cpu.add(Duration::from_micros(next()?));
        taken.memory.add(Kib(u32::try_from(next()?).unwrap_or(u32::MAX)));
        Ok(())
    }
}
