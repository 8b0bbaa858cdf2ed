//! `synth check` over a folder of documents, each on its own, as a whole process.

use std::io::Write;

use crate::Paths;
use crate::effort::Effort;
use crate::figures::{ratio, show};
use crate::process::{Meter, Taken};
use crate::table::Table;

/// Measures, and writes the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## synth check\n")?;
    let Some(documents) = &paths.documents else {
        writeln!(out, "not measured: say where documents are, with CORPUS_DIR=…")?;
        return Ok(());
    };
    let meter = Meter::find()?;
    let (mut bare, mut check) = (Taken::default(), Taken::default());
    for round in 0..=effort.example {
        let mut unused = (Taken::default(), Taken::default());
        // The first round fills the caches of the disk and is not counted.
        let (bare, check) = if round == 0 { (&mut unused.0, &mut unused.1) } else { (&mut bare, &mut check) };
        meter.run(documents, &paths.bare, ["."], bare)?;
        // Documents may be refused.
        meter.run_to(1, documents, &paths.synth, ["check", "--table", "."], check)?;
    }
    let mut table = Table::new(["", "ms", "CPU ms", "peak MiB", "bare ms", "time", "aim"]);
    table.row([
        "all of CORPUS_DIR".to_owned(),
        show(check.wall.median()),
        show(check.cpu.median()),
        show(check.memory.median()),
        show(bare.wall.median()),
        ratio(check.wall.median(), bare.wall.median()),
        "100 ms".to_owned(),
    ]);
    write!(out, "{table}")?;
    Ok(())
}
