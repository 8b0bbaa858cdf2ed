//! Collects what the resources of a template allow, deny and limit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::attach::{is_limit, is_undivided, targets};
use super::grant::{Permission, Permissions};
use super::known::Known;
use crate::compare::report::Grant;
use crate::template::guard::{Guards, and, branches, expanded, is_impossible};
use crate::template::intrinsic::is_intrinsic;
use crate::template::limit::{Excess, MOST_PERMISSIONS};
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::schema::{self, ResourceSchema};
use crate::template::stack::DeployedResource;
use crate::template::statement::Term;

/// Collects the permissions of a template.
pub(super) struct Collector<'a> {
    pub(super) known: Known<'a>,
    pub(super) found: Permissions,
    /// Resources by their name on the new side.
    pub(super) resources: BTreeMap<String, &'a DeployedResource>,
    /// Resources with a policy of their own, and under which conditions they have it.
    pub(super) explicit: BTreeMap<String, Vec<Guards>>,
    /// The same for policies that only limit.
    pub(super) limits: BTreeMap<String, Vec<Guards>>,
    /// Roles, users and groups by the managed policy of this template that they have.
    holders: BTreeMap<String, Vec<(String, Guards)>>,
    /// Managed policies of this template that are a permissions boundary.
    boundaries: BTreeSet<String>,
}

/// Where a policy is.
pub(super) struct Place<'p> {
    /// The resource that contains it.
    pub(super) id: &'p str,
    /// The principal of statements that name none.
    pub(super) holder: &'p str,
    /// What it is attached to.
    pub(super) attached: &'p str,
    /// Whether it only limits.
    pub(super) limits: bool,
    /// Whether it belongs to an organization, where several policies limit the same account.
    pub(super) organization: bool,
    /// Whether `*` is exactly what it is attached to.
    pub(super) undivided: bool,
}

/// Resources whose contents are elsewhere.
const ELSEWHERE: [&str; 4] = [
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::StackSet",
    "AWS::Serverless::Application",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
];

/// Whether what a resource contains is known only at deployment: a nested stack, a stack set, a module, a macro.
pub(in crate::compare) fn is_elsewhere(resource_type: &str) -> bool {
    ELSEWHERE.contains(&resource_type) || resource_type.ends_with("::MODULE") || resource_type.starts_with("Fn::")
}

/// Properties that name a file with the rest of an API, which may hold its policy.
const FILES: [&str; 2] = ["BodyS3Location", "DefinitionUri"];

impl<'a> Collector<'a> {
    /// Collects the permissions of one side.
    pub(super) fn collect(known: Known<'a>) -> Self {
        let resources = known.stack.resources.iter().map(|(id, resource)| (known.name(id), resource)).collect();
        let (explicit, limits) = (BTreeMap::new(), BTreeMap::new());
        let (holders, boundaries) = (BTreeMap::new(), BTreeSet::new());
        let mut collector = Self { known, found: Permissions::new(), resources, explicit, limits, holders, boundaries };
        collector.attachments();
        for (own, resource) in collector.resources.clone() {
            collector.resource(&own, resource);
        }
        collector.macros();
        collector
    }

    /// Returns the bound that the permissions exceed, if any.
    pub(super) fn excess(&self) -> Option<Excess> {
        let excess = self.known.budget.is_spent().then_some(Excess::Followed);
        excess.or_else(|| (self.found.len() > MOST_PERMISSIONS).then_some(Excess::Permissions))
    }

    /// Finds out which managed policies of this template are attached to whom.
    fn attachments(&mut self) {
        for (own, resource) in self.resources.clone() {
            let guards = self.known.guards(resource.word("Condition"));
            for (policy, more) in self.each(&resource.written, "ManagedPolicyArns") {
                let policy = bare(&plain(&policy).to_text()).to_owned();
                self.holders.entry(policy).or_default().push((own.clone(), and(&more, &guards)));
            }
            for (policy, _) in self.each(&resource.written, "PermissionsBoundary") {
                self.boundaries.insert(bare(&plain(&policy).to_text()).to_owned());
            }
        }
    }

