//! `synth port`: the built command against a Port on this machine.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::port::organization::{Organization, SECRET};
use crate::workspace::{code, text};

/// `synth port …` to its end.
fn said(stage: &Organization, arguments: &[&str]) -> Said {
    Said::of(&stage.synth(arguments))
}

/// Without credentials.
fn bare(stage: &Organization, arguments: &[&str]) -> Command {
    let mut command = stage.command(arguments);
    command.env_remove("PORT_CLIENT_ID").env_remove("PORT_CLIENT_SECRET");
    command
}

fn write(stage: &Organization, path: &str, document: &Value) {
    std::fs::write(stage.folder.path().join(path), document.to_string()).unwrap();
}

/// What a command said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
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
fn a_second_apply_changes_nothing() {
    let stage = Organization::example();
    let plan = said(&stage, &["plan", "--exit-code"]);
    assert_eq!(plan.code, 1, "{plan:?}");
    assert!(plan.out.contains("+ create blueprint `vm`\n") && plan.out.contains("\n4 to create, "), "{plan:?}");
    assert!(stage.port.blueprint("vm").is_none(), "a plan changes nothing");

    let asked = said(&stage, &["apply"]);
    assert_eq!(asked.code, 1);
    assert!(asked.err.contains("nobody can be asked here; nothing was done\n  help: say --yes"), "{asked:?}");
    assert!(stage.port.blueprint("vm").is_none());

    let applied = said(&stage, &["apply", "--yes"]);
    assert_eq!((applied.code, applied.err.lines().last()), (0, Some("done: 4 steps")), "{applied:?}");
    assert!(stage.port.action("vm_create_vm").is_some());

    stage.port.clear_calls();
    let again = said(&stage, &["apply", "--yes"]);
    assert_eq!(again.code, 0);
    assert_eq!(again.out, "0 to create, 0 to change, 0 to delete, 4 as they should be\n");
    let calls: Vec<_> = stage.port.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(calls.iter().filter(|method| *method != "GET").count(), 1, "the token alone: {calls:?}");
    assert_eq!(said(&stage, &["drift"]).code, 0);
    assert_eq!(said(&stage, &["plan", "--exit-code"]).code, 0);
}

#[test]
fn what_changed_in_port_is_drift_and_goes_back() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    let mut action = stage.port.action("resize_vm").unwrap();
    action["title"] = "Resized by hand".into();
    stage.port.add_action(action);
    let drift = said(&stage, &["drift", "--format", "json"]);
    assert_eq!(drift.code, 1);
    let plan = drift.json();
    assert_eq!(plan["unchanged"], 3);
    let change = &plan["steps"][0]["changes"][0];
    assert_eq!(*change, json!({"pointer": "/title", "old": "Resized by hand", "new": "Resize VM"}), "{plan}");
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    assert_eq!(said(&stage, &["drift"]).code, 0);
}

#[test]
fn circles_of_relations_are_closed_at_the_end() {
    let stage = Organization::example();
    let relation = |target: &str| json!({"relations": {target: {"target": target, "required": false, "many": false}}});
    write(&stage, "blueprints/a.json", &blueprint("a", &relation("b")));
    write(&stage, "blueprints/b.json", &blueprint("b", &relation("a")));
    let applied = said(&stage, &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.err.contains("added the relations of blueprint `a`"), "{applied:?}");
    for (one, other) in [("a", "b"), ("b", "a")] {
        assert_eq!(stage.port.blueprint(one).unwrap()["relations"][other]["target"], other);
    }
    assert_eq!(said(&stage, &["drift"]).code, 0);
}

