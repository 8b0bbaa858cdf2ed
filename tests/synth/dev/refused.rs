//! What does not start, and what to do about it.

use super::command;
use crate::workspace::{Workspace, code, text};

#[test]
fn an_empty_folder_is_offered_the_example() {
    let workspace = Workspace::empty();
    let output = command(&workspace, &["--headless"]).output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("synth dev --example"), "{}", text(&output.stderr));
    assert_eq!(workspace.files(), [] as [String; 0]);
    let mut session = super::Session::start(&workspace, &["--example", "--window", "0"]);
    let id = session.create_vm("Box");
    assert_eq!(session.ended(&id)["status"], "SUCCESS");
    assert!(workspace.files().contains(&"blueprints/vm.json".to_owned()));
}

#[test]
fn files_with_errors_start_nothing() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/vm.json"), "{}").unwrap();
    let output = command(&workspace, &[]).output().unwrap();
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("blueprints/vm.json"), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
}

#[test]
fn faults_and_brokers_are_checked_before_anything_starts() {
    let workspace = Workspace::new();
    for (arguments, says) in [
        (&["--fault", "stauts=503"][..], "there are status=CODE"),
        (&["--bootstrap", "kafka.example.com:9092", "--kafka-user", "u"], "--i-know"),
        (&["--bootstrap", "b-1.x.kafka.eu-west-1.amazonaws.com:9196", "--kafka-user", "u"], "a broker in AWS"),
        (&["--bootstrap", "localhost"], "HOST:PORT"),
        (&["--exit"], "--run"),
        (&["--partitions", "0"], "1..=100"),
        (&["--window", "301"], "0..=300"),
    ] {
        let output = command(&workspace, arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(workspace.files(), ["blueprints/vm.json"], "{arguments:?}");
    }
}
