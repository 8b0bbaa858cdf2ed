//! `synth dev`: Port, Kafka, the mapping and the built function on this machine.

mod cases;
mod edited;
mod ends;
mod kept;
mod reached;
mod refused;
mod runs;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::tried::bootstrap;
use crate::workspace::Workspace;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// Inputs that the example's form accepts.
const INPUTS: [&str; 8] =
    ["--input", "cpu=2", "--input", "memory=4", "--input", "storage=8", "--input", "region=eu-west-1"];

/// The command in a folder, with the built function.
fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.command(&[&["dev", "--json"], arguments].concat());
    command.env("SYNTH_FUNCTION", bootstrap()).stdin(Stdio::null());
    command
}

/// A session that runs.
struct Session {
    synth: Child,
    lines: Receiver<String>,
    /// What was printed so far.
    seen: Vec<Value>,
    ready: Value,
}

impl Session {
    /// Starts a session and waits until it is ready.
    fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        Self::of(command(workspace, arguments))
    }

    fn of(mut command: Command) -> Self {
        let mut synth = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(synth.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut session = Self { synth, lines, seen: Vec::new(), ready: Value::Null };
        session.ready = session.until("ready", |line| line.get("ready").cloned());
        session
    }

    /// Waits for a line, also among those that were seen already.
    fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        if let Some(found) = self.seen.iter().find_map(&mut wanted) {
            return found;
        }
        self.next(what, wanted)
    }

    /// Waits for a line that was not seen yet.
    fn next<T>(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let line = match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => panic!("no {what}: {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => {
                    let mut stderr = String::new();
                    self.synth.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                    panic!("ended without {what}: {stderr}");
                }
            };
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            self.seen.push(line.clone());
            if let Some(found) = wanted(&line) {
                return found;
            }
        }
    }

    /// Waits for the end of a run, and returns it.
    fn ended(&mut self, id: &str) -> Value {
        self.until(&format!("end of {id}"), |line| {
            let run = of(line, "port", "runChanged")?.get("run")?;
            let is_over = matches!(run["status"].as_str(), Some("SUCCESS" | "FAILURE" | "DECLINED"));
            (run["id"] == id && is_over).then(|| run.clone())
        })
    }

    /// Calls the local Port and returns the status and the body.
    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let base = self.ready["port"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let credentials = std::fs::read_to_string(self.ready["credentials"].as_str().unwrap()).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let login = json!({ "clientId": credentials["clientId"], "clientSecret": credentials["clientSecret"] });
        let (_, token) = request(&base, "POST", "/v1/auth/access_token", "", &login);
        let token = token["accessToken"].as_str().unwrap();
        request(&base, method, path, &format!("Authorization: Bearer {token}\r\n"), body)
    }

    /// Starts a run of the example's action, and returns its id.
    fn create_vm(&self, title: &str) -> String {
        let inputs = json!({ "title": title, "cpu": 2, "memory": 4, "storage": 8, "region": "eu-west-1" });
        let (status, answer) = self.call("POST", "/v1/actions/vm_create_vm/runs", &json!({ "properties": inputs }));
        assert_eq!(status, 202, "{answer}");
        answer["run"]["id"].as_str().unwrap().to_owned()
    }

    /// Sends a signal.
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.synth.id().to_string()]).status().unwrap().success());
    }

    /// Ends the session as Ctrl-C does, and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        self.signal("-INT");
        self.synth.wait().unwrap().code()
    }

    /// Ends the session in the middle of whatever it does.
    fn kill(mut self) {
        self.synth.kill().unwrap();
        self.synth.wait().unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.synth.kill();
        let _ = self.synth.wait();
    }
}

/// What an event of a service says, if the line is of that kind.
fn of<'a>(line: &'a Value, service: &str, kind: &str) -> Option<&'a Value> {
    line["event"].get(service).filter(|event| event["event"] == kind)
}

/// Sends a request to an address and returns the status and the body.
fn request(address: &str, method: &str, path: &str, headers: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// The file of the journal.
fn journal(workspace: &Workspace) -> PathBuf {
    workspace.path().join(".synth/dev/journal.jsonl")
}

/// Whether a process runs. One that has ended may wait to be collected.
fn runs(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
