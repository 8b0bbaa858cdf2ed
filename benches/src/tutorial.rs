//! The tutorial's way of working as a small honest model: one run after another, a token for each call, a new connection
//! for each call.
//!
//! It is kinder than the original, which is Python, logs its whole environment, and shakes hands over TLS each time.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::stage::CLIENT;

/// Carries out each run as the tutorial's handler does. `host` is Port's address.
pub(crate) fn carry_out(host: &str, runs: &[String]) -> anyhow::Result<()> {
    for run in runs {
        let entity = json!({
            "identifier": run.to_lowercase(),
            "title": run,
            "properties": {
                "cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying",
            },
        });
        let own = token(host)?;
        call(host, "POST", &format!("/v1/blueprints/vm/entities?run_id={run}"), Some(&own), &entity)?;
        let status = json!({ "status": "SUCCESS", "message": { "message": "The action status is SUCCESS" } });
        let own = token(host)?;
        call(host, "PATCH", &format!("/v1/actions/runs/{run}"), Some(&own), &status)?;
    }
    Ok(())
}

fn token(host: &str) -> anyhow::Result<String> {
    let credentials = json!({ "clientId": CLIENT.0, "clientSecret": CLIENT.1 });
    let answer = call(host, "POST", "/v1/auth/access_token", None, &credentials)?;
    Ok(answer.get("accessToken").and_then(Value::as_str).context("no token in the answer")?.to_owned())
}

/// One call over a connection of its own.
fn call(host: &str, method: &str, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
    let body = body.to_string();
    let authorization = token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         {authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
    if !head.starts_with("HTTP/1.1 2") {
        bail!("{method} {path}: {answer}");
    }
    Ok(serde_json::from_str(body)?)
}
