//! What else happens to a resource because something that it refers to is another.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, Target};
use super::replacement::{self, Verdict};
use super::report::{Effect, Reason};
use super::stack::Stack;
use super::tree::{Difference, pointer};
use super::words::property;

/// What is another under the same name, beside resources.
pub(crate) struct Shifts {
    /// Parameters with another default or type, or whose name was a resource's.
    parameters: BTreeMap<String, String>,
    /// Conditions that say something else, by themselves or through others.
    conditions: BTreeSet<String>,
    /// Mappings with other values.
    mappings: BTreeSet<String>,
}

impl Shifts {
    pub(crate) fn of(old: &Stack, new: &Stack) -> Self {
        let differ = |section: &str| -> BTreeSet<String> {
            let entries = new.sections.get(section).into_iter().flatten();
            entries
                .filter(|(name, value)| old.entry(section, name).is_some_and(|before| before != *value))
                .map(|(name, _)| name.clone())
                .collect()
        };
        let mut parameters = BTreeMap::new();
        for (name, parameter) in new.sections.get("Parameters").into_iter().flatten() {
            let text = match old.entry("Parameters", name) {
                Some(before) if before.member("Type") != parameter.member("Type") => {
                    format!("parameter `{name}` has another type")
                }
                Some(before) if before.member("Default") != parameter.member("Default") => {
                    format!("the default of `{name}` is another; a deployed stack keeps the value that it has")
                }
                None if old.resources.contains_key(name) => format!("`{name}` is a parameter now"),
                _ => continue,
            };
            parameters.insert(name.clone(), text);
        }
        for name in new.resources.keys().filter(|name| old.entry("Parameters", name).is_some()) {
            parameters.insert(name.clone(), format!("`{name}` is a resource now"));
        }
        let mappings = differ("Mappings");
        let mut conditions = differ("Conditions");
        let all = new.sections.get("Conditions");
        loop {
            let shifted = |node: &Node| {
                let mut targets = BTreeSet::new();
                node.targets(&mut targets);
                targets.iter().any(|target| match target {
                    Target::Condition(name) => conditions.contains(*name),
                    Target::Mapping(name) => mappings.contains(*name),
                    Target::Name(_) => false,
                })
            };
            let more: Vec<String> = all
                .into_iter()
                .flatten()
                .filter(|(name, node)| !conditions.contains(*name) && shifted(node))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return Self { parameters, conditions, mappings };
            }
            conditions.extend(more);
        }
    }

    pub(crate) fn is_condition(&self, name: &str) -> bool {
        self.conditions.contains(name)
    }

    /// Nothing but resources can be followed.
    pub(crate) fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.conditions.is_empty() && self.mappings.is_empty()
    }

    /// Why a value that depends on this is another: the reason, and the name.
    fn why(&self, target: Target<'_>) -> Option<(String, String)> {
        match target {
            Target::Name(name) => self.parameters.get(name).map(|text| (text.clone(), name.to_owned())),
            Target::Condition(name) => {
                self.conditions.contains(name).then(|| (format!("condition `{name}` is another"), name.to_owned()))
            }
            Target::Mapping(name) => {
                self.mappings.contains(name).then(|| (format!("mapping `{name}` has other values"), name.to_owned()))
            }
        }
    }
}

/// A place that depends on something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Use<'a> {
    pub(crate) path: Vec<String>,
    pub(crate) node: &'a Node,
    pub(crate) target: Target<'a>,
}

/// Every place of properties that depends on something, by whatever way.
pub(crate) fn uses(properties: &Node) -> Vec<Use<'_>> {
    fn walk<'a>(node: &'a Node, path: &mut Vec<String>, found: &mut Vec<Use<'a>>) {
        let mut own = BTreeSet::new();
        node.own_targets(&mut own);
        found.extend(own.into_iter().map(|target| Use { path: path.clone(), node, target }));
        let mut below = |step: &str, child: &'a Node, found: &mut Vec<Use<'a>>| {
            path.push(step.to_owned());
            walk(child, path, found);
            path.pop();
        };
        match node {
            Node::Map(pairs) => pairs.iter().for_each(|(key, child)| below(key, child, found)),
            Node::Set(items) => items.iter().for_each(|child| below("-", child, found)),
            Node::List(items) => {
                items.iter().enumerate().for_each(|(n, child)| below(&n.to_string(), child, found));
            }
            Node::Call(name, inner) => below(name, inner, found),
            Node::Json(inner) => walk(inner, path, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(properties, &mut Vec::new(), &mut found);
    found
}

/// What follows for a resource of this kind from what else is another.
pub(crate) fn shifted(kind: &str, uses: &[Use<'_>], shifts: &Shifts) -> Vec<(Effect, Reason)> {
    let found = uses.iter().filter_map(|place| {
        let (text, follows) = shifts.why(place.target)?;
        // Whether it is another where this is deployed depends on values that only the deployed stack has.
        let effect = effect(kind, place, false);
        Some((effect, reason(place, text, follows)))
    });
    found.collect()
}

/// What follows for a resource of this kind from what becomes of the resources that it refers to.
pub(crate) fn followed(kind: &str, uses: &[Use<'_>], effects: &BTreeMap<&str, Effect>) -> Vec<(Effect, Reason)> {
    let found = uses.iter().filter_map(|place| {
        let Target::Name(name) = place.target else { return None };
        let (certain, happens) = match effects.get(name)? {
            Effect::Replaced => (true, "is replaced"),
            Effect::Renamed => (true, "is made anew"),
            Effect::MayBeReplaced => (false, "may be replaced"),
            _ => return None,
        };
        let certain = certain && !place.path.iter().any(|step| step == "Fn::If");
        let effect = effect(kind, place, certain);
        let text = match effect {
            Effect::Changed => format!("`{}` takes up what `{name}` is then: it {happens}", property(&place.path)),
            _ => format!("`{}` names `{name}`, which {happens}, and cannot be changed in place", property(&place.path)),
        };
        Some((effect, reason(place, text, name.to_owned())))
    });
    found.collect()
}

fn effect(kind: &str, place: &Use<'_>, certain: bool) -> Effect {
    let difference = Difference { path: place.path.clone(), old: None, new: Some(place.node.clone()) };
    match replacement::verdict(kind, &difference) {
        Some((Verdict::Replaces, _)) if certain => Effect::Replaced,
        Some((Verdict::Replaces | Verdict::MayReplace, _)) => Effect::MayBeReplaced,
        _ => Effect::Changed,
    }
}

fn reason(place: &Use<'_>, text: String, follows: String) -> Reason {
    Reason { pointer: format!("/Properties{}", pointer(&place.path)), text, follows: Some(follows) }
}
