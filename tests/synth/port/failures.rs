//! `synth port apply` when Port or the network fails: it prints what was applied and what was not, and the next apply
//! finishes.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use local::{Call, Effect, Fault, Progress};
use serde_json::{Value, json};

use crate::port::organization::{Organization, alone, circle};
use crate::workspace::{code, text};

/// The state after an apply without failures.
fn quiet() -> Value {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    organization.held()
}

/// A call that changes something.
fn is_change(call: &Call) -> bool {
    call.method != "GET" && !call.path.ends_with("/access_token")
}

fn status(code: u16, retry_after: &str) -> Effect {
    Effect::Status {
        code,
        headers: vec![("Retry-After".to_owned(), retry_after.to_owned())],
        body: json!({"ok": false, "error": "scripted", "message": "Port says so"}),
    }
}

/// A fault in the n-th change with a method, repeated `times` times.
#[derive(Debug)]
struct Trouble {
    effect: Effect,
    method: &'static str,
    after: u64,
    times: u64,
}

impl Trouble {
    fn once(effect: Effect, method: &'static str, after: u64) -> Self {
        Self { effect, method, after, times: 1 }
    }

    /// The fault for a kind of document.
    fn fault(&self, path: &str) -> Fault {
        Fault::new(self.effect.clone()).method(self.method).path(path).after(self.after).times(self.times)
    }
}

