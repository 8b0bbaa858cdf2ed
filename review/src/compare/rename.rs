//! Finds resources of the old template that have a new logical id in the new one.

use std::collections::{BTreeMap, BTreeSet};

use super::difference;
use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// The least similarity of a renamed resource to the old one, from 0 to 1.
const SIMILAR: f64 = 0.75;
/// The least similarity of their logical ids, from 0 to 1, unless the resources are identical.
const SIMILAR_NAME: f64 = 0.75;
/// The most pairs that are compared one by one: nobody renames half a stack and changes it at the same time.
const MOST_PAIRS: usize = 4_000;

/// Returns the renamed resources, from old to new logical ids.
pub(super) fn find(old: &Stack, new: &Stack) -> BTreeMap<String, String> {
    let removed: Vec<&String> = old.resources.keys().filter(|id| !new.resources.contains_key(*id)).collect();
    let added: Vec<&String> = new.resources.keys().filter(|id| !old.resources.contains_key(*id)).collect();
    // References to resources that may be renamed too do not count as differences.
    let nameless: BTreeMap<String, String> =
        removed.iter().chain(&added).map(|id| ((*id).clone(), String::new())).collect();
    let bodies = |stack: &Stack, ids: &[&String]| -> Vec<Body> {
        let body = |id: &&String| stack.resources.get(*id).map(|resource| Body::new(id, resource, &nameless));
        ids.iter().filter_map(body).collect()
    };
    let (removed, added) = (bodies(old, &removed), bodies(new, &added));
    // Group identical resources.
    let mut same: BTreeMap<(&str, &Node), [Vec<&Body>; 2]> = BTreeMap::new();
    for old in &removed {
        let [removed, _] = same.entry((&old.resource_type, &old.attributes)).or_default();
        removed.push(old);
    }
    for new in &added {
        let [_, added] = same.entry((&new.resource_type, &new.attributes)).or_default();
        added.push(new);
    }
    let mut likely: Vec<Pair<'_>> = Vec::new();
    for [removed, added] in same.values() {
        if removed.len() * added.len() > MOST_PAIRS {
            likely.extend(removed.iter().zip(added).map(|(old, new)| Pair::new(1.0, old, new)));
        } else {
            likely.extend(removed.iter().flat_map(|old| added.iter().map(|new| Pair::new(1.0, old, new))));
        }
    }
    if removed.len() * added.len() <= MOST_PAIRS {
        let pairs = removed.iter().flat_map(|old| added.iter().map(move |new| (old, new)));
        for (old, new) in
            pairs.filter(|(old, new)| old.resource_type == new.resource_type && old.attributes != new.attributes)
        {
            if old.may_be_similar(new) && is_similar_name(&old.id, &new.id) {
                likely.push(Pair::new(old.similarity(new), old, new));
            }
        }
    }
    likely.retain(|pair| pair.similarity >= SIMILAR);
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

/// An old and a new resource that may be the same one.
struct Pair<'a> {
    similarity: f64,
    similar_names: f64,
    old: &'a str,
    new: &'a str,
}

impl<'a> Pair<'a> {
    fn new(similarity: f64, old: &'a Body, new: &'a Body) -> Self {
        Self { similarity, similar_names: shared(&old.id, &new.id), old: &old.id, new: &new.id }
    }

    /// Orders by similarity, then by names. Swapping the sides does not change the order.
    fn better_first(&self, other: &Self) -> std::cmp::Ordering {
        let names = |pair: &Self| if pair.old < pair.new { (pair.old, pair.new) } else { (pair.new, pair.old) };
        other
            .similarity
            .total_cmp(&self.similarity)
            .then_with(|| other.similar_names.total_cmp(&self.similar_names))
            .then_with(|| names(self).cmp(&names(other)))
    }
}

/// Returns the share of two names that is equal at the start and at the end.
fn shared(old: &str, new: &str) -> f64 {
    let run = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    let start = run(&mut old.bytes().zip(new.bytes()));
    let end = run(&mut old.bytes().rev().zip(new.bytes().rev()));
    let (least, most) = (old.len().min(new.len()), old.len().max(new.len()));
    #[expect(clippy::cast_precision_loss, reason = "a share of a few letters")]
    let share = (start + end).min(least) as f64 / most.max(1) as f64;
    share
}

/// Returns the beginning of a logical id, as far as CloudFormation accepts it.
fn beginning(id: &str) -> &str {
    id.char_indices().nth(255).and_then(|(at, _)| id.get(..at)).unwrap_or(id)
}

/// Whether two logical ids are similar. An alarm on errors and one on throttles have nearly the same properties but are two
/// resources; only their names show that.
fn is_similar_name(old: &str, new: &str) -> bool {
    let (old, new) = (beginning(old), beginning(new));
    strsim::jaro_winkler(old, new).max(strsim::jaro_winkler(new, old)) >= SIMILAR_NAME
}

/// A resource without the names of other resources.
struct Body {
    id: String,
    resource_type: String,
    attributes: Node,
    size: usize,
}

impl Body {
    fn new(id: &str, resource: &DeployedResource, nameless: &BTreeMap<String, String>) -> Self {
        let kept = resource.attributes.iter().filter(|(key, _)| *key != "Metadata" && *key != "DependsOn");
        let attributes = Node::Map(kept.map(|(key, value)| (key.clone(), value.renamed(nameless))).collect());
        Self { id: id.to_owned(), resource_type: resource.resource_type.clone(), size: attributes.size(), attributes }
    }

    /// Whether two resources are of sizes that can be similar: the larger one has values that the smaller one has not.
    fn may_be_similar(&self, other: &Self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a share of a few thousand values")]
        let share = self.size.min(other.size) as f64 / self.size.max(other.size) as f64;
        share >= SIMILAR
    }

    /// Returns the share of values that two resources have in common.
    fn similarity(&self, other: &Self) -> f64 {
        let size = |node: &Option<Node>| node.as_ref().map_or(0, Node::size);
        let differences = difference::between(&self.attributes, &other.attributes);
        let different: usize = differences.iter().map(|found| size(&found.old).max(size(&found.new))).sum();
        let whole = self.size.max(other.size);
        #[expect(clippy::cast_precision_loss, reason = "a share of a few thousand values")]
        let share = different as f64 / whole as f64;
        1.0 - share
    }
}
