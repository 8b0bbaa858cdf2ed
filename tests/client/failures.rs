//! What is tried again, what is final, and whose word an answer is.

use std::time::Duration;

use local::{Effect, Fault};
use port::{Cause, Deadline, Failure, Written};
use serde_json::{Map, json};

use crate::stage::{Stage, deadline, entity, run};

const ENTITIES: &str = "/entities";

#[test]
fn what_may_pass_is_tried_again() {
    for fault in [
        Fault::status(408),
        Fault::status(425),
        Fault::status(500),
        Fault::status(503),
        Fault::page(404),
        Fault::page(200),
        Fault::retry_after(429, 0),
        Fault::new(Effect::Reset { applied: false }),
        Fault::new(Effect::Reset { applied: true }),
        Fault::new(Effect::HalfBody),
        Fault::new(Effect::Garbage { applied: true }),
    ] {
        let stage = Stage::new();
        let described = format!("{fault:?}");
        stage.port.script(fault.path(ENTITIES).times(2));
        run(async {
            stage.client.delete_entity("vm", "a", "r_1", deadline()).await.unwrap();
        });
        assert_eq!(stage.calls().len(), 3, "{described}");
        assert_eq!(stage.client.retries(), 2, "{described}");
    }
}

#[test]
fn a_refusal_is_final_and_says_what_port_said() {
    for status in [400, 403, 413, 422, 423] {
        let stage = Stage::new();
        stage.port.script(Fault::status(status).path(ENTITIES));
        let failure = run(stage.client.create_entity("vm", &entity("a", 1), "r_1", deadline())).unwrap_err();
        let message = format!("a scripted answer {status}");
        assert_eq!(failure, Failure::Refused { status, error: "scripted".to_owned(), message });
        assert_eq!(stage.calls().len(), 1);
        assert_eq!(stage.client.take_tally().by_class().collect::<Vec<_>>(), [("2xx", 1), ("4xx", 1)]);
    }
}

#[test]
fn what_must_not_happen_twice_is_not_repeated() {
    let start = |stage: &Stage| run(stage.client.start_run("create_vm", &Map::new(), None, deadline()));
    for fault in [Fault::status(503), Fault::page(502), Fault::new(Effect::Reset { applied: true })] {
        let stage = Stage::new();
        stage.port.script(fault.path("/create_vm/runs").times(5));
        assert!(matches!(start(&stage), Err(Failure::Unavailable { attempts: 1, .. })));
        assert_eq!(stage.calls().len(), 1);
    }
    // What was turned away was not done.
    let stage = Stage::new();
    stage.port.script(Fault::retry_after(429, 0).path("/create_vm/runs"));
    assert_eq!(start(&stage).unwrap_err().status(), Some(404));
    assert_eq!(stage.calls().len(), 2);
}

#[test]
fn the_deadline_ends_it() {
    let stage = Stage::new();
    stage.port.script(Fault::status(503).path(ENTITIES).always());
    let soon = Deadline::after(Duration::from_millis(500));
    let failure = run(stage.client.delete_entity("vm", "a", "r_1", soon)).unwrap_err();
    let Failure::Unavailable { attempts, cause: Cause::Status(503) } = failure else { panic!("{failure}") };
    assert_eq!(stage.calls().len(), attempts as usize);
    assert!(attempts > 1);
    let calls = stage.calls().len();
    let once = run(stage.client.delete_entity("vm", "a", "r_1", deadline().without_retries())).unwrap_err();
    assert!(matches!(once, Failure::Unavailable { attempts: 1, .. }));
    let never = run(stage.client.delete_entity("vm", "a", "r_1", Deadline::after(Duration::ZERO))).unwrap_err();
    assert!(matches!(never, Failure::Unavailable { .. }));
    assert_eq!(stage.calls().len(), calls + 1);
}

/// Port may take longer than the second that was left: that says nothing about Port.
#[test]
fn a_port_that_does_not_answer_in_the_last_second_is_not_blamed() {
    let stage = Stage::new();
    stage.port.script(Fault::new(Effect::Hang).path(ENTITIES).always());
    run(async {
        stage.client.log_in(deadline()).await.unwrap();
        let soon = Deadline::after(Duration::from_millis(300));
        let failure = stage.client.delete_entity("vm", "a", "r_1", soon).await.unwrap_err();
        assert_eq!(failure, Failure::Unavailable { attempts: 1, cause: Cause::NoTime });
    });
}

#[test]
fn a_wait_beyond_the_deadline_stops_every_call_until_it_is_over() {
    let stage = Stage::new();
    stage.port.script(Fault::retry_after(429, 30).path(ENTITIES));
    run(async {
        let waited = stage.client.delete_entity("vm", "a", "r_1", deadline()).await.unwrap_err();
        assert!(matches!(waited, Failure::Unavailable { cause: Cause::Status(429), .. }), "{waited}");
        let calls = stage.calls().len();
        let other = stage.client.run("r_1", deadline()).await.unwrap_err();
        assert!(matches!(other, Failure::Unavailable { attempts: 0, cause: Cause::Wait }), "{other}");
        let ready = stage.client.ready(deadline()).await.unwrap_err();
        assert!(matches!(ready, Failure::Unavailable { attempts: 0, cause: Cause::Wait }), "{ready}");
        assert_eq!(stage.calls().len(), calls);
    });
}

#[test]
fn only_one_call_at_a_time_asks_a_port_that_is_down() {
    let stage = Stage::new();
    stage.port.script(Fault::status(503).path(ENTITIES).times(9));
    run(async {
        stage.client.log_in(deadline()).await.unwrap();
        let calls = (0..12).map(|number| {
            let client = &stage.client;
            async move { client.delete_entity("vm", &number.to_string(), "r_1", deadline()).await }
        });
        let ended = futures_util::future::join_all(calls).await;
        assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    });
    // Nine failures, and twelve that succeed.
    assert!(stage.calls().iter().filter(|call| call.ends_with("503")).count() == 9);
    assert_eq!(stage.calls().iter().filter(|call| call.ends_with("404")).count(), 12);
}

#[test]
fn an_answer_about_something_else_is_not_taken() {
    let stage = Stage::new();
    let other = |entity| {
        let body = json!({"ok": true, "entity": {"identifier": entity, "properties": {}}, "run": {"id": "r_9", "status": "SUCCESS"}});
        Fault::new(Effect::Status { code: 200, headers: vec![], body })
    };
    run(async {
        stage.port.script(other("b").path(ENTITIES));
        let written = stage.client.create_entity("vm", &entity("a", 1), "r_1", deadline()).await.unwrap();
        assert_eq!(written, Written::Done);
        stage.port.script(other("b").path(ENTITIES));
        assert!(stage.client.entity("vm", "a", deadline()).await.unwrap().is_some());
        stage.port.script(other("b").path("/runs/r_1"));
        let held = stage.client.run_state("r_1", None, deadline()).await.unwrap();
        assert_eq!(held, Some(port::RunState::Open));
        stage.port.script(other("b").path(ENTITIES).method("DELETE"));
        stage.client.delete_entity("vm", "a", "r_1", deadline()).await.unwrap();
    });
    assert!(stage.port.entities().is_empty());
    assert_eq!(stage.client.retries(), 4);
}
