//! `synth diff` on `tests/cases/diff/*`: each case compares its old side with its new one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use documents::Source;
use insta::assert_snapshot;
use review::template::yaml;
use review::write::{html, markdown, text};
use review::{Report, Side, diff};
use serde_json::Value;
use synth::config::Runtime;
use synth::{Config, build};

use crate::cases::{folders, settings};
use crate::root;

/// Reads a template, or an input file with everything that is built from it.
fn side(folder: &Path, name: &str) -> Side {
    let read = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}"))).ok();
    if let Some(text) = read("yaml") {
        let (template, notes) = yaml::noted(&text).unwrap();
        return Side { name: format!("`{name}.yaml`"), template, notes, ..Side::default() };
    }
    Side { name: format!("`{name}.json`"), ..made(&read("json").unwrap()) }
}

/// Builds an input file.
pub(crate) fn made(text: &str) -> Side {
    let source = Source::new(PathBuf::from("vm.json"), text);
    // Of the runtime, only the checks depend.
    let config = Config { runtime: Runtime::Cargo, ..Config::default() };
    let build = build(vec![source], &config).unwrap().2.unwrap();
    let port = BTreeMap::from([("vm.json".to_owned(), build.published[0].document().unwrap())]);
    Side {
        name: "`vm.json`".to_owned(),
        template: build.template,
        plan: Some(build.plan),
        port: Some(port),
        ..Side::default()
    }
}

/// Every case with its two sides.
pub(crate) static CASES: LazyLock<Vec<(String, Side, Side)>> = LazyLock::new(|| {
    let case = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, side(&folder, "old"), side(&folder, "new"))
    };
    folders(&root().join("tests/cases/diff")).into_iter().map(case).collect()
});

fn case(name: &str) -> (&'static Side, &'static Side) {
    let (_, old, new) = CASES.iter().find(|(case, ..)| case == name).unwrap();
    (old, new)
}

/// Cases with a snapshot in every format. Together they have every section of a report.
const EVERY_FORMAT: [&str; 8] = [
    "actions-changed", // behavior changes, documents in Port as trees, event delivery
    "events",          // deletions, permissions with remarks, and what SAM generates from a function
    "settings",        // parameters and settings, and resources that may be replaced or deleted, with their risks
    "exposed",         // what becomes public
    "protection-lost", // what will fail, and protection of data that becomes weaker
    "nested-stacks",   // what was not compared
    "hostile",         // a template that tries to inject markup into each format
    "same",            // an empty report
];

#[test]
fn diff_cases() {
    for (name, old, new) in &*CASES {
        let report = diff(old, new);
        settings("diff").bind(|| {
            assert_snapshot!(format!("{name}.txt"), text(&report));
            if EVERY_FORMAT.contains(&name.as_str()) {
                assert_snapshot!(format!("{name}.md"), markdown(&report));
                assert_snapshot!(format!("{name}.json"), serde_json::to_string_pretty(&report).unwrap());
                let page = html(&report, &old.template, &new.template).unwrap();
                assert_snapshot!(format!("{name}.html"), without_pictures(&page));
            }
        });
    }
}

/// A section that none of these cases has would only have text snapshots.
#[test]
fn cases_of_every_format_have_every_section() {
    let mut sections = BTreeSet::new();
    for name in EVERY_FORMAT {
        let (old, new) = case(name);
        let report = serde_json::to_value(diff(old, new)).unwrap();
        sections.extend(report.as_object().unwrap().iter().filter_map(|(section, entries)| {
            let entries = entries.as_array()?;
            (!entries.is_empty()).then(|| section.clone())
        }));
    }
    let every = [
        "delivery",
        "exposures",
        "failures",
        "meaning",
        "notes",
        "permissions",
        "port",
        "protections",
        "resources",
        "settings",
    ];
    assert_eq!(sections.into_iter().collect::<Vec<_>>(), every);
}

#[test]
fn json_of_every_case_matches_the_schema() {
    let schema: Value = serde_json::from_str(&synth::schema::report().unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, old, new) in &*CASES {
        let json = serde_json::to_value(diff(old, new)).unwrap();
        assert!(schema.is_valid(&json), "{name}: {:?}", schema.iter_errors(&json).next());
    }
}

