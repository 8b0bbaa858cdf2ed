//! Whether programs on this machine reach each other.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connects to a port of this process's own, as a function connects to the services here.
///
/// # Errors
///
/// When that fails: in a container or network namespace, the loopback interface may be down.
pub fn check_loopback() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    TcpStream::connect_timeout(&listener.local_addr()?, PATIENCE).map(drop)
}
