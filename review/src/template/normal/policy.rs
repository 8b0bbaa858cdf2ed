//! Splits IAM policies into statements with one principal, one action and one resource each.
//!
//! How statements are grouped, their `Sid` and the order of their lists have no meaning and are dropped.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{plain, text};
use crate::template::guard::{Guards, and, expanded, is_impossible};
use crate::template::intrinsic::{is_intrinsic, is_no_value};
use crate::template::limit::MOST_COMBINATIONS;
use crate::template::node::Node;
use crate::template::statement::{Statement, Term};

/// Reads a policy document; `None` if the object is not one. Nothing is lost but what means nothing: `Id`, `Sid`, how
/// statements are grouped, and the order of their lists. What cannot be read is kept as it is written.
pub(crate) fn document(map: &Map<String, Value>) -> Option<Node> {
    let inside = map.get("Statement")?;
    let mut pairs = BTreeMap::from([("Version".to_owned(), Node::Text("2008-10-17".to_owned()))]);
    let others = map.iter().filter(|(key, value)| !["Id", "Statement"].contains(&key.as_str()) && !is_no_value(value));
    pairs.extend(others.map(|(key, value)| (key.clone(), plain(value))));
    let mut nodes = BTreeSet::new();
    for (statement, guards) in expanded(inside) {
        match statement.as_object().and_then(|map| whole(map, &guards)) {
            Some(found) => nodes.extend(found.iter().map(to_node)),
            None => drop(nodes.insert(unread(statement, &guards))),
        }
    }
    pairs.insert("Statement".to_owned(), Node::Set(nodes));
    Some(Node::Map(pairs))
}

/// Reads a statement that has no document around it; `None` if the object is not one.
pub(crate) fn statement(map: &Map<String, Value>) -> Option<Node> {
    Some(Node::Set(whole(map, &Guards::new())?.iter().map(to_node).collect()))
}

/// Every key that IAM knows in a statement.
const KEYS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Splits a statement of which nothing is lost that way; `None` for any other.
fn whole(map: &Map<String, Value>, guards: &Guards) -> Option<BTreeSet<Statement>> {
    let exclusive = |key: &str, not: &str| !(map.contains_key(key) && map.contains_key(not));
    let effects = map.get("Effect").map(expanded)?;
    let condition = map.get("Condition").is_none_or(|value| value.as_object().is_some_and(|map| !map.is_empty()));
    let is_whole = map.keys().all(|key| KEYS.contains(&key.as_str()))
        && exclusive("Principal", "NotPrincipal")
        && exclusive("Action", "NotAction")
        && exclusive("Resource", "NotResource")
        && (map.contains_key("Action") || map.contains_key("NotAction"))
        && !effects.is_empty()
        && effects.iter().all(|(effect, _)| *effect == "Allow" || *effect == "Deny")
        && ["Action", "Resource"].iter().all(|key| map.get(*key).is_none_or(|value| are_words(value, true)))
        && ["NotAction", "NotResource"].iter().all(|key| map.get(*key).is_none_or(|value| are_words(value, false)))
        && map.get("Principal").is_none_or(|value| are_principals(value, true))
        && map.get("NotPrincipal").is_none_or(|value| are_principals(value, false))
        && condition;
    if !is_whole {
        return None;
    }
    let mut found = BTreeSet::new();
    for (effect, more) in effects {
        if !split(map, effect != "Deny", &and(guards, &more), &mut found) {
            return None;
        }
    }
    Some(found)
}

/// Whether a value is a word or a list of words, if `may_depend` also under template conditions.
fn are_words(value: &Value, may_depend: bool) -> bool {
    let words = expanded(value);
    let is_word = |word: &Value| match word {
        Value::String(_) => true,
        Value::Object(map) => is_intrinsic(map),
        _ => false,
    };
    !words.is_empty() && words.iter().all(|(word, guards)| is_word(word) && (may_depend || guards.is_empty()))
}

/// Whether a value is a principal, or names principals by kind.
fn are_principals(value: &Value, may_depend: bool) -> bool {
    let each = expanded(value);
    let is_readable = |value: &Value| match value {
        Value::Object(kinds) if !is_intrinsic(kinds) => {
            !kinds.is_empty() && kinds.values().all(|names| are_words(names, may_depend))
        }
        word => are_words(word, may_depend),
    };
    !each.is_empty() && each.iter().all(|(value, guards)| is_readable(value) && (may_depend || guards.is_empty()))
}

