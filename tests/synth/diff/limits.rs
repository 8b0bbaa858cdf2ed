//! What a few lines can make endless is not compared and not drawn: the report says so, and every gate refuses it.

use std::process::Output;

use serde_json::{Value, json};

use crate::workspace::{Workspace, code, text};

const NONE: &str = "Resources: {}\n";
const GATES: &str = "replacement,deletion,widened-iam,exposure,failure,protection";

/// Runs synth with a gigabyte of memory.
fn synth(workspace: &Workspace, arguments: &[&str]) -> Output {
    let limit = "ulimit -v 1000000 && exec \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", limit, "sh", env!("CARGO_BIN_EXE_synth")]).args(arguments);
    command.current_dir(workspace.path()).env_remove("COLUMNS").output().unwrap()
}

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let workspace = Workspace::empty();
    for (name, text) in files {
        std::fs::write(workspace.path().join(name), text).unwrap();
    }
    workspace
}

fn resources(value: &Value) -> String {
    json!({"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": value}}}).to_string()
}

/// Small templates that become larger than any memory, or deeper than any stack, when they are read as they mean.
fn endless() -> Vec<(&'static str, String, &'static str)> {
    let laughs =
        (0..60).fold("A: &a0 [x, x]\n".to_owned(), |text, n| format!("{text}A{n}: &a{} [*a{n}, *a{n}]\n", n + 1));
    let merges = (0..60)
        .fold("A: &a0 {k: x}\n".to_owned(), |text, n| format!("{text}A{n}: &a{} {{l{n}: *a{n}, <<: *a{n}}}\n", n + 1));
    let deeper = (0..4_000).fold("A: &a0 []\n".to_owned(), |text, n| format!("{text}A{n}: &a{} [*a{n}]\n", n + 1));
    let words: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let loops = ["A", "B", "C", "D", "E"].iter().fold(
        json!({"Q${A}${B}${C}${D}${E}": {"Type": "AWS::SQS::Queue"}}),
        |body, name| json!({format!("Fn::ForEach::{name}"): [name, words, body]}),
    );
    let doubled = (0..38).fold(json!("text"), |value, _| json!({"Fn::Sub": ["${x}${x}", {"x": value}]}));
    let in_text = json!(format!("[{}1]", "1,".repeat(400_000)));
    let many = |letter: &str| (0..60).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    let statement = json!({"Effect": "Allow", "Action": many("s3:A"), "Resource": many("arn:aws:s3:::b")});
    let policies = json!({"PolicyDocument": {"Statement": vec![statement; 200]}});
    let guarded = (0..50).fold(json!(vec!["a"; 10_000]), |value, n| json!({"Fn::If": [format!("C{n}"), value, "x"]}));
    let globals = json!({
        "Globals": {"Function": {"Environment": {"Variables": (0..2_000).map(|n| (format!("V{n}"), json!("x"))).collect::<serde_json::Map<_, _>>()}}},
        "Resources": (0..2_000).map(|n| (format!("F{n}"), json!({"Type": "AWS::Serverless::Function"}))).collect::<serde_json::Map<_, _>>(),
    });
    let queues: serde_json::Map<_, _> =
        (0..6_000).map(|n| (format!("Q{n}"), json!({"Type": "AWS::SQS::Queue"}))).collect();
    vec![
        ("aliases", laughs + NONE, "has more than 300,000 values"),
        ("merges", merges + NONE, "has more than 300,000 values"),
        ("aliases in aliases", deeper + NONE, "is nested more than 128 levels deep"),
        ("lists", format!("Resources: {}", "[".repeat(500_000)), "is nested more than 128 levels deep"),
        ("blocks", format!("Resources:\n{}", "- ".repeat(100_000)), "is nested more than 128 levels deep"),
        ("JSON", format!("{{\"Resources\": {}", "[".repeat(500_000)), "is nested more than 128 levels deep"),
        ("loops", json!({"Resources": loops}).to_string(), "has more than 5,000 entries in a section"),
        ("texts", resources(&json!({"QueueName": doubled})), "has more than 300,000 values"),
        ("JSON in texts", resources(&json!({"Text": in_text})), "has more than"),
        ("policies", resources(&policies), "grants more than 50,000 permissions"),
        ("conditions", resources(&json!({"Tags": guarded})), "has more than 300,000 values"),
        ("Globals", globals.to_string(), "has more than 300,000 values"),
        ("resources", json!({"Resources": queues}).to_string(), "has more than 5,000 entries in a section"),
        ("a long text", resources(&json!({"Text": "x".repeat(9 << 20)})), "has more than 8 MB of text"),
        ("a long file", format!("{NONE}#{}", "x".repeat(9 << 20)), "has more than 8 MB of text"),
    ]
}

