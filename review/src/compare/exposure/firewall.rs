//! Web firewalls: requests that a rule stopped and that may now pass.
//!
//! Whether a request passes is decided by all rules in order, and what each is about by its statement. Only the default of a
//! web ACL is certain; that a rule no longer stops anything, or now lets pass what later rules would stop, counts as "perhaps".
//!
//! Sources: AWS WAF Developer Guide, "Using rule actions in AWS WAF" and "Overriding rule group actions"; the Template
//! Reference of each type.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::address;
use crate::compare::value::{Scope, Seen, at};
use crate::template::guard::{Guards, and, opposite};
use crate::template::node::{Dependency, Node};
use crate::template::stack::DeployedResource;

use super::lock::Opened;

/// How a type writes rules.
struct Shape {
    resource_type: &'static str,
    /// The path to its rules.
    rules: &'static [&'static str],
    /// The member by which a rule is the same on both sides.
    name: &'static str,
    /// The ways from a rule to its action; the first one that is there counts.
    actions: &'static [&'static [&'static str]],
}

const V2: &[&[&str]] = &[&["Action"], &["OverrideAction"]];
const CLASSIC: &[&[&str]] = &[&["Action", "Type"], &["OverrideAction", "Type"]];

const SHAPES: [Shape; 4] = [
    Shape { resource_type: "AWS::WAFv2::WebACL", rules: &["Rules", "*"], name: "Name", actions: V2 },
    Shape { resource_type: "AWS::WAFv2::RuleGroup", rules: &["Rules", "*"], name: "Name", actions: V2 },
    Shape { resource_type: "AWS::WAF::WebACL", rules: &["Rules", "*"], name: "RuleId", actions: CLASSIC },
    Shape { resource_type: "AWS::WAFRegional::WebACL", rules: &["Rules", "*"], name: "RuleId", actions: CLASSIC },
];

/// What web ACLs do with requests that no rule decides.
const DEFAULTS: [(&str, &[&str]); 3] = [
    ("AWS::WAFv2::WebACL", &["DefaultAction"]),
    ("AWS::WAF::WebACL", &["DefaultAction", "Type"]),
    ("AWS::WAFRegional::WebACL", &["DefaultAction", "Type"]),
];

/// What puts a resource behind a web ACL.
const ASSOCIATIONS: [&str; 2] = ["AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation"];

/// Types whose own property names their web ACL.
const BEHIND: [(&str, &[&str]); 2] = [
    ("AWS::CloudFront::Distribution", &["DistributionConfig", "WebACLId"]),
    ("AWS::CloudFront::DistributionTenant", &["Customizations", "WebAcl", "Arn"]),
];

/// Lists of addresses that rules refer to.
const ADDRESSES: [(&str, &[&str]); 3] = [
    ("AWS::WAFv2::IPSet", &["Addresses", "*"]),
    ("AWS::WAF::IPSet", &["IPSetDescriptors", "*", "Value"]),
    ("AWS::WAFRegional::IPSet", &["IPSetDescriptors", "*", "Value"]),
];

/// What a rule does with a request that it is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Stops,
    Counts,
    Passes,
    /// Only the deployment shows it.
    Unknown,
}

/// A side, with the resource if it exists there.
type Sided<'a> = (Scope<'a>, Option<&'a DeployedResource>);