/// Applies with faults, then without: the second apply finishes what the first did not.
fn survives(troubles: &[Trouble], first: i32, want: &Value) {
    let organization = Organization::new(&circle());
    // For both kinds: if blueprints fail for good, actions are never reached.
    for path in ["/v1/blueprints", "/v1/actions"] {
        for trouble in troubles {
            organization.port.script(trouble.fault(path));
        }
    }
    let output = organization.synth(&["apply", "--yes"]);
    let said = format!("{troubles:?}: {}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(code(&output), first, "{said}");
    let calls = organization.port.calls();
    for Trouble { effect, .. } in troubles {
        assert!(calls.iter().any(|call| call.fault.as_ref() == Some(effect)), "{effect:?} never happened: {said}");
    }
    if first != 0 {
        assert!(said.contains("not applied:"), "{said}");
        organization.port.clear_faults();
        let done = text(&output.stderr).lines().filter(|line| line.starts_with("created ")).count();
        let there = organization.port.blueprints().len() + organization.port.actions().len();
        assert_eq!(done, there, "what is printed as created exists: {said}");
        organization.done(&["apply", "--yes"]);
    }
    organization.assert_in_sync(&[]);
    assert_eq!(organization.held(), *want, "{said}");
}

/// The user does not notice any of these: the call is retried, or found to have been carried out. Each effect hits each kind
/// of change once, three of them in one apply.
#[test]
fn transient_errors_are_retried() {
    let want = quiet();
    let effects = [
        (status(429, "0"), 3),
        (status(429, "1"), 1),
        (status(503, "0"), 2),
        (status(408, "0"), 1),
        (Effect::Reset { applied: false }, 2),
        (Effect::Reset { applied: true }, 1),
        (Effect::HalfBody, 1),
        (Effect::Garbage { applied: false }, 1),
        (Effect::Garbage { applied: true }, 1),
        (Effect::WrongType { code: 502, body: "<h1>Bad gateway</h1>".to_owned() }, 1),
        (Effect::TokenLapse, 1),
    ];
    thread::scope(|scope| {
        for shift in 0..effects.len() {
            let (effects, want) = (&effects, &want);
            scope.spawn(move || {
                let trouble = |at: usize, method, after| {
                    let (effect, times) = effects[(shift + 4 * at) % effects.len()].clone();
                    Trouble { effect, method, after, times }
                };
                survives(&[trouble(0, "POST", 0), trouble(1, "POST", 1), trouble(2, "PUT", 0)], 0, want);
            });
        }
    });
}

/// A refusal is final: the apply stops and prints Port's message, and the next apply resumes.
#[test]
fn refusals_stop_an_apply_and_the_next_resumes() {
    let want = quiet();
    for (method, after) in [("POST", 0), ("POST", 1), ("PUT", 0)] {
        survives(&[Trouble::once(status(422, "0"), method, after)], 1, &want);
        survives(&[Trouble::once(status(403, "0"), method, after)], 1, &want);
    }
    // Port asks to wait longer than an apply may take, so it does not wait.
    survives(&[Trouble::once(status(429, "600"), "POST", 1)], 2, &want);
}

/// Without an answer, the effect of the call is reported as unknown, once.
#[test]
fn unanswered_changes_are_reported_as_unknown() {
    let organization = Organization::new(&circle());
    organization.port.script(Fault::new(status(503, "600")).method("POST").path("/v1/actions"));
    let output = organization.synth(&["apply", "--yes"]);
    let said = text(&output.stderr);
    assert_eq!(code(&output), 2, "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains("  action `machine_create` (may have been applied)\n  action `reboot`\n"), "{said}");
    assert!(said.ends_with("error: action `machine_create`: calling Port failed after 1 attempt: status 503\n"));
}

#[test]
fn refused_actions_are_shown_in_their_file() {
    let organization = Organization::new(&circle());
    organization.port.script(Fault::new(status(422, "0")).method("POST").path("/v1/actions"));
    let output = organization.synth(&["apply", "--yes"]);
    let said = text(&output.stderr);
    assert_eq!(code(&output), 1);
    assert!(said.contains("Port says so"), "{said}");
    assert!(said.contains("blueprints/machine.json:"), "{said}");
}

/// If an apply is killed, the next one finishes it.
#[test]
fn killed_apply_is_finished_by_the_next() {
    let want = quiet();
    for after in [0, 2] {
        let organization = Organization::new(&circle());
        organization.port.script(Fault::new(Effect::Hang).method("POST").path("/v1/blueprints").after(after));
        let mut child =
            organization.command(&["apply", "--yes"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let changes = usize::try_from(after).unwrap() + 1;
        until(&organization, |calls| calls.iter().filter(|call| is_change(call)).count() == changes);
        child.kill().unwrap();
        child.wait().unwrap();
        organization.port.clear_faults();
        organization.done(&["apply", "--yes"]);
        organization.assert_in_sync(&[]);
        assert_eq!(organization.held(), want);
    }
}

/// A saved plan is refused if Port has changed since.
#[test]
fn outdated_plans_are_refused() {
    let organization = Organization::new(&circle());
    organization.done(&["plan", "--out", "port.plan"]);
    let zone = json!({"identifier": "zone", "title": "Somebody's", "schema": {"properties": {}}});
    organization.port.add_blueprint(zone.clone());
    organization.port.clear_calls();
    let output = organization.synth(&["apply", "port.plan", "--yes"]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    assert!(!organization.port.calls().iter().any(is_change), "nothing was applied");
    assert_eq!(organization.port.blueprint("zone").unwrap()["title"], "Somebody's");
}

/// If two create the same blueprint at the same time, the second does not overwrite the first.
#[test]
fn concurrently_created_blueprints_are_not_overwritten() {
    let organization = Organization::new(&circle()[..1]);
    organization.write(&[json!({"identifier": "zone", "title": "Ours", "schema": {"properties": {}}})]);
    organization
        .port
        .script(Fault::new(Effect::Delay(Duration::from_millis(500))).method("POST").path("/v1/blueprints"));
    let child =
        organization.command(&["apply", "--yes"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(&organization, |calls| calls.iter().any(is_change));
    organization.port.add_blueprint(json!({"identifier": "zone", "title": "Somebody's", "schema": {"properties": {}}}));
    let output = child.wait_with_output().unwrap();
    Organization::is_discreet(&output);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("already exists"), "{}", text(&output.stderr));
    assert_eq!(organization.port.blueprint("zone").unwrap()["title"], "Somebody's");
}

/// Starting a run is not repeated if its answer is lost, because it would run twice.
#[test]
fn unanswered_run_requests_are_not_repeated() {
    let organization = Organization::new(&circle());
    organization.done(&["apply", "--yes"]);
    organization.port.script(Fault::new(Effect::Reset { applied: true }).path("/runs"));
    let output = organization.synth(&["run", "machine_create", "--input", "cores=2"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("may have started"), "{}", text(&output.stderr));
    assert_eq!(organization.port.runs().len(), 1);
    organization.port.script(Fault::new(status(429, "0")).path("/runs").times(2));
    organization.done(&["run", "machine_create", "--input", "cores=2"]);
    assert_eq!(organization.port.runs().len(), 2, "a rate-limited call did not start a run");
}

/// Waits until Port has seen something.
fn until(organization: &Organization, seen: impl Fn(&[Call]) -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !seen(&organization.port.calls()) {
        assert!(Instant::now() < end, "it never happened");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Text from Port or from a run's log cannot control the terminal.
#[test]
fn control_characters_of_answers_are_not_printed() {
    let organization = Organization::new(&circle());
    let evil = "\u{1b}[2Jgone";
    let body = json!({"ok": false, "error": "scripted", "message": evil});
    organization
        .port
        .script(Fault::new(Effect::Status { code: 422, headers: vec![], body }).method("POST").path("/v1/blueprints"));
    let mut said = vec![organization.synth(&["apply", "--yes"])];
    organization.port.clear_faults();
    organization.done(&["apply", "--yes"]);
    organization.port.script(
        Fault::new(Effect::Status {
            code: 422,
            headers: vec![],
            body: json!({"ok": false, "error": evil, "message": evil}),
        })
        .path("/runs"),
    );
    said.push(organization.synth(&["run", "machine_create", "--input", "cores=2"]));
    let end = Progress::End { status: evil.to_owned(), summary: evil.to_owned() };
    organization
        .port
        .script_runs("machine_create", [Progress::Log(evil.to_owned()), Progress::Label(evil.to_owned()), end]);
    said.push(organization.synth(&["run", "machine_create", "--input", "cores=2", "--watch"]));
    said.push(organization.synth(&["runs"]));
    for output in said {
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains("gone") && !said.contains('\u{1b}'), "{said:?}");
    }
}

/// Port answers null for missing keys, and writes numbers as JavaScript does.
#[test]
fn nulls_and_number_formats_are_not_changes() {
    let mut zone = alone();
    zone["schema"]["properties"]["n"] = json!({"type": "number", "minimum": 1.0});
    let organization = Organization::new(&[zone]);
    organization.done(&["apply", "--yes"]);
    let mut held = organization.port.blueprint("zone").unwrap();
    held["schema"]["properties"]["n"]["minimum"] = 1.into();
    held["icon"] = Value::Null;
    organization.port.add_blueprint(held);
    organization.assert_in_sync(&[]);
    organization.port.add_action(json!({"identifier": "nulls", "title": null, "icon": null, "publish": true,
        "trigger": {"type": "self-service", "operation": "CREATE", "blueprintIdentifier": "zone",
            "userInputs": {"properties": {"a": {"type": "string", "title": null}}, "required": [], "order": []}},
        "invocationMethod": {"type": "WEBHOOK", "url": "https://example.com", "body": {"entity": null}}}));
    organization.write(&[]);
    organization.done(&["import"]);
    organization.assert_in_sync(&["--prune"]);
}

/// A wrong address is reported before the time for the first answer is over: 15 seconds.
#[test]
fn unreachable_address_is_reported() {
    let organization = Organization::new(&circle());
    let start = Instant::now();
    let output = organization.command(&["plan", "--url", "http://127.0.0.1:9"]).output().unwrap();
    Organization::is_discreet(&output);
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("check your network, the proxy settings, and --region or --url"),
        "{}",
        text(&output.stderr)
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// Fifteen seconds are long for somebody who waits. Without a terminal, nobody does.
#[test]
fn attempts_are_shown_on_a_terminal() {
    let organization = Organization::new(&[alone()]);
    let line = format!("{} port plan --url http://127.0.0.1:9", env!("CARGO_BIN_EXE_synth"));
    let mut command = organization.command(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(organization.workspace.path()).stdin(Stdio::null());
    for (name, value) in environment {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let Ok(output) = script.output() else {
        println!("skipped: script is not installed");
        return;
    };
    let shown = text(&output.stdout);
    assert!(shown.contains("no answer from http://127.0.0.1:9; trying again, attempt "), "{shown}");
    let output = command.args(["plan", "--url", "http://127.0.0.1:9"]).output().unwrap();
    assert!(!text(&output.stderr).contains("trying again"), "{}", text(&output.stderr));
}

#[test]
fn apply_names_its_target_first() {
    let organization = Organization::new(&[alone()]);
    let target = format!("applying to organisation `On this machine` at {}\n", organization.port.url());
    let output = organization.synth(&["apply"]);
    let said = text(&output.stderr);
    assert!(code(&output) == 1 && said.starts_with(&target), "{said}");
    organization.port.script(Fault::status(404).path("/v1/organization"));
    let output = organization.synth(&["apply", "--yes"]);
    let said = text(&output.stderr);
    assert!(code(&output) == 0 && said.starts_with(&format!("applying to {}\n", organization.port.url())), "{said}");
}
