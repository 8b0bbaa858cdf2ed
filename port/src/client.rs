//! The client: one request is repeated until it has a final answer or the time is up.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::circuit::Circuit;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::http;
use crate::retry::{self, StatusKind};
use crate::tally::{Counter, Tally};
use crate::token::{Credentials, Token, TokenAnswer};

/// A client for Port's API with one pair of credentials.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    credentials: RwLock<Credentials>,
    /// Port refused the credentials.
    refused: AtomicBool,
    /// The lock is held while a token is fetched, so that many waiting runs cause one request.
    token: Mutex<Option<Token>>,
    circuit: std::sync::Mutex<Circuit>,
    counter: Counter,
}

/// A request that may be sent more than once.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

/// The characters that need no escaping in a path segment (RFC 3986). Identifiers may contain `/`, `:`, `@` and any
/// letter.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Builds a path from its segments, each percent-encoded.
pub(crate) fn path(segments: &[&str]) -> String {
    segments.iter().fold(String::new(), |path, segment| path + "/" + &utf8_percent_encode(segment, SEGMENT).to_string())
}

impl Client {
    /// Creates a client for `url`, with or without `/v1` (`https://api.port.io`, `https://api.us.port.io`).
    pub fn new(http: reqwest::Client, url: &str, credentials: Credentials) -> Self {
        let base = url.trim_end_matches('/').trim_end_matches("/v1").to_owned() + "/v1";
        Self {
            http,
            base,
            credentials: RwLock::new(credentials),
            refused: AtomicBool::new(false),
            token: Mutex::new(None),
            circuit: std::sync::Mutex::default(),
            counter: Counter::default(),
        }
    }

    /// Fetches the token unless there already is one.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn log_in(&self, deadline: Deadline) -> Result<(), Failure> {
        self.token(None, deadline).await.map(drop)
    }

    /// Returns the credentials in use.
    pub fn credentials(&self) -> Credentials {
        self.credentials.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether Port has refused the credentials since the last call of this function.
    pub fn take_refusal(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }

    /// Uses other credentials from now on, and fetches a new token for them.
    pub async fn replace_credentials(&self, credentials: Credentials) {
        let mut held = self.token.lock().await;
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = credentials;
        *held = None;
    }

    /// Returns what became of the calls since the last call of this function.
    pub fn take_tally(&self) -> Tally {
        self.counter.take()
    }

    /// Returns how often calls were tried again since the last call of [`Self::take_tally`].
    pub fn retries(&self) -> u64 {
        self.counter.retries()
    }

    /// Sends `request` until it has a final answer.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: &Request, deadline: Deadline) -> Result<T, Failure> {
        self.send(request, true, deadline).await
    }

    /// Sends a request that must not be carried out twice: it is not repeated once Port may have carried it out.
    pub(crate) async fn call_once<T: DeserializeOwned>(
        &self,
        request: &Request,
        deadline: Deadline,
    ) -> Result<T, Failure> {
        self.send(request, false, deadline).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: &Request,
        repeatable: bool,
        deadline: Deadline,
    ) -> Result<T, Failure> {
        let mut attempts = 0;
        let mut lapsed: Option<Token> = None;
        loop {
            let token = self.token(lapsed.as_ref(), deadline).await?;
            attempts += 1;
            let mut builder = self.http.request(request.method.clone(), format!("{}{}", self.base, request.path));
            if !request.query.is_empty() {
                builder = builder.query(&request.query);
            }
            if let Some(body) = &request.body {
                builder = builder.json(body);
            }
            let builder = builder.bearer_auth(token.value.expose_secret());
            match self.attempt(builder, attempts, deadline).await {
                Attempt::Answer(answer) => return Ok(answer),
                Attempt::Renew if lapsed.is_none() => lapsed = Some(token),
                Attempt::Renew => return Err(self.refuse(401)),
                Attempt::Refused(failure) => return Err(failure),
                Attempt::Again { cause, perhaps_done: true, .. } if !repeatable => {
                    return Err(Failure::Unavailable { attempts, cause });
                }
                Attempt::Again { cause, asked, .. } => pause(attempts, cause, asked, deadline).await?,
            }
        }
    }

    /// Returns the token. Fetches a new one at the start, shortly before the old one expires, and after `lapsed` was
    /// refused.
    async fn token(&self, lapsed: Option<&Token>, deadline: Deadline) -> Result<Token, Failure> {
        let mut cached = self.token.lock().await;
        if let Some(token) = cached.as_ref() {
            let refused = lapsed.is_some_and(|lapsed| lapsed.value.expose_secret() == token.value.expose_secret());
            if token.is_fresh(Instant::now()) && !refused {
                return Ok(token.clone());
            }
        }
        *cached = None;
        let credentials = self.credentials();
        let body = json!({
            "clientId": credentials.client_id,
            "clientSecret": credentials.client_secret.expose_secret(),
        });
        let mut attempts = 0;
        loop {
            attempts += 1;
            let asked_at = Instant::now();
            let builder = self.http.post(format!("{}/auth/access_token", self.base)).json(&body);
            match self.attempt::<TokenAnswer>(builder, attempts, deadline).await {
                Attempt::Answer(answer) => return Ok(cached.insert(Token::new(answer, asked_at)).clone()),
                Attempt::Renew => return Err(self.refuse(401)),
                Attempt::Refused(failure) => return Err(self.refuse(failure.status().unwrap_or_default())),
                Attempt::Again { cause, asked, .. } => pause(attempts, cause, asked, deadline).await?,
            }
        }
    }

    fn refuse(&self, status: u16) -> Failure {
        self.refused.store(true, Ordering::Relaxed);
        Failure::Credentials { status }
    }

    /// Makes one attempt, as soon as the circuit allows it.
    async fn attempt<T: DeserializeOwned>(
        &self,
        builder: reqwest::RequestBuilder,
        attempts: u32,
        deadline: Deadline,
    ) -> Attempt<T> {
        loop {
            let wait = self.circuit().admit(Instant::now());
            if wait.is_zero() {
                break;
            }
            if wait >= deadline.remaining() {
                return Attempt::Again { cause: "Port is down".to_owned(), asked: Some(wait), perhaps_done: false };
            }
            tokio::time::sleep(wait).await;
        }
        if attempts > 1 {
            self.counter.retry();
        }
        let (status, outcome) = send(builder, deadline).await;
        self.counter.answer(status);
        match (&outcome, status) {
            // A request to slow down is an answer, too.
            (Attempt::Again { .. }, status) if status != Some(429) => self.circuit().failed(Instant::now()),
            _ => self.circuit().answered(),
        }
        outcome
    }

    fn circuit(&self) -> std::sync::MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of one attempt.
