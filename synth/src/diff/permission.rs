//! Who may do what: the permissions of both sides, and which of them are more or less than before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::cover;
use super::node::Node;
use super::normal::plain;
use super::policy::{self, Term};
use super::report::{Direction, Grant, PermissionChange};
use super::stack::{Resource, Stack};

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Permission {
    grant: Grant,
    principal: Term,
    action: Term,
    resource: Term,
    condition: Node,
    only_if: BTreeSet<String>,
}

/// Every permission with the resources of the template that say it.
type Permissions = BTreeMap<Permission, BTreeSet<String>>;

/// What is widened, then what is narrowed.
pub(crate) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<PermissionChange> {
    let (old, new) = (permissions(old, renamed), permissions(new, &BTreeMap::new()));
    let come: Vec<&Permission> = new.keys().filter(|one| !old.contains_key(*one)).collect();
    let gone: Vec<&Permission> = old.keys().filter(|one| !new.contains_key(*one)).collect();
    let mut changes = Vec::new();
    for (these, their_side, others, opposite, new_side) in
        [(&come, &new, &old, &gone, true), (&gone, &old, &new, &come, false)]
    {
        for one in these {
            let (held, uncertain) = held(one, others);
            if held {
                continue;
            }
            let gives = matches!(one.grant, Grant::Allow | Grant::ManagedPolicy);
            let direction = if gives == new_side { Direction::Widened } else { Direction::Narrowed };
            // What it holds, or is held by, on the other side.
            let instead = opposite.iter().filter(|other| other.grant == one.grant && holds(one, other) == Some(true));
            let instead: Vec<String> = instead.map(|other| other.differing_from(one)).collect();
            let uncertain = uncertain && instead.is_empty();
            changes.push(PermissionChange {
                direction,
                principal: one.principal.to_text(),
                effect: one.grant,
                action: one.action.to_text(),
                resource: one.resource.to_text(),
                condition: one.condition.to_value(),
                only_if: one.only_if.iter().cloned().collect(),
                at: their_side.get(*one).into_iter().flatten().cloned().collect::<Vec<_>>().join(", "),
                flags: if direction == Direction::Widened { flags(one) } else { Vec::new() },
                instead,
                uncertain: uncertain.then(|| "the two cannot be compared, so it is taken as another".to_owned()),
            });
        }
    }
    changes.sort_by(|a, b| key(a).cmp(&key(b)));
    changes
}

fn key(change: &PermissionChange) -> (Direction, &str, Grant, &str, &str, String) {
    let condition = change.condition.to_string();
    (change.direction, &change.principal, change.effect, &change.action, &change.resource, condition)
}

/// Whether a permission is a part of one on the other side; and whether one of them cannot be compared with it.
fn held(one: &Permission, others: &Permissions) -> (bool, bool) {
    let mut uncertain = false;
    for other in others.keys().filter(|other| other.grant == one.grant) {
        match holds(other, one) {
            Some(true) => return (true, false),
            Some(false) => {}
            None => uncertain = true,
        }
    }
    (false, uncertain)
}

/// Whether `wide` allows, or denies, all that `narrow` does. None where that cannot be told.
fn holds(wide: &Permission, narrow: &Permission) -> Option<bool> {
    let parts = [
        cover::term(&wide.principal, &narrow.principal, false),
        cover::term(&wide.action, &narrow.action, true),
        cover::term(&wide.resource, &narrow.resource, false),
        Some(cover::guards(&wide.only_if, &narrow.only_if)),
        cover::condition(&wide.condition, &narrow.condition),
    ];
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    parts.iter().all(Option::is_some).then_some(true)
}

impl Permission {
    /// The parts in which it is another.
    fn differing_from(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        let pairs =
            [(&self.principal, &other.principal), (&self.action, &other.action), (&self.resource, &other.resource)];
        parts.extend(pairs.iter().filter(|(one, other)| one != other).map(|(one, _)| format!("`{}`", one.to_text())));
        if self.condition != other.condition {
            parts.push(match &self.condition {
                Node::Null => "without a condition".to_owned(),
                condition => format!("if `{}`", condition.to_value()),
            });
        }
        if self.only_if != other.only_if {
            let names: Vec<&str> = self.only_if.iter().map(String::as_str).collect();
            parts.push(if names.is_empty() { "always".to_owned() } else { format!("only with {}", names.join(", ")) });
        }
        parts.join(", ")
    }
}

/// What deserves a second look.
fn flags(one: &Permission) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |word: &str| flags.push(word.to_owned());
    match (&one.grant, &one.action) {
        (Grant::Allow, Term::One(action)) => {
            let lower = action.to_ascii_lowercase();
            if lower == "*" {
                flag("any action");
            } else if lower.contains(['*', '?']) {
                flag("wildcard in the action");
            }
            let sensitive = [
                ("iam:*", "may change who may do what"),
                ("sts:*", "may act as somebody else"),
                ("kms:decrypt", "may decrypt"),
                ("secretsmanager:*", "may reach secrets"),
            ];
            for (pattern, words) in sensitive {
                if cover::word(pattern, &lower, true) || (lower.contains('*') && cover::word(&lower, pattern, true)) {
                    flag(words);
                }
            }
        }
        (Grant::Allow, Term::AllBut(_)) => flag("everything but some actions"),
        (Grant::ManagedPolicy, _) => flag("its statements are not in this template"),
        _ => {}
    }
    if one.grant == Grant::Allow {
        match &one.resource {
            Term::One(resource) if resource == "*" => flag("any resource"),
            Term::AllBut(_) => flag("everything but some resources"),
            Term::One(_) => {}
        }
        match &one.principal {
            Term::One(principal) if principal == "*" => flag("anybody"),
            Term::AllBut(_) => flag("anybody but some"),
            Term::One(_) => {}
        }
    }
    flags
}

/// All that a template permits, names of renamed resources replaced.
fn permissions(stack: &Stack, renamed: &BTreeMap<String, String>) -> Permissions {
    let mut collected = Collected { found: Permissions::new(), stack, renamed };
    for (id, resource) in &stack.resources {
        collected.resource(id, resource);
    }
    collected.found
}

struct Collected<'a> {
    found: Permissions,
    stack: &'a Stack,
    renamed: &'a BTreeMap<String, String>,
}

/// Keys under which the policy of a resource itself stands: it says who may reach it.
const OF_RESOURCES: [&str; 6] =
    ["PolicyDocument", "KeyPolicy", "ResourcePolicy", "AccessPolicies", "RepositoryPolicyText", "FileSystemPolicy"];

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
                for document in OF_RESOURCES.iter().filter_map(|key| written.get(*key)) {
                    self.document(id, document, None, Some(&own), &guards);
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
            service if service.contains(".amazonaws.com") => format!("Service:{principal}"),
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
            self.renamed.iter().fold(word, |word, (old, new)| {
                word.replace(&format!("${{{old}}}"), &format!("${{{new}}}"))
                    .replace(&format!("${{{old}."), &format!("${{{new}."))
            })
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
