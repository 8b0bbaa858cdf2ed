//! Collects everything that a template allows or denies: principal, action, resource and conditions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::compare::report::Grant;
use crate::compare::words::code;
use crate::template::guard::{Guards, expanded, is_impossible, opposite};
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::normal::policy::statements;
use crate::template::stack::{DeployedResource, Stack};
use crate::template::statement::Term;

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permission {
    pub(super) grant: Grant,
    pub(super) principal: Term,
    pub(super) action: Term,
    pub(super) resource: Term,
    pub(super) condition: Node,
    pub(super) only_if: Guards,
}

/// Every permission with the resources that contain it.
pub(super) type Permissions = BTreeMap<Permission, BTreeSet<String>>;

impl Permission {
    /// Describes the elements that differ from another permission.
    pub(super) fn differing_from(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        let pairs =
            [(&self.principal, &other.principal), (&self.action, &other.action), (&self.resource, &other.resource)];
        parts.extend(pairs.iter().filter(|(own, others)| own != others).map(|(own, _)| code(own.to_text())));
        if self.condition != other.condition {
            parts.push(match &self.condition {
                Node::Null => "without a condition".to_owned(),
                condition => format!("if {}", code(condition.to_value())),
            });
        }
        if self.only_if != other.only_if {
            let names: Vec<&str> = self.only_if.iter().map(String::as_str).collect();
            parts.push(if names.is_empty() { "always".to_owned() } else { format!("only if {}", names.join(", ")) });
        }
        parts.join(", ")
    }
}

/// Returns the permissions of both sides, with old names of renamed resources replaced. A resource whose role changes gets
/// the permissions of its role, on both sides.
pub(super) fn permissions(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> (Permissions, Permissions) {
    let (old, new) = (Granted::collect(old, renamed), Granted::collect(new, &BTreeMap::new()));
    let (before, after) = (old.roles_unlike(&new), new.roles_unlike(&old));
    (old.with_assumed_roles(&before), new.with_assumed_roles(&after))
}

/// The permissions of a template, and the roles that its resources assume.
struct Granted {
    found: Permissions,
    /// Roles by the id of the resource that assumes them: a logical id, or an ARN outside this template.
    roles: BTreeMap<String, String>,
    /// The roles of this template.
    known: BTreeSet<String>,
}

impl Granted {
    /// Collects the permissions of a template, with names of renamed resources replaced.
    fn collect(stack: &Stack, renamed: &BTreeMap<String, String>) -> Self {
        let mut collector = Collector { found: Permissions::new(), stack, renamed };
        let (mut roles, mut known) = (BTreeMap::new(), BTreeSet::new());
        for (id, resource) in &stack.resources {
            collector.resource(id, resource);
            if resource.resource_type == "AWS::IAM::Role" {
                known.insert(collector.name(id));
                let of_function = resource.generated_by.as_deref();
                roles.extend(of_function.map(|function| (collector.name(function), collector.name(id))));
            } else if let Some(role) = ["Role", "RoleArn"].iter().find_map(|key| resource.written.get(*key)) {
                let role = plain(role).renamed(renamed);
                let role = match &role {
                    Node::Attr(id, _) | Node::Ref(id) => id.clone(),
                    other => other.to_text(),
                };
                roles.insert(collector.name(id), role);
            }
        }
        Self { found: merged(collector.found), roles, known }
    }

    /// Returns the resources whose role differs on the other side, with their role on this side.
    fn roles_unlike(&self, other: &Self) -> Vec<(String, String)> {
        let roles = self.roles.iter().filter(|(id, role)| other.roles.get(*id).is_some_and(|other| other != *role));
        roles.map(|(id, role)| (id.clone(), role.clone())).collect()
    }

    fn with_assumed_roles(self, roles: &[(String, String)]) -> Permissions {
        let mut found = self.found;
        for (id, role) in roles {
            let theirs = if self.known.contains(role) {
                let of_role =
                    found.iter().filter(|(known, _)| matches!(&known.principal, Term::One(who) if who == role));
                of_role.map(|(known, at)| (known.clone(), at.clone())).collect()
            } else {
                let managed = Permission {
                    grant: Grant::ManagedPolicy,
                    principal: Term::One(String::new()),
                    action: Term::One(format!("role {role}")),
                    resource: Term::One("*".to_owned()),
                    condition: Node::Null,
                    only_if: Guards::new(),
                };
                vec![(managed, BTreeSet::from([id.clone()]))]
            };
            for (permission, at) in theirs {
                let permission = Permission { principal: Term::One(id.clone()), ..permission };
                found.entry(permission).or_default().extend(at);
            }
        }
        found
    }
}

/// Merges a permission under a condition with the same one under its opposite: it always applies.
fn merged(mut found: Permissions) -> Permissions {
    let guarded: Vec<Permission> = found.keys().filter(|permission| !permission.only_if.is_empty()).cloned().collect();
    for mut permission in guarded {
        for guard in permission.only_if.clone() {
            let mut without = permission.only_if.clone();
            without.remove(&guard);
            let mut contrary = Permission { only_if: without.clone(), ..permission.clone() };
            contrary.only_if.insert(opposite(&guard));
            if !found.contains_key(&permission) || !found.contains_key(&contrary) {
                continue;
            }
            let at = [found.remove(&permission), found.remove(&contrary)].into_iter().flatten().flatten();
            permission.only_if = without;
            found.entry(permission.clone()).or_default().extend(at);
        }
    }
    found
}

/// Collects the policies of a template.
struct Collector<'a> {
    found: Permissions,
    stack: &'a Stack,
    renamed: &'a BTreeMap<String, String>,
}

