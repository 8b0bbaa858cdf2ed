//! `synth graph` and the HTML page of `synth diff`, with `tests/cases/graph/*` and the tutorial's template.

use std::process::Command;

use insta::assert_snapshot;
use review::graph::{Columns, EdgeKind, Graph, Mark, mark};
use review::template::yaml;
use review::write::html;
use review::write::{dot, mermaid, svg};
use review::{Report, Side, diff};
use serde_json::{Value, json};

use crate::cases::{folders, settings};
use crate::root;

fn template(path: &str) -> Value {
    yaml::read(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// Returns every template with its name.
fn templates() -> Vec<(String, Value)> {
    let cases = folders(&root().join("tests/cases/graph"));
    let cases = cases.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), yaml::read(&text).unwrap())
    });
    cases.chain([("tutorial".to_owned(), template("out/template.yaml"))]).collect()
}

fn page(old: &Value, new: &Value) -> String {
    let side =
        |name: &str, template: &Value| Side { name: name.to_owned(), template: template.clone(), ..Side::default() };
    html(&diff(&side("`old`", old), &side("`new`", new)), old, new).unwrap()
}

#[test]
fn graph_cases() {
    for (name, template) in templates() {
        let graph = Graph::from_template(&template).unwrap();
        settings("graph").bind(|| {
            assert_snapshot!(format!("{name}.svg"), svg(&graph, Columns::Two));
            assert_snapshot!(format!("{name}.dot"), dot(&graph));
            assert_snapshot!(format!("{name}.mermaid"), mermaid(&graph));
        });
    }
}

/// The tutorial's diagram shows the path of a run.
#[test]
fn tutorial_graph_follows_a_run() {
    let graph = Graph::from_template(&template("out/template.yaml")).unwrap();
    let has = |from: &str, kind: EdgeKind, to: &str| {
        assert!(
            graph.edges.iter().any(|edge| edge.from == from && edge.kind == kind && edge.to == to),
            "{from} {} {to} is not in {:#?}",
            kind.verb(),
            graph.edges
        );
    };
    has("RunnerRuns/topic", EdgeKind::Carries, "RunnerRuns/filter");
    has("RunnerRuns/filter", EdgeKind::Passes, "RunnerRuns");
    has("RunnerRuns", EdgeKind::Invokes, "Runner");
    has("RunnerRuns", EdgeKind::LogsIn, "KafkaSecret");
    has("RunnerRuns", EdgeKind::GivesUp, "FailureQueue");
    has("Runner", EdgeKind::Reports, "port/api");
    has("Runner", EdgeKind::Reads, "PortSecret");
    has("Runner", EdgeKind::RunsAs, "RunnerRole");
    has("Runner", EdgeKind::LogsTo, "RunnerLogGroup");
    has("RunnerRole", EdgeKind::Has, "RunnerPolicy");
    has("FailureQueueAlarm", EdgeKind::Watches, "FailureQueue");
    has("ErrorsAlarm", EdgeKind::Watches, "Runner");
    has("ErrorsAlarm", EdgeKind::Notifies, "AlarmTopicArn/topic");
    let filter = graph.node("RunnerRuns/filter").unwrap();
    assert!(filter.facts.iter().any(|fact| fact.text == "action: resize_vm"), "{filter:#?}");
    assert_eq!(graph.node("KafkaSecret").unwrap().condition.as_deref(), Some("CreateKafkaSecret"));
}

