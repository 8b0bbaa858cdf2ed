//! Permissions that a resource has through something else: the role that it takes on, the groups of a user.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::collect::{Collector, bare};
use super::grant::{Permission, Permissions};
use crate::compare::report::Grant;
use crate::template::guard::{Guards, and, expanded};
use crate::template::intrinsic::is_intrinsic;
use crate::template::limit::MOST_PERMISSIONS;
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::schema::{self, ResourceSchema};
use crate::template::stack::DeployedResource;
use crate::template::statement::Term;

/// The roles and groups of a template's resources, by resource and property.
pub(super) type Assumed = BTreeMap<(String, String), BTreeSet<(String, Guards)>>;

/// The property under which the groups of a user are kept.
const GROUPS: &str = "Groups";

/// Returns the roles that resources take on, and the groups that users are in.
pub(super) fn assumed(side: &Collector<'_>) -> Assumed {
    let mut found = Assumed::new();
    for (own, resource) in &side.resources {
        let guards = side.known.guards(resource.word("Condition"));
        let mut add = |who: &str, place: &str, what: &str, more: &Guards| {
            let target = (bare(what).to_owned(), and(more, &guards));
            found.entry((who.to_owned(), place.to_owned())).or_default().insert(target);
        };
        match resource.resource_type.as_str() {
            "AWS::IAM::Role" => {
                if let Some(function) = &resource.generated_by {
                    add(&side.known.name(function), "/Role", own, &Guards::new());
                }
            }
            "AWS::IAM::User" => {
                side.words(&resource.written, GROUPS).iter().for_each(|(group, more)| add(own, GROUPS, group, more));
            }
            "AWS::IAM::UserToGroupAddition" => {
                let users = side.words(&resource.written, "Users");
                for (group, by_group) in side.words(&resource.written, "GroupName") {
                    if !side.known.budget.steps(users.len()) {
                        break;
                    }
                    for (user, by_user) in users.clone() {
                        add(bare(&user), GROUPS, &group, &and(&by_group, &by_user));
                    }
                }
            }
            kind if kind.starts_with("AWS::IAM::") && kind != "AWS::IAM::InstanceProfile" => {}
            _ => {
                for (place, role, more) in roles(side, resource) {
                    for (role, by_profile) in behind(side, &role) {
                        add(own, &place, &role, &and(&by_profile, &more));
                    }
                }
            }
        }
    }
    for (hook, node) in side.known.stack.sections.get("Hooks").into_iter().flatten() {
        // CodeDeploy replaces tasks with it during an update: User Guide, "Perform ECS blue/green deployments".
        let role = node.at(&["Properties", "ServiceRole"]).map(|role| side.known.value(&role.to_value()));
        leaves(&role.unwrap_or_default(), &Guards::new(), &mut |role, guards| {
            let target = (bare(&plain(role).to_text()).to_owned(), guards.clone());
            found.entry((hook.clone(), "/Properties/ServiceRole".to_owned())).or_default().insert(target);
        });
    }
    found
}

/// Returns the roles of an instance profile of this template; any other text is a role itself.
fn behind(side: &Collector<'_>, role: &str) -> Vec<(String, Guards)> {
    match side.resources.get(bare(role)).filter(|found| found.resource_type == "AWS::IAM::InstanceProfile") {
        Some(profile) => side.words(&profile.written, "Roles"),
        None => vec![(role.to_owned(), Guards::new())],
    }
}

/// Returns the roles that a resource takes on, with the pointers of their properties.
fn roles(side: &Collector<'_>, resource: &DeployedResource) -> Vec<(String, String, Guards)> {
    let schema = schema::of(&resource.resource_type).unwrap_or_default();
    let is_sam = resource.resource_type.starts_with("AWS::Serverless::");
    let mut found = Vec::new();
    for (key, value) in &resource.written {
        // SAM's name for it, whatever CloudFormation's type calls it.
        let schema = if is_sam && key == "Role" { ResourceSchema::default() } else { schema };
        find(&format!("/{key}"), &format!("/{key}"), value, schema, &mut |place, value| {
            let value = side.known.value(value);
            leaves(&value, &Guards::new(), &mut |role, guards| {
                found.push((place.to_owned(), plain(role).to_text(), guards.clone()));
            });
        });
    }
    found
}

