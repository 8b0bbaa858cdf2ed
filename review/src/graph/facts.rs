//! The main facts about a resource, in a few short lines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::kind::NodeKind;
use super::model::Fact;
use crate::template::node::Node;
use crate::template::normal::{plain, policy};
use crate::template::stack::DeployedResource;

/// Returns the facts about a resource.
pub(super) fn of(kind: NodeKind, resource: &DeployedResource) -> Vec<Fact> {
    let text = |name: &str| resource.property(&[name]).map(short);
    let lines = match kind {
        NodeKind::Function => function(resource),
        NodeKind::Mapping => {
            let group = ["SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig"];
            let group = group.iter().find_map(|config| resource.property(&[config, "ConsumerGroupId"])).map(short);
            let line = |word: &str, value: Option<String>| value.map(|value| format!("{word} {value}"));
            let lines = [
                line("group", group),
                line("starts at", text("StartingPosition")),
                line("batch size", text("BatchSize")),
            ];
            lines.into_iter().flatten().collect()
        }
        NodeKind::Queue => text("MessageRetentionPeriod").map(|seconds| kept(&seconds, 86_400)).into_iter().collect(),
        NodeKind::Log => vec![text("RetentionInDays").map_or("kept forever".to_owned(), |days| kept(&days, 1))],
        NodeKind::Alarm => alarm(resource).into_iter().collect(),
        NodeKind::Role => assumed(resource).into_iter().chain(permissions(resource)).collect(),
        NodeKind::Policy => permissions(resource),
        NodeKind::Trigger => ["ScheduleExpression", "Schedule", "Path"].iter().filter_map(|name| text(name)).collect(),
        _ => Vec::new(),
    };
    lines.into_iter().map(Fact::new).collect()
}

/// Returns the patterns of a mapping's filter: one line for each value.
pub(super) fn patterns(mapping: &DeployedResource) -> Vec<String> {
    let filters = mapping.property(&["FilterCriteria", "Filters"]);
    let patterns: Vec<&Node> =
        filters.into_iter().flat_map(Node::children).filter_map(|filter| filter.member("Pattern")).collect();
    let several = patterns.len() > 1;
    let mut lines = Vec::new();
    for (at, pattern) in patterns.into_iter().enumerate() {
        if several {
            lines.push(format!("pattern {}:", at + 1));
        }
        match pattern {
            Node::Json(inside) => values(inside, "", &mut lines),
            other => lines.push(short(other)),
        }
    }
    lines
}

fn values(node: &Node, key: &str, lines: &mut Vec<String>) {
    match node {
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| values(value, key, lines)),
        Node::List(_) | Node::Set(_) => lines.extend(node.children().map(|value| format!("{key}: {}", short(value)))),
        other => lines.push(format!("{key}: {}", short(other))),
    }
}

/// Writes a value for people: names for what is known only at deployment, alternatives joined by "or".
pub(super) fn short(node: &Node) -> String {
    match node {
        Node::Null => "null".to_owned(),
        Node::Ref(name) | Node::Attr(name, _) => name.clone(),
        Node::Json(inside) => inside.to_value().to_string(),
        Node::List(items) => joined(items.iter()),
        Node::Set(items) => joined(items.iter()),
        Node::Call(name, inside) => match (name.as_str(), &**inside) {
            ("Fn::If", Node::List(items)) => {
                let branches = items.iter().skip(1).filter(|item| !item.is_no_value());
                branches.map(short).collect::<Vec<_>>().join(" or ")
            }
            ("Fn::FindInMap", Node::List(items)) => {
                let words: Vec<String> = items.iter().skip(1).map(short).collect();
                match words.as_slice() {
                    [key, attribute] => format!("{attribute} of {key}"),
                    _ => words.join(" "),
                }
            }
            _ => node.to_text(),
        },
        other => other.to_text(),
    }
}

fn joined<'a>(items: impl Iterator<Item = &'a Node>) -> String {
    items.filter(|item| !item.is_no_value()).map(short).collect::<Vec<_>>().join(", ")
}

