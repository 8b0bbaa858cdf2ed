//! `synth port` against a fake Port on this machine.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::port::organization::{Organization, SECRET};
use crate::workspace::{code, text};

/// Runs `synth port …`.
fn port(organization: &Organization, arguments: &[&str]) -> Printed {
    Printed::from(&organization.synth(arguments))
}

/// The command without credentials.
fn bare(organization: &Organization, arguments: &[&str]) -> Command {
    let mut command = organization.command(arguments);
    command.env_remove("PORT_CLIENT_ID").env_remove("PORT_CLIENT_SECRET");
    command
}

fn write(organization: &Organization, path: &str, document: &Value) {
    std::fs::write(organization.workspace.path().join(path), document.to_string()).unwrap();
}

/// What a command printed.
#[derive(Debug)]
struct Printed {
    code: i32,
    out: String,
    err: String,
}

impl Printed {
    fn from(output: &Output) -> Self {
        Organization::is_discreet(output);
        Self { code: code(output), out: text(&output.stdout), err: text(&output.stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

fn blueprint(identifier: &str, more: &Value) -> Value {
    let mut document =
        json!({"identifier": identifier, "title": identifier, "schema": {"properties": {}, "required": []}});
    for (key, value) in more.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

#[test]
fn second_apply_changes_nothing() {
    let organization = Organization::example();
    let plan = port(&organization, &["plan", "--exit-code"]);
    assert_eq!(plan.code, 1, "{plan:?}");
    assert!(plan.out.contains("+ create blueprint `vm`\n") && plan.out.contains("\n4 to create, "), "{plan:?}");
    assert!(organization.port.blueprint("vm").is_none(), "a plan changes nothing");

    let asked = port(&organization, &["apply"]);
    assert_eq!(asked.code, 1);
    assert!(
        asked.err.contains("cannot ask for confirmation without a terminal; nothing was applied\n  help: add --yes"),
        "{asked:?}"
    );
    assert!(organization.port.blueprint("vm").is_none());

    let applied = port(&organization, &["apply", "--yes"]);
    assert_eq!((applied.code, applied.err.lines().last()), (0, Some("applied 4 steps")), "{applied:?}");
    assert!(organization.port.action("vm_create_vm").is_some());

    organization.port.clear_calls();
    let again = port(&organization, &["apply", "--yes"]);
    assert_eq!(again.code, 0);
    assert_eq!(again.out, "0 to create, 0 to change, 0 to delete, 4 unchanged\n");
    let calls: Vec<_> = organization.port.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(calls.iter().filter(|method| *method != "GET").count(), 1, "only the token: {calls:?}");
    assert_eq!(port(&organization, &["drift"]).code, 0);
    assert_eq!(port(&organization, &["plan", "--exit-code"]).code, 0);
}

#[test]
fn changes_made_in_port_are_drift_and_are_undone() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let mut action = organization.port.action("resize_vm").unwrap();
    action["title"] = "Resized by hand".into();
    organization.port.add_action(action);
    let drift = port(&organization, &["drift", "--format", "json"]);
    assert_eq!(drift.code, 1);
    let plan = drift.json();
    assert_eq!(plan["unchanged"], 3);
    let change = &plan["steps"][0]["changes"][0];
    assert_eq!(*change, json!({"pointer": "/title", "old": "Resized by hand", "new": "Resize VM"}), "{plan}");
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    assert_eq!(port(&organization, &["drift"]).code, 0);
}

#[test]
fn circular_relations_are_added_last() {
    let organization = Organization::example();
    let relation = |target: &str| json!({"relations": {target: {"target": target, "required": false, "many": false}}});
    write(&organization, "blueprints/a.json", &blueprint("a", &relation("b")));
    write(&organization, "blueprints/b.json", &blueprint("b", &relation("a")));
    let applied = port(&organization, &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.err.contains("added the relations of blueprint `a`"), "{applied:?}");
    for (source, target) in [("a", "b"), ("b", "a")] {
        assert_eq!(organization.port.blueprint(source).unwrap()["relations"][target]["target"], target);
    }
    assert_eq!(port(&organization, &["drift"]).code, 0);
}

#[test]
fn import_writes_what_port_holds() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let odd = blueprint("größe/x", &json!({"relations": {"vm": {"target": "vm", "required": false, "many": true}}}));
    organization.port.add_blueprint(odd);
    std::fs::remove_dir_all(organization.workspace.path().join("blueprints")).unwrap();
    let imported = port(&organization, &["import"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert_eq!(organization.workspace.files(), ["blueprints/größe_x.json", "blueprints/vm.json"]);
    let plan = port(&organization, &["plan", "--exit-code"]);
    assert_eq!((plan.code, plan.out.as_str()), (0, "0 to create, 0 to change, 0 to delete, 5 unchanged\n"));

    let path = organization.workspace.path().join("blueprints/vm.json");
    std::fs::write(&path, "mine").unwrap();
    let kept = port(&organization, &["import", "--blueprint", "vm"]);
    assert_eq!(kept.code, 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(port(&organization, &["import", "--blueprint", "vm", "--force"]).code, 0);
    assert_ne!(std::fs::read_to_string(&path).unwrap(), "mine");
    let unknown = port(&organization, &["import", "--blueprint", "wm"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("blueprint `wm` is not in Port; did you mean `vm`?"), "{unknown:?}");
}

/// A blueprint that a list already has is imported there, and nothing else in the file changes.
#[test]
fn import_edits_inside_of_lists() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let folder = organization.workspace.path().join("blueprints");
    let mine = "[\n  // mine\n  {\n    \"identifier\": \"vm\",\n    \"title\": \"Old\",\n    \"schema\": { \"properties\": {} }\n  } // end\n]\n";
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("all.jsonc"), mine).unwrap();
    let kept = port(&organization, &["import"]);
    assert!(kept.code == 1 && kept.err.contains("`blueprints/all.jsonc` already exists"), "{kept:?}");
    assert_eq!(std::fs::read_to_string(folder.join("all.jsonc")).unwrap(), mine);
    assert_eq!(port(&organization, &["import", "--force"]).code, 0);
    assert_eq!(organization.workspace.files(), ["blueprints/all.jsonc"]);
    let text = std::fs::read_to_string(folder.join("all.jsonc")).unwrap();
    assert!(
        text.starts_with("[\n  // mine\n  {\n    \"identifier\": \"vm\",") && text.ends_with("\n  } // end\n]\n"),
        "{text}"
    );
    let plan = port(&organization, &["plan", "--exit-code"]);
    assert_eq!(plan.code, 0, "{plan:?}");
}

/// Actions beside their blueprint are imported with it, once.
#[test]
fn import_joins_actions_to_their_blueprint() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    assert!(organization.workspace.synth(&["build"]).status.success());
    let path = organization.workspace.path().join("out/port/vm.json");
    let published: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let zone = json!({"identifier": "zone", "title": "Zone", "schema": {"properties": {}}});
    let mut list = vec![published["blueprint"].clone()];
    list.extend(published["actions"].as_array().unwrap().iter().cloned());
    list.push(zone);
    for (file, identifiers) in [(json!([published]), vec!["vm"]), (Value::from(list), vec!["vm", "zone"])] {
        let folder = organization.workspace.path().join("blueprints");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("all.json"), serde_json::to_string_pretty(&file).unwrap()).unwrap();
        let imported = port(&organization, &["import", "--force"]);
        assert_eq!(imported.code, 0, "{imported:?}");
        let check = organization.workspace.synth(&["check"]);
        // What is imported has no mappings yet.
        let words = String::from_utf8_lossy(&check.stderr).into_owned();
        assert!(!words.contains("duplicate") && !words.contains("action-alone"), "{words}");
        let read: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("all.json")).unwrap()).unwrap();
        let found: Vec<&str> = read
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|item| item.get("blueprint").unwrap_or(item)["identifier"].as_str())
            .collect();
        assert_eq!(found, identifiers, "{read}");
    }
}

