//! A folder of input files, a fake Port on loopback, and `synth port` between them. Its output never contains the secret.

use std::process::{Command, Output};

use local::{Credentials, FakePort};
use serde_json::{Map, Value, json};

use crate::workspace::{Workspace, code, text};

pub(crate) const SECRET: &str = "a-secret-that-nobody-may-see";

/// A folder of input files and a fake Port.
pub(crate) struct Organization {
    pub(crate) workspace: Workspace,
    pub(crate) port: FakePort,
}

impl Organization {
    /// An empty Port, and a file for each blueprint.
    pub(crate) fn new(blueprints: &[Value]) -> Self {
        let organization = Self::example();
        organization.write(blueprints);
        organization
    }

    /// An empty Port, and the files of the example.
    pub(crate) fn example() -> Self {
        Self { workspace: Workspace::new(), port: FakePort::start(Credentials::new("id", SECRET)).unwrap() }
    }

    /// Replaces all files.
    pub(crate) fn write(&self, blueprints: &[Value]) {
        let folder = self.workspace.path().join("blueprints");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        for blueprint in blueprints {
            let name = blueprint["identifier"].as_str().unwrap().replace('/', "_");
            std::fs::write(folder.join(format!("{name}.json")), format!("{blueprint:#}\n")).unwrap();
        }
    }

    /// `synth port …`, with credentials in its environment and without this machine's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.connected(&[&["port"], arguments].concat())
    }

    /// Any command, with the same environment.
    pub(crate) fn connected(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.command(arguments);
        for name in ["PORT_PROFILE", "PORT_SECRET_ARN", "PORT_REGION", "XDG_CONFIG_HOME", "PORT_CREDENTIALS_FILE"] {
            command.env_remove(name);
        }
        command.env("HOME", self.workspace.path()).env("NO_PROXY", "*");
        command.env("PORT_API_URL", self.port.url()).env("PORT_CLIENT_ID", "id").env("PORT_CLIENT_SECRET", SECRET);
        command
    }

    /// Runs the command, and checks that it does not print the secret.
    pub(crate) fn synth(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        Self::is_discreet(&output);
        output
    }

    pub(crate) fn is_discreet(output: &Output) {
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!printed.contains(SECRET), "{printed}");
    }

    /// Runs the command, which must succeed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.synth(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Checks that there is nothing left to do.
    pub(crate) fn assert_in_sync(&self, scope: &[&str]) {
        let plan = self.done(&[&["plan", "--exit-code"], scope].concat());
        assert!(plan.starts_with("0 to create, 0 to change, 0 to delete"), "{plan}");
    }

    /// Everything that Port has, without the keys that it adds.
    pub(crate) fn held(&self) -> Value {
        let kept = |document: &Map<String, Value>| -> Map<String, Value> {
            let added = |key: &str| key == "id" || key.ends_with("At") || key.ends_with("By");
            document.iter().filter(|(key, _)| !added(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let kept = |documents: Vec<Value>| documents.iter().filter_map(Value::as_object).map(kept).collect::<Vec<_>>();
        json!({"blueprints": kept(self.port.blueprints()), "actions": kept(self.port.actions())})
    }
}

/// Blueprints whose relations form a cycle, with everything that depends on a relation, and an action of each generation.
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

/// A blueprint that does not need the others.
pub(crate) fn alone() -> Value {
    let mut zone = circle().remove(2);
    for key in ["relations", "aggregationProperties"] {
        zone.as_object_mut().unwrap().remove(key);
    }
    zone
}
