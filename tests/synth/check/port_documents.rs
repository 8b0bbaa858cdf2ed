//! Documents that Port published: the check agrees with the description of Port's API, and nothing in them is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use documents::Findings;
use documents::Source;
use documents::document::DocumentKind;
use documents::finding;
use documents::generation::Generation;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use synth::files;

use crate::corpus::{Corpus, judged, parse};
use crate::openapi::Description;

/// Keys of Port's answers, which are allowed but not published.
const ANSWERED: [&str; 5] = ["id", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// A description of Port's API as validators of blueprints and of v2 actions.
struct Oracle {
    blueprint: Validator,
    action: Validator,
}

impl Oracle {
    fn new(description: &Description) -> Self {
        Self { blueprint: description.posted("/v1/blueprints"), action: description.posted("/v1/actions") }
    }

    /// Returns the kind of a document, whether it is refused, and both verdicts if they differ. Returns `None` for kinds
    /// that Port does not describe.
    fn compare(&self, source: &Source) -> Option<(DocumentKind, bool, Option<String>)> {
        let (kind, findings) = judged(source);
        let validator = match kind? {
            DocumentKind::Blueprint => &self.blueprint,
            DocumentKind::Action(Generation::Current) => &self.action,
            DocumentKind::InputFile | DocumentKind::Action(Generation::Legacy) | DocumentKind::Other => return None,
        };
        let mut document = parse(source);
        for key in ANSWERED {
            document.as_object_mut().unwrap().remove(key);
        }
        let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
        add_omitted(&mut document, &codes);
        let faults: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{} {error}", error.instance_path())).collect();
        let differ = findings.refuse() == faults.is_empty();
        let shown = || finding::show(&findings, &source.clone().into(), false);
        let words = differ.then(|| format!("{}\nPort: {faults:?}\nsynth:\n{}", source.path.display(), shown()));
        Some((kind?, findings.refuse(), words))
    }
}

/// Adds what the description of Port's API requires and Port's own documentation omits. `synth` is more lenient than the
/// API only with these codes, which are warnings.
fn add_omitted(document: &mut Value, codes: &BTreeSet<&str>) {
    if codes.contains("relation-flags") {
        for relation in document["relations"].as_object_mut().unwrap().values_mut().filter_map(Value::as_object_mut) {
            for flag in ["required", "many"] {
                relation.entry(flag).or_insert(false.into());
            }
        }
    }
    if codes.contains("inputs-absent") {
        document["trigger"]["userInputs"] = json!({ "properties": {} });
    }
}

/// Returns each corpus that has a description, with its documents.
fn described() -> impl Iterator<Item = (Vec<Source>, Oracle)> {
    let described = |corpus: &Corpus| Some((corpus.sources(), Oracle::new(corpus.description.as_ref()?)));
    Corpus::all().into_iter().filter_map(move |corpus| described(&corpus))
}

/// The check accepts what Port's description accepts, and refuses what it refuses.
#[test]
fn verdicts_match_the_api_description() {
    for (sources, oracle) in described() {
        let mut verdicts: BTreeMap<(DocumentKind, bool), usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (kind, refused, words) in sources.iter().filter_map(|source| oracle.compare(source)) {
            *verdicts.entry((kind, refused)).or_default() += 1;
            wrong.extend(words);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        assert_eq!(verdicts.len(), 4, "the corpus has accepted and refused documents of both kinds: {verdicts:?}");
        println!("accepted and refused as Port would: {verdicts:?}");
    }
}

/// The same for documents with one mistake each: a value of another type, a missing key or an extra key.
#[test]
fn verdicts_match_for_documents_with_a_mistake() {
    for (sources, oracle) in described() {
        let mut seed = 1;
        let (mut compared, mut wrong) = (0, Vec::new());
        // With a small corpus, more mistakes are tested for each document.
        for source in std::iter::repeat_n(&sources, 1 + 400 / sources.len()).flatten() {
            let mut document = parse(source);
            spoil(&mut document, &mut seed);
            let spoilt = Source::new(source.path.clone(), &serde_json::to_string_pretty(&document).unwrap());
            if let Some((.., words)) = oracle.compare(&spoilt) {
                compared += 1;
                wrong.extend(words);
            }
        }
        assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n\n"));
        assert!(compared > 200, "compared {compared}");
        println!("compared {compared} spoilt documents");
    }
}

/// Returns the next random number (the upper half of a 64-bit linear congruential generator).
fn next(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below.max(1)
}

/// Walks down a random path and changes one thing.
fn spoil(value: &mut Value, seed: &mut u64) {
    let deeper = next(seed, 4) > 0;
    match value {
        Value::Object(map) if !map.is_empty() && deeper => {
            let at = next(seed, map.len());
            spoil(map.values_mut().nth(at).unwrap(), seed);
        }
        Value::Array(items) if !items.is_empty() && deeper => {
            let at = next(seed, items.len());
            spoil(&mut items[at], seed);
        }
        Value::Object(map) if next(seed, 3) > 0 => {
            if next(seed, 2) == 0 {
                map.insert("surprise".to_owned(), "x".into());
            } else if let Some(key) = map.keys().nth(next(seed, map.len())).cloned() {
                map.remove(&key);
            }
        }
        value => {
            let others = [
                json!(null),
                json!(true),
                json!(7),
                json!("x"),
                json!(""),
                json!([]),
                json!(["x"]),
                json!({}),
                json!({"jqQuery": ".x"}),
            ];
            *value = others[next(seed, others.len())].clone();
        }
    }
}

/// Every v0 and v1 action that Port published is read. Their API description no longer exists to compare with.
#[test]
fn legacy_actions_are_accepted() {
    for corpus in Corpus::all() {
        let mut read = 0;
        for source in corpus.sources() {
            let (kind, findings) = judged(&source);
            if kind == Some(DocumentKind::Action(Generation::Legacy)) {
                assert!(!findings.refuse(), "{}", finding::show(&findings, &source.into(), false));
                read += 1;
            }
        }
        assert!(read > 0);
        println!("read {read} actions of v0 and v1");
    }
}

/// Returns an input file: a blueprint with the action of a file.
fn input_file(kind: DocumentKind, document: Value) -> Option<Value> {
    match kind {
        DocumentKind::InputFile => Some(document),
        DocumentKind::Blueprint => {
            let Value::Object(mut blueprint) = document else { return None };
            blueprint.insert("actions".to_owned(), json!([]));
            Some(Value::Object(blueprint))
        }
        DocumentKind::Action(_) => {
            let blueprint = document.pointer("/trigger/blueprintIdentifier").cloned().unwrap_or_else(|| "some".into());
            Some(json!({
                "identifier": blueprint, "title": "B", "schema": { "properties": {} }, "actions": [document],
            }))
        }
        DocumentKind::Other => None,
    }
}

/// Returns the published documents of an input file, as an input file.
fn published(input: &Value) -> Option<Value> {
    let mut findings = Findings::default();
    let source = Source::new(PathBuf::from("a.json"), &input.to_string());
    let catalog = documents::load(&source.into(), &mut findings);
    let entry = catalog.entries().next()?;
    let output: Value = serde_json::from_str(entry.published().unwrap()).unwrap();
    let Value::Object(mut file) = output["blueprint"].clone() else { return None };
    file.insert("actions".to_owned(), output["actions"].clone());
    Some(Value::Object(file))
}

/// The keys of v1 that v2 has in its trigger. They move, and nothing else does.
fn rewritten(action: &Map<String, Value>) -> Value {
    let mut action = action.clone();
    let v1 = action.get("trigger").is_some_and(Value::is_string);
    let invocation = &action["invocationMethod"];
    let kafka = invocation == "KAFKA" || invocation["type"] == "KAFKA";
    for key in ANSWERED.into_iter().chain(["runner"]) {
        action.remove(key);
    }
    if v1 && kafka {
        let inputs = action.remove("userInputs");
        action.remove("identifier");
        action.remove("blueprint");
        action.insert("invocationMethod".to_owned(), json!({ "type": "KAFKA" }));
        let operation = action["trigger"].clone();
        action.insert("trigger".to_owned(), json!({ "type": "self-service", "operation": operation }));
        if let Some(inputs) = inputs {
            action["trigger"]["userInputs"] = inputs;
        }
    }
    Value::Object(action)
}

/// Returns whether all of `part` is in `whole`.
fn within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|held| within(value, held)))
        }
        _ => part == whole,
    }
}

