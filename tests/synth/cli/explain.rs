//! `synth explain`.

use crate::workspace::{Workspace, code, text};

#[test]
fn a_code_is_explained_with_a_wrong_and_a_corrected_example() {
    let output = Workspace::new().synth(&["explain", "timeout"]);
    assert_eq!(
        text(&output.stdout),
        r#"timeout

Error: a function with a Kafka event source has a timeout of more than 14 minutes (840 seconds).

Wrong, in `overrides.json`:

    { "Resources": { "Runner": { "Properties": { "Timeout": 900 } } } }

Corrected:

    { "Resources": { "Runner": { "Properties": { "Timeout": 840 } } } }
"#
    );
}

#[test]
fn a_code_without_an_example_is_explained_too() {
    let output = Workspace::new().synth(&["explain", "stale"]);
    assert!(text(&output.stdout).starts_with("stale\n\nError: a file in `out/` is out of date.\n\n"));
    assert!(!text(&output.stdout).contains("Wrong"));
}

#[test]
fn an_unknown_code_is_refused_with_the_nearest_one() {
    let output = Workspace::new().synth(&["explain", "unknown-keys"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("help: did you mean `unknown-key`?"));
}

#[test]
fn without_a_code_all_codes_are_listed() {
    let output = Workspace::new().synth(&["explain"]);
    assert_eq!(text(&output.stdout).lines().count(), documents::finding::code::codes().count());
}
