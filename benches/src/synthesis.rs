//! `synth build` as a whole process, compared with a program that only reads the same files.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::effort::Effort;
use crate::figures::{Amount, Samples, proportion, ratio, show};
use crate::process::{self, Meter, Taken};
use crate::table::Table;
use crate::{Paths, catalogue, watch};

/// Targets for the whole process, by the number of actions; 0 is the example.
const AIMS: [(u32, &str); 3] = [(0, "10 ms"), (1_000, "50 ms"), (10_000, "500 ms, 200 MiB")];

/// One input and its measurements.
#[derive(Debug, Default)]
struct Case {
    actions: u32,
    bare: Taken,
    /// Into an empty folder.
    cold: Taken,
    /// Without changes.
    warm: Taken,
    check: Taken,
    /// After a change to one file, with `--watch`.
    edit: Samples<Duration>,
}

/// Measures, and prints the table.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## synth build\n")?;
    let meter = Meter::find()?;
    let folder = tempfile::tempdir()?;
    let mut table = Table::new([
        "input",
        "KiB",
        "cold ms",
        "warm ms",
        "--check ms",
        "edit ms",
        "CPU ms",
        "peak MiB",
        "bare ms",
        "bare MiB",
        "time",
        "memory",
        "growth",
        "aim",
    ]);
    let example = rounds(&meter, paths, &folder.path().join("example"), &paths.blueprints, 0, effort.example)?;
    table.row(row("example", size(&paths.blueprints)?, &example, None));
    let mut first = None;
    for &(actions, repeat) in effort.catalogues {
        let input = folder.path().join(actions.to_string());
        let (files, bytes) = catalogue::write(&input.join("blueprints"), actions)?;
        let case = rounds(&meter, paths, &input, &input.join("blueprints"), actions, repeat)?;
        let words = format!("{actions} actions, {files} files");
        table.row(row(&words, bytes, &case, Some(first.as_ref().unwrap_or(&case))));
        first.get_or_insert(case);
    }
    write!(out, "{table}")?;
    writeln!(
        out,
        "\ncold: into an empty folder. warm: nothing changed. edit: one file changed under\n\
         --watch, target 50 ms. CPU, peak, time and memory: of the cold build, the last two\n\
         in proportion to `bare`, which only reads the files. growth: cold time per action, compared with the first catalogue."
    )?;
    Ok(())
}

fn rounds(
    meter: &Meter,
    paths: &Paths,
    folder: &Path,
    blueprints: &Path,
    actions: u32,
    repeat: usize,
) -> anyhow::Result<Case> {
    fs::create_dir_all(folder)?;
    let out = folder.join("out");
    let arguments = |more: Option<&'static str>| {
        let fixed: [PathBuf; 5] =
            ["build".into(), "--blueprints".into(), blueprints.into(), "--out".into(), out.clone()];
        fixed.into_iter().chain(more.map(PathBuf::from))
    };
    let mut case = process::rounds(repeat, |case: &mut Case| {
        match fs::remove_dir_all(&out) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        meter.run(folder, &paths.bare, [blueprints], &mut case.bare)?;
        meter.run(folder, &paths.synth, arguments(None), &mut case.cold)?;
        meter.run(folder, &paths.synth, arguments(None), &mut case.warm)?;
        meter.run(folder, &paths.synth, arguments(Some("--check")), &mut case.check)
    })?;
    case.actions = actions;
    if actions > 0 {
        // The example is under version control and must not be edited.
        case.edit = watch::edits(&paths.synth, blueprints, &out, repeat)?;
    }
    Ok(case)
}

fn row(words: &str, bytes: u64, case: &Case, first: Option<&Case>) -> [String; 14] {
    let (cold, bare) = (&case.cold, &case.bare);
    let growth = first.map_or_else(String::new, |first| {
        proportion(each(cold.wall.median(), case.actions), each(first.cold.wall.median(), first.actions))
    });
    let aim = AIMS.iter().find(|(actions, _)| *actions == case.actions).map_or("", |(_, aim)| aim);
    [
        words.to_owned(),
        bytes.div_ceil(1024).to_string(),
        show(cold.wall.median()),
        show(case.warm.wall.median()),
        show(case.check.wall.median()),
        if case.actions > 0 { show(case.edit.median()) } else { "–".to_owned() },
        show(cold.cpu.median()),
        show(cold.memory.median()),
        show(bare.wall.median()),
        show(bare.memory.median()),
        ratio(cold.wall.median(), bare.wall.median()),
        ratio(cold.memory.median(), bare.memory.median()),
        growth,
        aim.to_owned(),
    ]
}

fn each(time: Duration, actions: u32) -> f64 {
    time.amount() / f64::from(actions)
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
