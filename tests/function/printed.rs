//! What the process prints: lines with a run and its attempt, and nothing secret or personal.

use std::thread;
use std::time::Duration;

use local::{Answer, Effect, Fault};
use serde_json::{Value, json};

use crate::deployment::CLIENT_SECRET;
use crate::function::{Function, now_millis};
use crate::messages::{self, tutorial};
use crate::proxies::foreign_answers;

/// What a person typed, in every input.
const TYPED: &str = "hunter2-typed-by-a-person";

/// Everything that can go wrong with a call, with answers that quote what was sent.
fn faults() -> Vec<Effect> {
    let quoted = format!("{TYPED} test@test.com {CLIENT_SECRET} Bearer token-1-");
    let refusal = json!({"ok": false, "error": quoted, "message": quoted, "details": [quoted]});
    let refused = [400, 401, 403, 404, 408, 409, 410, 413, 422, 423, 425, 429, 500, 502, 503].map(|code| {
        Effect::Status { code, headers: vec![("Retry-After".to_owned(), quoted.clone())], body: refusal.clone() }
    });
    let done = json!({"ok": true, "run": {"id": quoted, "status": quoted}, "entity": {"identifier": quoted}});
    let others = [
        Effect::Status { code: 200, headers: Vec::new(), body: done },
        Effect::Status {
            code: 302,
            headers: vec![("Location".to_owned(), "http://hunter2-typed".into())],
            body: refusal,
        },
        Effect::WrongType { code: 403, body: format!("<html>{quoted}</html>") },
        Effect::Reset { applied: false },
        Effect::Reset { applied: true },
        Effect::HalfBody,
        Effect::Garbage { applied: true },
        Effect::TokenLapse,
        Effect::Hang,
    ];
    refused
        .into_iter()
        .chain(others)
        .chain(foreign_answers().into_iter().step_by(3).map(|(_, effect)| effect))
        .collect()
}

/// Returns every text in a document, but for the words that a line may have.
fn texts(document: &Value, into: &mut Vec<String>) {
    const MAY_BE_PRINTED: [&str; 10] =
        ["create_vm", "resize_vm", "delete_vm", "vm", "CREATE", "DAY-2", "DELETE", "run", "TRIGGERED", "entity"];
    match document {
        Value::String(text) if MAY_BE_PRINTED.contains(&text.as_str()) || text.starts_with("r_") => {}
        Value::String(text) => into.push(text.to_lowercase()),
        Value::Array(items) => {
            for item in items {
                texts(item, into);
            }
        }
        Value::Object(members) => {
            for value in members.values() {
                texts(value, into);
            }
        }
        _ => {}
    }
}

