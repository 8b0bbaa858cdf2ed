//! Tokens and the secret behind them: fetched once, renewed once, and read again after the secret was rotated.

use std::time::Duration;

use local::{Answer, Credentials, Fault};
use serde_json::{Value, json};

use crate::deployment::{CLIENT_ID, CLIENT_SECRET};
use crate::function::{Function, done, now_millis};
use crate::messages::{ours, signed, tutorial};

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

/// Another secret, which Port and Secrets Manager have from now on.
const NEW_SECRET: &str = "the-new-client-secret-never-log-me-0123456789";

fn rotate(function: &Function) {
    let credentials = Credentials::new(CLIENT_ID, NEW_SECRET);
    function.port.set_credentials(credentials.clone());
    function.rotate_secret(&credentials);
}

fn signed_now(run: &str, secret: &str) -> Value {
    signed(tutorial(run), secret, u64::try_from(now_millis() / 1000).unwrap())
}

/// The client secret is rotated while the function is warm and has a valid token. Nothing that Port signed is rejected, and
/// however many forgeries arrive, the secret is read once.
#[test]
fn messages_of_a_rotated_secret_are_accepted() {
    for mode in ["required", "if-present"] {
        let mut function = Function::with_plan(|plan| plan["signatures"] = json!(mode));
        for run in ["r_before", "r_after", "r_on_its_way", "r_last", "r_forged"] {
            function.run(run, "vm_create_vm", None);
        }
        assert_eq!(function.deliver(&[signed_now("r_before", CLIENT_SECRET)]), done());
        assert_eq!((function.status("r_before").as_str(), function.secrets.calls()), ("SUCCESS", 1));
        rotate(&function);
        let batch = [signed_now("r_after", NEW_SECRET), signed_now("r_on_its_way", CLIENT_SECRET)];
        assert_eq!(function.deliver(&batch), done());
        assert_eq!(["r_after", "r_on_its_way"].map(|run| function.status(run)), ["SUCCESS"; 2], "{mode}");
        assert_eq!(function.secrets.calls(), 2, "{mode}");

        let forged = vec![signed_now("r_forged", "a secret of somebody else, of some length"); 50];
        for _ in 0..3 {
            assert_eq!(function.deliver(&forged), done());
        }
        assert_eq!(function.deliver(&[signed_now("r_last", NEW_SECRET)]), done());
        assert_eq!((function.status("r_forged"), function.status("r_last")), ("IN_PROGRESS".into(), "SUCCESS".into()));
        assert_eq!(function.secrets.calls(), 2, "{mode}");
        assert!(function.process().wait_for_output("\"Rejected\":50", Duration::from_secs(5)));
        assert!(!function.process().output().contains("never-log-me"));
    }
}

/// A flood of forgeries before any rotation costs one reading, and messages that need no secret cost none.
#[test]
fn forgeries_cost_one_reading_of_the_secret() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!(function.secrets.calls(), 1);
    for _ in 0..3 {
        function.deliver(&vec![signed_now("r_1", NEW_SECRET); 20]);
    }
    assert_eq!(function.secrets.calls(), 2);
}

/// While the secret cannot be read again, nobody can say whether a message is forged: it goes back to Kafka, and the
/// secret is still read only once a minute.
#[test]
fn a_message_goes_back_while_the_secret_cannot_be_read() {
    for partial in [true, false] {
        let mut function = Function::with_plan(|plan| plan["partialBatchResponse"] = json!(partial));
        for run in ["r_0", "r_1", "r_2"] {
            function.run(run, "vm_create_vm", None);
        }
        assert_eq!(function.deliver(&[tutorial("r_0")]), done());
        rotate(&function);
        function.secrets.refuse_next(99, 400, "AccessDeniedException");
        for delivery in 0..3 {
            let batch = [tutorial("r_2"), signed_now("r_1", NEW_SECRET)];
            match function.deliver(&batch) {
                Answer::Response(response) => {
                    let offset = 2 * delivery + 2;
                    let item = json!({"itemIdentifier": {"partition": "org.runs-0", "offset": offset}});
                    assert_eq!((partial, response), (true, json!({"batchItemFailures": [item]})));
                }
                answer => assert!(!partial && matches!(answer, Answer::Error(_)), "{answer:?}"),
            }
        }
        assert_eq!((function.status("r_1"), function.secrets.calls()), ("IN_PROGRESS".to_owned(), 2));
        assert!(function.process().wait_for_output("the secret could not be read again", Duration::from_secs(5)));
        let output = function.process().output();
        assert!(!output.contains("was not acted on"), "{output}");
        let line = output.lines().find(|line| line.contains("the secret could not be read again")).unwrap();
        assert!(line.contains("AccessDeniedException"), "{line}");
    }
}

