//! A bare HTTP/1.1 client: one connection, no pool, no retries, so that a test sees exactly what is sent.

#![allow(dead_code, reason = "every test program uses only the part that it needs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot send its calls has failed")]

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use local::{Credentials, FakePort};
use serde_json::{Value, json};

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    reader: BufReader<TcpStream>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Wire {
    /// Connects to a URL or an address.
    pub(crate) fn connect(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { reader: BufReader::new(stream), headers: Vec::new() }
    }

    /// Connects and fetches a token.
    pub(crate) fn signed_in(port: &FakePort) -> Self {
        let mut wire = Self::connect(&port.url());
        wire.sign_in();
        wire
    }

    pub(crate) fn sign_in(&mut self) {
        let body = json!({"clientId": "id", "clientSecret": "secret"});
        let token = self.post("/v1/auth/access_token", &body).json()["accessToken"].as_str().unwrap().to_owned();
        self.headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send("POST", path, Some(body)).unwrap()
    }

    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Response {
        self.send("PATCH", path, Some(body)).unwrap()
    }

    pub(crate) fn put(&mut self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, Some(body)).unwrap()
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send("GET", path, None).unwrap()
    }

    pub(crate) fn delete(&mut self, path: &str) -> Response {
        self.send("DELETE", path, None).unwrap()
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Response> {
        self.send_bytes(method, path, body.map(Value::to_string).unwrap_or_default().as_bytes())
    }

    pub(crate) fn send_bytes(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<Response> {
        self.write(method, path, body)?;
        self.read()
    }

    pub(crate) fn write(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<()> {
        let (host, length) = (self.stream().peer_addr()?, body.len());
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n");
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        self.reader.get_mut().write_all(&[head.as_bytes(), body].concat())
    }

    pub(crate) fn read(&mut self) -> io::Result<Response> {
        let head = self.read_head()?;
        let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Response { body, ..head })
    }

    fn read_head(&mut self) -> io::Result<Response> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines[1..]
            .iter()
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Ok(Response { status, headers, body: Vec::new() })
    }
}

/// Starts a Port that knows the credentials `id` and `secret`, and the blueprints and actions of the tests.
pub(crate) fn port() -> FakePort {
    let port = FakePort::start(Credentials::new("id", "secret")).unwrap();
    port.add_blueprint(json!({
        "identifier": "region", "title": "Region", "schema": {"properties": {}, "required": []}
    }));
    port.add_blueprint(json!({
        "identifier": "vm", "title": "VM", "icon": "Server",
        "schema": {
            "properties": {
                "cpu": {"type": "number", "minimum": 1},
                "state": {"type": "string", "enum": ["on", "off"]},
                "since": {"type": "string", "format": "date-time"},
                "tags": {"type": "array", "items": {"type": "string"}}
            },
            "required": ["cpu"]
        },
        "relations": {
            "region": {"target": "region", "required": false, "many": false},
            "peers": {"target": "vm", "required": false, "many": true}
        }
    }));
    port.add_blueprint(json!({
        "identifier": "disk", "title": "Disk", "schema": {"properties": {}, "required": []},
        "relations": {"vm": {"target": "vm", "required": true, "many": false}}
    }));
    for (identifier, operation) in [("vm_create_vm", "CREATE"), ("resize", "DAY-2")] {
        port.add_action(json!({
            "identifier": identifier, "title": identifier,
            "trigger": {
                "type": "self-service", "operation": operation, "blueprintIdentifier": "vm",
                "userInputs": {"properties": {"cpu": {"type": "number"}}, "required": ["cpu"]}
            },
            "invocationMethod": {"type": "KAFKA"}
        }));
    }
    port
}
