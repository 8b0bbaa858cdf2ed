//! A circuit breaker that keeps us from hammering a Port that is down: after a few failures in a row, one call at a
//! time checks whether Port is back, and all others wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::retry;

/// How Port has behaved lately.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    /// Calls in a row that got no answer, or only a server error.
    failures: u32,
    /// When the next call may go out, while the circuit is open.
    probe_at: Option<Instant>,
}

/// The number of failures in a row that opens the circuit.
const OPENS_AT: u32 = 8;

impl Circuit {
    /// Returns how long a call must wait before it may go out; zero means now. While the circuit is open, the call that
    /// may go out is the probe, and it delays the next one.
    pub(crate) fn admit(&mut self, now: Instant) -> Duration {
        match self.probe_at {
            Some(at) if now < at => at - now,
            Some(_) => {
                self.probe_at = Some(now + self.pause());
                Duration::ZERO
            }
            None => Duration::ZERO,
        }
    }

    /// Notes that Port answered properly. A refusal is an answer, too.
    pub(crate) fn answered(&mut self) {
        *self = Self::default();
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
        for _ in 0..OPENS_AT - 1 {
            circuit.failed(start);
            assert_eq!(circuit.admit(start), Duration::ZERO);
        }
        circuit.failed(start);
        assert_eq!(circuit.admit(start), Duration::from_millis(200));
        let later = start + Duration::from_millis(200);
        assert_eq!(circuit.admit(later), Duration::ZERO, "one call may go out");
        assert_eq!(circuit.admit(later), Duration::from_millis(200), "all others must wait");
        circuit.failed(later);
        assert_eq!(circuit.admit(later), Duration::from_millis(400));
        circuit.answered();
        assert_eq!(circuit.admit(later), Duration::ZERO);
        assert_eq!(circuit.admit(later), Duration::ZERO);
    }
}
