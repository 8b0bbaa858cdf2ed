//! Help, manual pages, examples and explanations.

use std::path::Path;
use std::process::Command;

use crate::workspace::{Workspace, code, text};

/// Returns every command that does something, with its group, from the help itself.
fn commands(workspace: &Workspace) -> Vec<String> {
    let inside = |group: &str| -> Vec<String> {
        let words = group.split_whitespace().chain(["--help"]);
        let help = text(&workspace.synth(&words.collect::<Vec<_>>()).stdout);
        let Some((_, listed)) = help.split_once("\nCommands:\n") else { return Vec::new() };
        let lines = listed.lines().take_while(|line| !line.is_empty());
        // The lines that go on with an explanation are indented further.
        let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        names.map(|name| format!("{group} {name}").trim().to_owned()).collect()
    };
    let below = |name: String| {
        let below = inside(&name);
        if below.is_empty() { vec![name] } else { below }
    };
    let commands: Vec<String> = inside("").into_iter().flat_map(below).collect();
    assert!(["build", "diff", "new action", "port plan"].iter().all(|name| commands.iter().any(|known| known == name)));
    commands
}

/// Every command has examples in its help and in its manual page.
#[test]
fn every_command_has_examples() {
    let workspace = Workspace::new();
    for command in commands(&workspace) {
        let words: Vec<&str> = command.split(' ').collect();
        for help in [&["--help"][..], &["-h"]] {
            let output = workspace.synth(&[&words, help].concat());
            let shown = text(&output.stdout);
            assert!(shown.contains("Examples:\n") && shown.contains(&format!("synth {command}")), "{command}: {shown}");
        }
        let page = workspace.synth(&[&["man"], &words[..]].concat());
        assert!(text(&page.stdout).contains(".SH EXTRA\nExamples:"), "{command}: {}", text(&page.stdout));
    }
    let output = workspace.synth(&["man", "buidl"]);
    assert_eq!(text(&output.stderr), "error: unknown command `buidl`\n  help: did you mean `build`?\n");
}

/// Every example in the help is a valid command line.
#[test]
fn help_examples_parse() {
    let workspace = Workspace::new();
    let mut tried = 0;
    for command in [String::new()].into_iter().chain(commands(&workspace)) {
        let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        let help = text(&workspace.synth(&[&words[..], &["--help"]].concat()).stdout);
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        for example in examples.lines().take_while(|line| !line.is_empty()).flat_map(|line| line.split(" && ")) {
            let example =
                [" || ", " | ", " > "].iter().fold(example, |line, mark| line.split(mark).next().unwrap()).trim();
            // After two blanks comes an explanation.
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