#[test]
fn destructive_changes_must_be_allowed() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let path = organization.workspace.path().join("blueprints/vm.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("\"type\": \"string\"", "\"type\": \"number\"", 1);
    std::fs::write(&path, changed).unwrap();
    let refused = port(&organization, &["apply", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("destroys: property `region` changes from string to number"), "{refused:?}");
    assert!(refused.err.contains("nothing was applied") && refused.err.contains("--allow-destructive"), "{refused:?}");
    assert_eq!(organization.port.blueprint("vm").unwrap()["schema"]["properties"]["region"]["type"], "string");
    assert_eq!(port(&organization, &["apply", "--yes", "--allow-destructive"]).code, 0);
    assert_eq!(organization.port.blueprint("vm").unwrap()["schema"]["properties"]["region"]["type"], "number");
}

#[test]
fn prune_deletes_only_what_is_named() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let mut action = organization.port.action("resize_vm").unwrap();
    action["identifier"] = "old_vm".into();
    organization.port.add_action(action);
    organization.port.add_blueprint(blueprint("theirs", &json!({})));
    assert_eq!(port(&organization, &["drift"]).code, 0, "documents in no input file are ignored");
    let pruned = port(&organization, &["apply", "--yes", "--prune"]);
    assert_eq!(pruned.code, 0, "{pruned:?}");
    assert!(organization.port.action("old_vm").is_none() && organization.port.blueprint("theirs").is_some());
    assert_eq!(
        port(&organization, &["apply", "--yes", "--prune-blueprint", "theirs"]).code,
        1,
        "its entities would be lost"
    );
    let deleted = port(&organization, &["apply", "--yes", "--prune-blueprint", "theirs", "--allow-destructive"]);
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert!(organization.port.blueprint("theirs").is_none());
}

