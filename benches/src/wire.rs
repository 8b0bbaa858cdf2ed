//! Calls to Port's API with a minimal client, for comparison with the function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::function::CLIENT;

/// One connection to Port.
#[derive(Debug)]
pub(crate) struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Opens a connection. `host` is Port's address.
    pub(crate) fn open(host: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    /// Fetches a token.
    pub(crate) fn token(&mut self) -> anyhow::Result<String> {
        let credentials = json!({ "clientId": CLIENT.0, "clientSecret": CLIENT.1 });
        let answer = self.call("POST", "/v1/auth/access_token", "", &credentials)?;
        Ok(answer.get("accessToken").and_then(Value::as_str).context("no token in the answer")?.to_owned())
    }

    /// Writes the tutorial's entity.
    pub(crate) fn create_entity(&mut self, token: &str, run: &str) -> anyhow::Result<()> {
        let properties = json!({
            "cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying",
        });
        let entity = json!({ "identifier": run, "title": run, "properties": properties });
        self.call("POST", &format!("/v1/blueprints/vm/entities?run_id={run}"), token, &entity).map(drop)
    }

    /// Closes a run.
    pub(crate) fn close_run(&mut self, token: &str, run: &str) -> anyhow::Result<()> {
        let status = json!({ "status": "SUCCESS", "message": { "message": "The action status is SUCCESS" } });
        self.call("PATCH", &format!("/v1/actions/runs/{run}"), token, &status).map(drop)
    }

    fn call(&mut self, method: &str, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let start = head.len();
            self.stream.read_line(&mut head)?;
            let line = head.get(start..).unwrap_or_default().trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = number.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        if !head.starts_with("HTTP/1.1 2") {
            bail!("{method} {path}: {head}{}", String::from_utf8_lossy(&answer));
        }
        Ok(serde_json::from_slice(&answer)?)
    }
}
