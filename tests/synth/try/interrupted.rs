//! Whatever ends it: no process and no folder is left, and nothing listens beyond this machine.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{INPUTS, command, left, script};
use crate::workspace::Workspace;

/// Starts a function that runs for long, with a child that does so too. Returns once both do.
fn running(workspace: &Workspace) -> (Child, Vec<u32>) {
    let function =
        script(workspace, "#!/bin/sh\nsleep 500 &\necho $$ $! > \"$LAMBDA_TASK_ROOT/../../pids\"\nwait\nexit\n");
    let arguments = [&["create_vm"], &INPUTS[..]].concat();
    let mut synth = command(workspace, &arguments);
    let synth = synth.arg("--function").arg(function).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pids = workspace.path().join("pids");
    let pids = until(|| fs::read_to_string(&pids).ok().filter(|text| text.ends_with('\n')));
    (synth, pids.split_whitespace().map(|pid| pid.parse().unwrap()).collect())
}

fn until<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it does not come about");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process runs. One that has ended may wait to be collected.
fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_leaves_nothing() {
    for (name, want) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let workspace = Workspace::new();
        let (mut synth, pids) = running(&workspace);
        assert!(pids.iter().all(|pid| runs(*pid)));
        assert_eq!(left(&workspace).len(), 1);
        signal(name, synth.id());
        assert_eq!(synth.wait().unwrap().code(), Some(want), "{name}");
        until(|| pids.iter().all(|pid| !runs(*pid)).then_some(()));
        assert_eq!(left(&workspace), [] as [String; 0], "{name}");
    }
}

/// Even a process that is killed takes the function with it.
#[test]
fn the_function_does_not_outlive_synth() {
    let workspace = Workspace::new();
    let (mut synth, pids) = running(&workspace);
    synth.kill().unwrap();
    synth.wait().unwrap();
    until(|| (!runs(pids[0])).then_some(()));
    signal("-KILL", pids[1]);
}

/// The folder of the plan is private, and every port is on the loopback address.
#[test]
fn others_cannot_reach_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::new();
    let (mut synth, _) = running(&workspace);
    let folder = workspace.path().join("tmp").join(&left(&workspace)[0]);
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{}/fd", synth.id()))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut listening = 0;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter(|table| Path::new(table).exists()) {
        for line in fs::read_to_string(table).unwrap().lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            if sockets.iter().any(|inode| *inode == columns[9]) {
                assert!(columns[1].starts_with("0100007F:"), "{line}");
                listening += 1;
            }
        }
    }
    assert!(listening >= 3, "{sockets:?}");
    signal("-INT", synth.id());
    synth.wait().unwrap();
}