#[test]
fn saved_plans_are_applied_unchanged_or_refused() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["plan", "--out", "port.plan"]).code, 0);
    // The files are no longer needed.
    std::fs::remove_dir_all(organization.workspace.path().join("blueprints")).unwrap();
    organization.port.add_blueprint(blueprint("vm", &json!({})));
    let moved = port(&organization, &["apply", "port.plan", "--yes"]);
    assert_eq!(moved.code, 1);
    assert!(moved.err.contains("Port has changed since plan `port.plan` was made; nothing was applied"), "{moved:?}");
    assert!(organization.port.action("resize_vm").is_none());

    let organization = Organization { port: Organization::example().port, ..organization };
    let applied = port(&organization, &["apply", "port.plan", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(organization.port.action("resize_vm").is_some());

    let path = organization.workspace.path().join("port.plan");
    let plan = std::fs::read_to_string(&path).unwrap();
    for (invalid, words) in [
        (plan.replace("\"version\": 1", "\"version\": 0"), "another version"),
        ("{}".to_owned(), "is not a valid plan"),
    ] {
        std::fs::write(&path, invalid).unwrap();
        let refused = port(&organization, &["apply", "port.plan", "--yes"]);
        assert!(refused.code == 2 && refused.err.contains(words), "{refused:?}");
    }
}

#[test]
fn refused_blueprints_are_shown_in_their_file() {
    let organization = Organization::example();
    let relation = json!({"relations": {"z": {"target": "nowhere", "required": false, "many": false}}});
    write(&organization, "blueprints/z.json", &blueprint("z", &relation));
    let refused = port(&organization, &["apply", "--yes"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for words in [
        "Port refused blueprint `z`: 404 `not_found`",
        "blueprints/z.json:1:",
        "applied 1 of 5 steps; not applied:\n",
        "  blueprint `z`\n",
    ] {
        assert!(refused.err.contains(words), "{words} in {refused:?}");
    }
    assert!(organization.port.blueprint("vm").is_some(), "applied steps stay applied");
    std::fs::remove_file(organization.workspace.path().join("blueprints/z.json")).unwrap();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    assert_eq!(port(&organization, &["drift"]).code, 0);
}

#[test]
fn runs_are_checked_started_and_followed() {
    let organization = Organization::example();
    assert_eq!(port(&organization, &["apply", "--yes"]).code, 0);
    let wrong = port(&organization, &["run", "vm_create_vm", "--input", "cpu=many"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("requires input `memory`"), "{wrong:?}");
    assert!(port(&organization, &["runs"]).out.lines().count() == 1, "nothing was started");

    let inputs = ["cpu=4", "memory=8", "storage=16", "region=eu-west-1"].map(|input| ["--input", input]).concat();
    let started = port(&organization, &[&["run", "vm_create_vm"], inputs.as_slice()].concat());
    let id = started.out.trim();
    let run = organization.port.run(id).unwrap();
    assert_eq!(run["properties"], json!({"cpu": 4, "memory": 8, "storage": 16, "region": "eu-west-1"}));
    let runs = port(&organization, &["runs"]);
    assert!(runs.out.contains(id) && runs.out.contains("IN_PROGRESS"), "{runs:?}");
    assert_eq!(port(&organization, &["runs", "--stuck", "1h"]).code, 0);
    let stuck = port(&organization, &["runs", "--stuck", "1ms", "--format", "json"]);
    assert_eq!((stuck.code, stuck.json()[0]["id"].as_str()), (1, Some(id)));

    let patience =
        port(&organization, &[&["run", "vm_create_vm", "--watch", "--timeout", "1"], inputs.as_slice()].concat());
    assert_eq!(patience.code, 2, "{patience:?}");
    assert!(patience.err.contains("has not ended after 1 s"), "{patience:?}");
}

#[test]
fn credentials_come_from_environment_profile_or_secrets_manager() {
    let organization = Organization::example();
    let path = organization.workspace.path().join(".config/port-action-runner/credentials.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let port = |command: &mut Command| Printed::from(&command.output().unwrap());
    let none = port(&mut bare(&organization, &["drift"]));
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no credentials for Port"), "{none:?}");

    let profile =
        format!("[default]\nclient_id = \"id\"\nclient_secret = \"{SECRET}\"\n[wrong]\nclient_id = \"{SECRET}\"\n");
    std::fs::write(&path, profile).unwrap();
    mode(&path, 0o644);
    let open = port(&mut bare(&organization, &["plan"]));
    assert_eq!(open.code, 2);
    assert!(open.err.contains("other users can read") && open.err.contains("chmod 600"), "{open:?}");
    mode(&path, 0o600);
    assert_eq!(port(&mut bare(&organization, &["plan"])).code, 0);
    for name in ["wrong", "missing"] {
        assert_eq!(port(&mut bare(&organization, &["plan", "--profile", name])).code, 2);
    }

    let bin = organization.workspace.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let aws = format!(
        "#!/bin/sh\necho \"$@\" > {}/asked\necho '{{\"clientId\": \"id\", \"clientSecret\": \"{SECRET}\"}}'\n",
        bin.display()
    );
    std::fs::write(bin.join("aws"), aws).unwrap();
    mode(&bin.join("aws"), 0o755);
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:port";
    let path_of = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let by_arn = port(bare(&organization, &["plan", "--secret-arn", arn]).env("PATH", path_of));
    assert_eq!(by_arn.code, 0, "{by_arn:?}");
    let asked = std::fs::read_to_string(bin.join("asked")).unwrap();
    assert!(asked.contains(arn) && asked.contains("--region eu-west-1"), "{asked}");

    let wrong = port(bare(&organization, &["plan"]).env("PORT_CLIENT_ID", "id").env("PORT_CLIENT_SECRET", "not-it"));
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("does not accept the credentials"), "{wrong:?}");
    let open = port(
        organization
            .command(&["plan", "--url", "http://api.port.io"])
            .env("PORT_CLIENT_ID", "id")
            .env("PORT_CLIENT_SECRET", SECRET),
    );
    assert!(open.code == 2 && open.err.contains("unencrypted"), "{open:?}");
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}