#[test]
fn what_is_endless_is_not_compared() {
    for (what, template, reason) in endless() {
        let workspace = workspace(&[("endless.yaml", &template), ("none.yaml", NONE)]);
        for (old, new) in [("endless.yaml", "none.yaml"), ("none.yaml", "endless.yaml")] {
            let output = synth(&workspace, &["diff", old, "--head", new]);
            let (out, err) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(code(&output), 0, "{what}: {err}");
            assert!(out.starts_with(&format!("Not compared: `endless.yaml` {reason}")), "{what}: {out}");
        }
        let output = synth(&workspace, &["graph", "endless.yaml"]);
        let error = text(&output.stderr);
        assert_eq!((code(&output), output.stdout.len()), (2, 0), "{what}: {error}");
        assert!(error.starts_with(&format!("error: `endless.yaml` {reason}")), "{what}: {error}");
    }
}

#[test]
fn what_is_not_compared_fails_every_gate_in_every_format() {
    let workspace = workspace(&[("deep.yaml", &format!("Resources: {}", "[".repeat(1_000))), ("none.yaml", NONE)]);
    let reason = "`deep.yaml` is nested more than 128 levels deep, so nothing was compared; split it into several templates, \
                  and compare each";
    for gate in GATES.split(',') {
        let output = synth(&workspace, &["diff", "none.yaml", "--head", "deep.yaml", "--fail-on", gate]);
        assert_eq!(code(&output), 1, "{gate}");
        assert_eq!(text(&output.stderr), format!("error: --fail-on {gate}: {reason}\n"));
    }
    let shown = |format: &str| {
        let output =
            synth(&workspace, &["diff", "deep.yaml", "--head", "none.yaml", "--exit-code", "--format", format]);
        assert_eq!(code(&output), 1, "{format}");
        text(&output.stdout)
    };
    assert_eq!(shown("text"), format!("Not compared: {reason}\n\nNot compared\n  ? {reason}\n"));
    let json: Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!((&json["uncompared"], &json["resources"], &json["version"]), (&json!(reason), &json!([]), &json!(2)));
    let words = "is nested more than 128 levels deep";
    for format in ["markdown", "html"] {
        let report = shown(format);
        assert!(report.matches(words).count() >= 2 && report.contains("Not compared"), "{format}: {report}");
        assert!(!report.contains("permissions widened") && !report.contains("No changes"), "{format}: {report}");
    }
}

