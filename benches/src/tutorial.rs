//! The tutorial's approach as a small, fair model: one run after another, and a token and a new connection for each
//! call.
//! for each call.
//!
//! It is faster than the original, which is Python, logs its whole environment, and needs a TLS handshake each time.

use crate::wire::Connection;

/// Carries out each run as the tutorial's handler does. `host` is Port's address.
pub(crate) fn carry_out(host: &str, runs: &[String]) -> anyhow::Result<()> {
    for run in runs {
        let token = Connection::open(host)?.token()?;
        Connection::open(host)?.create_entity(&token, run)?;
        let token = Connection::open(host)?.token()?;
        Connection::open(host)?.close_run(&token, run)?;
    }
    Ok(())
}
