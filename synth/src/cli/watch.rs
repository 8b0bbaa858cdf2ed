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
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Input files, or folders of them.
    pub(crate) paths: Vec<PathBuf>,
    /// Other files that matter, if they exist.
    pub(crate) settings: Vec<PathBuf>,
}

/// The state of the watched files when they were last looked at.
#[derive(Debug)]
pub(crate) struct Changes {
    watched: Watched,
    before: Option<Stamps>,
}

impl Changes {
    /// Nothing was looked at yet, so that everything counts as changed.
    pub(crate) fn of(watched: Watched) -> Self {
        Self { watched, before: None }
    }

    /// What is there now counts as known.
    pub(crate) fn from_now(watched: Watched) -> Self {
        Self { before: Some(stamps(&watched)), watched }
    }

    /// Returns the files that changed since the last time, once they do not change any more; nothing if none did.
    pub(crate) fn since(&mut self) -> Option<Vec<PathBuf>> {
        let now = stamps(&self.watched);
        if self.before.as_ref() == Some(&now) {
            return None;
        }
        let now = settled(&self.watched, now);
        let changed = changed(self.before.as_ref(), &now);
        self.before = Some(now);
        Some(changed)
    }

    /// Returns the number of files.
    fn count(&self) -> usize {
        self.before.as_ref().map_or(0, BTreeMap::len)
    }
}

/// What shows that a file changed without reading it: its time and size.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Calls `round` now and after every change, with the input of the previous round and the current files, or the reason why
/// they cannot be found. If it fails, the error is printed and watching continues.
pub(crate) fn watch(
    watched: &Watched,
    err: &mut dyn Write,
    mut round: impl FnMut(anyhow::Result<(Read, Findings)>, &mut dyn Write) -> anyhow::Result<(Outcome, Read)>,
) -> anyhow::Result<Outcome> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).context("cannot handle Ctrl-C")?;

    let (mut read, mut changes, mut first) = (Read::default(), Changes::of(watched.clone()), true);
    let mut last = Outcome::Done;
    while !stop.load(Ordering::Relaxed) {
        let seen = Instant::now();
        let Some(files) = changes.since() else {
            if is_unread() {
                return Ok(last);
            }
            std::thread::sleep(EVERY);
            continue;
        };
        if !first {
            let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
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
        match (first, &missing) {
            (false, _) => writeln!(err, "checked again in {} ms", seen.elapsed().as_millis())?,
            (true, Some(_)) => {}
            (true, None) => writeln!(err, "watching {}; press Ctrl-C to stop", plural(changes.count(), "file"))?,
        }
        err.flush()?;
        first = false;
    }
    Ok(Outcome::Done)
}

/// Whether standard output or standard error is a pipe without a reader.
pub(crate) fn is_unread() -> bool {
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