/// Whatever goes wrong at whichever call, nothing that the process received is in anything that it printed: messages,
/// secrets, tokens, answers, and the credentials of its role. For secrets, not even a part.
#[test]
fn nothing_received_is_printed() {
    let inputs = json!({"title": TYPED, "cpu": 2, "memory": 4, "storage": 50, "region": TYPED});
    let messages = [
        messages::v1("create_vm", "CREATE", "r_create", None, &inputs),
        messages::v1("create_vm", "CREATE", "r_wrong", None, &json!({"title": "Another one of them", "cpu": TYPED})),
        messages::v1("create_vm", "CREATE", "r_held", None, &json!({"title": "Held by a person", "region": TYPED})),
        messages::v1("resize_vm", "DAY-2", "r_change", Some("a-person-chose-this"), &json!({"cpu_cores": 31_415_926})),
        messages::v1("delete_vm", "DELETE", "r_delete", Some("a-person-chose-that"), &json!({})),
    ];
    let run = |effect: &Effect| {
        let mut function = Function::new();
        for (identifier, title) in
            [("a-person-chose-this", "A"), ("a-person-chose-that", "B"), ("held-by-a-person", "H")]
        {
            function
                .port
                .add_entity("vm", json!({"identifier": identifier, "title": title, "properties": {"region": "h"}}));
        }
        for run in ["r_create", "r_wrong", "r_held", "r_change", "r_delete"] {
            function.run(run, "vm_create_vm", None);
        }
        let mut printed = String::new();
        // At each call in turn, then at all of them.
        for path in ["/auth", "/entities", "/actions", "/logs", ""] {
            function.port.expire_tokens();
            let fault = Fault::new(effect.clone()).path(path);
            function.port.script(if path.is_empty() { fault.always() } else { fault.times(8) });
            let answer = function.deliver_within(now_millis(), &messages, Duration::from_millis(500));
            function.port.clear_faults();
            // Lambda ends a process that is late; refused credentials are forgotten with it.
            if path == "/auth" || answer == Answer::TimedOut {
                printed.push_str(&function.process().output());
                function.restart();
            }
        }
        let _ = function.deliver_within(now_millis(), &messages, Duration::from_secs(5));

        let mut received = Vec::new();
        for message in &messages {
            texts(message, &mut received);
        }
        for entity in function.port.entities() {
            texts(&entity["identifier"], &mut received);
        }
        let secrets =
            ["AKIALOCALACCESSKEYID", "local-secret-access-key-never-log-me", "local-session-token-never-log-me"];
        let secrets = secrets.into_iter().chain([CLIENT_SECRET, TYPED]).map(str::to_owned);
        for secret in secrets.chain(function.port.issued_tokens()) {
            let letters: Vec<char> = secret.to_lowercase().chars().collect();
            received.extend(letters.windows(10).map(String::from_iter));
        }
        let words = ["bearer", "31415926", "it is not here", "no such thing", "no route matched", "default backend"];
        received.extend(words.map(str::to_owned));

        let output = printed + &function.process().output();
        let printed = output.to_lowercase();
        assert!(printed.contains("\"message\":\"batch\""), "{effect:?}");
        for text in received {
            // Short words are words of ours, too.
            assert!(text.len() < 5 || !printed.contains(&text), "`{text}` with {effect:?} in\n{output}");
        }
        for line in output.lines() {
            let line: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line} with {effect:?}"));
            assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        }
    };
    for some in faults().chunks(12) {
        thread::scope(|scope| {
            for effect in some {
                scope.spawn(|| run(effect));
            }
        });
    }
}

/// The causes in the log are our own words with a status, so that an operator knows where to look.
#[test]
fn causes_are_codes_of_ours() {
    let cases = [
        (Fault::status(503), "calling Port failed after"),
        (Fault::page(404), "status 404 without Port's JSON body"),
        (Fault::retry_after(429, 600), "status 429"),
        (Fault::status(401), "Port does not accept the credentials (401)"),
        (Fault::status(422), "Port refused the request (422 invalid)"),
    ];
    for (fault, want) in cases {
        let mut function = Function::new();
        function.run("r_1", "vm_create_vm", None);
        function.port.script(fault.method("PATCH").path("/actions/runs").always());
        assert!(matches!(
            function.deliver_within(now_millis(), &[tutorial("r_1")], Duration::from_secs(2)),
            Answer::Error(_)
        ));
        assert!(function.process().wait_for_output(want, Duration::from_secs(5)), "{}", function.process().output());
    }
}

/// The line of a run says how often the run was delivered.
#[test]
fn log_lines_count_the_attempts() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::retry_after(429, 60).path("/actions/runs/r_1"));
    assert!(matches!(
        function.deliver_within(now_millis(), &[tutorial("r_1")], Duration::from_secs(1)),
        Answer::Error(_)
    ));
    function.port.clear_faults();
    let _ = function.deliver_within(now_millis(), &[tutorial("r_1")], Duration::from_secs(1));
    assert!(function.process().wait_for_output("\"outcome\":\"UNFINISHED\",\"attempt\":2", Duration::from_secs(5)));
    assert!(function.process().output().contains("\"outcome\":\"UNFINISHED\",\"attempt\":1"));
}
