//! Whatever ends it: no process and no folder is left, and nothing listens beyond this machine.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{INPUTS, bootstrap, command, left, script};
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
    for (name, want) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129), ("-QUIT", 131)] {
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

/// Whenever the signal comes: nothing is left, and nothing is said about what was removed.
#[test]
fn a_signal_at_any_time_leaves_nothing() {
    let workspace = Workspace::new();
    let arguments = [&["create_vm"], &INPUTS[..]].concat();
    let synth = || {
        let mut synth = command(&workspace, &arguments);
        synth.arg("--function").arg(bootstrap()).stdout(Stdio::null()).stderr(Stdio::piped());
        synth.spawn().unwrap()
    };
    let whole = Instant::now();
    assert!(synth().wait().unwrap().success());
    let whole = whole.elapsed();
    for step in 1..40 {
        let synth = synth();
        std::thread::sleep(whole * step / 40);
        signal("-TERM", synth.id());
        let output = synth.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // Before it can clean up there is nothing to clean up, and the signal ends it as any process.
        let ended = (output.status.code(), output.status.signal());
        assert!([(Some(143), None), (None, Some(15)), (Some(0), None)].contains(&ended), "{step}: {ended:?} {said}");
        assert_eq!((said.as_ref(), left(&workspace)), ("", Vec::new()), "{step}");
    }
}

/// A process that is killed cannot clean up, so the next one does; the folder of one that runs is left alone.
#[test]
fn the_next_run_removes_what_a_killed_one_left() {
    let workspace = Workspace::new();
    let (mut killed, pids) = running(&workspace);
    let first = left(&workspace);
    let old = |name: &str| {
        let folder = fs::File::open(workspace.path().join("tmp").join(name)).unwrap();
        folder.set_modified(std::time::SystemTime::now() - Duration::from_secs(90)).unwrap();
    };
    old(&first[0]);
    fs::create_dir(workspace.path().join("tmp/synth-try-new")).unwrap();
    fs::create_dir(workspace.path().join("tmp/other")).unwrap();
    old("other");
    let run = || {
        command(&workspace, &[&["create_vm", "--function", bootstrap().to_str().unwrap()], &INPUTS[..]].concat())
            .output()
    };
    assert!(run().unwrap().status.success());
    assert_eq!(
        sorted(&workspace),
        [first[0].as_str(), "other", "synth-try-new"].map(str::to_owned).into_iter().collect()
    );
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(run().unwrap().status.success());
    assert_eq!(sorted(&workspace), ["other", "synth-try-new"].map(str::to_owned).into_iter().collect());
    until(|| (!runs(pids[0])).then_some(()));
    signal("-KILL", pids[1]);
}

fn sorted(workspace: &Workspace) -> BTreeSet<String> {
    left(workspace).into_iter().collect()
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
