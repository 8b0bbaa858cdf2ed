//! Which resource of the new template is one of the old under another logical id.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::tree;
use crate::template::node::Node;
use crate::template::stack::{Resource, Stack};

/// Of what two resources say, at least this much is the same where one is the other renamed.
const ALIKE: f64 = 0.75;
/// And their logical ids are at least this much the same, from 0 to 1, unless they say the very same.
const NAMED_ALIKE: f64 = 0.75;
/// More pairs than this are not compared one by one: nobody renames half a stack and changes it too.
const PAIRS: usize = 4_000;

/// From old to new logical ids.
pub(crate) fn find(old: &Stack, new: &Stack) -> BTreeMap<String, String> {
    let gone: Vec<&String> = old.resources.keys().filter(|id| !new.resources.contains_key(*id)).collect();
    let come: Vec<&String> = new.resources.keys().filter(|id| !old.resources.contains_key(*id)).collect();
    // Whatever refers to a resource that is renamed too is no difference.
    let nameless: BTreeMap<String, String> =
        gone.iter().chain(&come).map(|id| ((*id).clone(), String::new())).collect();
    let bodies = |stack: &Stack, ids: &[&String]| -> Vec<Body> {
        let body = |id: &&String| stack.resources.get(*id).map(|resource| Body::of(id, resource, &nameless));
        ids.iter().filter_map(body).collect()
    };
    let (gone, come) = (bodies(old, &gone), bodies(new, &come));
    // What says the very same, together.
    let mut same: BTreeMap<(&str, &Node), [Vec<&Body>; 2]> = BTreeMap::new();
    for one in &gone {
        let [gone, _] = same.entry((&one.kind, &one.said)).or_default();
        gone.push(one);
    }
    for other in &come {
        let [_, come] = same.entry((&other.kind, &other.said)).or_default();
        come.push(other);
    }
    let mut likely: Vec<Pair<'_>> = Vec::new();
    for [gone, come] in same.values() {
        likely.extend(gone.iter().flat_map(|one| come.iter().map(|other| Pair::of(1.0, one, other))));
    }
    if gone.len() * come.len() <= PAIRS {
        let pairs = gone.iter().flat_map(|one| come.iter().map(move |other| (one, other)));
        for (one, other) in pairs.filter(|(one, other)| one.kind == other.kind && one.said != other.said) {
            if is_named_alike(&one.id, &other.id) {
                likely.push(Pair::of(one.alike(other), one, other));
            }
        }
    }
    likely.retain(|pair| pair.alike >= ALIKE);
    likely.sort_by(Pair::better_first);
    let mut renamed = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for Pair { old, new, .. } in likely {
        if !renamed.contains_key(old) && taken.insert(new) {
            renamed.insert(old.to_owned(), new.to_owned());
        }
    }
    renamed
}

/// Two that may be one.
struct Pair<'a> {
    alike: f64,
    named: f64,
    old: &'a str,
    new: &'a str,
}

impl<'a> Pair<'a> {
    fn of(alike: f64, old: &'a Body, new: &'a Body) -> Self {
        Self { alike, named: shared(&old.id, &new.id), old: &old.id, new: &new.id }
    }

    /// What says the most of the same, then what is named the most alike; the same two whichever side is the old one.
    fn better_first(&self, other: &Self) -> std::cmp::Ordering {
        let names = |pair: &Self| if pair.old < pair.new { (pair.old, pair.new) } else { (pair.new, pair.old) };
        other
            .alike
            .total_cmp(&self.alike)
            .then_with(|| other.named.total_cmp(&self.named))
            .then_with(|| names(self).cmp(&names(other)))
    }
}

/// The share of two names that is the same at their beginnings and at their ends.
fn shared(one: &str, other: &str) -> f64 {
    let run = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let start = run(&mut one.bytes().zip(other.bytes()));
    let end = run(&mut one.bytes().rev().zip(other.bytes().rev()));
    let (least, most) = (one.len().min(other.len()), one.len().max(other.len()));
    #[expect(clippy::cast_precision_loss, reason = "a share of a few letters")]
    let share = (start + end).min(least) as f64 / most.max(1) as f64;
    share
}
/// An alarm on errors and one on throttles say nearly the same, and are two; a renaming shows in the name.
fn is_named_alike(one: &str, other: &str) -> bool {
    strsim::jaro_winkler(one, other).max(strsim::jaro_winkler(other, one)) >= NAMED_ALIKE
}

/// A resource without the names of others.
struct Body {
    id: String,
    kind: String,
    said: Node,
    size: usize,
}

impl Body {
    fn of(id: &str, resource: &Resource, nameless: &BTreeMap<String, String>) -> Self {
        let said = resource.attributes.iter().filter(|(key, _)| *key != "Metadata" && *key != "DependsOn");
        let said = Node::Map(said.map(|(key, value)| (key.clone(), value.renamed(nameless))).collect());
        Self { id: id.to_owned(), kind: resource.kind.clone(), size: said.size(), said }
    }

    /// The share of what both say that is the same.
    fn alike(&self, other: &Self) -> f64 {
        let size = |node: &Option<Node>| node.as_ref().map_or(0, Node::size);
        let differences = tree::differences(&self.said, &other.said);
        let other_than: usize = differences.iter().map(|found| size(&found.old).max(size(&found.new))).sum();
        let whole = self.size.max(other.size);
        #[expect(clippy::cast_precision_loss, reason = "a share of a few thousand values")]
        let share = other_than as f64 / whole as f64;
        1.0 - share
    }
}
