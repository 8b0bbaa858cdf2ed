//! Whole processes, measured by the `measure` program beside this one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::figures::{Kib, Samples};

/// What starts processes.
#[derive(Debug)]
pub(crate) struct Meter {
    program: PathBuf,
}

/// What processes took.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// From start to end.
    pub(crate) wall: Samples<Duration>,
    /// Of all cores.
    pub(crate) cpu: Samples<Duration>,
    /// The most memory held.
    pub(crate) memory: Samples<Kib>,
}

/// Measures `repeat` rounds. One goes before them that fills the caches of the disk and is not counted.
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
            bail!("`{}` is not there; run `make bench`", program.display());
        }
        Ok(Self { program })
    }

    /// Runs a program to its end in `folder`, which is success, and adds what it took.
    pub(crate) fn run<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        self.run_to(0, folder, program, arguments, taken)
    }

    /// The same, with an exit code of `highest` at most.
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
        let mut next = || numbers.next().context("`measure` says too little")?.context("`measure` says no number");
        taken.wall.add(Duration::from_nanos(next()?));
        taken.cpu.add(Duration::from_micros(next()?));
        taken.memory.add(Kib(u32::try_from(next()?).unwrap_or(u32::MAX)));
        Ok(())
    }
}
