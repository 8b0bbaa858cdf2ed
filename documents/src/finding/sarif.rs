//! Findings for code scanning: the part of SARIF 2.1.0 (OASIS) that GitHub reads.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use model::visible::{visible, visible_but};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::LINES;
use super::spot::{Located, Spot, locate};
use crate::finding::code;
use crate::finding::{Findings, Severity};
use crate::sources::Sources;

/// Writes findings as SARIF. Paths become relative to `base`, the absolute path of the current folder.
pub fn sarif(findings: &Findings, sources: &Sources, base: &Path) -> String {
    let located = locate(findings, sources);
    let mut rules: Vec<&str> = located.iter().map(|located| located.finding.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut prints = Fingerprints::default();
    let results: Vec<Value> = located
        .iter()
        .map(|located| {
            let finding = located.finding;
            let message = match &finding.help {
                Some(help) => format!("{}\nhelp: {}", visible(&finding.message), visible_but(help, LINES)),
                None => visible(&finding.message).into_owned(),
            };
            let mut result = json!({
                "ruleId": finding.code,
                "ruleIndex": rules.binary_search(&finding.code).unwrap_or_default(),
                "level": level(finding.severity),
                "message": { "text": escaped(&message) },
                "locations": [{ "physicalLocation": physical(&located.spot, base) }],
                "partialFingerprints": { FINGERPRINT: prints.of(located, base) },
            });
            if !located.related.is_empty() {
                let related = |(at, (spot, label)): (usize, &(Spot<'_>, &str))| {
                    json!({ "id": at + 1, "physicalLocation": physical(spot, base), "message": { "text": escaped(&visible(label)) } })
                };
                result["relatedLocations"] = located.related.iter().enumerate().map(related).collect();
            }
            result
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "synth",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule).collect::<Vec<Value>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "originalUriBaseIds": { BASE: { "uri": folder(base) } },
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// The name of the folder that paths are relative to.
const BASE: &str = "SRCROOT";
/// The fingerprint by which GitHub recognizes an alert.
const FINGERPRINT: &str = "primaryLocationLineHash";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Describes a code as a rule, with its section of the reference page.
fn rule(id: &str) -> Value {
    let Some(code) = code::find(id) else { return json!({ "id": id }) };
    json!({
        "id": id,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": code.summary },
        "help": { "text": code.text, "markdown": code.text },
        "defaultConfiguration": { "level": level(code.severity) },
    })
}

/// Doubles braces, which mark arguments in SARIF messages (section 3.11.5).
fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn physical(spot: &Spot<'_>, base: &Path) -> Value {
    let path = absolute(&spot.source.path, base);
    let artifact = match path.strip_prefix(base) {
        Ok(below) => json!({ "uri": encoded(below), "uriBaseId": BASE }),
        Err(_) => json!({ "uri": format!("file://{}", encoded(&path)) }),
    };
    match &spot.region {
        Some([start, end]) => json!({
            "artifactLocation": artifact,
            "region": {
                "startLine": start.line,
                "startColumn": start.utf16,
                "endLine": end.line,
                "endColumn": end.utf16,
            },
        }),
        // GitHub requires a region for every result, so the first line represents the file.
        None => json!({ "artifactLocation": artifact, "region": { "startLine": 1 } }),
    }
}

fn folder(path: &Path) -> String {
    let uri = format!("file://{}", encoded(path));
    if uri.ends_with('/') { uri } else { uri + "/" }
}

/// Returns a path without `.` and `..`, which a URI below a base must not have.
fn absolute(path: &Path, base: &Path) -> PathBuf {
    let mut absolute = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(absolute.pop()),
            other => absolute.push(other),
        }
    }
    absolute
}

/// The characters that must be encoded in a URI's path (RFC 3986).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    // A colon in the first segment would make it a scheme.
    .add(b':');

fn encoded(path: &Path) -> String {
    let part = |component: Component<'_>| match component {
        Component::RootDir => String::new(),
        other => utf8_percent_encode(&other.as_os_str().to_string_lossy(), PATH).to_string(),
    };
    path.components().map(part).collect::<Vec<_>>().join("/")
}

/// Distinguishes alerts, and recognizes one when lines were added above it. A fingerprint consists of the code, the file
/// and the path to the place, with identifiers instead of indices. Equal ones are numbered.
#[derive(Default)]
struct Fingerprints<'a> {
    seen: BTreeMap<u64, usize>,
    documents: BTreeMap<&'a Path, Value>,
}

impl<'a> Fingerprints<'a> {
    fn of(&mut self, located: &Located<'a>, base: &Path) -> String {
        let source = located.spot.source;
        let path = absolute(&source.path, base);
        let file = encoded(path.strip_prefix(base).unwrap_or(&path));
        let way = match (located.spot.pointer(), &located.spot.span) {
            (Some(pointer), _) => {
                let read = || source.json().0.unwrap_or_default();
                named(pointer, self.documents.entry(&source.path).or_insert_with(read))
            }
            (None, Some(span)) => source.text.get(span.clone()).unwrap_or_default().to_owned(),
            (None, None) => String::new(),
        };
        let hash = fnv(&format!("{}\n{file}\n{way}", located.finding.code));
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:016x}:{count}")
    }
}

/// Returns a pointer with the identifier of each element, if it has one, instead of its index.
fn named(pointer: &str, document: &Value) -> String {
    let mut at = Some(document);
    let mut way = String::new();
    for token in pointer.split('/').skip(1) {
        let list = at.is_some_and(Value::is_array);
        at = at.and_then(|value| value.pointer(&format!("/{token}")));
        let name = at.filter(|_| list).and_then(|element| element.get("identifier")?.as_str());
        way = format!("{way}/{}", name.unwrap_or(token));
    }
    way
}

/// Hashes with FNV-1a: the same on every machine and in every version. It does not have to resist attacks.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
