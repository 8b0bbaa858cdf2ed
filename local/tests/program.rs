//! The program `local`, as used by a script in another process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

mod wire;

use wire::Wire;

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_script_prepares_and_inspects_it() {
    let child = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(["port", "--client-id", "id", "--client-secret", "secret", "--no-rate-limit"])
        .stdout(Stdio::piped())
        .spawn();
    let mut running = Running(child.unwrap());
    let mut url = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut url).unwrap();

    let mut wire = Wire::connect(url.trim());
    assert_eq!(wire.get("/_local/health").status, 200);
    let blueprint = json!({"identifier": "vm", "title": "VM", "schema": {"properties": {}, "required": []}});
    assert_eq!(wire.post("/_local/blueprints", &blueprint).status, 201);
    assert_eq!(wire.post("/_local/entities/vm", &json!({"identifier": "a"})).status, 201);
    let run = json!({"id": "r_1", "action": "create_vm", "blueprint": "vm", "entity": null});
    assert_eq!(wire.post("/_local/runs", &run).status, 201);
    assert_eq!(wire.post("/_local/runs", &json!({"action": "create_vm"})).status, 422);

    assert_eq!(wire.post("/_local/users", &json!({"email": "ada@a.test"})).status, 201);

    wire.sign_in();
    let users = wire.get("/v1/users");
    assert_eq!(users.json()["users"][0]["email"], "ada@a.test");
    assert_eq!(users.header("x-ratelimit-limit"), None, "as the arguments say");
    assert_eq!(wire.post("/v1/actions/runs/r_1/logs", &json!({"message": "hello"})).status, 201);
    assert_eq!(wire.patch("/v1/actions/runs/r_1", &json!({"status": "SUCCESS"})).status, 200);
    let state = wire.get("/_local/state").json();
    assert_eq!(state["entities"][0]["identifier"], "a");
    assert_eq!(state["runs"][0]["status"], "SUCCESS");
    assert_eq!(state["runLogs"]["r_1"][0]["message"], "hello");
    assert_eq!(state["calls"].as_array().unwrap().len(), 4, "calls to /_local are not recorded");
}

#[test]
fn a_broker_says_where_it_is_and_whom_to_trust() {
    let ca = std::env::temp_dir().join(format!("kafka-ca-{}.pem", std::process::id()));
    let child = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(["kafka", "--topic", "org.runs", "--ca"])
        .arg(&ca)
        .stdout(Stdio::piped())
        .spawn();
    let mut running = Running(child.unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines().take(2).map(Result::unwrap);
    let lines: Vec<String> = lines.collect();
    assert!(std::net::TcpStream::connect(&lines[0]).is_ok(), "{lines:?}");
    assert_eq!(lines[1], ca.to_str().unwrap());
    assert!(std::fs::read_to_string(&ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    std::fs::remove_file(ca).unwrap();

    for (arguments, message) in [(["--listen", "0.0.0.0:0"], "loopback only"), (["--topic", "a/b"], "a topic's name")] {
        let output = Command::new(env!("CARGO_BIN_EXE_local")).arg("kafka").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(message), "{output:?}");
    }
}

#[test]
fn an_address_in_use_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_local")).args(["port", "--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("cannot listen on `{address}`")));
}
