//! What goes wrong at the broker on purpose: a kind of request, an effect, and how often.

use std::time::Duration;

use kafka_protocol::messages::ApiKey;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KafkaEffect {
    /// It is carried out after this delay.
    Delay(Duration),
    /// It is answered with this code and not carried out; 16 is `NOT_COORDINATOR`. Kinds of requests that have no place
    /// for a code are carried out.
    Code(i16),
    /// The connection is closed instead of an answer.
    Disconnect {
        /// Whether the request is carried out first.
        applied: bool,
    },
}

/// An effect and the requests that it hits: by default, the next one of its kind.
#[derive(Debug, Clone)]
pub struct KafkaFault {
    api: ApiKey,
    effect: KafkaEffect,
    left: Option<u64>,
}

impl KafkaFault {
    /// Creates a fault that hits the next request of a kind.
    #[must_use]
    pub fn new(api: ApiKey, effect: KafkaEffect) -> Self {
        Self { api, effect, left: Some(1) }
    }

    /// Makes it hit this many requests.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.left = Some(times);
        self
    }

    /// Makes it hit every request of its kind until it is cleared.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// Returns the effect on a request, and counts it.
    pub(super) fn strike(&mut self, api: ApiKey) -> Option<KafkaEffect> {
        if self.api != api || self.left == Some(0) {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(self.effect)
    }

    /// Returns whether it can still hit something.
    pub(super) fn is_armed(&self) -> bool {
        self.left != Some(0)
    }
}
