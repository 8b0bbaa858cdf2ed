//! A test program: a function with a team's own code that does what each run's title says.

#![expect(clippy::panic, reason = "its purpose is to misbehave")]

use std::process::ExitCode;
use std::time::Duration;

use handler::{Outcome, Run, RunLog};
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

fn main() -> ExitCode {
    handler::start(|runner| runner.on("create_vm", work))
}
