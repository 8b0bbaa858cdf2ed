//! The command line as a whole: flags in the wrong place, bytes that are not text, and values of the environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::workspace::{Workspace, code, text};

/// Returns the flags that `synth` takes without a command, each with a value if it needs one.
fn flags(workspace: &Workspace) -> Vec<Vec<String>> {
    let help = text(&workspace.synth(&["build", "--help"]).stdout);
    let lines = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
    let flag = |line: &str| {
        let mut words = line.split_whitespace();
        let name = format!("--{}", words.next()?);
        let value = words.next().filter(|word| word.starts_with('<')).map(|_| match name.as_str() {
            "--format" | "--message-format" => "json".to_owned(),
            _ => "x".to_owned(),
        });
        Some([name].into_iter().chain(value).collect::<Vec<_>>())
    };
    let global = ["--color", "--quiet", "--help", "--version"];
    lines.filter_map(flag).filter(|flag| !global.contains(&flag[0].as_str())).collect()
}

/// A flag of `synth build` before a command would be read and dropped.
#[test]
fn a_flag_before_a_command_is_refused() {
    let workspace = Workspace::new();
    let flags = flags(&workspace);
    assert!(flags.len() >= 8, "{flags:?}");
    for flag in &flags {
        for command in ["build", "check", "schema", "upgrade"] {
            let words: Vec<&str> = flag.iter().map(String::as_str).chain([command]).collect();
            // `--format` needs `--stdout`, which is refused first.
            let words = if flag[0] == "--format" { [&["--stdout"], &words[..]].concat() } else { words };
            let output = workspace.synth(&words);
            let error = text(&output.stderr);
            let want = format!("comes before the command `{command}`, where it has no effect\n  help: ");
            assert!(code(&output) == 2 && error.contains(&want), "{words:?}: {error}");
            assert_eq!(workspace.files(), ["blueprints/vm.json"], "{words:?}");
        }
    }
    let output = workspace.synth(&["--check", "build"]);
    assert!(text(&output.stderr).contains("help: write it after `build`\n"), "{}", text(&output.stderr));
    let output = workspace.synth(&["--out", "x", "check"]);
    assert!(text(&output.stderr).contains("help: `synth check` does not have it\n"), "{}", text(&output.stderr));
    // These mean the same everywhere, and a variable is not a flag.
    for words in [&["--quiet", "check"][..], &["--color", "never", "check"], &["check", "--quiet"]] {
        assert_eq!(code(&workspace.synth(words)), 0, "{words:?}");
    }
}

/// Bytes that are not text are refused in words, wherever text is needed.
#[test]
fn bytes_that_are_not_text_are_named() {
    let workspace = Workspace::new();
    let bytes = OsStr::from_bytes(b"\xff");
    for words in [
        &[][..],
        &["explain"],
        &["try"],
        &["event", "--action"],
        &["init", "--github"],
        &["init", "--organization"],
        &["try", "create_vm", "--input"],
        &["--color"],
        &["man"],
        &["port", "--region"],
    ] {
        let output = workspace.command(words).arg(bytes).output().unwrap();
        let error = text(&output.stderr);
        assert!(error.contains("the argument `\u{fffd}` is not UTF-8"), "{words:?}: {error}");
        assert_eq!(code(&output), 2, "{words:?}");
    }
    // A path may have any bytes.
    let output = workspace.command(&["check"]).arg(OsStr::from_bytes(b"\xff.json")).output().unwrap();
    assert!(text(&output.stderr).starts_with("error: cannot read `\u{fffd}.json`"), "{}", text(&output.stderr));
}

/// Nobody typed the flag that such an error is about.
#[test]
fn an_invalid_value_of_the_environment_names_the_variable() {
    let workspace = Workspace::new();
    for (variable, value, words) in [
        ("PORT_REGION", "", &["port", "plan"][..]),
        ("PORT_REGION", "mars", &["port", "runs"]),
        ("PORT_REGION", "mars", &["init", "--yes", "--organization", "org_a"]),
        ("SYNTH_FUNCTION", "", &["build"]),
        ("SYNTH_FUNCTION", "", &["try", "create_vm"]),
    ] {
        let output = workspace.command(words).env(variable, value).output().unwrap();
        let error = text(&output.stderr);
        let want = format!("tip: the value is that of the environment variable {variable}\n");
        assert!(code(&output) == 2 && error.contains(&want), "{words:?}: {error}");
    }
    // The flag takes precedence, so its value is at fault.
    let output = workspace.command(&["port", "plan", "--region", "mars"]).env("PORT_REGION", "eu").output().unwrap();
    let error = text(&output.stderr);
    assert!(error.contains("'mars' for '--region") && !error.contains("PORT_REGION\n"), "{error}");
}
