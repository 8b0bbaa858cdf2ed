//! The start of a process: what it waits for, and what it says when it cannot start.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use local::{Credentials, Deployment};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::deployment::{CLIENT_ID, CLIENT_SECRET, ExampleDeployment};

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");

/// What Secrets Manager cannot answer at once is tried for as long as a start may take. What it refuses for good is not.
#[test]
fn a_start_waits_for_what_passes() {
    let cases = [
        (2, 400, "ThrottlingException", 3, None),
        (2, 500, "InternalServiceError", 3, None),
        (2, 429, "", 3, None),
        (2, 403, "", 3, None),
        (2, 200, "", 3, None),
        (5, 400, "ThrottlingException", 6, None),
        (
            99,
            400,
            "ThrottlingException",
            6,
            Some("Secrets Manager answered 400 `ThrottlingException` and may answer later"),
        ),
        (99, 503, "", 6, Some("Secrets Manager answered 503")),
        (99, 403, "", 6, Some("Secrets Manager cannot be reached: the answer is not from Secrets Manager")),
        (1, 400, "AccessDeniedException", 1, Some("the role may call GetSecretValue on the ARN in `PORT_SECRET_ARN`")),
        (1, 400, "ResourceNotFoundException", 1, Some("Secrets Manager answered 400 `ResourceNotFoundException`")),
        (1, 400, "DecryptionFailure", 1, Some("Secrets Manager answered 400 `DecryptionFailure`")),
    ];
    let start = |(failures, status, exception, calls, said): (usize, u16, &str, usize, Option<&str>)| {
        let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), |_| {});
        deployment.secrets.refuse_next(failures, status, exception);
        let started = Instant::now();
        let environment = deployment.start().unwrap();
        match said {
            None => assert!(environment.runtime.wait_ready(Duration::from_secs(10)).is_some(), "{status} {exception}"),
            Some(said) => assert!(
                environment.process.wait_for_output(said, Duration::from_secs(10)),
                "{status} {exception}: {}",
                environment.process.output()
            ),
        }
        assert_eq!(deployment.secrets.calls(), calls, "{status} {exception}");
        assert!(calls == 1 || started.elapsed() > Duration::from_millis(500), "{status} {exception}: without a pause");
    };
    thread::scope(|scope| cases.into_iter().for_each(|case| drop(scope.spawn(move || start(case)))));
}

/// Secrets Manager keeps up to 65 536 bytes.
#[test]
fn the_longest_secret_is_read() {
    let mut secret = json!({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "note": ""});
    let note = "x".repeat(65_536 - secret.to_string().len());
    secret["note"] = note.into();
    let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), |_| {});
    deployment.secrets.add(Deployment::SECRET_ARN, &secret.to_string());
    let environment = deployment.start().unwrap();
    assert!(environment.runtime.wait_ready(Duration::from_secs(10)).is_some(), "{}", environment.process.output());
}

/// A secret without credentials in it is refused.
#[test]
fn a_secret_must_hold_credentials() {
    for secret in [
        "",
        "text",
        "[]",
        "{}",
        r#"{"clientId":"id"}"#,
        r#"{"clientId":"","clientSecret":"s"}"#,
        r#"{"clientId":"id","clientSecret":""}"#,
        r#"{"clientId":1,"clientSecret":2}"#,
    ] {
        let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), |_| {});
        deployment.secrets.add(Deployment::SECRET_ARN, secret);
        let environment = deployment.start().unwrap();
        let said = "must be JSON with the keys `clientId` and `clientSecret`";
        assert!(environment.process.wait_for_output(said, Duration::from_secs(5)), "{secret}");
    }
}

/// Lambda ends an initialisation after ten seconds without a reason, so the function gives one before that.
#[test]
fn a_start_ends_before_lambda_ends_it() {
    let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), |_| {});
    deployment.secrets.hang_next(99);
    let mut environment = deployment.start().unwrap();
    let started = Instant::now();
    let said = "Secrets Manager cannot be reached: no answer in time";
    assert!(environment.process.wait_for_output(said, Duration::from_millis(9800)), "{}", environment.process.output());
    assert!(started.elapsed() > Duration::from_secs(6), "it waited for {:?}", started.elapsed());
    environment.process.kill();
    assert_eq!(deployment.secrets.calls(), 3);
}

/// The limit is that of the start, not of each secret.
#[test]
fn all_secrets_share_the_time_of_the_start() {
    let encrypted = |plan: &mut Value| plan["actions"][0]["encrypted"] = json!({"password": "client-side"});
    let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), encrypted);
    deployment.secrets.hang_next(2);
    deployment.secrets.answer_next(1);
    deployment.secrets.hang_next(99);
    let environment = deployment.start().unwrap();
    let said = "Secrets Manager cannot be reached: no answer in time";
    assert!(environment.process.wait_for_output(said, Duration::from_millis(9800)), "{}", environment.process.output());
    assert_eq!(deployment.secrets.calls(), 4);
}

#[test]
fn a_start_without_a_plan_says_why() {
    let folder = TempDir::new().unwrap();
    let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET);
    let deployment = Deployment::new(Path::new(BOOTSTRAP), folder.path(), &credentials).unwrap();
    let environment = deployment.start().unwrap();
    let said = format!("cannot read `{}`: No such file or directory", folder.path().join("plan.json").display());
    assert!(environment.process.wait_for_output(&said, Duration::from_secs(5)), "{}", environment.process.output());
}

/// A plan of another version is recognised by its version, whatever else it has.
#[test]
fn a_plan_of_another_version_says_what_to_do() {
    let deployment = ExampleDeployment::new(Path::new(BOOTSTRAP), |plan| {
        plan["version"] = json!(7);
        plan["sweep"] = json!({"every": 300});
    });
    let environment = deployment.start().unwrap();
    let said =
        "the plan has version 7, but this function reads versions 1 to 2: deploy the function that was built with it";
    assert!(environment.process.wait_for_output(said, Duration::from_secs(5)), "{}", environment.process.output());
    assert_eq!(deployment.secrets.calls(), 0);
}
