//! Completions of `--entity`, which come from Port.

use std::process::Command;

use local::{Effect, Fault};
use serde_json::{Value, json};

use crate::cli::completions::{SHELLS, asked, taken_by_bash};
use crate::openapi::Description;
use crate::port::organization::{Organization, SECRET};
use crate::workspace::text;

const RESIZE: [&str; 6] = ["synth", "event", "--action", "resize_vm", "--entity", "b"];

/// Port with a few entities, and an action that has no input file.
fn organization() -> Organization {
    let organization = Organization::example();
    let port = &organization.port;
    for blueprint in ["vm", "db"] {
        port.add_blueprint(json!({"identifier": blueprint, "title": blueprint, "schema": {"properties": {}}}));
    }
    for (blueprint, identifier, title) in
        [("vm", "build-box", "Build box"), ("vm", "büro/1", "Büro"), ("vm", "web", "Web"), ("db", "billing", "Billing")]
    {
        port.add_entity(blueprint, json!({"identifier": identifier, "title": title}));
    }
    for (identifier, operation) in [("back_up_db", "DAY-2"), ("create_db", "CREATE")] {
        port.add_action(json!({"identifier": identifier, "trigger":
            {"type": "self-service", "operation": operation, "blueprintIdentifier": "db", "userInputs": {}}}));
    }
    organization
}

fn command(organization: &Organization, words: &[&str]) -> Command {
    organization.connected(&[&["--"], words].concat())
}

/// The values that bash gets for the last of `words`.
fn values(mut command: Command, words: &[&str]) -> Vec<String> {
    asked(&mut command, "bash", words.len() - 1).lines().map(str::to_owned).collect()
}

fn offers(organization: &Organization, words: &[&str]) -> Vec<String> {
    values(command(organization, words), words)
}

/// The calls that Port received, without those for a token.
fn calls(organization: &Organization) -> Vec<String> {
    let calls = organization.port.calls().into_iter().filter(|call| !call.path.ends_with("/access_token"));
    calls.map(|call| format!("{} {}", call.method, call.path)).collect()
}

#[test]
fn entities_of_the_action_come_from_port() {
    let organization = organization();
    for (line, want) in [
        ("synth event --action resize_vm --entity |", &["build-box", "büro/1", "web"][..]),
        ("synth event --action resize_vm --entity b|", &["build-box", "büro/1"]),
        ("synth event --action=resize_vm --entity=bu|", &["--entity=build-box"]),
        ("synth event --action = resize_vm --entity = bu|", &["build-box"]),
        ("synth event --entity w| --action delete_vm", &["web"]),
        ("synth event --action resize_vm --entity x|", &[]),
        ("synth event --action resize_vm --entity B|", &[]),
        ("synth port run resize_vm --input cpu_cores=8 --entity bu|", &["build-box"]),
        ("synth port run --entity bu| resize_vm", &["build-box"]),
        ("synth port run back_up_db --watch --entity |", &["billing"]),
        // Not for actions that create their entity, nor without an action that is known.
        ("synth event --action create_vm --entity |", &[]),
        ("synth port run vm_create_vm --entity |", &[]),
        ("synth port run create_db --entity |", &[]),
        ("synth port run nothing --entity |", &[]),
        ("synth event --entity |", &[]),
    ] {
        let index = line.split(' ').position(|word| word.ends_with('|')).unwrap();
        let line = line.replace('|', "");
        let words: Vec<&str> = line.split(' ').collect();
        let found = asked(&mut command(&organization, &words), "bash", index);
        assert_eq!(found.lines().collect::<Vec<_>>(), want, "{line}");
    }
}

