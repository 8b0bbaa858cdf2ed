//! The hosts under which a server may be asked for: its own names alone, so that no page in a browser that was sent here
//! by another name (DNS rebinding) reads an answer.

use std::net::SocketAddr;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode, Uri};

/// The only hosts that are answered, each with the port.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// Returns the names of a server that listens on an address.
    pub(super) fn of(address: SocketAddr) -> Self {
        let port = address.port();
        let names = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
        Self(names.into_iter().chain([address.to_string()]).collect())
    }

    /// Returns the answer to a request for another host, or for none or several; nothing if it is for this one. A URL may
    /// name a host too, as in a request to a proxy.
    pub(super) fn refuse(&self, url: &Uri, headers: &HeaderMap) -> Option<Response<Bytes>> {
        let mut named = headers.get_all(HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else {
            return Some(refusal(StatusCode::BAD_REQUEST, "a request must have one Host header\n"));
        };
        let is_ours = |host: &[u8]| self.0.iter().any(|ours| ours.as_bytes().eq_ignore_ascii_case(host));
        let is_for_us =
            is_ours(host.as_bytes()) && url.authority().is_none_or(|host| is_ours(host.as_str().as_bytes()));
        let answer =
            || refusal(StatusCode::MISDIRECTED_REQUEST, "this server answers only requests for its own address\n");
        (!is_for_us).then(answer)
    }
}

fn refusal(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
