//! Single messages: the function compared with one on the same runtime that only returns its event.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Paths;
use crate::effort::Effort;
use crate::figures::{Kib, Samples, digits, ratio, show};
use crate::function::{self, MeasuredFunction};
use crate::package;
use crate::table::Table;
use crate::wire::Connection;

/// The measurements of one function.
#[derive(Debug, Default)]
struct Taken {
    init: Samples<Duration>,
    first: Samples<Duration>,
    warm: Samples<Duration>,
    memory: Samples<Kib>,
    calls: u32,
    messages: u32,
}

/// Measures, and prints the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## One message at a time, Port at 0 ms\n")?;
    let bootstrap = paths.bootstrap();
    let (mut ours, mut echo, mut alone) = (Taken::default(), Taken::default(), Samples::default());
    for _ in 0..effort.starts {
        one(paths, &bootstrap, effort.messages, true, &mut ours)?;
        one(paths, &paths.echo, effort.messages, false, &mut echo)?;
        calls_alone(effort.messages, &mut alone)?;
    }
    let sizes = (package::size(&[&bootstrap, &paths.plan()])?, package::size(&[&paths.echo])?);

    let mut table = Table::new(["what", "function", "echo", "ratio", "aim"]);
    let mut row = |what: &str, ours: String, echo: String, ratio: String, aim: &str| {
        table.row([what.to_owned(), ours, echo, ratio, aim.to_owned()]);
    };
    for (what, ours, echo, aim) in [
        ("init ms (start to first `next`, secret read)", &ours.init, &echo.init, "2.5×"),
        ("first message ms (token, new connection)", &ours.first, &echo.first, ""),
        ("warm message ms (median)", &ours.warm, &echo.warm, "0.7 ms"),
    ] {
        let (ours, echo) = (ours.median(), echo.median());
        row(what, show(ours), show(echo), ratio(ours, echo), aim);
    }
    let calls = f64::from(ours.calls) / f64::from(ours.messages.max(1));
    row("calls for a warm message", digits(calls), "0".to_owned(), String::new(), "2");
    let (memory, echo_memory) = (ours.memory.median(), echo.memory.median());
    row("peak memory MiB", show(memory), show(echo_memory), ratio(memory, echo_memory), "8 MB");
    row("package MiB, zipped", show(sizes.0), show(sizes.1), ratio(sizes.0, sizes.1), "2.5 MB");
    write!(out, "{table}")?;
    writeln!(
        out,
        "\nThe two calls of a message alone take {} ms with a minimal blocking client over one open connection:\n\
         that part of a warm message is loopback and the fake Port.",
        show(alone.median())
    )?;
    Ok(())
}

/// Measures one start of a function with its messages.
fn one(paths: &Paths, binary: &Path, messages: u32, writes: bool, taken: &mut Taken) -> anyhow::Result<()> {
    let mut function = MeasuredFunction::start(paths, binary)?;
    taken.init.add(function.init);
    for number in 0..=messages {
        let batch = function.batch(1);
        let time = function.deliver(&batch)?;
        if writes {
            function.verify(&batch)?;
        }
        if number == 0 {
            taken.first.add(time);
        } else {
            taken.warm.add(time);
            taken.calls += u32::try_from(function.deployment.port.calls().len()).unwrap_or(u32::MAX);
            taken.messages += 1;
        }
    }
    taken.memory.add(function.peak_memory());
    Ok(())
}

/// Measures the two calls of a warm message without a function.
fn calls_alone(messages: u32, alone: &mut Samples<Duration>) -> anyhow::Result<()> {
    let port = function::port()?;
    let mut connection = Connection::open(&function::host(&port))?;
    let token = connection.token()?;
    for number in 0..messages {
        let run = format!("r_alone{number}");
        port.add_run(&run, "vm_create_vm", Some("vm"), None);
        let started = Instant::now();
        connection.create_entity(&token, &run)?;
        connection.close_run(&token, &run)?;
        alone.add(started.elapsed());
    }
    Ok(())
}
