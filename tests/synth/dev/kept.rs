//! What happened is there again after a restart, however the session before ended.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use serde_json::{Value, json};

use super::{Session, command, journal, mode, of};
use crate::workspace::{Workspace, code, text};

fn entities(session: &Session) -> Value {
    session.call("GET", "/v1/blueprints/vm/entities", &Value::Null).1["entities"].clone()
}

fn runs(session: &Session) -> Value {
    session.call("GET", "/v1/actions/runs", &Value::Null).1["runs"].clone()
}

#[test]
fn a_killed_session_is_continued_and_its_open_run_ends() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let first = session.create_vm("First");
    session.ended(&first);
    session.until("commit", |line| of(line, "mapping", "committed").map(drop));
    let second = session.create_vm("Second");
    session.until("publication", |line| {
        of(line, "port", "runPublished").filter(|event| event["run"] == second.as_str()).map(drop)
    });
    session.kill();

    let mut session = Session::start(&workspace, &["--window", "0"]);
    assert_eq!(session.ready["runs"], 2);
    let run = runs(&session);
    if run.as_array().unwrap().iter().any(|run| run["id"] == second.as_str() && run["status"] == "IN_PROGRESS") {
        session.ended(&second);
    }
    let (runs, entities) = (runs(&session), entities(&session));
    assert!(runs.as_array().unwrap().iter().all(|run| run["status"] == "SUCCESS"), "{runs}");
    assert_eq!(entities.as_array().unwrap().len(), 2, "{entities}");
    let started = session.seen.iter().filter(|line| of(line, "mapping", "polled").is_some()).count();
    assert!(started <= 1, "what was committed is not read again");
    // A new run does not get the id of an old one.
    let third = session.create_vm("Third");
    assert!(third != first && third != second);
    session.ended(&third);
    assert_eq!(session.stop(), Some(0));

    let session = Session::start(&workspace, &["--fresh"]);
    assert_eq!((&session.ready["runs"], &session.ready["entities"]), (&json!(0), &json!(0)));
    assert_eq!(session.stop(), Some(0));
}

#[test]
fn a_torn_last_line_is_dropped_and_said() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let id = session.create_vm("Box");
    session.ended(&id);
    assert_eq!(session.stop(), Some(0));
    let torn = "{\"n\":99999,\"at\":1,\"event\":{\"po";
    OpenOptions::new().append(true).open(journal(&workspace)).unwrap().write_all(torn.as_bytes()).unwrap();
    let session = Session::start(&workspace, &[]);
    assert_eq!((&session.ready["torn"], &session.ready["runs"]), (&json!(torn.len()), &json!(1)));
    assert_eq!(session.stop(), Some(0));
    let session = Session::start(&workspace, &[]);
    assert_eq!(session.ready["torn"], 0);
}

#[test]
fn credentials_are_random_for_each_folder_private_and_kept() {
    let secret = |session: &Session| fs::read_to_string(session.ready["credentials"].as_str().unwrap()).unwrap();
    let (one, other) = (Workspace::new(), Workspace::new());
    let at = |workspace: &Workspace| workspace.path().join("state").display().to_string();
    let session = Session::start(&one, &["--state", &at(&one)]);
    let (first, ca) = (secret(&session), fs::read(session.ready["ca"].as_str().unwrap()).unwrap());
    let folder = one.path().join("state");
    assert_eq!(mode(&folder), 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert!(path.is_dir() || mode(&path) == 0o600, "{}", path.display());
    }
    assert_eq!(session.stop(), Some(0));
    let session = Session::start(&one, &["--state", &at(&one), "--fresh"]);
    assert_eq!((secret(&session), fs::read(session.ready["ca"].as_str().unwrap()).unwrap()), (first.clone(), ca));
    assert_eq!(session.stop(), Some(0));
    let session = Session::start(&other, &["--state", &at(&other)]);
    assert_ne!(secret(&session), first);
}

/// Neither the journal nor what is printed has a secret of the session in it.
#[test]
fn no_secret_is_in_the_journal() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let id = session.create_vm("Box");
    session.ended(&id);
    let secrets: Value =
        serde_json::from_str(&fs::read_to_string(session.ready["credentials"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(session.stop(), Some(0));
    let kept = fs::read_to_string(journal(&workspace)).unwrap();
    for key in ["clientSecret", "kafkaPassword"] {
        assert!(!kept.contains(secrets[key].as_str().unwrap()), "{key}");
    }
}

#[test]
fn git_does_not_see_what_is_kept() {
    let workspace = Workspace::new();
    workspace.init_git();
    Session::start(&workspace, &[]).stop();
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_journal_that_cannot_be_used_is_an_error_with_a_way_out() {
    let workspace = Workspace::new();
    Session::start(&workspace, &[]).stop();
    let whole = fs::read_to_string(journal(&workspace)).unwrap();
    for (journal_text, says) in [
        (whole.replace("{\"journal\":1", "{\"journal\":2"), "version 2"),
        (whole.replacen("\"event\"", "\"evnet\"", 1), "line 2"),
        (whole.replacen("{\"session\"", "{\"unheard\"", 1), "unheard"),
    ] {
        fs::write(journal(&workspace), &journal_text).unwrap();
        let output = command(&workspace, &[]).output().unwrap();
        let shown = text(&output.stderr);
        assert_eq!(code(&output), 2, "{shown}");
        assert!(shown.contains(says) && shown.contains("--fresh"), "{shown}");
        assert_eq!(fs::read_to_string(journal(&workspace)).unwrap(), journal_text);
    }
    assert_eq!(Session::start(&workspace, &["--fresh"]).stop(), Some(0));
}

#[test]
fn a_folder_in_use_or_of_something_else_is_refused() {
    let workspace = Workspace::new();
    let session = Session::start(&workspace, &[]);
    let output = command(&workspace, &[]).output().unwrap();
    let shown = text(&output.stderr);
    assert_eq!(code(&output), 2);
    assert!(shown.contains(&format!("process {}", session.synth.id())) && shown.contains("--state"), "{shown}");
    let output = command(&workspace, &["--state", "blueprints"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("`blueprints` has files of something else"), "{}", text(&output.stderr));
    assert_eq!(session.stop(), Some(0));
}

#[test]
fn a_full_disk_ends_the_session_with_the_reason() {
    let workspace = Workspace::new();
    Session::start(&workspace, &[]).stop();
    // Files may not grow beyond this many bytes: a disk that is full.
    let most = fs::metadata(journal(&workspace)).unwrap().len() + 2_000;
    let mut limited = command(&workspace, &[]);
    let synth = limited.get_program().to_owned();
    let arguments: Vec<_> = limited.get_args().map(std::ffi::OsStr::to_owned).collect();
    let limit = format!("--fsize={most}");
    let mut prlimit = std::process::Command::new("prlimit");
    prlimit.arg(limit).arg(synth).args(arguments).current_dir(workspace.path());
    prlimit.env("SYNTH_FUNCTION", crate::tried::bootstrap()).stdin(std::process::Stdio::null());
    limited = prlimit;
    let mut session = Session::of(limited);
    for number in 0..3 {
        session.create_vm(&format!("Box {number}"));
    }
    let status = session.synth.wait().unwrap();
    let mut shown = String::new();
    std::io::Read::read_to_string(&mut session.synth.stderr.take().unwrap(), &mut shown).unwrap();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert!(shown.contains("cannot write `.synth/dev/journal.jsonl`"), "{shown}");
    assert_eq!(Session::start(&workspace, &[]).stop(), Some(0), "what was written before can be read");
}
