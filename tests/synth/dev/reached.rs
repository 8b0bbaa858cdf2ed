//! Who reaches a session: this machine alone, under its own names.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{INPUTS, PATIENCE, Session, command};
use crate::workspace::{Workspace, code, text};

/// The addresses on which a process listens, as the system writes them.
fn listening(pid: u32) -> BTreeSet<String> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter(|table| Path::new(table).exists()) {
        for line in fs::read_to_string(table).unwrap().lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            if columns[3] == "0A" && sockets.iter().any(|inode| *inode == columns[9]) {
                found.insert(columns[1].to_owned());
            }
        }
    }
    found
}

/// Every port is on loopback; every one that speaks HTTP answers its own names alone.
#[test]
fn every_port_is_of_loopback_and_knows_its_names() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let id = session.create_vm("Box");
    session.ended(&id);
    let addresses = listening(session.synth.id());
    let kafka: u16 = session.ready["kafka"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let mut http = 0;
    for address in &addresses {
        let (ip, port) = address.split_once(':').unwrap();
        assert!(["0100007F", "00000000000000000000000001000000"].contains(&ip), "{address}");
        let port = u16::from_str_radix(port, 16).unwrap();
        if port == kafka {
            continue;
        }
        http += 1;
        for (host, status) in [
            (format!("Host: localhost.evil.test:{port}\r\n"), "421"),
            (format!("Host: evil.test:{port}\r\n"), "421"),
            ("Host: localhost\r\n".to_owned(), "421"),
            (String::new(), "400"),
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            write!(stream, "GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert_eq!(answer.split(' ').nth(1), Some(status), "{port} {host}");
        }
    }
    assert!(http >= 3, "Port, Secrets Manager and the runtime API: {addresses:?}");
    assert_eq!(session.stop(), Some(0));
}

/// The second session beside a first one gets other ports and says so.
#[test]
fn a_port_that_is_taken_is_said_and_the_next_one_is_used() {
    let (one, other) = (Workspace::new(), Workspace::new());
    let first = Session::start(&one, &[]);
    let second = Session::start(&other, &[]);
    assert_ne!(first.ready["port"], second.ready["port"]);
    assert_ne!(first.ready["kafka"], second.ready["kafka"]);
    assert_eq!((first.stop(), second.stop()), (Some(0), Some(0)));
    // Sessions of other tests come and go, so the ports are held here.
    let _held = [4568, 9196].map(held);
    let mut shown = Command::new(env!("CARGO_BIN_EXE_synth"));
    let third = Workspace::new();
    shown
        .args([&["dev", "--run", "create_vm", "--exit", "--window", "0"], &INPUTS[..]].concat())
        .current_dir(third.path());
    let output = shown.env("SYNTH_FUNCTION", crate::tried::bootstrap()).output().unwrap();
    assert!(text(&output.stdout).contains("(port 4568 is taken)"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("(port 9196 is taken)"), "{}", text(&output.stdout));
}

/// Takes a port as soon as nobody else has it.
fn held(port: u16) -> TcpListener {
    let until = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < until, "port {port}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// No network but loopback.
#[test]
fn a_run_needs_no_network() {
    let workspace = Workspace::new();
    let inside = command(&workspace, &[&["--run", "create_vm", "--exit"], &INPUTS[..]].concat());
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    unshare.arg(inside.get_program()).args(inside.get_args()).current_dir(workspace.path());
    let output = unshare.env("SYNTH_FUNCTION", crate::tried::bootstrap()).output().unwrap();
    let may_not = text(&output.stderr).contains("Operation not permitted");
    if may_not && std::env::var_os("CI").is_none() {
        eprintln!("skipped: this machine has no network namespaces for users");
        return;
    }
    assert_eq!(code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
}
