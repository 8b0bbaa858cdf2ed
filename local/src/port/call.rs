//! The calls that the fake has received.

use serde_json::Value;

use super::fault::Effect;
use crate::server::Request;

/// One call, successful or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method, in capitals.
    pub method: String,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The body, if there was one and it was JSON.
    pub body: Option<Value>,
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

/// The calls, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Calls {
    kept: Vec<Call>,
    forgotten: usize,
}

impl Calls {
    /// Records that a call arrived, and returns its number.
    pub(super) fn arrived(&mut self, request: &Request) -> usize {
        self.kept.push(Call {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: serde_json::from_slice(&request.body).ok(),
            status: 0,
            fault: None,
            carried_out: None,
            refusal: None,
            connection: request.connection,
        });
        self.forgotten + self.kept.len() - 1
    }

    /// Returns the call with this number, to record its result; `None` if it was forgotten.
    pub(super) fn noted(&mut self, number: usize) -> Option<&mut Call> {
        number.checked_sub(self.forgotten).and_then(|index| self.kept.get_mut(index))
    }

    /// Returns every call since the last [`Calls::clear`].
    pub(super) fn all(&self) -> Vec<Call> {
        self.kept.clone()
    }

    /// Forgets the calls so far.
    pub(super) fn clear(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
    }
}
