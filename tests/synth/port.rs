//! `synth port` against a Port on loopback: what it sends is what Port describes, and nothing that it prints holds a
//! secret.

mod trouble;

use std::process::{Command, Output};

use local::{Credentials, FakePort, Progress};
use serde_json::{Map, Value, json};

use crate::command::{Folder, code, text};
use crate::openapi::Description;

const SECRET: &str = "a-secret-that-nobody-may-see";

/// A folder of input files, and the Port that it is for.
pub(crate) struct Stage {
    folder: Folder,
    port: FakePort,
}

impl Stage {
    /// An empty Port, and files by the names of their blueprints.
    fn new(blueprints: &[Value]) -> Self {
        let stage = Self { folder: Folder::new(), port: FakePort::start(Credentials::new("id", SECRET)).unwrap() };
        stage.write(blueprints);
        stage
    }

    /// These files in place of all that were there.
    fn write(&self, blueprints: &[Value]) {
        let folder = self.folder.path().join("blueprints");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        for blueprint in blueprints {
            let name = blueprint["identifier"].as_str().unwrap().replace('/', "_");
            std::fs::write(folder.join(format!("{name}.json")), format!("{blueprint:#}\n")).unwrap();
        }
    }

    /// `synth port …`, with credentials in its environment and nothing else of this machine's.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(&[&["port"], arguments].concat());
        for name in ["PORT_PROFILE", "PORT_SECRET_ARN", "PORT_REGION", "XDG_CONFIG_HOME", "PORT_CREDENTIALS_FILE"] {
            command.env_remove(name);
        }
        command.env("HOME", self.folder.path()).env("NO_PROXY", "*");
        command.env("PORT_API_URL", self.port.url()).env("PORT_CLIENT_ID", "id").env("PORT_CLIENT_SECRET", SECRET);
        command
    }

    /// Runs it; the secret is nowhere in what it prints.
    fn synth(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        self.is_discreet(&output);
        output
    }

    fn is_discreet(&self, output: &Output) {
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!printed.contains(SECRET), "{printed}");
    }

    /// Runs it to a good end.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.synth(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Nothing is left to do.
    fn assert_in_sync(&self, scope: &[&str]) {
        let plan = self.done(&[&["plan", "--exit-code"], scope].concat());
        assert!(plan.starts_with("0 to create, 0 to change, 0 to delete"), "{plan}");
    }

    /// All that Port holds, without what it adds to each answer.
    fn held(&self) -> Value {
        let kept = |document: &Map<String, Value>| -> Map<String, Value> {
            let added = |key: &str| key == "id" || key.ends_with("At") || key.ends_with("By");
            document.iter().filter(|(key, _)| !added(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let kept = |documents: Vec<Value>| documents.iter().filter_map(Value::as_object).map(kept).collect::<Vec<_>>();
        json!({"blueprints": kept(self.port.blueprints()), "actions": kept(self.port.actions())})
    }
}

/// Blueprints that relate to each other in a circle, with everything that depends on a relation, and an action of each
/// generation.
pub(crate) fn circle() -> Vec<Value> {
    let to = |target: &str, many: bool| json!({"title": "R", "target": target, "required": false, "many": many});
    vec![
        json!({"identifier": "machine", "title": "Machine",
        "schema": {"properties": {"cores": {"type": "number"}, "state": {"type": "string"}}, "required": []},
        "relations": {"zone": to("zone", false), "peers": to("machine", true)},
        "mirrorProperties": {"zone_name": {"title": "Zone", "path": "zone.name"}},
        "calculationProperties": {"double": {"title": "Double", "type": "number", "calculation": ".properties.cores * 2"}},
        "actions": [
            {"identifier": "create", "title": "Create", "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"},
             "userInputs": {"properties": {"cores": {"type": "number"}}, "required": ["cores"]}},
            {"identifier": "reboot", "title": "Reboot",
             "trigger": {"type": "self-service", "operation": "DAY-2", "blueprintIdentifier": "machine",
                 "userInputs": {"properties": {}}},
             "requiredApproval": {"type": "ANY"}, "approvalNotification": {"type": "email"},
             "invocationMethod": {"type": "WEBHOOK", "url": "https://example.com/reboot"}}
        ]}),
        json!({"identifier": "rack/1", "title": "Rack",
            "schema": {"properties": {"rows": {"type": "number"}}, "required": []},
            "relations": {"zone": to("zone", false), "machines": to("machine", true)}}),
        json!({"identifier": "zone", "title": "Zone",
            "schema": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            "relations": {"main": to("machine", false), "racks": to("rack/1", true)},
            "aggregationProperties": {"machines": {"title": "Machines", "target": "machine",
                "calculationSpec": {"calculationBy": "entities", "func": "count"}}}}),
    ]
}

/// One of them that needs none of the others.
fn alone() -> Value {
    let mut zone = circle().remove(2);
    for key in ["relations", "aggregationProperties"] {
        zone.as_object_mut().unwrap().remove(key);
    }
    zone
}

#[test]
fn what_is_applied_is_there_and_is_applied_once() {
    let stage = Stage::new(&circle());
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
                    let stage = Stage::new(from);
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

/// What is lost is lost only when that is said, and what has entities Port keeps.
#[test]
fn nothing_is_lost_unsaid() {
    let stage = Stage::new(&circle());
    stage.done(&["apply", "--yes"]);
    let before = stage.held();
    let mut less = circle();
    less[0]["schema"]["properties"].as_object_mut().unwrap().remove("state");
    stage.write(&less);
    let output = stage.synth(&["apply", "--yes"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("--allow-destructive"), "{}", text(&output.stderr));
    assert_eq!(stage.held(), before, "nothing was done");
    let output = stage.synth(&["apply", "--allow-destructive"]);
    assert_eq!((code(&output), stage.held()), (1, before), "nobody can be asked here");
    stage.done(&["apply", "--yes", "--allow-destructive"]);
    stage.assert_in_sync(&[]);

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
    let stage = Stage::new(&circle());
    stage.done(&["apply", "--yes"]);
    let before = stage.held();
    stage.write(&[]);
    stage.done(&["import"]);
    stage.assert_in_sync(&["--prune"]);
    assert_eq!(stage.held(), before);
    assert_eq!(code(&stage.synth(&["import"])), 1, "what is there stays");
    stage.done(&["import", "--force"]);
}

/// Every kind of call, each as Port describes it.
#[test]
fn what_is_sent_is_what_port_describes() {
    let Some(description) = Description::load() else { return };
    let stage = Stage::new(&circle());
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
