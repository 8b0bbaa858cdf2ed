//! The function of this repository: what its actions do besides writing entities.

use std::process::ExitCode;

use handler::{Outcome, Run, RunLog};
use serde::Deserialize;

#[derive(Deserialize)]
struct NewVm {
    cpu: u32,
    memory: u32,
    region: String,
}

/// Runs once for each run of `create_vm`, before its entity is written. May be called again for the same run.
async fn create_vm(run: Run, log: RunLog) -> Outcome {
    let Ok(vm) = run.inputs::<NewVm>() else {
        return Outcome::Failed("A VM needs whole numbers of cores and gigabytes, and a region.".to_owned());
    };
    if vm.cpu > 64 {
        return Outcome::Failed(format!("{} cores are too many: a VM can have at most 64.", vm.cpu));
    }
    // A failed log line must not stop the work.
    let _ = log.write(&format!("Starting {} cores, {} GB in {}", vm.cpu, vm.memory, vm.region)).await;
    // Call your cloud here, with `run.id` as its idempotency token.
    Outcome::Done
}

fn main() -> ExitCode {
    handler::start(|runner| runner.on("create_vm", create_vm))
}
