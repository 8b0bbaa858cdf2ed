//! Everything that a template allows or denies, as tuples: who, what, on what, when.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::node::Node;
use super::normal::plain;
use super::policy::{self, Statement, Term, expanded};
use super::report::Grant;
use super::stack::{Resource, Stack};

/// One tuple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Granted {
    pub(crate) principal: Term,
    pub(crate) effect: Grant,
    pub(crate) action: Term,
    pub(crate) resource: Term,
    pub(crate) condition: Node,
    pub(crate) only_if: BTreeSet<String>,
}

/// Tuples, each with the resources of the template that say so.
pub(crate) type Grants = BTreeMap<Granted, BTreeSet<String>>;

/// Everything that a template says. `name` gives a resource the id under which it is compared.
pub(crate) fn grants<'a>(stack: &'a Stack, name: impl Fn(&'a str) -> String) -> Grants {
    let mut collector = Collector { stack, holders: holders(stack), found: Vec::new() };
    for (id, resource) in &stack.resources {
        collector.resource(id, resource);
    }
    let rename = |term: Term| rename(stack, term, &name);
    let mut grants = Grants::new();
    for (at, granted) in collector.found {
        let granted = Granted {
            principal: rename(granted.principal),
            action: rename(granted.action),
            resource: rename(granted.resource),
            condition: granted.condition,
            effect: granted.effect,
            only_if: granted.only_if,
        };
        grants.entry(granted).or_default().insert(name(at));
    }
    grants
}

/// Who holds a policy of the template: `${Role}`, and under which conditions.
type Holders = BTreeMap<String, Vec<(String, BTreeSet<String>)>>;

/// By the id of the policy.
fn holders(stack: &Stack) -> Holders {
    let mut holders = Holders::new();
    for (id, resource) in &stack.resources {
        for (arn, guards) in resource.written.get("ManagedPolicyArns").map(expanded).unwrap_or_default() {
            if let Node::Ref(policy) = plain(arn) {
                holders.entry(policy).or_default().push((format!("${{{id}}}"), guards));
            }
        }
        for key in ["Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"] {
            let names = match resource.kind.as_str() {
                "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" if key.ends_with('s') => resource.written.get(key),
                "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy" => resource.written.get(key),
                _ => None,
            };
            for (name, guards) in names.map(expanded).unwrap_or_default() {
                holders.entry(id.clone()).or_default().push((plain(name).to_text(), guards));
            }
        }
    }
    holders
}

struct Collector<'a> {
    stack: &'a Stack,
    holders: Holders,
    found: Vec<(&'a str, Granted)>,
}

