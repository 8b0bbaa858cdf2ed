//! Existing stacks, `tests/upgrade/*`, can be updated to today's template, and today's function reads their plans.

use std::path::{Path, PathBuf};
use std::process::Command;

use model::Plan;
use model::plan::Recognised;
use serde_json::{Value, json};

use crate::root;
use crate::workspace::{code, text};

/// The output of each version that may be deployed somewhere.
fn versions() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/upgrade")).unwrap().map(|entry| entry.unwrap().path());
    let versions: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    assert!(!versions.is_empty());
    versions
}

fn template(folder: &Path) -> Value {
    serde_saphyr::from_str(&std::fs::read_to_string(folder.join("template.yaml")).unwrap()).unwrap()
}

#[test]
fn updates_replace_and_delete_nothing() {
    for version in versions() {
        for head in [&[][..], &["--head", "out"]] {
            let mut synth = Command::new(env!("CARGO_BIN_EXE_synth"));
            synth
                .args(["diff", "--base-dir"])
                .arg(&version)
                .args(head)
                .args(["--fail-on", "replacement,deletion,failure"])
                .current_dir(root());
            let output = synth.output().unwrap();
            assert_eq!(code(&output), 0, "{head:?}: {}{}", text(&output.stdout), text(&output.stderr));
        }
    }
}

#[test]
fn logical_ids_consumer_group_topic_and_failure_queue_do_not_change() {
    let new = template(&root().join("out"));
    for version in versions() {
        let old = template(&version);
        for (id, resource) in old["Resources"].as_object().unwrap() {
            assert_eq!(new["Resources"][id]["Type"], resource["Type"], "{id}");
        }
        // SAM makes the event source mapping's id from that of the function and this key.
        let events = |template: &Value| template["Resources"]["Runner"]["Properties"]["Events"].clone();
        let (old_events, new_events) = (events(&old), events(&new));
        assert!(!old_events.as_object().unwrap().is_empty());
        for (name, event) in old_events.as_object().unwrap() {
            for key in ["ConsumerGroupId", "Topics", "DestinationConfig", "StartingPosition"] {
                assert!(!event["Properties"][key].is_null(), "{key}");
                assert_eq!(new_events[name]["Properties"][key], event["Properties"][key], "{key}");
            }
        }
        let queue = |template: &Value| template["Resources"]["FailureQueue"]["Properties"]["QueueName"].clone();
        assert_eq!(queue(&new), queue(&old));
        for (output, value) in old["Outputs"].as_object().unwrap() {
            assert_eq!(new["Outputs"][output]["Value"], value["Value"], "{output}");
        }
    }
}

/// An update works with the parameters that were set before.
#[test]
fn parameters_do_not_change_and_new_ones_have_defaults() {
    let new = template(&root().join("out"));
    for version in versions() {
        let old = template(&version);
        for (name, parameter) in old["Parameters"].as_object().unwrap() {
            for key in ["Type", "Default"] {
                assert_eq!(new["Parameters"][name][key], parameter[key], "{name}");
            }
        }
        for (name, parameter) in new["Parameters"].as_object().unwrap() {
            let known = !old["Parameters"][name].is_null() || !parameter["Default"].is_null();
            assert!(known, "{name} has no default");
        }
    }
}

/// `out/` is under version control and the function is not, so today's function may be packaged with an older plan.
#[test]
fn plans_are_read_and_their_actions_recognised() {
    for version in versions() {
        let text = std::fs::read(version.join("runner/plan.json")).unwrap();
        let plan = Plan::from_json(&text).unwrap();
        let document: Value = serde_json::from_slice(&text).unwrap();
        for planned in document["actions"].as_array().unwrap() {
            let identifier = planned["action"].as_str().unwrap();
            let aliases = planned["aliases"].as_array().into_iter().flatten().map(|alias| alias.as_str().unwrap());
            for name in aliases.chain([identifier]) {
                let mut message = json!({
                    "action": name,
                    "context": {"blueprint": planned["blueprint"], "runId": "r_1"},
                    "trigger": {"operation": planned["operation"]},
                    "inputs": {"title": "A", "cpu": 1, "memory": 2, "storage": 3, "region": "eu"},
                });
                if planned["operation"] != "CREATE" {
                    message["context"]["entity"] = "vm-1".into();
                    message["entity"] = json!({"identifier": "vm-1", "title": "VM", "properties": {}});
                }
                let recognised = plan.recognise(message.to_string().as_bytes());
                let Recognised { action, run, .. } = recognised.unwrap_or_else(|why| panic!("{message}: {why:?}"));
                assert_eq!((action.action.as_str(), run.id.as_str()), (identifier, "r_1"));
                let entity = plan.entity(action, &run);
                assert!(entity.is_ok(), "{message}: {entity:?}");
            }
        }
    }
}
