//! The built function under everything at once: calls that fail, batches that come twice or to two functions, processes
//! that are killed. In the end every run has its right status, and the catalogue is what the messages say.
//!
//! `make chaos` runs it at length; `make test` a short one. The same `CHAOS_SEED` makes the same topic and the same
//! faults, though not the same moments.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "the figures are there to be read")]

mod instance;
#[path = "../function/messages.rs"]
mod messages;
mod noise;
mod poller;
mod scenario;
mod stage;
mod verdict;
#[path = "../function/world.rs"]
mod world;
mod write;

use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use local::Random;

use instance::Instance;
use poller::{Polled, Poller};
use scenario::{PARTITIONS, Scenario};
use stage::Stage;

/// Consumers of the group; each has its share of the partitions.
const CONSUMERS: usize = 2;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// What Lambda starts: `CHAOS_BOOTSTRAP`, or the build that goes with this test.
fn program() -> PathBuf {
    match std::env::var("CHAOS_BOOTSTRAP") {
        Ok(path) => world::repository(&path),
        Err(_) => env!("CARGO_BIN_EXE_bootstrap").into(),
    }
}

#[test]
fn every_run_ends_as_it_should() {
    let runs = number("CHAOS_RUNS").unwrap_or(400);
    let seed = number("CHAOS_SEED").unwrap_or(20_261_125);
    // With partial responses and without, each half of the runs.
    for partial in [true, false] {
        chaos(runs / 2, seed as u64 + u64::from(partial), partial);
    }
}

fn chaos(runs: usize, seed: u64, partial: bool) {
    let started = Instant::now();
    let mut random = Random::new(seed);
    let scenario = Scenario::new(runs, &mut random);
    let stage = Stage::new(program(), &scenario, partial, &mut random);
    let understudy = Mutex::new(Instance::start(&stage));
    let pollers: Vec<Poller<'_, '_>> = (0..CONSUMERS)
        .map(|consumer| Poller {
            topic: &scenario.partitions,
            positions: (consumer..PARTITIONS).step_by(CONSUMERS).map(|partition| (partition, 0)).collect(),
            instance: Instance::start(&stage),
            understudy: &understudy,
            partial,
            batch_size: 40,
            random: random.fork(),
        })
        .collect();
    let polled: Vec<Polled> = thread::scope(|scope| {
        let polling: Vec<_> = pollers.into_iter().map(|poller| scope.spawn(|| poller.poll(scope))).collect();
        polling.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let understudy = understudy.into_inner().unwrap().finish();
    let verdict = verdict::Verdict::of(&scenario, &stage, polled, understudy);
    println!("{}", verdict.table(partial, seed, started.elapsed()));
    assert!(verdict.complaints.is_empty(), "seed {seed}:\n{}", verdict.complaints.join("\n"));
}