    /// Returns the items of a property, or its value, each under its conditions.
    pub(super) fn each(&self, written: &Map<String, Value>, key: &str) -> Vec<(Value, Guards)> {
        let Some(value) = written.get(key).map(|value| self.known.value(value)) else { return Vec::new() };
        expanded(&value).into_iter().map(|(value, guards)| (value.clone(), guards)).collect()
    }

    /// Returns the items of a property as text.
    pub(super) fn words(&self, written: &Map<String, Value>, key: &str) -> Vec<(String, Guards)> {
        self.each(written, key).into_iter().map(|(value, guards)| (plain(&value).to_text(), guards)).collect()
    }

    fn resource(&mut self, own: &str, resource: &'a DeployedResource) {
        let written = &resource.written;
        let guards = self.known.guards(resource.word("Condition"));
        let place = |attached: &'static str| Place {
            id: own,
            holder: own,
            attached,
            limits: false,
            undivided: true,
            organization: false,
        };
        if let Some(transform) = written.get("Fn::Transform").filter(|_| written.len() > 1) {
            self.unread(&place(""), transform, &guards);
        }
        let resource_type = resource.resource_type.as_str();
        match resource_type {
            "AWS::IAM::Role" => {
                if let Some(trust) = written.get("AssumeRolePolicyDocument").map(|trust| self.known.value(trust)) {
                    self.document(&Place { holder: "*", attached: own, ..place("") }, &trust, &guards);
                }
                self.attached(own, written, &guards);
            }
            "AWS::IAM::User" | "AWS::IAM::Group" => self.attached(own, written, &guards),
            "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => {
                let Some(document) = written.get("PolicyDocument").map(|document| self.known.value(document)) else {
                    return;
                };
                let lists = ["Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"];
                let mut holders: Vec<(String, Guards)> =
                    lists.iter().flat_map(|key| self.words(written, key)).collect();
                holders.extend(self.holders.get(own).into_iter().flatten().cloned());
                if holders.is_empty() && !self.boundaries.contains(own) {
                    // It may be attached outside this template.
                    holders.push((own.to_owned(), Guards::new()));
                }
                for (holder, more) in holders {
                    self.document(&Place { holder: bare(&holder), ..place("") }, &document, &and(&more, &guards));
                }
            }
            "AWS::SSO::PermissionSet" => self.permission_set(own, written, &guards),
            "AWS::Organizations::Policy" => self.organization(own, written, &guards),
            _ if is_elsewhere(resource_type) => {
                let mut written = written.clone();
                for idle in ["Tags", "TimeoutInMinutes", "NotificationARNs", "Description"] {
                    written.remove(idle);
                }
                let content = self.known.value(&Value::Object(written));
                self.unknown(&place(""), resource_type.to_owned(), plain(&content), &guards);
            }
            _ if self.other_notation(own, resource, &guards) => {}
            _ => {
                for key in FILES.iter().filter(|_| resource_type.ends_with("Api")) {
                    for (file, more) in self.each(written, key) {
                        self.unread(&place(""), &file, &and(&more, &guards));
                    }
                }
                let kind = Kind::of(resource_type);
                for (target, more) in targets(&self.known, own, resource) {
                    let place = Place { attached: &target, undivided: is_undivided(resource_type), ..place("") };
                    for (key, value) in written {
                        let value = self.known.value(value);
                        let limits = is_limit(resource_type, key);
                        let place = Place { limits, holder: if limits { "*" } else { own }, ..place };
                        self.walk(&place, kind, &format!("/{key}"), &value, &and(&more, &guards));
                    }
                }
            }
        }
    }

    /// Finds the policies in a value: what the schema calls one, and what looks like one.
    fn walk(&mut self, place: &Place<'_>, kind: Kind, path: &str, value: &Value, guards: &Guards) {
        if kind.is_policy(path, value) {
            self.document(place, value, guards);
            return;
        }
        if let Some(branches) = branches(value) {
            for (branch, guard) in branches {
                self.walk(place, kind, path, branch, &and(&Guards::from([guard]), guards));
            }
            return;
        }
        if kind.schema.is_statement(path) {
            self.without_document(place, value.clone(), guards);
            return;
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.walk(place, kind, &format!("{path}/*"), item, guards);
                }
            }
            Value::Object(map) => {
                if let (Some(who), Some(actions)) = (map.get("Principal"), map.get("Actions")) {
                    self.named(place, who, actions, guards);
                }
                for (key, value) in map {
                    self.walk(place, kind, &format!("{path}/{key}"), value, guards);
                }
            }
            _ => {}
        }
    }

    /// Adds the policies of a role, user or group: inline policies, managed policies and the permissions boundary.
    fn attached(&mut self, own: &str, written: &Map<String, Value>, guards: &Guards) {
        let place = Place { id: own, holder: own, attached: "", limits: false, undivided: true, organization: false };
        for (inline, more) in self.each(written, "Policies") {
            let more = and(&more, guards);
            match inline.get("PolicyDocument") {
                Some(document) => self.document(&place, document, &more),
                None if inline.as_object().is_some_and(|map| !is_intrinsic(map)) => {
                    self.opaque(&place, Grant::PolicyTemplate, plain(&inline).to_text(), more);
                }
                None => self.unread(&place, &inline, &more),
            }
        }
        for (arn, more) in self.words(written, "ManagedPolicyArns") {
            // The statements of a policy of this template are collected with the policy.
            if !self.is_policy_here(bare(&arn)) {
                self.opaque(&place, Grant::ManagedPolicy, arn, and(&more, guards));
            }
        }
        for (arn, more) in self.words(written, "PermissionsBoundary") {
            self.boundary(&place, arn, &and(&more, guards));
        }
    }

    fn is_policy_here(&self, name: &str) -> bool {
        self.resources.get(name).is_some_and(|policy| policy.resource_type == "AWS::IAM::ManagedPolicy")
    }

    /// Adds a permissions boundary: the statements of a policy of this template, otherwise the policy by its ARN.
    fn boundary(&mut self, place: &Place<'_>, arn: String, guards: &Guards) {
        let here = self.resources.get(bare(&arn)).filter(|_| self.is_policy_here(bare(&arn)));
        match here.and_then(|policy| policy.written.get("PolicyDocument")).map(|document| self.known.value(document)) {
            Some(document) => {
                let place = Place { holder: "*", attached: place.holder, limits: true, ..*place };
                self.document(&place, &document, guards);
            }
            None => self.opaque(place, Grant::Boundary, arn, guards.clone()),
        }
    }

    /// Adds the policies of a permission set, which everybody has to whom it is assigned.
    fn permission_set(&mut self, own: &str, written: &Map<String, Value>, guards: &Guards) {
        let place = Place { id: own, holder: own, attached: "", limits: false, undivided: true, organization: false };
        if let Some(inline) = written.get("InlinePolicy").map(|inline| self.known.value(inline)) {
            self.document(&place, &inline, guards);
        }
        for key in ["ManagedPolicies", "CustomerManagedPolicyReferences"] {
            for (policy, more) in self.words(written, key) {
                self.opaque(&place, Grant::ManagedPolicy, policy, and(&more, guards));
            }
        }
        for (boundary, more) in self.each(written, "PermissionsBoundary") {
            let arn = boundary.get("ManagedPolicyArn").unwrap_or(&boundary);
            self.boundary(&place, plain(arn).to_text(), &and(&more, guards));
        }
    }

    /// Adds a policy of an organization, which limits each account that it is attached to.
    fn organization(&mut self, own: &str, written: &Map<String, Value>, guards: &Guards) {
        let Some(content) = written.get("Content").map(|content| self.known.value(content)) else { return };
        let targets = self.words(written, "TargetIds");
        let targets = if targets.is_empty() { vec![(own.to_owned(), Guards::new())] } else { targets };
        for (target, more) in targets {
            let place = Place {
                id: own,
                holder: "*",
                attached: bare(&target),
                limits: true,
                undivided: false,
                organization: true,
            };
            self.document(&place, &content, &and(&more, guards));
        }
    }

    /// Adds the macros of the whole template: they may add permissions of any kind.
    fn macros(&mut self) {
        let place = Place {
            id: "Transform",
            holder: "Transform",
            attached: "",
            limits: false,
            undivided: true,
            organization: false,
        };
        let listed = self.known.stack.sections.get("Transform").into_iter().flatten();
        let names =
            listed.filter(|(key, _)| key.is_empty() || *key == "Name").flat_map(|(_, node)| match node.to_value() {
                Value::Array(items) => items,
                single => vec![single],
            });
        for name in names.filter(is_foreign_macro).collect::<Vec<_>>() {
            self.unread(&place, &name, &Guards::new());
        }
    }

    /// Adds a policy without its statements.
    pub(super) fn opaque(&mut self, place: &Place<'_>, grant: Grant, policy: String, only_if: Guards) {
        let permission = Permission {
            grant,
            attached: place.attached.to_owned(),
            principal: Term::One(place.holder.to_owned()),
            action: Term::One(policy),
            resource: Term::One("*".to_owned()),
            condition: Node::Null,
            only_if,
        };
        self.add(place.id, permission);
    }

    /// Adds something in place of statements that is known only at deployment.
    pub(super) fn unread(&mut self, place: &Place<'_>, value: &Value, only_if: &Guards) {
        self.unknown(place, plain(value).to_text(), Node::Null, only_if);
    }

    fn unknown(&mut self, place: &Place<'_>, what: String, content: Node, only_if: &Guards) {
        let permission = Permission {
            grant: Grant::Unknown,
            attached: place.attached.to_owned(),
            principal: Term::One(place.holder.to_owned()),
            action: Term::One(what),
            resource: Term::One("*".to_owned()),
            condition: content,
            only_if: only_if.clone(),
        };
        self.add(place.id, permission);
    }

    /// Adds a permission. More than [`MOST_PERMISSIONS`] are not compared, so one more than that is enough.
    pub(super) fn add(&mut self, id: &str, permission: Permission) {
        let permission = Permission { only_if: self.known.simplified(permission.only_if), ..permission };
        // What is refused in the end need not be collected.
        if !is_impossible(&permission.only_if) && self.excess().is_none() {
            self.found.entry(permission).or_default().insert(id.to_owned());
        }
    }
}

