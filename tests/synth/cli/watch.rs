//! `--watch`: the command while someone edits.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::workspace::Workspace;

/// Says what a process says, line by line.
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

    /// Reads on until a line that begins so.
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

/// A process that ends with the test, whatever becomes of it.
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
    let (mut process, lines) = Process::watch(&workspace, &["check", "--watch"]);
    assert_eq!(
        lines.until("watching 1 file"),
        ["1 blueprint, 3 actions: no errors", "watching 1 file; Ctrl-C ends it"]
    );

    // A file that is seen half written is looked at again, so there may be a round more.
    let told = |words: &str| while !lines.until("checked again in ").join("\n").contains(words) {};
    std::fs::write(&vm, good.replace(".inputs.cpu }}", ".inputs.cpus }}")).unwrap();
    told("unknown-input\n");
    std::fs::write(&vm, &good).unwrap();
    told("1 blueprint, 3 actions: no errors");

    // Files come and go; the others keep what is known of them, and their places in findings are right.
    let other = good.replace("vm", "ab").replace("\"title\": \"AB\"", "\"titel\": \"AB\"");
    std::fs::write(workspace.path().join("blueprints/ab.json"), &other).unwrap();
    told("2 blueprints, 6 actions");
    std::fs::write(&vm, good.replace("\"trigger\": \"CREATE\"", "\"triger\": \"CREATE\"")).unwrap();
    told("[blueprints/vm.json:");
    // What was found before is told again.
    std::fs::remove_file(workspace.path().join("blueprints/ab.json")).unwrap();
    told("[blueprints/vm.json:");
    std::fs::remove_file(&vm).unwrap();
    told("error: `blueprints` holds no `*.json`");
    std::fs::write(&vm, &good).unwrap();
    told("1 blueprint, 3 actions: no errors");
    assert_eq!(process.interrupt(), 0);
}

#[test]
fn watch_rebuilds_on_change() {
    let workspace = Workspace::new();
    let (mut process, lines) = Process::watch(&workspace, &["--watch"]);
    lines.until("watching ");
    std::fs::write(workspace.path().join("synth.toml"), "memory = 512\n").unwrap();
    let said = lines.until("checked again in ").join("\n");
    assert!(said.contains("changed: synth.toml\n") && said.contains("wrote 1 file to `out`"), "{said}");
    let template = std::fs::read_to_string(workspace.path().join("out/template.yaml")).unwrap();
    assert!(template.contains("MemorySize: 512"));
    assert_eq!(process.interrupt(), 0);
    assert_eq!(
        workspace.files(),
        [
            "blueprints/vm.json",
            "out/port/vm.json",
            "out/runner/plan.json",
            "out/schema/blueprint.json",
            "out/schema/synth.json",
            "out/template.yaml",
            "synth.toml"
        ],
        "nothing half done is left"
    );
}
