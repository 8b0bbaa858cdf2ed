//! Limits of AWS are reported with the count before a deployment fails on them.

use std::path::PathBuf;

use documents::Findings;
use documents::Source;
use serde_json::{Map, Value, json};
use synth::template::verify::{Deployed, verify};
use synth::{Config, build, build_with, files};

use crate::root;

fn run(overrides: &Value) -> Findings {
    let sources = files::read(&[root().join("blueprints")]).unwrap();
    let overrides = Source::new(PathBuf::from("overrides.json"), &overrides.to_string());
    build_with(sources, &Config::default(), Some(overrides)).unwrap().1
}

fn message_of(findings: &Findings, code: &str) -> String {
    findings.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{findings:?}")).message.clone()
}

fn many(count: usize, entry: &Value) -> Map<String, Value> {
    (0..count).map(|at| (format!("+X{at}"), entry.clone())).collect()
}

fn queue(note: &str) -> Value {
    json!({ "Type": "AWS::SQS::Queue", "Metadata": { "Description": note } })
}

#[test]
fn section_entry_limits() {
    // Fourteen resources are ours, and SAM adds one for the event.
    assert_eq!(run(&json!({ "Resources": many(485, &queue("q")) })).count(documents::finding::Severity::Error), 0);
    let findings = run(&json!({ "Resources": many(486, &queue("q")) }));
    let want = "501 entries in `Resources`, including 1 that SAM adds; CloudFormation allows at most 500";
    assert_eq!(message_of(&findings, "too-many-entries"), want);

    let parameter = json!({ "Type": "String", "Description": "d" });
    let findings = run(&json!({ "Parameters": many(183, &parameter) }));
    assert_eq!(
        message_of(&findings, "too-many-entries"),
        "201 entries in `Parameters`; CloudFormation allows at most 200"
    );

    let output = json!({ "Description": "d", "Value": "v" });
    let findings = run(&json!({ "Outputs": many(195, &output) }));
    assert_eq!(
        message_of(&findings, "too-many-entries"),
        "201 entries in `Outputs`; CloudFormation allows at most 200"
    );
}

#[test]
fn template_size_limits() {
    let findings = run(&json!({ "Resources": many(2, &queue(&"x".repeat(20_000))) }));
    let message = message_of(&findings, "template-needs-bucket");
    assert!(
        message.starts_with("the template has 6") && message.ends_with("allows at most 51 200 without a bucket"),
        "{message}"
    );
    assert!(!findings.refuse());

    let findings = run(&json!({ "Resources": many(4, &queue(&"x".repeat(250_000))) }));
    let message = message_of(&findings, "template-too-large");
    assert!(message.starts_with("the template has 1 02") && message.ends_with("allows at most 1 000 000"), "{message}");
    assert!(findings.refuse());
}

/// The size is that of the deployed file, to the byte.
#[test]
fn template_is_measured_as_written() {
    let sources = files::read(&[root().join("blueprints")]).unwrap();
    let built = build(sources, &Config::default()).unwrap().2.unwrap();
    let template = built.template;
    for (bytes, want) in [(51_200, 0), (51_201, 1), (1_000_000, 1)] {
        let deployed =
            Deployed { template: &template, template_bytes: bytes, plan_bytes: 0, partial_batch_response: false };
        let faults = verify(&deployed);
        assert_eq!(faults.len(), want, "{bytes}: {faults:?}");
    }
}

#[test]
fn environment_size_limit() {
    let variable = |size: usize| json!({ "Resources": { "Runner": { "Properties": { "Environment": { "Variables": { "X": "x".repeat(size) } } } } } });
    // Our own variables are two names of 27 bytes together, and two values that are known only at deployment.
    assert!(!run(&variable(4096 - 27 - 2 * 256 - 1)).refuse());
    let findings = run(&variable(4096 - 27 - 2 * 256));
    assert_eq!(
        message_of(&findings, "environment-too-large"),
        "the environment of `Runner` has 4 097 bytes; Lambda allows at most 4 096"
    );
}

#[test]
fn package_size_limit() {
    let template = json!({ "Description": "d" });
    let deployed =
        Deployed { template: &template, template_bytes: 0, plan_bytes: 250_000_000, partial_batch_response: false };
    let faults = verify(&deployed);
    let want = "the plan has 250 000 000 bytes; Lambda allows a package of at most 262 144 000, including the function";
    let found = faults.iter().find(|fault| fault.code == "plan-too-large").map(|fault| fault.message.as_str());
    assert_eq!(found, Some(want));
}
