//! Every HTTP server answers only requests for its own address, so that no page in a browser can read it by another name.

#![expect(clippy::unwrap_used, reason = "a test that cannot send its requests has failed")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use local::{Credentials, FakePort, FakeSecretsManager, LambdaRuntime};

/// Sends a request with these header lines and returns the status.
fn status(address: SocketAddr, version: &str, headers: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /v1/nothing HTTP/{version}\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn only_the_servers_own_names_are_answered() {
    let port = FakePort::start(Credentials::new("id", "secret")).unwrap();
    let secrets = FakeSecretsManager::start().unwrap();
    let runtime = LambdaRuntime::start().unwrap();
    let address = |url: String| url.trim_start_matches("http://").parse::<SocketAddr>().unwrap();
    for address in [address(port.url()), address(secrets.url()), address(runtime.address())] {
        assert!(address.ip().is_loopback(), "{address}");
        let p = address.port();
        for host in [format!("127.0.0.1:{p}"), format!("localhost:{p}"), format!("LOCALHOST:{p}"), format!("[::1]:{p}")]
        {
            let status = status(address, "1.1", &format!("Host: {host}\r\n"));
            assert!(status != 421 && (400..500).contains(&status), "{host}: {status}");
        }
        for host in [
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            format!("127.0.0.1:{}", p ^ 1),
            format!("localhost:{p}0"),
            format!("localhost:0{p}"),
            format!("localhost.:{p}"),
            format!("localhost.evil.test:{p}"),
            format!("evil.test:{p}"),
            format!("127.0.0.1.nip.io:{p}"),
            format!("127.0.0.2:{p}"),
            format!("0.0.0.0:{p}"),
            format!("[::]:{p}"),
            format!("localhost:{p}@evil.test"),
            format!("user@localhost:{p}"),
            String::new(),
        ] {
            assert_eq!(status(address, "1.1", &format!("Host: {host}\r\n")), 421, "{host}");
            // Also where another header, which a proxy would set, claims to know better.
            let forwarded = format!("Host: {host}\r\nX-Forwarded-Host: localhost:{p}\r\n");
            assert_eq!(status(address, "1.1", &forwarded), 421, "{host}");
        }
        assert_eq!(status(address, "1.1", ""), 400);
        assert_eq!(status(address, "1.0", ""), 400);
        assert_eq!(status(address, "1.1", &format!("Host: localhost:{p}\r\nHost: localhost:{p}\r\n")), 400);
    }
}

/// A request whose line names a whole URL is for that URL, whatever its headers say.
#[test]
fn a_request_line_with_another_host_is_refused() {
    let port = FakePort::start(Credentials::new("id", "secret")).unwrap();
    let address: SocketAddr = port.url().trim_start_matches("http://").parse().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET http://evil.test/v1/nothing HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}
