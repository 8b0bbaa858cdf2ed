//! Which resource of one template is which of the other.
//!
//! A logical id is a resource's identity: under another one it is deleted and created. What is the same but for its id,
//! or nearly so under a like id, is one renaming all the same, because that is what its author did.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::stack::{Resource, Stack};
use super::tree::{Difference, members};

/// Both templates, resource by resource.
pub(crate) struct Pairs<'a> {
    pub(crate) old: &'a Stack,
    pub(crate) new: &'a Stack,
    /// On both sides, the renamed among them; by the new id.
    pub(crate) both: Vec<Pair<'a>>,
    /// On the old side alone.
    pub(crate) gone: Vec<(&'a str, &'a Resource)>,
    /// On the new side alone.
    pub(crate) come: Vec<(&'a str, &'a Resource)>,
    /// New ids by old ones, where they are others.
    pub(crate) names: BTreeMap<String, String>,
}

/// A resource that both have.
pub(crate) struct Pair<'a> {
    pub(crate) old_id: &'a str,
    pub(crate) id: &'a str,
    pub(crate) old: &'a Resource,
    pub(crate) new: &'a Resource,
    /// The old attributes, with the new ids in what they refer to.
    pub(crate) before: Cow<'a, BTreeMap<String, Node>>,
}

impl Pair<'_> {
    pub(crate) fn is_renamed(&self) -> bool {
        self.old_id != self.id
    }

    /// Where their attributes differ.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        members(&self.before, &self.new.attributes)
    }

    /// A property of the old one, with new ids.
    pub(crate) fn before(&self, path: &[&str]) -> Option<&Node> {
        self.before.get("Properties")?.at(path)
    }
}

/// A new id beside an old one whose values are the same up to this part.
const ALIKE: f64 = 0.8;
/// And whose letters are.
const LIKE_NAMED: f64 = 0.7;
/// Comparisons of values, at most, in the search for what is nearly the same.
const MOST_COMPARED: usize = 4096;

impl<'a> Pairs<'a> {
    pub(crate) fn of(old: &'a Stack, new: &'a Stack) -> Self {
        let mut names = BTreeMap::new();
        let alone = |these: &'a Stack, those: &'a Stack| {
            these
                .resources
                .iter()
                .filter(|(id, _)| !those.resources.contains_key(*id))
                .map(|(id, it)| (id.as_str(), it))
        };
        let mut gone: Vec<_> = alone(old, new).collect();
        let mut come: Vec<_> = alone(new, old).collect();
        // A renaming makes others the same: what refers to it.
        while rename(&mut gone, &mut come, &mut names, same) || rename(&mut gone, &mut come, &mut names, alike) {}
        let old_ids: BTreeMap<&str, &str> = names.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
        let mut both = Vec::new();
        for (id, resource) in &new.resources {
            let old_id = old_ids.get(id.as_str()).copied().unwrap_or(id);
            let Some((old_id, it)) = old.resources.get_key_value(old_id) else { continue };
            let before = if names.is_empty() { Cow::Borrowed(&it.attributes) } else { Cow::Owned(renamed(it, &names)) };
            both.push(Pair { old_id, id, old: it, new: resource, before });
        }
        Self { old, new, both, gone, come, names }
    }

    /// The new id of an old one.
    pub(crate) fn renamed<'n>(&'n self, id: &'n str) -> &'n str {
        self.names.get(id).map_or(id, String::as_str)
    }
}

type Alone<'a> = Vec<(&'a str, &'a Resource)>;
type Names = BTreeMap<String, String>;

fn renamed(resource: &Resource, names: &Names) -> BTreeMap<String, Node> {
    resource.attributes.iter().map(|(key, value)| (key.clone(), value.renamed(names))).collect()
}

/// Takes the pairs that `find` finds out of both lists; false if there are none.
fn rename<'a>(
    gone: &mut Alone<'a>,
    come: &mut Alone<'a>,
    names: &mut Names,
    find: fn(&Alone<'a>, &Alone<'a>, &Names) -> Vec<(&'a str, &'a str)>,
) -> bool {
    let found = find(gone, come, names);
    for (old, new) in &found {
        gone.retain(|(id, _)| id != old);
        come.retain(|(id, _)| id != new);
        names.insert((*old).to_owned(), (*new).to_owned());
    }
    !found.is_empty()
}

/// Those of which nothing but the id is another. Of several, the first is the first.
fn same<'a>(gone: &Alone<'a>, come: &Alone<'a>, names: &Names) -> Vec<(&'a str, &'a str)> {
    let mut by_value: BTreeMap<(&str, Cow<'_, BTreeMap<String, Node>>), Vec<&'a str>> = BTreeMap::new();
    for (id, it) in come {
        by_value.entry((&it.kind, Cow::Borrowed(&it.attributes))).or_default().push(id);
    }
    let mut found = Vec::new();
    for (id, it) in gone {
        let ids = by_value.get_mut(&(it.kind.as_str(), Cow::Owned(renamed(it, names))));
        if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
            found.push((*id, ids.remove(0)));
        }
    }
    found
}

/// The two that are most alike. The order of the sides does not matter.
fn alike<'a>(gone: &Alone<'a>, come: &Alone<'a>, names: &Names) -> Vec<(&'a str, &'a str)> {
    if gone.len() * come.len() > MOST_COMPARED {
        return Vec::new();
    }
    let mut found: Vec<(f64, [&str; 2], (&'a str, &'a str))> = Vec::new();
    for (old, it) in gone {
        let before = renamed(it, names);
        for (new, other) in come.iter().filter(|(_, other)| other.kind == it.kind) {
            let score = likeness(&before, &other.attributes);
            if score >= ALIKE && strsim::jaro_winkler(old, new).min(strsim::jaro_winkler(new, old)) >= LIKE_NAMED {
                found.push((score, [(*old).min(new), (*old).max(new)], (*old, *new)));
            }
        }
    }
    found.sort_by(|(one, ids, _), (other, others, _)| other.total_cmp(one).then(ids.cmp(others)));
    found.first().map(|(.., pair)| *pair).into_iter().collect()
}

/// Which part of their values they have in common.
fn likeness(old: &BTreeMap<String, Node>, new: &BTreeMap<String, Node>) -> f64 {
    let size = |nodes: &BTreeMap<String, Node>| nodes.values().map(Node::size).sum::<usize>();
    let differ = members(old, new).iter().flat_map(|found| [&found.old, &found.new]).flatten().map(Node::size).sum();
    let of = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    1.0 - of(differ) / of((size(old) + size(new)).max(1))
}

/// Ids of resources of a kind in either.
pub(crate) fn ids_of(stack: &Stack, kind: &str) -> BTreeSet<String> {
    stack.resources.iter().filter(|(_, it)| it.kind == kind).map(|(id, _)| id.clone()).collect()
}
