//! `synth`: see `synth --help`.

mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;

use cli::{Cli, Outcome, answered, is_broken_pipe, run};

/// Checks allocate and free many small values on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if answered() {
        return ExitCode::SUCCESS;
    }
    // Standard error is not locked: another thread shows the progress of slow commands.
    match run(Cli::from_arguments(), &mut io::stdout().lock(), &mut io::stderr()) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
