//! However a session ends, no process is left.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Session, command, of, runs, until};
use crate::workspace::Workspace;

/// The function's processes that a session has started.
fn processes(session: &mut Session) -> Vec<u64> {
    let started = |line: &serde_json::Value| of(line, "function", "started")?["process"].as_u64();
    let one = session.until("process", started);
    let mut all: Vec<u64> = session.seen.iter().filter_map(started).collect();
    all.push(one);
    all
}

#[test]
fn a_signal_ends_it_cleanly() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let workspace = Workspace::new();
        let mut session = Session::start(&workspace, &["--window", "0"]);
        let id = session.create_vm("Box");
        session.ended(&id);
        let processes = processes(&mut session);
        session.signal(name);
        assert_eq!(session.synth.wait().unwrap().code(), Some(0), "{name}");
        until("the function has ended", || processes.iter().all(|process| !runs(*process)));
    }
}

/// What is in flight may finish; what takes longer than two seconds is left for the next session.
#[test]
fn what_hangs_does_not_hold_it_up_and_a_second_signal_ends_it_at_once() {
    for signals in [1, 2] {
        let workspace = Workspace::new();
        let mut session = Session::start(&workspace, &["--window", "0", "--fault", "hang,always,path=/entities"]);
        session.create_vm("Box");
        session.until("invocation", |line| of(line, "mapping", "invocationStarted").map(drop));
        let processes = processes(&mut session);
        let start = Instant::now();
        session.signal("-INT");
        if signals == 2 {
            std::thread::sleep(Duration::from_millis(50));
            session.signal("-INT");
        }
        let code = session.synth.wait().unwrap().code();
        assert_eq!(code, Some(if signals == 2 { 130 } else { 0 }));
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        until("the function has ended", || processes.iter().all(|process| !runs(*process)));
    }
}

/// Even one that is killed takes the function with it.
#[test]
fn the_function_does_not_outlive_it() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let id = session.create_vm("Box");
    session.ended(&id);
    let processes = processes(&mut session);
    session.kill();
    until("the function has ended", || processes.iter().all(|process| !runs(*process)));
}

/// A reader that goes away, as with `| head`, ends it without an error.
#[test]
fn a_reader_that_goes_away_ends_it() {
    let workspace = Workspace::new();
    let inside = command(
        &workspace,
        &[
            "--run",
            "create_vm",
            "--input",
            "cpu=2",
            "--input",
            "memory=4",
            "--input",
            "storage=8",
            "--input",
            "region=eu-west-1",
        ],
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" \"$@\" | head -n 1 > /dev/null"]).arg(inside.get_program()).args(inside.get_args());
    shell.current_dir(workspace.path()).env("SYNTH_FUNCTION", crate::tried::bootstrap());
    assert!(shell.status().unwrap().success());
}
