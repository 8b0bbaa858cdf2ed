//! `synth event` and `synth filter-test` on the command line.

use crate::workspace::{Workspace, code, text};

#[test]
fn printed_events_pass_the_filter() {
    let workspace = Workspace::new();
    let event = workspace.synth(&["event", "--action", "create_vm"]);
    assert_eq!(code(&event), 0, "{}", text(&event.stderr));
    assert_eq!(text(&event.stderr), "note: the message is not signed, because PORT_CLIENT_SECRET is not set\n");
    assert_eq!(event.stdout, workspace.synth(&["event", "--action", "vm_create_vm", "--seed", "0"]).stdout);
    assert_ne!(event.stdout, workspace.synth(&["event", "--action", "create_vm", "--seed", "1"]).stdout);
    std::fs::write(workspace.path().join("event.json"), &event.stdout).unwrap();
    let passes = workspace.synth(&["filter-test", "event.json"]);
    assert_eq!(code(&passes), 0);
    assert_eq!(text(&passes.stdout), "org_example.runs-0, offset 0: passes, matches pattern 1 of 1\n");
    assert_eq!(text(&passes.stderr), "records passed: 1 of 1\n");

    for (arguments, want) in [
        (
            &["--action", "create_vn"][..],
            "error: action `create_vn` is not in `blueprints`\n  help: did you mean `create_vm`?\n",
        ),
        (
            &["--action", "create_vm", "--entity", "x"],
            "error: action `create_vm` creates a new entity; remove --entity\n",
        ),
        (
            &["--action", "create_vm", "--input", "cpu=two"],
            "error: input `cpu` must be a number; `two` is not valid JSON\n",
        ),
    ] {
        let output = workspace.synth(&[&["event"], arguments].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
        assert!(output.stdout.is_empty());
    }
}

/// Each input has one value, in every command that takes some.
#[test]
fn an_input_that_is_given_twice_is_refused() {
    let workspace = Workspace::new();
    let twice = ["--input", "cpu=1", "--input", "memory=2", "--input", "cpu=1"];
    let want = "error: --input has `cpu` twice; keep one of the two\n";
    for command in [&["event", "--action", "create_vm"][..], &["try", "create_vm"], &["port", "run", "create_vm"]] {
        let output = workspace.synth(&[command, &twice].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (2, want), "{command:?}");
    }
    let twice = ["--entity", "x", "--entity-properties", "region=a", "--entity-property", "region=b"];
    let output = workspace.synth(&[&["try", "resize_vm"], &twice[..]].concat());
    assert_eq!(text(&output.stderr), "error: --entity-properties has `region` twice; keep one of the two\n");
}

#[test]
fn filter_test_explains_what_does_not_pass() {
    let workspace = Workspace::new();
    std::fs::write(
        workspace.path().join("batch.json"),
        r#"{"eventSource": "SelfManagedKafka", "records": {"t-0": [
            {"topic": "t", "partition": 0, "offset": 7, "value": "eyJhY3Rpb24iOiJjcmVhdGVfdm0iLCJjb250ZXh0Ijp7ImJsdWVwcmludCI6ImRiIn19"},
            {"topic": "t", "partition": 0, "offset": 8},
            {"topic": "t", "partition": 0, "offset": 9, "value": "bm8="},
            {"topic": "t", "partition": 0, "offset": 10, "value": "?"}
        ]}}"#,
    )
    .unwrap();
    let output = workspace.synth(&["filter-test", "batch.json"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        text(&output.stdout),
        "t-0, offset 7: does not pass\n\
         \x20 pattern 1: `context.blueprint` is `db`; expected `vm`\n\
         t-0, offset 8: does not pass, it has no value\n\
         t-0, offset 9: does not pass, its value is not valid JSON\n\
         t-0, offset 10: does not pass, its value is not valid base64\n"
    );
    assert_eq!(text(&output.stderr), "records passed: 0 of 4\n");
    std::fs::write(workspace.path().join("message.json"), r#"{"action": "create_vm", "context": {"blueprint": "vm"}}"#)
        .unwrap();
    let output = workspace.synth(&["filter-test", "message.json"]);
    assert_eq!((code(&output), text(&output.stdout).as_str()), (0, "the message: passes, matches pattern 1 of 1\n"));
    std::fs::write(workspace.path().join("broken.json"), "{").unwrap();
    let output = workspace.synth(&["filter-test", "broken.json"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).starts_with("error: `broken.json` is not valid JSON: "), "{}", text(&output.stderr));
    assert_eq!(code(&workspace.synth(&["filter-test", "nowhere.json"])), 2);
}
