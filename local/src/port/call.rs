//! What the fake remembers of the calls it got.

use serde_json::Value;

use super::fault::Effect;
use crate::server::Request;

/// One call, whatever became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method, in capitals.
    pub method: String,
    /// The path as it came over the wire, still percent-encoded, without the query.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The body, when there was one and it was JSON.
    pub body: Option<Value>,
    /// The status of the answer; 0 while there is none, and for ever when the connection was broken instead.
    pub status: u16,
    /// The fault that struck it, if one did.
    pub fault: Option<Effect>,
    /// The status that carrying it out gave, whether or not the client got to see it; none when it was not carried out.
    pub carried_out: Option<u16>,
    /// The number of the TCP connection, from 1.
    pub connection: u64,
}

/// The calls, in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct Calls {
    kept: Vec<Call>,
    forgotten: usize,
}

impl Calls {
    /// Notes that a call arrived, and gives its number.
    pub(super) fn arrived(&mut self, request: &Request) -> usize {
        self.kept.push(Call {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: serde_json::from_slice(&request.body).ok(),
            status: 0,
            fault: None,
            carried_out: None,
            connection: request.connection,
        });
        self.forgotten + self.kept.len() - 1
    }

    /// The call of this number, for notes of what became of it; none when it is forgotten.
    pub(super) fn noted(&mut self, number: usize) -> Option<&mut Call> {
        number.checked_sub(self.forgotten).and_then(|index| self.kept.get_mut(index))
    }

    /// Every call since the last [`Calls::clear`].
    pub(super) fn all(&self) -> Vec<Call> {
        self.kept.clone()
    }

    /// Forgets the calls so far.
    pub(super) fn clear(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
    }
}
