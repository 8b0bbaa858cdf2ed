//! Credentials, and the access token that they are exchanged for: it stays the same for its lifetime, no matter how
//! often it is requested.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, text};
use crate::random::Random;

/// The credentials of a client of Port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The public half.
    pub client_id: String,
    /// The secret half.
    pub client_secret: String,
}

impl Credentials {
    /// Creates credentials from the two halves.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }
}

/// The token for the only credentials.
#[derive(Debug)]
pub(super) struct Tokens {
    current: Option<Token>,
    issued: u64,
    lifetime: Duration,
    /// What answers say about the lifetime instead of the truth; null leaves it out.
    announced: Option<Value>,
}

#[derive(Debug)]
struct Token {
    text: String,
    ends: Instant,
}

impl Tokens {
    /// Starts without a token.
    pub(super) fn new() -> Self {
        Self { current: None, issued: 0, lifetime: Duration::from_hours(3), announced: None }
    }

    /// Sets the lifetime of future tokens.
    pub(super) fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    /// Sets what answers say about the lifetime instead of the truth; null leaves it out.
    pub(super) fn announce(&mut self, expires_in: Value) {
        self.announced = Some(expires_in);
    }

    /// Returns every token that was issued.
    pub(super) fn issued(&self) -> Vec<String> {
        (1..=self.issued).map(text_of).collect()
    }

    /// Ends the current token.
    pub(super) fn expire(&mut self) {
        self.current = None;
    }

    /// Returns whether an `Authorization` header contains the current token.
    pub(super) fn admits(&self, authorization: Option<&str>) -> bool {
        let shown = authorization.and_then(|header| header.strip_prefix("Bearer "));
        let current = self.current.as_ref().filter(|token| Instant::now() < token.ends);
        shown.is_some_and(|shown| current.is_some_and(|token| token.text == shown))
    }

    /// Answers `POST /v1/auth/access_token`.
    pub(super) fn issue(&mut self, body: &Object, credentials: &Credentials) -> Result<ApiAnswer, Refusal> {
        let (Some(id), Some(secret)) = (text(body, "clientId")?, text(body, "clientSecret")?) else {
            return Err(Refusal::invalid("body must have required properties clientId and clientSecret"));
        };
        if (id, secret) != (credentials.client_id.as_str(), credentials.client_secret.as_str()) {
            return Err(Refusal::unauthorized("the credentials are not valid"));
        }
        let now = Instant::now();
        let token = match self.current.take().filter(|token| now < token.ends) {
            Some(token) => token,
            None => self.mint(now),
        };
        // Rounded up, so that a token requested once lasts for its whole lifetime.
        let left = (token.ends - now).as_millis().div_ceil(1000);
        let left = u64::try_from(left).unwrap_or(u64::MAX);
        let mut answer = json!({"ok": true, "accessToken": token.text, "tokenType": "Bearer"});
        match &self.announced {
            None => answer["expiresIn"] = left.into(),
            Some(Value::Null) => {}
            Some(announced) => answer["expiresIn"] = announced.clone(),
        }
        self.current = Some(token);
        Ok(ApiAnswer::ok(answer))
    }

    fn mint(&mut self, now: Instant) -> Token {
        self.issued += 1;
        Token { text: text_of(self.issued), ends: now + self.lifetime }
    }
}

/// Returns the text of the token with this number, from 1.
fn text_of(number: u64) -> String {
    format!("token-{number}-{}", Random::new(number).alphanumerics())
}