/// Each side marks what happens to its parts.
#[test]
fn changes_are_marked_on_both_sides() {
    let old = template("out/template.yaml");
    let mut new = old.clone();
    let resources = new["Resources"].as_object_mut().unwrap();
    resources.remove("ErrorsAlarm");
    resources.insert("Audit".to_owned(), json!({"Type": "AWS::SNS::Topic"}));
    resources["PortSecret"]["Properties"]["Name"] = json!("port");
    resources["Runner"]["Properties"]["MemorySize"] = json!(256);
    let filters = &mut resources["Runner"]["Properties"]["Events"]["Runs"]["Properties"]["FilterCriteria"]["Filters"];
    filters[0]["Pattern"] = json!(r#"{"value":{"action":["create_vm","restart_vm"]}}"#);
    let report = diff(&side(&old), &side(&new));
    let (mut before, mut after) = (Graph::from_template(&old).unwrap(), Graph::from_template(&new).unwrap());
    mark(&mut before, &mut after, &report);
    let marks = |id: &str| (before.node(id).map(|node| node.mark), after.node(id).map(|node| node.mark));
    assert_eq!(marks("ErrorsAlarm"), (Some(Mark::Deleted), None));
    assert_eq!(marks("Audit"), (None, Some(Mark::Added)));
    assert_eq!(marks("PortSecret"), (Some(Mark::Replaced), Some(Mark::Replaced)));
    assert_eq!(marks("Runner"), (Some(Mark::Changed), Some(Mark::Changed)));
    assert_eq!(marks("RunnerRuns/filter"), (Some(Mark::Changed), Some(Mark::Changed)));
    assert_eq!(marks("KafkaSecret"), (Some(Mark::None), Some(Mark::None)));
    let fact = |graph: &Graph, text: &str| {
        let facts = &graph.node("RunnerRuns/filter").unwrap().facts;
        facts.iter().find(|fact| fact.text == text).map(|fact| fact.mark)
    };
    assert_eq!(fact(&before, "action: resize_vm"), Some(Mark::Deleted));
    assert_eq!(fact(&after, "action: resize_vm"), None);
    assert_eq!(fact(&after, "action: restart_vm"), Some(Mark::Added));
    assert_eq!(fact(&after, "action: create_vm"), Some(Mark::None));
    // Marks have a sign and a word, not just a colour.
    let diagram = svg(&after, Columns::Two);
    for mark in ["+ added", "~ changed", "⇄ replaced"] {
        assert!(diagram.contains(mark), "{mark} is not in {diagram}");
    }
    assert!(svg(&before, Columns::Two).contains("− deleted"));
}

fn side(template: &Value) -> Side {
    Side { template: template.clone(), ..Side::default() }
}

#[test]
fn page_of_a_rename() {
    let (old, new) = (template("tests/cases/diff/renamed/old.yaml"), template("tests/cases/diff/renamed/new.yaml"));
    settings("graph").bind(|| assert_snapshot!("renamed.html", page(&old, &new)));
}

/// Text from a template never becomes markup or code, in any format.
#[test]
fn hostile_text_is_escaped() {
    let hostile = template("tests/cases/graph/hostile.json");
    let graph = Graph::from_template(&hostile).unwrap();
    let none = json!({"Resources": {}});
    for (name, text) in [
        ("wide", svg(&graph, Columns::Two)),
        ("narrow", svg(&graph, Columns::One)),
        ("added", page(&none, &hostile)),
        ("deleted", page(&hostile, &none)),
        ("same", page(&hostile, &hostile)),
        ("mermaid", mermaid(&graph)),
    ] {
        // The page itself has none of these.
        for markup in ["<script", "<img", "<b>", "javascript:alert(1)\"", "\u{0}", "\u{1b}"] {
            assert!(!text.contains(markup), "{name} contains {markup:?}");
        }
        assert!(text.contains("alert(1)"), "{name} does not show the text");
    }
}

/// A diagram depends only on the template, not on how the template is written.
#[test]
fn pictures_depend_only_on_the_template() {
    for (name, template) in templates() {
        let graph = Graph::from_template(&template).unwrap();
        let again = Graph::from_template(&yaml::read(&template.to_string()).unwrap()).unwrap();
        assert_eq!(svg(&graph, Columns::One), svg(&again, Columns::One), "{name}");
        let mut reversed = template.clone();
        if let Some(resources) = reversed["Resources"].as_object_mut() {
            *resources = resources.clone().into_iter().rev().collect();
        }
        assert_eq!(Graph::from_template(&reversed).unwrap(), graph, "{name}: the order of resources matters");
    }
    let old = template("out/template.yaml");
    assert_eq!(page(&old, &old), page(&old, &old));
}

/// The page needs no other file, no script and no network.
#[test]
fn page_is_self_contained() {
    let (old, new) = (template("out/template.yaml"), template("tests/cases/graph/shop.yaml"));
    let text = page(&old, &new).replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    // A URL in text is harmless; in an attribute the browser would load it.
    for needs in ["<script", "<link", "@import", "url(", " src=", "=\"http", "=\"//", " onclick", "<base", "<iframe"] {
        assert!(!text.contains(needs), "the page contains {needs}");
    }
    for id in text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert_eq!(text.matches(&format!(" id=\"{id}\"")).count(), 1, "duplicate id {id}");
    }
}

#[test]
fn page_without_changes_has_one_picture() {
    let same = template("out/template.yaml");
    let text = page(&same, &same);
    assert!(text.contains("No changes to what is deployed."));
    assert_eq!(text.matches("<figure>").count(), 1);
    let report: Report = diff(&side(&json!(null)), &side(&same));
    let new = html(&report, &json!(null), &same).unwrap();
    assert_eq!(new.matches("<figure>").count(), 1, "a new stack has only the after diagram");
}

#[test]
fn graph_command_prints_every_format() {
    let synth = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_synth")).args(arguments).current_dir(root()).output().unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let graph = Graph::from_template(&template("out/template.yaml")).unwrap();
    let (code, out, err) = synth(&["graph"]);
    assert_eq!((code, out, err.as_str()), (0, svg(&graph, Columns::Two), ""));
    assert_eq!(synth(&["graph", "--narrow", "out"]).1, svg(&graph, Columns::One));
    assert_eq!(synth(&["graph", "--format", "dot", "out/template.yaml"]).1, dot(&graph));
    assert_eq!(synth(&["graph", "--format", "mermaid"]).1, mermaid(&graph));
    for (argument, expected) in [
        ("nowhere.yaml", "cannot read `nowhere.yaml`"),
        ("README.md", "`README.md` is not a template"),
        ("tests", "`tests` has no `template.yaml`"),
    ] {
        let (code, out, err) = synth(&["graph", argument]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(expected), "{err}");
    }
}

/// A card has a limited number of facts: changed facts come first, and the rest are counted.
#[test]
fn long_filters_are_cut_and_counted() {
    let with = |count: usize| {
        let actions: Vec<String> = (0..count).map(|at| format!("action_{at:03}")).collect();
        let pattern = json!({ "value": { "action": actions } }).to_string();
        let filters = json!({ "Filters": [{ "Pattern": pattern }] });
        let properties = json!({ "FunctionName": "f", "Topics": ["runs"], "FilterCriteria": filters });
        json!({ "Resources": { "Runs": { "Type": "AWS::Lambda::EventSourceMapping", "Properties": properties } } })
    };
    let (old, new) = (with(100), with(103));
    let (mut before, mut after) = (Graph::from_template(&old).unwrap(), Graph::from_template(&new).unwrap());
    let plain = svg(&after, Columns::Two);
    assert!(
        plain.contains("action_008<") && !plain.contains("action_009<") && plain.contains("and 94 more"),
        "{plain}"
    );
    mark(&mut before, &mut after, &diff(&side(&old), &side(&new)));
    let marked = svg(&after, Columns::Two);
    assert!(marked.contains("action_102<") && marked.contains("and 94 more"), "{marked}");
}
