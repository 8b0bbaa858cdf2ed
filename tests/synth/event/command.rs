//! `synth event` and `synth filter-test` as a person calls them.

use crate::workspace::{Workspace, code, text};

#[test]
fn printed_events_pass_the_filter() {
    let workspace = Workspace::new();
    let event = workspace.synth(&["event", "--action", "create_vm"]);
    assert_eq!(code(&event), 0, "{}", text(&event.stderr));
    assert_eq!(text(&event.stderr), "note: the message is not signed: PORT_CLIENT_SECRET is not set\n");
    assert_eq!(event.stdout, workspace.synth(&["event", "--action", "vm_create_vm", "--seed", "0"]).stdout);
    assert_ne!(event.stdout, workspace.synth(&["event", "--action", "create_vm", "--seed", "1"]).stdout);
    std::fs::write(workspace.path().join("event.json"), &event.stdout).unwrap();
    let passes = workspace.synth(&["filter-test", "event.json"]);
    assert_eq!(code(&passes), 0);
    assert_eq!(text(&passes.stdout), "org_example.runs-0, offset 0: passes by pattern 1 of 1\n");
    assert_eq!(text(&passes.stderr), "records that pass: 1 of 1\n");

    for (arguments, want) in [
        (&["--action", "create_vn"][..], "error: there is no action `create_vn`\n  help: did you mean `create_vm`?\n"),
        (
            &["--action", "create_vm", "--entity", "x"],
            "error: action `create_vm` makes a new entity; only DAY-2 and DELETE are started on one\n",
        ),
        (&["--action", "create_vm", "--input", "cpu=two"], "error: input `cpu` wants a number, `two` is no JSON\n"),
    ] {
        let output = workspace.synth(&[&["event"], arguments].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn filter_test_explains_what_is_held_back() {
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
        "t-0, offset 7: held back\n\
         \x20 pattern 1: `context.blueprint` is `db`, the pattern wants `vm`\n\
         t-0, offset 8: held back, it has no value\n\
         t-0, offset 9: held back, its value is no JSON\n\
         t-0, offset 10: held back, its value is no base64\n"
    );
    assert_eq!(text(&output.stderr), "records that pass: 0 of 4\n");
    std::fs::write(workspace.path().join("message.json"), r#"{"action": "create_vm", "context": {"blueprint": "vm"}}"#)
        .unwrap();
    let output = workspace.synth(&["filter-test", "message.json"]);
    assert_eq!((code(&output), text(&output.stdout).as_str()), (0, "the message: passes by pattern 1 of 1\n"));
    std::fs::write(workspace.path().join("broken.json"), "{").unwrap();
    let output = workspace.synth(&["filter-test", "broken.json"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).starts_with("error: `broken.json` is no JSON: "), "{}", text(&output.stderr));
    assert_eq!(code(&workspace.synth(&["filter-test", "nowhere.json"])), 2);
}
