//! Completions, asked for as each shell's script does.

use std::process::Command;

use crate::workspace::{Workspace, code, text};

pub(crate) const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// What the binary prints when a shell asks for the last of `words`.
fn answer(workspace: &Workspace, shell: &str, words: &[&str]) -> String {
    asked(&mut workspace.command(&[&["--"], words].concat()), shell, words.len() - 1)
}

/// The same for the word at `index`, of a command that has `--` and the words as its arguments.
pub(crate) fn asked(command: &mut Command, shell: &str, index: usize) -> String {
    let index = index.to_string();
    let output = command
        .env("SYNTH_COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", &index)
        .env("SYNTH_COMPLETE_INDEX", &index)
        .output()
        .unwrap();
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{shell} {command:?}");
    text(&output.stdout)
}

/// The values for the last of `words`, without flags.
fn values(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let answer = answer(workspace, "bash", words);
    answer.lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect()
}

#[test]
fn scripts_parse_in_their_shell() {
    let workspace = Workspace::new();
    for (shell, part, program, option) in [
        ("bash", "complete -o nospace", "bash", "-n"),
        ("zsh", "#compdef synth", "zsh", "-n"),
        ("fish", "complete --keep-order", "fish", "-n"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName synth", "pwsh", "-NonInteractive"),
        ("elvish", "edit:completion:arg-completer[synth]", "elvish", "-compileonly"),
    ] {
        let output = workspace.synth(&["completions", shell]);
        assert_eq!(code(&output), 0);
        let script = text(&output.stdout);
        assert!(script.contains(part) && script.contains("SYNTH_COMPLETE"), "{shell}: {script}");
        let path = workspace.path().join(format!("synth.{shell}.ps1"));
        std::fs::write(&path, &output.stdout).unwrap();
        match Command::new(program).arg(option).arg(&path).output() {
            // The variables of Elvish's editor are defined on a terminal only.
            Ok(parsed) if shell == "elvish" => assert!(!text(&parsed.stderr).contains("Parse error"), "{parsed:?}"),
            Ok(parsed) => assert!(parsed.status.success(), "{shell}: {}", text(&parsed.stderr)),
            Err(_) => println!("skipped: no {program} to parse its script"),
        }
    }
}

#[test]
fn values_come_from_the_input_files() {
    let workspace = Workspace::new();
    let other = workspace.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let db = r#"{ "identifier": "db", "title": "DB", "schema": { "properties": {} }, "actions": [
        { "identifier": "drop_db", "title": "Drop", "trigger": "DELETE", "invocationMethod": { "type": "KAFKA" } },
        { "identifier": "a;b c", "title": "Odd" } ] }"#;
    std::fs::write(other.join("db.json"), db).unwrap();
    for (words, want) in [
        (&["synth", "event", "--action", ""][..], &["create_vm", "resize_vm", "delete_vm"][..]),
        (&["synth", "event", "--action", "re"], &["resize_vm"]),
        (&["synth", "event", "--action=cr"], &["--action=create_vm"]),
        (&["synth", "event", "--action", "=", "cr"], &["create_vm"]),
        (&["synth", "event", "--blueprints", "other", "--action", ""], &["drop_db"]),
        (&["synth", "event", "--blueprints", "=", "other", "--action", ""], &["drop_db"]),
        (&["synth", "event", "--action", "", "--blueprints=other"], &["--blueprints=other/"]),
        (&["synth", "event", "--action", "create_vm", "--entity", ""], &[]),
        (&["synth", "port", "run", ""], &["vm_create_vm", "resize_vm", "delete_vm"]),
        (&["synth", "port", "run", "create_vm", "--entity", ""], &[]),
        (&["synth", "port", "plan", "--prune-blueprint", ""], &[]),
        (&["synth", "new", "action", "x", "--blueprint", ""], &["vm"]),
        (&["synth", "upgrade", "--blueprint", ""], &["vm"]),
        (&["synth", "--color", ""], &["auto", "always", "never"]),
    ] {
        let found: Vec<String> = answer(&workspace, "bash", words).lines().map(str::to_owned).collect();
        let found: Vec<&str> =
            found.iter().map(String::as_str).filter(|value| !value.starts_with("--") || value.contains('=')).collect();
        let found: Vec<&str> = found.into_iter().filter(|value| !["-q", "-h"].contains(value)).collect();
        assert_eq!(found, want, "{words:?}");
    }
}

