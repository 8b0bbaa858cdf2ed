//! Colour, `--quiet`, closed pipes and progress.

use std::io::Read as _;
use std::process::{Command, Output, Stdio};

use crate::workspace::{Workspace, code, text};

/// Runs with these variables as the only ones that affect colour.
fn colored(workspace: &Workspace, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = workspace.command(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn colour_follows_flags_and_environment() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/vm.json"), "{").unwrap();
    for (arguments, variables, want) in [
        (&["check"][..], &[][..], false),
        (&["check", "--color", "always"], &[], true),
        (&["--color=always", "check"], &[("NO_COLOR", "1")], true),
        (&["check"], &[("CLICOLOR_FORCE", "1")], true),
        (&["check", "--color", "auto"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--nonsense", "--color", "always"], &[], true),
    ] {
        let output = colored(&workspace, arguments, variables);
        assert_eq!(text(&output.stderr).contains('\u{1b}'), want, "{arguments:?} {variables:?}");
    }
}

#[test]
fn quiet_prints_only_problems() {
    let workspace = Workspace::new();
    for arguments in [&["--quiet"][..], &["check", "-q"], &["-q", "build", "--check"], &["upgrade", "-q"]] {
        let output = workspace.synth(arguments);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{arguments:?}");
    }
    assert!(!workspace.synth(&["--quiet", "--stdout"]).stdout.is_empty(), "data is data");
    std::fs::write(workspace.path().join("blueprints/vm.json"), "{").unwrap();
    let output = workspace.synth(&["check", "--quiet"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("1 error"), "{}", text(&output.stderr));
    let output = workspace.synth(&["check", "--quiet", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).starts_with("error: there is no folder `nowhere`; "));
}

/// Runs with nobody who reads standard output, standard error, or both.
fn unread(workspace: &Workspace, arguments: &[&str], streams: &str) -> Output {
    let pipe = || Stdio::from(std::io::pipe().unwrap().1);
    let mut command = workspace.command(arguments);
    command.stdout(if streams.contains("out") { pipe() } else { Stdio::piped() });
    command.stderr(if streams.contains("err") { pipe() } else { Stdio::piped() });
    command.spawn().unwrap().wait_with_output().unwrap()
}

/// A reader that closes the pipe causes neither a panic nor an error, and hides none: the exit code is what it would be.
#[test]
fn a_reader_that_leaves_changes_no_exit_code() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("bad.json"), "{").unwrap();
    std::fs::write(workspace.path().join("bad.toml"), "memory = 1\n").unwrap();
    for (arguments, want) in [
        (&["--stdout"][..], 0),
        (&["--check"], 1),
        (&["--check", "--message-format", "json"], 1),
        (&["check", "bad.json"], 1),
        (&["check", "bad.json", "--message-format", "sarif"], 1),
        (&["check", "--config", "bad.toml"], 1),
        (&["build", "--config", "bad.toml"], 1),
        (&["check", "nowhere"], 2),
        (&["schema", "--check"], 1),
        (&["event", "--action", "create_vm"], 0),
        (&["event", "--action", "absent"], 1),
        (&["completions", "bash"], 0),
        (&["explain", "absent"], 1),
        (&["man"], 0),
        (&["--help"], 0),
        (&["--nonsense"], 2),
    ] {
        assert_eq!(code(&workspace.synth(arguments)), want, "{arguments:?} with a reader");
        for streams in ["out", "err", "out and err"] {
            let output = unread(&workspace, arguments, streams);
            let words = text(&output.stderr);
            assert!(!words.contains("panicked") && !words.contains("roken pipe"), "{arguments:?}: {words}");
            assert_eq!(code(&output), want, "{arguments:?} without a reader of {streams}: {words}");
        }
    }
    // What was asked for is done, although nobody reads about it.
    assert_eq!(code(&unread(&workspace, &["build"], "out and err")), 0);
    assert_eq!(code(&workspace.synth(&["--check"])), 0);
}

/// What runs until Ctrl-C ends when nobody reads it any more, as its last round ended.
#[test]
fn watching_ends_with_its_reader() {
    let workspace = Workspace::new();
    assert_eq!(code(&unread(&workspace, &["check", "--watch"], "err")), 0);
    std::fs::write(workspace.path().join("blueprints/vm.json"), "{").unwrap();
    assert_eq!(code(&unread(&workspace, &["check", "--watch"], "err")), 1);
}

/// A terminal shows a step that takes over a second, and erases it later. `script` of util-linux makes the terminal.
#[test]
fn long_steps_show_progress_on_a_terminal() {
    let workspace = Workspace::empty();
    let pipe = workspace.path().join("slow.json");
    let Ok(made) = Command::new("mkfifo").arg(&pipe).status() else {
        println!("skipped: mkfifo is not installed");
        return;
    };
    assert!(made.success());
    for (option, want) in [("", true), ("--quiet ", false)] {
        let line = format!("cat {} | {} {option}check -", pipe.display(), env!("CARGO_BIN_EXE_synth"));
        let Ok(mut child) = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
        else {
            println!("skipped: script is not installed");
            return;
        };
        // Opening the pipe waits for the reader, which then waits for the text.
        let slow = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut shown = Vec::new();
        if want {
            while !text(&shown).contains("checking, 1 s") {
                let mut bytes = [0; 256];
                let count = stdout.read(&mut bytes).unwrap();
                assert!(count > 0, "{}", text(&shown));
                shown.extend(&bytes[..count]);
            }
        }
        drop(slow);
        stdout.read_to_end(&mut shown).unwrap();
        let code = child.wait().unwrap().code().unwrap();
        let shown = text(&shown);
        assert_eq!(code, 1, "an empty file is refused: {shown}");
        assert!(shown.contains("the file is empty"), "{shown}");
        assert_eq!(shown.contains("checking"), want, "{shown}");
    }
}
