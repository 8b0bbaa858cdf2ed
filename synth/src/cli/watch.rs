//! `--watch`: runs a command again after every change, until Ctrl-C.
//!
//! The modification times of files are compared ten times a second. That also works on shared folders, where the system
//! reports no changes. Watching also ends when nobody reads its output any more.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use documents::Findings;
use documents::wording::plural;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use synth::files::Listing;

use super::Outcome;
use super::read::Read;

/// How often the files are checked for changes.
const EVERY: Duration = Duration::from_millis(100);
/// How long to wait for an editor that writes a file in several steps.
const SETTLE: Duration = Duration::from_millis(5);

/// The watched files.
pub(super) struct Watched {
    /// Input files, or folders of them.
    pub(super) paths: Vec<PathBuf>,
    /// Other files that matter, if they exist.
    pub(super) settings: Vec<PathBuf>,
}

/// What shows that a file changed without reading it: its time and size.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Calls `round` now and after every change, with the input of the previous round and the current files, or the reason why
/// they cannot be found. If it fails, the error is printed and watching continues.
pub(super) fn watch(
    watched: &Watched,
    err: &mut dyn Write,
    mut round: impl FnMut(anyhow::Result<(Read, Findings)>, &mut dyn Write) -> anyhow::Result<(Outcome, Read)>,
) -> anyhow::Result<Outcome> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).context("cannot handle Ctrl-C")?;

    let (mut read, mut before) = (Read::default(), None);
    let mut last = Outcome::Done;
    while !stop.load(Ordering::Relaxed) {
        let now = stamps(watched);
        if before.as_ref() == Some(&now) {
            if is_unread() {
                return Ok(last);
            }
            std::thread::sleep(EVERY);
            continue;
        }
        let seen = Instant::now();
        let (now, old) = (settled(watched, now), before.take());
        let changed = changed(old.as_ref(), &now);
        if old.is_some() {
            let names: Vec<String> = changed.iter().map(|path| path.display().to_string()).collect();
            writeln!(err, "\nchanged: {}", names.join(", "))?;
        }
        let kept = std::mem::take(&mut read);
        let input = Listing::find(&watched.paths);
        let missing: Option<PathBuf> = input.as_ref().err().map(|missing| missing.path.clone());
        match round(input.map(|input| kept.again(&input)).map_err(Into::into), err) {
            Ok((outcome, done)) => (last, read) = (outcome, done),
            Err(error) => {
                last = Outcome::Refused;
                writeln!(err, "error: {error:#}")?;
            }
        }
        if let Some(path) = &missing {
            writeln!(err, "waiting for input in `{}`; press Ctrl-C to stop", path.display())?;
        }
        match old {
            Some(_) => writeln!(err, "checked again in {} ms", seen.elapsed().as_millis())?,
            None if missing.is_some() => {}
            None => writeln!(err, "watching {}; press Ctrl-C to stop", plural(now.len(), "file"))?,
        }
        err.flush()?;
        before = Some(now);
    }
    Ok(Outcome::Done)
}

/// Whether standard output or standard error is a pipe without a reader.
fn is_unread() -> bool {
    let (out, err) = (io::stdout(), io::stderr());
    let mut streams = [out.as_fd(), err.as_fd()].map(|stream| PollFd::new(stream, PollFlags::empty()));
    // If it cannot be known, somebody may read.
    let known = poll(&mut streams, PollTimeout::ZERO).is_ok();
    known && streams.iter().filter_map(PollFd::revents).any(|found| found.contains(PollFlags::POLLERR))
}

fn stamps(watched: &Watched) -> Stamps {
    let files = Listing::find(&watched.paths).unwrap_or_default().files.into_iter().map(|file| file.path);
    let stamp = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    let settings = watched.settings.iter().filter(|path| path.exists()).cloned();
    files.chain(settings).map(|path| (path.clone(), stamp(&path))).collect()
}

/// Waits until the stamps no longer change, and returns them.
fn settled(watched: &Watched, mut now: Stamps) -> Stamps {
    loop {
        std::thread::sleep(SETTLE);
        let again = stamps(watched);
        if again == now {
            return now;
        }
        now = again;
    }
}

/// Returns the files that are new, changed or gone.
fn changed(old: Option<&Stamps>, now: &Stamps) -> Vec<PathBuf> {
    let none = Stamps::new();
    let old = old.unwrap_or(&none);
    let other = now.iter().filter(|(path, stamp)| old.get(*path) != Some(*stamp)).map(|(path, _)| path);
    let gone = old.keys().filter(|path| !now.contains_key(*path));
    other.chain(gone).cloned().collect()
}
