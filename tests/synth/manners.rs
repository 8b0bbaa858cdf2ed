//! How the command behaves on a terminal, in a pipe, in a shell's start-up file, and while someone edits.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

use crate::command::{Folder, code, text};

/// Runs with these variables and no other that colour depends on.
fn colored(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = folder.command(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn colour_is_for_who_asks_for_it() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("blueprints/vm.json"), "{").unwrap();
    for (arguments, variables, want) in [
        (&["check"][..], &[][..], false),
        (&["check", "--color", "always"], &[], true),
        (&["--color=always", "check"], &[("NO_COLOR", "1")], true),
        (&["check"], &[("CLICOLOR_FORCE", "1")], true),
        (&["check", "--color", "auto"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--nonsense", "--color", "always"], &[], true),
    ] {
        let output = colored(&folder, arguments, variables);
        assert_eq!(text(&output.stderr).contains('\u{1b}'), want, "{arguments:?} {variables:?}");
    }
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let folder = Folder::new();
    for arguments in [&["--quiet"][..], &["check", "-q"], &["-q", "build", "--check"], &["upgrade", "-q"]] {
        let output = folder.synth(arguments);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{arguments:?}");
    }
    assert!(!folder.synth(&["--quiet", "--stdout"]).stdout.is_empty(), "data is data");
    std::fs::write(folder.path().join("blueprints/vm.json"), "{").unwrap();
    let output = folder.synth(&["check", "--quiet"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("1 error"), "{}", text(&output.stderr));
    let output = folder.synth(&["check", "--quiet", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).starts_with("error: cannot read `nowhere`"));
}

/// What a reader who goes away leaves is neither a panic nor an error.
#[test]
fn a_broken_pipe_is_no_error() {
    let folder = Folder::new();
    for arguments in [
        &["--stdout"][..],
        &["--check"],
        &["event", "--action", "create_vm"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let mut child = folder.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Nobody ever reads, so the first write fails, or what was written before goes nowhere.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let words = text(&output.stderr);
        assert!(!words.contains("panicked") && !words.contains("roken pipe"), "{arguments:?}: {words}");
        let stale = i32::from(arguments == ["--check"] && words.contains("stale"));
        assert_eq!(code(&output), stale, "{arguments:?}: {words}");
    }
}

/// Every command teaches by example, in its help and in its manual page.
#[test]
fn help_has_examples() {
    let folder = Folder::new();
    for command in [
        "build",
        "check",
        "new blueprint",
        "new action",
        "event",
        "filter-test",
        "upgrade",
        "schema",
        "completions",
        "man",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        for help in [&["--help"][..], &["-h"]] {
            let output = folder.synth(&[&words, help].concat());
            let shown = text(&output.stdout);
            assert!(shown.contains("Examples:\n") && shown.contains(&format!("synth {command}")), "{command}: {shown}");
        }
        let page = folder.synth(&[&["man"], &words[..]].concat());
        assert!(text(&page.stdout).contains(".SH EXTRA\nExamples:"), "{command}: {}", text(&page.stdout));
    }
    let output = folder.synth(&["man", "buidl"]);
    assert_eq!(text(&output.stderr), "error: there is no command `buidl`\n  help: did you mean `build`?\n");
}

/// Every example of the help is a command line that parses.
#[test]
fn examples_are_command_lines() {
    let folder = Folder::new();
    let mut tried = 0;
    for command in [
        "",
        "build",
        "check",
        "new blueprint",
        "new action",
        "event",
        "filter-test",
        "upgrade",
        "schema",
        "completions",
        "man",
    ] {
        let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        let help = text(&folder.synth(&[&words[..], &["--help"]].concat()).stdout);
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        for example in examples.lines().take_while(|line| !line.is_empty()).flat_map(|line| line.split(" && ")) {
            let example = example.split(" | ").next().unwrap().split(" > ").next().unwrap().trim();
            // What stands behind two blanks explains.
            let Some(line) = example.split("  ").next().filter(|line| line.starts_with("synth")) else { continue };
            let line =
                if line == "synth help COMMAND" { "synth help build".to_owned() } else { format!("{line} --help") };
            let program = Path::new(env!("CARGO_BIN_EXE_synth")).parent().unwrap();
            let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
            let help = Command::new("sh").args(["-c", &line]).env("PATH", path).output().unwrap();
            assert_eq!(code(&help), 0, "{line}: {}", text(&help.stderr));
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}

#[test]
fn completions_are_scripts() {
    let folder = Folder::new();
    for (shell, command) in [("bash", "_synth()"), ("zsh", "#compdef synth"), ("fish", "complete -c synth")] {
        let output = folder.synth(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains(command), "{shell}");
        let script = folder.path().join(shell);
        std::fs::write(&script, &output.stdout).unwrap();
        match Command::new(shell).arg("-n").arg(&script).output() {
            Ok(parsed) => assert!(parsed.status.success(), "{shell}: {}", text(&parsed.stderr)),
            Err(_) => println!("skipped: there is no {shell} to parse its script"),
        }
    }
}

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
    fn watch(folder: &Folder, arguments: &[&str]) -> (Self, Lines) {
        let mut child = folder.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
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
fn watch_checks_again_at_every_change() {
    let folder = Folder::new();
    let vm = folder.path().join("blueprints/vm.json");
    let good = std::fs::read_to_string(&vm).unwrap();
    let (mut process, lines) = Process::watch(&folder, &["check", "--watch"]);
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
    std::fs::write(folder.path().join("blueprints/ab.json"), &other).unwrap();
    told("2 blueprints, 6 actions");
    std::fs::write(&vm, good.replace("\"trigger\": \"CREATE\"", "\"triger\": \"CREATE\"")).unwrap();
    told("[blueprints/vm.json:");
    // What was found before is told again.
    std::fs::remove_file(folder.path().join("blueprints/ab.json")).unwrap();
    told("[blueprints/vm.json:");
    std::fs::remove_file(&vm).unwrap();
    told("error: `blueprints` holds no `*.json`");
    std::fs::write(&vm, &good).unwrap();
    told("1 blueprint, 3 actions: no errors");
    assert_eq!(process.interrupt(), 0);
}

#[test]
fn watch_builds_again_at_every_change() {
    let folder = Folder::new();
    let (mut process, lines) = Process::watch(&folder, &["--watch"]);
    lines.until("watching ");
    std::fs::write(folder.path().join("synth.toml"), "memory = 512\n").unwrap();
    let said = lines.until("checked again in ").join("\n");
    assert!(said.contains("changed: synth.toml\n") && said.contains("wrote 1 file to `out`"), "{said}");
    let template = std::fs::read_to_string(folder.path().join("out/template.yaml")).unwrap();
    assert!(template.contains("MemorySize: 512"));
    assert_eq!(process.interrupt(), 0);
    assert_eq!(
        folder.files(),
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

/// On a terminal a step that takes over a second is told, and wiped out. `script` of util-linux makes the terminal.
#[test]
fn a_long_step_is_told_on_a_terminal() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("slow.json");
    let Ok(made) = Command::new("mkfifo").arg(&pipe).status() else {
        println!("skipped: there is no mkfifo");
        return;
    };
    assert!(made.success());
    for (option, want) in [("", true), ("--quiet ", false)] {
        let line = format!("{} {option}check {}", env!("CARGO_BIN_EXE_synth"), pipe.display());
        let Ok(mut child) = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
        else {
            println!("skipped: there is no script");
            return;
        };
        // Opening it waits for the reader, who then waits for the text.
        let slow = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut said = Vec::new();
        if want {
            while !text(&said).contains("checking, 1 s") {
                let mut bytes = [0; 256];
                let count = stdout.read(&mut bytes).unwrap();
                assert!(count > 0, "{}", text(&said));
                said.extend(&bytes[..count]);
            }
        }
        drop(slow);
        stdout.read_to_end(&mut said).unwrap();
        let code = child.wait().unwrap().code().unwrap();
        let said = text(&said);
        assert_eq!(code, 1, "an empty file is refused: {said}");
        assert!(said.contains("the file is empty"), "{said}");
        assert_eq!(said.contains("checking"), want, "{said}");
    }
}
