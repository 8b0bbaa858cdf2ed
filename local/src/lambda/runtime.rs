//! The Lambda runtime API, version 2018-06-01: hands out invocations and waits for their answers.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::FUNCTION_ARN;
use crate::clock;
use crate::lock::lock;
use crate::server::{self, Reply, Request, Server};

/// How long Lambda gives a function to start.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The largest answer that Lambda takes, in bytes: 6 MiB and a little.
const LARGEST_RESPONSE: usize = 6 * 1024 * 1024 + 100;

/// A function's answer, or the lack of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The answer. A body that is not JSON is a string here.
    Response(Value),
    /// The invocation failed.
    Error(Value),
    /// The function could not start.
    InitError(Value),
    /// No answer arrived in time.
    TimedOut,
    /// Lambda had no capacity for the invocation, and answers it with 429.
    Throttled,
}

/// One invocation and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The request id that the function received.
    pub request_id: String,
    /// The function's answer.
    pub answer: Answer,
    /// The time from handing out the event to receiving the answer; zero if the event was never handed out.
    pub duration: Duration,
}

/// A running runtime API. Dropping it stops it.
///
/// It serves one process, as in Lambda. A process that replaces a killed one needs a new runtime: otherwise an event
/// could go to a connection that is closed without our noticing.
#[derive(Debug)]
pub struct LambdaRuntime {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when an event is queued.
    queued: Notify,
    /// Notified when the function did something.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    invoked: u64,
    queue: VecDeque<String>,
    open: BTreeMap<String, Open>,
    init_error: Option<Value>,
    ready: Option<Instant>,
    /// How the process ended, in AWS's words.
    exited: Option<String>,
}

/// An invocation that somebody is waiting for.
#[derive(Debug)]
struct Open {
    event: Bytes,
    timeout: Duration,
    handed_out: Option<Instant>,
    answer: Option<(Answer, Instant)>,
}

impl LambdaRuntime {
    /// Starts on a free port of `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), Arc::clone(&shared))?;
        Ok(Self { server, shared })
    }

    /// Returns the value for `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// Hands out an event and waits for the answer. As in Lambda, the time starts when the function takes the event; a
    /// function that does not take it within ten seconds of starting has timed out, too.
    #[must_use]
    pub fn invoke(&self, event: &Value, timeout: Duration) -> Invocation {
        self.invoke_bytes(event.to_string(), timeout)
    }

    /// Like [`LambdaRuntime::invoke`], with an event that need not be JSON.
    #[must_use]
    pub fn invoke_bytes(&self, event: impl Into<Vec<u8>>, timeout: Duration) -> Invocation {
        let number = {
            let mut state = lock(&self.shared.state);
            state.invoked += 1;
            state.invoked
        };
        self.invoke_as(&format!("00000000-0000-4000-8000-{number:012}"), event, timeout)
    }

    /// Like [`LambdaRuntime::invoke_bytes`], with a request id that is not in use.
    #[must_use]
    pub fn invoke_as(&self, request_id: &str, event: impl Into<Vec<u8>>, timeout: Duration) -> Invocation {
        let event = Bytes::from(event.into());
        let request_id = request_id.to_owned();
        let mut state = lock(&self.shared.state);
        state.open.insert(request_id.clone(), Open { event, timeout, handed_out: None, answer: None });
        state.queue.push_back(request_id.clone());
        self.shared.queued.notify_waiters();
        let queued = Instant::now();
        loop {
            if let Some(invocation) = state.conclude(&request_id, queued) {
                return invocation;
            }
            let left = state.deadline(&request_id, queued).saturating_duration_since(Instant::now());
            state = wait(&self.shared.changed, state, left);
        }
    }

    /// Notes that the process has ended. As in Lambda, every invocation without an answer ends with `Runtime.ExitError`
    /// at once.
    pub fn exited(&self) {
        self.exited_with("without providing a reason");
    }

    /// Notes that the process has ended, and how: `with error: exit status 1`.
    pub(super) fn exited_with(&self, how: &str) {
        lock(&self.shared.state).exited = Some(how.to_owned());
        self.shared.changed.notify_all();
    }

    /// Waits until a function asks for work. Returns when one first did.
    #[must_use]
    pub fn wait_ready(&self, timeout: Duration) -> Option<Instant> {
        let deadline = Instant::now() + timeout;
        let mut state = lock(&self.shared.state);
        while state.ready.is_none() {
            let left = deadline.checked_duration_since(Instant::now())?;
            state = wait(&self.shared.changed, state, left);
        }
        state.ready
    }
}

