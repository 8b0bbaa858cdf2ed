//! `synth check` for a folder of separate documents, as a whole process.

use std::io::Write;

use crate::Paths;
use crate::effort::Effort;
use crate::figures::{ratio, show};
use crate::process::{Meter, Taken, rounds};
use crate::table::Table;

/// Measures, and prints the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## synth check\n")?;
    let Some(documents) = &paths.documents else {
        writeln!(out, "not measured: set CORPUS_DIR to a folder of documents")?;
        return Ok(());
    };
    let meter = Meter::find()?;
    let (bare, check) = rounds(effort.example, |(bare, check): &mut (Taken, Taken)| {
        meter.run(documents, &paths.bare, ["."], bare)?;
        // Documents may be refused.
        meter.run_to(1, documents, &paths.synth, ["check", "--table", "."], check)
    })?;
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
