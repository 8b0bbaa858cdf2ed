//! The JSON Schemas for editors accept and refuse the same as `synth check`, as far as JSON Schema allows.

use std::path::Path;

use documents::Source;
use documents::document::DocumentKind;
use documents::finding::{self, Place, Severity};
use jsonschema::Validator;
use serde_json::Value;
use synth::Config;
use synth::files;
use synth::judge;

use crate::corpus::{Corpus, judged, parse};
use crate::root;

/// Codes that JSON Schema cannot express: they concern several keys, several files, or the content of a text.
const BEYOND: [&str; 42] = [
    "action-alone",
    "ambiguous-name",
    "automation-unanswered",
    "bounds-mismatch",
    "condition-without-blueprint",
    "duplicate-identifier",
    "duplicate-key",
    "enum-mismatch",
    "format-mismatch",
    "illegal-url",
    "input-unplaced",
    "inputs-absent",
    "jq-fails",
    "jq-name",
    "jq-syntax",
    "key-mismatch",
    "length-mismatch",
    "optional-input",
    "other-blueprint",
    "pattern-mismatch",
    "payload-broken",
    "payload-drops-input",
    "payload-unreadable",
    "payload-untried",
    "payload-without-blueprint",
    "payload-without-entity",
    "payload-without-run",
    "port-jq",
    "relation-flags",
    "required-many",
    "required-unset",
    "runner-unused",
    "secret-in-entity",
    "type-mismatch",
    "unique-mismatch",
    "unknown-encryption",
    "unknown-input",
    "unknown-name",
    "unknown-property",
    "unknown-relation",
    "unknown-target",
    "unused-colour",
];

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("out/schema").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft7::options().build(schema).unwrap()
}

/// The schema of a single action, which is a definition in the schema of input files.
fn action_alone(file: &Value) -> Value {
    let mut action = file["definitions"]["AnyAction"].clone();
    action["definitions"] = file["definitions"].clone();
    action
}

/// An editor marks an error of shape exactly where `synth check` does.
#[test]
fn schema_marks_what_check_refuses() {
    let file = schema("blueprint.json");
    let (file, action) = (validator(&file), validator(&action_alone(&file)));
    let cases = [root().join("tests/cases"), root().join("blueprints")];
    // Our own corpus is already among the cases.
    let ports = Corpus::all().into_iter().filter(|corpus| !corpus.ours).flat_map(|corpus| corpus.sources());
    let mut compared = 0;
    for source in files::read(&cases).unwrap().into_iter().chain(ports) {
        let (Some(kind), findings) = judged(&source) else { continue };
        let validator = match kind {
            DocumentKind::InputFile | DocumentKind::Blueprint => &file,
            DocumentKind::Action(_) => &action,
            DocumentKind::Other => continue,
        };
        // With a duplicate key, parsers differ in which one they take.
        if findings.iter().any(|finding| finding.code == "duplicate-key") {
            continue;
        }
        let marks: Vec<String> =
            validator.iter_errors(&parse(&source)).map(|error| format!("{} {error}", error.instance_path())).collect();
        // Editors accept unknown keys where Port may accept them; only `synth` warns about names that are too long.
        let silent = |finding: &&finding::Finding| {
            // The result of a template is known only when it is rendered.
            let of_a_template = matches!(&finding.place, Place::Value(pointer) if pointer.contains("/runner/"));
            BEYOND.contains(&finding.code)
                || finding.code == "illegal-identifier" && of_a_template
                || finding.severity == Severity::Warning
                    && ["unknown-key", "illegal-identifier"].contains(&finding.code)
        };
        let seen: Vec<&finding::Finding> = findings.iter().filter(|finding| !silent(finding)).collect();
        assert_eq!(marks.is_empty(), seen.is_empty(), "{}: {marks:?} {seen:?}", source.path.display());
        compared += 1;
    }
    assert!(compared > 20, "compared {compared}");
}

