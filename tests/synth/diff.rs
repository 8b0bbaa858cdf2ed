//! `synth diff`: `tests/cases/diff/*` are compared, the old side with the new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use documents::Source;
use insta::assert_snapshot;
use review::template::yaml;
use review::write::{html, markdown, text};
use review::{Report, Side, diff};
use serde_json::Value;
use synth::{Config, build};

use crate::cases::{folders, settings};
use crate::root;

/// A template, or an input file with all that it makes.
fn side(folder: &Path, name: &str) -> Side {
    let read = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}"))).ok();
    if let Some(text) = read("yaml") {
        return Side { name: format!("`{name}.yaml`"), template: yaml::read(&text).unwrap(), ..Side::default() };
    }
    Side { name: format!("`{name}.json`"), ..made(&read("json").unwrap()) }
}

/// All that an input file makes.
pub(crate) fn made(text: &str) -> Side {
    let source = Source::new(PathBuf::from("vm.json"), text);
    let built = build(vec![source], &Config::default()).unwrap().2.unwrap();
    let text = |path: &str| built.output.0[Path::new(path)].as_str();
    Side {
        name: "`vm.json`".to_owned(),
        template: serde_json::from_str(&built.template_json).unwrap(),
        plan: Some(serde_json::from_str(text("runner/plan.json")).unwrap()),
        port: Some(BTreeMap::from([("vm.json".to_owned(), serde_json::from_str(text("port/vm.json")).unwrap())])),
    }
}

/// Every case with its two sides.
fn cases() -> Vec<(String, Side, Side)> {
    let folders = folders(&root().join("tests/cases/diff"));
    let case = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, side(&folder, "old"), side(&folder, "new"))
    };
    folders.into_iter().map(case).collect()
}

#[test]
fn diff_cases() {
    let schema: Value = serde_json::from_str(&synth::schema::report().unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, old, new) in cases() {
        let report = diff(&old, &new);
        let json = serde_json::to_value(&report).unwrap();
        assert!(schema.is_valid(&json), "{name}: {:?}", schema.iter_errors(&json).next());
        settings("diff").bind(|| {
            assert_snapshot!(format!("{name}.txt"), text(&report));
            assert_snapshot!(format!("{name}.md"), markdown(&report));
            assert_snapshot!(format!("{name}.json"), serde_json::to_string_pretty(&report).unwrap());
            let page = html(&report, &old.template, &new.template).unwrap();
            assert_snapshot!(format!("{name}.html"), without_pictures(&page));
        });
    }
}

