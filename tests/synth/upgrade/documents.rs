//! `tests/cases/upgrade/*`: legacy documents before and after the upgrade.

use std::path::{Path, PathBuf};

use documents::upgrade::{Upgrade, upgrade};
use documents::{Findings, Source, finding};
use insta::assert_snapshot;
use model::jq::{Context, Expressions};
use model::template::Tree;
use serde_json::{Value, json};
use synth::mapping::check;

use crate::cases::{folders, settings};
use crate::comments::{comments, places};
use crate::corpus::Corpus;
use crate::{only, root};

fn source(path: &Path) -> Source {
    Source::new(PathBuf::from(path.file_name().unwrap()), &std::fs::read_to_string(path).unwrap())
}

fn outcome(source: &Source, blueprint: Option<&str>) -> Upgrade {
    upgrade(only(source), source, blueprint).unwrap()
}

/// Checks a file and returns its published documents.
fn published(source: Source) -> Value {
    let mut findings = Findings::default();
    let sources = source.into();
    let catalog = documents::load(&sources, &mut findings);
    check::check(&catalog, &mut findings);
    assert!(!findings.refuse(), "{}", finding::show(&findings, &sources, false));
    serde_json::from_str(catalog.entries().next().unwrap().published().unwrap()).unwrap()
}

