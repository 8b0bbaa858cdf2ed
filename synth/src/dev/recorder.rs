//! The one way of every event: stamped, numbered, written to the journal, then shown.

use std::io;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use local::journal::{Journal, Numbered};

use super::Message;
use super::event::DevEvent;

/// Writes events to the journal and passes them on. Shared by everything that reports something.
#[derive(Debug)]
pub(super) struct Recorder {
    journal: Journal,
    /// Locked while an event is written, so that the order is the same in the journal and here.
    reader: Mutex<Reader>,
}

#[derive(Debug)]
struct Reader {
    messages: SyncSender<Message>,
    /// Why an event could not be written.
    failure: Option<io::Error>,
}

impl Recorder {
    /// Passes events on to `messages`.
    pub(super) fn new(journal: Journal, messages: SyncSender<Message>) -> Self {
        Self { journal, reader: Mutex::new(Reader { messages, failure: None }) }
    }

    /// Returns the journal.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Records an event of now. Never waits: a reader that is behind finds in the journal what it did not get.
    pub(super) fn record(&self, event: DevEvent) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Timestamp::now().as_millisecond();
        match self.journal.append(at, &event) {
            // A full channel leaves a gap in the numbers, which the reader sees.
            Ok(number) => drop(reader.messages.try_send(Message::Event(Box::new(Numbered { number, at, event })))),
            Err(error) => drop(reader.failure.get_or_insert(error)),
        }
    }

    /// Returns why events cannot be written any more, if so.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }
}
