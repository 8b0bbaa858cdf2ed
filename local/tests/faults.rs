//! Faults: each does what it says, to the calls that it names, as often as it says.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use local::{Effect, FakePort, Fault};
use serde_json::json;

mod wire;

use wire::{Wire, port};

const VMS: &str = "/v1/blueprints/vm/entities";

fn create(port: &FakePort, identifier: &str) -> std::io::Result<wire::Response> {
    let mut wire = Wire::signed_in(port);
    wire.send("POST", VMS, Some(&json!({"identifier": identifier, "properties": {"cpu": 1}})))
}

#[test]
fn a_status_hits_the_named_calls_as_often_as_it_says() {
    let port = port();
    let headers = vec![("Retry-After".to_owned(), "1".to_owned()), ("x-trace-id".to_owned(), "mine".to_owned())];
    let effect = Effect::Status { code: 429, headers, body: json!({"ok": false, "error": "too_many"}) };
    port.script(Fault::new(effect).method("POST").path("/entities").times(2));
    port.script(Fault::status(503).path("/entities").after(1));
    let struck = create(&port, "a").unwrap();
    assert_eq!((struck.status, struck.header("retry-after")), (429, Some("1")));
    assert_eq!(struck.header("x-trace-id"), Some("mine"));
    let statuses: Vec<u16> = (0..4).map(|_| create(&port, "a").unwrap().status).collect();
    assert_eq!(statuses, [429, 201, 503, 409]);
}

#[test]
fn a_probability_hits_the_same_calls_every_time() {
    let draw = || {
        let port = port();
        port.script(Fault::status(500).path("/blueprints").with_probability(0.5, 7));
        let mut wire = Wire::signed_in(&port);
        (0..40).map(|_| wire.get("/v1/blueprints").status).collect::<Vec<_>>()
    };
    let first = draw();
    assert_eq!(first, draw());
    let struck = first.iter().filter(|status| **status == 500).count();
    assert!((8..32).contains(&struck), "{struck}");
}

#[test]
fn always_lasts_until_it_is_cleared() {
    let port = port();
    port.script(Fault::status(502).always());
    let mut wire = Wire::connect(&port.url());
    assert!((0..5).all(|_| wire.get("/v1/blueprints").status == 502));
    port.clear_faults();
    assert_eq!(wire.get("/v1/blueprints").status, 401);
}

#[test]
fn a_reset_happens_before_or_after_the_change() {
    let port = port();
    for applied in [false, true] {
        port.script(Fault::new(Effect::Reset { applied }).path("/entities"));
        let error = create(&port, "a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(port.entity("vm", "a").is_some(), applied);
    }
    assert_eq!(port.calls().last().unwrap().status, 0);
    assert_eq!(create(&port, "a").unwrap().status, 409);
}

#[test]
fn half_a_body_is_sent_and_carried_out() {
    let port = port();
    port.script(Fault::new(Effect::HalfBody).path("/entities"));
    let mut wire = Wire::signed_in(&port);
    let body = json!({"identifier": "a", "properties": {"cpu": 1}}).to_string();
    wire.write("POST", VMS, body.as_bytes()).unwrap();
    let mut raw = String::new();
    wire.stream().read_to_string(&mut raw).unwrap();
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert_eq!(body.len(), promised.parse::<usize>().unwrap() / 2);
    assert!(port.entity("vm", "a").is_some());
    assert_eq!(port.calls().last().unwrap().status, 201);
}

#[test]
fn garbage_and_html_are_not_json() {
    let port = port();
    port.script(Fault::new(Effect::Garbage { applied: true }).path("/entities"));
    port.script(Fault::new(Effect::WrongType { code: 502, body: "<h1>Bad gateway</h1>".to_owned() }).path("/entities"));
    let garbage = create(&port, "a").unwrap();
    assert_eq!((garbage.status, garbage.header("content-type")), (200, Some("application/json")));
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    assert!(port.entity("vm", "a").is_some());
    let page = create(&port, "b").unwrap();
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html; charset=utf-8")));
    assert_eq!(port.entity("vm", "b"), None);
}

#[test]
fn a_delay_answers_late_and_a_hang_never() {
    let port = port();
    port.script(Fault::new(Effect::Delay(Duration::from_millis(80))).path("/entities"));
    port.script(Fault::new(Effect::Hang).path("/entities"));
    let start = Instant::now();
    assert_eq!(create(&port, "a").unwrap().status, 201);
    assert!(start.elapsed() >= Duration::from_millis(80));

    let mut wire = Wire::signed_in(&port);
    wire.stream().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(wire.send("GET", VMS, None).is_err());
    assert_eq!(port.calls().last().unwrap().status, 0);
    assert_eq!(create(&port, "b").unwrap().status, 201, "other calls are served meanwhile");
}

#[test]
fn latency_applies_to_every_call_concurrently() {
    let port = port();
    port.set_latency(Duration::from_millis(150));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Wire::connect(&port.url()).get("/v1/blueprints"));
        }
    });
    let elapsed = start.elapsed().as_millis();
    assert!((150..8 * 150).contains(&elapsed), "sequentially they would take 1200 ms: {elapsed}");
}

/// For tests: which calls Port carried out, even if the client never learned of it.
#[test]
fn a_call_records_its_fault_and_whether_it_was_carried_out() {
    let port = port();
    let effects =
        [Effect::Reset { applied: false }, Effect::Garbage { applied: false }, Effect::Reset { applied: true }];
    for effect in effects.clone() {
        port.script(Fault::new(effect).path("/entities"));
        let _ = create(&port, "a");
    }
    let _ = create(&port, "a");
    let calls = port.calls();
    let seen: Vec<_> =
        calls.iter().filter(|call| call.path == VMS).map(|call| (call.fault.clone(), call.carried_out)).collect();
    let [before, garbage, after] = effects;
    assert_eq!(seen, [(Some(before), None), (Some(garbage), None), (Some(after), Some(201)), (None, Some(409))]);
}

#[test]
fn a_token_can_expire_between_calls() {
    let port = port();
    port.script(Fault::new(Effect::TokenLapse).path("/entities").after(1));
    let mut wire = Wire::signed_in(&port);
    let vm = |identifier: &str| json!({"identifier": identifier, "properties": {"cpu": 1}});
    assert_eq!(wire.post(VMS, &vm("a")).status, 201);
    assert_eq!(wire.post(VMS, &vm("b")).status, 401);
    assert_eq!(wire.post(VMS, &vm("b")).status, 401, "until another is fetched");
    wire.sign_in();
    assert_eq!(wire.post(VMS, &vm("b")).status, 201);
}
