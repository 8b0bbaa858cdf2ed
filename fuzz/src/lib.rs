//! Properties that hold for hostile input, one function per decoder: none panics, hangs or fills the memory, and its
//! assertions hold.
//!
//! `make fuzz` calls them from `targets/`, which needs nightly Rust; `tests/seeds.rs` calls them with stable Rust.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::LazyLock;

use documents::finding::Finding;
use documents::{Source, finding};
use handler::event::Event;
use handler::signature;
use local::KafkaBroker;
use local::kafka::KafkaSettings;
use model::jq::{Context, Expressions};
use model::json::tolerant;
use model::plan::Signatures;
use model::template::{Tree, faults};
use model::{Plan, Reading};
use review::template::yaml;
use review::write::{markdown, text};
use review::{Side, diff};
use serde_json::{Value, json};
use synth::judge;

/// Reads and checks any text. Every finding can be displayed.
pub fn document(data: &str) {
    let source = Source::new(PathBuf::from("document.json"), data);
    let (_, findings) = judge(source.clone());
    let _ = finding::show(&findings, &source.into(), false);
}

/// Reads and checks any text in an array and in an answer of Port's API.
///
/// # Panics
/// When a document that can be read alone has other findings there.
pub fn wrapped(data: &str) {
    let found = |text: &str, base: &str| -> Vec<(&'static str, String, Option<String>)> {
        let (_, findings) = judge(Source::new(PathBuf::from("document.json"), text));
        let place = |finding: &Finding| finding.place.pointer().map(|pointer| format!("{base}{pointer}"));
        findings.iter().map(|finding| (finding.code, finding.message.clone(), place(finding))).collect()
    };
    let readable = serde_json::from_str::<Value>(data).is_ok();
    for (before, after, base) in [("[", "]", "/0"), ("{\"ok\": true, \"blueprint\": ", "}", "/blueprint")] {
        let wrapped = found(&format!("{before}{data}{after}"), "");
        if readable && data.trim_start().starts_with(['{', '[']) {
            assert_eq!(found(data, base), wrapped, "{before}");
        }
    }
}

/// Compares any two texts, or refuses them as templates, whatever they contain.
///
/// # Panics
/// When a change is found in only one direction, or a text differs from itself.
pub fn difference(data: &str) {
    let (old, new) = data.split_once("\n---\n").unwrap_or((data, "Resources: {A: {Type: X}}"));
    let (Ok(old), Ok(new)) = (yaml::read(old), yaml::read(new)) else { return };
    let side = |template| Side { template, ..Side::default() };
    let (old, new) = (side(old), side(new));
    let report = diff(&old, &new);
    assert_eq!(report.is_empty(), diff(&new, &old).is_empty());
    assert!(diff(&old, &old).is_empty());
    let _ = (text(&report), markdown(&report));
}

/// Reads any event from Lambda, and takes its records one by one.
pub fn event(data: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event>(data) {
        for record in event.into_records() {
            std::hint::black_box(record);
        }
    }
}

#[expect(clippy::expect_used, reason = "out/ is checked in, and a test compares it")]
static PLAN: LazyLock<Plan> =
    LazyLock::new(|| Plan::from_json(include_bytes!("../../out/plan.json")).expect("out/ is up to date"));

/// Reads any record as a message or skips it. A run of ours makes an entity or returns an error.
pub fn message(data: &[u8]) {
    if let Ok(recognised) = PLAN.recognise(data) {
        let _ = PLAN.entity(recognised.action, &recognised.run);
    }
}

/// Reads any record in both ways.
///
/// # Panics
/// When the tolerant reader reads JSON differently from `serde_json`, or when the ids of a message are not found once it
/// is cut behind them.
pub fn record(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read = tolerant::read(&text, PhantomData::<Value>);
    // `serde_json` itself gives this key a meaning.
    if let Ok(value) = serde_json::from_str::<Value>(&text)
        && !text.contains("$serde_json::private")
    {
        assert_eq!(read.as_ref(), Ok(&value));
    }
    let ids = |text: &str| Reading::of(text.as_bytes()).message.map(|message| (message.action, message.run_id));
    if let (Ok(Value::Object(members)), Some(open)) =
        (read, text.trim_end_matches([' ', '\t', '\n', '\r', '\0']).strip_suffix('}'))
        && !members.is_empty()
    {
        assert_eq!(ids(&text), ids(&format!("{open},\"\":")));
    }
}

#[expect(clippy::expect_used, reason = "loopback has a free port")]
static BROKER: LazyLock<KafkaBroker> = LazyLock::new(|| {
    let topics = vec!["topic".to_owned()];
    KafkaBroker::start(KafkaSettings { topics, ..KafkaSettings::new("user", "password") }).expect("a port is free")
});

/// Sends any bytes to the Kafka broker, before and after sign-in. Either it answers, or it closes the connection.
pub fn frame(data: &[u8]) {
    for signed_in in [false, true] {
        let _ = BROKER.rehearse(data, signed_in);
    }
}

/// Checks the signature of any text.
///
/// # Panics
/// When a signature is accepted: none of them can be guessed.
pub fn signature(data: &str) {
    let verdict = signature::check(data, b"secret", Signatures::Required, 300, Some(1_713_277_889_000));
    assert!(verdict.is_err(), "a guessed signature was accepted");
}

/// Renders any accepted template with any data. It always ends.
pub fn template(data: &str) {
    let (template, inputs) = data.split_once('\n').unwrap_or((data, ""));
    let _ = faults(template);
    let mut expressions = Expressions::default();
    let Ok(tree) = Tree::parse(&Value::from(template), &mut expressions) else { return };
    let Ok(program) = expressions.compile() else { return };
    let inputs: Value = serde_json::from_str(inputs).unwrap_or_else(|_| json!({"a": "text", "b": 1e18, "c": [1, 2]}));
    let _ = tree.render(&program, &Context::from(&json!({"inputs": inputs, "run": {"id": "r"}})));
}
