//! The access token: fetched once in its lifetime, no matter how many runs wait for it.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::Instant;

/// The client id and secret for Port's API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The public half.
    pub client_id: String,
    /// Never printed: the type prevents it.
    pub client_secret: SecretString,
}

/// A token, and when to fetch the next one.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    renew_at: Instant,
}

/// The answer of `POST /v1/auth/access_token`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenAnswer {
    access_token: SecretString,
    /// In seconds. Port returns the same token until it expires, so a new answer may be close to its end.
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

/// Returns how long a token is used: its lifetime minus a tenth, or minus five minutes if that is less.
fn keep(lifetime: Duration) -> Duration {
    lifetime.saturating_sub((lifetime / 10).min(Duration::from_mins(5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_expires() {
        for (lifetime, want) in [(10_800, 10_500), (100, 90), (0, 0)] {
            assert_eq!(keep(Duration::from_secs(lifetime)), Duration::from_secs(want));
        }
    }
}
