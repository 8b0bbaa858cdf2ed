//! `bootstrap`, the program that Lambda starts. It follows the plan in its own folder.

use std::process::ExitCode;

use handler::{Environment, Log, Runner, StartError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
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