/// A secret that holds no credentials when it is read again is not a rotation: nothing is called wrong for it.
#[test]
fn a_secret_that_was_emptied_decides_nothing() {
    for (id, secret) in [("", ""), (CLIENT_ID, ""), ("", NEW_SECRET)] {
        let mut function = Function::new();
        for run in ["r_1", "r_2"] {
            function.run(run, "vm_create_vm", None);
        }
        assert_eq!(function.deliver(&[tutorial("r_1")]), done());
        function.rotate_secret(&Credentials::new(id, secret));
        assert!(matches!(function.deliver(&[signed_now("r_2", NEW_SECRET)]), Answer::Error(_)));
        assert_eq!((function.status("r_2"), function.secrets.calls()), ("IN_PROGRESS".to_owned(), 2));
        // The credentials in use stay in use.
        function.run("r_3", "vm_create_vm", None);
        function.port.expire_tokens();
        assert_eq!(function.deliver(&[tutorial("r_3")]), done());
    }
}

/// Inputs that Port encrypted under the new secret, or the browser for the new key, are decrypted.
#[test]
fn inputs_of_a_rotated_secret_are_decrypted() {
    // "hunter2-typed-by-a-person", encrypted under the deployment's client secret and for its key by other programs.
    let by_port = "AAECAwQFBgcICQoLDA0OD7wNE1GAW0rqXA6BqdZjJ0d1Te1ZQ97c/LS9Uscqm8eEAV+XL5OM+UcL";
    let by_the_browser = include_str!("../../handler/tests/keys/sealed.txt").trim();
    let encrypted = |plan: &mut Value| {
        plan["actions"][0]["encrypted"] = json!({"password": "aes256-gcm", "key": "client-side"});
    };
    let mut function = Function::with_example("misbehaving", encrypted);
    function.rotate_secret(&Credentials::new(CLIENT_ID, "the-former-secret-never-log-me-0123456789"));
    function.rotate_input_key(include_str!("../../handler/tests/keys/other.pem"));
    function.restart();
    assert!(function.runtime().wait_ready(Duration::from_secs(10)).is_some());
    let before = function.secrets.calls();
    function.rotate_secret(&Credentials::new(CLIENT_ID, CLIENT_SECRET));
    function.rotate_input_key(include_str!("../../handler/tests/keys/pkcs8.pem"));
    let altered = by_port.replacen("AAEC", "BBEC", 1);
    let batch: Vec<Value> = [("r_1", by_port), ("r_2", altered.as_str()), ("r_3", by_port), ("r_4", altered.as_str())]
        .into_iter()
        .map(|(run, password)| {
            function.run(run, "vm_create_vm", None);
            let inputs = json!({"title": "secret", "password": password, "key": by_the_browser, "cpu": 2});
            ours("vm_create_vm", run, None, &inputs)
        })
        .collect();
    assert_eq!(function.deliver(&batch), done());
    for (run, want) in [
        ("r_1", "25 characters, among the inputs: false, "),
        (
            "r_2",
            "Input `password` cannot be decrypted: it was encrypted with another client secret or has been altered.",
        ),
        ("r_3", "25 characters, among the inputs: false, "),
        (
            "r_4",
            "Input `password` cannot be decrypted: it was encrypted with another client secret or has been altered.",
        ),
    ] {
        assert!(function.summary(run).starts_with(want), "{run}: {}", function.summary(run));
    }
    assert_eq!(function.secrets.calls() - before, 2, "once for each secret");
}