/// A page without its style and its pictures, which have snapshots of their own.
fn without_pictures(page: &str) -> String {
    let mut rest = page.to_owned();
    for (start, end) in [("<style", "</style>"), ("<svg", "</svg>")] {
        while let Some(from) = rest.find(start)
            && let Some(length) = rest[from..].find(end)
        {
            rest.replace_range(from..from + length + end.len(), "");
        }
    }
    rest.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Letters in brackets are what a template may or may not have; each chosen differently makes another template.
fn template(choices: [u8; 8]) -> Value {
    let choice = |at: usize, words: &[&'static str]| words[usize::from(choices[at]) % words.len()];
    let text = format!(
        r"
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DeletionPolicy: {delete}
    Properties: {{MessageRetentionPeriod: {retention}}}
  {secret}:
    Type: AWS::SecretsManager::Secret
    Properties: {{Description: credentials, KmsKeyId: {key}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Statement: []}}
      Policies:
        - PolicyName: a
          PolicyDocument:
            Statement:
              - {{Effect: {effect}, Action: [{action}], Resource: [{resource}, !GetAtt Queue.Arn]}}
              - {{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Queue.Arn}}
{more}
",
        delete = choice(0, &["Delete", "Retain"]),
        retention = choice(1, &["60", "120"]),
        secret = choice(2, &["Secret", "Credentials"]),
        key = choice(3, &["a", "b", "!Ref AWS::NoValue"]),
        effect = choice(4, &["Allow", "Deny"]),
        action = choice(5, &["'s3:*'", "'s3:GetObject', 's3:PutObject'", "'*'"]),
        resource = choice(6, &["'*'", "'arn:aws:s3:::a'", "'arn:aws:s3:::*'"]),
        more = choice(7, &["", "  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: a}}"]),
    );
    yaml::read(&text).unwrap()
}

fn compared(old: &Value, new: &Value) -> Report {
    let side = |template: &Value| Side { name: "a".to_owned(), template: template.clone(), ..Side::default() };
    diff(&side(old), &side(new))
}

/// The same template with every object's keys, and every list that is a set, the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(pairs) => pairs
            .iter()
            .rev()
            .map(|(key, value)| {
                let set = ["Action", "Resource", "Statement", "Policies", "Tags"].contains(&key.as_str());
                let mut value = reversed(value);
                if let Value::Array(items) = &mut value
                    && set
                {
                    items.reverse();
                }
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(reversed).collect(),
        scalar => scalar.clone(),
    }
}

proptest::proptest! {
    #[test]
    fn nothing_changes_against_itself(choices: [u8; 8]) {
        let template = template(choices);
        assert!(compared(&template, &template).is_empty());
        assert!(compared(&template, &reversed(&template)).is_empty());
    }

    #[test]
    fn the_way_back_mirrors(one: [u8; 8], other: [u8; 8]) {
        let (one, other) = (template(one), template(other));
        let (there, back) = (compared(&one, &other), compared(&other, &one));
        assert_eq!(there.is_empty(), back.is_empty());
        let gone = |report: &Report| report.summary.deleted + report.summary.released;
        assert_eq!((there.summary.added, gone(&there)), (gone(&back), back.summary.added));
        assert_eq!(there.summary.renamed, back.summary.renamed);
        assert_eq!((there.summary.widened, there.summary.narrowed), (back.summary.narrowed, back.summary.widened));
        assert_eq!(there.permissions.len(), back.permissions.len());
        assert_eq!(compared(&reversed(&one), &other), there, "order means nothing");
    }
}

/// The laws above hold of every case too.
#[test]
fn cases_keep_the_laws() {
    for (name, old, new) in cases() {
        for side in [&old, &new] {
            assert!(diff(side, side).is_empty(), "{name}");
            let backwards = Side { template: reversed(&side.template), ..side.clone() };
            assert!(diff(side, &backwards).is_empty(), "{name}: order means nothing");
        }
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        let sides = |report: &Report| (report.summary.widened, report.summary.narrowed, report.permissions.len());
        let (widened, narrowed, count) = sides(&back);
        assert_eq!(sides(&there), (narrowed, widened, count), "{name}");
        assert_eq!(there.summary.renamed, back.summary.renamed, "{name}");
        assert_eq!(there.consequences.is_empty(), back.consequences.is_empty(), "{name}");
    }
}

/// Whatever a template says, a comment shows it and nothing more.
#[test]
fn a_comment_is_text() {
    let (_, old, new) = cases().into_iter().find(|(name, ..)| name == "hostile").unwrap();
    let comment = markdown(&diff(&old, &new));
    let fence = comment.find("````diff").unwrap();
    let outside = &comment[..fence];
    for forbidden in ["<script", "<img", "@octocat", "](javascript"] {
        assert!(!outside.contains(forbidden), "{forbidden} in {outside}");
    }
    assert_eq!(comment.matches("````").count(), 2, "the block ends where it should: {comment}");
    assert!(comment.starts_with("<!-- synth-diff -->\n"));
}

/// One action more makes a comment of a screen's height.
#[test]
fn a_typical_comment_is_short() {
    let (_, old, new) = cases().into_iter().find(|(name, ..)| name == "action-added").unwrap();
    let comment = markdown(&diff(&old, &new));
    assert!(comment.lines().count() < 60, "{comment}");
}

/// GitHub takes 65,536 characters.
#[test]
fn a_comment_is_never_too_long() {
    let resources = |count: usize, name: &str| -> Value {
        let queue = |n: usize| {
            (
                format!("Queue{n}{name}"),
                serde_json::json!({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": format!("{name}{n}")}}),
            )
        };
        serde_json::json!({"Resources": (0..count).map(queue).collect::<serde_json::Map<_, _>>()})
    };
    let comment = markdown(&compared(&resources(600, "a"), &resources(600, "b")));
    assert!(comment.chars().count() < 65_536, "{}", comment.chars().count());
    assert!(comment.contains("lines are left out here"), "{comment}");
    assert!(comment.contains("#### What goes, or may go"));
}
