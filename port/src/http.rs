//! The underlying HTTP client: connections are kept alive, root certificates are compiled in, and every call has a time
//! limit.

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

/// The time limit of one attempt. The invocation's own deadline may be earlier.
pub const ATTEMPT: Duration = Duration::from_secs(10);

/// Creates an HTTP client for Port and AWS.
///
/// TLS is rustls on ring with Mozilla's root certificates compiled in: the first use costs 3 ms with the CPU share of a
/// 128 MB function (aws-lc-rs: 579 ms), and nothing is read from disk.
///
/// # Errors
/// When TLS cannot be set up, which the compiled-in parts rule out.
pub fn client() -> Result<reqwest::Client, Unusable> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    client_trusting(roots)
}

/// Creates the same client with other root certificates, such as the system's.
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

/// The client cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The error of rustls.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The error of reqwest.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// Returns what went wrong, without any address or data.
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