/// Each format names everything that changes, as text and not as markup.
#[test]
fn every_format_names_what_changes() {
    for (name, old, new) in &*CASES {
        let report = diff(old, new);
        let page = html(&report, &old.template, &new.template).unwrap();
        for tag in ["details", "figure", "li", "p", "section", "svg", "table", "td", "tr", "ul"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{name}: <{tag}>");
        }
        let formats =
            [("text", text(&report)), ("Markdown", markdown(&report)), ("HTML", visible(&without_pictures(&page)))];
        let ids = report.resources.iter().flat_map(|resource| [Some(&resource.id), resource.old_id.as_ref()]);
        let ids = ids.flatten().chain(report.settings.iter().map(|setting| &setting.name));
        for id in ids.chain(report.delivery.iter().map(|change| &change.mapping)) {
            for (format, shown) in &formats {
                assert!(shown.contains(id.as_str()), "{name}: {format} lacks {id}: {shown}");
            }
        }
    }
}

/// Returns the text that a browser shows for a page.
fn visible(page: &str) -> String {
    let mut shown = String::new();
    for (at, part) in page.split('<').enumerate() {
        let text = if at == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) };
        shown.push_str(text);
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x60;", "`"), ("&#x3D;", "=")];
    entities.iter().fold(shown, |shown, (entity, c)| shown.replace(entity, c)).replace("&amp;", "&")
}

/// Removes the style and the diagrams from a page; they have their own snapshots.
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

/// Builds a template with a variant for each choice.
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

pub(crate) fn compared(old: &Value, new: &Value) -> Report {
    let side = |template: &Value| Side { name: "a".to_owned(), template: template.clone(), ..Side::default() };
    diff(&side(old), &side(new))
}

/// Reverses the keys of every object and the items of every unordered list.
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
    fn template_equals_itself(choices: [u8; 8]) {
        let template = template(choices);
        assert!(compared(&template, &template).is_empty());
        assert!(compared(&template, &reversed(&template)).is_empty());
    }

    #[test]
    fn reverse_difference_mirrors(one: [u8; 8], other: [u8; 8]) {
        let (one, other) = (template(one), template(other));
        let (there, back) = (compared(&one, &other), compared(&other, &one));
        assert_eq!(there.is_empty(), back.is_empty());
        let removed = |report: &Report| report.summary.deleted + report.summary.released;
        assert_eq!((there.summary.added, removed(&there)), (removed(&back), back.summary.added));
        assert_eq!(there.summary.renamed, back.summary.renamed);
        assert_eq!((there.summary.widened, there.summary.narrowed), (back.summary.narrowed, back.summary.widened));
        assert_eq!(there.permissions.len(), back.permissions.len());
        assert_eq!(compared(&reversed(&one), &other), there, "order does not matter");
    }
}

/// Every case satisfies the properties above.
#[test]
fn cases_obey_the_laws() {
    for (name, old, new) in &*CASES {
        for side in [old, new] {
            assert!(diff(side, side).is_empty(), "{name}");
            let backwards = Side { template: reversed(&side.template), ..side.clone() };
            assert!(diff(side, &backwards).is_empty(), "{name}: order does not matter");
        }
        let (there, back) = (diff(old, new), diff(new, old));
        let sides = |report: &Report| (report.summary.widened, report.summary.narrowed, report.permissions.len());
        let (widened, narrowed, count) = sides(&back);
        assert_eq!(sides(&there), (narrowed, widened, count), "{name}");
        assert_eq!(there.summary.renamed, back.summary.renamed, "{name}");
        assert_eq!(there.consequences.is_empty(), back.consequences.is_empty(), "{name}");
    }
}

/// A comment shows text from a template literally.
#[test]
fn comments_escape_template_text() {
    let (old, new) = case("hostile");
    let comment = markdown(&diff(old, new));
    let fence = comment.find("````diff").unwrap();
    let outside = &comment[..fence];
    for forbidden in ["<script", "<img", "@octocat", "](javascript"] {
        assert!(!outside.contains(forbidden), "{forbidden} in {outside}");
    }
    assert_eq!(comment.matches("````").count(), 2, "the code block is not closed early: {comment}");
    assert!(comment.starts_with("<!-- synth-diff -->\n"));
}

/// The comment for one added action fits a screen.
#[test]
fn typical_comments_fit_a_screen() {
    let (old, new) = case("action-added");
    let comment = markdown(&diff(old, new));
    assert!(comment.lines().count() < 60, "{comment}");
}

/// GitHub accepts 65,536 characters.
#[test]
fn comments_fit_githubs_limit() {
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
    assert!(comment.contains("lines are not shown here"), "{comment}");
    assert!(comment.contains("#### Replaced or deleted"));
}
