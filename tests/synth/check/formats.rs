//! Output formats of findings: all name the same place.

use std::path::{Path, PathBuf};

use documents::finding::Place;
use documents::{Findings, Source, Sources, finding};
use insta::assert_snapshot;
use serde_json::Value;
use synth::mapping::check;

use crate::cases::{folders, settings};
use crate::root;

/// Where the number 2 is: line, column in characters, column in UTF-16, byte of the file.
const PLACES: [(&str, &str, [usize; 4]); 8] = [
    ("plain", "{\"a\": 1, \"b\": 2}", [1, 15, 15, 14]),
    ("CRLF", "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}", [3, 8, 8, 21]),
    ("byte order mark", "\u{feff}{\"b\": 2}", [1, 7, 7, 9]),
    ("tabs", "{\n\t\t\"b\":\t2}", [2, 8, 8, 9]),
    ("wide characters in a comment", "{ /* 漢字 */ \"b\": 2 }", [1, 17, 17, 20]),
    ("combining characters", "{ \"e\u{301}\": 1, \"b\": 2 }", [1, 17, 17, 17]),
    ("emoji", "{ \"👩\u{200d}💻\": 1, \"b\": 2 }", [1, 18, 20, 25]),
    (
        "a line comment with all of them",
        "\u{feff}// 👩\u{200d}💻 e\u{301} 漢\r\n{\t/* 💻 */ \"b\": 2 }",
        [2, 16, 17, 45],
    ),
];

fn finding(text: &str) -> (Sources, Findings) {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let file = sources.add(Source::new(PathBuf::from("x.json"), text));
    findings.error(file, Place::Value("/b".to_owned()), "wrong-type", "here");
    (sources, findings)
}

#[test]
fn formats_name_the_same_place() {
    for (name, text, [line, column, utf16, byte]) in PLACES {
        assert_eq!(&text[byte..=byte], "2", "{name}: the table is wrong");
        let (sources, findings) = finding(text);
        let shown = finding::show(&findings, &sources, false);
        assert!(shown.contains(&format!("[x.json:{line}:{column}]")), "{name}: {shown}");

        let json: Value = serde_json::from_str(&finding::json(&findings, &sources)).unwrap();
        let point = |column, byte| serde_json::json!({ "line": line, "column": column, "byte": byte });
        assert_eq!(
            (&json[0]["start"], &json[0]["end"]),
            (&point(column, byte), &point(column + 1, byte + 1)),
            "{name}"
        );

        let sarif: Value = serde_json::from_str(&finding::sarif(&findings, &sources, Path::new("/"))).unwrap();
        let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
        let want =
            serde_json::json!({ "startLine": line, "startColumn": utf16, "endLine": line, "endColumn": utf16 + 1 });
        assert_eq!(region, &want, "{name}");
    }
}

#[test]
fn carets_mark_the_value() {
    let shown: Vec<String> = PLACES
        .iter()
        .map(|(name, text, _)| {
            let (sources, findings) = finding(text);
            format!("{name}\n{}", finding::show(&findings, &sources, false))
        })
        .collect();
    settings("formats").bind(|| assert_snapshot!("carets", shown.concat()));
}

fn cases() -> (Sources, Findings) {
    let mut findings = Findings::default();
    let sources = folders(&root().join("tests/cases/refuse")).into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        Source::new(path.strip_prefix(root()).unwrap().to_owned(), &text)
    });
    let sources = sources.collect();
    let catalog = documents::load(&sources, &mut findings);
    check::check(&catalog, &mut findings);
    (sources, findings)
}

