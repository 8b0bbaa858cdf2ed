//! What is cleaned up when the process is interrupted.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::Pid;

use super::folder::Folder;

/// How often the removal of a folder is tried.
const TRIES: usize = 100;

/// Waits for Ctrl-C, and for the signals that end a process, in a thread of its own.
#[derive(Clone, Debug)]
pub(super) struct Guard(Arc<Mutex<Leftovers>>);

#[derive(Debug, Default)]
struct Leftovers {
    folder: Option<PathBuf>,
    group: Option<Pid>,
}

impl Guard {
    /// Starts to wait. Must be called before any other thread is started: each would otherwise receive the signals too.
    pub(super) fn on() -> anyhow::Result<Self> {
        let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT].into_iter().collect();
        signals.thread_block().context("cannot wait for Ctrl-C")?;
        let guard = Self(Arc::default());
        let leftovers = Arc::clone(&guard.0);
        std::thread::Builder::new()
            .spawn(move || {
                let Ok(signal) = signals.wait() else { return };
                // Locked to the end, so that no more is left and nothing is said about what is removed.
                let mut leftovers = leftovers.lock().unwrap_or_else(PoisonError::into_inner);
                leftovers.clean_up();
                // As a shell reports a process that a signal ended.
                std::process::exit(128 + signal as i32);
            })
            .context("cannot wait for Ctrl-C")?;
        Ok(guard)
    }

    /// Makes the folder of a trial, which is removed if the process is interrupted, too.
    pub(super) fn folder(&self) -> anyhow::Result<Folder> {
        let mut leftovers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Folder::new()?;
        leftovers.folder = Some(folder.path().to_owned());
        Ok(folder)
    }

    /// Passes on what came of the work. Never returns if the process is interrupted, which may be why it failed.
    pub(super) fn settled<T>(&self, outcome: T) -> T {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner));
        outcome
    }

    /// Ends this process and those that it starts if the process is interrupted, and when the result is dropped.
    pub(super) fn end(&self, process: u32) -> Ending {
        let group = i32::try_from(process).ok().map(Pid::from_raw);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).group = group;
        Ending(self.clone())
    }
}

impl Leftovers {
    fn clean_up(&mut self) {
        if let Some(group) = self.group.take() {
            // It fails if they have all ended.
            let _ = killpg(group, Signal::SIGKILL);
        }
        // Another thread may write to it meanwhile.
        for folder in self.folder.take().iter().cycle().take(TRIES) {
            if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
                break;
            }
        }
    }
}

/// Ends a process and those that it started when it is dropped.
#[derive(Debug)]
pub(super) struct Ending(Guard);

impl Drop for Ending {
    fn drop(&mut self) {
        let group = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).group.take();
        if let Some(group) = group {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}
