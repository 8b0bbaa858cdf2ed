//! `synth`: see `synth --help`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use synth::cli::{Cli, Outcome, run};

fn main() -> ExitCode {
    match run(Cli::parse(), &mut io::stdout().lock(), &mut io::stderr().lock()) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
