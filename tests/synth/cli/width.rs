//! Text fits the width of the terminal; findings and help also fit `COLUMNS`. Data in a pipe is never wrapped.

use std::process::{Command, Stdio};

use crate::workspace::{Workspace, text};

/// The longest line that is neither source nor an example.
fn widest(shown: &str) -> usize {
    let is_source = |line: &str| line.trim_start().starts_with(|c: char| c.is_ascii_digit() || "·╭╰".contains(c));
    let prose = shown.lines().filter(|line| !is_source(line));
    prose.map(|line| line.chars().count()).max().unwrap_or(0)
}

fn shown(workspace: &Workspace, arguments: &[&str], columns: Option<&str>) -> String {
    let mut command = workspace.command(arguments);
    command.envs(columns.map(|columns| ("COLUMNS", columns)));
    let output = command.output().unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

fn with_mistakes() -> Workspace {
    let workspace = Workspace::new();
    let path = workspace.path().join("blueprints/vm.json");
    let file = std::fs::read_to_string(&path).unwrap().replace(".inputs.cpu", ".inputs.cpus");
    std::fs::write(path, file).unwrap();
    std::fs::write(workspace.path().join("blueprints/action.json"), r#"{"identifier": "lonely", "trigger": {}}"#)
        .unwrap();
    workspace
}

#[test]
fn columns_say_how_wide() {
    let workspace = with_mistakes();
    for arguments in [&["check"][..], &["help", "event"]] {
        for columns in [64, 80] {
            let text = shown(&workspace, arguments, Some(&columns.to_string()));
            assert!(widest(&text) <= columns, "{arguments:?} at {columns}: {text}");
        }
    }
    for data in [&["explain"][..], &["explain", "type-mismatch"], &["check", "--table"]] {
        let whole = shown(&workspace, data, None);
        assert_eq!(shown(&workspace, data, Some("40")), whole, "a program reads whole lines");
    }
    let whole = shown(&workspace, &["check"], None);
    assert_eq!(whole, shown(&workspace, &["check"], Some("400")), "findings are at most 120 columns wide");
}

/// Examples are not wrapped well, so each fits into 80 columns as it is.
#[test]
fn examples_fit_a_small_terminal() {
    let workspace = Workspace::new();
    let mut tried = 0;
    let mut commands = vec![Vec::new()];
    while let Some(command) = commands.pop() {
        let help = shown(&workspace, &[&command[..], &["--help"]].concat(), Some("400"));
        if let Some((_, after)) = help.split_once("\n\nExamples:\n").or_else(|| help.split_once("\n\nCredentials")) {
            let long: Vec<&str> =
                after.lines().filter(|line| !line.starts_with("Exit codes: ") && line.chars().count() > 80).collect();
            assert_eq!(long, Vec::<&str>::new(), "{command:?}");
            tried += 1;
        }
        let below =
            help.split("Commands:\n").nth(1).unwrap_or_default().lines().take_while(|line| line.starts_with("  "));
        for name in below.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                let name: &'static str = name.to_owned().leak();
                commands.push([&command[..], &[name]].concat());
            }
        }
    }
    assert!(tried > 15, "{tried}");
}

/// On a terminal, its own width. `script` of util-linux makes the terminal, and `stty` its width.
#[test]
fn a_terminal_says_how_wide() {
    let workspace = with_mistakes();
    for arguments in ["check", "explain", "help event"] {
        let line = format!("stty rows 30 cols 50; {} {arguments}", env!("CARGO_BIN_EXE_synth"));
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(workspace.path())
            .env("NO_COLOR", "1")
            .env("COLUMNS", "200")
            .stdin(Stdio::null())
            .output();
        let Ok(output) = output else {
            println!("skipped: no script to make a terminal");
            return;
        };
        let shown = text(&output.stdout).replace("\r\n", "\n");
        assert!(!shown.is_empty() && widest(&shown) <= 50, "{arguments}: {shown}");
    }
}
