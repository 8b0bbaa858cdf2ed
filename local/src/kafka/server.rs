//! The broker's sockets, in a thread of their own: TLS or not by the first byte, and time that passes in groups.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as Listener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::api::Shared;
use super::connection::{Access, converse};
use crate::lock::lock;

/// The largest number of connections; others are closed at once.
const MOST_CONNECTIONS: usize = 1_000;
/// The time in which a client must send its first byte, and then finish its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The first byte of TLS. A request of Kafka's begins with its length, whose first byte is 0.
const TLS: u8 = 0x16;

/// The sockets of a broker.
#[derive(Debug)]
pub(super) struct Listeners(Vec<Listener>);

impl Listeners {
    /// Binds an address of loopback. `localhost` may mean either address, so the same port of `::1` is taken too if it
    /// is free.
    ///
    /// # Errors
    ///
    /// When the address is not of loopback or cannot be bound.
    pub(super) fn bind(listen: SocketAddr) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            let text = format!("the broker listens on loopback only, and `{listen}` is not part of it");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let first = Listener::bind(listen)?;
        let port = first.local_addr()?.port();
        let second = (listen.ip() == Ipv4Addr::LOCALHOST).then(|| Listener::bind((Ipv6Addr::LOCALHOST, port)));
        let listeners: Vec<Listener> = std::iter::once(first).chain(second.and_then(Result::ok)).collect();
        listeners.iter().try_for_each(|listener| listener.set_nonblocking(true))?;
        Ok(Self(listeners))
    }

    /// Returns the first address.
    ///
    /// # Errors
    ///
    /// When the operating system does not know it.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.first().ok_or(io::ErrorKind::NotFound)?.local_addr()
    }
}

/// A running server. Dropping it stops the thread and closes every connection.
#[derive(Debug)]
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve.
    ///
    /// # Errors
    ///
    /// When the thread cannot be started.
    pub(super) fn start(listeners: Listeners, shared: Arc<Shared>, tls: Arc<ServerConfig>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(format!("kafka-{}", shared.port)).spawn(move || {
            runtime.block_on(async {
                let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
                for listener in listeners.0 {
                    tokio::spawn(accept(
                        listener,
                        Arc::clone(&shared),
                        TlsAcceptor::from(Arc::clone(&tls)),
                        Arc::clone(&places),
                    ));
                }
                tokio::select! {
                    () = pass_time(&shared) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
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

async fn accept(listener: Listener, shared: Arc<Shared>, tls: TlsAcceptor, places: Arc<Semaphore>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        // This error concerns only the connection that was about to be accepted, or there are too many files.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        tokio::spawn(async move {
            let cut = shared.cut.notified();
            tokio::select! {
                _ = serve(&shared, stream, &tls) => {}
                () = cut => {}
            }
            drop(place);
        });
    }
}

/// Serves one connection in the form that its first byte announces.
async fn serve(shared: &Arc<Shared>, stream: TcpStream, tls: &TlsAcceptor) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    timeout(HANDSHAKE, stream.peek(&mut first)).await??;
    if first == [TLS] {
        let stream = timeout(HANDSHAKE, tls.accept(stream)).await??;
        converse(shared, stream, true, Access::None).await
    } else {
        converse(shared, stream, false, Access::None).await
    }
}

/// Lets members of groups expire when it is time.
async fn pass_time(shared: &Shared) {
    loop {
        let regrouped = shared.regrouped.notified();
        tokio::pin!(regrouped);
        regrouped.as_mut().enable();
        let deadline = lock(&shared.state).deadline();
        match deadline {
            Some(deadline) => drop(timeout_at(deadline.into(), regrouped).await),
            None => regrouped.await,
        }
        if lock(&shared.state).expire(Instant::now()) {
            shared.regrouped.notify_waiters();
        }
    }
}
