//! `synth port plan` as a whole process, with a Port that takes some time for each call.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use local::{Credentials, FakePort};

use crate::effort::Effort;
use crate::figures::{ratio, show};
use crate::process::{Meter, Taken, rounds};
use crate::table::Table;
use crate::{Paths, catalogue};

const BLUEPRINTS: u32 = 200;
const ACTIONS_OF_EACH: usize = 2;
/// How long a call to Port takes from the same continent.
const LATENCY: Duration = Duration::from_millis(30);

/// Measures, and prints the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## synth port\n")?;
    let folder = tempfile::tempdir()?;
    catalogue::write_some(&folder.path().join("blueprints"), BLUEPRINTS, ACTIONS_OF_EACH)?;
    let mut table = Table::new(["", "calls", "ms", "of one call", "ms without latency", "CPU ms", "peak MiB", "aim"]);
    let empty = FakePort::start(Credentials::new("id", "secret"))?;
    let full = FakePort::start(Credentials::new("id", "secret"))?;
    synth(&full, folder.path(), paths, &["apply", "--yes"], &mut Taken::default())?;
    for (name, port) in [("plan, everything must be created", &empty), ("plan, nothing must change", &full)] {
        let (near, far) = rounds(effort.example, |(near, far): &mut (Taken, Taken)| {
            port.set_latency(Duration::ZERO);
            synth(port, folder.path(), paths, &["plan"], near)?;
            port.set_latency(LATENCY);
            port.clear_calls();
            synth(port, folder.path(), paths, &["plan"], far)
        })?;
        table.row([
            format!("{name}: {BLUEPRINTS} blueprints, {} actions", BLUEPRINTS as usize * ACTIONS_OF_EACH),
            port.calls().len().to_string(),
            show(far.wall.median()),
            ratio(far.wall.median(), LATENCY),
            show(near.wall.median()),
            show(far.cpu.median()),
            show(far.memory.median()),
            "3 calls, 5×".to_owned(),
        ]);
    }
    write!(out, "{table}")?;
    Ok(())
}

/// Runs `synth port …` with the fake's credentials, which are not secret.
fn synth(port: &FakePort, folder: &Path, paths: &Paths, arguments: &[&str], taken: &mut Taken) -> anyhow::Result<()> {
    let url = format!("PORT_API_URL={}", port.url());
    let synth = paths.synth.to_str().context("the path of `synth` is not valid UTF-8")?;
    let environment = ["PORT_CLIENT_ID=id", "PORT_CLIENT_SECRET=secret", "NO_PROXY=*", &url, synth, "--quiet", "port"];
    Meter::find()?.run(folder, Path::new("/usr/bin/env"), environment.iter().chain(arguments), taken)
}
