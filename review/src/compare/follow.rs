//! What follows from what: a resource that refers to a replaced one is given another value, and is replaced itself
//! where that property cannot change.

use std::collections::BTreeMap;

use crate::compare::report::{Effect, Reason};
use crate::compare::resources::Draft;
use crate::compare::tree::{Difference, pointer};
use crate::template::node::{Node, Part};
use crate::template::replacement::{self, Verdict};
use crate::template::stack::Stack;

/// Carries replacements on along references, until nothing more follows.
pub(crate) fn replacements(new: &Stack, drafts: &mut BTreeMap<String, Draft>) {
    let is_new = |effect| matches!(effect, Effect::Replaced | Effect::MayBeReplaced | Effect::Renamed);
    let mut open: Vec<(String, Effect)> =
        drafts.iter().filter(|(_, draft)| is_new(draft.effect)).map(|(id, draft)| (id.clone(), draft.effect)).collect();
    if open.is_empty() {
        return;
    }
    let uses = uses(new);
    while let Some((origin, effect)) = open.pop() {
        for used in uses.get(origin.as_str()).into_iter().flatten().filter(|used| used.by != origin) {
            if drafts.get(used.by).is_some_and(|draft| matches!(draft.effect, Effect::Added | Effect::Renamed)) {
                continue;
            }
            let text = match effect {
                Effect::Renamed => format!("refers to `{origin}`, which is another resource under its new id"),
                Effect::MayBeReplaced => format!("refers to `{origin}`, which may be replaced"),
                _ => format!("refers to `{origin}`, which is replaced"),
            };
            let Some(resource) = new.resources.get(used.by) else { continue };
            let place = format!("/Properties{}", pointer(&used.path));
            let reason = Reason { pointer: place, text, follows: Some(origin.clone()) };
            let value = Some(used.node.clone());
            let difference = Difference { path: used.path.clone(), old: value.clone(), new: value };
            let verdict = replacement::verdict(&resource.kind, &difference).map(|(verdict, _)| verdict);
            let then = match verdict.unwrap_or(Verdict::InPlace) {
                Verdict::Replaces if effect != Effect::MayBeReplaced => Effect::Replaced,
                Verdict::Replaces | Verdict::MayReplace => Effect::MayBeReplaced,
                Verdict::InPlace => Effect::Changed,
            };
            let draft = drafts.entry(used.by.to_owned()).or_insert_with(|| Draft::of(resource));
            let before = draft.effect;
            draft.because(then, reason);
            if draft.effect != before && is_new(draft.effect) {
                open.push((used.by.to_owned(), draft.effect));
            }
        }
    }
}

/// A place that refers to something.
struct Use<'a> {
    by: &'a str,
    path: Vec<String>,
    node: &'a Node,
}

/// Every place of properties that refers to a name, by `Ref`, `Fn::GetAtt` or in a text; by the name.
fn uses(stack: &Stack) -> BTreeMap<&str, Vec<Use<'_>>> {
    let mut uses = BTreeMap::new();
    for (id, resource) in &stack.resources {
        if let Some(properties) = resource.attributes.get("Properties") {
            find(properties, id, &mut Vec::new(), &mut uses);
        }
    }
    uses
}

fn find<'a>(node: &'a Node, by: &'a str, path: &mut Vec<String>, uses: &mut BTreeMap<&'a str, Vec<Use<'a>>>) {
    let mut names: Vec<&str> = Vec::new();
    let mut below = |step: String, child: &'a Node| {
        path.push(step);
        find(child, by, path, uses);
        path.pop();
    };
    match node {
        Node::Ref(name) | Node::Attr(name, _) => names.push(name),
        Node::Sub(parts) => names.extend(parts.iter().filter_map(|part| match part {
            Part::Ref(name) | Part::Attr(name, _) => Some(name.as_str()),
            Part::Text(_) => None,
        })),
        Node::Call(call, inner) => below(call.clone(), inner),
        Node::List(items) => items.iter().enumerate().for_each(|(n, item)| below(n.to_string(), item)),
        Node::Set(items) => items.iter().for_each(|item| below("-".to_owned(), item)),
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| below(key.clone(), value)),
        Node::Json(inner) => find(inner, by, path, uses),
        _ => {}
    }
    names.sort_unstable();
    names.dedup();
    for name in names {
        uses.entry(name).or_default().push(Use { by, path: path.clone(), node });
    }
}
