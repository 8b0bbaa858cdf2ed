//! `synth`: see `synth --help`.

mod bug;
mod cli;
mod dev;
mod tether;

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;
use nix::sys::signal::{SigSet, Signal};

use bug::caught;
use cli::{Cli, Outcome, Shown, answered, run};

/// Checks allocate and free many small values on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    caught(answer).unwrap_or(ExitCode::from(FAILED))
}

/// The exit code if `synth` itself fails.
const FAILED: u8 = 2;

/// Makes a write beyond the limit on the size of files fail like any other, so that what was begun is cleaned up. By default,
/// the signal ends the process.
fn keep_when_files_are_limited() {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    // Threads that are started later inherit this. It cannot fail for a signal that exists.
    let _ = signals.thread_block();
}

fn answer() -> ExitCode {
    if let Some(why) = tether::become_program() {
        let _ = writeln!(io::stderr(), "error: {why}");
        return ExitCode::from(FAILED);
    }
    keep_when_files_are_limited();
    if answered() {
        return ExitCode::SUCCESS;
    }
    // Standard error is not locked: another thread shows the progress of slow commands.
    let (mut out, mut err) = (Shown::data(io::stdout().lock()), Shown::messages(io::stderr()));
    match run(Cli::from_arguments(), &mut out, &mut err) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(err, "error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
