//! The HTTP client underneath: connections kept alive, compiled-in roots, no call without a bound.

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

/// A try that has not answered in this time is given up; the invocation's own deadline may be nearer.
pub const ATTEMPT: Duration = Duration::from_secs(10);

/// An HTTP client for Port and AWS.
///
/// TLS is rustls on ring with Mozilla's roots compiled in: the first use costs 3 ms at the processor share of a 128 MB
/// function (aws-lc-rs: 579 ms), and nothing is read from disk.
///
/// # Errors
/// When the TLS set-up is impossible, which the compiled-in parts rule out.
pub fn client() -> Result<reqwest::Client, Unusable> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    client_trusting(roots)
}

/// The same with roots of the caller's, such as the system's.
///
/// # Errors
/// As [`client`].
pub fn client_trusting(roots: RootCertStore) -> Result<reqwest::Client, Unusable> {
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(Duration::from_secs(3))
        .timeout(ATTEMPT)
        .pool_idle_timeout(Duration::from_secs(50))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("port-action-runner/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// By rustls.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// By reqwest.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// What went wrong on the way, in words that hold no address and no data.
pub fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_decode() || error.is_body() {
        "the answer broke off"
    } else {
        "the connection broke"
    }
}
