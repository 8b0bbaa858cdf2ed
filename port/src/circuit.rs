//! A circuit that stops hammering a Port that is down: after a few failures in a row only one call at a time goes out
//! to see whether it is back, and the others wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::retry;

/// What has been seen of Port lately.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    /// Calls in a row that found nobody, or somebody who could not answer.
    failures: u32,
    /// While the circuit is open: when the next call may go out.
    probe_at: Option<Instant>,
}

/// Failures in a row that open the circuit.
const OPENS_AT: u32 = 8;

impl Circuit {
    /// How long a call must wait before it may go out; zero: now. The call that is told so while the circuit is open
    /// is the probe, and pushes back the next one.
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

    /// Port answered like itself: also a refusal is an answer.
    pub(crate) fn answered(&mut self) {
        *self = Self::default();
    }

    /// Port could not answer.
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
        assert_eq!(circuit.admit(later), Duration::ZERO, "the probe");
        assert_eq!(circuit.admit(later), Duration::from_millis(200), "everyone else");
        circuit.failed(later);
        assert_eq!(circuit.admit(later), Duration::from_millis(400));
        circuit.answered();
        assert_eq!(circuit.admit(later), Duration::ZERO);
        assert_eq!(circuit.admit(later), Duration::ZERO);
    }
}