/// One token, one search; and an action without an input file is read.
#[test]
fn port_is_asked_once_and_as_it_documents() {
    let organization = organization();
    let search = |blueprint: &str| format!("POST /v1/blueprints/{blueprint}/entities/search");
    offers(&organization, &RESIZE);
    let body = organization.port.calls()[1].body.clone();
    assert_eq!(body.as_ref().and_then(|body| body["limit"].as_u64()), Some(100));
    assert_eq!(calls(&organization), [search("vm")]);
    offers(&organization, &["synth", "port", "run", "back_up_db", "--entity", ""]);
    assert_eq!(calls(&organization)[1..], ["GET /v1/actions/back_up_db".to_owned(), search("db")]);
    // Only this project's description has the search.
    assert_eq!(Description::ours().misfits(&organization.port.calls()), Vec::<String>::new());

    organization.port.clear_calls();
    offers(&organization, &["synth", "event", "--action", "create_vm", "--entity", ""]);
    offers(&organization, &["synth", "event", "--action", "resize_vm", "--entity", "b", "--seed", ""]);
    assert_eq!(organization.port.calls(), [], "nothing to ask");
}

#[test]
fn every_shell_gets_entities_in_its_own_form() {
    let organization = organization();
    let words = ["synth", "port", "run", "resize_vm", "--entity", "bu"];
    for (shell, want) in SHELLS.into_iter().zip([
        "build-box",
        "build-box:Build box",
        "build-box\tBuild box\n",
        "build-box\tBuild box\n",
        "build-box",
    ]) {
        assert_eq!(asked(&mut command(&organization, &words), shell, words.len() - 1), want, "{shell}");
    }
}

#[test]
fn bash_completes_an_entity() {
    let organization = organization();
    let script = text(&organization.connected(&["completions", "bash"]).output().unwrap().stdout);
    let mut bash = Command::new("bash");
    bash.current_dir(organization.workspace.path());
    for (name, value) in organization.connected(&[]).get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let lines = ["synth event --action resize_vm --entity bu", "synth event --action = resize_vm --entity = we"];
    assert_eq!(taken_by_bash(bash, &script, &lines), "build-box\nweb\n");
}

/// The flags of the line count, as they do when it is run.
#[test]
fn access_is_as_for_synth_port() {
    let organization = organization();
    let url = organization.port.url();
    let file = organization.workspace.path().join("credentials.toml");
    std::fs::write(&file, format!("[other]\nclient_id = \"id\"\nclient_secret = \"{SECRET}\"\n")).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let words = ["synth", "port", "run", "resize_vm", "--profile", "other", "--url", &url, "--entity", "we"];
    let mut command = command(&organization, &words);
    for name in ["PORT_API_URL", "PORT_CLIENT_ID", "PORT_CLIENT_SECRET"] {
        command.env_remove(name);
    }
    command.env("PORT_CREDENTIALS_FILE", &file);
    assert_eq!(values(command, &words), ["web"]);
}