/// Returns what a firewall may let pass on the new side and stops on the old one.
pub(super) fn opened(old: Sided<'_>, new: Sided<'_>) -> Vec<Opened> {
    let Some(resource_type) = old.1.or(new.1).map(|resource| resource.resource_type.as_str()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let (Some(was), Some(is)) = (old.1, new.1) {
        if let Some((_, path)) = DEFAULTS.iter().find(|(known, _)| *known == resource_type) {
            found.extend(by_default((old.0, was), (new.0, is), path));
        }
        for shape in SHAPES.iter().filter(|shape| shape.resource_type == resource_type) {
            by_rule((old.0, was), (new.0, is), shape, &mut found);
        }
        if let Some((_, path)) = ADDRESSES.iter().find(|(known, _)| *known == resource_type) {
            found.extend(by_addresses((old.0, was), (new.0, is), path));
        }
        if let Some((_, path)) = BEHIND.iter().find(|(known, _)| *known == resource_type) {
            found.extend(left((old.0, was), (new.0, is), path));
        }
    }
    if ASSOCIATIONS.contains(&resource_type) {
        found.extend(dissociated(old, new));
    }
    found
}

/// The default of a web ACL, which no longer stops what no rule decides.
fn by_default(
    old: (Scope<'_>, &DeployedResource),
    new: (Scope<'_>, &DeployedResource),
    path: &[&str],
) -> Option<Opened> {
    let acts =
        |(scope, resource): (Scope<'_>, &DeployedResource)| of(scope, resource.attributes.get("Properties"), path);
    let (before, after) = (acts(old), acts(new));
    let passing: Vec<_> = after.iter().filter(|(act, _)| *act != Act::Stops).collect();
    let was_so = |state: &(Act, Guards)| before.iter().any(|(act, when)| *act == state.0 && when.is_subset(&state.1));
    let stopped = before.iter().any(|(act, _)| matches!(act, Act::Stops | Act::Unknown));
    (stopped && passing.iter().any(|state| !was_so(state))).then(|| Opened {
        pointer: "/Properties/DefaultAction".to_owned(),
        text: "requests that no rule decides pass: `DefaultAction` no longer blocks them".to_owned(),
        uncertain: before.len() > 1 || before[0].0 == Act::Unknown || passing.len() < after.len() || after.len() > 1,
    })
}

fn by_rule(
    old: (Scope<'_>, &DeployedResource),
    new: (Scope<'_>, &DeployedResource),
    shape: &Shape,
    found: &mut Vec<Opened>,
) {
    let (before, after) = (shape.acts(old), shape.acts(new));
    for (name, (pointer, was)) in &before {
        let is = after.get(name);
        let still = |when: &Guards| is.is_some_and(|(_, is)| covers(is, Act::Stops, when));
        let same = |state: &(Act, Guards)| is.is_some_and(|(_, is)| is.contains(state));
        let mut stopped = was.iter().filter(|(act, _)| matches!(act, Act::Stops | Act::Unknown));
        if stopped.all(|state| same(state) || still(&state.1)) {
            continue;
        }
        let (pointer, how) = is.map_or((pointer, ", because it is gone"), |(pointer, _)| (pointer, ""));
        let text = format!("requests that the rule `{name}` stopped may pass{how}");
        found.push(Opened { pointer: pointer.clone(), text, uncertain: true });
    }
    for (name, (pointer, is)) in &after {
        let was = before.get(name).map(|(_, was)| was);
        let before = |when: &Guards| was.is_some_and(|was| covers(was, Act::Passes, when));
        // What stopped and now lets pass is reported above.
        let reported = was.is_some_and(|was| was.iter().any(|(act, _)| matches!(act, Act::Stops | Act::Unknown)));
        if !reported && is.iter().any(|(act, when)| *act == Act::Passes && !before(when)) {
            let text = format!("the rule `{name}` lets requests pass that later rules may stop");
            found.push(Opened { pointer: pointer.clone(), text, uncertain: true });
        }
    }
}

/// Whether a rule does something whenever these guards hold: by one state, or by two under a condition and its opposite.
fn covers(states: &BTreeSet<(Act, Guards)>, act: Act, when: &Guards) -> bool {
    let rests = states.iter().filter(|(does, _)| *does == act).map(|(_, under)| under - when);
    let rests: BTreeSet<Guards> = rests.collect();
    let is_met = |rest: &Guards| match rest.iter().next() {
        Some(guard) if rest.len() == 1 => rests.contains(&Guards::from([opposite(guard)])),
        other => other.is_none(),
    };
    rests.iter().any(is_met)
}

/// A list of addresses that gets a large part of the internet. A rule may stop them as well as let them pass.
fn by_addresses(
    old: (Scope<'_>, &DeployedResource),
    new: (Scope<'_>, &DeployedResource),
    path: &[&str],
) -> Option<Opened> {
    let public = |(scope, resource): (Scope<'_>, &DeployedResource)| -> Vec<(String, String)> {
        let found = at(scope, resource.attributes.get("Properties"), path).into_iter();
        let text = found.filter_map(|found| match found.seen {
            Seen::Value(Node::Text(text)) => Some((text, found.pointer)),
            _ => None,
        });
        text.filter(|(text, _)| address::is_everyone(text)).collect()
    };
    let before = public(old);
    let is_new = |(text, _): &&(String, String)| !before.iter().any(|(was, _)| address::is_inside(text, was));
    public(new).iter().find(is_new).map(|(text, pointer)| Opened {
        pointer: format!("/Properties{pointer}"),
        text: format!(
            "a rule that lets its addresses pass lets a large part of the internet pass: `{text}` is one of them"
        ),
        uncertain: true,
    })
}

/// A resource that no longer names a web ACL.
fn left(old: (Scope<'_>, &DeployedResource), new: (Scope<'_>, &DeployedResource), path: &[&str]) -> Option<Opened> {
    let behind = |(scope, resource): (Scope<'_>, &DeployedResource)| -> BTreeSet<(Option<bool>, Guards)> {
        let found = at(scope, resource.attributes.get("Properties"), path).into_iter();
        let state = |seen: &Seen| match seen {
            Seen::Absent => Some(false),
            Seen::Value(value) => Some(!value.to_text().is_empty()),
            Seen::Unknown(_) => None,
        };
        found.map(|found| (state(&found.seen), found.when)).collect()
    };
    let (before, after) = (behind(old), behind(new));
    let was = before.iter().any(|(behind, _)| *behind != Some(false));
    let opens = after.iter().any(|state| state.0 == Some(false) && !before.contains(state));
    (was && opens).then(|| Opened {
        pointer: format!("/Properties/{}", path.join("/")),
        text: "its requests no longer pass a web firewall".to_owned(),
        uncertain: before.len() > 1 || after.len() > 1 || before.iter().any(|(behind, _)| *behind != Some(true)),
    })
}

/// An association that is gone, or is with another resource, while what it was with stays and has no other one.
fn dissociated(old: Sided<'_>, new: Sided<'_>) -> Option<Opened> {
    let target = |resource: &DeployedResource| resource.property(&["ResourceArn"]).cloned();
    let was = target(old.1?)?;
    let mut others = new.0.own.resources.values().filter(|other| ASSOCIATIONS.contains(&other.resource_type.as_str()));
    let again = others.any(|other| target(other).as_ref() == Some(&was));
    let mut names = BTreeSet::new();
    was.dependencies(&mut names);
    let is_gone = |name: &str| old.0.own.resources.contains_key(name) && !new.0.own.resources.contains_key(name);
    let gone = names.iter().any(|name| match name {
        Dependency::Name(name) => is_gone(name),
        _ => false,
    });
    (!again && !gone).then(|| Opened {
        pointer: if new.1.is_some() { "/Properties/ResourceArn".to_owned() } else { String::new() },
        text: format!("requests to `{}` no longer pass a web firewall", was.to_text()),
        uncertain: new.1.is_some_and(|resource| resource.property(&["ResourceArn"]).and_then(Node::word).is_none()),
    })
}

impl Shape {
    /// Returns the rules by name: where each is, and what it may do.
    fn acts(&self, side: (Scope<'_>, &DeployedResource)) -> BTreeMap<String, (String, BTreeSet<(Act, Guards)>)> {
        let mut acts: BTreeMap<String, (String, BTreeSet<(Act, Guards)>)> = BTreeMap::new();
        for rule in at(side.0, side.1.attributes.get("Properties"), self.rules) {
            let Seen::Value(node @ Node::Map(_)) = &rule.seen else { continue };
            let name = node.member(self.name).map_or_else(String::new, Node::to_text);
            let place = format!("/Properties{}", rule.pointer);
            let (_, known) = acts.entry(name).or_insert_with(|| (place, BTreeSet::new()));
            let path = self.actions.iter().find(|path| node.member(path[0]).is_some());
            let Some(path) = path else { continue };
            known.extend(of(side.0, Some(node), path).into_iter().map(|(act, when)| (act, and(&when, &rule.when))));
        }
        acts
    }
}

/// Returns what an action at a path may be. `OverrideAction: {None: {}}` leaves it to the rules of a group.
fn of(scope: Scope<'_>, node: Option<&Node>, path: &[&str]) -> Vec<(Act, Guards)> {
    let word = |word: &str| match word.to_ascii_uppercase().as_str() {
        "BLOCK" | "CAPTCHA" | "CHALLENGE" | "NONE" => Act::Stops,
        "ALLOW" => Act::Passes,
        _ => Act::Counts,
    };
    let act = |seen: &Seen| match seen {
        Seen::Value(Node::Map(members)) => members.keys().next().map_or(Act::Counts, |key| word(key)),
        Seen::Value(Node::Text(text)) => word(text),
        Seen::Absent => Act::Counts,
        _ => Act::Unknown,
    };
    at(scope, node, path).into_iter().map(|found| (act(&found.seen), found.when)).collect()
}
