//! A file with thousands of findings: people see the first hundred, tools get all of them.

use std::fmt::Write;
use std::path::PathBuf;

use documents::finding::{self, Severity};
use documents::{Findings, Source, Sources};

use crate::workspace::{Workspace, code, text};

/// A blueprint with so many unknown keys, which are warnings, and below them so many unknown types, which are errors.
fn blueprint(warnings: usize, errors: usize) -> String {
    let mut text = "{\n".to_owned();
    for at in 0..warnings {
        let _ = writeln!(text, r#"  "unknown{at}": 1,"#);
    }
    let properties: Vec<String> = (0..errors).map(|at| format!(r#"    "p{at}": {{ "type": "integer" }}"#)).collect();
    let properties = properties.join(",\n");
    text + &format!(
        "  \"identifier\": \"vm\",\n  \"title\": \"VM\",\n  \"schema\": {{ \"properties\": {{\n{properties}\n  }} }}\n}}\n"
    )
}

fn check(text: &str) -> (Findings, Sources) {
    let sources = Sources::from(Source::new(PathBuf::from("vm.json"), text));
    let mut findings = Findings::default();
    documents::load(&sources, &mut findings);
    (findings, sources)
}

fn shown(text: &str) -> usize {
    text.matches("╭─[").count()
}

#[test]
fn text_stops_at_100_findings_and_json_and_sarif_have_all() {
    for (count, want) in [(100, None), (101, Some("… and 1 more\n")), (5000, Some("… and 4 900 more\n"))] {
        let (findings, sources) = check(&blueprint(0, count));
        assert_eq!(findings.count(Severity::Error), count);
        let text = finding::show(&findings, &sources, false);
        assert_eq!(shown(&text), 100);
        match want {
            Some(line) => assert!(text.ends_with(&format!("\n\n{line}")), "{count}"),
            None => assert!(!text.contains("more")),
        }
        assert!(text.contains("vm.json:5:") && text.contains("vm.json:104:"), "the first ones are shown");
        let json: serde_json::Value = serde_json::from_str(&finding::json(&findings, &sources)).unwrap();
        assert_eq!(json.as_array().unwrap().len(), count);
        let sarif = finding::sarif(&findings, &sources, &PathBuf::from("/"));
        let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), count);
    }
}

#[test]
fn warnings_do_not_hide_errors() {
    let (findings, sources) = check(&blueprint(150, 2));
    let text = finding::show(&findings, &sources, false);
    assert_eq!(shown(&text), 100);
    assert_eq!((text.matches("unknown-variant\n").count(), text.matches("unknown-key\n").count()), (2, 98));
    assert!(text.ends_with("\n\n… and 52 more\n"));
}

#[test]
fn the_counts_at_the_end_include_what_is_not_shown() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/vm.json"), blueprint(3, 5000)).unwrap();
    let output = workspace.synth(&["check"]);
    assert_eq!(code(&output), 1);
    let words = text(&output.stderr);
    assert!(words.ends_with("\n… and 4 903 more\n5000 errors and 3 warnings\n"), "{words}");
}

/// A million findings are counted, and the first of each severity are listed.
#[test]
fn tools_get_the_first_10_000_of_each_severity() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("blueprints/vm.json"), blueprint(30_000, 40_000)).unwrap();
    let output = workspace.synth(&["check", "--message-format", "json"]);
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    for severity in ["error", "warning"] {
        assert_eq!(findings.iter().filter(|finding| finding["severity"] == severity).count(), 10_000);
    }
    let note = "note: only the first 10 000 errors and as many warnings are listed\n";
    assert_eq!(text(&output.stderr), format!("{note}40000 errors and 30000 warnings\n"));
    let words = text(&workspace.synth(&["check"]).stderr);
    assert!(words.ends_with("\n… and 69 900 more\n40000 errors and 30000 warnings\n"), "{}", words.len());
}
