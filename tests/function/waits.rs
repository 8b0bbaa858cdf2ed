//! Waits that Port asks for, and credentials that it refuses: they stop the calls of the whole batch, until the time is
//! over. Otherwise a thousand runs would be a thousand calls, again with every delivery.

use std::thread;
use std::time::{Duration, Instant};

use local::{Answer, Credentials, Effect, Fault};
use serde_json::{Value, json};

use crate::deployment::{CLIENT_ID, CLIENT_SECRET};
use crate::function::{Function, done, now_millis};
use crate::messages::tutorial;

/// Starts a function with this many runs.
fn with_runs(count: usize) -> (Function, Vec<Value>) {
    let function = Function::new();
    let runs: Vec<String> = (0..count).map(|n| format!("r_{n}")).collect();
    for run in &runs {
        function.run(run, "vm_create_vm", None);
    }
    (function, runs.iter().map(|run| tutorial(run)).collect())
}

fn all_succeeded(function: &Function, count: usize) -> bool {
    (0..count).all(|n| function.status(&format!("r_{n}")) == "SUCCESS")
}

const TOKEN: &str = "/auth/access_token";

/// Refused credentials cost one call, whatever the status, and none with the next deliveries. A new secret is tried at
/// once.
#[test]
fn refused_credentials_stop_the_whole_batch() {
    for (status, runs) in [(401, 1000), (403, 100), (404, 10), (422, 10)] {
        let (mut function, messages) = with_runs(runs);
        function.port.script(Fault::status(status).path(TOKEN).always());
        assert!(matches!(function.deliver(&messages), Answer::Error(_)));
        assert_eq!(function.calls(), ["POST /v1/auth/access_token"], "{status}");
        for _ in 0..2 {
            assert!(matches!(function.deliver(&messages), Answer::Error(_)));
        }
        assert_eq!(function.calls(), [""; 0], "{status}");
        assert!(function.process().wait_for_output("does not accept the credentials", Duration::from_secs(5)));
    }
    let (mut function, messages) = with_runs(20);
    function.rotate_secret(&Credentials::new("old", "old"));
    function.restart();
    assert!(matches!(function.deliver(&messages), Answer::Error(_)));
    function.rotate_secret(&Credentials::new(CLIENT_ID, CLIENT_SECRET));
    assert_eq!(function.deliver(&messages), done());
    assert!(all_succeeded(&function, 20));
}

/// A token that is refused, and so is the one after it: the same as refused credentials.
#[test]
fn a_401_that_lasts_stops_the_whole_batch() {
    let (mut function, messages) = with_runs(1000);
    function.port.script(Fault::status(401).path("/blueprints").always());
    function.port.script(Fault::status(401).path("/actions").always());
    assert!(matches!(function.deliver(&messages), Answer::Error(_)));
    let calls = function.calls();
    let tokens = calls.iter().filter(|call| call.contains(TOKEN)).count();
    assert_eq!(tokens, 2, "one token and its renewal");
    assert!(calls.len() <= tokens + 2 * 16, "two tries for each of the runs that were on their way: {}", calls.len());
    assert!(matches!(function.deliver(&messages), Answer::Error(_)));
    assert_eq!(function.calls(), [""; 0]);
    function.port.clear_faults();
    function.restart();
    assert_eq!(function.deliver(&messages[..20]), done());
    assert!(all_succeeded(&function, 20));
}

/// A 401 for one run while others are let in concerns that run: it goes back after two tries, and the others end.
#[test]
fn a_401_for_one_run_concerns_that_run() {
    let (mut function, messages) = with_runs(40);
    function.port.script(Fault::status(401).path("/actions/runs/r_7").always());
    for _ in 0..3 {
        assert!(matches!(function.deliver(&messages), Answer::Error(_)));
    }
    let calls = function.calls();
    let refused = calls.iter().filter(|call| *call == "PATCH /v1/actions/runs/r_7").count();
    let tokens = calls.iter().filter(|call| call.contains(TOKEN)).count();
    assert_eq!((refused, tokens), (4, 2), "renewing did not help, so it is not repeated");
    assert!((0..40).all(|n| (function.status(&format!("r_{n}")) == "SUCCESS") == (n != 7)));
}

