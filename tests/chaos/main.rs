//! The built function under everything at once: calls that fail, batches that are delivered twice or to two functions,
//! processes that are killed. At the end, the oracle checks that every promise was kept.
//!
//! `make chaos` runs it for longer, `make test` briefly. The same `CHAOS_SEED` produces the same topic and the same
//! faults, but not the same timing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "the figures are printed for people")]

// What is on the topic, and what must become of it.
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

use local::mapping::{MappingObserver, MappingSettings, ProvisionedMode, Topic};
use local::oracle::{self, Evidence};
use local::{EventSourceMapping, LateWrites, Random};

use cluster::Cluster;
use figures::Figures;
use instance::{Instance, Observations};
use poller::{Polled, Poller};
use scenario::{PARTITIONS, Scenario};

/// Consumers in the group; each has a share of the partitions.
const CONSUMERS: usize = 2;

/// The most records in a batch.
const BATCH_SIZE: usize = 40;

/// Retries wait 10 ms and more, and at most 600 ms: a function that was asked to wait does nothing before that.
const RETRY_SPEED: u32 = 100;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Returns the program that Lambda starts: `CHAOS_BOOTSTRAP`, or the build that belongs to this test.
fn program() -> PathBuf {
    match std::env::var("CHAOS_BOOTSTRAP") {
        Ok(path) => deployment::repository(&path),
        Err(_) => env!("CARGO_BIN_EXE_bootstrap").into(),
    }
}

#[test]
fn every_promise_is_kept_under_faults_redeliveries_and_kills() {
    let runs = number("CHAOS_RUNS").unwrap_or(400);
    let seed = number("CHAOS_SEED").unwrap_or(20_261_125);
    // With partial responses and without, with a Port that refuses late writes and one that makes them.
    for (n, late_writes) in (0..).zip([LateWrites::Refused, LateWrites::Untied]) {
        for partial in [true, false] {
            chaos(runs / 4, seed as u64 + 2 * n + u64::from(partial), partial, late_writes);
        }
    }
}

/// Returns a mapping of some partitions, which has read all their records.
fn mapping(topic: &Topic, partitions: impl Iterator<Item = usize>, partial: bool) -> EventSourceMapping {
    let settings = MappingSettings {
        batch_size: BATCH_SIZE,
        batching_window: Some(0),
        provisioned: Some(ProvisionedMode { partial, ..ProvisionedMode::default() }),
        retry_speed: RETRY_SPEED,
        ..MappingSettings::new(topic.name.as_str(), "chaos")
    };
    let mut mapping = EventSourceMapping::new(settings, None, MappingObserver::default());
    for partition in partitions {
        mapping.assign(i32::try_from(partition));
        for record in topic.records(partition) {
            mapping.push(&record, 0);
        }
    }
    mapping
}

fn chaos(runs: usize, seed: u64, partial: bool, late_writes: LateWrites) {
    let started = Instant::now();
    let mut random = Random::new(seed);
    let scenario = Scenario::new(runs, &mut random);
    let cluster = Cluster::new(&program(), &scenario, partial, late_writes, &mut random);
    let understudy = Mutex::new(Instance::start(&cluster));
    let pollers: Vec<Poller<'_, '_>> = (0..CONSUMERS)
        .map(|consumer| Poller {
            mapping: mapping(&scenario.topic, (consumer..PARTITIONS).step_by(CONSUMERS), partial),
            instance: Instance::start(&cluster),
            understudy: &understudy,
            random: random.fork(),
        })
        .collect();
    understudy.lock().unwrap().wait_ready();
    for poller in &pollers {
        poller.instance.wait_ready();
    }
    cluster.rotate_secret();
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
