//! A test program: a function with a team's own code that does what each run's title says.

#![expect(clippy::panic, reason = "its purpose is to misbehave")]

use std::time::Duration;

use handler::{Environment, Outcome, Run, RunLog, Runner};
use secrecy::ExposeSecret;

async fn work(run: Run, log: RunLog) -> Outcome {
    match run.inputs.get("title").and_then(|title| title.as_str()).unwrap_or_default() {
        "fail" => Outcome::Failed("No room in this region.".to_owned()),
        "panic" => panic!("the title was {:?}", run.inputs.get("title")),
        "leave open" => Outcome::LeftOpen,
        "hang" => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            Outcome::Done
        }
        "secret" => {
            let length = run.secret("password").map_or(0, |secret| secret.expose_secret().chars().count());
            let seen = run.inputs.contains_key("password");
            Outcome::Failed(format!("{length} characters, among the inputs: {seen}, {:?} {run:?}", run.secrets))
        }
        _ => {
            let _ = log.write("Working on it").await;
            Outcome::Done
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), handler::StartError> {
    let environment = Environment::read()?;
    let plan = Runner::plan(&environment)?;
    Runner::new(plan).on("create_vm", work).serve(environment).await
}