/// The templates of the upgraded actions render the messages that Port used to send.
#[test]
fn upgraded_actions_send_the_same_messages() {
    let old = source(&root().join("tests/cases/upgrade/backends.json"));
    let Upgrade::Changed(changed) = outcome(&old, None) else { panic!() };
    let (before, after): (Value, Value) = (parsed(&old.text), parsed(&changed.text));
    for (before, after) in before["actions"].as_array().unwrap().iter().zip(after["actions"].as_array().unwrap()) {
        let invocation = &after["invocationMethod"];
        let named = ["body", "payload", "workflowInputs", "pipelineVariables"];
        let template = named.iter().find_map(|key| invocation.get(key)).unwrap();
        let mut expressions = Expressions::default();
        let tree = Tree::parse(template, &mut expressions).unwrap();
        let program = expressions.compile().unwrap();
        let name = before["identifier"].as_str().unwrap();
        let context = json!({
            "inputs": { "name": "x", "text": "a \"quoted\" line" },
            "entity": { "identifier": "shop", "blueprint": "service" },
            "run": { "id": "r_1" },
            "action": { "identifier": format!("service_{name}"), "blueprint": "service", "encryptedProperties": [] },
            "trigger": { "by": { "orgId": "org" }, "origin": "UI", "at": "2024-01-01", "operation": before["trigger"] },
        });
        let rendered = tree.render(&program, &Context::from(&context)).unwrap();
        let asked: Value = before["userInputs"]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .filter_map(|key| Some((key.clone(), context["inputs"].get(key)?.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let envelope = json!({
            "action": name,
            "resourceType": "run",
            "status": "TRIGGERED",
            "trigger": { "by": { "orgId": "org" }, "origin": "UI", "at": "2024-01-01" },
            "context": { "entity": "shop", "blueprint": "service", "runId": "r_1" },
            "payload": {
                "entity": context["entity"],
                "action": { "invocationMethod": before["invocationMethod"], "trigger": before["trigger"] },
                "properties": asked,
                "censoredProperties": [],
            },
        });
        let want = match name {
            "notify" | "azure" => envelope,
            "scaffold" => json!({ "name": "x", "port_payload": envelope }),
            "scaffold_quietly" => json!({}),
            "pipeline" => json!({ "name": "x" }),
            name => panic!("no expectation for {name}"),
        };
        assert_eq!(rendered, want, "{name}");
    }
}

fn parsed(text: &str) -> Value {
    let uncommented: Vec<&str> = text.lines().map(|line| line.split(" // ").next().unwrap()).collect();
    serde_json::from_str(&uncommented.join("\n")).unwrap()
}

/// Every legacy action that Port published can be upgraded. If Port rewrote it too, the results are equal.
#[test]
fn legacy_actions_equal_ports_own_rewrites() {
    for corpus in Corpus::all() {
        let (pairs, differences) = rewritten_by_both(&corpus);
        println!("{pairs} rewritten by Port too; {} differences:\n{}", differences.len(), differences.join("\n"));
        assert!(!corpus.ours || pairs > 1 && differences.is_empty(), "{pairs}: {differences:#?}");
    }
}

/// Returns how many legacy actions of a corpus Port rewrote too, and how its results differ from ours.
fn rewritten_by_both(corpus: &Corpus) -> (usize, Vec<String>) {
    let documents = |folder: &str| -> Vec<Source> { corpus.folder(folder).iter().map(|path| source(path)).collect() };
    let rewritten: Vec<Value> =
        documents("actions-v2").iter().filter_map(|source| serde_json::from_str(&source.text).ok()).collect();
    let (mut upgraded, mut refused, mut pairs, mut differences) = (0, 0, 0, Vec::new());
    for old in documents("actions-v1") {
        let Ok(before) = serde_json::from_str::<Value>(&old.text) else { continue };
        let name = before["identifier"].as_str().unwrap();
        let kind = before["invocationMethod"]["type"].as_str().unwrap_or("KAFKA").replace('-', "_");
        let twin = rewritten.iter().find(|new| {
            let blueprint = new["trigger"]["blueprintIdentifier"].as_str().unwrap_or_default();
            new["identifier"].as_str() == Some(&format!("{blueprint}_{name}"))
        });
        let blueprint = twin.map_or("blueprint", |twin| twin["trigger"]["blueprintIdentifier"].as_str().unwrap());
        let file = old.path.display().to_string();
        let changed = match outcome(&old, Some(blueprint)) {
            Upgrade::Changed(changed) => changed,
            Upgrade::Current => panic!("{file} is already in the current format"),
            Upgrade::Refused(findings) => {
                differences.push(format!("{file}: refused\n{}", finding::show(&findings, &old.into(), false)));
                refused += 1;
                continue;
            }
        };
        upgraded += 1;
        let again = Source::new(old.path.clone(), &changed.text);
        assert!(matches!(outcome(&again, Some(blueprint)), Upgrade::Current), "{file}");
        let after: Value = serde_json::from_str(&changed.text).unwrap();
        assert_eq!(after["trigger"]["operation"], before["trigger"], "{file}");
        assert_eq!(after["trigger"]["userInputs"], before["userInputs"], "{file}");
        assert_eq!(after["invocationMethod"]["type"], kind, "{file}");
        let Some(twin) = twin else { continue };
        pairs += 1;
        assert_eq!(after["trigger"]["operation"], twin["trigger"]["operation"], "{file}");
        assert_eq!(after["invocationMethod"]["type"], twin["invocationMethod"]["type"], "{file}");
        let mut compare = |what: &str, ours: &Value, ports: &Value| {
            if ours != ports {
                differences.push(format!("{file}: {what}: {ours} here, {ports} by Port"));
            }
        };
        for key in ["identifier", "title", "requiredApproval"] {
            compare(key, &after[key], &twin[key]);
        }
        for key in ["type", "blueprintIdentifier", "userInputs"] {
            compare(key, &after["trigger"][key], &twin["trigger"][key]);
        }
        let (ours, ports) = (&after["invocationMethod"], &twin["invocationMethod"]);
        let keys =
            |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
        for key in keys(ours).union(&keys(ports)) {
            compare(key, &squeezed(&ours[key]), &squeezed(&ports[key]));
        }
    }
    assert!(upgraded > 0 && refused * 20 <= upgraded, "{refused} refused");
    (pairs, differences)
}

/// Removes the spaces and brackets that are optional in a template.
fn squeezed(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().replace("{{ ", "{{").replace(" }}", "}}").replace(
        "{{(if .entity == {} then null else .entity end)}}",
        "{{if .entity == {} then null else .entity end}}",
    ))
    .unwrap()
}

#[test]
fn upgrade_cases() {
    for file in folders(&root().join("tests/cases/upgrade")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let old = source(&file);
        let blueprint = name.starts_with("bare").then_some("vm");
        match outcome(&old, blueprint) {
            Upgrade::Current => panic!("{name} is already in the current format"),
            Upgrade::Refused(findings) => {
                assert!(name.starts_with("refused"), "{}", finding::show(&findings, &old.into(), false));
                let shown = finding::show(&findings, &old.into(), false);
                settings("upgrade").bind(|| assert_snapshot!(name, shown));
            }
            Upgrade::Changed(changed) => {
                settings("upgrade").bind(|| assert_snapshot!(name.clone(), changed.text));
                let new = Source::new(old.path.clone(), &changed.text);
                assert!(matches!(outcome(&new, blueprint), Upgrade::Current), "{name} is upgraded twice");
                let lost: Vec<String> = comments(&old.text)
                    .into_iter()
                    .filter(|comment| !changed.text.contains(comment.lines().next().unwrap()))
                    .collect();
                assert!(lost.is_empty() || name == "backends.json", "{name}: {lost:?}");
                assert_eq!(changed.text.contains('\r'), old.text.contains('\r'), "{name}");
                assert!(!old.text.contains('\r') || !changed.text.replace("\r\n", "").contains('\n'), "{name}");
                if blueprint.is_none() && name != "backends.json" {
                    assert_eq!(published(old), published(new), "{name}");
                }
            }
        }
    }
}

/// Comments stay, wherever they are, and the document's JSON is the same.
#[test]
fn upgrade_keeps_comments() {
    let lines = r#"{
  "identifier": "db",
  "title": "DB",
  "schema": { "properties": {} },
  "actions": [
    {
      "identifier": "grow",
      "title": "Grow",
      "userInputs": {
        "properties": { "size": { "type": "number" } },
        "required": ["size"]
      },
      "trigger": "DAY-2",
      "invocationMethod": { "type": "KAFKA" },
      "requiredApproval": true
    }
  ]
}"#;
    let one_line: String = lines.lines().map(str::trim).collect();
    // Inputs at the end, without a comma after them.
    let last = r#",
      "userInputs": { "properties": {} }
    }
  ]"#;
    let at_the_end = lines.replace("\n    }\n  ]", last).replacen("\"userInputs\"", "\"unknown\"", 1);
    let mut tried = 0;
    for text in [lines, one_line.as_str(), at_the_end.as_str()] {
        let plain = Source::new(PathBuf::from("db.json"), text);
        let Upgrade::Changed(plain) = outcome(&plain, None) else { panic!() };
        let plain: Value = serde_json::from_str(&plain.text).unwrap();
        for at in places(text) {
            for comment in ["/* here */", " // here\n", "\n// here\n", "\n/* here */\n"] {
                let mut with = text.to_owned();
                with.insert_str(at, comment);
                let source = Source::new(PathBuf::from("db.json"), &with);
                let Upgrade::Changed(changed) = outcome(&source, None) else { panic!("{with}") };
                let found = comments(&changed.text);
                assert_eq!(found, [comment.trim()], "{with}\nbecame\n{}", changed.text);
                let without = changed.text.replace(comment.trim(), "");
                assert_eq!(
                    serde_json::from_str::<Value>(&without).ok().as_ref(),
                    Some(&plain),
                    "{with}\nbecame\n{}",
                    changed.text
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}
