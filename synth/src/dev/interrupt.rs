//! Ctrl-C and the other signals that end a process: the first asks, the second ends everything at once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::unistd::Pid;

/// The process groups of the functions that run, which end with this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(Arc<Mutex<BTreeSet<Pid>>>);

impl Groups {
    /// Adds the group of a process, until the result is dropped; then it is ended.
    pub(super) fn add(&self, process: u32) -> Member {
        let group = Pid::from_raw(i32::try_from(process).unwrap_or_default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(group);
        Member { groups: self.clone(), group }
    }

    /// Ends all of them.
    pub(super) fn end(&self) {
        for group in std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            end(group);
        }
    }
}

/// A process group that is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Member {
    groups: Groups,
    group: Pid,
}

impl Member {
    /// Ends the process now, with those that it started. One that has just begun has no group of its own yet.
    pub(super) fn kill(&self) {
        if killpg(self.group, Signal::SIGKILL).is_err() {
            let _ = kill(self.group, Signal::SIGKILL);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.groups.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.group);
        end(self.group);
    }
}

fn end(group: Pid) {
    // The number 0 would be this process's own group. It fails if they have all ended.
    if group.as_raw() > 0 {
        let _ = killpg(group, Signal::SIGKILL);
    }
}

/// Waits for signals in a thread of its own. `asked` is called for the first one; a second one ends this process and what it
/// started. Must be called before any other thread is started: each would otherwise receive the signals too.
pub(super) fn on(groups: &Groups, asked: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    signals.thread_block().context("cannot wait for Ctrl-C")?;
    let groups = groups.clone();
    let wait = move || {
        if signals.wait().is_err() {
            return;
        }
        asked();
        let Ok(second) = signals.wait() else { return };
        groups.end();
        // As a shell reports a process that a signal ended.
        std::process::exit(128 + second as i32);
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot wait for Ctrl-C")?;
    Ok(())
}
