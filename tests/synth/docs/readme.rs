//! What the README says is so.

use std::path::PathBuf;
use std::process::Command;

use documents::Source;
use documents::finding;
use review::{diff, write};
use similar::TextDiff;
use synth::{Config, build, build_with};

use crate::root;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The text of the `n`th fenced block of a language.
fn block(language: &str, n: usize) -> String {
    let readme = readme();
    let blocks: Vec<&str> = readme.split("```").skip(1).step_by(2).collect();
    let mut wanted = blocks.iter().filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    wanted.nth(n).unwrap().to_owned()
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
    let action: String = block("jsonc", 0).lines().filter(|line| !line.starts_with("//")).collect();
    let example = example();
    let (before, _) = example.rsplit_once("  ]\n}").unwrap();
    let with = format!("{},\n{action}\n  ]\n}}\n", before.trim_end());
    let (old, new) = (template(&example), template(&with));
    let hunk = TextDiff::from_lines(old.as_str(), new.as_str()).unified_diff().context_radius(2).to_string();
    let shown = block("diff", 0);
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
    let text = finding::show(&findings, &sources, false) + "1 error; nothing was written\n";
    assert_eq!(block("text", 0), text);
}

/// What it says that `synth diff` prints of the first action is what it prints.
#[test]
fn difference_is_the_one_printed() {
    let action: String = block("jsonc", 0).lines().filter(|line| !line.starts_with("//")).collect();
    let example = example();
    let (before, _) = example.rsplit_once("  ]\n}").unwrap();
    let with = format!("{},\n{action}\n  ]\n}}\n", before.trim_end());
    let report = diff(&crate::diff::cases::made(&example), &crate::diff::cases::made(&with));
    assert_eq!(block("text", 1), write::text(&report));
}

/// Every target and every file that it names is there.
#[test]
fn targets_and_files_of_the_readme_exist() {
    let readme = readme();
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let mut targets = 0;
    for rest in readme.split("make ").skip(1) {
        let target: String =
            rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-' || c.is_ascii_digit()).collect();
        if makefile.contains(&format!("\n{target}:")) {
            targets += 1;
        } else {
            assert!(!readme.contains(&format!("`make {target}`")), "no target `{target}`");
        }
    }
    assert!(targets >= 8, "the README names {targets} targets");
    for file in [
        "params.example.yaml",
        "samconfig.toml",
        "synth.toml",
        "out/port/vm.json",
        "handler/examples/provision.rs",
        "blueprints/vm.json",
    ] {
        assert!(readme.contains(file) && root().join(file).exists(), "{file}");
    }
}

/// The Rust that it shows stands in the example that CI compiles.
#[test]
fn rust_is_part_of_the_example() {
    let example = std::fs::read_to_string(root().join("handler/examples/provision.rs")).unwrap();
    for line in block("rust", 0).lines().filter(|line| !line.trim().is_empty()) {
        assert!(example.contains(line.trim()), "{line}");
    }
}

/// The mapping that it explains is one that `synth` takes.
#[test]
fn runner_of_the_readme_is_accepted() {
    let runner = block("jsonc", 1);
    let vm = r#"{"identifier": "vm", "title": "VM", "schema": {"properties": {"cpu_cores": {"type": "number"}, "deployed": {"type": "string"}}},
        "relations": {"zone": {"target": "zone", "required": false, "many": false}},
        "actions": [{"identifier": "a", "title": "A", "trigger": "CREATE", "invocationMethod": "KAFKA",
            "userInputs": {"properties": {"title": {"type": "string"}, "cpu": {"type": "number"}, "zone": {"type": "string", "format": "entity", "blueprint": "zone"}}},
            RUNNER }]}"#;
    template(&vm.replace("RUNNER", &runner));
}

/// Every command that it names is one, with the options that stand beside it.
#[test]
fn commands_of_the_readme_exist() {
    let readme = readme();
    let quoted = readme.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.strip_prefix("synth "));
    let mut tried = 0;
    for line in quoted {
        let words = line.split_whitespace().map(|word| if word == "COMMAND" { "build" } else { word });
        let words: Vec<&str> = words.filter(|word| !word.starts_with('[')).collect();
        // `help` takes no `--help`; a word of its own shows that it is known.
        let help: &[&str] = if words.first() == Some(&"help") { &[] } else { &["--help"] };
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_synth"));
        let output = command.args(&words).args(help).output().unwrap();
        assert!(output.status.success(), "`synth {line}`: {}", String::from_utf8_lossy(&output.stderr));
        tried += 1;
    }
    assert!(tried >= 10, "{tried}");
}

/// The overrides that it shows are taken without a word.
#[test]
fn overrides_of_the_readme_are_accepted() {
    let sources = vec![Source::new(PathBuf::from("blueprints/vm.json"), &example())];
    let overrides = Source::new(PathBuf::from("overrides.json"), &block("jsonc", 2));
    let (sources, findings, built) = build_with(sources, &Config::default(), Some(overrides)).unwrap();
    assert_eq!(findings.iter().count(), 0, "{}", finding::show(&findings, &sources, false));
    let built = built.unwrap();
    let template = built.template_yaml();
    assert!(template.contains("EphemeralStorage:") && !template.contains("OffsetLagAlarm:"));
}

/// The workflow's command runs, and writes what is uploaded.
#[test]
fn workflow_of_the_readme_writes_sarif() {
    let workflow: serde_json::Value = serde_saphyr::from_str(&block("yaml", 1)).unwrap();
    let command = workflow["steps"][1]["run"].as_str().unwrap();
    let (command, file) = command.split_once(" > ").unwrap();
    let arguments = command.strip_prefix("cargo run --quiet -p synth -- ").unwrap().split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_synth")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&log["version"], file),
        (&serde_json::Value::from("2.1.0"), workflow["steps"][2]["with"]["sarif_file"].as_str().unwrap())
    );
}
