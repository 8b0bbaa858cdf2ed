//! `synth`: see `synth --help`.

mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;

use cli::{Cli, Outcome, answered, is_broken_pipe, run};

/// Checks make and drop many small values on several threads at once.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if answered() {
        return ExitCode::SUCCESS;
    }
    // Standard error is not locked: word of a long step comes from a thread of its own.
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
