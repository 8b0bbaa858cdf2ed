//! `tests/cases/build/*` are synthesized, `tests/cases/refuse/*` are refused or warned of.

use std::path::{Path, PathBuf};

use documents::Source;
use documents::{Findings, finding};
use insta::{Settings, assert_snapshot};
use synth::files;
use synth::mapping::check;
use synth::{Config, build};

use crate::root;

/// Snapshots go below `tests/snapshots`.
pub(crate) fn settings(snapshots: &str) -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(root().join("tests/snapshots").join(snapshots));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// What a folder of cases holds, by name.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(entries.len() > 1, "no cases in {}", path.display());
    entries
}

#[test]
fn build_cases() {
    for folder in folders(&root().join("tests/cases/build")) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let config = Config::load(&folder.join("synth.toml"), false).unwrap().unwrap();
        let sources = files::read(std::slice::from_ref(&folder)).unwrap();
        let (sources, findings, built) = build(sources, &config).unwrap();
        assert!(!findings.refuse(), "{name}: {}", finding::show(&findings, &sources, false));
        let built = built.unwrap();
        settings(&name).bind(|| {
            // The schemas depend on no input; the checked-in ones are compared in `repository`.
            for (path, text) in built.output.0.iter().filter(|(path, _)| !path.starts_with("schema")) {
                // What is the same in every case is snapshotted once, in the tutorial's.
                let text = match path.to_str() {
                    Some("template.yaml") if name != "tutorial" => runner_alone(text),
                    _ => text.clone(),
                };
                assert_snapshot!(path.to_string_lossy().replace('/', "-"), text);
            }
        });
    }
}

/// The function and the alarms: all of a template that depends on the input.
fn runner_alone(template: &str) -> String {
    let start = template.find("\n  Runner:\n").unwrap();
    let end = template.find("\nOutputs:\n").unwrap();
    template[start..end].to_owned()
}

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
fn two_files_with_the_same_identifiers() {
    let text = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {}},
 "actions": [{"identifier": "x", "title": "X", "trigger": "CREATE", "invocationMethod": "KAFKA"}]}"#;
    let mut findings = Findings::default();
    let sources = ["a.json", "b.json"].map(|name| Source::new(PathBuf::from(name), text)).into_iter().collect();
    documents::load(&sources, &mut findings);
    settings("refuse").bind(|| assert_snapshot!("two-files", finding::show(&findings, &sources, false)));
}
