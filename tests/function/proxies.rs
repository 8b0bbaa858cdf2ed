//! Answers that are not Port's: whatever is between the function and Port sends them, with any status. They decide nothing
//! about a run, until one lasts.

use std::thread;
use std::time::Duration;

use local::{Answer, Effect, FakePort, Fault};
use serde_json::{Value, json};

use crate::deployment::{CLIENT_ID, CLIENT_SECRET};
use crate::function::{Function, done, now_millis};
use crate::messages::ours;

/// Answers of ingresses, load balancers, firewalls, gateways and captive pages.
pub(crate) fn foreign_answers() -> Vec<(&'static str, Effect)> {
    let json = |code, body| Effect::Status { code, headers: Vec::new(), body };
    let page = |code, body: &str| Effect::WrongType { code, body: body.to_owned() };
    let html = "<html><body><h1>It is not here</h1></body></html>";
    vec![
        ("a page with 200", page(200, html)),
        ("nothing with 204", page(204, "")),
        ("nothing with 200", page(200, "")),
        ("a redirect", page(302, html)),
        ("not modified", page(304, "")),
        ("a page with 400", page(400, html)),
        ("a login page", page(401, html)),
        ("a firewall", page(403, html)),
        ("an ingress without a route", page(404, "default backend - 404")),
        ("a proxy that wants credentials", page(407, html)),
        ("nothing with 409", page(409, "")),
        ("nothing with 410", page(410, "")),
        ("a limit on sizes", page(413, html)),
        ("nothing with 422", page(422, "")),
        ("a page with 418", page(418, html)),
        ("a page with 500", page(500, html)),
        ("a page with 599", page(599, html)),
        ("Kong", json(404, json!({"message": "no Route matched with those values"}))),
        ("Amazon API Gateway", json(403, json!({"message": "Forbidden"}))),
        ("Cloudflare", json(400, json!({"success": false, "errors": [{"code": 7003}], "result": null}))),
        ("another API", json(404, json!({"error": "not_found", "message": "no such thing"}))),
        ("a health check", json(200, json!({"status": "UP"}))),
        ("a refusal without a reason", json(404, json!({"ok": false}))),
        ("a success that is refused", json(404, json!({"ok": true}))),
        ("a refusal that succeeds", json(200, json!({"ok": false, "error": "not_found"}))),
        ("a list", json(200, json!([]))),
        ("null", json(200, json!(null))),
        ("a long page", page(200, &"<p>".repeat(360_000))),
        (
            "a long refusal of another API",
            page(404, &format!(r#"{{"error":"not_found","a":"{}"}}"#, "a".repeat(1_080_000))),
        ),
    ]
}

/// Every call of a run, by what it does.
const CALLS: [(&str, &str); 7] = [
    ("POST", "/auth/access_token"),
    ("POST", "/blueprints/vm/entities"),
    ("PATCH", "/blueprints/vm/entities/changed"),
    ("DELETE", "/blueprints/vm/entities/removed"),
    ("GET", "/blueprints/vm/entities/held"),
    ("GET", "/actions/runs/r_"),
    ("PATCH", "/actions/runs/r_"),
];

/// One run for each thing that can be done, and what must become of it.
const RUNS: [(&str, &str); 5] = [
    ("r_create", "SUCCESS"),
    ("r_change", "SUCCESS"),
    ("r_remove", "SUCCESS"),
    ("r_twice", "SUCCESS"),
    ("r_gone", "FAILURE"),
];

struct Batch {
    function: Function,
    messages: Vec<Value>,
}

impl Batch {
    fn new() -> Self {
        let function = Function::new();
        let inputs = |title| json!({"title": title, "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
        let held = json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"});
        for identifier in ["changed", "removed", "held"] {
            let title = if identifier == "held" { "Held" } else { identifier };
            function.port.add_entity("vm", json!({"identifier": identifier, "title": title, "properties": held}));
        }
        let messages = vec![
            ours("vm_create_vm", "r_create", None, &inputs("New")),
            ours("resize_vm", "r_change", Some("changed"), &json!({"cpu_cores": 8})),
            ours("delete_vm", "r_remove", Some("removed"), &json!({})),
            ours("vm_create_vm", "r_twice", None, &inputs("Held")),
            ours("resize_vm", "r_gone", Some("gone"), &json!({"cpu_cores": 8})),
        ];
        for (run, _) in RUNS {
            function.run(run, "vm_create_vm", None);
        }
        Self { function, messages }
    }

    /// Asserts that every run ended as it must, with its entity as it must be.
    fn assert_ended(&self, name: &str) {
        for (run, want) in RUNS {
            assert_eq!(self.function.status(run), want, "{run} with {name}: {}", self.function.summary(run));
        }
        assert!(self.function.port.entity("vm", "new").is_some(), "{name}");
        assert_eq!(self.function.port.entity("vm", "changed").unwrap()["properties"]["cpu_cores"], 8, "{name}");
        assert!(self.function.port.entity("vm", "removed").is_none(), "{name}");
    }
}

/// Does something for each item, some at a time: the time goes by in waiting.
fn for_each<T: Sync>(items: &[T], act: impl Fn(&T) + Sync) {
    for some in items.chunks(10) {
        thread::scope(|scope| {
            for item in some {
                scope.spawn(|| act(item));
            }
        });
    }
}

/// One such answer to each call: the call is tried again, and the runs end as if nothing had happened.
#[test]
fn one_answer_of_somebody_else_changes_nothing() {
    for_each(&foreign_answers(), |(name, effect)| {
        let Batch { function, messages } = Batch::new();
        for (method, path) in CALLS {
            function.port.script(Fault::new(effect.clone()).method(method).path(path));
        }
        let mut batch = Batch { function, messages };
        assert_eq!(batch.function.deliver(&batch.messages), done(), "{name}");
        batch.assert_ended(name);
    });
}

/// Nothing but such answers: every run goes back, nothing is said about any, and afterwards they end as they must.
#[test]
fn an_outage_behind_a_proxy_ends_no_run() {
    for_each(&foreign_answers(), |(name, effect)| {
        let mut batch = Batch::new();
        // Overdue or not: a proxy that refuses everything refuses no request in particular.
        for published in [overdue(), now_millis()] {
            batch.function.port.script(Fault::new(effect.clone()).always());
            let (messages, time) = (&batch.messages, Duration::from_secs(2));
            let answer = batch.function.deliver_within(published, messages, time);
            assert!(matches!(answer, Answer::Error(_)), "{name}: {answer:?}");
            for (run, _) in RUNS {
                assert_eq!(batch.function.status(run), "IN_PROGRESS", "{run} with {name}");
            }
            batch.function.port.clear_faults();
        }
        let output = batch.function.process().output();
        for outcome in ["SUCCESS", "FAILURE", "CLOSED_BEFORE", "UNKNOWN_RUN", "LEFT_OPEN"] {
            assert!(!output.contains(outcome), "{name}: {output}");
        }
        assert_eq!(batch.function.deliver(&batch.messages), done(), "{name}");
        batch.assert_ended(name);
    });
}

/// An answer about something else than what was asked for is not Port's word either.
#[test]
fn an_answer_about_something_else_changes_nothing() {
    let other = json!({"ok": true, "entity": {"identifier": "other", "properties": {}}});
    let run = json!({"ok": true, "run": {"id": "r_other", "status": "SUCCESS"}});
    let open = json!({"ok": true, "run": {"id": "r_create", "status": "IN_PROGRESS"}});
    let long = json!({"ok": true, "a": "a".repeat(1024 * 1024)});
    for (method, path, mut bodies) in [
        ("POST", "/entities", vec![json!({"ok": true}), other.clone()]),
        ("PATCH", "/entities/changed", vec![json!({"ok": true}), other.clone()]),
        ("GET", "/entities/held", vec![json!({"ok": true}), other]),
        ("GET", "/actions/runs/r_gone", vec![json!({"ok": true}), run.clone()]),
        ("PATCH", "/actions/runs/r_create", vec![json!({"ok": true}), run, open]),
        ("POST", "/auth/access_token", vec![json!({"ok": true})]),
        ("DELETE", "/entities/removed", vec![json!({"ok": true, "entity": {"identifier": "other"}})]),
    ] {
        bodies.push(long.clone());
        for body in bodies {
            let mut batch = Batch::new();
            let effect = Effect::Status { code: 200, headers: Vec::new(), body: body.clone() };
            batch.function.port.script(Fault::new(effect).method(method).path(path));
            if batch.function.deliver(&batch.messages) != done() {
                // The status may have arrived, so it is looked at again with the next delivery.
                assert_eq!(batch.function.deliver(&batch.messages), done(), "{method} {path} {body:.99}");
            }
            batch.assert_ended(&format!("{method} {path} {body:.99}"));
        }
    }
}

/// What a proxy refuses for good, while Port answers everything else, ends an overdue run.
#[test]
fn a_request_that_a_proxy_refuses_for_good_ends_as_a_failure() {
    let cases = [
        ("r_create", "POST", "/blueprints/vm/entities"),
        ("r_change", "PATCH", "/blueprints/vm/entities/changed"),
        ("r_remove", "DELETE", "/blueprints/vm/entities/removed"),
    ];
    let statuses = [400, 401, 403, 404, 407, 413, 413, 414, 431];
    let all: Vec<_> = cases.into_iter().cycle().zip(statuses).collect();
    for_each(&all, |((run, method, path), status)| {
        let mut batch = Batch::new();
        let at = batch.messages.iter().position(|message| message["context"]["runId"] == *run).unwrap();
        let message = batch.messages.remove(at);
        batch.function.port.script(Fault::page(*status).method(method).path(path).always());
        let answer =
            batch.function.deliver_within(now_millis(), std::slice::from_ref(&message), Duration::from_secs(2));
        assert!(matches!(answer, Answer::Error(_)), "{answer:?}");
        assert_eq!(batch.function.status(run), "IN_PROGRESS", "the proxy may recover");
        assert_eq!(
            batch.function.deliver_published(overdue(), std::slice::from_ref(&message)),
            done(),
            "{run} {status}"
        );
        assert_eq!(batch.function.status(run), "FAILURE");
        let want = format!("A proxy before Port refused this request ({status}).");
        assert_eq!(batch.function.summary(run), want);
    });
}

/// The refused request leaves time for what must come after it, even if every call is slow.
#[test]
fn a_slow_refusal_leaves_time_for_the_report() {
    let mut batch = Batch::new();
    batch.function.port.set_latency(Duration::from_millis(600));
    batch.function.port.script(Fault::page(413).method("POST").path("/blueprints/vm/entities").always());
    let answer = batch.function.deliver_within(overdue(), &batch.messages[..1], Duration::from_secs(10));
    assert_eq!((answer, batch.function.status("r_create")), (done(), "FAILURE".to_owned()));
}

/// What asks to try again, what comes and goes, and what also hits the report is handed back, however old it is.
#[test]
fn what_a_proxy_may_let_through_later_is_handed_back() {
    let refused = |status| vec![Fault::page(status).method("POST").path("/blueprints").always()];
    let mut cases: Vec<(String, Vec<Fault>)> =
        [302, 408, 425, 429, 500, 503].into_iter().map(|status| (status.to_string(), refused(status))).collect();
    let with = |path: &str, method: &str| {
        let mut faults = refused(413);
        faults.push(Fault::page(413).method(method).path(path).always());
        faults
    };
    cases.push(("the report is refused, too".to_owned(), with("/actions/runs/r_create", "PATCH")));
    cases.push(("Port cannot be asked about the run".to_owned(), with("/actions/runs/r_create", "GET")));
    for_each(&cases, |(name, faults)| {
        let mut batch = Batch::new();
        for fault in faults {
            batch.function.port.script(fault.clone());
        }
        let answer = batch.function.deliver_within(overdue(), &batch.messages[..1], Duration::from_secs(4));
        assert!(matches!(answer, Answer::Error(_)), "{name}: {answer:?}");
        assert_eq!(batch.function.status("r_create"), "IN_PROGRESS", "{name}");
        batch.function.port.clear_faults();
        assert_eq!(batch.function.deliver(&batch.messages), done(), "{name}");
        batch.assert_ended(name);
    });
}

/// The run of a workflow's node ends the same way, and only if Port answers anything in between.
#[test]
fn a_node_run_that_a_proxy_refuses_for_good_ends_as_a_failure() {
    for port_answers in [false, true] {
        let mut function = Function::new();
        function.port.add_node_run("wfnr_1");
        function.port.script(Fault::page(413).method("POST").path("/blueprints").always());
        if !port_answers {
            function.port.script(Fault::page(413).method("GET").always());
        }
        let inputs = json!({"title": "New", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
        let message = ours("vm_create_vm", "wfnr_1", None, &inputs);
        let answer = function.deliver_within(overdue(), &[message], Duration::from_secs(4));
        let result = function.port.node_run("wfnr_1").unwrap()["result"].take();
        assert_eq!((answer == done(), result == "FAILED"), (port_answers, port_answers));
    }
}

/// A redirect is an answer that is not Port's: it is not followed, so nobody else sees the token or the entity.
#[test]
fn redirects_are_not_followed() {
    let elsewhere = FakePort::start(local::Credentials::new(CLIENT_ID, CLIENT_SECRET)).unwrap();
    for status in [301, 302, 303, 307, 308] {
        let mut batch = Batch::new();
        for (method, path) in CALLS {
            let headers = vec![("Location".to_owned(), format!("{}/v1{path}", elsewhere.url()))];
            let effect = Effect::Status { code: status, headers, body: json!({"ok": true}) };
            batch.function.port.script(Fault::new(effect).method(method).path(path));
        }
        assert_eq!(batch.function.deliver(&batch.messages), done(), "{status}");
        batch.assert_ended(&status.to_string());
    }
    assert_eq!(elsewhere.calls().len(), 0);
}

/// The longest answers that are not read to their end must not fill the memory.
#[test]
fn endless_answers_do_not_fill_the_memory() {
    let mut function = Function::new();
    let runs: Vec<String> = (0..32).map(|n| format!("r_{n}")).collect();
    for run in &runs {
        function.run(run, "vm_create_vm", None);
    }
    let body = format!("{{\"ok\":true,\"entity\":{{\"identifier\":\"{}\"}}}}", "a".repeat(20_000_000));
    function.port.script(Fault::new(Effect::WrongType { code: 200, body }).method("POST").path("/entities").times(16));
    let messages: Vec<Value> = runs.iter().map(|run| crate::messages::tutorial(run)).collect();
    assert_eq!(function.deliver(&messages), done());
    assert!(runs.iter().all(|run| function.status(run) == "SUCCESS"));
    let peak = function.process().peak_memory().unwrap() / 1024 / 1024;
    assert!(peak < 100, "{peak} MiB");
}

/// Returns when a record was published that a proxy may have held up for too long.
fn overdue() -> i64 {
    now_millis() - 601_000
}
