//! Builds `tests/cases/build/*`.

use documents::finding;
use insta::assert_snapshot;
use synth::files;
use synth::{Config, build};

use crate::cases::{folders, settings};
use crate::root;

#[test]
fn build_cases() {
    for folder in folders(&root().join("tests/cases/build")) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let config = Config::load(&folder.join("synth.toml"), false).unwrap().unwrap();
        let sources = files::read(std::slice::from_ref(&folder)).unwrap();
        let (sources, findings, built) = build(sources, &config).unwrap();
        assert!(!findings.refuse(), "{name}: {}", finding::show(&findings, &sources, false));
        let built = built.unwrap();
        settings(&format!("build/{name}")).bind(|| {
            // The schemas do not depend on the input; `repository` compares those in version control.
            for (path, text) in built.files().unwrap().0.iter().filter(|(path, _)| !path.starts_with("schema")) {
                // Parts that are the same in every case are only in the tutorial's snapshot.
                let text = match path.to_str() {
                    Some("template.yaml") if name != "tutorial" => runner_alone(text),
                    _ => text.clone(),
                };
                assert_snapshot!(path.to_string_lossy().replace('/', "-"), text);
            }
        });
    }
}

/// The function and the alarms: the parts of a template that depend on the input.
fn runner_alone(template: &str) -> String {
    let start = template.find("\n  Runner:\n").unwrap();
    let end = template.find("\nOutputs:\n").unwrap();
    template[start..end].to_owned()
}
