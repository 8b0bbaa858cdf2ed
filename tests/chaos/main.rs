//! The built function under everything at once: calls that fail, batches that come twice or to two functions, processes
//! that are killed. In the end the oracle finds every promise held.
//!
//! `make chaos` runs it at length; `make test` a short one. The same `CHAOS_SEED` makes the same topic and the same
//! faults, though not the same moments.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "the figures are there to be read")]

// What is on the topic, and what must come of it.
#[path = "../function/messages.rs"]
mod messages;
mod generations;
mod noise;
mod scenario;

// What it runs against.
#[path = "../function/deployment.rs"]
mod deployment;
mod cluster;
mod instance;
mod poller;

mod figures;

use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use local::oracle::{self, Evidence};
use local::{EventSourceMapping, Random};

use cluster::Cluster;
use figures::Figures;
use instance::{Instance, Observations};
use poller::{Polled, Poller};
use scenario::{PARTITIONS, Scenario};

/// Consumers of the group; each has its share of the partitions.
const CONSUMERS: usize = 2;

/// Records that a batch may have.
const BATCH_SIZE: usize = 40;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// What Lambda starts: `CHAOS_BOOTSTRAP`, or the build that goes with this test.
fn program() -> PathBuf {
    match std::env::var("CHAOS_BOOTSTRAP") {
        Ok(path) => deployment::repository(&path),
        Err(_) => env!("CARGO_BIN_EXE_bootstrap").into(),
    }
}

#[test]
fn every_promise_is_held_under_faults_redeliveries_and_kills() {
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
    let cluster = Cluster::new(&program(), &scenario, partial, &mut random);
    let understudy = Mutex::new(Instance::start(&cluster));
    let pollers: Vec<Poller<'_, '_>> = (0..CONSUMERS)
        .map(|consumer| Poller {
            topic: &scenario.topic,
            mapping: EventSourceMapping::new((consumer..PARTITIONS).step_by(CONSUMERS), BATCH_SIZE, partial),
            instance: Instance::start(&cluster),
            understudy: &understudy,
            random: random.fork(),
        })
        .collect();
    let mut polled: Vec<Polled> = thread::scope(|scope| {
        let polling: Vec<_> = pollers.into_iter().map(|poller| scope.spawn(|| poller.poll(scope))).collect();
        polling.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut observed: Observations = understudy.into_inner().unwrap().finish();
    for poller in &mut polled {
        observed.add(std::mem::take(&mut poller.observed));
    }

    let evidence = Evidence {
        printed: std::mem::take(&mut observed.printed),
        crashes: std::mem::take(&mut observed.crashes),
        bad_deliveries: std::mem::take(&mut observed.bad_deliveries),
        ..Evidence::of(&cluster.deployment.port)
    };
    let judgements = oracle::judge(&scenario.expected, &evidence);
    let broken: Vec<String> = judgements
        .iter()
        .flat_map(|judgement| judgement.breaches.iter().map(|breach| format!("{}: {breach}", judgement.promise)))
        .collect();
    let figures = Figures { scenario: &scenario, evidence: &evidence, observed, polled, wrong: broken.len() };
    println!("{}", figures.table(partial, seed, started.elapsed()));
    assert!(broken.is_empty(), "seed {seed}:\n{}", broken.join("\n"));
}
