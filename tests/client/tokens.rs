//! One token, and one request for it, also when it is refused.

use std::time::Duration;

use local::Fault;
use port::Failure;

use crate::stage::{Stage, client, credentials, deadline, run};

#[test]
fn one_token_serves_all_calls() {
    let stage = Stage::new();
    run(async {
        let calls = (0..20).map(|_| stage.client.run("r_1", deadline()));
        assert!(futures_util::future::join_all(calls).await.iter().all(Result::is_ok));
        stage.client.log_in(deadline()).await.unwrap();
        stage.client.ready(deadline()).await.unwrap();
    });
    assert_eq!(stage.logins(), 1);
}

#[test]
fn a_token_that_lapses_is_renewed_once() {
    let stage = Stage::new();
    run(async {
        stage.client.log_in(deadline()).await.unwrap();
        stage.port.expire_tokens();
        assert!(stage.client.run("r_1", deadline()).await.unwrap().is_some());
    });
    assert_eq!(stage.logins(), 2);
    assert!(!stage.client.take_refusal());
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let stage = Stage::new();
    stage.port.set_token_lifetime(Duration::from_mins(2));
    run(async {
        stage.client.log_in(deadline()).await.unwrap();
        stage.client.run("r_1", deadline()).await.unwrap();
    });
    assert_eq!(stage.logins(), 1);
}

#[test]
fn refused_credentials_are_asked_about_once() {
    let stage = Stage::new();
    let wrong = client(&stage.port, "wrong");
    run(async {
        for _ in 0..3 {
            let failure = wrong.run("r_1", deadline()).await.unwrap_err();
            assert_eq!(failure, Failure::Credentials { status: 401 });
        }
        assert_eq!(stage.logins(), 1);
        assert!(wrong.take_refusal());
        assert!(!wrong.take_refusal());
        // The same again do not help; others are tried at once.
        wrong.replace_credentials(credentials("wrong")).await;
        assert!(wrong.run("r_1", deadline()).await.is_err());
        assert_eq!(stage.logins(), 1);
        wrong.replace_credentials(credentials("secret")).await;
        assert!(wrong.credentials() == credentials("secret"));
        assert!(wrong.run("r_1", deadline()).await.unwrap().is_some());
        assert_eq!(stage.logins(), 2);
    });
}

#[test]
fn a_new_token_that_is_refused_too_means_the_credentials() {
    let stage = Stage::new();
    stage.port.script(Fault::status(401).path("/runs/r_1").always());
    run(async {
        let failure = stage.client.run("r_1", deadline()).await.unwrap_err();
        assert_eq!(failure, Failure::Credentials { status: 401 });
    });
    assert_eq!(stage.calls().len(), 2);
    assert_eq!(stage.logins(), 2);
}

#[test]
fn a_token_is_waited_for_as_long_as_port_is_down() {
    let stage = Stage::new();
    stage.port.script(Fault::status(503).path("/access_token").times(2));
    assert!(run(stage.client.run("r_1", deadline())).unwrap().is_some());
    assert_eq!(stage.logins(), 3);
}
