//! `synth port` from one state of Port to another. Every request matches Port's API description.

use local::Progress;
use serde_json::json;

use crate::openapi::Description;
use crate::port::organization::{Organization, alone, circle};
use crate::workspace::{code, text};

#[test]
fn apply_creates_everything_once() {
    let organization = Organization::new(&circle());
    let before = organization.done(&["plan"]);
    assert!(before.ends_with("5 to create, 0 to change, 0 to delete, 0 unchanged\n"), "{before}");
    assert_eq!(code(&organization.synth(&["drift"])), 1);
    organization.done(&["apply", "--yes"]);
    assert_eq!((organization.port.blueprints().len(), organization.port.actions().len()), (3, 2));
    assert_eq!(organization.port.blueprint("zone").unwrap()["relations"]["main"]["target"], "machine");
    assert_eq!(organization.port.blueprint("zone").unwrap()["aggregationProperties"]["machines"]["target"], "machine");
    assert_eq!(organization.port.blueprint("machine").unwrap()["mirrorProperties"]["zone_name"]["path"], "zone.name");
    organization.assert_in_sync(&[]);
    assert_eq!(code(&organization.synth(&["drift"])), 0);

    organization.port.clear_calls();
    organization.done(&["apply", "--yes"]);
    let changes: Vec<_> = organization.port.calls().into_iter().filter(|call| call.method != "GET").collect();
    assert_eq!(changes.len(), 1, "only the token: {changes:?}");
}

/// From each state to every other, with every kind of change allowed.
#[test]
fn apply_reaches_every_state_from_every_other() {
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
                    let organization = Organization::new(from);
                    if !from.is_empty() {
                        organization.done(&["apply", "--yes"]);
                    }
                    organization.write(to);
                    organization.done(&[&["apply", "--yes", "--allow-destructive"], &everything[..]].concat());
                    organization.assert_in_sync(&everything);
                    assert_eq!(organization.port.blueprints().len(), to.len());
                }
            });
        }
    });
}

/// Port keeps blueprints that have entities, even if deleting them is allowed.
#[test]
fn blueprints_with_entities_are_not_deleted() {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    organization.port.add_entity("machine", json!({"identifier": "m", "properties": {"cores": 1}}));
    organization.write(&[alone()]);
    organization.done(&["apply", "--yes", "--allow-destructive"]);
    let output = organization.synth(&["apply", "--yes", "--allow-destructive", "--prune-blueprint", "machine"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("has entities"), "{}", text(&output.stderr));
    assert!(organization.port.blueprint("machine").is_some() && organization.port.entity("machine", "m").is_some());
}

/// Import writes files that match Port.
#[test]
fn imported_files_are_in_sync() {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    let before = organization.held();
    organization.write(&[]);
    organization.done(&["import"]);
    organization.assert_in_sync(&["--prune"]);
    assert_eq!(organization.held(), before);
    assert_eq!(code(&organization.synth(&["import"])), 1, "existing files are kept");
    organization.done(&["import", "--force"]);
}

/// Identifiers that map to the same file name get different files, independent of the order of imports.
#[test]
fn imports_one_by_one_use_the_file_names_of_a_whole_import() {
    let named = |name: &str| json!({"identifier": name, "title": "T", "schema": {"properties": {}}});
    let organization = Organization::new(&[]);
    for name in ["a/b", "a_b"] {
        organization.port.add_blueprint(named(name));
    }
    organization.done(&["import", "--blueprint", "a_b"]);
    organization.done(&["import", "--blueprint", "a/b"]);
    assert_eq!(organization.workspace.files(), ["blueprints/a_b-2.json", "blueprints/a_b.json"]);
    organization.assert_in_sync(&[]);
}

/// Every kind of request matches the description.
#[test]
fn requests_match_the_api_description() {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    let mut changed = circle();
    changed[2]["title"] = "Zones".into();
    changed[0]["actions"][1]["title"] = "Restart".into();
    organization.write(&changed);
    organization.done(&["plan", "--out", "port.plan"]);
    organization.done(&["apply", "port.plan", "--yes"]);
    let end = Progress::End { status: "SUCCESS".to_owned(), summary: "there it is".to_owned() };
    organization.port.script_runs("machine_create", [Progress::Log("one".to_owned()), end]);
    let followed = organization.done(&["run", "machine_create", "--input", "cores=2", "--watch"]);
    assert!(followed.contains("one\n") && followed.ends_with("there it is\n"), "{followed}");
    organization.done(&["runs", "--stuck", "30m"]);
    organization.done(&["runs", "--all"]);
    organization.done(&["import", "--force"]);
    organization.write(&[alone()]);
    let rest = ["--prune-blueprint", "machine", "--prune-blueprint", "rack/1"];
    organization.done(&[&["apply", "--yes", "--allow-destructive"], &rest[..]].concat());
    let calls = organization.port.calls();
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
    for description in Description::all() {
        assert_eq!(description.misfits(&calls), Vec::<String>::new());
    }
}

/// Port answers actions in their legacy form unless it is asked for the current one.
#[test]
fn actions_are_read_in_their_current_version() {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    organization.done(&["drift"]);
    organization.done(&["import", "--force"]);
    let calls = organization.port.calls();
    let lists: Vec<_> = calls.iter().filter(|call| call.method == "GET" && call.path == "/v1/actions").collect();
    assert!(lists.len() >= 3, "{lists:?}");
    let version = [("version".to_owned(), "v2".to_owned())];
    assert!(lists.iter().all(|call| call.query == version), "{lists:?}");
}