/// Finds the properties that name roles: by the schema of the type, or by their name if it has none.
fn find(place: &str, path: &str, value: &Value, schema: ResourceSchema, found: &mut dyn FnMut(&str, &Value)) {
    let key = path.rsplit('/').next().unwrap_or_default();
    if schema.is_role(path).unwrap_or_else(|| names_a_role(key)) || ALWAYS.contains(&key) {
        found(place, value);
        return;
    }
    match value {
        Value::Object(_) if ["Environment", "Metadata", "Tags"].contains(&key) => {}
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| {
                find(&format!("{place}/{key}"), &format!("{path}/{key}"), value, schema, found);
            });
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                find(&format!("{place}/{n}"), &format!("{path}/*"), item, schema, found);
            }
        }
        // What a rule or a schedule starts a runbook with.
        Value::String(text) if text.contains(RUNBOOK) => {
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
                find(place, path, &inner, schema, found);
            }
        }
        _ => {}
    }
}

/// Properties that name a role in another way than by its ARN, and the parameter of Systems Manager's runbooks that does
/// (User Guide of Systems Manager, "Setting up Automation"), wherever a runbook is started.
const ALWAYS: [&str; 4] = [RUNBOOK, "IamInstanceProfile", "InstanceProfile", "InstanceProfileName"];

const RUNBOOK: &str = "AutomationAssumeRole";

fn names_a_role(key: &str) -> bool {
    ["Role", "Roles", "RoleArn", "RoleARN", "RoleArns", "RoleName", "InstanceProfileArn"]
        .iter()
        .any(|end| key.ends_with(end))
}

/// Calls with every value in a list or an object, under its conditions.
fn leaves(value: &Value, guards: &Guards, found: &mut dyn FnMut(&Value, &Guards)) {
    for (item, more) in expanded(value) {
        let all = and(&more, guards);
        match item {
            Value::Object(map) if !is_intrinsic(map) => map.values().for_each(|inner| leaves(inner, &all, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            text => found(text, &all),
        }
    }
}

/// Adds to each resource the permissions of the roles and groups that it does not have on the other side.
pub(super) fn with_assumed(
    mut found: Permissions,
    (side, own): (&Collector<'_>, &Assumed),
    (others, other): (&Collector<'_>, &Assumed),
) -> Permissions {
    let none = BTreeSet::new();
    let mut by_principal = BTreeMap::<String, Vec<Permission>>::new();
    for permission in found.keys() {
        if let (Term::One(who), true) = (&permission.principal, permission.attached.is_empty()) {
            by_principal.entry(who.clone()).or_default().push(permission.clone());
        }
    }
    for ((id, place), targets) in own {
        let before = other.get(&(id.clone(), place.clone()));
        for (target, guards) in targets.difference(before.unwrap_or(&none)) {
            let is_here = side.resources.contains_key(target);
            if before.is_none() && is_here && !others.resources.contains_key(target) {
                continue; // A new role for a new purpose: its permissions are reported as its own.
            }
            let theirs: Vec<(Permission, BTreeSet<String>)> = if is_here {
                let of_target = by_principal.get(target).into_iter().flatten();
                let of_target = of_target.filter_map(|known| Some((known.clone(), found.get(known)?.clone())));
                of_target.take_while(|(_, at)| side.known.budget.steps(1 + at.len())).collect()
            } else {
                let through = Permission {
                    grant: if place == GROUPS { Grant::Group } else { Grant::Role },
                    attached: String::new(),
                    principal: Term::One(String::new()),
                    action: Term::One(target.clone()),
                    resource: Term::One("*".to_owned()),
                    condition: Node::Null,
                    only_if: Guards::new(),
                };
                vec![(through, BTreeSet::from([id.clone()]))]
            };
            for (permission, at) in theirs {
                let only_if = and(&permission.only_if, guards);
                let permission = Permission { principal: Term::One(id.clone()), only_if, ..permission };
                if permission.attached.is_empty() && !found.contains_key(&permission) {
                    by_principal.entry(id.clone()).or_default().push(permission.clone());
                }
                found.entry(permission).or_default().extend(at);
            }
            if side.known.budget.is_spent() || found.len() > MOST_PERMISSIONS {
                return found;
            }
        }
    }
    found
}
