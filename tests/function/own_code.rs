//! A team's own code for an action: `Runner::on`.

use std::time::Duration;

use local::{Answer, Fault, KafkaEvent};
use serde_json::{Value, json};

use crate::function::{Function, lines};
use crate::messages::ours;

fn create(title: &str) -> Value {
    json!({"title": title, "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"})
}

#[test]
fn the_readme_example_runs() {
    let mut function = Function::with_example("provision", |_| {});
    for run in ["r_1", "r_2"] {
        function.run(run, "vm_create_vm", None);
    }
    function.deliver(&[ours("vm_create_vm", "r_1", None, &create("A"))]);
    assert_eq!(
        (function.status("r_1").as_str(), function.logs("r_1")),
        ("SUCCESS", vec!["Starting 2 cores, 4 GB in eu-west-1".to_owned()])
    );
    let mut large = create("B");
    large["cpu"] = json!(128);
    function.deliver(&[ours("vm_create_vm", "r_2", None, &large)]);
    assert_eq!(function.status("r_2"), "FAILURE");
    assert_eq!(function.summary("r_2"), "128 cores are too many: a VM can have at most 64.");
    assert_eq!(function.port.entity("vm", "b"), None, "a failed run writes no entity");
}

/// Fault 12 of the tutorial's handler: it reported SUCCESS while the entity said "Deploying". With `LeftOpen`, somebody
/// else reports the end.
#[test]
fn each_outcome_and_a_panic_end_as_documented() {
    let mut function = Function::with_example("misbehaving", |_| {});
    for (run, title, status, summary) in [
        ("r_done", "done", "SUCCESS", "`done` was created."),
        ("r_fail", "fail", "FAILURE", "No room in this region."),
        ("r_panic", "panic", "FAILURE", "The code of this action crashed."),
        ("r_open", "leave open", "IN_PROGRESS", ""),
    ] {
        function.run(run, "vm_create_vm", None);
        let answer = function.deliver(&[ours("vm_create_vm", run, None, &create(title))]);
        assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})), "{title}");
        assert_eq!((function.status(run).as_str(), function.summary(run).as_str()), (status, summary), "{title}");
    }
    assert!(function.port.entity("vm", "leave-open").is_some(), "the entity of a run that was left open is written");
    assert!(function.process().wait_for_output("panic", Duration::from_secs(5)));
    assert!(!function.process().output().contains("the title was"), "a panic's message may contain an input");
}

/// A run that panics does not end the batch, and code that hangs goes back to Kafka in time.
#[test]
fn a_panic_or_a_hang_leaves_other_runs_alone() {
    let function = Function::with_example("misbehaving", |plan| plan["partialBatchResponse"] = json!(true));
    let mut event = KafkaEvent::new("org.runs");
    for (offset, title) in (0..).zip(["panic", "done", "hang"]) {
        let run = format!("r_{title}");
        function.run(&run, "vm_create_vm", None);
        event = event.json(0, offset, &ours("vm_create_vm", &run, None, &create(title)));
    }
    let answer = function.invoke(&event.build(), Duration::from_secs(2)).answer;
    let item = json!({"itemIdentifier": {"partition": "org.runs-0", "offset": 2}});
    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": [item]})));
    assert_eq!(["r_panic", "r_done", "r_hang"].map(|run| function.status(run)), ["FAILURE", "SUCCESS", "IN_PROGRESS"]);
}

/// While no end could be reported, the code is not called: it would be called again with every delivery.
#[test]
fn code_is_not_called_while_port_refuses_calls() {
    for fault in [Fault::status(401), Fault::retry_after(429, 600)] {
        let mut function = Function::with_example("misbehaving", |_| {});
        function.run("r_1", "vm_create_vm", None);
        function.port.script(fault.path("/auth/access_token"));
        for _ in 0..2 {
            assert!(matches!(
                function.deliver(&[ours("vm_create_vm", "r_1", None, &create("panic"))]),
                Answer::Error(_)
            ));
        }
        let output = function.process().output();
        assert!(!output.contains("\"message\":\"panic\""), "{output}");
        function.restart();
        function.deliver(&[ours("vm_create_vm", "r_1", None, &create("panic"))]);
        assert_eq!(function.summary("r_1"), "The code of this action crashed.");
    }
}

