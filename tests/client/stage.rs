//! A client and its Port.

use std::time::Duration;

use local::FakePort;
use model::Entity;
use port::{Client, Credentials, Deadline, http};
use serde_json::{Map, Value, json};

pub(crate) const TIME: Duration = Duration::from_secs(20);

/// A Port with a blueprint and a run, and a client of it.
pub(crate) struct Stage {
    pub(crate) port: FakePort,
    pub(crate) client: Client,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let port = FakePort::start(local::Credentials::new("id", "secret")).unwrap();
        port.add_blueprint(json!({"identifier": "vm", "title": "VM", "schema": {"properties": {
            "cpu": {"type": "number"}, "note": {"type": "string"}, "tags": {"type": "array"}}}}));
        port.add_run("r_1", "create_vm", Some("vm"), None);
        let client = client(&port, "secret");
        Self { port, client }
    }

    /// Returns method, path and status of each call but those for a token, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.port.calls().into_iter().filter(|call| !call.path.ends_with("/access_token"));
        calls.map(|call| format!("{} {} {}", call.method, call.path, call.status)).collect()
    }

    /// Returns how often a token was asked for.
    pub(crate) fn logins(&self) -> usize {
        self.port.calls().iter().filter(|call| call.path.ends_with("/access_token")).count()
    }
}

/// Returns a client of a Port.
pub(crate) fn client(port: &FakePort, secret: &str) -> Client {
    Client::new(http::client().unwrap(), &port.url(), credentials(secret))
}

pub(crate) fn credentials(secret: &str) -> Credentials {
    serde_json::from_value(json!({"clientId": "id", "clientSecret": secret})).unwrap()
}

pub(crate) fn deadline() -> Deadline {
    Deadline::after(TIME)
}

/// Returns an entity with one number.
pub(crate) fn entity(identifier: &str, cpu: u32) -> Entity {
    let properties = Map::from_iter([("cpu".to_owned(), Value::from(cpu))]);
    Entity { identifier: identifier.to_owned(), title: None, icon: None, team: None, properties, relations: Map::new() }
}

/// Runs a test.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}