/// Each error on its own, so that no other error hides it.
#[test]
fn schema_marks_each_mistake_alone() {
    let file = validator(&schema("blueprint.json"));
    let good = parse(&Source::new("a.json".into(), GOOD));
    assert!(file.is_valid(&good), "{:?}", file.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
    assert!(!judge(Source::new("a.json".into(), GOOD)).1.refuse());
    for (pointer, value, code) in [
        ("/identifier", "v m".into(), "illegal-identifier"),
        ("/identifier", "..".into(), "illegal-identifier"),
        ("/identifier", "a".repeat(101).into(), "illegal-identifier"),
        ("/title", "".into(), "length"),
        ("/title", Value::Null, "wrong-type"),
        ("/description", "a".repeat(201).into(), "length"),
        ("/schema/extra", 1.into(), "unknown-key"),
        ("/schema/properties/größe", serde_json::json!({"type": "string"}), "illegal-identifier"),
        ("/schema/properties/cpu/type", "integer".into(), "unknown-variant"),
        ("/schema/properties/cpu/minimum", "1".into(), "wrong-type"),
        ("/relations/zone/target", Value::Null, "wrong-type"),
        ("/mirrorProperties/where/path", "zone".into(), "illegal-path"),
        ("/mirrorProperties/where/path", "zone..a".into(), "illegal-path"),
        ("/actions/0/titel", 1.into(), "unknown-key"),
        ("/actions/0/trigger/operation", "UPDATE".into(), "unknown-variant"),
        ("/actions/0/trigger/actionCardButtonText", "a ".into(), "illegal-text"),
        ("/actions/0/trigger/actionCardButtonText", "a".into(), "illegal-text"),
        ("/actions/0/trigger/actionCardButtonText", "a".repeat(16).into(), "length"),
        ("/actions/0/trigger/condition", serde_json::json!({}), "unknown-key"),
        ("/actions/0/trigger/userInputs/steps", serde_json::json!([]), "exclusive-keys"),
        ("/actions/0/invocationMethod/body", serde_json::json!({}), "unknown-key"),
        ("/actions/0/invocationMethod/type", "SLACK".into(), "unknown-variant"),
        ("/actions/0/runner/entity/cpu", 1.into(), "unknown-key"),
        ("/actions/1/trigger", "UPDATE".into(), "unknown-variant"),
        ("/actions/1/invocationMethod", 7.into(), "wrong-type"),
        ("/actions/1/userInputs/properties/a/visible", "yes".into(), "wrong-type"),
    ] {
        let mut bad = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[key] = value;
        let findings = judge(Source::new("a.json".into(), &bad.to_string())).1;
        assert!(findings.iter().any(|finding| finding.code == code), "{pointer}: {findings:?}");
        assert!(!file.is_valid(&bad), "{pointer}: the schema takes it");
    }
}

const GOOD: &str = r#"{
  "$schema": "../out/schema/blueprint.json",
  "identifier": "vm", "title": "VM", "description": "A machine",
  "schema": { "properties": { "cpu": { "type": "number", "minimum": 1 } }, "required": [] },
  "relations": { "zone": { "target": "vm", "required": false, "many": false } },
  "mirrorProperties": { "where": { "path": "zone.$title" } },
  "actions": [
    { "identifier": "a", "title": "A",
      "trigger": { "type": "self-service", "operation": "CREATE", "actionCardButtonText": "Go", "userInputs": { "properties": {}, "order": [] } },
      "invocationMethod": { "type": "KAFKA" }, "runner": { "entity": { "identifier": "{{ .run.id }}" } } },
    { "identifier": "b", "title": "B", "trigger": "DAY-2", "invocationMethod": { "type": "KAFKA" },
      "userInputs": { "properties": { "a": { "type": "number", "visible": true } } }, "runner": { "entity": {} } }
  ]
}"#;

/// The schema of `synth.toml` and its parser refuse the same values.
#[test]
fn synth_toml_schema_matches_the_parser() {
    let schema = validator(&schema("synth.json"));
    for (text, want) in [
        ("", true),
        ("architecture = \"arm64\"\nmemory = 512\ntimeout = 840\nbatch_size = 10000\nbatch_window = 300", true),
        ("signatures = \"off\"", true),
        ("signatures = \"if-present\"", true),
        ("signatures = \"required\"", true),
        ("alarms = [\"errors\", \"offset-lag\"]\nlog_retention = 3653\nconcurrency = 256\nreplay_window = 60", true),
        ("[provisioned_polling]\nminimum = 1\nmaximum = 3\nretries = 0", true),
        ("memory = 64", false),
        ("timeout = 900", false),
        ("batch_size = 0", false),
        ("batch_window = 301", false),
        ("concurrency = 257", false),
        ("signatures = \"on\"", false),
        ("log_retention = 31", false),
        ("architecture = \"arm\"", false),
        ("alarms = [\"errors\", \"errors\"]", false),
        ("alarms = [\"error\"]", false),
        ("timeuot = 9", false),
        ("[provisioned_polling]\nminimum = 201\nmaximum = 300", false),
        ("[provisioned_polling]\nretries = 10001", false),
    ] {
        let value: Value = toml::from_str(text).unwrap();
        assert_eq!(Config::parse("synth.toml", text).is_ok(), want, "{text}");
        assert_eq!(schema.is_valid(&value), want, "{text}");
    }
    let own = std::fs::read_to_string(root().join("synth.toml")).unwrap();
    assert!(schema.is_valid(&toml::from_str(&own).unwrap()));
}

/// Files refer to their schemas, so that editors find them.
#[test]
fn files_name_their_schemas() {
    let vm = parse(&files::read(&[root().join("blueprints/vm.json")]).unwrap()[0]);
    let named = root().join("blueprints").join(vm["$schema"].as_str().unwrap());
    assert!(named.exists(), "{}", named.display());
    let toml = std::fs::read_to_string(root().join("synth.toml")).unwrap();
    let named = toml.lines().next().unwrap().strip_prefix("#:schema ").unwrap();
    assert!(root().join(named).exists() && Path::new(named).is_relative(), "{named}");
}

/// Editors can explain every key, and do not see our own extensions.
#[test]
fn every_key_has_a_description() {
    fn keys(schema: &Value, at: &str, bare: &mut Vec<String>) {
        let Value::Object(map) = schema else { return };
        for (keyword, inner) in map {
            assert!(!keyword.starts_with("x-"), "{at}/{keyword}");
            let at = format!("{at}/{keyword}");
            match (keyword.as_str(), inner) {
                ("properties" | "definitions", Value::Object(schemas)) => {
                    for (key, schema) in schemas {
                        let explained = schema.get("description").is_some() || schema.get("const").is_some();
                        if keyword == "properties" && !explained {
                            bare.push(format!("{at}/{key}"));
                        }
                        keys(schema, &format!("{at}/{key}"), bare);
                    }
                }
                ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => {
                    for schema in schemas {
                        keys(schema, &at, bare);
                    }
                }
                ("items" | "additionalProperties", schema) => keys(schema, &at, bare),
                _ => {}
            }
        }
    }
    for name in ["blueprint.json", "synth.json"] {
        let mut bare = Vec::new();
        keys(&schema(name), "", &mut bare);
        assert!(bare.is_empty(), "{bare:#?}");
    }
}
