//! Runs that end as a FAILURE, with a summary that a developer understands.

use serde_json::json;

use crate::function::{Function, done};
use crate::messages::ours;

/// CREATE never overwrites: an equal entity was written by an earlier delivery, a different one belongs to somebody
/// else.
#[test]
fn create_never_overwrites_an_entity() {
    let mut function = Function::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let same =
        json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"});
    function.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": same}));
    function.run("r_same", "vm_create_vm", None);
    function.deliver(&[ours("vm_create_vm", "r_same", None, &inputs)]);
    assert_eq!(function.status("r_same"), "SUCCESS");

    let other =
        json!({"cpu_cores": 64, "memory_size": 4, "storage_size": 50, "region": "us-east-1", "deployed": "Running"});
    function.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": other}));
    function.run("r_other", "vm_create_vm", None);
    function.deliver(&[ours("vm_create_vm", "r_other", None, &inputs)]);
    assert_eq!(function.port.entity("vm", "a").unwrap()["properties"], other);
    assert_eq!(function.status("r_other"), "FAILURE");
    assert_eq!(
        function.summary("r_other"),
        "An entity `a` of blueprint `vm` already exists with different values for cpu_cores, region, deployed. It was not changed."
    );
}

#[test]
fn refusals_become_failures_with_a_summary() {
    let mut function = Function::new();
    let cases = [
        (
            "r_type",
            ours(
                "vm_create_vm",
                "r_type",
                None,
                &json!({"cpu": "two", "memory": 4, "storage": 5, "region": "eu-west-1"}),
            ),
            "Port refused the entity (422): ",
        ),
        (
            "r_gone",
            ours("resize_vm", "r_gone", Some("nobody"), &json!({"cpu_cores": 2})),
            "Entity `nobody` of blueprint `vm` does not exist. It may have been deleted.",
        ),
        (
            "r_none",
            ours("resize_vm", "r_none", None, &json!({"cpu_cores": 2})),
            "The entity has no identifier: its template returned null.",
        ),
        (
            "r_bad",
            ours("delete_vm", "r_bad", Some("a b"), &json!({})),
            "The entity's identifier contains a space; only letters, digits and the characters @ _ . + : \\ / = - are allowed.",
        ),
    ];
    for (run, message, want) in cases {
        function.run(run, "vm_create_vm", None);
        assert_eq!(function.deliver(&[message]), done(), "{run}");
        assert_eq!(function.status(run), "FAILURE", "{run}");
        assert!(function.summary(run).starts_with(want), "{run}: {}", function.summary(run));
    }
}

/// A message with more values than any form has ends as a failure at once.
#[test]
fn an_oversized_message_ends_as_a_failure() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[ours("vm_create_vm", "r_1", None, &json!({"title": vec!["x"; 20_000]}))]);
    assert_eq!(
        (function.status("r_1").as_str(), function.summary("r_1").as_str()),
        ("FAILURE", "The message of this run is too large to be carried out: it contains more than 10000 values.")
    );
}