#[test]
fn what_is_imported_is_what_port_holds() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    let odd = blueprint("größe/x", &json!({"relations": {"vm": {"target": "vm", "required": false, "many": true}}}));
    stage.port.add_blueprint(odd);
    std::fs::remove_dir_all(stage.folder.path().join("blueprints")).unwrap();
    let imported = said(&stage, &["import"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert_eq!(stage.folder.files(), ["blueprints/größe_x.json", "blueprints/vm.json"]);
    let plan = said(&stage, &["plan", "--exit-code"]);
    assert_eq!((plan.code, plan.out.as_str()), (0, "0 to create, 0 to change, 0 to delete, 5 as they should be\n"));

    let path = stage.folder.path().join("blueprints/vm.json");
    std::fs::write(&path, "mine").unwrap();
    let kept = said(&stage, &["import", "--blueprint", "vm"]);
    assert_eq!(kept.code, 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(said(&stage, &["import", "--blueprint", "vm", "--force"]).code, 0);
    assert_ne!(std::fs::read_to_string(&path).unwrap(), "mine");
    let unknown = said(&stage, &["import", "--blueprint", "wm"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("Port holds no blueprint `wm`; did you mean `vm`?"), "{unknown:?}");
}

#[test]
fn what_loses_something_must_be_allowed() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    let path = stage.folder.path().join("blueprints/vm.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replacen("\"type\": \"string\"", "\"type\": \"number\"", 1);
    std::fs::write(&path, changed).unwrap();
    let refused = said(&stage, &["apply", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("destroys: property `region` becomes number, was string"), "{refused:?}");
    assert!(refused.err.contains("nothing was done") && refused.err.contains("--allow-destructive"), "{refused:?}");
    assert_eq!(stage.port.blueprint("vm").unwrap()["schema"]["properties"]["region"]["type"], "string");
    assert_eq!(said(&stage, &["apply", "--yes", "--allow-destructive"]).code, 0);
    assert_eq!(stage.port.blueprint("vm").unwrap()["schema"]["properties"]["region"]["type"], "number");
}

#[test]
fn only_what_was_asked_for_is_deleted() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    let mut action = stage.port.action("resize_vm").unwrap();
    action["identifier"] = "old_vm".into();
    stage.port.add_action(action);
    stage.port.add_blueprint(blueprint("theirs", &json!({})));
    assert_eq!(said(&stage, &["drift"]).code, 0, "what stands in no file is nobody's business");
    let pruned = said(&stage, &["apply", "--yes", "--prune"]);
    assert_eq!(pruned.code, 0, "{pruned:?}");
    assert!(stage.port.action("old_vm").is_none() && stage.port.blueprint("theirs").is_some());
    assert_eq!(said(&stage, &["apply", "--yes", "--prune-blueprint", "theirs"]).code, 1, "its entities would go");
    let deleted = said(&stage, &["apply", "--yes", "--prune-blueprint", "theirs", "--allow-destructive"]);
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert!(stage.port.blueprint("theirs").is_none());
}

#[test]
fn a_plan_is_carried_out_as_it_was_made_or_not_at_all() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["plan", "--out", "port.plan"]).code, 0);
    // What the files say now is of no account.
    std::fs::remove_dir_all(stage.folder.path().join("blueprints")).unwrap();
    stage.port.add_blueprint(blueprint("vm", &json!({})));
    let moved = said(&stage, &["apply", "port.plan", "--yes"]);
    assert_eq!(moved.code, 1);
    assert!(moved.err.contains("Port is no longer as it was when `port.plan` was made; nothing was done"), "{moved:?}");
    assert!(stage.port.action("resize_vm").is_none());

    let stage = Organization { port: Organization::example().port, ..stage };
    let applied = said(&stage, &["apply", "port.plan", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(stage.port.action("resize_vm").is_some());

    let path = stage.folder.path().join("port.plan");
    let plan = std::fs::read_to_string(&path).unwrap();
    for (other, words) in
        [(plan.replace("\"version\": 1", "\"version\": 0"), "another version"), ("{}".to_owned(), "is no plan")]
    {
        std::fs::write(&path, other).unwrap();
        let refused = said(&stage, &["apply", "port.plan", "--yes"]);
        assert!(refused.code == 2 && refused.err.contains(words), "{refused:?}");
    }
}

#[test]
fn a_refusal_is_shown_in_the_file() {
    let stage = Organization::example();
    let relation = json!({"relations": {"z": {"target": "nowhere", "required": false, "many": false}}});
    write(&stage, "blueprints/z.json", &blueprint("z", &relation));
    let refused = said(&stage, &["apply", "--yes"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for words in [
        "Port refused blueprint `z`: 404 `not_found`",
        "blueprints/z.json:1:",
        "done were 1 of 5 steps; not done:\n",
        "  blueprint `z`\n",
    ] {
        assert!(refused.err.contains(words), "{words} in {refused:?}");
    }
    assert!(stage.port.blueprint("vm").is_some(), "what was done is done");
    std::fs::remove_file(stage.folder.path().join("blueprints/z.json")).unwrap();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    assert_eq!(said(&stage, &["drift"]).code, 0);
}

#[test]
fn a_run_is_checked_started_and_followed() {
    let stage = Organization::example();
    assert_eq!(said(&stage, &["apply", "--yes"]).code, 0);
    let wrong = said(&stage, &["run", "vm_create_vm", "--input", "cpu=many"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("requires input `memory`"), "{wrong:?}");
    assert!(said(&stage, &["runs"]).out.lines().count() == 1, "nothing was started");

    let inputs = ["cpu=4", "memory=8", "storage=16", "region=eu-west-1"].map(|input| ["--input", input]).concat();
    let started = said(&stage, &[&["run", "vm_create_vm"], inputs.as_slice()].concat());
    let id = started.out.trim();
    let run = stage.port.run(id).unwrap();
    assert_eq!(run["properties"], json!({"cpu": 4, "memory": 8, "storage": 16, "region": "eu-west-1"}));
    let runs = said(&stage, &["runs"]);
    assert!(runs.out.contains(id) && runs.out.contains("IN_PROGRESS"), "{runs:?}");
    assert_eq!(said(&stage, &["runs", "--stuck", "1h"]).code, 0);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let stuck = said(&stage, &["runs", "--stuck", "10ms", "--format", "json"]);
    assert_eq!((stuck.code, stuck.json()[0]["id"].as_str()), (1, Some(id)));

    let patience = said(&stage, &[&["run", "vm_create_vm", "--watch", "--timeout", "1"], inputs.as_slice()].concat());
    assert_eq!(patience.code, 2, "{patience:?}");
    assert!(patience.err.contains("has not ended after 1 s"), "{patience:?}");
}

#[test]
fn credentials_come_from_anywhere_but_the_command_line() {
    let stage = Organization::example();
    let path = stage.folder.path().join(".config/port-action-runner/credentials.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let said = |command: &mut Command| Said::of(&command.output().unwrap());
    let none = said(&mut bare(&stage, &["drift"]));
    assert_eq!(none.code, 2);
    assert!(none.err.contains("there are no credentials of Port"), "{none:?}");

    let profile =
        format!("[default]\nclient_id = \"id\"\nclient_secret = \"{SECRET}\"\n[wrong]\nclient_id = \"{SECRET}\"\n");
    std::fs::write(&path, profile).unwrap();
    mode(&path, 0o644);
    let open = said(&mut bare(&stage, &["plan"]));
    assert_eq!(open.code, 2);
    assert!(open.err.contains("others can read") && open.err.contains("chmod 600"), "{open:?}");
    mode(&path, 0o600);
    assert_eq!(said(&mut bare(&stage, &["plan"])).code, 0);
    for name in ["wrong", "missing"] {
        assert_eq!(said(&mut bare(&stage, &["plan", "--profile", name])).code, 2);
    }

    let bin = stage.folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let aws = format!(
        "#!/bin/sh\necho \"$@\" > {}/asked\necho '{{\"clientId\": \"id\", \"clientSecret\": \"{SECRET}\"}}'\n",
        bin.display()
    );
    std::fs::write(bin.join("aws"), aws).unwrap();
    mode(&bin.join("aws"), 0o755);
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:port";
    let path_of = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let by_arn = said(bare(&stage, &["plan", "--secret-arn", arn]).env("PATH", path_of));
    assert_eq!(by_arn.code, 0, "{by_arn:?}");
    let asked = std::fs::read_to_string(bin.join("asked")).unwrap();
    assert!(asked.contains(arn) && asked.contains("--region eu-west-1"), "{asked}");

    let wrong = said(bare(&stage, &["plan"]).env("PORT_CLIENT_ID", "id").env("PORT_CLIENT_SECRET", "not-it"));
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("does not accept the credentials"), "{wrong:?}");
    let open = said(
        stage
            .command(&["plan", "--url", "http://api.port.io"])
            .env("PORT_CLIENT_ID", "id")
            .env("PORT_CLIENT_SECRET", SECRET),
    );
    assert!(open.code == 2 && open.err.contains("unencrypted"), "{open:?}");
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}
