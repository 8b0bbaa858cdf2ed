//! The main job: the tutorial's message ends with the entity written and the run closed.

use local::Answer;
use serde_json::json;

use crate::messages;
use crate::stage::Stage;

const RUN: &str = "run_q2mGf9ZYkFRnZJjB";

#[test]
fn the_tutorials_sample_message() {
    let mut stage = Stage::new();
    stage.run(RUN, "vm_create_vm", None);

    let answer = stage.deliver(&[messages::tutorial(RUN)]);

    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})), "{}", stage.function.output());
    let entity = stage.port.entity("vm", "run_q2mgf9zykfrnzjjb").unwrap();
    assert_eq!(entity["title"], RUN);
    assert_eq!(
        entity["properties"],
        json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"})
    );
    assert_eq!(
        (stage.status(RUN).as_str(), stage.summary(RUN).as_str()),
        ("SUCCESS", "`run_q2mgf9zykfrnzjjb` was created.")
    );
    assert_eq!(
        stage.calls(),
        [
            "POST /v1/auth/access_token",
            "POST /v1/blueprints/vm/entities",
            "PATCH /v1/actions/runs/run_q2mGf9ZYkFRnZJjB"
        ]
    );
    assert_eq!(stage.secrets.calls(), 1);
}

/// The tutorial's last step: the same inputs with the title "Backend Prod VM".
#[test]
fn a_title_names_the_entity() {
    let mut stage = Stage::new();
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
        stage.run(run, "vm_create_vm", None);
        stage.deliver(&[message]);
        let entity = stage.port.entity("vm", &format!("backend-prod-vm-{run}"));
        assert_eq!(entity.map(|entity| entity["title"].clone()), Some(json!(title)), "{run}");
        assert_eq!(stage.status(run), "SUCCESS", "{run}");
    }
}

#[test]
fn resize_changes_what_was_filled_in_and_leaves_the_rest() {
    let mut stage = Stage::new();
    stage.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": {"cpu_cores": 1, "memory_size": 8, "region": "eu-west-1"}}));
    stage.run("r_1", "resize_vm", Some("a"));

    stage.deliver(&[messages::ours("resize_vm", "r_1", Some("a"), &json!({"cpu_cores": 4}))]);

    let entity = stage.port.entity("vm", "a").unwrap();
    assert_eq!(entity["properties"], json!({"cpu_cores": 4, "memory_size": 8, "region": "eu-west-1"}));
    assert_eq!((entity["title"].clone(), stage.summary("r_1").as_str()), (json!("A"), "`a` was updated."));
}

#[test]
fn delete_deletes_and_what_is_gone_is_deleted() {
    let mut stage = Stage::new();
    stage.port.add_entity("vm", json!({"identifier": "a", "properties": {}}));
    for run in ["r_1", "r_2"] {
        stage.run(run, "delete_vm", Some("a"));
        stage.deliver(&[messages::ours("delete_vm", run, Some("a"), &json!({}))]);
        assert_eq!((stage.port.entity("vm", "a"), stage.status(run).as_str()), (None, "SUCCESS"));
    }
}
