//! The reference page of findings, `docs/findings.md`, matches what the code finds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use documents::Findings;
use documents::Source;
use documents::finding::code::{self, PAGE};
use documents::upgrade::{Upgrade, upgrade};
use serde_json::{Value, json};
use synth::{Config, Parameters, build_with};

use crate::{only, root};

fn blueprint() -> Value {
    let (_, text) = PAGE.split_once("```json blueprint\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    serde_json::from_str(text).unwrap()
}

/// Returns the findings of a run over an example.
fn run(kind: &str, text: &str) -> Findings {
    let mut blueprint = blueprint();
    let (mut input, mut config, mut overrides, mut parameters) = (blueprint.to_string(), String::new(), None, None);
    match kind {
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
                Upgrade::Current | Upgrade::Changed(_) => Findings::default(),
            };
        }
        "synth.toml" => text.clone_into(&mut config),
        "params.dev.yaml" => parameters = Some(Parameters::of(Source::new(PathBuf::from(kind), text))),
        other => panic!("{other}"),
    }
    let (config, mistaken) = match Config::parse("synth.toml", &config) {
        Ok(config) => (config, None),
        Err(mistaken) => (Config::default(), Some(mistaken)),
    };
    let sources = vec![Source::new(PathBuf::from("blueprints/example.json"), &input)];
    let (mut sources, mut findings, built) = build_with(sources, &config, overrides).unwrap();
    if let (Some(parameters), Some(built)) = (parameters, built) {
        parameters.check(&built.template, &mut sources, &mut findings);
    }
    if let Some(mistaken) = mistaken {
        mistaken.report(&mut sources, &mut findings);
    }
    findings
}

/// Codes without an example, because it would be too long, is not text or needs a Port. `check/input.rs`,
/// `build/quotas.rs`, `build/package.rs` and `port/` test them.
const WITHOUT_EXAMPLE: [&str; 10] = [
    "unreadable",
    "too-large",
    "port-refused",
    "template-needs-bucket",
    "template-too-large",
    "too-many-entries",
    "environment-too-large",
    "plan-too-large",
    "stale",
    "function",
];

#[test]
fn wrong_examples_cause_their_finding_and_corrected_ones_none() {
    let alone = run("file", &blueprint().to_string());
    assert!(alone.iter().all(|finding| finding.code == "nothing-to-run"), "the examples' blueprint has no findings");
    let mut wrong = Vec::new();
    for code in code::codes() {
        let Some(example) = code.example() else {
            assert!(WITHOUT_EXAMPLE.contains(&code.name), "{} has no example", code.name);
            assert!(!code.text.contains("```"), "{}: the example cannot be read", code.name);
            continue;
        };
        assert_eq!(code.text.matches("```").count(), 4, "{}: one example", code.name);
        let wide = |line: &&str| line.chars().count() > EXAMPLE_WIDTH && !is_one_string(line);
        let wide: Vec<&str> =
            [example.wrong, example.corrected].iter().flat_map(|text| text.lines().filter(wide)).collect();
        assert!(wide.is_empty(), "{}: too wide for a terminal: {wide:?}", code.name);
        let findings = run(example.kind, example.wrong);
        let mut caused = findings.iter().filter(|finding| finding.code == code.name).peekable();
        if caused.peek().is_none() || caused.any(|finding| finding.severity != code.severity) {
            wrong.push(format!("{} wrong: {}", code.name, listed(&findings)));
        }
        let findings = run(example.kind, example.corrected);
        // Many examples are blueprints without actions.
        if findings.iter().any(|finding| finding.code != "nothing-to-run" || finding.code == code.name) {
            wrong.push(format!("{} corrected: {}", code.name, listed(&findings)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The widest line of an example, so that `synth explain`, which indents it, fits into 80 columns.
const EXAMPLE_WIDTH: usize = 76;

/// Returns whether a line of JSON is one key with a string, which cannot be wrapped.
fn is_one_string(line: &str) -> bool {
    let value = line.trim().trim_end_matches(',').split_once(": ").map_or("", |(_, value)| value);
    serde_json::from_str::<String>(value).is_ok()
}

fn listed(findings: &Findings) -> String {
    findings.iter().map(|finding| format!("{} ({})", finding.code, finding.message)).collect::<Vec<_>>().join(", ")
}

/// Every code in the source has a section, and every section has a code in the source.
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
    assert!(unused.is_empty(), "docs/findings.md has codes that the source does not use: {unused:?}");
    assert_eq!(page.len(), code::codes().count(), "a code has two sections");
}

/// The page equals the register that is compiled in.
#[test]
fn page_equals_the_register() {
    let page = std::fs::read_to_string(root().join("docs/findings.md")).unwrap();
    assert!(page == PAGE, "docs/findings.md is stale; write it with `make findings`");
}

/// Words that look like a code but are not.
const NO_CODES: [&str; 2] = ["self-service", "cfn-lint"];

/// Calls that have a code among their arguments.
const CALLS: [&str; 8] =
    [".error(", ".warning(", ".add(", ".report(", ".fails(", "Fault::new(", "Misfit::new(", "Misfit::mirrored("];

/// Returns the codes among the arguments of such calls, first in a pair that becomes a finding, or after `code:`.
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

/// Returns the string literals among the arguments of a call, without those of nested calls.
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
