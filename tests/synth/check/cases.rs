//! `tests/cases/refuse/*` have errors or warnings.

use std::path::PathBuf;

use documents::Source;
use documents::{Findings, finding};
use insta::assert_snapshot;
use synth::mapping::check;

use crate::cases::{folders, settings};
use crate::root;

#[test]
fn refuse_cases() {
    for file in folders(&root().join("tests/cases/refuse")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut findings = Findings::default();
        let sources = Source::new(PathBuf::from(&name), &text).into();
        let catalog = documents::load(&sources, &mut findings);
        check::check(&catalog, &mut findings);
        assert!(findings.iter().count() > 0, "{name} is not found wrong");
        settings("refuse").bind(|| assert_snapshot!(name, finding::show(&findings, &sources, false)));
    }
}

/// The same blueprint and the same action in two files.
#[test]
fn duplicate_identifiers_across_files() {
    let text = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {}},
 "actions": [{"identifier": "x", "title": "X", "trigger": "CREATE", "invocationMethod": "KAFKA"}]}"#;
    let mut findings = Findings::default();
    let sources = ["a.json", "b.json"].map(|name| Source::new(PathBuf::from(name), text)).into_iter().collect();
    documents::load(&sources, &mut findings);
    settings("refuse").bind(|| assert_snapshot!("two-files", finding::show(&findings, &sources, false)));
}
