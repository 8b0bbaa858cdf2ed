//! Gives what IAM takes for the same the same words: accounts, condition operators.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::node::Node;
use crate::template::statement::Term;

/// Rewrites each word of a term.
pub(super) fn words(term: Term, rewrite: impl Fn(String) -> String) -> Term {
    match term {
        Term::One(word) => Term::One(rewrite(word)),
        Term::AllBut(words) => Term::AllBut(words.into_iter().map(rewrite).collect()),
    }
}

/// Writes an account as the ARN of its root, for which its twelve digits are short.
pub(super) fn principal(word: String) -> String {
    match word.strip_prefix("AWS:") {
        Some(account) if is_account(account) => format!("AWS:arn:aws:iam::{account}:root"),
        _ => word,
    }
}

fn is_account(word: &str) -> bool {
    word == "${AWS::AccountId}" || (word.len() == 12 && word.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether a text has a variable of a policy, such as `${aws:username}` or `${*}`.
pub(super) fn has_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|after| {
        let name = after.split_once('}').map_or("", |(name, _)| name);
        ["*", "?", "$"].contains(&name) || (name.contains(':') && !name.contains("::") && !name.starts_with('!'))
    })
}

/// Writes each condition operator as the one that it equals: those for ARNs always match wildcards, those for texts are the
/// same without wildcards. Without keys an operator says nothing.
pub(super) fn condition(condition: Node) -> Node {
    let Node::Map(operators) = condition else { return condition };
    let mut found: BTreeMap<String, BTreeMap<String, Node>> = BTreeMap::new();
    let mut others = BTreeMap::new();
    for (operator, keys) in operators {
        let Node::Map(keys) = keys else {
            others.insert(operator, keys);
            continue;
        };
        for (key, values) in keys {
            let same = operator_of(&operator, &values);
            let taken = found.get(&same).is_some_and(|keys| keys.contains_key(&key));
            // Two operators with one key must both match; they cannot be written as one.
            found.entry(if taken { operator.clone() } else { same }).or_default().insert(key, values);
        }
    }
    others.extend(found.into_iter().map(|(operator, keys)| (operator, Node::Map(keys))));
    if others.is_empty() { Node::Null } else { Node::Map(others) }
}

fn operator_of(operator: &str, values: &Node) -> String {
    let (set, name) = operator.split_once(':').map_or(("", operator), |(set, name)| (set, name));
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, ""), |name| (name, "IfExists"));
    let no_wildcards = |values: &BTreeSet<Node>| {
        values.iter().all(|value| matches!(value, Node::Text(text) if !text.contains(['*', '?'])))
    };
    let is_literal = matches!(values, Node::Set(values) if no_wildcards(values));
    let same = match name {
        "ArnEquals" => "ArnLike",
        "ArnNotEquals" => "ArnNotLike",
        "StringLike" if is_literal => "StringEquals",
        "StringNotLike" if is_literal => "StringNotEquals",
        other => other,
    };
    if set.is_empty() { format!("{same}{if_exists}") } else { format!("{set}:{same}{if_exists}") }
}
