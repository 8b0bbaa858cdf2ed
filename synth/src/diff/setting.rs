//! Everything of a template beside its resources.

use std::collections::BTreeSet;

use super::node::{Node, Target};
use super::pair::Pairs;
use super::report::{Happens, SettingChange};
use super::stack::Stack;
use super::tree::{Difference, differences};
use super::words::value;

/// By section, then name.
pub(crate) fn changes(old: &Stack, new: &Stack, pairs: &Pairs<'_>) -> Vec<SettingChange> {
    let sections: BTreeSet<&String> = old.sections.keys().chain(new.sections.keys()).collect();
    let mut found = Vec::new();
    for section in sections {
        let names = |stack: &Stack| -> BTreeSet<String> {
            stack.sections.get(section).into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let all: BTreeSet<String> = &names(old) | &names(new);
        for name in all {
            let before = old.entry(section, &name).map(|node| node.renamed(&pairs.names));
            let after = new.entry(section, &name);
            if before.as_ref() == after {
                continue;
            }
            let (happens, changes) = match (&before, after) {
                (Some(before), Some(after)) => (Happens::Changed, differences(before, after)),
                (None, _) => (Happens::Added, Vec::new()),
                (_, None) => (Happens::Removed, Vec::new()),
            };
            found.push(SettingChange {
                text: text(section, &name, before.as_ref(), after),
                reaches: reaches(new, section, &name).into_iter().map(str::to_owned).collect(),
                section: section.clone(),
                name,
                happens,
                changes: changes.iter().map(Difference::to_change).collect(),
            });
        }
    }
    found
}

fn text(section: &str, name: &str, old: Option<&Node>, new: Option<&Node>) -> String {
    match (section, old, new) {
        ("Parameters", None, Some(new)) => match new.member("Default") {
            Some(default) => {
                format!("parameter `{name}` is new; it is {} unless another value is given", value(Some(default)))
            }
            None => {
                format!("parameter `{name}` is new and has no default: it has to be given with the next deployment")
            }
        },
        ("Parameters", Some(_), None) => format!("parameter `{name}` is gone: a deployment that still gives it fails"),
        ("Parameters", Some(old), Some(new)) => parameter(name, old, new),
        ("Conditions", Some(_), Some(_)) => format!("condition `{name}` is another"),
        ("Mappings", Some(_), Some(_)) => format!("mapping `{name}` has other values"),
        ("Outputs", Some(old), new)
            if exports(old) && old.member("Export") != new.and_then(|new| new.member("Export")) =>
        {
            format!("output `{name}` is no longer exported as before: the update fails while another stack imports it")
        }
        ("Rules", _, Some(_)) => format!("rule `{name}` decides which parameters are accepted together"),
        ("Transform", ..) => "what turns the template into CloudFormation is another".to_owned(),
        ("Hooks", ..) => format!("hook `{name}` is another"),
        _ => String::new(),
    }
}

fn parameter(name: &str, old: &Node, new: &Node) -> String {
    let mut said = Vec::new();
    let (before, after) = (old.member("Default"), new.member("Default"));
    if before != after {
        said.push(match after {
            None => format!("parameter `{name}` has no default any more: a new stack has to give it"),
            _ => format!(
                "the default of `{name}` goes from {} to {}: new stacks get it, a deployed stack keeps the value that it has unless another is given",
                value(before),
                value(after)
            ),
        });
    }
    if old.member("Type") != new.member("Type") {
        said.push(format!("parameter `{name}` is a {} now", value(new.member("Type"))));
    }
    if old.member("NoEcho") != new.member("NoEcho") {
        let shown = new.member("NoEcho") != Some(&Node::Text("true".to_owned()));
        let text = if shown { "is shown in plain text from now on" } else { "is hidden from now on" };
        said.push(format!("the value of `{name}` {text}"));
    }
    let limits = ["AllowedPattern", "AllowedValues", "MaxLength", "MaxValue", "MinLength", "MinValue"];
    if limits.iter().any(|limit| old.member(limit) != new.member(limit)) {
        said.push(format!("`{name}` takes other values: one that is deployed may be refused"));
    }
    said.join("; ")
}

fn exports(output: &Node) -> bool {
    output.member("Export").is_some()
}

/// Resources of the new template that depend on an entry, directly or through conditions.
fn reaches<'a>(new: &'a Stack, section: &str, name: &str) -> BTreeSet<&'a str> {
    let wanted = match section {
        "Parameters" => Target::Name(name),
        "Conditions" => Target::Condition(name),
        "Mappings" => Target::Mapping(name),
        _ => return BTreeSet::new(),
    };
    let mut through: BTreeSet<Target<'_>> = BTreeSet::from([wanted]);
    loop {
        let conditions = new.sections.get("Conditions").into_iter().flatten();
        let more: Vec<Target<'_>> = conditions
            .filter(|(condition, node)| {
                let mut targets = BTreeSet::new();
                node.targets(&mut targets);
                !through.contains(&Target::Condition(condition))
                    && targets.iter().any(|target| through.contains(target))
            })
            .map(|(condition, _)| Target::Condition(condition))
            .collect();
        if more.is_empty() {
            break;
        }
        through.extend(more);
    }
    let reached = new.resources.iter().filter(|(_, resource)| !resource.targets().is_disjoint(&through));
    reached.map(|(id, _)| id.as_str()).collect()
}
