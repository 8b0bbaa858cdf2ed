//! Everything that a template permits or denies: who, what, on what, and when.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::compare::report::Grant;
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::policy::{self, Term};
use crate::template::stack::{Resource, Stack};

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Permission {
    pub(crate) grant: Grant,
    pub(crate) principal: Term,
    pub(crate) action: Term,
    pub(crate) resource: Term,
    pub(crate) condition: Node,
    pub(crate) only_if: BTreeSet<String>,
}

/// Every permission with the resources of the template that say it.
pub(crate) type Permissions = BTreeMap<Permission, BTreeSet<String>>;

/// All that both sides permit, names of renamed resources replaced. Who takes on another role than before may do what
/// that role may: its permissions are theirs, on both sides.
pub(crate) fn permissions(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> (Permissions, Permissions) {
    let (old, new) = (collection(old, renamed), collection(new, &BTreeMap::new()));
    let swapped = |own: &Collection, other: &Collection| -> Vec<(String, String)> {
        let roles = own.roles.iter().filter(|(id, role)| other.roles.get(*id).is_some_and(|other| other != *role));
        roles.map(|(id, role)| (id.clone(), role.clone())).collect()
    };
    let (before, after) = (swapped(&old, &new), swapped(&new, &old));
    (old.taken_on(&before), new.taken_on(&after))
}

/// What a template permits, and which roles its resources take on.
struct Collection {
    found: Permissions,
    /// By the id of the resource: a role's id, or its ARN where it is not of this template.
    roles: BTreeMap<String, String>,
    /// Roles of this template.
    known: BTreeSet<String>,
}

impl Collection {
    fn taken_on(self, roles: &[(String, String)]) -> Permissions {
        let mut found = self.found;
        for (id, role) in roles {
            let theirs = if self.known.contains(role) {
                let of_role = found.iter().filter(|(one, _)| matches!(&one.principal, Term::One(who) if who == role));
                of_role.map(|(one, at)| (one.clone(), at.clone())).collect()
            } else {
                let managed = Permission {
                    grant: Grant::ManagedPolicy,
                    principal: Term::One(String::new()),
                    action: Term::One(format!("role {role}")),
                    resource: Term::One("*".to_owned()),
                    condition: Node::Null,
                    only_if: BTreeSet::new(),
                };
                vec![(managed, BTreeSet::from([id.clone()]))]
            };
            for (one, at) in theirs {
                found.entry(Permission { principal: Term::One(id.clone()), ..one }).or_default().extend(at);
            }
        }
        found
    }
}

/// All that a template permits, names of renamed resources replaced.
fn collection(stack: &Stack, renamed: &BTreeMap<String, String>) -> Collection {
    let mut collected = Collected { found: Permissions::new(), stack, renamed };
    let (mut roles, mut known) = (BTreeMap::new(), BTreeSet::new());
    for (id, resource) in &stack.resources {
        collected.resource(id, resource);
        if resource.kind == "AWS::IAM::Role" {
            known.insert(collected.name(id));
            roles.extend(resource.of.as_deref().map(|of| (collected.name(of), collected.name(id))));
        } else if let Some(role) = ["Role", "RoleArn"].iter().find_map(|key| resource.written.get(*key)) {
            let role = plain(role).renamed(renamed);
            let role = match &role {
                Node::Attr(id, _) | Node::Ref(id) => id.clone(),
                other => other.to_text(),
            };
            roles.insert(collected.name(id), role);
        }
    }
    Collection { found: merged(collected.found), roles, known }
}

/// What is there under a condition and also under its opposite is there always.
fn merged(mut found: Permissions) -> Permissions {
    let guarded: Vec<Permission> = found.keys().filter(|one| !one.only_if.is_empty()).cloned().collect();
    for mut one in guarded {
        for guard in one.only_if.clone() {
            let opposite = guard.strip_prefix("not ").map_or_else(|| format!("not {guard}"), str::to_owned);
            let without: BTreeSet<String> = one.only_if.iter().filter(|other| **other != guard).cloned().collect();
            let mut other = Permission { only_if: without.clone(), ..one.clone() };
            other.only_if.insert(opposite);
            if !found.contains_key(&one) || !found.contains_key(&other) {
                continue;
            }
            let at = [found.remove(&one), found.remove(&other)].into_iter().flatten().flatten();
            one.only_if = without;
            found.entry(one.clone()).or_default().extend(at);
        }
    }
    found
}

struct Collected<'a> {
    found: Permissions,
    stack: &'a Stack,
    renamed: &'a BTreeMap<String, String>,
}

/// The policies among a resource's properties, under whatever name: what has statements that have an effect.
fn policies<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            let inside = map.get("Statement").map(policy::expanded).unwrap_or_default();
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

