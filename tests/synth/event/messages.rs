//! The function accepts the events that `synth` generates.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::{Catalog, Findings};
use insta::assert_snapshot;
use model::plan::Recognised;
use model::{Operation, Plan, Trigger};
use serde_json::{Value, json};
use synth::event::{Request, SampleEvent, event};
use synth::mapping::check;
use synth::plan::{compile, filter};
use synth::{Config, files};

use crate::cases::{folders, settings};
use crate::root;

/// A folder's catalogue and its plan.
fn planned(folder: PathBuf) -> (Catalog, model::plan::Document) {
    let mut findings = Findings::default();
    let catalog = documents::load(&files::read(&[folder]).unwrap().into(), &mut findings);
    let names = check::check(&catalog, &mut findings);
    let document = compile::compile(&catalog, &names, &Config::default());
    (catalog, document)
}

/// The message in an event of one record.
fn message(event: &Value) -> Value {
    let (_, records) = event["records"].as_object().unwrap().iter().next().unwrap();
    serde_json::from_slice(&STANDARD.decode(records[0]["value"].as_str().unwrap()).unwrap()).unwrap()
}

#[test]
fn events_pass_the_filter_and_are_recognised() {
    let mut tried = 0;
    for folder in folders(&root().join("tests/cases/build")) {
        let name = folder.display().to_string();
        let (catalog, document) = planned(folder);
        let filter = filter::compile(&document);
        let plan = Plan::compile(document).unwrap();
        for (entry, _, action) in catalog.actions() {
            let request = |seed, secret| Request {
                action,
                blueprint: &entry.blueprint,
                inputs: &[],
                entity: None,
                run_id: None,
                seed,
                secret,
            };
            let Trigger::SelfService(operation) = action.trigger else {
                assert!(event(&request(0, None)).is_err());
                continue;
            };
            if !action.kafka {
                assert!(event(&request(0, None)).unwrap_err().contains("not published to Kafka"));
                continue;
            }
            for seed in 0..20 {
                let SampleEvent { event: made, .. } = event(&request(seed, Some("secret"))).unwrap();
                let message = message(&made);
                assert!(model::filter_pattern::matches(&filter.patterns, &message), "{name}: {message}");
                let Recognised { action: planned, run, .. } = plan.recognise(message.to_string().as_bytes()).unwrap();
                assert_eq!((&planned.action, run.operation), (&action.identifier, operation));
                assert_eq!(run.entity.is_none(), operation == Operation::Create);
                tried += 1;
            }
            let again = [(); 2].map(|()| event(&request(7, Some("secret"))).unwrap().event);
            assert_eq!(again[0], again[1], "{name}: the same seed is the same run");
            let ids = [0, 1].map(|seed| {
                let message = message(&event(&request(seed, None)).unwrap().event);
                plan.recognise(message.to_string().as_bytes()).unwrap().run.id
            });
            assert_ne!(ids[0], ids[1], "a different seed is a different run");
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn tutorial_event() {
    let (catalog, _) = planned(root().join("blueprints"));
    let (entry, _, action) = catalog.actions().next().unwrap();
    let request = Request {
        action,
        blueprint: &entry.blueprint,
        inputs: &[("title".to_owned(), "Backend Prod VM".to_owned()), ("cpu".to_owned(), "2".to_owned())],
        entity: None,
        run_id: Some("r_q2mGf9ZYkFRnZJjB"),
        seed: 0,
        secret: Some("not a secret"),
    };
    let SampleEvent { event, notes } = event(&request).unwrap();
    assert_eq!(notes, [""; 0]);
    settings("event").bind(|| {
        assert_snapshot!("event.json", format!("{event:#}"));
        assert_snapshot!("message.json", format!("{:#}", message(&event)));
    });
}

/// Values on the command line are read by the type of their input.
#[test]
fn inputs_are_parsed_by_their_type() {
    let text = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {}},
        "actions": [{"identifier": "a", "title": "A", "trigger": "CREATE", "invocationMethod": "KAFKA", "runner": {"entity": {}},
            "userInputs": {"properties": {
                "text": {"type": "string"}, "number": {"type": "number"}, "flag": {"type": "boolean"},
                "list": {"type": "array"}, "map": {"type": "object"},
                "zone": {"type": "string", "format": "entity", "blueprint": "zone"},
                "zones": {"type": "array", "items": {"type": "string", "format": "entity", "blueprint": "zone"}},
                "secret": {"type": "string", "encryption": "aes256-gcm"}}}}]}"#;
    let mut findings = Findings::default();
    let catalog = documents::load(&documents::Source::new("vm.json".into(), text).into(), &mut findings);
    let (entry, _, action) = catalog.actions().next().unwrap();
    let with = |key: &str, value: &str, secret: Option<&str>| {
        event(&Request {
            action,
            blueprint: &entry.blueprint,
            inputs: &[(key.to_owned(), value.to_owned())],
            entity: None,
            run_id: None,
            seed: 0,
            secret,
        })
    };
    for (key, value, want) in [
        ("text", "4", json!("4")),
        ("text", "", json!("")),
        ("number", "4.5", json!(4.5)),
        ("flag", "true", json!(true)),
        ("list", "[1, \"a\"]", json!([1, "a"])),
        ("map", "{\"a\": 1}", json!({"a": 1})),
    ] {
        let made = message(&with(key, value, None).unwrap().event);
        assert_eq!(made["inputs"][key], want, "{key}={value}");
    }
    assert_eq!(message(&with("zone", "eu", None).unwrap().event)["inputs"]["zone"]["identifier"], "eu");
    let zones = message(&with("zones", "[\"eu\", \"us\"]", None).unwrap().event);
    assert_eq!(zones["inputs"]["zones"][1]["identifier"], "us");
    let sealed = with("secret", "hunter2", Some("0123456789abcdef0123456789abcdef")).unwrap();
    assert_eq!(sealed.notes, [""; 0]);
    let sealed = message(&sealed.event);
    assert!(!sealed.to_string().contains("hunter2"));
    assert_eq!(sealed["encrypted"], json!(["secret"]));
    let noise = with("secret", "hunter2", None).unwrap();
    assert!(noise.notes[0].starts_with("input `secret` has random bytes"), "{:?}", noise.notes);
    assert!(!message(&noise.event).to_string().contains("hunter2"));
    for (key, value, want) in [
        ("number", "four", "input `number` must be a number; `four` is not valid JSON"),
        ("number", "\"4\"", "input `number` must be a number; `\"4\"` is a string"),
        ("flag", "1", "input `flag` must be a boolean; `1` is a number"),
        ("list", "null", "input `list` must be an array; `null` is null"),
        ("txt", "a", "action `a` has no input `txt`\n  help: did you mean `text`?"),
    ] {
        assert_eq!(with(key, value, None).unwrap_err(), want);
    }
}
