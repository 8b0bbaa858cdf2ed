//! Batches of runs, compared with the tutorial's approach.

use std::io::Write;
use std::time::{Duration, Instant};

use local::FakePort;

use crate::effort::Effort;
use crate::figures::{Kib, Samples, digits, proportion, ratio, show};
use crate::function::{self, MeasuredFunction};
use crate::table::Table;
use crate::{Paths, tutorial};

/// How long Port takes for a call.
const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(30)];

/// Calls per run in the tutorial's approach: token, entity, token, status.
const TUTORIAL_CALLS: u32 = 4;

/// Targets, by runs and milliseconds.
const AIMS: [((u32, u128), &str); 1] = [((100, 30), "500 ms, 20×")];

/// The measurements of one approach.
#[derive(Debug, Default)]
struct Taken {
    wall: Samples<Duration>,
    calls: Samples<usize>,
    /// Connections opened by the end of the first batch.
    connections: Option<u64>,
    memory: Kib,
}

/// Measures, and prints the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## Batches\n")?;
    let mut table = Table::new([
        "runs",
        "Port ms",
        "batch ms",
        "ms/run",
        "calls/run",
        "connections",
        "peak MiB",
        "tutorial ms",
        "ms/run",
        "calls/run",
        "connections",
        "tutorial ÷ ours",
        "aim",
    ]);
    for latency in LATENCIES {
        for &(runs, repeat) in effort.batches {
            let (ours, theirs) = rounds(paths, latency, runs, repeat, effort.patience)?;
            table.row(row(runs, latency, &ours, theirs.as_ref()));
        }
    }
    write!(out, "{table}")?;
    writeln!(
        out,
        "\nOurs: a warm function after one message; its connections are all that it opened by the\n\
         end of the first batch.\n\
         The tutorial's approach (one run after another; a token and a new connection for each call) without Python and TLS;\n\
         left out (–) if one round would take more than {} s.",
        effort.patience.as_secs()
    )?;
    Ok(())
}

/// Measures batches of one size, alternating with the tutorial's approach.
fn rounds(
    paths: &Paths,
    latency: Duration,
    runs: u32,
    repeat: usize,
    patience: Duration,
) -> anyhow::Result<(Taken, Option<Taken>)> {
    let mut function = MeasuredFunction::start(paths, &paths.bootstrap())?;
    let warm = function.batch(1);
    function.deliver(&warm)?;
    function.deployment.port.set_latency(latency);
    let mut ours = Taken::default();

    let mut theirs = (latency * TUTORIAL_CALLS * runs <= patience).then(Taken::default);
    let their_port = function::port()?;
    their_port.set_latency(latency);
    for round in 0..repeat {
        let batch = function.batch(runs);
        ours.wall.add(function.deliver(&batch)?);
        ours.count(&function.deployment.port);
        function.verify(&batch)?;
        if let Some(theirs) = &mut theirs {
            tutorial_round(&their_port, round, runs, theirs)?;
        }
    }
    ours.memory = function.peak_memory();
    Ok((ours, theirs))
}

fn tutorial_round(port: &FakePort, round: usize, runs: u32, taken: &mut Taken) -> anyhow::Result<()> {
    let ids: Vec<String> = (0..runs).map(|run| format!("r_tutorial{round}x{run}")).collect();
    for id in &ids {
        port.add_run(id, "vm_create_vm", Some("vm"), None);
    }
    port.clear_calls();
    let host = function::host(port);
    let started = Instant::now();
    tutorial::carry_out(&host, &ids)?;
    taken.wall.add(started.elapsed());
    taken.count(port);
    function::succeeded(port, &ids)
}

impl Taken {
    /// Counts the calls of a batch.
    fn count(&mut self, port: &FakePort) {
        let calls = port.calls();
        self.calls.add(calls.len());
        self.connections.get_or_insert_with(|| function::connections(&calls));
    }

    /// Returns wall time of a batch and of a run, calls per run, and connections.
    fn cells(&self, runs: u32) -> [String; 4] {
        let calls = u32::try_from(self.calls.median()).unwrap_or(u32::MAX);
        [
            show(self.wall.median()),
            show(self.wall.median() / runs),
            digits(f64::from(calls) / f64::from(runs)),
            self.connections.unwrap_or_default().to_string(),
        ]
    }
}

fn row(runs: u32, latency: Duration, ours: &Taken, theirs: Option<&Taken>) -> [String; 13] {
    let nothing = || ["–"; 4].map(str::to_owned);
    let [batch, run, calls, connections] = ours.cells(runs);
    let [their_batch, their_run, their_calls, their_connections] =
        theirs.map_or_else(nothing, |theirs| theirs.cells(runs));
    let times = theirs.map_or_else(|| proportion(0.0, 0.0), |theirs| ratio(theirs.wall.median(), ours.wall.median()));
    let aim = AIMS.iter().find(|(case, _)| *case == (runs, latency.as_millis())).map_or("", |(_, aim)| aim);
    [
        runs.to_string(),
        latency.as_millis().to_string(),
        batch,
        run,
        calls,
        connections,
        show(ours.memory),
        their_batch,
        their_run,
        their_calls,
        their_connections,
        times,
        aim.to_owned(),
    ]
}
