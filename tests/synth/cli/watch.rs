//! `--watch`, while files change.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::workspace::{BUILT, Workspace};

/// What a process prints, line by line.
struct Lines(Receiver<String>);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self(lines)
    }

    /// Reads until a line with this start.
    fn until(&self, start: &str) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            match self.0.recv_timeout(Duration::from_mins(1)) {
                Ok(line) => read.push(line),
                Err(error) => panic!("no line `{start}…` in {read:?}: {error}"),
            }
            if read.last().unwrap().starts_with(start) {
                return read;
            }
        }
    }
}

/// A process that ends with the test, whether it passes or not.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn watch(workspace: &Workspace, arguments: &[&str]) -> (Self, Lines) {
        let mut child = workspace.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines = Lines::of(child.stderr.take().unwrap());
        (Self(child), lines)
    }

    /// What Ctrl-C sends.
    fn interrupt(&mut self) -> i32 {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.0.wait().unwrap().code().unwrap()
    }
}

#[test]
fn watch_rechecks_on_change() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    let good = std::fs::read_to_string(&vm).unwrap();
    // With a path, only what it names is checked, and watched.
    let (mut process, lines) = Process::watch(&workspace, &["check", "--watch", "blueprints"]);
    assert_eq!(
        lines.until("watching 1 file"),
        ["1 blueprint, 3 actions: no errors", "watching 1 file; press Ctrl-C to stop"]
    );

    // A file that is seen half-written is checked again, so there may be an extra round.
    let shows = |words: &str| while !lines.until("checked again in ").join("\n").contains(words) {};
    std::fs::write(&vm, good.replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    shows("unknown-input\n");
    std::fs::write(&vm, &good).unwrap();
    shows("1 blueprint, 3 actions: no errors");

    // Files come and go. Findings of the other files are kept, with correct places.
    let other = good.replace("vm", "ab").replace("\"title\": \"AB\"", "\"titel\": \"AB\"");
    std::fs::write(workspace.path().join("blueprints/ab.json"), &other).unwrap();
    shows("2 blueprints, 6 actions");
    std::fs::write(&vm, good.replace("\"trigger\": \"CREATE\"", "\"triger\": \"CREATE\"")).unwrap();
    shows("[blueprints/vm.json:");
    // Findings from before are shown again.
    std::fs::remove_file(workspace.path().join("blueprints/ab.json")).unwrap();
    shows("[blueprints/vm.json:");
    std::fs::remove_file(&vm).unwrap();
    shows("error: no `*.json` or `*.jsonc` in `blueprints`");
    std::fs::write(&vm, &good).unwrap();
    shows("1 blueprint, 3 actions: no errors");
    assert_eq!(process.interrupt(), 0);
}

/// Without input there is nothing to watch yet, which is said, and what comes is checked.
#[test]
fn watch_waits_for_input() {
    for arguments in [&["check", "--watch"][..], &["--watch"], &["check", "--watch", "blueprints"]] {
        let workspace = Workspace::empty();
        let (mut process, lines) = Process::watch(&workspace, arguments);
        let shown = lines.until("waiting for input in `blueprints`; press Ctrl-C to stop").join("\n");
        assert!(shown.starts_with("error: there is no folder `blueprints`"), "{shown}");
        std::fs::create_dir(workspace.path().join("blueprints")).unwrap();
        std::fs::copy(crate::root().join("blueprints/vm.json"), workspace.path().join("blueprints/vm.json")).unwrap();
        let shown = lines.until("checked again in ").join("\n");
        assert!(shown.contains("1 blueprint, 3 actions: "), "{shown}");
        assert_eq!(process.interrupt(), 0);
    }
}

/// Without a path, `check` watches what a build reads.
#[test]
fn watch_checks_the_settings_too() {
    let workspace = Workspace::new();
    let (mut process, lines) = Process::watch(&workspace, &["check", "--watch"]);
    lines.until("watching ");
    std::fs::write(workspace.path().join("synth.toml"), "memroy = 512\n").unwrap();
    let shown = lines.until("checked again in ").join("\n");
    assert!(shown.contains("changed: synth.toml\n") && shown.contains("did you mean `memory`?"), "{shown}");
    assert_eq!(process.interrupt(), 0);
}

#[test]
fn watch_rebuilds_on_change() {
    let workspace = Workspace::new();
    let (mut process, lines) = Process::watch(&workspace, &["--watch"]);
    lines.until("watching ");
    std::fs::write(workspace.path().join("synth.toml"), "memory = 512\n").unwrap();
    let shown = lines.until("checked again in ").join("\n");
    assert!(shown.contains("changed: synth.toml\n") && shown.contains("wrote 1 file to `out`"), "{shown}");
    let template = std::fs::read_to_string(workspace.path().join("out/template.yaml")).unwrap();
    assert!(template.contains("MemorySize: 512"));
    assert_eq!(process.interrupt(), 0);
    assert_eq!(
        workspace.files(),
        [&["blueprints/vm.json"], &BUILT[..], &["synth.toml"]].concat(),
        "no temporary file is left"
    );
}