enum Attempt<T> {
    Answer(T),
    Renew,
    Refused(Failure),
    /// `perhaps_done`: Port may have carried it out anyway.
    Again {
        cause: String,
        asked: Option<Duration>,
        perhaps_done: bool,
    },
}

/// The body of Port's errors.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: Value,
    message: Value,
}

/// Sends once. Also returns the status, if there was an answer.
async fn send<T: DeserializeOwned>(builder: reqwest::RequestBuilder, deadline: Deadline) -> (Option<u16>, Attempt<T>) {
    let again = |cause: &str, perhaps_done| Attempt::Again { cause: cause.to_owned(), asked: None, perhaps_done };
    let left = deadline.remaining();
    if left.is_zero() {
        return (None, again("no time left", false));
    }
    let response = match builder.timeout(left.min(http::ATTEMPT)).send().await {
        Ok(response) => response,
        Err(error) => return (None, again(http::cause(&error), !error.is_connect())),
    };
    let status = response.status();
    let outcome = match retry::status_kind(status.as_u16()) {
        StatusKind::Success => match response.bytes().await {
            Ok(body) => serde_json::from_slice(&body).map_or_else(
                |_| again(&format!("status {status} with a body that is not Port's"), true),
                Attempt::Answer,
            ),
            Err(error) => again(http::cause(&error), true),
        },
        StatusKind::Renew => Attempt::Renew,
        StatusKind::Again => Attempt::Again {
            cause: format!("status {}", status.as_u16()),
            asked: asked(&response),
            perhaps_done: status != StatusCode::TOO_MANY_REQUESTS,
        },
        StatusKind::Final => Attempt::Refused(refusal(status, response).await),
    };
    (Some(status.as_u16()), outcome)
}

fn asked(response: &Response) -> Option<Duration> {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    // The time of the reset matters only when all calls of the window are used up; before that, a 429 is about bursts.
    let used_up = header("x-ratelimit-remaining").is_none_or(|left| left.trim() == "0");
    let reset = header("x-ratelimit-reset").filter(|_| used_up && response.status() == StatusCode::TOO_MANY_REQUESTS);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    retry::asked(header("retry-after"), reset, now)
}

async fn refusal(status: StatusCode, response: Response) -> Failure {
    let body: ErrorBody =
        response.bytes().await.ok().and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let error = Some(text(body.error)).filter(|error| !error.is_empty()).unwrap_or_else(|| "error".to_owned());
    Failure::Refused { status: status.as_u16(), error, message: text(body.message) }
}

/// Waits before the next attempt, or fails if there is not enough time for one.
async fn pause(attempts: u32, cause: String, asked: Option<Duration>, deadline: Deadline) -> Result<(), Failure> {
    let wait = retry::backoff(attempts, asked, jitter());
    if !deadline.allows_retry_after(wait) {
        return Err(Failure::Unavailable { attempts, cause });
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

/// Returns a random number from 0 to 1. The hasher's keys are the only randomness needed here.
fn jitter() -> f64 {
    let bits = std::hash::RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segments_are_encoded() {
        for (segments, want) in [
            (&["blueprints", "vm", "entities", "a b"][..], "/blueprints/vm/entities/a%20b"),
            (&["blueprints", "a/b\\c:d@e+f=g"], "/blueprints/a%2Fb%5Cc%3Ad%40e%2Bf%3Dg"),
            (&["blueprints", "größe?x#y%2F"], "/blueprints/gr%C3%B6%C3%9Fe%3Fx%23y%252F"),
        ] {
            assert_eq!(path(segments), want);
        }
    }

    #[test]
    fn the_base_url_has_the_version_once() {
        let credentials = || Credentials { client_id: "id".to_owned(), client_secret: "secret".into() };
        for url in ["https://api.port.io", "https://api.port.io/", "https://api.port.io/v1", "https://api.port.io/v1/"]
        {
            let client = Client::new(http::client().unwrap(), url, credentials());
            assert_eq!(client.base, "https://api.port.io/v1");
            assert!(!format!("{client:?}").contains("\"secret\""));
        }
    }
}
