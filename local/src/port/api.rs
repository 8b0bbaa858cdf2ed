//! From requests to replies: recording calls, injecting faults, and the headers of every answer.

use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::answer::ApiAnswer;
use super::fault::Effect;
use super::state::State;
use super::{admin, route};
use crate::clock;
use crate::lock::lock;
use crate::random::Random;
use crate::server::{self, Reply, Request};

/// The length in seconds of the windows of Port's rate limits.
const PERIOD: u64 = 300;

/// The HTTP service in front of the state.
#[derive(Debug)]
pub(super) struct Api {
    state: Arc<Mutex<State>>,
}

impl Api {
    /// Serves this state.
    pub(super) fn new(state: Arc<Mutex<State>>) -> Self {
        Self { state }
    }
}

impl server::Endpoint for Api {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        if request.path.starts_with("/_local/") {
            let answer = admin::dispatch(&mut lock(&self.state), &request);
            return Reply::Whole(json_response(answer.status, &answer.body));
        }
        let (number, effect, latency) = {
            let mut state = lock(&self.state);
            let (number, effect) = (state.calls.arrived(&request), state.faults.draw(&request));
            if let Some(call) = state.calls.noted(number) {
                call.fault.clone_from(&effect);
            }
            (number, effect, state.latency)
        };
        let delay = if let Some(Effect::Delay(delay)) = effect { latency + delay } else { latency };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if matches!(effect, Some(Effect::Hang)) {
            return std::future::pending().await;
        }
        let mut state = lock(&self.state);
        let mut reply = respond(&mut state, &request, number, effect);
        if let Reply::Whole(response) | Reply::Half(response) = &mut reply {
            if let Some(call) = state.calls.noted(number) {
                call.status = response.status().as_u16();
            }
            describe(&mut state, &request, number, response);
        }
        reply
    }
}

fn respond(state: &mut State, request: &Request, number: usize, effect: Option<Effect>) -> Reply {
    match effect {
        None | Some(Effect::Delay(_) | Effect::Hang) => Reply::Whole(carry_out(state, request, number)),
        Some(Effect::TokenLapse) => {
            state.tokens.expire();
            Reply::Whole(carry_out(state, request, number))
        }
        Some(Effect::HalfBody) => Reply::Half(carry_out(state, request, number)),
        Some(Effect::Reset { applied }) => {
            if applied {
                carry_out(state, request, number);
            }
            Reply::Reset
        }
        Some(Effect::Garbage { applied }) => {
            if applied {
                carry_out(state, request, number);
            }
            Reply::Whole(response(200, "application/json", "{\"ok\": tru"))
        }
        Some(Effect::WrongType { code, body }) => Reply::Whole(response(code, "text/html; charset=utf-8", body)),
        Some(Effect::Status { code, headers, body }) => {
            let mut response = json_response(code, &body);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            Reply::Whole(response)
        }
    }
}

fn carry_out(state: &mut State, request: &Request, number: usize) -> Response<Bytes> {
    let ApiAnswer { status, body } = route::dispatch(state, request);
    if let Some(call) = state.calls.noted(number) {
        call.carried_out = Some(status);
        call.refusal = (status >= 400).then(|| body["message"].as_str().unwrap_or_default().to_owned());
    }
    json_response(status, &body)
}

fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    response(status, "application/json; charset=utf-8", body.to_string())
}

fn response(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    // A scripted code outside 100..1000 is a mistake in the test, and becomes visible here.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Adds the trace id and the rate limits, which are counted but never enforced. Scripted headers are kept.
fn describe(state: &mut State, request: &Request, number: usize, response: &mut Response<Bytes>) {
    let (group, limit) = rate_limit(&request.path);
    let spent = state.spent.entry(group).or_insert(0);
    *spent += 1;
    let seconds = u64::try_from(clock::epoch_millis() / 1000).unwrap_or_default();
    let headers = [
        ("x-trace-id", Random::new(number as u64).alphanumerics()),
        ("x-ratelimit-period", PERIOD.to_string()),
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", limit.saturating_sub(*spent).to_string()),
        ("x-ratelimit-reset", (seconds + PERIOD).to_string()),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().entry(HeaderName::from_static(name)).or_insert(value);
        }
    }
}

/// Returns the rate limit for a path, with Port's published numbers.
fn rate_limit(path: &str) -> (&'static str, u64) {
    if path.starts_with("/v1/auth/") {
        ("token", 100)
    } else if path.contains("/entities") {
        ("entities", 35_000)
    } else {
        ("other", 15_000)
    }
}
