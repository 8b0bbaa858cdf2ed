//! Which resource of the new template is one of the old under another logical id.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use super::stack::{Resource, Stack};
use super::tree;

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
    let mut likely: Vec<(f64, &Body, &Body)> = Vec::new();
    let few = gone.len() * come.len() <= PAIRS;
    for one in &gone {
        for other in come.iter().filter(|other| other.kind == one.kind) {
            let alike = if one.said == other.said {
                1.0
            } else if few && is_named_alike(&one.id, &other.id) {
                one.alike(other)
            } else {
                0.0
            };
            if alike >= ALIKE {
                likely.push((alike, one, other));
            }
        }
    }
    // The same two are found whichever side is the old one.
    let ids = |(_, one, other): &(f64, &Body, &Body)| {
        let (one, other) = (one.id.clone(), other.id.clone());
        if one < other { (one, other) } else { (other, one) }
    };
    likely.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| ids(a).cmp(&ids(b))));
    let mut renamed = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, one, other) in likely {
        if !renamed.contains_key(&one.id) && taken.insert(&other.id) {
            renamed.insert(one.id.clone(), other.id.clone());
        }
    }
    renamed
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
