//! What people and runs will notice, in words: from the plan, Port's documents and the function's own settings.

use super::node::Node;
use super::pair::Pairs;
use super::report::{Happens, Meaning, Subject};
use super::side::Side;
use super::words::value;
use super::{contract, mapping};

/// What concerns all, then by blueprint and action.
pub(crate) fn changes(old: &Side, new: &Side, pairs: &Pairs<'_>) -> Vec<Meaning> {
    let mut found = functions(pairs);
    if let (Some(old), Some(new)) = (old.plan(), new.plan()) {
        found.extend(mapping::changes(old, new));
    }
    if old.has_documents() && new.has_documents() {
        found.extend(contract::changes(old, new));
    }
    found.sort_by(|one, other| key(one).cmp(&key(other)));
    found
}

fn key(meaning: &Meaning) -> impl Ord + '_ {
    (&meaning.blueprint, &meaning.action, meaning.subject, &meaning.name, &meaning.text)
}

/// A meaning that concerns no blueprint.
pub(crate) fn of_function(name: Option<&str>, happens: Happens, text: String) -> Meaning {
    let name = name.map(str::to_owned);
    Meaning { subject: Subject::Function, blueprint: String::new(), action: None, name, happens, text }
}

/// Settings of a function by their property, and what they are called.
const SETTINGS: [(&[&str], &str); 6] = [
    (&["Timeout"], "seconds that an invocation has"),
    (&["MemorySize"], "memory in MB"),
    (&["ReservedConcurrentExecutions"], "invocations at once, at most"),
    (&["Runtime"], "runtime"),
    (&["Architectures"], "architecture"),
    (&["Role"], "role"),
];

fn functions(pairs: &Pairs<'_>) -> Vec<Meaning> {
    let mut found = Vec::new();
    let of_kind = |kind: &str| kind == "AWS::Serverless::Function" || kind == "AWS::Lambda::Function";
    for pair in pairs.both.iter().filter(|pair| of_kind(&pair.new.kind)) {
        for (path, name) in SETTINGS {
            let (before, after) = (pair.before(path), pair.new.property(path));
            if before != after {
                let text = format!("function `{}`, {name}: {} → {}", pair.id, shown(before), shown(after));
                found.push(of_function(path.first().copied(), Happens::Changed, text));
            }
        }
        let variables = |node: Option<&Node>| match node {
            Some(Node::Map(variables)) => variables.clone(),
            _ => std::collections::BTreeMap::new(),
        };
        let before = variables(pair.before(&["Environment", "Variables"]));
        let after = variables(pair.new.property(&["Environment", "Variables"]));
        for (name, value) in &after {
            let (happens, what) = match before.get(name) {
                None => (Happens::Added, "is new"),
                Some(old) if old != value => (Happens::Changed, "is another"),
                Some(_) => continue,
            };
            let text = format!("function `{}`: environment variable `{name}` {what}", pair.id);
            found.push(of_function(Some(name), happens, text));
        }
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            let text = format!("function `{}`: environment variable `{name}` is gone", pair.id);
            found.push(of_function(Some(name), Happens::Removed, text));
        }
    }
    found
}

fn shown(node: Option<&Node>) -> String {
    node.map_or_else(|| "the default".to_owned(), |node| value(Some(node)))
}
