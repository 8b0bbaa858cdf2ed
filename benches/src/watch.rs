//! `synth build --watch`: how long one edit takes, as it reports itself.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::figures::Samples;

/// Watches a folder, changes one of its files this many times, and collects how long it took each time until everything
/// was written.
pub(crate) fn edits(synth: &Path, blueprints: &Path, out: &Path, repeat: usize) -> anyhow::Result<Samples<Duration>> {
    let file = first_file(blueprints)?;
    let text = fs::read_to_string(&file)?;
    let watching = Command::new(synth)
        .args(["build", "--watch", "--blueprints"])
        .args([blueprints, Path::new("--out"), out])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut watching = Killed(watching);
    let mut lines = BufReader::new(watching.0.stderr.take().context("no standard error")?).lines();
    let mut until = |word: &str| -> anyhow::Result<String> {
        for line in &mut lines {
            let line = line?;
            if line.starts_with(word) {
                return Ok(line);
            }
        }
        bail!("`synth build --watch` ended unexpectedly")
    };
    until("watching")?;
    let mut taken = Samples::default();
    for edit in 0..repeat {
        // A property's title: the blueprint changes, and so does what is published.
        fs::write(&file, text.replacen("\"title\": \"", &format!("\"title\": \"{edit} "), 1))?;
        let line = until("checked again in")?;
        let digits = line.chars().filter(char::is_ascii_digit).collect::<String>();
        taken.add(Duration::from_millis(digits.parse()?));
    }
    fs::write(&file, text)?;
    Ok(taken)
}

fn first_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.sort();
    files.into_iter().next().context("the folder is empty")
}

/// A process that is killed when its value is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