/// Validates against the schema that is part of the standard.
#[test]
fn sarif_matches_the_standard_schema() {
    let mut schema: Value = serde_json::from_str(include_str!("sarif-2.1.0.json")).unwrap();
    // Its pattern has one bracket too many, which stricter engines refuse. We do not write `language`.
    for owner in ["run", "toolComponent"] {
        schema["definitions"][owner]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (sources, findings) = cases();
    for findings in [&findings, &Findings::default()] {
        let log: Value = serde_json::from_str(&finding::sarif(findings, &sources, Path::new("/work/here"))).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&log).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), findings.iter().count());
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let mut fingerprints = Vec::new();
        for result in results {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("```"), "{rule}");
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
            assert!(place["artifactLocation"]["uri"].as_str().unwrap().starts_with("tests/cases/refuse/"));
            assert!(place["region"]["startLine"].as_u64() > Some(0));
            fingerprints.push(result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap());
        }
        fingerprints.sort_unstable();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), results.len(), "fingerprints are unique");
        assert_eq!(run["originalUriBaseIds"]["SRCROOT"]["uri"], "file:///work/here/");
    }
}

fn sarif_of(path: &str, text: &str) -> Value {
    let mut findings = Findings::default();
    let sources = Source::new(PathBuf::from(path), text).into();
    let catalog = documents::load(&sources, &mut findings);
    check::check(&catalog, &mut findings);
    let log: Value = serde_json::from_str(&finding::sarif(&findings, &sources, Path::new("/a/b"))).unwrap();
    log["runs"][0]["results"].clone()
}

/// An alert keeps its fingerprint when lines or actions are inserted before it.
#[test]
fn fingerprints_survive_unrelated_edits() {
    let action = r#"{"identifier": "stop", "title": "S", "trigger": "DAY-2", "invocationMethod": "KAFKA",
      "runner": {"entity": {"properties": {"nope": 1}}}}"#;
    let other = r#"{"identifier": "start", "title": "S", "trigger": "DAY-2", "invocationMethod": "KAFKA"}"#;
    let file = |actions: &str| {
        format!(r#"{{"identifier": "vm", "title": "VM", "schema": {{"properties": {{}}}}, "actions": [{actions}]}}"#)
    };
    let print = |text: &str| {
        let results = sarif_of("vm.json", text);
        assert_eq!(results.as_array().unwrap().len(), 1, "{results}");
        results[0]["partialFingerprints"]["primaryLocationLineHash"].clone()
    };
    let first = print(&file(action));
    assert_eq!(first, print(&format!("// a comment\n\n{}", file(action))));
    assert_eq!(first, print(&file(&format!("{other},{action}"))));
    assert_ne!(first, print(&file(&action.replace("stop", "halt"))));
    assert_ne!(first, print(&file(&action.replace("nope", "none"))));
}

#[test]
fn paths_are_uris() {
    for (path, uri, base) in [
        ("x.json", "x.json", Some("SRCROOT")),
        ("./c/../x.json", "x.json", Some("SRCROOT")),
        ("/a/b/c/x.json", "c/x.json", Some("SRCROOT")),
        ("../x.json", "file:///a/x.json", None),
        ("/x.json", "file:///x.json", None),
        ("größe 1/a#b%.json", "gr%C3%B6%C3%9Fe%201/a%23b%25.json", Some("SRCROOT")),
    ] {
        let results = sarif_of(path, "{}");
        let artifact = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!((artifact["uri"].as_str(), artifact["uriBaseId"].as_str()), (Some(uri), base), "{path}");
    }
}

#[test]
fn related_places_are_included() {
    let text = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {}}}"#;
    let mut findings = Findings::default();
    let sources = ["a.json", "b.json"].map(|name| Source::new(PathBuf::from(name), text)).into_iter().collect();
    documents::load(&sources, &mut findings);
    let json: Value = serde_json::from_str(&finding::json(&findings, &sources)).unwrap();
    let (finding, related) = (&json[0], &json[0]["related"][0]);
    assert_eq!((&finding["file"], &related["file"]), (&Value::from("b.json"), &Value::from("a.json")));
    assert_eq!((&finding["start"], &related["message"]), (&related["start"], &Value::from("first here")));
    let sarif: Value = serde_json::from_str(&finding::sarif(&findings, &sources, Path::new("/"))).unwrap();
    let related = &sarif["runs"][0]["results"][0]["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "a.json");
}

#[test]
fn no_findings_are_an_empty_list() {
    assert_eq!(finding::json(&Findings::default(), &Sources::default()), "[]\n");
}