/// Keeps a statement that cannot be read, with the template conditions that it depends on.
fn unread(statement: &Value, guards: &Guards) -> Node {
    let node = plain(statement);
    if guards.is_empty() {
        return node;
    }
    Node::Map(BTreeMap::from([("Statement".to_owned(), node), only_if(guards)]))
}

/// Reads the value of `Statement`: one statement, a list, or either under conditions.
pub(crate) fn statements(value: &Value) -> BTreeSet<Statement> {
    let mut found = BTreeSet::new();
    for (statement, guards) in expanded(value) {
        let Value::Object(map) = statement else { continue };
        // IAM rejects a statement without an effect; it is read as `Allow`, the wider one.
        let effects = map.get("Effect").map_or_else(|| vec![(&Value::Null, Guards::new())], expanded);
        for (effect, more) in effects {
            let _ = split(map, effect != "Deny", &and(&guards, &more), &mut found);
        }
    }
    found
}

/// Splits a statement into one for each combination of principal, action and resource. Returns whether every combination is
/// there: not if there are too many, or if one is under contradicting conditions.
fn split(map: &Map<String, Value>, allows: bool, guards: &Guards, found: &mut BTreeSet<Statement>) -> bool {
    let principals = optional(principals(map, guards), guards);
    let actions = terms(map, "Action", "NotAction", guards);
    let resources = optional(terms(map, "Resource", "NotResource", guards), guards);
    let condition = map.get("Condition").map_or(Node::Null, condition);
    let mut all = [principals, actions.into_iter().map(|(term, guards)| (Some(term), guards)).collect(), resources];
    let mut complete = all.iter().map(Vec::len).product::<usize>() <= MOST_COMBINATIONS;
    if !complete {
        all = all.map(|terms| one_word(&terms, guards));
    }
    let [principals, actions, resources] = all;
    for (principal, by_principal) in &principals {
        for (action, by_action) in &actions {
            for (resource, by_resource) in &resources {
                let only_if: Guards = [by_principal, by_action, by_resource]
                    .into_iter()
                    .flat_map(|guards| guards.iter().cloned())
                    .collect();
                if is_impossible(&only_if) {
                    complete = false;
                    continue;
                }
                found.insert(Statement {
                    allows,
                    principal: principal.clone(),
                    action: action.clone().unwrap_or_else(|| Term::One(String::new())),
                    resource: resource.clone(),
                    condition: condition.clone(),
                    only_if,
                });
            }
        }
    }
    complete
}

/// Joins all terms of a list into one.
fn one_word(terms: &[OptionalTerm], guards: &Guards) -> Vec<OptionalTerm> {
    let words: BTreeSet<String> = terms.iter().filter_map(|(term, _)| term.as_ref().map(Term::to_text)).collect();
    let word = words.into_iter().collect::<Vec<_>>().join(", ");
    vec![(Some(Term::One(word)).filter(|word| *word != Term::One(String::new())), guards.clone())]
}

type Terms = Vec<(Term, Guards)>;
type OptionalTerm = (Option<Term>, Guards);

fn terms(map: &Map<String, Value>, key: &str, not: &str, guards: &Guards) -> Terms {
    if let Some(value) = map.get(not) {
        let words = expanded(value).into_iter().map(|(value, _)| word(value)).collect();
        return vec![(Term::AllBut(words), guards.clone())];
    }
    let each = map.get(key).map(expanded).unwrap_or_default().into_iter();
    each.map(|(value, more)| (Term::One(word(value)), and(&more, guards))).collect()
}

/// Reads a word of a statement, with `${…}` for what is known only at deployment; `${!…}` is text that only looks like it.
fn word(value: &Value) -> String {
    match plain(value) {
        Node::Text(text) => escaped(&text),
        other => other.to_text(),
    }
}

/// Escapes what looks like a reference in a text. A variable of IAM's such as `${aws:username}` does not: no logical id has a
/// colon.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        escaped.extend([before, if begins_with_name(after) { "${!" } else { "${" }]);
        rest = after;
    }
    escaped + rest
}