/// Whether what a macro makes of a template is known only at deployment.
pub(in crate::compare) fn is_foreign_macro(name: &Value) -> bool {
    let own = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];
    !name.as_str().is_some_and(|name| own.contains(&name))
}

/// Properties that are a policy document wherever they are, at least by their name.
const DOCUMENTS: [&str; 12] = [
    "AccessPolicies",
    "AssumeRolePolicyDocument",
    "FileSystemPolicy",
    "KeyPolicy",
    "PermissionsPolicyDocument",
    "Policy",
    "PolicyDocument",
    "PolicyText",
    "RegistryPolicyText",
    "RepositoryPolicyText",
    "ResourcePolicy",
    "ResourcePolicyDocument",
];

/// What is known of a resource's type.
#[derive(Clone, Copy)]
struct Kind {
    schema: ResourceSchema,
    is_of_aws: bool,
}

impl Kind {
    fn of(resource_type: &str) -> Self {
        Self { schema: schema::of(resource_type).unwrap_or_default(), is_of_aws: resource_type.starts_with("AWS::") }
    }

    /// Whether a value is a policy: by the schema of its type, by its name if it cannot be read, or by what it looks like.
    fn is_policy(self, path: &str, value: &Value) -> bool {
        if self.schema.is_policy(path) {
            return true;
        }
        // The document reads the branches itself: without any of them, what holds is what holds without a policy.
        if let Some(branches) = branches(value) {
            return branches.iter().any(|(branch, _)| self.is_policy(path, branch));
        }
        match value {
            Value::Object(map) if is_intrinsic(map) => {
                let key = path.rsplit('/').next().unwrap_or_default();
                self.is_of_aws && DOCUMENTS.contains(&key)
            }
            Value::Object(map) => map.get("Statement").is_some_and(|inside| {
                map.contains_key("Version")
                    || expanded(inside).iter().any(|(statement, _)| statement.get("Effect").is_some())
            }),
            Value::String(text) => text.trim_start().starts_with('{') && text.contains("\"Statement\""),
            _ => false,
        }
    }
}

/// Returns the logical id in a reference such as `${Queue.Arn}`; other text is returned unchanged.
pub(super) fn bare(text: &str) -> &str {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|inner| !inner.contains("${"));
    inner.map_or(text, |inner| inner.split_once('.').map_or(inner, |(id, _)| id))
}
