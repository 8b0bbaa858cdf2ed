//! Sentences that a reader stumbles over do not come back: patterns of unidiomatic English, over sources, templates,
//! scripts and pages.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::root;

/// A pattern, and what to write instead.
const PATTERNS: [(&str, &str); 29] = [
    (r"\b(is|are|was|were|be) no\b", "X is not Y; does not have Y"),
    (r"\b(is|are|was|were|be) none\b", "is not one; does not exist"),
    (r"\b(is|are|was|were|be) another\b", "changed; is different"),
    (r"\bstands?\b|\bstood\b|\bstanding\b", "is; is defined; is written"),
    (r"\btold\b|\btells?\b", "report, say, show, print"),
    (r"\bwhoever\b", "those who; anyone who"),
    (r"\bnobody's\b", "say whose it is, or that nobody can"),
    (r"\bgoes without saying\b", "is the default; is implied"),
    (r"\bof before\b", "earlier; older"),
    (r"\bbr(ing|ings|ought)( (it|them|this|that))? about\b", "cause"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bwarned of\b", "warnings"),
    (r"\bhere are\b", "found"),
    (r"\b(done|applied) were\b", "were done"),
    (r"\b(hold|held|holds) against\b", "compare with"),
    (r"\bhangs? on\b", "depends on"),
    (r"\bnot said\b", "unset"),
    (r"\bof its own accord\b", "by itself"),
    (r"\bas ever\b", "as before"),
    (r"\bnot any more\b", "no longer"),
    (r"\bstays? as (it|they) (is|are)\b", "is not changed"),
    (r"\bwhat whoever\b", "name the thing"),
    (r", was ([`{]|unset)", "changed from … to …; … instead of …"),
    (r"\bexpected (a|an|one) [a-z ]+, found\b", "must be …, but this is …"),
    (r"\bexpected term\b", "say in our words what jq misses"),
    (r"\b(Lambda|CloudFormation|AWS) takes (a package of )?[\d{]", "allows at most"),
    (r"\b(characters|letters) out of\b", "letters, digits or hyphens"),
    (r"\bthe folder of your\b", "your project's folder"),
    (r"\ban intrinsic must\b", "name the function"),
];

/// Words in which a pattern is right: a part of the line, and the reason.
const ALLOWED: [(&str, &str); 5] = [
    ("is None", "Python's test of a value"),
    ("there is no", "the ordinary way to say that something does not exist"),
    ("There is no", "the same at the beginning"),
    ("there are no", "the same of several"),
    ("no longer", "an adverb"),
];

/// What people read or edit: sources, templates of text, scripts, settings and pages.
const ENDINGS: [&str; 8] = ["rs", "md", "toml", "hbs", "py", "sh", "yml", "json"];

/// Folders of sentences that are not ours, or that a test compares letter by letter.
const LEFT_OUT: [&str; 9] =
    ["target", ".git", "snapshots", "cases", "upgrade", "vectors", "out", "seeds", "node_modules"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                files(&path, found);
            }
        } else if name == "Makefile" || ENDINGS.iter().any(|ending| path.extension().is_some_and(|e| e == *ending)) {
            found.push(path);
        }
    }
}

#[test]
fn sentences_are_plain_english() {
    let patterns = PATTERNS.map(|(pattern, instead)| (Regex::new(&format!("(?i){pattern}")).unwrap(), instead));
    let mut paths = Vec::new();
    files(&root(), &mut paths);
    assert!(paths.len() > 300, "{}", paths.len());
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| !path.ends_with("docs/wording.rs") && !path.ends_with("sarif-2.1.0.json")) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        for (at, line) in text.lines().enumerate() {
            let line = ALLOWED.iter().fold(line.to_owned(), |line, (right, _)| line.replace(right, ""));
            for (pattern, instead) in &patterns {
                if let Some(words) = pattern.find(&line) {
                    let place = path.strip_prefix(root()).unwrap().display();
                    found.push(format!("{place}:{}: `{}`; write: {instead}", at + 1, words.as_str()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}\n{} places", found.join("\n"), found.len());
}
