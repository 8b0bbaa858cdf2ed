//! A team's own code: the crate in `runner/` is built again when it changes, beside everything that runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::SystemTime;

use anyhow::Context;
use synth::cargo::Crate;

use super::Message;

/// The folder that cargo writes to.
const TARGET: &str = "target";

/// The crate of the function.
#[derive(Debug)]
pub(super) struct OwnCode {
    sources: Crate,
    seen: Stamp,
    /// Whether cargo runs. What changes meanwhile is built afterwards.
    building: bool,
    messages: SyncSender<Message>,
}

/// What cargo made of the crate.
#[derive(Debug)]
pub(super) struct Built {
    /// The program, or why there is none.
    pub(super) program: Result<PathBuf, String>,
    /// What cargo printed.
    pub(super) printed: String,
}

/// What shows that something in a folder changed: the newest time, the number of files and of bytes.
type Stamp = (Option<SystemTime>, u64, u64);

impl OwnCode {
    /// Builds the crate for the first time, which this waits for.
    pub(super) fn build(
        sources: Crate,
        messages: SyncSender<Message>,
        err: &mut dyn std::io::Write,
    ) -> anyhow::Result<(Self, PathBuf)> {
        let seen = stamp(&sources.folder);
        let program = sources.build(err)?.map_err(|fault| anyhow::anyhow!("{}", fault.message))?;
        Ok((Self { sources, seen, building: false, messages }, program))
    }

    /// Builds the crate in a thread of its own if it has changed. The result is a message.
    pub(super) fn follow(&mut self) -> anyhow::Result<bool> {
        let now = stamp(&self.sources.folder);
        if self.building || now == self.seen {
            return Ok(false);
        }
        (self.seen, self.building) = (now, true);
        let (sources, messages) = (self.sources.clone(), self.messages.clone());
        let build = move || {
            let mut printed = Vec::new();
            let program = match sources.build(&mut printed) {
                Ok(built) => built.map_err(|fault| fault.message),
                Err(error) => Err(error.to_string()),
            };
            let printed = String::from_utf8_lossy(&printed).into_owned();
            let _ = messages.send(Message::Built(Built { program, printed }));
        };
        thread::Builder::new().name("cargo".to_owned()).spawn(build).context("cannot start a thread")?;
        Ok(true)
    }

    /// Notes that cargo has ended.
    pub(super) fn built(&mut self) {
        self.building = false;
    }
}

fn stamp(folder: &Path) -> Stamp {
    let mut stamp = (None, 0, 0);
    add(folder, &mut stamp);
    stamp
}

fn add(folder: &Path, stamp: &mut Stamp) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Ok(metadata) = entry.metadata() else { continue };
        if name == TARGET || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if metadata.is_dir() {
            add(&entry.path(), stamp);
            continue;
        }
        stamp.0 = stamp.0.max(metadata.modified().ok());
        stamp.1 += 1;
        stamp.2 += metadata.len();
    }
}
