//! What ARCHITECTURE.md says of the code is so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::findings::rust_files;
use crate::root;

fn page() -> String {
    std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The rows of the table below a heading, as the texts of their cells.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = page();
    let (_, section) = page.split_once(heading).unwrap();
    let section = section.split("\n#").next().unwrap();
    let table = section.lines().filter(|line| line.starts_with("| "));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    table.skip(1).map(cells).collect()
}

/// The words in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A public type's name means one thing, or the glossary says which two.
#[test]
fn public_type_names_are_unique_or_in_the_glossary() {
    let mut files: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let crates = ["model", "port", "documents", "review", "synth", "handler", "local", "fuzz"];
    let texts = crates.iter().flat_map(|name| rust_files(&root().join(name).join("src")));
    for (file, text) in texts.enumerate() {
        for line in text.lines() {
            let Some(rest) = line.trim_start().strip_prefix("pub ") else { continue };
            let Some((kind, rest)) = rest.split_once(' ') else { continue };
            if ["struct", "enum", "trait", "type", "union"].contains(&kind) {
                let name: String =
                    rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                files.entry(name).or_default().insert(file);
            }
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let twice: BTreeSet<&str> =
        files.iter().filter(|(_, files)| files.len() > 1).map(|(name, _)| name.as_str()).collect();
    let rows = rows("### Names used in two crates");
    let explained: BTreeSet<&str> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(twice, explained, "the glossary explains the names on the right");
}

/// The code map is short, and every file and folder in it exists.
#[test]
fn code_map_names_what_exists() {
    let rows = rows("## Code map, in reading order");
    assert!((15..=25).contains(&rows.len()), "{} rows", rows.len());
    for row in rows {
        let mut folder = root();
        for place in quoted(&row[0]) {
            // A name without a folder is beside the one before it.
            let path = if place.contains('/') && root().join(place).exists() {
                folder = root().join(place).parent().unwrap_or(Path::new("")).to_owned();
                root().join(place)
            } else {
                folder.join(place)
            };
            assert!(path.exists(), "{} does not exist", path.display());
        }
    }
}

/// The crates of the diagram, each with those that it depends on.
fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let page = page();
    let (_, section) = page.split_once("## The crates").unwrap();
    let diagram = section.split("```").nth(1).unwrap();
    let lines = diagram.lines().filter_map(|line| line.split_once("->"));
    let row = |(what, on): (&str, &str)| {
        let on = on.trim();
        let on = if on == "nothing" { BTreeSet::new() } else { on.split(", ").map(str::to_owned).collect() };
        (what.split(' ').next().unwrap().to_owned(), on)
    };
    lines.map(row).collect()
}

/// The diagram of crates is what their manifests say.
#[test]
fn crates_depend_on_what_the_diagram_says() {
    let crates = crates();
    assert_eq!(crates.len(), 7);
    for (name, expected) in &crates {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap().keys();
        let ours: BTreeSet<String> = dependencies.filter(|key| crates.contains_key(*key)).cloned().collect();
        assert_eq!(ours, *expected, "{name}");
    }
}

/// A crate can be packaged: what it compiles in is inside of it.
#[test]
fn no_crate_reads_a_file_outside_of_itself() {
    let mut read = 0;
    for name in crates().keys() {
        let folder = root().join(name).canonicalize().unwrap();
        let mut folders = vec![folder.join("src")];
        while let Some(at) = folders.pop() {
            for path in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                for included in text.split("include_str!(\"").skip(1).chain(text.split("include_bytes!(\"").skip(1)) {
                    let included = path.parent().unwrap().join(included.split('"').next().unwrap());
                    let included = included.canonicalize().unwrap();
                    assert!(included.starts_with(&folder), "{} reads {}", path.display(), included.display());
                    read += 1;
                }
            }
        }
    }
    assert!(read > 5, "{read}");
}