impl Collected<'_> {
    fn resource(&mut self, id: &str, resource: &Resource) {
        let written = &resource.written;
        let guards: BTreeSet<String> = resource.word("Condition").map(str::to_owned).into_iter().collect();
        let own = self.name(id);
        match resource.kind.as_str() {
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
                let given = lists.iter().filter_map(|key| written.get(*key)).flat_map(policy::expanded);
                let holders: Vec<(String, BTreeSet<String>)> =
                    given.map(|(holder, more)| (self.text(&plain(holder)), &more | &guards)).collect();
                let holders = [holders, self.holders(id, &guards)].concat();
                // Whoever it is attached to elsewhere.
                let holders = if holders.is_empty() { vec![(own, guards)] } else { holders };
                for (holder, guards) in holders {
                    self.document(id, document, Some(bare(&holder)), None, &guards);
                }
            }
            "AWS::Lambda::Permission" => self.invocation(id, written, &guards),
            _ => {
                for value in written.values() {
                    for (value, more) in policy::expanded(value) {
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

    /// Who names a managed policy of this template.
    fn holders(&self, policy: &str, guards: &BTreeSet<String>) -> Vec<(String, BTreeSet<String>)> {
        let mut holders = Vec::new();
        for (id, resource) in &self.stack.resources {
            for (arn, more) in resource.written.get("ManagedPolicyArns").map(policy::expanded).unwrap_or_default() {
                if plain(arn) == Node::Ref(policy.to_owned()) {
                    let own = resource.word("Condition").map(str::to_owned);
                    holders.push((self.name(id), (&more | guards).into_iter().chain(own).collect()));
                }
            }
        }
        holders
    }

    /// Policies of a role, a user or a group: inline, managed, and what bounds them.
    fn attached(&mut self, id: &str, written: &Map<String, Value>, holder: &str, guards: &BTreeSet<String>) {
        for (inline, more) in written.get("Policies").map(policy::expanded).unwrap_or_default() {
            match inline.get("PolicyDocument") {
                Some(document) => self.document(id, document, Some(holder), None, &(&more | guards)),
                // A policy template of SAM's.
                None => self.managed(id, Grant::ManagedPolicy, holder, &plain(inline), &more | guards),
            }
        }
        for (key, grant) in [("ManagedPolicyArns", Grant::ManagedPolicy), ("PermissionsBoundary", Grant::Boundary)] {
            for (arn, more) in written.get(key).map(policy::expanded).unwrap_or_default() {
                if grant == Grant::ManagedPolicy
                    && matches!(plain(arn), Node::Ref(id) if self.stack.resources.contains_key(&id))
                {
                    continue; // Its statements are told.
                }
                self.managed(id, grant, holder, &plain(arn), &more | guards);
            }
        }
    }

    fn managed(&mut self, id: &str, grant: Grant, holder: &str, policy: &Node, only_if: BTreeSet<String>) {
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

    /// The statements of a policy, with what they leave out because it goes without saying where they stand.
    fn document(
        &mut self,
        id: &str,
        document: &Value,
        holder: Option<&str>,
        resource: Option<&str>,
        guards: &BTreeSet<String>,
    ) {
        let parsed: Option<Value> = document.as_str().and_then(|text| serde_json::from_str(text).ok());
        for (document, more) in policy::expanded(parsed.as_ref().unwrap_or(document)) {
            for statement in document.get("Statement").map(policy::statements).unwrap_or_default() {
                let one = |word: Option<&str>| Term::One(word.unwrap_or("*").to_owned());
                let permission = Permission {
                    grant: if statement.allows { Grant::Allow } else { Grant::Deny },
                    principal: self.term(statement.principal.unwrap_or_else(|| one(holder))),
                    action: statement.action,
                    resource: self.term(statement.resource.unwrap_or_else(|| one(resource))),
                    condition: statement.condition.renamed(self.renamed),
                    only_if: &(&statement.only_if | &more) | guards,
                };
                self.add(id, permission);
            }
        }
    }

    /// `AWS::Lambda::Permission` is a statement in other words.
    fn invocation(&mut self, id: &str, written: &Map<String, Value>, guards: &BTreeSet<String>) {
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
            let of_operator = conditions.entry(operator).or_insert_with(|| json!({}));
            of_operator[condition] = value.clone();
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
        let condition = policy::statements(&statement).into_iter().next().map_or(Node::Null, |one| one.condition);
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
        // Under a condition and its opposite there is nothing.
        if !permission.only_if.iter().any(|guard| permission.only_if.contains(&format!("not {guard}"))) {
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

    /// Words have been written already, so that names of resources stand in `${…}`.
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
            Term::One(one) => Term::One(word(one)),
            Term::AllBut(words) => Term::AllBut(words.into_iter().map(word).collect()),
        }
    }
}

/// A resource of the template by its logical id, however it is referred to.
fn bare(text: &str) -> &str {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|inner| !inner.contains("${"));
    inner.map_or(text, |inner| inner.split_once('.').map_or(inner, |(id, _)| id))
}
