//! Faults: what goes wrong, for which calls, and when. The same script goes wrong in the same way every time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::random::Random;
use crate::server::Request;

/// What happens instead of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// This answer is sent; the call is not carried out.
    Status {
        /// The status code.
        code: u16,
        /// Headers in addition to Port's own.
        headers: Vec<(String, String)>,
        /// The JSON body.
        body: Value,
    },
    /// The call is carried out and answered after this delay.
    Delay(Duration),
    /// The TCP connection is reset without an answer.
    Reset {
        /// Whether the call is carried out first.
        applied: bool,
    },
    /// The call is carried out, but its answer breaks off in the middle of the body.
    HalfBody,
    /// The answer is 200 with content type JSON, but its body is not JSON.
    Garbage {
        /// Whether the call is carried out first.
        applied: bool,
    },
    /// An HTML page, as a proxy in between would answer; the call is not carried out.
    WrongType {
        /// The status code.
        code: u16,
        /// The page.
        body: String,
    },
    /// The current token expires just before the call, which is then handled like any other: it is refused until the
    /// client fetches a new token.
    TokenLapse,
    /// No answer at all, as long as the client waits; the call is not carried out.
    Hang,
}

/// An effect and the calls that it hits: by default, the next one.
#[derive(Debug, Clone)]
pub struct Fault {
    effect: Effect,
    method: Option<String>,
    path: Option<String>,
    spared: u64,
    left: Option<u64>,
    chance: Option<(f64, Random)>,
}

impl Fault {
    /// Creates a fault that hits the next call.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self { effect, method: None, path: None, spared: 0, left: Some(1), chance: None }
    }

    /// Creates a fault with a status and a body like Port's.
    #[must_use]
    pub fn status(code: u16) -> Self {
        let body = json!({"ok": false, "error": "scripted", "message": format!("a scripted answer {code}")});
        Self::new(Effect::Status { code, headers: Vec::new(), body })
    }

    /// Creates a fault with a page like a proxy's.
    #[must_use]
    pub fn page(code: u16) -> Self {
        Self::new(Effect::WrongType { code, body: format!("<html><body><h1>{code}</h1></body></html>") })
    }

    /// Creates a fault with a status and a body like Port's, and the number of seconds to wait.
    #[must_use]
    pub fn retry_after(code: u16, seconds: u64) -> Self {
        let headers = vec![("Retry-After".to_owned(), seconds.to_string())];
        let body = json!({"ok": false, "error": "scripted", "message": "wait"});
        Self::new(Effect::Status { code, headers, body })
    }

    /// Creates a fault with 429 and the header in which Port says in how many seconds its limit is reset.
    #[must_use]
    pub fn rate_limit(seconds: u64) -> Self {
        let header = |name: &str, value: u64| (name.to_owned(), value.to_string());
        let headers = vec![header("x-ratelimit-remaining", 0), header("x-ratelimit-reset", seconds)];
        let body = json!({"ok": false, "error": "scripted", "message": "wait"});
        Self::new(Effect::Status { code: 429, headers, body })
    }

    /// Creates a fault with JSON that is not Port's, as a gateway in between would answer.
    #[must_use]
    pub fn gateway(code: u16) -> Self {
        Self::new(Effect::Status { code, headers: Vec::new(), body: json!({"message": "Forbidden"}) })
    }

    /// Hits only calls with this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Hits only paths that contain this text, as sent.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// Hits this many matching calls instead of one.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.left = Some(count);
        self
    }

    /// Hits every matching call.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    /// Skips this many matching calls first. Calls that an earlier fault hit do not count.
    #[must_use]
    pub fn after(mut self, count: u64) -> Self {
        self.spared = count;
        self
    }

    /// Hits matching calls with this probability, without end unless [`Fault::times`] is set.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, Random::new(seed)));
        self.always()
    }

    fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|part| request.path.contains(part.as_str()))
    }

    /// Counts one matching call and returns whether it is hit.
    fn strikes(&mut self) -> bool {
        if self.left == Some(0) {
            return false;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return false;
        }
        if self.chance.as_mut().is_some_and(|(probability, random)| !random.chance(*probability)) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

/// The queue of faults.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault at the end.
    pub(super) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Removes all faults.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns what happens to a call, if anything.
    pub(super) fn draw(&mut self, request: &Request) -> Option<Effect> {
        let fault = self.0.iter_mut().filter(|fault| fault.matches(request)).find_map(|fault| {
            let struck = fault.strikes();
            struck.then(|| fault.effect.clone())
        });
        self.0.retain(|fault| fault.left != Some(0));
        fault
    }
}