/// Fault 17 of the tutorial's handler: it did not recognise encrypted inputs. Here they reach the code decrypted, in a
/// type that cannot be printed, and go nowhere else.
#[test]
fn encrypted_inputs_reach_the_code_decrypted() {
    let plain = "hunter2-typed-by-a-person";
    // That text, encrypted with AES-256-GCM under the deployment's client secret by another program.
    let sealed = "AAECAwQFBgcICQoLDA0OD7wNE1GAW0rqXA6BqdZjJ0d1Te1ZQ97c/LS9Uscqm8eEAV+XL5OM+UcL";
    let encrypted = |plan: &mut Value| {
        plan["actions"][0]["encrypted"] = json!({"password": "aes256-gcm"});
        plan["actions"][0]["entity"]["properties"]["region"] = json!("{{ .inputs.password // .inputs | tostring }}");
    };
    let mut function = Function::with_example("misbehaving", encrypted);
    let mut inputs = create("secret");
    inputs["password"] = json!(sealed);
    for (run, password, want) in [
        ("r_1", sealed, "25 characters, among the inputs: false, "),
        ("r_2", "AAAA", "Input `password` cannot be decrypted: it is too short."),
    ] {
        inputs["password"] = json!(password);
        function.run(run, "vm_create_vm", None);
        function.deliver(&[ours("vm_create_vm", run, None, &inputs)]);
        assert!(function.summary(run).starts_with(want), "{}", function.summary(run));
        assert!(!function.summary(run).contains(plain), "{}", function.summary(run));
    }
    // Without code for the action, the entity is written without the input.
    inputs["title"] = json!("done");
    inputs["password"] = json!(sealed);
    function.run("r_3", "vm_create_vm", None);
    function.deliver(&[ours("vm_create_vm", "r_3", None, &inputs)]);
    let entity = function.port.entity("vm", "done").unwrap().to_string();
    assert!(!entity.contains(plain) && !entity.contains(sealed), "{entity}");
    assert!(!function.process().output().contains(plain));
}

/// Inputs that the browser encrypts for the team's key reach the code decrypted, and go nowhere else.
#[test]
fn browser_encrypted_inputs_reach_the_code_decrypted() {
    let plain = "hunter2-typed-by-a-person";
    let sealed = include_str!("../../handler/tests/keys/sealed.txt").trim();
    let encrypted = |plan: &mut Value| plan["actions"][0]["encrypted"] = json!({"password": "client-side"});
    let mut function = Function::with_example("misbehaving", encrypted);
    let mut inputs = create("secret");
    let other = sealed.replacen('A', "B", 1);
    for (run, password, want) in [
        ("r_1", sealed, "25 characters, among the inputs: false, "),
        ("r_2", &other, "Input `password` cannot be decrypted: it was encrypted for another key or has been altered."),
    ] {
        inputs["password"] = json!(password);
        function.run(run, "vm_create_vm", None);
        function.deliver(&[ours("vm_create_vm", run, None, &inputs)]);
        assert!(function.summary(run).starts_with(want), "{}", function.summary(run));
    }
    let output = function.process().output();
    for text in [plain, sealed, "PRIVATE KEY"] {
        assert!(!output.contains(text), "{output}");
    }
    assert_eq!(function.secrets.calls(), 3, "one for each secret, and one before an input is called wrong");
}

/// A function and a plan that disagree about whose work is a team's own do not start: the runs would end with SUCCESS
/// although the work was not done, or do work that nobody reviewed.
#[test]
fn the_code_and_the_plan_must_agree() {
    let declare = |plan: &mut Value, at: usize, code: bool| plan["actions"][at]["code"] = json!(code);
    let same_alias = |plan: &mut Value| {
        let mut other = plan["actions"][0].clone();
        other["action"] = json!("db_create_vm");
        other["blueprint"] = json!("db");
        other["code"] = json!(false);
        plan["actions"].as_array_mut().unwrap().push(other);
    };
    let unplanned = "code is registered for action `vm_create_vm`, but the plan does not ask for it: add `\\\"code\\\": true` to the action's `runner` and run `synth`";
    let stock = || Function::with_plan(|plan| declare(plan, 0, true));
    let example = |change: &dyn Fn(&mut Value)| Function::with_example("misbehaving", change);
    for (function, said) in [
        (
            example(&|plan| plan["actions"] = json!([])),
            "code is registered for action `create_vm`, which is not in the plan",
        ),
        (example(&|plan| declare(plan, 0, false)), unplanned),
        (example(&same_alias), &unplanned.replace("vm_create_vm", "db_create_vm")),
        (stock(), "the plan asks for code of your own for action `vm_create_vm`, but this function has none"),
        (
            example(&|plan| declare(plan, 1, true)),
            "code of your own for action `resize_vm`, but this function has none",
        ),
    ] {
        let process = function.process();
        assert!(process.wait_for_output(said, Duration::from_secs(5)), "{said}: {}", process.output());
        assert_eq!(lines(process).pop().unwrap()["level"], "ERROR");
        assert_eq!(function.secrets.calls(), 0, "the start ends before any secret is read");
    }
}
