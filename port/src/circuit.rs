//! What keeps us from hammering a Port that is down or asks for time: after a few failures in a row, one call at a time
//! checks whether Port is back, and all others wait. A wait that Port asks for, and that no call can sit out, stops every
//! call until it is over.

use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Cause;
use crate::retry;

/// How Port has behaved lately.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    /// Calls in a row that got no answer, or only a server error.
    failures: u32,
    /// When the next call may go out, while the circuit is open.
    probe_at: Option<Instant>,
    /// Port asked for no calls before this moment.
    quiet_until: Option<Instant>,
}

/// The number of failures in a row that opens the circuit.
const OPENS_AT: u32 = 8;

impl Circuit {
    /// Returns how long a call must wait before it may go out, and why; `None` means that it may go out now. While the
    /// circuit is open, the call that may go out is the probe, and it delays the next one.
    pub(crate) fn admit(&mut self, now: Instant) -> Option<(Duration, Cause)> {
        let quiet = self.quiet_for(now);
        if !quiet.is_zero() {
            return Some((quiet, Cause::Wait));
        }
        match self.probe_at {
            Some(at) if now < at => Some((at - now, Cause::Down)),
            Some(_) => {
                self.probe_at = Some(now + self.pause());
                None
            }
            None => None,
        }
    }

    /// Returns how much is left of the wait that Port asked for.
    pub(crate) fn quiet_for(&self, now: Instant) -> Duration {
        self.quiet_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Notes that Port answered properly. A refusal is an answer, too.
    pub(crate) fn answered(&mut self) {
        self.failures = 0;
        self.probe_at = None;
    }

    /// Notes that Port asked for no calls in the next `wait`.
    pub(crate) fn quiet(&mut self, wait: Duration, now: Instant) {
        self.quiet_until = self.quiet_until.max(Some(now + wait));
    }

    /// Notes that Port could not answer.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= OPENS_AT {
            self.probe_at = Some(now + self.pause());
        }
    }

    fn pause(&self) -> Duration {
        retry::backoff(self.failures.saturating_sub(OPENS_AT) + 1, None, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probe_at_a_time_until_port_is_back() {
        let mut circuit = Circuit::default();
        let start = Instant::now();
        let down = |millis| Some((Duration::from_millis(millis), Cause::Down));
        for _ in 0..OPENS_AT - 1 {
            circuit.failed(start);
            assert_eq!(circuit.admit(start), None);
        }
        circuit.failed(start);
        assert_eq!(circuit.admit(start), down(200));
        let later = start + Duration::from_millis(200);
        assert_eq!(circuit.admit(later), None, "one call may go out");
        assert_eq!(circuit.admit(later), down(200), "all others must wait");
        circuit.failed(later);
        assert_eq!(circuit.admit(later), down(400));
        circuit.answered();
        assert_eq!(circuit.admit(later), None);
        assert_eq!(circuit.admit(later), None);
    }

    /// Neither an answer to a call that was already on its way nor a shorter wait ends the quiet.
    #[test]
    fn nothing_goes_out_before_the_time_is_over() {
        let mut circuit = Circuit::default();
        let start = Instant::now();
        circuit.quiet(Duration::from_mins(10), start);
        circuit.quiet(Duration::from_secs(5), start);
        circuit.answered();
        let late = start + Duration::from_secs(599);
        assert_eq!(circuit.admit(late), Some((Duration::from_secs(1), Cause::Wait)));
        assert_eq!(circuit.admit(start + Duration::from_mins(10)), None);
    }
}
