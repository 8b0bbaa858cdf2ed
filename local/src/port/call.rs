//! The calls that the fake has received.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::Effect;
use crate::clock;
use crate::server::Request;

/// One call, successful or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// When it arrived, as Port writes times.
    pub at: String,
    /// The time until it was answered; zero until then.
    pub duration: Duration,
    /// The method, in capitals.
    pub method: String,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The body, if there was one and it was JSON.
    pub body: Option<Value>,
    /// The id of the run that it names or starts, if any.
    pub run: Option<String>,
    /// The status of the answer; 0 until it is answered, and forever if the connection was broken instead.
    pub status: u16,
    /// The fault that hit it, if any.
    pub fault: Option<Effect>,
    /// The status of carrying it out, whether or not the client received it; `None` if it was not carried out.
    pub carried_out: Option<u16>,
    /// Why Port refused it, as in its answer; `None` if it did not.
    pub refusal: Option<String>,
    /// The number of the TCP connection, from 1.
    pub connection: u64,
}

impl Call {
    fn new(request: &Request) -> Self {
        Self {
            at: clock::now(),
            duration: Duration::ZERO,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: serde_json::from_slice(&request.body).ok(),
            run: run(request),
            status: 0,
            fault: None,
            carried_out: None,
            refusal: None,
            connection: request.connection,
        }
    }

    /// Returns the call as others may see it: without the client secret.
    pub(super) fn without_secret(&self) -> Self {
        let mut call = self.clone();
        if let Some(secret) = call.body.as_mut().and_then(|body| body.get_mut("clientSecret")) {
            *secret = "***".into();
        }
        call
    }
}

/// Returns the id of the run that a request names, in its query or its path.
fn run(request: &Request) -> Option<String> {
    let mut steps = request.path.split('/').skip_while(|step| *step != "runs").skip(1);
    request.param("run_id").or_else(|| steps.next()).map(str::to_owned)
}

/// The calls, in order of arrival.
#[derive(Debug)]
pub(super) struct Calls {
    kept: VecDeque<Call>,
    forgotten: usize,
    most: usize,
}

impl Calls {
    /// Starts without calls, and keeps all.
    pub(super) fn new() -> Self {
        Self { kept: VecDeque::new(), forgotten: 0, most: usize::MAX }
    }

    /// Keeps only the last calls from now on.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
        self.trim();
    }

    /// Records that a call arrived, and returns its number.
    pub(super) fn arrived(&mut self, request: &Request) -> usize {
        self.add(Call::new(request))
    }

    /// Adds a call, and returns its number.
    pub(super) fn add(&mut self, call: Call) -> usize {
        self.kept.push_back(call);
        self.trim();
        (self.forgotten + self.kept.len()).saturating_sub(1)
    }

    /// Returns the call with this number, to record its result; `None` if it was forgotten.
    pub(super) fn noted(&mut self, number: usize) -> Option<&mut Call> {
        number.checked_sub(self.forgotten).and_then(|index| self.kept.get_mut(index))
    }

    /// Notes that a call ended, and returns it; `None` if it was forgotten.
    pub(super) fn ended(&mut self, number: usize, arrived: Instant) -> Option<&Call> {
        let call = self.noted(number)?;
        call.duration = arrived.elapsed();
        Some(call)
    }

    /// Returns every call since the last [`Calls::clear`] that is kept.
    pub(super) fn all(&self) -> Vec<Call> {
        self.kept.iter().cloned().collect()
    }

    /// Forgets the calls so far.
    pub(super) fn clear(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
    }

    fn trim(&mut self) {
        let surplus = self.kept.len().saturating_sub(self.most);
        self.kept.drain(..surplus);
        self.forgotten += surplus;
    }
}
