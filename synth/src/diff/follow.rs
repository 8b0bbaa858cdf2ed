//! What follows from what: a resource that refers to a replaced one is given another value, and is replaced itself
//! where that property cannot change.

use std::collections::BTreeMap;

use super::compare::Draft;
use super::node::{Node, Part};
use super::replacement::{self, Verdict};
use super::report::{Effect, Reason};
use super::stack::Stack;
use super::tree::{Difference, pointer};

/// Carries replacements on along references, until nothing more follows.
pub(crate) fn replacements(new: &Stack, drafts: &mut BTreeMap<String, Draft>) {
    let is_new = |effect| matches!(effect, Effect::Replaced | Effect::MayBeReplaced | Effect::Renamed);
    let mut open: Vec<(String, Effect)> =
        drafts.iter().filter(|(_, draft)| is_new(draft.effect)).map(|(id, draft)| (id.clone(), draft.effect)).collect();
    while let Some((origin, effect)) = open.pop() {
        for (id, resource) in new.resources.iter().filter(|(id, _)| **id != origin) {
            if drafts.get(id).is_some_and(|draft| matches!(draft.effect, Effect::Added | Effect::Renamed)) {
                continue;
            }
            let mut places = Vec::new();
            if let Some(properties) = resource.attributes.get("Properties") {
                find(properties, &origin, &mut Vec::new(), &mut places);
            }
            for (path, node) in places {
                let text = match effect {
                    Effect::Renamed => format!("refers to `{origin}`, which is another resource under its new id"),
                    Effect::MayBeReplaced => format!("refers to `{origin}`, which may be replaced"),
                    _ => format!("refers to `{origin}`, which is replaced"),
                };
                let place = format!("/Properties{}", pointer(&path));
                let reason = Reason { pointer: place, text, follows: Some(origin.clone()) };
                let difference = Difference { path, old: Some(node.clone()), new: Some(node.clone()) };
                let verdict = replacement::verdict(&resource.kind, &difference).map(|(verdict, _)| verdict);
                let then = match verdict.unwrap_or(Verdict::InPlace) {
                    Verdict::Replaces if effect != Effect::MayBeReplaced => Effect::Replaced,
                    Verdict::Replaces | Verdict::MayReplace => Effect::MayBeReplaced,
                    Verdict::InPlace => Effect::Changed,
                };
                let draft = drafts.entry(id.clone()).or_insert_with(|| Draft::of(resource));
                let before = draft.effect;
                draft.because(then, reason);
                if draft.effect != before && is_new(draft.effect) {
                    open.push((id.clone(), draft.effect));
                }
            }
        }
    }
}

/// Every place at which a value refers to a name, by `Ref`, `Fn::GetAtt` or in a text.
pub(crate) fn find<'a>(node: &'a Node, name: &str, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'a Node)>) {
    let mut below = |step: String, child: &'a Node| {
        path.push(step);
        find(child, name, path, found);
        path.pop();
    };
    match node {
        Node::Ref(of) | Node::Attr(of, _) if of == name => found.push((path.clone(), node)),
        Node::Sub(parts) => {
            let refers = |part: &Part| matches!(part, Part::Ref(of) | Part::Attr(of, _) if of == name);
            if parts.iter().any(refers) {
                found.push((path.clone(), node));
            }
        }
        Node::Call(call, inner) => below(call.clone(), inner),
        Node::List(items) => items.iter().enumerate().for_each(|(n, item)| below(n.to_string(), item)),
        Node::Set(items) => items.iter().for_each(|item| below("-".to_owned(), item)),
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| below(key.clone(), value)),
        Node::Json(inner) => find(inner, name, path, found),
        _ => {}
    }
}