impl<'a> Collector<'a> {
    fn resource(&mut self, id: &'a str, resource: &'a Resource) {
        let guards: BTreeSet<String> = resource.word("Condition").map(str::to_owned).into_iter().collect();
        let own = || vec![(format!("${{{id}}}"), BTreeSet::new())];
        match resource.kind.as_str() {
            "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
                self.identity(id, resource, &guards);
                self.statements(id, &resource.written, &own(), &guards);
            }
            "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::Policy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => {
                let nobody = || vec![(format!("whoever holds ${{{id}}}"), BTreeSet::new())];
                let holders = self.holders.get(id).cloned().unwrap_or_else(nobody);
                self.statements(id, &resource.written, &holders, &guards);
            }
            "AWS::Lambda::Permission" => self.permission(id, &resource.written, guards),
            kind => {
                if let Some(role) = resource.written.get("Role").filter(|_| kind.ends_with("::Function")) {
                    self.role(id, role, &guards);
                }
                self.statements(id, &resource.written, &own(), &guards);
            }
        }
    }

    fn push(&mut self, at: &'a str, granted: Granted) {
        // Under a condition and its opposite there is nothing.
        if !granted.only_if.iter().any(|guard| granted.only_if.contains(&format!("not {guard}"))) {
            self.found.push((at, granted));
        }
    }

    /// What an identity has by name.
    fn identity(&mut self, id: &'a str, resource: &'a Resource, guards: &BTreeSet<String>) {
        for (key, effect) in [
            ("ManagedPolicyArns", Grant::ManagedPolicy),
            ("Policies", Grant::ManagedPolicy),
            ("PermissionsBoundary", Grant::Boundary),
        ] {
            for (value, more) in resource.written.get(key).map(expanded).unwrap_or_default() {
                let (action, on) = match (key, value, plain(value)) {
                    ("ManagedPolicyArns", _, Node::Ref(policy)) if self.stack.resources.contains_key(&policy) => {
                        continue;
                    }
                    // One of SAM's policy templates, such as `{"SQSPollerPolicy": {"QueueName": …}}`.
                    ("Policies", Value::Object(template), _) if !template.contains_key("PolicyDocument") => {
                        let Some((name, given)) = template.iter().next() else { continue };
                        (name.clone(), plain(given).to_text())
                    }
                    ("Policies", ..) => continue,
                    (.., node) => (node.to_text(), "*".to_owned()),
                };
                self.push(
                    id,
                    Granted {
                        principal: Term::One(format!("${{{id}}}")),
                        effect,
                        action: Term::One(action),
                        resource: Term::One(on),
                        condition: Node::Null,
                        only_if: &more | guards,
                    },
                );
            }
        }
    }

    /// A role that a function takes on, whose policies may be anywhere.
    fn role(&mut self, id: &'a str, role: &Value, guards: &BTreeSet<String>) {
        for (role, more) in expanded(role) {
            self.push(
                id,
                Granted {
                    principal: Term::One(format!("${{{id}}}")),
                    effect: Grant::ManagedPolicy,
                    action: Term::One(format!("role {}", plain(role).to_text())),
                    resource: Term::One("*".to_owned()),
                    condition: Node::Null,
                    only_if: &more | guards,
                },
            );
        }
    }

    /// `AWS::Lambda::Permission`: one statement of the policy of a function.
    fn permission(&mut self, id: &'a str, written: &Map<String, Value>, only_if: BTreeSet<String>) {
        let text = |key: &str| written.get(key).map_or_else(|| "*".to_owned(), |value| plain(value).to_text());
        let condition = |operator: &str, keys: &[&str]| {
            let given = keys.iter().filter_map(|key| Some(((*key).to_owned(), written.get(*key)?.clone())));
            let given: Map<String, Value> = given.collect();
            (!given.is_empty()).then(|| (operator.to_owned(), Value::Object(given)))
        };
        let equal = ["SourceAccount", "EventSourceToken", "PrincipalOrgID", "FunctionUrlAuthType"];
        let conditions = [condition("StringEquals", &equal), condition("ArnLike", &["SourceArn"])];
        let conditions: Map<String, Value> = conditions.into_iter().flatten().collect();
        self.push(
            id,
            Granted {
                principal: Term::One(text("Principal")),
                effect: Grant::Allow,
                action: Term::One(text("Action")),
                resource: Term::One(text("FunctionName")),
                condition: policy::condition(&json!(conditions)),
                only_if,
            },
        );
    }

    /// The documents among properties, wherever they stand.
    fn statements(
        &mut self,
        id: &'a str,
        properties: &'a Map<String, Value>,
        holders: &[(String, BTreeSet<String>)],
        guards: &BTreeSet<String>,
    ) {
        for value in properties.values() {
            self.documents(id, value, holders, guards);
        }
    }

    fn documents(
        &mut self,
        id: &'a str,
        value: &Value,
        holders: &[(String, BTreeSet<String>)],
        guards: &BTreeSet<String>,
    ) {
        for (value, more) in expanded(value) {
            let guards = &more | guards;
            match value {
                Value::Object(map) => match map.get("Statement") {
                    Some(inside) => {
                        policy::statements(inside).iter().for_each(|said| self.said(id, said, holders, &guards));
                    }
                    None => map.values().for_each(|value| self.documents(id, value, holders, &guards)),
                },
                Value::String(text) if text.trim_start().starts_with('{') && text.contains("\"Statement\"") => {
                    if let Ok(document @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                        self.documents(id, &document, holders, &guards);
                    }
                }
                _ => {}
            }
        }
    }

    fn said(
        &mut self,
        id: &'a str,
        said: &Statement,
        holders: &[(String, BTreeSet<String>)],
        guards: &BTreeSet<String>,
    ) {
        let own = Term::One(format!("${{{id}}}"));
        let principals = match &said.principal {
            Some(principal) => vec![(principal.clone(), BTreeSet::new())],
            None => holders.iter().map(|(who, more)| (Term::One(who.clone()), more.clone())).collect(),
        };
        for (principal, more) in principals {
            self.push(
                id,
                Granted {
                    principal,
                    effect: if said.allows { Grant::Allow } else { Grant::Deny },
                    action: said.action.clone(),
                    resource: said.resource.clone().unwrap_or_else(|| own.clone()),
                    condition: said.condition.clone(),
                    only_if: &(&more | guards) | &said.only_if,
                },
            );
        }
    }
}

/// A term in which resources have their new ids.
fn rename<'a>(stack: &'a Stack, term: Term, name: &impl Fn(&'a str) -> String) -> Term {
    let text = |text: String| {
        let mut rest = text.as_str();
        let mut renamed = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let end = after.find(['.', '}']).unwrap_or(after.len());
            let (id, behind) = after.split_at(end);
            renamed.push_str(before);
            renamed.push_str("${");
            match stack.resources.get_key_value(id) {
                Some((id, _)) => renamed.push_str(&name(id)),
                None => renamed.push_str(id),
            }
            rest = behind;
        }
        renamed + rest
    };
    match term {
        Term::One(word) => Term::One(text(word)),
        Term::AllBut(words) => Term::AllBut(words.into_iter().map(text).collect()),
    }
}