/// Collects the policy documents in a resource's properties: any object with statements that have an effect.
fn policies<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            let inside = map.get("Statement").map(expanded).unwrap_or_default();
            if inside.iter().any(|(statement, _)| statement.get("Effect").is_some()) {
                found.push(value);
            } else {
                map.values().for_each(|inner| policies(inner, found));
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| policies(inner, found)),
        Value::String(text) if text.trim_start().starts_with('{') && text.contains("\"Statement\"") => {
            found.push(value);
        }
        _ => {}
    }
}

impl Collector<'_> {
    fn resource(&mut self, id: &str, resource: &DeployedResource) {
        let written = &resource.written;
        let guards: Guards = resource.word("Condition").map(str::to_owned).into_iter().collect();
        let own = self.name(id);
        match resource.resource_type.as_str() {
            "AWS::IAM::Role" => {
                if let Some(trust) = written.get("AssumeRolePolicyDocument") {
                    self.document(id, trust, None, Some(&own), &guards);
                }
                self.attached(id, written, &own, &guards);
            }
            "AWS::IAM::User" | "AWS::IAM::Group" => self.attached(id, written, &own, &guards),
            "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => {
                let Some(document) = written.get("PolicyDocument") else { return };
                let lists = ["Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"];
                let listed = lists.iter().filter_map(|key| written.get(*key)).flat_map(expanded);
                let holders: Vec<(String, Guards)> =
                    listed.map(|(holder, more)| (self.text(&plain(holder)), &more | &guards)).collect();
                let holders = [holders, self.holders(id, &guards)].concat();
                // Without a principal here, it may be attached outside this template.
                let holders = if holders.is_empty() { vec![(own, guards)] } else { holders };
                for (holder, guards) in holders {
                    self.document(id, document, Some(bare(&holder)), None, &guards);
                }
            }
            "AWS::Lambda::Permission" => self.invocation(id, written, &guards),
            _ => {
                for value in written.values() {
                    for (value, more) in expanded(value) {
                        let mut documents = Vec::new();
                        policies(value, &mut documents);
                        for document in documents {
                            self.document(id, document, Some(&own), Some(&own), &(&more | &guards));
                        }
                    }
                }
            }
        }
    }

    /// Returns the resources that attach a managed policy of this template.
    fn holders(&self, policy: &str, guards: &Guards) -> Vec<(String, Guards)> {
        let mut holders = Vec::new();
        for (id, resource) in &self.stack.resources {
            for (arn, more) in resource.written.get("ManagedPolicyArns").map(expanded).unwrap_or_default() {
                if plain(arn) == Node::Ref(policy.to_owned()) {
                    let own = resource.word("Condition").map(str::to_owned);
                    holders.push((self.name(id), (&more | guards).into_iter().chain(own).collect()));
                }
            }
        }
        holders
    }

    /// Adds the policies of a role, user or group: inline policies, managed policies and the permissions boundary.
    fn attached(&mut self, id: &str, written: &Map<String, Value>, holder: &str, guards: &Guards) {
        for (inline, more) in written.get("Policies").map(expanded).unwrap_or_default() {
            match inline.get("PolicyDocument") {
                Some(document) => self.document(id, document, Some(holder), None, &(&more | guards)),
                // A SAM policy template.
                None => self.managed(id, Grant::ManagedPolicy, holder, &plain(inline), &more | guards),
            }
        }
        for (key, grant) in [("ManagedPolicyArns", Grant::ManagedPolicy), ("PermissionsBoundary", Grant::Boundary)] {
            for (arn, more) in written.get(key).map(expanded).unwrap_or_default() {
                if grant == Grant::ManagedPolicy
                    && matches!(plain(arn), Node::Ref(id) if self.stack.resources.contains_key(&id))
                {
                    continue; // Its statements are collected with the policy.
                }
                self.managed(id, grant, holder, &plain(arn), &more | guards);
            }
        }
    }

    fn managed(&mut self, id: &str, grant: Grant, holder: &str, policy: &Node, only_if: Guards) {
        let permission = Permission {
            grant,
            principal: Term::One(holder.to_owned()),
            action: Term::One(self.text(policy)),
            resource: Term::One("*".to_owned()),
            condition: Node::Null,
            only_if,
        };
        self.add(id, permission);
    }

    /// Adds the statements of a policy, and fills in the principal and resource that its place implies.
    fn document(&mut self, id: &str, document: &Value, holder: Option<&str>, resource: Option<&str>, guards: &Guards) {
        let parsed: Option<Value> = document.as_str().and_then(|text| serde_json::from_str(text).ok());
        for (document, more) in expanded(parsed.as_ref().unwrap_or(document)) {
            for statement in document.get("Statement").map(statements).unwrap_or_default() {
                let implied = |word: Option<&str>| Term::One(word.unwrap_or("*").to_owned());
                let permission = Permission {
                    grant: if statement.allows { Grant::Allow } else { Grant::Deny },
                    principal: self.term(statement.principal.unwrap_or_else(|| implied(holder))),
                    action: statement.action,
                    resource: self.term(statement.resource.unwrap_or_else(|| implied(resource))),
                    condition: statement.condition.renamed(self.renamed),
                    only_if: &(&statement.only_if | &more) | guards,
                };
                self.add(id, permission);
            }
        }
    }

    /// Adds an `AWS::Lambda::Permission`, which is a statement in another notation.
    fn invocation(&mut self, id: &str, written: &Map<String, Value>, guards: &Guards) {
        let text = |key: &str| written.get(key).map(plain);
        let mut conditions = Map::new();
        for (key, operator, condition) in [
            ("SourceArn", "ArnLike", "aws:SourceArn"),
            ("SourceAccount", "StringEquals", "aws:SourceAccount"),
            ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
            ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
            ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ] {
            let Some(value) = written.get(key) else { continue };
            let keys = conditions.entry(operator).or_insert_with(|| json!({}));
            keys[condition] = value.clone();
        }
        let principal = text("Principal").map_or_else(String::new, |principal| self.text(&principal));
        let principal = match principal.as_str() {
            "*" => principal,
            service if service.contains(".amazonaws.com") || service.ends_with(".amazon.com") => {
                format!("Service:{principal}")
            }
            _ => format!("AWS:{principal}"),
        };
        let statement = json!({"Effect": "Allow", "Action": "x:y", "Resource": "*", "Condition": conditions});
        let condition = statements(&statement).into_iter().next().map_or(Node::Null, |statement| statement.condition);
        let permission = Permission {
            grant: Grant::Allow,
            principal: Term::One(principal),
            action: Term::One(text("Action").map_or_else(String::new, |action| action.to_text())),
            resource: Term::One(
                text("FunctionName").map_or_else(String::new, |function| bare(&self.text(&function)).to_owned()),
            ),
            condition: condition.renamed(self.renamed),
            only_if: guards.clone(),
        };
        self.add(id, permission);
    }

    fn add(&mut self, id: &str, permission: Permission) {
        if !is_impossible(&permission.only_if) {
            let id = self.name(id);
            self.found.entry(permission).or_default().insert(id);
        }
    }

    fn name(&self, id: &str) -> String {
        self.renamed.get(id).map_or(id, String::as_str).to_owned()
    }

    fn text(&self, node: &Node) -> String {
        node.renamed(self.renamed).to_text()
    }

    /// Replaces names of renamed resources in the `${…}` of a term.
    fn term(&self, term: Term) -> Term {
        if self.renamed.is_empty() {
            return term;
        }
        let word = |word: String| {
            let mut renamed = String::with_capacity(word.len());
            let mut rest = word.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                let (id, behind) = after.split_at(after.find(['.', '}']).unwrap_or(after.len()));
                renamed.extend([before, "${", self.renamed.get(id).map_or(id, String::as_str)]);
                rest = behind;
            }
            renamed + rest
        };
        match term {
            Term::One(name) => Term::One(word(name)),
            Term::AllBut(words) => Term::AllBut(words.into_iter().map(word).collect()),
        }
    }
}

/// Returns the logical id in a reference such as `${Queue.Arn}`; other text is returned unchanged.
fn bare(text: &str) -> &str {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|inner| !inner.contains("${"));
    inner.map_or(text, |inner| inner.split_once('.').map_or(inner, |(id, _)| id))
}
