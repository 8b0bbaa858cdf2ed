//! The access token: one for its lifetime, however many runs wait for it.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::Instant;

/// Client id and secret of Port's API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Public half.
    pub client_id: String,
    /// Never printed: the type refuses.
    pub client_secret: SecretString,
}

/// A token and when to ask for the next.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    renew_at: Instant,
}

/// Answer of `POST /v1/auth/access_token`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenAnswer {
    access_token: SecretString,
    /// Seconds. Port hands out the same token until it expires, so a fresh answer may be near its end.
    #[serde(default)]
    expires_in: u64,
}

impl Token {
    pub(crate) fn new(answer: TokenAnswer, now: Instant) -> Self {
        Self { value: answer.access_token, renew_at: now + keep(Duration::from_secs(answer.expires_in)) }
    }

    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        now < self.renew_at
    }
}

/// How long a token is used: its lifetime less a tenth, five minutes at most.
fn keep(lifetime: Duration) -> Duration {
    lifetime.saturating_sub((lifetime / 10).min(Duration::from_mins(5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_lapses() {
        for (lifetime, want) in [(10_800, 10_500), (100, 90), (0, 0)] {
            assert_eq!(keep(Duration::from_secs(lifetime)), Duration::from_secs(want));
        }
    }
}
