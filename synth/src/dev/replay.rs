//! A case that is carried out again.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use documents::wording::plural;

use super::Message;
use super::case::Case;
use super::session::{EVERY, Session};
use crate::cli::Outcome;

impl Session<'_> {
    /// Carries out a case, run after run, and compares what it leads to.
    pub(super) fn replay(
        mut self,
        case: &Case,
        received: &Receiver<Message>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Outcome> {
        for entity in &case.before {
            self.deployment.port.add_entity(entity["blueprint"].as_str().unwrap_or_default(), entity.clone());
        }
        let mut quiet = std::io::sink();
        let until = Instant::now() + Duration::from_secs(self.args.run.timeout);
        let mut stopped = false;
        for (at, run) in case.runs.iter().enumerate() {
            let port = &self.deployment.port;
            let begun = port.start_run_as(&run.user, &run.action, run.inputs.clone(), run.entity.as_deref());
            begun.map_err(|why| anyhow!("the local Port does not start run {} of the case: {why}", at + 1))?;
            while !stopped && !self.notes.is_settled(at + 1) && Instant::now() < until {
                match received.recv_timeout(EVERY) {
                    Ok(Message::Event(entry)) => self.show_up_to(&entry, &mut quiet)?,
                    Ok(Message::Built(_)) => {}
                    Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => stopped = true,
                    Err(RecvTimeoutError::Timeout) => self.failed()?,
                }
            }
        }
        self.end(received, &mut quiet)?;
        let difference = case.compare(&self.notes.state(self.deployment.port.entities()));
        let Some(difference) = difference.filter(|_| !stopped) else {
            if !stopped {
                writeln!(out, "{} led to what the case says", plural(case.runs.len(), "run"))?;
            }
            return Ok(if stopped { Outcome::Refused } else { Outcome::Done });
        };
        out.write_all(difference.as_bytes())?;
        Ok(Outcome::Refused)
    }
}