/// Whether `…}…` begins with what may be a logical id, a pseudo parameter or an attribute.
fn begins_with_name(rest: &str) -> bool {
    let name = rest.split_once('}').map_or("", |(name, _)| name);
    name.strip_prefix("AWS::").unwrap_or(name).chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// Reads a word back.
fn to_text(word: &str) -> Node {
    let mut escaped = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let is_variable = !after.starts_with('!') && !begins_with_name(after);
        escaped.extend([before, if is_variable { "${!" } else { "${" }]);
        rest = after;
    }
    text(&(escaped + rest))
}

/// Reads principals: `*`, or by kind such as `Service:lambda.amazonaws.com` and `AWS:arn:…`. Every spelling of "everyone"
/// becomes `*`.
fn principals(map: &Map<String, Value>, guards: &Guards) -> Terms {
    let words = |value: &Value| {
        let mut words: Vec<(String, Guards)> = Vec::new();
        for (value, more) in expanded(value) {
            let Value::Object(kinds) = value else {
                words.push((word(value), more));
                continue;
            };
            if is_intrinsic(kinds) {
                words.push((word(value), more));
                continue;
            }
            for (kind, names) in kinds {
                for (name, inner) in expanded(names) {
                    let name = word(name);
                    let word = if kind == "AWS" && name == "*" { name } else { format!("{kind}:{name}") };
                    words.push((word, and(&more, &inner)));
                }
            }
        }
        words
    };
    match (map.get("Principal"), map.get("NotPrincipal")) {
        (Some(value), _) => words(value).into_iter().map(|(word, more)| (Term::One(word), &more | guards)).collect(),
        (None, Some(value)) => {
            vec![(Term::AllBut(words(value).into_iter().map(|(word, _)| word).collect()), guards.clone())]
        }
        (None, None) => Vec::new(),
    }
}

/// Returns `None` for an element that a statement does not have.
fn optional(terms: Terms, guards: &Guards) -> Vec<OptionalTerm> {
    if terms.is_empty() {
        return vec![(None, guards.clone())];
    }
    terms.into_iter().map(|(term, guards)| (Some(term), guards)).collect()
}

/// Reads a condition such as `{"StringEquals": {"aws:x": ["a", "b"]}}`, with its values as sets.
fn condition(value: &Value) -> Node {
    let Value::Object(operators) = value else { return plain(value) };
    if operators.keys().any(|key| key.starts_with("Fn::")) {
        return plain(value);
    }
    let mut by_operator = BTreeMap::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else {
            by_operator.insert(operator.clone(), plain(keys));
            continue;
        };
        let values = |value: &Value| match value {
            Value::Array(items) => Node::Set(items.iter().map(plain).collect()),
            single => Node::Set(BTreeSet::from([plain(single)])),
        };
        let keys = keys.iter().map(|(key, value)| (key.clone(), values(value))).collect();
        by_operator.insert(operator.clone(), Node::Map(keys));
    }
    if by_operator.is_empty() { Node::Null } else { Node::Map(by_operator) }
}

fn to_node(statement: &Statement) -> Node {
    let term = |key: &str, term: &Term| match term {
        Term::One(word) => (key.to_owned(), to_text(word)),
        Term::AllBut(words) => (format!("Not{key}"), Node::Set(words.iter().map(|word| to_text(word)).collect())),
    };
    let effect = if statement.allows { "Allow" } else { "Deny" };
    let mut pairs = BTreeMap::from([("Effect".to_owned(), Node::Text(effect.to_owned()))]);
    pairs.extend([term("Action", &statement.action)]);
    pairs.extend(statement.principal.iter().map(|principal| term("Principal", principal)));
    pairs.extend(statement.resource.iter().map(|resource| term("Resource", resource)));
    if statement.condition != Node::Null {
        pairs.insert("Condition".to_owned(), statement.condition.clone());
    }
    if !statement.only_if.is_empty() {
        pairs.extend([only_if(&statement.only_if)]);
    }
    Node::Map(pairs)
}

