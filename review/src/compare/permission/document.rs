//! Reads policy documents in their place, statement by statement. What cannot be read is kept: it may allow or deny.

use serde_json::Value;

use super::branch::alternatives;
use super::collect::{Collector, Place, bare};
use super::grant::Permission;
use super::same;
use crate::compare::report::Grant;
use crate::template::guard::{Guards, and, expanded};
use crate::template::intrinsic::is_intrinsic;
use crate::template::limit::Size;
use crate::template::node::Node;
use crate::template::normal::policy::statements;
use crate::template::statement::{Statement, Term};

/// The version of the policy language in which variables are replaced; older ones take them as text.
const WITH_VARIABLES: &str = "2012-10-17";

/// Elements whose parts have no conditions of their own, so that a template condition splits the whole statement.
const INDIVISIBLE: [&str; 5] = ["Effect", "NotPrincipal", "NotAction", "NotResource", "Condition"];

impl Collector<'_> {
    /// Adds the statements of a policy, and fills in the principal and the resource that its place implies.
    pub(super) fn document(&mut self, place: &Place<'_>, value: &Value, guards: &Guards) {
        // One policy may have many holders.
        if !self.known.budget.spend(Size::of_value(value)) || self.excess().is_some() {
            return;
        }
        for (document, more) in expanded(value) {
            let parsed: Option<Value> = text(document).and_then(|text| serde_json::from_str(text).ok());
            let document = parsed.as_ref().unwrap_or(document);
            let all = and(&more, guards);
            let Some(map) = document.as_object().filter(|map| !is_intrinsic(map)) else {
                self.unread(place, document, &all);
                continue;
            };
            if let Some(transform) = map.get("Fn::Transform") {
                self.unread(place, transform, &all);
            }
            let inside = map.get("Statement").map(expanded).unwrap_or_default();
            let allows = |statement: &Value| statement.get("Effect").is_none_or(|effect| effect != "Deny");
            if !place.limits {
                self.explicit.entry(place.attached.to_owned()).or_default().push(more);
            } else if !place.organization || inside.iter().any(|(statement, _)| allows(statement)) {
                // A policy of an organization that only denies leaves what the others of the organization allow.
                self.limits.entry(place.attached.to_owned()).or_default().push(more);
            }
            let variables = map.get("Version").is_some_and(|version| version == WITH_VARIABLES);
            for (statement, more) in inside {
                self.statement(place, statement, variables, &and(&more, &all));
            }
        }
    }

    /// Adds a statement, which may depend on template conditions.
    pub(super) fn statement(&mut self, place: &Place<'_>, value: &Value, variables: bool, guards: &Guards) {
        let is_readable =
            |map: &serde_json::Map<String, Value>| !is_intrinsic(map) && !map.keys().any(|key| key.starts_with("Fn::"));
        let whole = value.as_object().filter(|map| is_readable(map));
        let Some(found) = whole.and_then(|_| alternatives(value.clone(), &INDIVISIBLE)) else {
            self.unread(place, value, guards);
            return;
        };
        for (statement, more) in found {
            let all = and(&more, guards);
            if !statement.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny") {
                self.unread(place, &statement, &all);
                continue;
            }
            for statement in statements(&statement) {
                self.permission(place, statement, variables, &all);
            }
        }
    }

    fn permission(&mut self, place: &Place<'_>, statement: Statement, variables: bool, guards: &Guards) {
        // A policy that names no principal belongs to its holder and is attached to nothing else.
        let attached = if statement.principal.is_none() && !place.limits { "" } else { place.attached };
        let literal = |word: String| if variables { word } else { without_variables(word) };
        let resource = statement.resource.unwrap_or_else(|| Term::One("*".to_owned()));
        let principal = statement.principal.unwrap_or_else(|| Term::One(place.holder.to_owned()));
        let condition = same::condition(statement.condition);
        let dead = !variables && same::has_variable(&condition.to_value().to_string());
        let grant = match (statement.allows, place.limits) {
            (true, false) => Grant::Allow,
            (true, true) => Grant::Limit,
            (false, _) => Grant::Deny,
        };
        let permission = Permission {
            grant,
            attached: attached.to_owned(),
            principal: same::words(principal, same::principal),
            action: same::words(statement.action, literal),
            resource: same::words(resource, |word| {
                let is_itself = place.undivided && !attached.is_empty() && bare(&word) == attached;
                if is_itself { "*".to_owned() } else { literal(word) }
            }),
            condition: if dead { Node::Call("2008-10-17".to_owned(), Box::new(condition)) } else { condition },
            only_if: and(&statement.only_if, guards),
        };
        self.add(place.id, permission);
    }
}

/// Returns the JSON in a text, also if the text has references.
fn text(document: &Value) -> Option<&str> {
    let sub = document.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("Fn::Sub"));
    document.as_str().or_else(|| sub?.as_str())
}

/// Marks what would be variables in a newer version of the policy language.
fn without_variables(word: String) -> String {
    if !same::has_variable(&word) {
        return word;
    }
    let mut parts = word.split("${");
    let mut marked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let variable = same::has_variable(&format!("${{{part}"));
        marked.extend([if variable { "${!" } else { "${" }, part]);
    }
    marked
}
