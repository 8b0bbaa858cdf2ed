//! What the README and the pages of `docs/` show is so.

use std::path::PathBuf;

use documents::Source;
use documents::finding;
use review::{diff, write};
use similar::TextDiff;
use synth::{Config, build, build_with};

use super::pages::Page;
use crate::root;

/// The README's action, and the template's file with it.
fn with_action() -> String {
    let readme = Page::read("README.md");
    let action: String = readme.block("jsonc", 0).lines().filter(|line| !line.starts_with("//")).collect();
    let example = example();
    let (before, _) = example.rsplit_once("  ]\n}").unwrap();
    format!("{},\n{action}\n  ]\n}}\n", before.trim_end())
}

fn example() -> String {
    std::fs::read_to_string(root().join("blueprints/vm.json")).unwrap()
}

fn template(vm: &str) -> String {
    let sources = vec![Source::new(PathBuf::from("blueprints/vm.json"), vm)];
    let (sources, findings, built) = build(sources, &Config::default()).unwrap();
    let built = built.unwrap_or_else(|| panic!("{}", finding::show(&findings, &sources, false)));
    built.template_yaml().to_owned()
}

/// The JSON it opens with makes just the hunk that it shows.
#[test]
fn first_action_makes_the_shown_hunk() {
    let (example, with) = (example(), with_action());
    let (old, new) = (template(&example), template(&with));
    let hunk = TextDiff::from_lines(old.as_str(), new.as_str()).unified_diff().context_radius(2).to_string();
    let readme = Page::read("README.md");
    let shown = readme.block("diff", 0);
    let changed: Vec<&str> = hunk.lines().filter(|line| !line.starts_with("@@")).collect();
    let shown: Vec<&str> = shown.lines().collect();
    // The README leaves out what follows the change.
    assert_eq!(changed[..shown.len()], shown[..]);
    assert!(changed[shown.len()..].iter().all(|line| line.starts_with(' ')), "{hunk}");
}

/// The finding that it shows is the one that this mistake brings.
#[test]
fn finding_is_the_one_printed() {
    let wrong = example().replace(r#""cpu_cores": "{{ .inputs.cpu }}""#, r#""cpu_cores": "{{ .inputs.region }}""#);
    let mut findings = documents::Findings::default();
    let sources = Source::new(PathBuf::from("blueprints/vm.json"), &wrong).into();
    let catalog = documents::load(&sources, &mut findings);
    synth::mapping::check::check(&catalog, &mut findings);
    let text = finding::show(&findings, &sources, false) + "1 error\n";
    assert_eq!(Page::read("README.md").block("text", 0), text);
}

/// What it says that `synth diff` prints of the first action is what it prints.
#[test]
fn difference_is_the_one_printed() {
    let (example, with) = (example(), with_action());
    let report = diff(&crate::diff::cases::made(&example), &crate::diff::cases::made(&with));
    assert_eq!(Page::read("docs/review.md").block("text", 0), write::text(&report));
}

/// The Rust that is shown is part of the example that CI compiles, in the same order; the example has more.
#[test]
fn rust_is_part_of_the_example() {
    let example = std::fs::read_to_string(root().join("synth/src/scaffold/runner/src/main.rs")).unwrap();
    let page = Page::read("docs/own-code.md");
    let mut rest = example.lines().map(str::trim);
    let shown: Vec<&str> = page.block("rust", 0).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(shown.len() > 5, "{shown:?}");
    for line in shown {
        assert!(rest.any(|ours| ours == line), "{line}");
    }
}

/// The mapping that it explains is one that `synth` takes.
#[test]
fn runner_of_the_readme_is_accepted() {
    let (readme, commands) = (Page::read("README.md"), Page::read("docs/commands.md"));
    let vm = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {"cpu_cores": {"type": "number"}, "deployed": {"type": "string"}}},
        "relations": {"zone": {"target": "zone", "required": false, "many": false}},
        "actions": [{"identifier": "a", "title": "A", "trigger": "CREATE", "invocationMethod": "KAFKA",
            "userInputs": {"properties": {"title": {"type": "string"}, "cpu": {"type": "number"}, "zone": {"type": "string", "format": "entity", "blueprint": "zone"}}},
            RUNNER }]}"#;
    for runner in [readme.block("jsonc", 1), commands.block("jsonc", 1)] {
        template(&vm.replace("RUNNER", runner));
    }
}

/// The overrides that it shows are taken without a word.
#[test]
fn overrides_of_the_readme_are_accepted() {
    let sources = vec![Source::new(PathBuf::from("blueprints/vm.json"), &example())];
    let overrides = Source::new(PathBuf::from("overrides.json"), Page::read("docs/commands.md").block("jsonc", 0));
    let (sources, findings, built) = build_with(sources, &Config::default(), Some(overrides)).unwrap();
    assert_eq!(findings.iter().count(), 0, "{}", finding::show(&findings, &sources, false));
    let built = built.unwrap();
    let template = built.template_yaml();
    assert!(template.contains("EphemeralStorage:") && !template.contains("OffsetLagAlarm:"));
}

/// The workflow's command runs, and writes what is uploaded.
#[test]
fn workflow_of_the_readme_writes_sarif() {
    let workflow: serde_json::Value = serde_saphyr::from_str(Page::read("docs/review.md").block("yaml", 1)).unwrap();
    let steps = workflow["steps"].as_array().unwrap();
    let at = steps.iter().position(|step| step["run"].as_str().is_some_and(|run| run.contains("sarif"))).unwrap();
    let command = steps[at]["run"].as_str().unwrap();
    let (command, file) = command.split_once(" > ").unwrap();
    let arguments = command.strip_prefix("cargo run --quiet -p synth -- ").unwrap().split(' ');
    let workspace = super::shell::checkout();
    let output = workspace.synth(&arguments.collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&log["version"], file),
        (&serde_json::Value::from("2.1.0"), steps[at + 1]["with"]["sarif_file"].as_str().unwrap())
    );
}