/// Nothing is lost when a document is published, and publishing the result again changes nothing.
#[test]
fn published_documents_keep_everything() {
    let own = || {
        let folders = ["tests/cases/build", "blueprints"].map(|folder| crate::root().join(folder));
        files::read(&folders).unwrap()
    };
    let mut compared = 0;
    for source in own().into_iter().chain(Corpus::all().iter().flat_map(Corpus::sources)) {
        let (Some(kind), findings) = judged(&source) else { continue };
        let Some(input) = input_file(kind, parse(&source)).filter(|_| !findings.refuse()) else { continue };
        let once = published(&input).unwrap();
        let twice = published(&once).unwrap();
        assert_eq!(once, twice, "{}", source.path.display());

        let mut blueprint = input.as_object().unwrap().clone();
        for key in ANSWERED.into_iter().chain(["$schema"]) {
            blueprint.remove(key);
        }
        let actions = blueprint.remove("actions").unwrap_or_default();
        assert!(within(&Value::Object(blueprint), &once), "{}", source.path.display());
        for (read, held) in actions.as_array().unwrap().iter().zip(once["actions"].as_array().unwrap()) {
            let read = rewritten(read.as_object().unwrap());
            assert!(within(&read, held), "{}: {read:#}\n{held:#}", source.path.display());
        }
        compared += 1;
    }
    assert!(compared > 5, "compared {compared}");
}