#[test]
fn nothing_is_offered_and_nothing_said_without_access() {
    let organization = organization();
    let unset = |name: &'static str| (name, None);
    let set = |name: &'static str, value: &str| (name, Some(value.to_owned()));
    let folder = organization.workspace.path();
    let aws = folder.join("aws");
    std::fs::write(&aws, "#!/bin/sh\n: > asked-aws\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&aws, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let (readable, broken) = (folder.join("readable.toml"), folder.join("broken.toml"));
    std::fs::write(&readable, "[default]\nclient_id = \"id\"\nclient_secret = \"x\"\n").unwrap();
    std::fs::write(&broken, "[default\n").unwrap();
    for change in [
        vec![unset("PORT_CLIENT_ID"), unset("PORT_CLIENT_SECRET")],
        vec![unset("PORT_CLIENT_ID")],
        vec![unset("PORT_CLIENT_SECRET")],
        vec![set("PORT_PROFILE", "none")],
        vec![set("PORT_REGION", "mars")],
        vec![set("PORT_API_URL", "http://example.com")],
        vec![set("PORT_API_URL", "not a url")],
        vec![set("PORT_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:port"), set("PATH", &path)],
        vec![set("PORT_PROFILE", "default"), set("PORT_CREDENTIALS_FILE", &readable.to_string_lossy())],
        vec![set("PORT_PROFILE", "default"), set("PORT_CREDENTIALS_FILE", &broken.to_string_lossy())],
    ] {
        let mut command = command(&organization, &RESIZE);
        for (name, value) in &change {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        assert_eq!(values(command, &RESIZE), Vec::<String>::new(), "{change:?}");
        assert_eq!(organization.port.calls(), [], "{change:?}");
    }
    assert!(!folder.join("asked-aws").exists(), "the AWS CLI may ask for a code");
}

/// Whatever Port does, the line is left as it is, and nothing is tried again.
#[test]
fn failures_of_port_offer_nothing() {
    let organization = organization();
    let wait = Effect::Status { code: 429, headers: vec![("Retry-After".to_owned(), "0".to_owned())], body: json!({}) };
    let page = "<html>log in</html>".to_owned();
    for effect in [
        wait,
        Effect::Status { code: 403, headers: vec![], body: json!({"ok": false}) },
        Effect::Status { code: 503, headers: vec![], body: json!({"ok": false}) },
        Effect::Status {
            code: 200,
            headers: vec![],
            body: json!({"ok": true, "entities": [1, {}, {"identifier": 2}]}),
        },
        Effect::Status { code: 302, headers: vec![("Location".to_owned(), "/".to_owned())], body: json!({}) },
        Effect::WrongType { code: 200, body: page },
        Effect::Garbage { applied: false },
        Effect::HalfBody,
        Effect::Reset { applied: false },
        Effect::Hang,
    ] {
        for path in ["access_token", "search"] {
            organization.port.clear_calls();
            organization.port.script(Fault::new(effect.clone()).path(path).always());
            assert_eq!(offers(&organization, &RESIZE), Vec::<String>::new(), "{effect:?} {path}");
            let asked = organization.port.calls().iter().filter(|call| call.path.contains(path)).count();
            assert_eq!(asked, 1, "{effect:?} {path}");
            organization.port.clear_faults();
        }
    }
    let with = |name: &str, value: &str| {
        let mut command = command(&organization, &RESIZE);
        command.env(name, value);
        values(command, &RESIZE)
    };
    assert_eq!(with("PORT_CLIENT_SECRET", "wrong"), Vec::<String>::new());
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    assert_eq!(with("PORT_API_URL", &format!("http://{closed}")), Vec::<String>::new());
    assert_eq!(offers(&organization, &RESIZE), ["build-box", "büro/1"], "and then it works again");
}

/// What a shell would run, split or take for a flag is not offered; a title is one line without control characters.
#[test]
fn names_do_not_reach_the_shell() {
    let organization = organization();
    let hostile =
        ["$(id)", "`id`", "a;b", "a b", "a\nb", "a\tb", "a\u{1b}[2J", "a*", "~root", "-rf", "@args", "'", "\"", "a\\b"];
    let titles = ["\u{1b}]0;x\u{7}", "a\nb\tc\r\u{0}", "\u{202e}abc\u{2066}", "a\u{2028}b", "a\u{9b}2J"];
    for (at, identifier) in hostile.iter().enumerate() {
        organization.port.add_entity("db", json!({"identifier": identifier, "title": titles[at % titles.len()]}));
    }
    for (at, title) in titles.iter().enumerate() {
        organization.port.add_entity("db", json!({"identifier": format!("plain-{at}"), "title": title}));
    }
    organization.port.add_entity("db", json!({"identifier": "", "title": Value::Null}));
    for shell in SHELLS {
        let words = ["synth", "port", "run", "back_up_db", "--entity", ""];
        let answer = asked(&mut command(&organization, &words), shell, words.len() - 1);
        let lines: Vec<&str> = answer.lines().collect();
        let values: Vec<&str> = lines.iter().map(|line| line.split(['\t', ':']).next().unwrap()).collect();
        assert_eq!(values, ["billing", "plain-0", "plain-1", "plain-2", "plain-3", "plain-4"], "{shell}: {answer:?}");
        let steers = |letter: char| "\u{202e}\u{2066}\u{2028}".contains(letter) || letter.is_control();
        let help = |line: &&str| line.split_once(['\t', ':']).is_some_and(|(_, help)| help.contains(steers));
        assert!(!lines.iter().any(help), "{shell}: {answer:?}");
    }
    for prefix in hostile {
        let words = ["synth", "port", "run", "back_up_db", "--entity", prefix];
        asked(&mut command(&organization, &words), "fish", words.len() - 1);
    }
}