/// A wait beyond the deadline stops every call, wherever it was asked for and however, until it is over.
#[test]
fn a_wait_beyond_the_deadline_stops_the_whole_batch() {
    let header = |code, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Fault::new(Effect::Status { code, headers, body: json!({"ok": false, "error": "slow_down"}) })
    };
    let cases = [
        (TOKEN, Fault::retry_after(429, 600), 1),
        (TOKEN, Fault::retry_after(503, 600), 1),
        ("/entities", Fault::retry_after(429, 600), 16),
        ("/actions/runs", Fault::retry_after(429, 600), 32),
        ("/entities", header(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "300")]), 16),
        ("/entities", header(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "4102444800")]), 16),
        ("/entities", header(429, &[("Retry-After", "Fri, 01 Jan 2100 00:00:00 GMT")]), 16),
        ("/entities", header(429, &[("Retry-After", "18446744073709551615")]), 16),
        ("/entities", header(429, &[("Retry-After", "300.5")]), 16),
        ("/entities", header(503, &[("Retry-After", "soon"), ("Retry-After", "1"), ("Retry-After", "300")]), 16),
        ("/entities", header(429, &[("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "4102444800000")]), 16),
    ];
    for (path, fault, most) in cases {
        let (mut function, messages) = with_runs(if most == 1 { 300 } else { 100 });
        function.port.script(fault.clone().path(path).times(1000));
        assert!(matches!(function.deliver(&messages), Answer::Error(_)));
        let calls = function.calls();
        let others = calls.iter().filter(|call| !call.contains(path)).count();
        assert!(calls.len() - others <= most && others <= 33, "{} calls with {fault:?}", calls.len());
        function.port.clear_faults();
        assert!(matches!(function.deliver(&messages), Answer::Error(_)));
        assert_eq!(function.calls(), [""; 0], "{fault:?}");
    }
}

/// When the time is over, everything goes on by itself.
#[test]
fn calls_go_on_when_the_time_is_over() {
    let (mut function, messages) = with_runs(50);
    function.port.script(Fault::retry_after(429, 3).path("/entities").times(16));
    assert!(matches!(function.deliver_within(now_millis(), &messages, Duration::from_secs(2)), Answer::Error(_)));
    function.calls();
    // A delivery with enough time waits for the rest of it.
    let started = Instant::now();
    assert_eq!(function.deliver(&messages), done());
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(all_succeeded(&function, 50));
}

/// A wait is as long as Port says, in whatever form, and not longer.
#[test]
fn a_wait_ends_when_port_says() {
    let soon = now_millis() + 3000;
    let forms = [
        ("Retry-After", "2.5".to_owned()),
        ("x-ratelimit-reset", format!("{}", soon / 1000)),
        ("x-ratelimit-reset", soon.to_string()),
    ];
    thread::scope(|scope| {
        for (name, value) in forms {
            scope.spawn(move || {
                let (mut function, messages) = with_runs(4);
                let used_up = ("x-ratelimit-remaining".to_owned(), "0".to_owned());
                let headers = vec![used_up, (name.to_owned(), value.clone())];
                let effect = Effect::Status { code: 429, headers, body: json!({"ok": false, "error": "slow_down"}) };
                function.port.script(Fault::new(effect).path("/entities").times(4));
                let started = Instant::now();
                assert_eq!(function.deliver(&messages), done(), "{name}: {value}");
                let waited = started.elapsed();
                assert!(waited > Duration::from_millis(1500) && waited < Duration::from_secs(6), "{name}: {waited:?}");
                assert_eq!(function.count("/entities"), 8, "{name}: {value}");
            });
        }
    });
}

/// That the time of an invocation is up says nothing about Port: the next delivery begins at once.
#[test]
fn the_end_of_the_time_is_not_an_outage() {
    let (mut function, messages) = with_runs(60);
    function.port.script(Fault::retry_after(429, 0).path("/entities").times(10_000));
    function.port.set_latency(Duration::from_millis(40));
    assert!(matches!(function.deliver_within(now_millis(), &messages, Duration::from_secs(2)), Answer::Error(_)));
    function.port.clear_faults();
    let started = Instant::now();
    assert_eq!(function.deliver(&messages), done());
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(!function.process().output().contains("Port is down"));
}

/// A token is requested once, whatever Port says about its life.
#[test]
fn a_token_has_a_shortest_life() {
    let ends = [json!(0), json!(null), json!(-1), json!("soon"), json!(1e300), json!(u64::MAX), json!(0.5), json!({})];
    for expires_in in ends {
        let (mut function, messages) = with_runs(100);
        function.port.announce_token_lifetime(expires_in.clone());
        assert_eq!(function.deliver(&messages), done(), "{expires_in}");
        assert_eq!(function.count(TOKEN), 1, "{expires_in}");
        // It is renewed when Port no longer accepts it.
        function.port.expire_tokens();
        function.run("r_last", "vm_create_vm", None);
        assert_eq!(function.deliver(&[tutorial("r_last")]), done(), "{expires_in}");
        assert_eq!(function.count(TOKEN), 1, "{expires_in}");
    }
}

/// In the last second of a token's life, one call renews it for all runs that were refused with it.
#[test]
fn a_token_near_its_end_is_renewed_once() {
    let (mut function, messages) = with_runs(60);
    function.port.set_token_lifetime(Duration::from_millis(150));
    function.port.set_latency(Duration::from_millis(40));
    function.port.script(Fault::new(Effect::Delay(Duration::from_millis(150))).path("/entities").times(16));
    assert_eq!(function.deliver_within(now_millis(), &messages[..16], Duration::from_secs(20)), done());
    let tokens = function.count(TOKEN);
    assert!(tokens <= 5, "{tokens} tokens for 16 runs");
}

/// An answer that asks for a slower pace shows that Port is there: the calls of other runs go on.
#[test]
fn a_slower_pace_is_not_an_outage() {
    let (mut function, messages) = with_runs(20);
    function.port.script(Fault::retry_after(429, 0).path("/entities").times(20));
    let started = Instant::now();
    assert_eq!(function.deliver(&messages), done());
    assert!(started.elapsed() < Duration::from_millis(3500), "{:?}", started.elapsed());
    assert!(all_succeeded(&function, 20));
}

/// The waits between the attempts of one call grow, and an attempt without an answer ends after ten seconds.
#[test]
fn waits_grow_and_attempts_end() {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut function, messages) = with_runs(1);
            function.port.script(Fault::status(503).path("/actions/runs").always());
            assert!(matches!(
                function.deliver_within(now_millis(), &messages, Duration::from_secs(4)),
                Answer::Error(_)
            ));
            let attempts = function.count("/actions/runs/r_0");
            assert!((4..8).contains(&attempts), "{attempts} attempts in four seconds");
        });
        scope.spawn(|| {
            let (mut function, messages) = with_runs(1);
            function.port.script(Fault::new(Effect::Hang).path("/actions/runs"));
            let started = Instant::now();
            assert_eq!(function.deliver(&messages), done());
            assert!((9..13).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        });
    });
}
