//! `bootstrap`, the program that Lambda starts. It follows the plan in its own folder.

use std::hint::black_box;
use std::process::ExitCode;

use handler::{Environment, Log, Runner, StartError};
use model::marker;

/// Says that this program has no code of a team's, so that a later version of it may take its place.
static STOCK: [u8; marker::STOCK.len()] = marker::STOCK;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // What nothing reads is left out by the linker.
    black_box(&STOCK);
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Log::start_failed(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), StartError> {
    let environment = Environment::read()?;
    let plan = Runner::plan(&environment)?;
    Runner::new(plan).serve(environment).await
}