fn only_if(guards: &Guards) -> (String, Node) {
    ("OnlyIf".to_owned(), Node::Set(guards.iter().map(|guard| Node::Text(guard.clone())).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::normal::node;
    use crate::template::schema;

    #[test]
    fn grouping_of_statements_does_not_matter() {
        let one = json!([{"Sid": "A", "Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": ["a", "b"]}]);
        let other = json!([
            {"Effect": "Allow", "Action": "s3:Put*", "Resource": ["b", "a"]},
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "b"},
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "a"},
        ]);
        assert_eq!(statements(&one), statements(&other));
        assert_eq!(statements(&one).len(), 4);
    }

    #[test]
    fn a_statement_without_a_document_has_no_order_and_no_sid() {
        let kind = schema::of("AWS::Events::EventBusPolicy").unwrap();
        let read = |actions: &Value, sid: &str| {
            let statement =
                json!({"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "r"});
            let of = |value: Value| node(&json!({ "Statement": value }), "Properties", kind);
            (of(statement.clone()), of(json!(statement.to_string())))
        };
        let (one, other) = (read(&json!(["a:B", "a:C"]), "x"), read(&json!(["a:C", "a:B"]), "y"));
        assert_eq!(one, other);
        assert_ne!(one, read(&json!(["a:C"]), "x"));
    }

    #[test]
    fn template_conditions_become_guards() {
        let found = statements(&json!([{"Fn::If": ["C", {
            "Effect": "Allow", "Action": "x:Y",
            "Resource": [{"Fn::If": ["C", "a", "never"]}, {"Fn::If": ["D", {"Ref": "AWS::NoValue"}, "b"]}],
        }, {"Ref": "AWS::NoValue"}]}]));
        let found: Vec<_> = found
            .iter()
            .map(|statement| (statement.resource.as_ref().unwrap().to_text(), &statement.only_if))
            .collect();
        let guards = |guards: &[&str]| guards.iter().map(|guard| (*guard).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(found, [("a".to_owned(), &guards(&["C"])), ("b".to_owned(), &guards(&["C", "not D"]))]);
    }

    /// What cannot be read counts as the wider one.
    #[test]
    fn only_deny_denies() {
        for (effect, want) in [
            (json!("Allow"), &[true][..]),
            (json!("Deny"), &[false]),
            (json!({"Ref": "Effect"}), &[true]),
            (json!("deny"), &[true]),
            (json!(null), &[true]),
            (json!({"Fn::If": ["C", "Deny", {"Ref": "Effect"}]}), &[false, true]),
            (json!({"Fn::If": ["C", "Deny", "Deny"]}), &[false, false]),
        ] {
            let found = statements(&json!({"Effect": effect, "Action": "x:Y", "Resource": "*"}));
            let mut allows: Vec<bool> = found.iter().map(|statement| statement.allows).collect();
            allows.sort_unstable();
            assert_eq!(allows, want, "{effect}");
        }
        let without = statements(&json!({"Action": "x:Y", "Resource": "*"}));
        assert!(without.iter().all(|statement| statement.allows) && without.len() == 1);
    }

    #[test]
    fn a_huge_statement_is_not_split() {
        let many = |word: &str| (0..100).map(|n| format!("{word}{n}")).collect::<Vec<_>>();
        let found = statements(&json!({"Effect": "Allow", "Action": many("a"), "Resource": many("r")}));
        assert_eq!(found.len(), 1);
        assert_eq!(found, statements(&json!({"Effect": "Allow", "Resource": many("r"), "Action": many("a")})));
    }

    #[test]
    fn every_spelling_of_everyone_is_the_same() {
        let who = |principal: Value| {
            let found =
                statements(&json!({"Effect": "Allow", "Principal": principal, "Action": "x:Y", "Resource": "*"}));
            found.into_iter().map(|statement| statement.principal.unwrap().to_text()).collect::<Vec<_>>()
        };
        assert_eq!(who(json!("*")), ["*"]);
        assert_eq!(who(json!({"AWS": "*"})), ["*"]);
        assert_eq!(
            who(json!({"AWS": ["a", {"Fn::GetAtt": ["R", "Arn"]}], "Service": "s"})),
            ["AWS:${R.Arn}", "AWS:a", "Service:s"]
        );
    }
}
