//! Tokens and the secret behind them: fetched once, renewed once, and read again after the secret was rotated.

use std::time::Duration;

use local::{Answer, Credentials, Fault};

use crate::deployment::{CLIENT_ID, CLIENT_SECRET};
use crate::function::{Function, done};
use crate::messages::tutorial;

#[test]
fn runs_cost_two_calls_and_share_a_token() {
    let mut function = Function::new();
    for n in 0..5 {
        function.run(&format!("r_{n}"), "vm_create_vm", None);
        function.deliver(&[tutorial(&format!("r_{n}"))]);
    }
    let calls = function.calls();
    assert_eq!(calls.len(), 11, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.contains("access_token")).count(), 1);
}

#[test]
fn an_expired_token_is_renewed_once() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    function.port.expire_tokens();
    function.calls();
    function.run("r_2", "vm_create_vm", None);
    assert_eq!(function.deliver(&[tutorial("r_2")]), done());
    let want = [
        "POST /v1/blueprints/vm/entities",
        "POST /v1/auth/access_token",
        "POST /v1/blueprints/vm/entities",
        "PATCH /v1/actions/runs/r_2",
    ];
    assert_eq!(function.calls(), want);
}

/// No matter how many runs wait for a token, it is fetched once: at the start, and when it expires for all of them.
#[test]
fn concurrent_runs_fetch_one_token() {
    let mut function = Function::new();
    function.port.set_latency(Duration::from_millis(20));
    for batch in 0..2 {
        let runs: Vec<String> = (0..40).map(|n| format!("r_{batch}_{n}")).collect();
        for run in &runs {
            function.run(run, "vm_create_vm", None);
        }
        assert_eq!(function.deliver(&runs.iter().map(|run| tutorial(run)).collect::<Vec<_>>()), done());
        let tokens = function.calls().iter().filter(|call| call.contains("access_token")).count();
        assert_eq!(tokens, 1, "batch {batch}");
        function.port.expire_tokens();
    }
}

/// Credentials that Port does not accept are our failure, not a run's: the runs go back to Kafka.
#[test]
fn refused_credentials_fail_no_run() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(401).path("/auth/access_token"));
    assert!(matches!(function.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    assert_eq!(function.status("r_1"), "IN_PROGRESS");
    // A process remembers for a minute that its credentials were refused.
    function.restart();
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!(function.status("r_1"), "SUCCESS");
}

/// A secret that was rotated while the function was warm is read again, and the returned runs are carried out.
#[test]
fn a_rotated_secret_is_read_again() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    assert!(function.runtime().wait_ready(Duration::from_secs(10)).is_some());
    function.rotate_secret(&Credentials::new("old", "old"));
    function.restart();
    assert!(matches!(function.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    function.rotate_secret(&Credentials::new(CLIENT_ID, CLIENT_SECRET));
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!(function.status("r_1"), "SUCCESS");
    assert_eq!(function.secrets.calls(), 3, "once for each start, and once after the refusal");
}
