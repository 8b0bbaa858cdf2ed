//! The main job: the tutorial's message ends with the entity written and the run closed.

use local::Answer;
use serde_json::json;

use crate::function::Function;
use crate::messages;

const RUN: &str = "run_q2mGf9ZYkFRnZJjB";

#[test]
fn the_sample_message_creates_its_entity() {
    let mut function = Function::new();
    function.run(RUN, "vm_create_vm", None);

    let answer = function.deliver(&[messages::tutorial(RUN)]);

    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})), "{}", function.process().output());
    let entity = function.port.entity("vm", "run_q2mgf9zykfrnzjjb").unwrap();
    assert_eq!(entity["title"], RUN);
    assert_eq!(
        entity["properties"],
        json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"})
    );
    assert_eq!(
        (function.status(RUN).as_str(), function.summary(RUN).as_str()),
        ("SUCCESS", "`run_q2mgf9zykfrnzjjb` was created.")
    );
    assert_eq!(
        function.calls(),
        [
            "POST /v1/auth/access_token",
            "POST /v1/blueprints/vm/entities",
            "PATCH /v1/actions/runs/run_q2mGf9ZYkFRnZJjB"
        ]
    );
    assert_eq!(function.secrets.calls(), 1);
}

/// The tutorial's last step: the same inputs with the title "Backend Prod VM".
#[test]
fn a_title_names_the_entity() {
    let mut function = Function::new();
    let inputs = json!({"title": "Backend Prod VM", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    for (run, message) in [
        ("r_v0", messages::v0("r_v0", &inputs)),
        ("r_v1", messages::v1("create_vm", "CREATE", "r_v1", None, &inputs)),
        ("r_rebuilt", messages::rebuilt("r_rebuilt", &inputs)),
        ("r_ours", messages::ours("vm_create_vm", "r_ours", None, &inputs)),
    ] {
        let mut message = message;
        let title = format!("Backend Prod VM {run}");
        for path in ["/payload/properties/title", "/inputs/title"] {
            if let Some(value) = message.pointer_mut(path) {
                *value = json!(title);
            }
        }
        function.run(run, "vm_create_vm", None);
        function.deliver(&[message]);
        let entity = function.port.entity("vm", &format!("backend-prod-vm-{run}"));
        assert_eq!(entity.map(|entity| entity["title"].clone()), Some(json!(title)), "{run}");
        assert_eq!(function.status(run), "SUCCESS", "{run}");
    }
}

#[test]
fn resize_changes_only_the_inputs_that_were_filled_in() {
    let mut function = Function::new();
    function.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": {"cpu_cores": 1, "memory_size": 8, "region": "eu-west-1"}}));
    function.run("r_1", "resize_vm", Some("a"));

    function.deliver(&[messages::ours("resize_vm", "r_1", Some("a"), &json!({"cpu_cores": 4}))]);

    let entity = function.port.entity("vm", "a").unwrap();
    assert_eq!(entity["properties"], json!({"cpu_cores": 4, "memory_size": 8, "region": "eu-west-1"}));
    assert_eq!((entity["title"].clone(), function.summary("r_1").as_str()), (json!("A"), "`a` was updated."));
}

#[test]
fn delete_succeeds_even_if_the_entity_does_not_exist() {
    let mut function = Function::new();
    function.port.add_entity("vm", json!({"identifier": "a", "properties": {}}));
    for run in ["r_1", "r_2"] {
        function.run(run, "delete_vm", Some("a"));
        function.deliver(&[messages::ours("delete_vm", run, Some("a"), &json!({}))]);
        assert_eq!((function.port.entity("vm", "a"), function.status(run).as_str()), (None, "SUCCESS"));
    }
}
