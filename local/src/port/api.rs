//! From requests to replies: recording calls, injecting faults, the headers of every answer, and publishing what a call
//! started.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::answer::ApiAnswer;
use super::call::Call;
use super::desk::Desk;
use super::fault::Effect;
use super::feed::PortEvent;
use super::state::State;
use super::{admin, route};
use crate::clock;
use crate::random::Random;
use crate::server::{self, Reply, Request};

/// The HTTP service in front of the state.
#[derive(Debug)]
pub(super) struct Api {
    desk: Arc<Desk>,
}

impl Api {
    /// Serves this state.
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }
}

/// A call that has not ended. Dropping it notes the end, also if the client went away.
struct Open {
    desk: Arc<Desk>,
    number: usize,
    arrived: Instant,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.desk.state();
        let ended = state.calls.ended(self.number, self.arrived).map(Call::without_secret);
        if let Some(call) = ended {
            state.observer.observe(&PortEvent::CallEnded { call: Box::new(call) });
        }
    }
}

impl server::Endpoint for Api {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let desk = &self.desk;
        if request.path.starts_with("/_local/") && desk.state().has_admin {
            let answer = admin::dispatch(&mut desk.state(), &request);
            return Reply::Whole(json_response(answer.status, &answer.body));
        }
        let (open, effect, latency) = {
            let mut state = desk.state();
            let (number, effect) = (state.calls.arrived(&request), state.faults.draw(&request));
            if let Some(call) = state.calls.noted(number) {
                call.fault.clone_from(&effect);
            }
            (Open { desk: Arc::clone(desk), number, arrived: Instant::now() }, effect, state.latency)
        };
        let delay = if let Some(Effect::Delay(delay)) = effect { latency + delay } else { latency };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if matches!(effect, Some(Effect::Hang)) {
            return std::future::pending().await;
        }
        let reply = {
            let mut state = desk.state();
            let mut reply = respond(&mut state, &request, open.number, effect);
            if let Reply::Whole(response) | Reply::Half(response) = &mut reply {
                if let Some(call) = state.calls.noted(open.number) {
                    call.status = response.status().as_u16();
                }
                describe(&mut state, &request, open.number, response);
            }
            reply
        };
        desk.publish();
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
        if let Some(run) = body.get("run").and_then(|run| run.get("id")?.as_str()) {
            call.run = Some(run.to_owned());
        }
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

/// Adds the trace id and what is left of the rate limit. Scripted headers are kept.
fn describe(state: &mut State, request: &Request, number: usize, response: &mut Response<Bytes>) {
    let now = u64::try_from(clock::epoch_millis() / 1000).unwrap_or_default();
    let mut headers = vec![("x-trace-id", Random::new(number as u64).alphanumerics())];
    headers.extend(state.rate_limits.count(&request.path, now));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().entry(HeaderName::from_static(name)).or_insert(value);
        }
    }
}
