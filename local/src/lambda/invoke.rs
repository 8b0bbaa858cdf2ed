//! Lambda's Invoke API for one function, on the path of AWS's Runtime Interface Emulator, so that the same client can
//! invoke a function here and there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use super::{Answer, Function};
use crate::clock::epoch_millis;
use crate::random::Random;
use crate::server::{Endpoint, Reply, Request, Server};

const PATH: &str = "/2015-03-31/functions/function/invocations";

/// A server that invokes a function. Dropping it ends both.
#[derive(Debug)]
pub struct InvokeServer {
    server: Server,
}

#[derive(Debug)]
struct Invoke(Function);

impl InvokeServer {
    /// Starts the server. The function starts with the first invocation.
    ///
    /// # Errors
    ///
    /// When the address is not of loopback or cannot be bound.
    pub fn start(listen: SocketAddr, function: Function) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the address is not of loopback"));
        }
        Ok(Self { server: Server::start(listen, Arc::new(Invoke(function)))? })
    }

    /// Returns the URL to which events are posted.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{PATH}", self.server.url())
    }
}

impl Endpoint for Invoke {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        if (request.method.as_str(), request.path.as_str()) != ("POST", PATH) {
            return reply(404, "not found");
        }
        let event = String::from_utf8_lossy(&request.body).into_owned();
        let invoking = tokio::task::spawn_blocking(move || {
            let request_id = Random::new(epoch_millis().unsigned_abs()).uuid();
            self.0.invoke(&request_id, &event)
        });
        let Ok(invocation) = invoking.await else { return reply(500, "the invocation failed") };
        match &invocation.answer {
            // The emulator's status for this one; Lambda itself answers 200 and names the error in a header.
            Answer::Error(error) if error.get("errorType").is_some_and(|kind| kind == "Runtime.ExitError") => {
                reply(502, &error.to_string())
            }
            Answer::Response(value) | Answer::Error(value) | Answer::InitError(value) => reply(200, &value.to_string()),
            Answer::TimedOut => {
                let seconds = invocation.duration.as_secs_f64();
                reply(200, &format!("Task timed out after {seconds:.2} seconds"))
            }
            Answer::Throttled => reply(429, "TooManyRequestsException"),
        }
    }
}

fn reply(status: u16, body: &str) -> Reply {
    let mut response = Response::new(Bytes::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    Reply::Whole(response)
}
