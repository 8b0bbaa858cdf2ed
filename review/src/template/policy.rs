//! IAM's policies as what they say: statements of one principal, one action and one resource each.
//!
//! How statements are divided, what their `Sid` is and in which order their lists stand means nothing, and is lost here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::template::node::Node;
use crate::template::normal::{self, is_no_value, plain};

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    /// `Effect` is `Allow`.
    pub(crate) allows: bool,
    /// Nobody in particular in a policy that is attached to somebody.
    pub(crate) principal: Option<Term>,
    /// `Action`, or what `NotAction` leaves out.
    pub(crate) action: Term,
    /// `Resource`, or what `NotResource` leaves out. A trust policy has none.
    pub(crate) resource: Option<Term>,
    /// By operator and key, values as sets; null without one.
    pub(crate) condition: Node,
    /// Conditions of the template under which it is there, such as `HasKey` and `not HasKey`.
    pub(crate) only_if: BTreeSet<String>,
}

/// One word of a statement, or everything but some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// This one, with wildcards.
    One(String),
    /// Everything except these.
    AllBut(BTreeSet<String>),
}

impl Term {
    /// For a person.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::One(word) => word.clone(),
            Self::AllBut(words) => {
                format!("everything but {}", words.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A value with the conditions of the template under which it is there.
pub(crate) type Guarded<'a> = (&'a Value, BTreeSet<String>);

/// A policy's document, if that is what it is.
pub(crate) fn document(map: &Map<String, Value>) -> Option<Node> {
    let inside = map.get("Statement")?;
    let version = map.get("Version").map_or(Node::Text("2008-10-17".to_owned()), plain);
    let said = statements(inside).iter().map(to_node).collect();
    Some(Node::Map(BTreeMap::from([("Version".to_owned(), version), ("Statement".to_owned(), Node::Set(said))])))
}

/// The statements of `Statement`: one, a list, or either under conditions.
pub(crate) fn statements(value: &Value) -> BTreeSet<Statement> {
    let mut found = BTreeSet::new();
    for (statement, guards) in expanded(value) {
        let Value::Object(map) = statement else { continue };
        // IAM takes no statement without an effect; one that is not there is read as the wider.
        let effects = map.get("Effect").map_or_else(|| vec![(&Value::Null, BTreeSet::new())], expanded);
        for (effect, more) in effects {
            split(map, effect != "Deny", &(&guards | &more), &mut found);
        }
    }
    found
}

/// One statement as what it says, each on its own.
fn split(map: &Map<String, Value>, allows: bool, guards: &BTreeSet<String>, found: &mut BTreeSet<Statement>) {
    let principals = optional(principals(map, guards), guards);
    let actions = terms(map, "Action", "NotAction", guards);
    let resources = optional(terms(map, "Resource", "NotResource", guards), guards);
    let condition = map.get("Condition").map_or(Node::Null, condition);
    let mut all = [principals, actions.into_iter().map(|(term, guards)| (Some(term), guards)).collect(), resources];
    if all.iter().map(Vec::len).product::<usize>() > MOST {
        all = all.map(|terms| one_word(&terms, guards));
    }
    let [principals, actions, resources] = all;
    for (principal, by_principal) in &principals {
        for (action, by_action) in &actions {
            for (resource, by_resource) in &resources {
                let only_if: BTreeSet<String> = [by_principal, by_action, by_resource]
                    .into_iter()
                    .flat_map(|guards| guards.iter().cloned())
                    .collect();
                // Under a condition and its opposite there is nothing.
                if only_if.iter().any(|guard| only_if.contains(&format!("not {guard}"))) {
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
}

/// A statement of more combinations than this is taken as a whole: nobody reads them one by one.
const MOST: usize = 4_096;

/// All the words of a list as one.
fn one_word(terms: &[Optional], guards: &BTreeSet<String>) -> Vec<Optional> {
    let words: BTreeSet<String> = terms.iter().filter_map(|(term, _)| term.as_ref().map(Term::to_text)).collect();
    let word = words.into_iter().collect::<Vec<_>>().join(", ");
    vec![(Some(Term::One(word)).filter(|word| *word != Term::One(String::new())), guards.clone())]
}

/// The items of a list, or one alone, through `Fn::If`.
pub(crate) fn expanded(value: &Value) -> Vec<Guarded<'_>> {
    fn expand<'a>(value: &'a Value, guards: &BTreeSet<String>, into: &mut Vec<Guarded<'a>>) {
        match (value, value.get("Fn::If").and_then(Value::as_array).map(Vec::as_slice)) {
            (_, Some([Value::String(condition), yes, no])) => {
                for (guard, branch) in [(condition.clone(), yes), (format!("not {condition}"), no)] {
                    let mut guards = guards.clone();
                    guards.insert(guard);
                    expand(branch, &guards, into);
                }
            }
            (Value::Array(items), _) => items.iter().for_each(|item| expand(item, guards, into)),
            (value, _) if is_no_value(value) => {}
            (value, _) => into.push((value, guards.clone())),
        }
    }
    let mut into = Vec::new();
    expand(value, &BTreeSet::new(), &mut into);
    into
}

type Terms = Vec<(Term, BTreeSet<String>)>;
type Optional = (Option<Term>, BTreeSet<String>);

fn terms(map: &Map<String, Value>, key: &str, not: &str, guards: &BTreeSet<String>) -> Terms {
    if let Some(value) = map.get(not) {
        let words = expanded(value).into_iter().map(|(word, _)| plain(word).to_text()).collect();
        return vec![(Term::AllBut(words), guards.clone())];
    }
    let each = map.get(key).map(expanded).unwrap_or_default().into_iter();
    each.map(|(word, more)| (Term::One(plain(word).to_text()), &more | guards)).collect()
}

/// `*`, or by kind: `Service:lambda.amazonaws.com`, `AWS:arn:…`. Everybody is `*` however it is written.
fn principals(map: &Map<String, Value>, guards: &BTreeSet<String>) -> Terms {
    let words = |value: &Value| {
        let mut words: Vec<(String, BTreeSet<String>)> = Vec::new();
        for (value, more) in expanded(value) {
            let Value::Object(kinds) = value else {
                words.push((plain(value).to_text(), more));
                continue;
            };
            if kinds.len() == 1 && kinds.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) {
                words.push((plain(value).to_text(), more));
                continue;
            }
            for (kind, names) in kinds {
                for (name, inner) in expanded(names) {
                    let name = plain(name).to_text();
                    let word = if kind == "AWS" && name == "*" { name } else { format!("{kind}:{name}") };
                    words.push((word, &more | &inner));
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

/// None stands for a part that a statement does not have.
fn optional(terms: Terms, guards: &BTreeSet<String>) -> Vec<Optional> {
    if terms.is_empty() {
        return vec![(None, guards.clone())];
    }
    terms.into_iter().map(|(term, guards)| (Some(term), guards)).collect()
}

/// `{"StringEquals": {"aws:x": ["a", "b"]}}`, values as sets.
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
            alone => Node::Set(BTreeSet::from([plain(alone)])),
        };
        let keys = keys.iter().map(|(key, value)| (key.clone(), values(value))).collect();
        by_operator.insert(operator.clone(), Node::Map(keys));
    }
    if by_operator.is_empty() { Node::Null } else { Node::Map(by_operator) }
}

fn to_node(statement: &Statement) -> Node {
    let term = |key: &str, term: &Term| match term {
        Term::One(word) => (key.to_owned(), normal::text(word)),
        Term::AllBut(words) => (format!("Not{key}"), Node::Set(words.iter().map(|word| normal::text(word)).collect())),
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
        let only_if = statement.only_if.iter().map(|guard| Node::Text(guard.clone())).collect();
        pairs.insert("OnlyIf".to_owned(), Node::Set(only_if));
    }
    Node::Map(pairs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_it_is_divided_means_nothing() {
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
    fn conditions_of_the_template_are_carried_along() {
        let said = statements(&json!([{"Fn::If": ["C", {
            "Effect": "Allow", "Action": "x:Y",
            "Resource": [{"Fn::If": ["C", "a", "never"]}, {"Fn::If": ["D", {"Ref": "AWS::NoValue"}, "b"]}],
        }, {"Ref": "AWS::NoValue"}]}]));
        let told: Vec<_> = said.iter().map(|one| (one.resource.as_ref().unwrap().to_text(), &one.only_if)).collect();
        let guards = |guards: &[&str]| guards.iter().map(|guard| (*guard).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(told, [("a".to_owned(), &guards(&["C"])), ("b".to_owned(), &guards(&["C", "not D"]))]);
    }

    #[test]
    fn a_monster_is_one_statement() {
        let many = |word: &str| (0..100).map(|n| format!("{word}{n}")).collect::<Vec<_>>();
        let said = statements(&json!({"Effect": "Allow", "Action": many("a"), "Resource": many("r")}));
        assert_eq!(said.len(), 1);
        assert_eq!(said, statements(&json!({"Effect": "Allow", "Resource": many("r"), "Action": many("a")})));
    }

    #[test]
    fn everybody_is_everybody() {
        let who = |principal: Value| {
            let said =
                statements(&json!({"Effect": "Allow", "Principal": principal, "Action": "x:Y", "Resource": "*"}));
            said.into_iter().map(|one| one.principal.unwrap().to_text()).collect::<Vec<_>>()
        };
        assert_eq!(who(json!("*")), ["*"]);
        assert_eq!(who(json!({"AWS": "*"})), ["*"]);
        assert_eq!(
            who(json!({"AWS": ["a", {"Fn::GetAtt": ["R", "Arn"]}], "Service": "s"})),
            ["AWS:${R.Arn}", "AWS:a", "Service:s"]
        );
    }
}
