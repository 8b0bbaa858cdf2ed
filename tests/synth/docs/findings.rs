//! The reference page of findings, `docs/findings.md`, held to its word.

use std::collections::BTreeSet;
use std::path::PathBuf;

use documents::Findings;
use documents::Source;
use documents::finding::Finding;
use documents::finding::code::{self, PAGE};
use documents::upgrade::{Upgrade, upgrade};
use serde_json::{Value, json};
use synth::{Config, build_with};

use crate::{only, root};

/// The text of the fenced block with this heading, and of every section's.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let fenced = text.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

fn blueprint() -> Value {
    let (_, text) = blocks(PAGE).into_iter().find(|(heading, _)| *heading == "json blueprint").unwrap();
    serde_json::from_str(text).unwrap()
}

/// What a run over an example finds.
fn run(heading: &str, text: &str) -> Findings {
    let mut blueprint = blueprint();
    let (mut input, mut config, mut overrides) = (blueprint.to_string(), String::new(), None);
    match heading.split_once(' ').unwrap().1 {
        "file" => text.clone_into(&mut input),
        "action" => {
            blueprint["actions"] = json!([serde_json::from_str::<Value>(text).unwrap()]);
            input = blueprint.to_string();
        }
        "overrides.json" => overrides = Some(Source::new(PathBuf::from("overrides.json"), text)),
        "upgrade" => {
            let source = Source::new(PathBuf::from("blueprints/example.json"), text);
            return match upgrade(only(&source), &source, None).unwrap() {
                Upgrade::Refused(findings) => findings,
                other => panic!("{other:?}"),
            };
        }
        "synth.toml" => text.clone_into(&mut config),
        other => panic!("{other}"),
    }
    let (config, mistaken) = match Config::parse("synth.toml", &config) {
        Ok(config) => (config, None),
        Err(mistaken) => (Config::default(), Some(mistaken)),
    };
    let sources = vec![Source::new(PathBuf::from("blueprints/example.json"), &input)];
    let (mut sources, mut findings, _) = build_with(sources, &config, overrides).unwrap();
    if let Some(mistaken) = mistaken {
        mistaken.report(&mut sources, &mut findings);
    }
    findings
}

/// Codes whose examples would be longer than anybody reads, or need a Port; `build/quotas.rs` and `port/` bring them
/// about.
const WITHOUT_EXAMPLE: [&str; 7] = [
    "port-refused",
    "template-needs-bucket",
    "template-too-large",
    "too-many-entries",
    "environment-too-large",
    "plan-too-large",
    "stale",
];

#[test]
fn examples_bring_their_finding() {
    assert_eq!(run("json file", &blueprint().to_string()).iter().count(), 0, "the examples' blueprint is clean");
    for code in code::codes() {
        let examples = blocks(code.text);
        assert_eq!(examples.is_empty(), WITHOUT_EXAMPLE.contains(&code.name), "{}", code.name);
        for (heading, text) in examples {
            let findings = run(heading, text);
            let told: Vec<&Finding> = findings.iter().filter(|finding| finding.code == code.name).collect();
            let all: Vec<(&str, &str)> =
                findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
            assert!(!told.is_empty(), "{}: {all:?}", code.name);
            assert!(told.iter().all(|finding| finding.severity == code.severity), "{}: {all:?}", code.name);
        }
    }
}

/// Every code that the source uses has its section, and every section is of a code that the source uses.
#[test]
fn page_has_exactly_the_codes_of_the_source() {
    let mut used = BTreeSet::new();
    let mut source = String::new();
    for text in ["documents/src", "synth/src"].iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let (text, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        used.extend(codes_in(text));
        source.push_str(text);
    }
    let page: BTreeSet<String> = code::codes().map(|code| code.name.to_owned()).collect();
    assert!(used.len() > 50, "the source uses {} codes", used.len());
    let missing: Vec<&String> = used.difference(&page).collect();
    assert!(missing.is_empty(), "docs/findings.md lacks {missing:?}");
    let unused: Vec<&String> = page.iter().filter(|code| !source.contains(&format!("\"{code}\""))).collect();
    assert!(unused.is_empty(), "docs/findings.md explains what nothing finds: {unused:?}");
    assert_eq!(page.len(), code::codes().count(), "a code has two sections");
}

/// The page that people read is the register that is compiled in.
#[test]
fn page_equals_the_register() {
    let page = std::fs::read_to_string(root().join("docs/findings.md")).unwrap();
    assert!(page == PAGE, "docs/findings.md is not documents/src/finding/findings.md; copy it there");
}

/// Words that stand like a code and are none.
const NO_CODES: [&str; 2] = ["self-service", "cfn-lint"];

/// Calls that take a code among their arguments.
const CALLS: [&str; 8] =
    [".error(", ".warning(", ".add(", ".report(", ".fails(", "Fault::new(", "Misfit::new(", "Misfit::mirrored("];

/// Codes stand among the arguments of such a call, first in a pair that becomes a finding, or behind `code:`.
fn codes_in(text: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (_, rest) in text.match_indices("code: \"").map(|(at, found)| (at, &text[at + found.len()..])) {
        codes.extend(rest.split('"').next().filter(|literal| is_word(literal)).map(str::to_owned));
    }
    for call in CALLS {
        for (at, _) in text.match_indices(call) {
            codes.extend(arguments(&text[at + call.len()..]).find(|literal| is_word(literal)));
        }
    }
    for (at, _) in text.match_indices("(\"") {
        let literal = text[at + 2..].split('"').next().unwrap();
        let next = text[at + 2 + literal.len() + 1..].chars().next();
        if literal.contains('-') && is_word(literal) && next == Some(',') && !NO_CODES.contains(&literal) {
            codes.insert(literal.to_owned());
        }
    }
    codes
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// The string literals among the arguments of a call themselves, nested calls left out.
fn arguments(text: &str) -> impl Iterator<Item = String> {
    let mut literals = Vec::new();
    let mut depth = 1;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '"' => {
                let mut literal = String::new();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    literal.push(c);
                    if c == '\\' {
                        literal.extend(chars.next());
                    }
                }
                if depth == 1 {
                    literals.push(literal);
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    literals.into_iter()
}

pub(super) fn rust_files(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

#[test]
fn scan_finds_codes_in_source() {
    let text = r#"
        findings.error(file, Place::Value("/some-thing".to_owned()), "first-code", format!("x {}", "no-code"));
        faults.warning("", "single", message).help("no-code");
        return Err(("in-a-pair", "text"));
        wrong("by-a-closure", "text");
        Broken { code: "in-a-field", words };
        kind("self-service", 1); other("not-a-code");
    "#;
    let codes: Vec<String> = codes_in(text).into_iter().collect();
    assert_eq!(codes, ["by-a-closure", "first-code", "in-a-field", "in-a-pair", "single"]);
}