fn function(resource: &DeployedResource) -> Vec<String> {
    let text = |name: &str| resource.property(&[name]).map(short);
    let runs: Vec<String> = ["Runtime", "PackageType", "Architectures"].iter().filter_map(|name| text(name)).collect();
    let memory = text("MemorySize").map(|size| format!("{size} MB"));
    let timeout = text("Timeout").map(|timeout| format!("{timeout} s"));
    let limits: Vec<String> = memory.into_iter().chain(timeout).collect();
    [runs, limits].iter().filter(|words| !words.is_empty()).map(|words| words.join(", ")).collect()
}

fn kept(time: &str, unit: u64) -> String {
    match time.parse::<u64>() {
        Ok(time) if time >= unit => {
            let count = time / unit;
            format!("kept {count} day{}", if count == 1 { "" } else { "s" })
        }
        Ok(seconds) => format!("kept {seconds} s"),
        Err(_) => format!("kept {time}"),
    }
}

fn alarm(resource: &DeployedResource) -> Option<String> {
    let metric = short(resource.property(&["MetricName"])?);
    let Some(threshold) = resource.property(&["Threshold"]).map(short) else { return Some(metric) };
    let sign = match resource.property(&["ComparisonOperator"]).map(short).as_deref() {
        Some("GreaterThanOrEqualToThreshold") => "≥",
        Some("GreaterThanThreshold") => ">",
        Some("LessThanThreshold") => "<",
        Some("LessThanOrEqualToThreshold") => "≤",
        _ => "against",
    };
    Some(format!("{metric} {sign} {threshold}"))
}

/// Describes who can assume a role.
fn assumed(resource: &DeployedResource) -> Option<String> {
    let trusted = policy::statements(resource.written.get("AssumeRolePolicyDocument")?.get("Statement")?);
    let who: BTreeSet<String> = trusted.into_iter().filter_map(|trust| Some(trust.principal?.to_text())).collect();
    let who: Vec<&str> = who.iter().map(|who| who.strip_prefix("Service:").unwrap_or(who)).collect();
    (!who.is_empty()).then(|| format!("assumed by {}", who.join(", ")))
}

/// Describes what a role or policy allows; actions with the same resources share a line.
fn permissions(resource: &DeployedResource) -> Vec<String> {
    let written = Value::Object(resource.written.clone());
    let mut documents: Vec<&Value> = written.get("PolicyDocument").into_iter().collect();
    let inline = written.get("Policies").and_then(Value::as_array).into_iter().flatten();
    documents.extend(inline.filter_map(|policy| policy.get("PolicyDocument")));
    let mut resources: BTreeMap<(bool, String), BTreeSet<String>> = BTreeMap::new();
    for statement in documents.iter().filter_map(|document| document.get("Statement")).flat_map(policy::statements) {
        let on = statement.resource.map_or_else(|| "any resource".to_owned(), |term| plainly(&term.to_text()));
        resources.entry((!statement.allows, on)).or_default().insert(statement.action.to_text());
    }
    let mut actions: BTreeMap<(bool, BTreeSet<String>), Vec<String>> = BTreeMap::new();
    for ((denies, on), what) in resources {
        actions.entry((denies, what)).or_default().push(on);
    }
    let lines = actions.into_iter().map(|((denies, what), on)| {
        let what: Vec<String> = what.into_iter().collect();
        format!("{}{} on {}", if denies { "denies " } else { "" }, what.join(", "), on.join(", "))
    });
    let managed = written.get("ManagedPolicyArns").and_then(Value::as_array).into_iter().flatten();
    let names = managed.filter_map(|arn| plain(arn).to_text().rsplit_once('/').map(|(_, name)| name.to_owned()));
    lines.chain(names.map(|name| format!("managed policy {name}"))).collect()
}

/// Shortens `${Queue.Arn}` to `Queue`; other text is returned unchanged.
fn plainly(text: &str) -> String {
    let inside = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match inside {
        Some(name) if !name.contains('$') => name.split_once('.').map_or(name, |(name, _)| name).to_owned(),
        _ => text.to_owned(),
    }
}