/// What cannot be read is left out, in silence.
#[test]
fn input_files_are_read_tolerantly() {
    let workspace = Workspace::new();
    let actions = ["synth", "event", "--action", ""];
    std::fs::write(workspace.path().join("blueprints/broken.json"), "{").unwrap();
    std::fs::write(workspace.path().join("blueprints/bytes.json"), [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(values(&workspace, &actions), ["create_vm", "resize_vm", "delete_vm"]);
    assert_eq!(values(&Workspace::empty(), &actions), Vec::<String>::new());
}

#[test]
fn explain_offers_codes_and_man_offers_commands() {
    let workspace = Workspace::new();
    let codes: Vec<&str> = documents::finding::code::codes().map(|code| code.name).collect();
    assert_eq!(values(&workspace, &["synth", "explain", ""]), codes);
    assert_eq!(values(&workspace, &["synth", "explain", "type-"]), ["type-mismatch"]);
    assert_eq!(values(&workspace, &["synth", "man", "fil"]), ["filter-test"]);
    assert_eq!(values(&workspace, &["synth", "man", "new", ""]), ["blueprint", "action"]);
    assert_eq!(values(&workspace, &["synth", "help", "fil"]), ["filter-test"]);
}

#[test]
fn every_shell_gets_its_own_form() {
    let workspace = Workspace::new();
    for (shell, want) in SHELLS.into_iter().zip([
        "create_vm",
        "create_vm:Create VM",
        "create_vm\tCreate VM\n",
        "create_vm\tCreate VM\n",
        "create_vm",
    ]) {
        assert_eq!(answer(&workspace, shell, &["synth", "event", "--action", "cr"]), want, "{shell}");
    }
    // Windows PowerShell drops an empty last word.
    let short = workspace
        .command(&["--", "synth", "explain"])
        .envs([("SYNTH_COMPLETE", "powershell"), ("SYNTH_COMPLETE_INDEX", "2")])
        .output()
        .unwrap();
    assert!(text(&short.stdout).contains("type-mismatch\t"), "{}", text(&short.stdout));
}

/// What bash itself takes from the answers, with one line for each line that is typed.
pub(crate) fn taken_by_bash(mut bash: Command, script: &str, lines: &[&str]) -> String {
    let ask = |words: &&str| {
        format!(
            "COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9\n_clap_complete_synth synth \"${{COMP_WORDS[COMP_CWORD]}}\"\necho \"${{COMPREPLY[@]}}\"\n"
        )
    };
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_synth")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let asks: String = lines.iter().map(ask).collect();
    let output = bash.args(["-c", &(script.to_owned() + &asks)]).env("PATH", path).output().unwrap();
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

#[test]
fn bash_completes_an_action() {
    let workspace = Workspace::new();
    let script = text(&workspace.synth(&["completions", "bash"]).stdout);
    let mut bash = Command::new("bash");
    bash.current_dir(workspace.path());
    let lines = ["synth event --action re", "synth event --action = cr", "synth explain typ"];
    assert_eq!(taken_by_bash(bash, &script, &lines), "resize_vm\ncreate_vm\ntype-mismatch\n");
}

/// Another value of the variable is not ours.
#[test]
fn a_variable_of_somebody_elses_changes_nothing() {
    let output = Workspace::new().command(&["check"]).env("SYNTH_COMPLETE", "1").output().unwrap();
    assert!(text(&output.stderr).contains("no errors"), "{}", text(&output.stderr));
}
