//! `synth`: see `synth --help`.

mod bug;
mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;

use bug::caught;
use cli::{Cli, Outcome, Shown, answered, is_broken_pipe, run};

/// Checks allocate and free many small values on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    caught(answer).unwrap_or(ExitCode::from(FAILED))
}

/// The exit code if `synth` itself fails.
const FAILED: u8 = 2;

fn answer() -> ExitCode {
    if answered() {
        return ExitCode::SUCCESS;
    }
    // Standard error is not locked: another thread shows the progress of slow commands.
    let (mut out, mut err) = (Shown::data(io::stdout().lock()), Shown::messages(io::stderr()));
    match run(Cli::from_arguments(), &mut out, &mut err) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(err, "error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
