//! `synth port` from one state of Port to another, and every request that it makes judged by Port's own description.

use local::Progress;
use serde_json::json;

use crate::openapi::Description;
use crate::port::organization::{Organization, alone, circle};
use crate::workspace::{code, text};

#[test]
fn what_is_applied_is_there_and_is_applied_once() {
    let stage = Organization::new(&circle());
    let before = stage.done(&["plan"]);
    assert!(before.ends_with("5 to create, 0 to change, 0 to delete, 0 as they should be\n"), "{before}");
    assert_eq!(code(&stage.synth(&["drift"])), 1);
    stage.done(&["apply", "--yes"]);
    assert_eq!((stage.port.blueprints().len(), stage.port.actions().len()), (3, 2));
    assert_eq!(stage.port.blueprint("zone").unwrap()["relations"]["main"]["target"], "machine");
    assert_eq!(stage.port.blueprint("zone").unwrap()["aggregationProperties"]["machines"]["target"], "machine");
    assert_eq!(stage.port.blueprint("machine").unwrap()["mirrorProperties"]["zone_name"]["path"], "zone.name");
    stage.assert_in_sync(&[]);
    assert_eq!(code(&stage.synth(&["drift"])), 0);

    stage.port.clear_calls();
    stage.done(&["apply", "--yes"]);
    let changes: Vec<_> = stage.port.calls().into_iter().filter(|call| call.method != "GET").collect();
    assert_eq!(changes.len(), 1, "the token, and nothing else: {changes:?}");
}

/// From each state to each other one, whatever it takes.
#[test]
fn every_way_from_one_input_to_another_ends_in_sync() {
    let whole = circle();
    let mut other = circle();
    other[0]["schema"]["properties"]["cores"] = json!({"type": "string"});
    other[0]["relations"]["zone"]["target"] = "rack/1".into();
    other[0].as_object_mut().unwrap().remove("mirrorProperties");
    other[0]["actions"].as_array_mut().unwrap().remove(1);
    other[2]["title"] = "Zones".into();
    let states = [Vec::new(), whole, other, vec![alone()]];
    let everything =
        ["--prune", "--prune-blueprint", "machine", "--prune-blueprint", "rack/1", "--prune-blueprint", "zone"];
    std::thread::scope(|scope| {
        for from in &states {
            scope.spawn(|| {
                for to in states.iter().filter(|to| !to.is_empty()) {
                    let stage = Organization::new(from);
                    if !from.is_empty() {
                        stage.done(&["apply", "--yes"]);
                    }
                    stage.write(to);
                    stage.done(&[&["apply", "--yes", "--allow-destructive"], &everything[..]].concat());
                    stage.assert_in_sync(&everything);
                    assert_eq!(stage.port.blueprints().len(), to.len());
                }
            });
        }
    });
}

/// What has entities Port keeps, whatever is allowed.
#[test]
fn a_blueprint_with_entities_stays() {
    let stage = Organization::new(&circle());
    stage.done(&["apply", "--yes"]);
    stage.port.add_entity("machine", json!({"identifier": "m", "properties": {"cores": 1}}));
    stage.write(&[alone()]);
    stage.done(&["apply", "--yes", "--allow-destructive"]);
    let output = stage.synth(&["apply", "--yes", "--allow-destructive", "--prune-blueprint", "machine"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("has entities"), "{}", text(&output.stderr));
    assert!(stage.port.blueprint("machine").is_some() && stage.port.entity("machine", "m").is_some());
}

/// What an organisation has been given by hand becomes input that changes nothing.
#[test]
fn what_is_imported_is_in_sync() {
    let stage = Organization::new(&circle());
    stage.done(&["apply", "--yes"]);
    let before = stage.held();
    stage.write(&[]);
    stage.done(&["import"]);
    stage.assert_in_sync(&["--prune"]);
    assert_eq!(stage.held(), before);
    assert_eq!(code(&stage.synth(&["import"])), 1, "what is there stays");
    stage.done(&["import", "--force"]);
}

/// Identifiers that would share a file have one each, whichever are asked for first.
#[test]
fn what_is_imported_one_by_one_is_what_is_imported_at_once() {
    let named = |name: &str| json!({"identifier": name, "title": "T", "schema": {"properties": {}}});
    let stage = Organization::new(&[]);
    for name in ["a/b", "a_b"] {
        stage.port.add_blueprint(named(name));
    }
    stage.done(&["import", "--blueprint", "a_b"]);
    stage.done(&["import", "--blueprint", "a/b"]);
    assert_eq!(stage.folder.files(), ["blueprints/a_b-2.json", "blueprints/a_b.json"]);
    stage.assert_in_sync(&[]);
}

/// Every kind of call, each as Port describes it.
#[test]
fn what_is_sent_is_what_port_describes() {
    let Some(description) = Description::load() else { return };
    let stage = Organization::new(&circle());
    stage.done(&["apply", "--yes"]);
    let mut changed = circle();
    changed[2]["title"] = "Zones".into();
    changed[0]["actions"][1]["title"] = "Restart".into();
    stage.write(&changed);
    stage.done(&["plan", "--out", "port.plan"]);
    stage.done(&["apply", "port.plan", "--yes"]);
    let end = Progress::End { status: "SUCCESS".to_owned(), summary: "there it is".to_owned() };
    stage.port.script_runs("machine_create", [Progress::Log("one".to_owned()), end]);
    let followed = stage.done(&["run", "machine_create", "--input", "cores=2", "--watch"]);
    assert!(followed.contains("one\n") && followed.ends_with("there it is\n"), "{followed}");
    stage.done(&["runs", "--stuck", "30m"]);
    stage.done(&["runs", "--all"]);
    stage.done(&["import", "--force"]);
    stage.write(&[alone()]);
    let rest = ["--prune-blueprint", "machine", "--prune-blueprint", "rack/1"];
    stage.done(&[&["apply", "--yes", "--allow-destructive"], &rest[..]].concat());
    let calls = stage.port.calls();
    for (method, path) in [
        ("POST", "/v1/blueprints"),
        ("PUT", "/v1/blueprints/zone"),
        ("POST", "/v1/actions"),
        ("PUT", "/v1/actions/reboot"),
        ("POST", "/v1/actions/machine_create/runs"),
        ("DELETE", "/v1/actions/reboot"),
        ("DELETE", "/v1/blueprints/rack%2F1"),
    ] {
        assert!(calls.iter().any(|call| call.method == method && call.path == path), "{method} {path}: {calls:#?}");
    }
    assert_eq!(description.misfits(&calls), Vec::<String>::new());
}