/// Templates that CloudFormation accepts, and some that are several times as large, are compared.
#[test]
fn large_templates_are_compared() {
    let queue = |n: usize, name: &str| {
        (
            format!("Queue{n}"),
            json!({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": format!("{name}{n}"), "Tags": (0..10).map(|t| json!({"Key": format!("k{t}"), "Value": "x".repeat(20)})).collect::<Vec<_>>()}}),
        )
    };
    let template = |name: &str| {
        json!({"Resources": (0..1_000).map(|n| queue(n, name)).collect::<serde_json::Map<_, _>>()}).to_string()
    };
    let workspace = workspace(&[("old.json", &template("a")), ("new.json", &template("b"))]);
    let output = synth(&workspace, &["diff", "old.json", "--head", "new.json"]);
    assert!(
        text(&output.stdout).starts_with("0 added, 0 changed in place, 1000 replaced, 0 deleted;"),
        "{}",
        text(&output.stderr)
    );
}

/// Each template is within the bounds by itself; what is not is what policies and rules become once they are followed and
/// compared.
#[test]
fn what_is_followed_or_compared_too_far_is_refused() {
    let names = |letter: &str, most: usize| (0..most).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    let policy = |word: &str| json!({"Statement": {"Effect": "Allow", "Action": names(&format!("s3:{word}"), 30), "Resource": "*"}});
    let holders = |word: &str| {
        let properties = json!({"Roles": names("role", 4_000), "PolicyDocument": policy(word)});
        json!({"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}})
    };
    let groups = |word: &str| {
        let properties = json!({"GroupName": names(word, 2_000), "Users": names("user", 2_000)});
        json!({"Resources": {"G": {"Type": "AWS::IAM::UserToGroupAddition", "Properties": properties}}})
    };
    let shares = |word: &str| {
        let properties = json!({"Principals": names(word, 2_000), "ResourceArns": names("arn", 2_000)});
        json!({"Resources": {"S": {"Type": "AWS::RAM::ResourceShare", "Properties": properties}}})
    };
    let branches = |word: &str| {
        let leaf = |n: usize| json!({"Fn::If": [format!("C{}", n % 40), format!("{word}{n}"), "b"]});
        let join =
            |level: &Vec<Value>| level.chunks(3).map(|items| json!({"Fn::Join": ["-", items]})).collect::<Vec<_>>();
        let levels = (0..6).fold((0..729).map(leaf).collect::<Vec<_>>(), |level, _| join(&level));
        let statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": levels});
        let properties = json!({"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": statement}}]});
        json!({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}})
    };
    let rules = |word: &str| {
        let from = u32::from(word == "b");
        let rule = |n: u32| json!({"IpProtocol": "tcp", "FromPort": 2 * n + from, "ToPort": 2 * n + from, "CidrIp": "0.0.0.0/0"});
        let properties = json!({"SecurityGroupIngress": (0..20_000).map(rule).collect::<Vec<_>>()});
        json!({"Resources": {"S": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}}})
    };
    let granted = "`old.json` grants more than 50,000 permissions";
    let followed = "`old.json` has policies and roles that become more than";
    for (what, template, reason) in [
        ("a policy of many roles", &holders as &dyn Fn(&str) -> Value, granted),
        ("many users in many groups", &groups, followed),
        ("shares", &shares, granted),
        ("branches in texts", &branches, followed),
        ("rules", &rules, "the change changes too many rules"),
    ] {
        let workspace =
            workspace(&[("old.json", &template("a").to_string()), ("new.json", &template("b").to_string())]);
        let output = synth(&workspace, &["diff", "old.json", "--head", "new.json"]);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            out.starts_with(&format!("Not compared: {reason}")),
            "{what}: {err}{}",
            out.lines().next().unwrap_or_default()
        );
    }
}

/// A rule behind many others is seen like the first.
#[test]
fn every_rule_of_a_long_list_is_looked_at() {
    let template = |last: &str| {
        let rules: Vec<Value> = (0..100)
            .map(|n| json!({"IpProtocol": "tcp", "FromPort": n, "ToPort": n, "CidrIp": if n == 99 { last } else { "10.0.0.0/8" }}))
            .collect();
        json!({"Resources": {"S": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": rules}}}})
            .to_string()
    };
    let workspace = workspace(&[("old.json", &template("10.0.0.0/8")), ("new.json", &template("0.0.0.0/0"))]);
    let output = synth(&workspace, &["diff", "old.json", "--head", "new.json", "--fail-on", "exposure"]);
    assert_eq!(code(&output), 1, "{}", text(&output.stdout));
}

/// Names that lead in a circle, in every way that a name can, do not lead the comparison around.
#[test]
fn circles_end() {
    let template = |word: &str| {
        let ring = |n: usize, of: usize| (n + 1) % of;
        let conditions: serde_json::Map<_, _> = (0..300)
            .map(|n| {
                (
                    format!("C{n}"),
                    json!({"Fn::And": [{"Condition": format!("C{}", ring(n, 300))}, {"Fn::Equals": [word, "a"]}]}),
                )
            })
            .collect();
        let mut resources: serde_json::Map<_, _> = (0..300)
            .map(|n| {
                let properties = json!({"QueueName": {"Fn::Sub": format!("{word}${{R{}}}", ring(n, 300))}, "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": [format!("R{n}"), "Arn"]}}});
                (format!("R{n}"), json!({"Type": "AWS::SQS::Queue", "Condition": format!("C{n}"), "DependsOn": format!("R{}", ring(n, 300)), "Properties": properties}))
            })
            .collect();
        // A mapping holds no lookups, but a template can be written so.
        let mapping = json!({"a": {"b": {"Fn::FindInMap": ["M", "a", "b"]}}});
        let statement = json!({"Effect": "Allow", "Action": word, "Resource": {"Fn::FindInMap": ["M", "a", "b"]}});
        resources.insert("T".to_owned(), json!({"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": ["q"], "PolicyDocument": {"Statement": statement}}}));
        json!({"Mappings": {"M": mapping}, "Conditions": conditions, "Resources": resources}).to_string()
    };
    let workspace = workspace(&[("old.json", &template("a")), ("new.json", &template("b"))]);
    let output = synth(&workspace, &["diff", "old.json", "--head", "new.json", "--format", "html"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("<dt>replaced</dt>"));
}
