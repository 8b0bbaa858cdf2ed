//! Users, teams, runs that are started for a user, and the credentials of the organisation's Kafka.

use local::{FakePort, KafkaCredentials};
use serde_json::{Map, Value, json};

mod wire;

use wire::{Wire, port};

fn filled() -> FakePort {
    let port = port();
    port.add_user(json!({"email": "ada@a.test", "firstName": "Ada", "lastName": "Byron",
        "teams": [{"name": "core"}], "roles": [{"name": "Admin"}]}));
    port.add_user(json!({"email": "bob@a.test"}));
    port.add_team(json!({"name": "ops", "description": "On call"}));
    port.add_user(json!("nobody"));
    port.add_user(json!({"firstName": "Nobody"}));
    port
}

#[test]
fn users_and_teams_are_looked_up() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let users = wire.get("/v1/users").json()["users"].clone();
    assert_eq!(
        (users.as_array().unwrap().len(), &users[0]["email"], &users[1]["status"]),
        (2, &json!("ada@a.test"), &json!("ACTIVE"))
    );
    assert_eq!(wire.get("/v1/users/ada%40a.test").json()["user"], users[0]);
    assert_eq!(wire.get("/v1/users/eve%40a.test").status, 404);
    let teams = wire.get("/v1/teams").json()["teams"].clone();
    assert_eq!(
        (&teams[0]["name"], &teams[1]["name"], &teams[1]["description"]),
        (&json!("core"), &json!("ops"), &json!("On call"))
    );
    let ada = json!({"email": "ada@a.test", "firstName": "Ada", "lastName": "Byron", "status": "ACTIVE"});
    assert_eq!((&teams[0]["users"], &teams[1]["users"]), (&json!([ada]), &json!([])));
    assert_eq!(wire.get("/v1/teams/core").json()["team"], teams[0]);
    assert_eq!(wire.get("/v1/teams/none").status, 404);
}

#[test]
fn fields_are_chosen() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let user = wire.get("/v1/users/ada%40a.test?fields=email&fields=roles.name&fields=teams").json();
    assert_eq!(user["user"], json!({"email": "ada@a.test", "teams": [{"name": "core"}], "roles": [{"name": "Admin"}]}));
    let team = wire.get("/v1/teams/core?fields=name&fields=users.email&fields=users.status").json();
    assert_eq!(team["team"], json!({"name": "core", "users": [{"email": "ada@a.test", "status": "ACTIVE"}]}));
}

#[test]
fn a_run_is_started_for_a_user() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    let path = "/v1/actions/vm_create_vm/runs";
    let body = json!({"properties": {"cpu": 1}});
    let run = wire.post(&format!("{path}?run_as=ada%40a.test"), &body).json()["run"].clone();
    assert_eq!((&run["createdBy"], &run["impersonatedBy"]), (&json!("ada@a.test"), &json!("id@clients")));
    assert_eq!(wire.post(&format!("{path}?run_as=eve%40a.test"), &body).status, 404);
    assert_eq!(wire.post(&format!("{path}?run_as="), &body).json()["run"]["createdBy"], "id@clients");
    let inputs = Map::from_iter([("cpu".to_owned(), Value::from(1))]);
    assert_eq!(port.start_run_as("bob@a.test", "vm_create_vm", inputs, None).unwrap()["createdBy"], "bob@a.test");
    let of = wire.get("/v1/actions/runs?user_email=bob%40a.test").json();
    assert_eq!(of["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn inputs_may_be_users_and_teams() {
    let port = filled();
    let form = json!({"properties": {"owner": {"type": "string", "format": "user"}, "team": {"type": "string", "format": "team"},
        "readers": {"type": "array", "items": {"type": "string", "format": "user"}}}});
    port.add_action(
        json!({"identifier": "own", "trigger": {"type": "self-service", "operation": "CREATE", "userInputs": form},
        "invocationMethod": {"type": "KAFKA"}}),
    );
    let mut wire = Wire::signed_in(&port);
    for (inputs, status) in [
        (json!({"owner": "ada@a.test", "team": "core", "readers": ["bob@a.test"]}), 202),
        (json!({"owner": 1}), 422),
        (json!({"readers": "bob@a.test"}), 422),
    ] {
        let answer = wire.post("/v1/actions/own/runs", &json!({"properties": inputs}));
        assert_eq!(answer.status, status, "{inputs}");
    }
}

#[test]
fn kafka_credentials_are_those_that_were_set() {
    let port = filled();
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.get("/v1/kafka-credentials").status, 404);
    port.set_kafka_credentials(KafkaCredentials {
        brokers: vec!["localhost:9196".to_owned()],
        username: "org".to_owned(),
        password: "word".to_owned(),
    });
    let credentials = json!({"brokers": ["localhost:9196"], "username": "org", "password": "word"});
    assert_eq!(wire.get("/v1/kafka-credentials").json(), json!({"ok": true, "credentials": credentials}));
}
