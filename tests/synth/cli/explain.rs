//! `synth explain`.

use crate::workspace::{Workspace, code, text};

#[test]
fn a_code_is_explained_with_a_wrong_and_a_corrected_example() {
    let output = Workspace::new().synth(&["explain", "unknown-key"]);
    assert_eq!(
        text(&output.stdout),
        r#"unknown-key

Warning: a key is unknown; in `runner.entity` and in `overrides.json` this is an error.

Usually it is a typo, and the help suggests the nearest known key. Port may know keys that this version does not, so unknown
keys are still sent to Port.

Wrong, in a file of `blueprints/`:

    { "identifier": "vm", "title": "VM", "schema": { "properties": {} }, "descripton": "…" }

Corrected:

    { "identifier": "vm", "title": "VM", "schema": { "properties": {} }, "description": "…" }
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