impl State {
    fn deadline(&self, request_id: &str, queued: Instant) -> Instant {
        let Some(open) = self.open.get(request_id) else { return queued };
        open.handed_out.map_or(queued + INIT_LIMIT, |handed_out| handed_out + open.timeout)
    }

    /// Ends an invocation that has an answer or has run out of time.
    fn conclude(&mut self, request_id: &str, queued: Instant) -> Option<Invocation> {
        let overdue = self.deadline(request_id, queued) <= Instant::now();
        let open = self.open.get(request_id)?;
        let (answer, duration) = match (&open.answer, open.handed_out) {
            (Some((answer, at)), Some(handed_out)) => (answer.clone(), *at - handed_out),
            (None, None) if self.init_error.is_some() => {
                (Answer::InitError(self.init_error.take().unwrap_or_default()), Duration::ZERO)
            }
            (_, handed_out) if let Some(how) = &self.exited => {
                let message = format!("RequestId: {request_id} Error: Runtime exited {how}");
                let error = json!({"errorType": "Runtime.ExitError", "errorMessage": message});
                (Answer::Error(error), handed_out.map_or(Duration::ZERO, |at| at.elapsed()))
            }
            _ if overdue => (Answer::TimedOut, open.handed_out.map_or(Duration::ZERO, |at| at.elapsed())),
            _ => return None,
        };
        self.open.remove(request_id);
        self.queue.retain(|queued| queued != request_id);
        Some(Invocation { request_id: request_id.to_owned(), answer, duration })
    }
}

impl server::Endpoint for Shared {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let Some(path) = request.path.strip_prefix("/2018-06-01/runtime/") else { return refuse(404, "NotFound") };
        let path: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["invocation", "next"]) => Reply::Whole(self.next().await),
            ("POST", ["invocation", id, "response"]) if request.body.len() > LARGEST_RESPONSE => {
                let message =
                    format!("Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes).");
                let error = json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message});
                self.finish(id, Answer::Error(error));
                refuse(413, "RequestEntityTooLarge")
            }
            ("POST", ["invocation", id, "response"]) => self.finish(id, Answer::Response(value(&request.body))),
            ("POST", ["invocation", id, "error"]) => self.finish(id, Answer::Error(value(&request.body))),
            ("POST", ["init", "error"]) => {
                lock(&self.state).init_error = Some(value(&request.body));
                self.changed.notify_all();
                accept()
            }
            _ => refuse(404, "NotFound"),
        }
    }
}

impl Shared {
    async fn next(&self) -> Response<Bytes> {
        {
            let mut state = lock(&self.state);
            state.ready.get_or_insert_with(Instant::now);
        }
        self.changed.notify_all();
        loop {
            // Before the queue is checked, so that an event queued in between is not missed.
            let queued = self.queued.notified();
            if let Some(response) = self.hand_out() {
                return response;
            }
            queued.await;
        }
    }

    fn hand_out(&self) -> Option<Response<Bytes>> {
        let mut state = lock(&self.state);
        let id = state.queue.pop_front()?;
        let open = state.open.get_mut(&id)?;
        open.handed_out = Some(Instant::now());
        let timeout = i64::try_from(open.timeout.as_millis()).unwrap_or(i64::MAX);
        let deadline = clock::epoch_millis().saturating_add(timeout);
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", FUNCTION_ARN.to_owned()),
            ("lambda-runtime-trace-id", format!("Root=1-5759e988-{};Sampled=0", id.replace('-', ""))),
            ("lambda-runtime-aws-request-id", id),
        ];
        let mut response = Response::new(open.event.clone());
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        self.changed.notify_all();
        Some(response)
    }

    fn finish(&self, id: &str, answer: Answer) -> Reply {
        let mut state = lock(&self.state);
        match state.open.get_mut(id).filter(|open| open.handed_out.is_some() && open.answer.is_none()) {
            Some(open) => {
                open.answer = Some((answer, Instant::now()));
                self.changed.notify_all();
                accept()
            }
            None => refuse(400, "InvalidRequestID"),
        }
    }
}

fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
    condition.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
}

fn value(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

fn accept() -> Reply {
    reply(202, &json!({"status": "OK"}))
}

fn refuse(status: u16, kind: &str) -> Reply {
    reply(status, &json!({"errorMessage": kind, "errorType": kind}))
}

fn reply(status: u16, body: &Value) -> Reply {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Reply::Whole(response)
}
