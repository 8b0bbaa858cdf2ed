//! An HTTP/1.1 server in its own thread. It handles connections and bytes, and knows nothing about Port or AWS.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

mod host;
mod payload;

use host::Hosts;
use payload::Payload;

/// The largest body that is read. Everything that the services accept is far smaller.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// A service that answers requests.
pub(crate) trait Endpoint: Send + Sync + 'static {
    /// Answers one request. Dropped halfway if the client goes away.
    fn answer(self: Arc<Self>, request: Request) -> impl Future<Output = Reply> + Send;
}

/// One request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    /// The method, in capitals.
    pub(crate) method: String,
    /// The path as sent, still percent-encoded, without the query.
    pub(crate) path: String,
    /// The query's pairs, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// The number of the TCP connection, from 1.
    pub(crate) connection: u64,
}

impl Request {
    /// Returns the values of a query parameter. An empty one counts as absent: some clients send every parameter.
    pub(crate) fn params(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        let given = self.query.iter().filter(move |(key, value)| key == name && !value.is_empty());
        given.map(|(_, value)| value.as_str())
    }

    /// Returns the last value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params(name).next_back()
    }

    /// Returns whether a query parameter has this value or is absent.
    pub(crate) fn admits(&self, name: &str, value: Option<&str>) -> bool {
        let mut given = self.params(name).peekable();
        given.peek().is_none() || given.any(|given| value == Some(given))
    }

    /// Returns whether a query parameter is `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.param(name) == Some("true")
    }

    /// Returns a header's value if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    async fn read(request: hyper::Request<Incoming>, connection: u64) -> Result<Self, Abort> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Abort)?.to_bytes();
        Ok(Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(pairs).unwrap_or_default(),
            headers: head.headers,
            body,
            connection,
        })
    }
}

/// What is sent back.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The whole answer.
    Whole(hyper::Response<Bytes>),
    /// The head, which announces the whole body, then half of the body and the end of the connection.
    Half(hyper::Response<Bytes>),
    /// No answer: the connection is reset.
    Reset,
}

/// A running server. Dropping it stops the thread and closes every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds the address and starts to answer.
    pub(crate) fn start<E: Endpoint>(listen: SocketAddr, endpoint: Arc<E>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(format!("local-{address}")).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, endpoint, Arc::new(Hosts::of(address))) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns that address as a URL without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The service requested that the connection be broken.
#[derive(Debug)]
struct Abort;

impl std::fmt::Display for Abort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is broken on purpose")
    }
}

impl Error for Abort {}

async fn accept<E: Endpoint>(listener: std::net::TcpListener, endpoint: Arc<E>, hosts: Arc<Hosts>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut connections = 0;
    loop {
        // This error concerns only the connection that was about to be accepted.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        connections += 1;
        tokio::spawn(converse(stream, connections, Arc::clone(&endpoint), Arc::clone(&hosts)));
    }
}

/// Serves one connection. The stream is taken back at the end, because only its owner can reset it.
async fn converse<E: Endpoint>(stream: TcpStream, connection: u64, endpoint: Arc<E>, hosts: Arc<Hosts>) {
    let _ = stream.set_nodelay(true);
    let respond = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        let refused = hosts.refuse(request.uri(), request.headers());
        Box::pin(async move {
            if let Some(refusal) = refused {
                return Ok(refusal.map(Payload::whole));
            }
            match endpoint.answer(Request::read(request, connection).await?).await {
                Reply::Whole(response) => Ok(response.map(Payload::whole)),
                Reply::Half(response) => Ok(response.map(|bytes| Payload::half(&bytes))),
                Reply::Reset => Err(Abort),
            }
        })
    });
    let mut serving = http1::Builder::new().header_read_timeout(None).serve_connection(TokioIo::new(stream), respond);
    let end = poll_fn(|context| serving.poll_without_shutdown(context)).await;
    let stream = serving.into_parts().io.into_inner();
    let reset = end.is_err_and(|error| error.source().is_some_and(<dyn Error>::is::<Abort>));
    if reset {
        let _ = stream.set_zero_linger();
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}
