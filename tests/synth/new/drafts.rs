//! First drafts fit into their file, have no findings and cover the whole blueprint.

use std::path::PathBuf;

use documents::Source;
use documents::{Findings, finding};
use insta::assert_snapshot;
use model::Operation;
use synth::mapping::check;
use synth::scaffold;

use crate::cases::settings;
use crate::comments::{comments, places};
use crate::corpus::Corpus;

/// The errors of a text, as they are shown.
fn findings(text: &str) -> Option<String> {
    let mut findings = Findings::default();
    let sources = Source::new(PathBuf::from("vm.json"), text).into();
    let catalog = documents::load(&sources, &mut findings);
    check::check(&catalog, &mut findings);
    findings.refuse().then(|| finding::show(&findings, &sources, false))
}

fn with_actions(text: &str) -> String {
    let document = serde_json::from_str(&text.replace("// Ours alone.", "")).unwrap();
    let mut text = text.to_owned();
    for (name, operation) in [("make", Operation::Create), ("change", Operation::DayTwo), ("drop", Operation::Delete)] {
        let action = scaffold::action(name, operation, &document).unwrap();
        text = scaffold::insert(&text, "", &action).unwrap();
    }
    text
}

/// Every kind of property and relation, in a file with tabs and a comment.
#[test]
fn actions_of_a_blueprint_with_every_type() {
    let text = r#"{
	"identifier": "db", // Ours alone.
	"title": "Database",
	"icon": "Lambda",
	"schema": {
		"properties": {
			"name": { "type": "string", "minLength": 3, "maxLength": 40, "pattern": "^[a-z]+$", "icon": "Text" },
			"engine": { "type": "string", "enum": ["pg", "my"], "enumColors": { "pg": "blue", "my": "orange" }, "default": "pg" },
			"size": { "type": "number", "minimum": 1, "maximum": 64, "title": "Size" },
			"public": { "type": "boolean" },
			"expires": { "type": "string", "format": "timer" },
			"uses": { "type": "string", "format": "blueprints" },
			"owner-mails": { "type": "array", "items": { "type": "string", "format": "idn-email" }, "maxItems": 3 },
			"api": { "type": "object", "spec": "open-api" },
			"grafana": { "type": "string", "format": "url", "spec": "embedded-url" }
		},
		"required": ["engine", "size"]
	},
	"mirrorProperties": { "region": { "path": "zone.$title" } },
	"relations": {
		"zone": { "title": "Zone", "target": "zone", "required": true, "many": false },
		"users": { "target": "service", "required": false, "many": true }
	}
}
"#;
    let with = with_actions(text);
    assert_eq!(findings(&with), None);
    settings("new").bind(|| assert_snapshot!("db.json", with));
}

#[test]
fn new_blueprints_have_no_findings() {
    for identifier in ["vm", "team/vm", "Ünï.c_1"] {
        let text = scaffold::blueprint(identifier).unwrap();
        assert_eq!(findings(&text), None, "{identifier}");
        settings("new").bind(|| {
            if identifier == "vm" {
                assert_snapshot!("vm.json", text);
            }
        });
    }
}

/// Files with different layouts.
#[test]
fn inserting_an_action_keeps_the_layout() {
    let action = "{\n  \"identifier\": \"a\"\n}";
    for (text, want) in [
        ("{}", "{\n  \"actions\": [\n    {\n      \"identifier\": \"a\"\n    }\n  ]\n}"),
        ("{ \"actions\": [] }", "{ \"actions\": [\n    {\n      \"identifier\": \"a\"\n    }\n  ] }"),
        (
            "{\r\n\t\"actions\": []\r\n}",
            "{\r\n\t\"actions\": [\r\n\t\t{\r\n\t\t\t\"identifier\": \"a\"\r\n\t\t}\r\n\t]\r\n}",
        ),
        (
            "{\n    \"actions\": [\n        {}, // first\n    ],\n}\n",
            "{\n    \"actions\": [\n        {}, // first\n        {\n            \"identifier\": \"a\"\n        },\n    ],\n}\n",
        ),
        (
            "{\n  \"actions\": [\n    // none yet\n  ]\n}",
            "{\n  \"actions\": [\n    // none yet\n    {\n      \"identifier\": \"a\"\n    }\n  ]\n}",
        ),
    ] {
        assert_eq!(scaffold::insert(text, "", action).as_deref(), Some(want), "{text}");
    }
    for text in ["", "[]", "{\"actions\": 1}", "{"] {
        assert_eq!(scaffold::insert(text, "", action), None, "{text}");
    }
}

/// For every published blueprint that has no findings itself.
#[test]
fn actions_of_port_blueprints_have_no_findings() {
    for corpus in Corpus::all() {
        let mut tried = 0;
        for path in corpus.folder("blueprints") {
            let text = std::fs::read_to_string(&path).unwrap();
            if serde_json::from_str::<serde_json::Value>(&text).is_err() || findings(&text).is_some() {
                continue;
            }
            let with = with_actions(&text);
            if let Some(found) = findings(&with) {
                panic!("{}\n{found}", path.display());
            }
            tried += 1;
        }
        println!("{tried} blueprints with three new actions each");
        assert!(tried > 0);
    }
}

/// Comments are kept wherever they are in the file.
#[test]
fn inserting_an_action_keeps_comments() {
    let action = "{\n  \"identifier\": \"a\"\n}";
    for text in [
        "{\"identifier\": \"x\", \"actions\": [{\"identifier\": \"b\"}, {}], \"icon\": \"I\"}",
        "{\n  \"identifier\": \"x\",\n  \"actions\": [\n    {},\n    {}\n  ],\n  \"icon\": \"I\"\n}",
        "{\"actions\": []}",
        "{\"identifier\": \"x\"}",
    ] {
        let mut expected: serde_json::Value = serde_json::from_str(text).unwrap();
        if expected.get("actions").is_none() {
            expected["actions"] = serde_json::json!([]);
        }
        expected["actions"].as_array_mut().unwrap().push(serde_json::json!({ "identifier": "a" }));
        for at in places(text) {
            for comment in ["/* here */", " // here\n", "\n// here\n", "\n/* here */\n"] {
                let mut with = text.to_owned();
                with.insert_str(at, comment);
                let new = scaffold::insert(&with, "", action).unwrap();
                assert_eq!(comments(&new), [comment.trim()], "{with}\nbecame\n{new}");
                let without = new.replace(comment.trim(), "");
                assert_eq!(serde_json::from_str(&without).ok().as_ref(), Some(&expected), "{with}\nbecame\n{new}");
            }
        }
    }
}
