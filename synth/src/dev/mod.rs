//! `synth dev`: Port, Kafka, Lambda's event source mapping and the real function on one machine.
//!
//! Every service reports what happens; the recorder numbers it and writes it to the journal, from which the services get their
//! state back after a restart. This thread reads the events too, prints them, follows the input files, and ends everything.

mod args;
mod banner;
mod bootstrap;
mod case;
mod earlier;
mod event;
mod files;
mod functions;
mod interrupt;
mod kafka;
mod kept;
mod lines;
mod own_code;
mod publisher;
mod recorder;
mod replay;
mod session;
mod surroundings;
mod template;

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use anyhow::{Context, anyhow};
use local::journal::{Numbered, StateError, StateFolder};

pub(crate) use self::args::Args;
use self::case::Case;
use self::event::DevEvent;
use self::interrupt::Groups;
use self::session::Session;
use crate::cli::Outcome;

/// The events that wait to be printed. A reader that is further behind reads them from the journal.
const QUEUE: usize = 10_000;

/// What the main thread waits for.
#[derive(Debug)]
enum Message {
    /// Something happened.
    Event(Box<Numbered<DevEvent>>),
    /// Cargo has ended.
    Built(own_code::Built),
    /// A signal asks for the end.
    Stop,
}

pub(crate) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    args.bootstrap.check()?;
    args.run.start.check()?;
    let (messages, received) = sync_channel(QUEUE);
    let (groups, stop) = (Groups::default(), messages.clone());
    interrupt::on(&groups, move || drop(stop.send(Message::Stop)))?;
    if !files::present(args, err)? {
        return Ok(Outcome::Refused);
    }
    if let Some(name) = &args.case.save {
        name.check_free()?;
    }
    if let Some(name) = &args.case.replay {
        let case = Case::read(name)?;
        // Nothing of it is kept.
        let folder =
            tempfile::Builder::new().prefix("synth-dev-").tempdir().context("cannot make a temporary folder")?;
        let args = args.for_case(&case, folder.path())?;
        let Some(session) = Session::start(&args, &groups, messages, err)? else { return Ok(Outcome::Refused) };
        return session.replay(&case, &received, out);
    }
    let Some(mut session) = Session::start(args, &groups, messages, err)? else { return Ok(Outcome::Refused) };
    session.announce(started.elapsed(), out)?;
    session.serve(&received, out, err)
}

/// Opens the state folder, with what a person can do if that fails.
fn open(folder: &Path) -> anyhow::Result<StateFolder> {
    StateFolder::open(folder).map_err(|error| helped(&error))
}

/// Returns an error of the state folder with what to do now.
fn helped(error: &StateError) -> anyhow::Error {
    let help = match error {
        StateError::InUse { .. } => "end that one first, or use a folder of its own with --state DIR",
        StateError::Foreign { .. } => "choose an empty folder, or one that does not exist, with --state DIR",
        StateError::Version { .. } => {
            "use the synth that wrote it, or begin anew with --fresh, which forgets its runs and entities"
        }
        StateError::Damaged { .. } => {
            "begin anew with --fresh, which forgets its runs and entities, or repair the line"
        }
        StateError::Disk { .. } => "make the folder writable, or choose a different one with --state DIR",
    };
    anyhow!("{error}\n  help: {help}")
}
