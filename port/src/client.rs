//! The client: one request is repeated until it has a final answer or the time is up.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::answer::{self, Answer, Expected, Expecting, Word};
use crate::circuit::Circuit;
use crate::deadline::Deadline;
use crate::failure::{Cause, Failure};
use crate::http;
use crate::retry::{self, StatusKind};
use crate::tally::{Counter, Tally};
use crate::token::{Credentials, Held, Token, TokenAnswer};

/// A client for Port's API with one pair of credentials.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    credentials: RwLock<Credentials>,
    /// Port refused the credentials.
    refused: AtomicBool,
    /// The lock is held while a token is fetched, so that many waiting runs cause one request.
    token: Mutex<Held>,
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
            token: Mutex::default(),
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

    /// Returns whether calls can be made before the deadline: there is a token, or Port gives one, and Port has not asked
    /// for a longer wait. To be asked before work whose end could not be reported.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ready(&self, deadline: Deadline) -> Result<(), Failure> {
        if self.circuit().quiet_for(Instant::now()) >= deadline.remaining() {
            return Err(Failure::Unavailable { attempts: 0, cause: Cause::Wait });
        }
        self.log_in(deadline).await
    }

    /// Returns the credentials in use.
    pub fn credentials(&self) -> Credentials {
        self.credentials.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether Port has refused the credentials since the last call of this function.
    pub fn take_refusal(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }

    /// Uses these credentials from now on. Unless they are the same as before, a token is fetched for them at once, even if
    /// Port has just refused the old ones.
    pub async fn replace_credentials(&self, credentials: Credentials) {
        let mut held = self.token.lock().await;
        let mut current = self.credentials.write().unwrap_or_else(PoisonError::into_inner);
        if *current != credentials {
            *current = credentials;
            held.clear();
        }
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
    pub(crate) async fn call<T: Answer>(&self, request: &Request, deadline: Deadline) -> Result<T, Failure> {
        self.expect(request, None, true, deadline).await
    }

    /// Sends a request whose answer has to be about the thing with this identifier.
    pub(crate) async fn call_about<T: Answer>(
        &self,
        request: &Request,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<T, Failure> {
        self.expect(request, Some(identifier), true, deadline).await
    }

    /// Sends a request that must not be carried out twice: it is not repeated once Port may have carried it out.
    pub(crate) async fn call_once<T: Answer>(&self, request: &Request, deadline: Deadline) -> Result<T, Failure> {
        self.expect(request, None, false, deadline).await
    }

    async fn expect<T: Answer>(
        &self,
        request: &Request,
        about: Option<&str>,
        repeatable: bool,
        deadline: Deadline,
    ) -> Result<T, Failure> {
        let mut expected = Expecting::new(about);
        let attempts = self.send(request, &mut expected, repeatable, deadline).await?;
        expected.into_answer().ok_or(Failure::Unavailable { attempts, cause: Cause::Vanished })
    }

    /// Returns the number of attempts.
    async fn send(
        &self,
        request: &Request,
        expected: &mut dyn Expected,
        repeatable: bool,
        deadline: Deadline,
    ) -> Result<u32, Failure> {
        let mut attempts = 0;
        let mut lapsed: Option<Token> = None;
        let mut known: Option<Cause> = None;
        loop {
            let token = self.token(lapsed.as_ref(), deadline).await?;
            let mut builder = self.http.request(request.method.clone(), format!("{}{}", self.base, request.path));
            if !request.query.is_empty() {
                builder = builder.query(&request.query);
            }
            if let Some(body) = &request.body {
                builder = builder.json(body);
            }
            let builder = builder.bearer_auth(token.value.expose_secret());
            self.admit(attempts, deadline).await?;
            attempts += 1;
            let attempt = self.attempt(builder, expected, attempts, deadline).await;
            match &attempt {
                Attempt::Answer | Attempt::Refused(_) => token.accept(),
                Attempt::Renew => token.refuse(),
                Attempt::Again { .. } => {}
            }
            match attempt {
                Attempt::Answer => return Ok(attempts),
                Attempt::Renew if lapsed.is_none() => lapsed = Some(token),
                Attempt::Renew => {
                    if self.lock(deadline).await?.refuse_renewed(&token, 401, Instant::now()) {
                        self.refused.store(true, Ordering::Relaxed);
                    }
                    return Err(Failure::Credentials { status: 401 });
                }
                Attempt::Refused(failure) => return Err(failure),
                Attempt::Again { cause, perhaps_done: true, .. } if !repeatable => {
                    return Err(Failure::Unavailable { attempts, cause });
                }
                Attempt::Again { cause, asked, .. } => {
                    // That the time ran out in the last attempt says less than the answer before.
                    let cause = known.filter(|_| cause == Cause::NoTime).unwrap_or(cause);
                    known = Some(cause);
                    self.pause(attempts, cause, asked, deadline).await?;
                }
            }
        }
    }

    /// Returns the token. Fetches a new one at the start, shortly before the old one expires, and after `lapsed` was
    /// refused.
    async fn token(&self, lapsed: Option<&Token>, deadline: Deadline) -> Result<Token, Failure> {
        let mut held = self.lock(deadline).await?;
        match held.usable(lapsed, Instant::now()) {
            Ok(Some(token)) => return Ok(token),
            Ok(None) => {}
            Err(status) => return Err(Failure::Credentials { status }),
        }
        let credentials = self.credentials();
        let body = json!({
            "clientId": credentials.client_id,
            "clientSecret": credentials.client_secret.expose_secret(),
        });
        let mut attempts = 0;
        loop {
            self.admit(attempts, deadline).await?;
            attempts += 1;
            let asked_at = Instant::now();
            let builder = self.http.post(format!("{}/auth/access_token", self.base)).json(&body);
            let mut expected = Expecting::<TokenAnswer>::new(None);
            let attempt = self.attempt(builder, &mut expected, attempts, deadline).await;
            if let Some(answer) = expected.into_answer() {
                return Ok(held.keep(answer, asked_at));
            }
            let status = match attempt {
                // An answer was returned above.
                Attempt::Answer | Attempt::Renew => 401,
                Attempt::Refused(failure) => failure.status().unwrap_or_default(),
                Attempt::Again { cause, asked, .. } => {
                    self.pause(attempts, cause, asked, deadline).await?;
                    continue;
                }
            };
            held.refuse(status, Instant::now());
            self.refused.store(true, Ordering::Relaxed);
            return Err(Failure::Credentials { status });
        }
    }

    /// Waits for the token while another call fetches it.
    async fn lock(&self, deadline: Deadline) -> Result<MutexGuard<'_, Held>, Failure> {
        let late = |_| Failure::Unavailable { attempts: 0, cause: Cause::NoTime };
        tokio::time::timeout(deadline.remaining(), self.token.lock()).await.map_err(late)
    }

    /// Waits until a call may go out, or fails if that is after the deadline. `attempts` is the number of attempts so far.
    async fn admit(&self, attempts: u32, deadline: Deadline) -> Result<(), Failure> {
        loop {
            let Some((wait, cause)) = self.circuit().admit(Instant::now()) else { return Ok(()) };
            if wait >= deadline.remaining() {
                return Err(Failure::Unavailable { attempts, cause });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Makes one attempt.
    async fn attempt(
        &self,
        builder: reqwest::RequestBuilder,
        expected: &mut dyn Expected,
        attempts: u32,
        deadline: Deadline,
    ) -> Attempt {
        if attempts > 1 {
            self.counter.retry();
        }
        let (status, outcome) = exchange(builder, expected, deadline).await;
        self.counter.answer(status);
        match (&outcome, status) {
            // Our time was up, whatever Port would have answered.
            (Attempt::Again { cause: Cause::NoTime, .. }, _) => {}
            // A request to slow down is an answer, too.
            (Attempt::Again { .. }, status) if status != Some(429) => self.circuit().failed(Instant::now()),
            _ => self.circuit().answered(),
        }
        outcome
    }

    /// Waits before the next attempt, or fails if there is not enough time for one. If that is because Port asked for a
    /// longer wait, no call of any run goes out until it is over.
    async fn pause(
        &self,
        attempts: u32,
        cause: Cause,
        asked: Option<Duration>,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let wait = retry::backoff(attempts, asked, jitter());
        if !deadline.allows_retry_after(wait) {
            if let Some(asked) = asked.filter(|asked| *asked >= deadline.remaining()) {
                self.circuit().quiet(asked, Instant::now());
            }
            return Err(Failure::Unavailable { attempts, cause });
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn circuit(&self) -> std::sync::MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of one attempt.
enum Attempt {
    Answer,
    Renew,
    Refused(Failure),
    /// `perhaps_done`: Port may have carried it out anyway.
    Again {
        cause: Cause,
        asked: Option<Duration>,
        perhaps_done: bool,
    },
}

/// A time in which Port need not have answered: no answer in it says nothing about Port.
const SHORT: Duration = Duration::from_secs(1);

/// Sends once. Also returns the status, if there was an answer.
async fn exchange(
    builder: reqwest::RequestBuilder,
    expected: &mut dyn Expected,
    deadline: Deadline,
) -> (Option<u16>, Attempt) {
    let again = |cause, perhaps_done| Attempt::Again { cause, asked: None, perhaps_done };
    let left = deadline.remaining();
    if left.is_zero() {
        return (None, again(Cause::NoTime, false));
    }
    let response = match builder.timeout(left.min(http::ATTEMPT)).send().await {
        Ok(response) => response,
        Err(error) if error.is_timeout() && left < SHORT => return (None, again(Cause::NoTime, !error.is_connect())),
        Err(error) => return (None, again(Cause::Transport(http::cause(&error)), !error.is_connect())),
    };
    let status = response.status().as_u16();
    let asked = asked(status, response.headers());
    // A call that was turned away for its rate was not carried out.
    let again = |cause| Attempt::Again { cause, asked, perhaps_done: status != 429 };
    let outcome = match (answer::word(response, expected).await, retry::status_kind(status)) {
        (Word::Done, _) => Attempt::Answer,
        (Word::Foreign(cause), _) => again(cause),
        (Word::Refused { .. }, StatusKind::Renew) => Attempt::Renew,
        (Word::Refused { error, message }, StatusKind::Final) => {
            Attempt::Refused(Failure::Refused { status, error, message })
        }
        (Word::Refused { .. }, _) => again(Cause::Status(status)),
    };
    (Some(status), outcome)
}

/// Returns the wait that the head of an answer asks for: the longest, if a proxy has added one of its own. Only answers that
/// fail are looked at for it.
fn asked(status: u16, headers: &HeaderMap) -> Option<Duration> {
    let all = |name| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let longest = all("retry-after").filter_map(|text| retry::retry_after(text, now)).max();
    // The time of the reset matters only when all calls of the window are used up; before that, a 429 is about bursts.
    let is_left = |text: &str| text.trim().parse::<f64>().is_ok_and(|left| left >= 1.0);
    let is_used_up = status == 429 && !all("x-ratelimit-remaining").any(is_left);
    let reset = || all("x-ratelimit-reset").filter(|_| is_used_up).filter_map(|text| retry::reset(text, now)).max();
    longest.or_else(reset)
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
    fn jitter_spreads_from_zero_to_one() {
        let drawn: Vec<f64> = (0..200).map(|_| jitter()).collect();
        assert!(drawn.iter().all(|part| (0.0..=1.0).contains(part)));
        assert!(drawn.iter().any(|part| *part < 0.25) && drawn.iter().any(|part| *part > 0.75));
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
