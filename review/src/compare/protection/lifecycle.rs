//! The rules that delete a bucket's objects, or their versions, after some days.

use std::collections::BTreeMap;

use crate::compare::possible::Possible;
use crate::template::node::Node;
use crate::template::stack::Stack;

/// What a rule deletes: the way to the number of days, and the words for it.
const DELETES: [(&[&str], &str); 3] = [
    (&["ExpirationInDays"], "objects"),
    (&["NoncurrentVersionExpirationInDays"], "noncurrent versions"),
    (&["NoncurrentVersionExpiration", "NoncurrentDays"], "noncurrent versions"),
];

/// Returns what is deleted earlier than before, as sentences, and whether that is uncertain.
pub(super) fn shorter(old: (&Stack, Option<&Node>), new: (&Stack, Option<&Node>)) -> Vec<(String, bool)> {
    let (before, after) = (expirations(old), expirations(new));
    let (Some(before), Some(after)) = (before, after) else {
        return vec![("objects may be deleted earlier: the lifecycle rules cannot be read".to_owned(), true)];
    };
    let mut found = Vec::new();
    for (deletes, now) in &after {
        // A rule for more objects deletes these too.
        let covering = before.iter().filter(|(known, _)| known.covers(deletes));
        let soonest = covering.map(|(_, days)| days.days).fold(f64::INFINITY, f64::min);
        if now.days < soonest {
            let was = if soonest.is_finite() { format!("after {soonest} days") } else { "never".to_owned() };
            let what = deletes.to_text();
            found.push((format!("{what} are deleted after {} days; before, {was}", now.days), !now.is_certain));
        }
    }
    found
}

/// The objects that a rule deletes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Deletes {
    what: &'static str,
    prefix: String,
    /// Any other filter.
    filter: Vec<Node>,
}

impl Deletes {
    fn covers(&self, other: &Self) -> bool {
        self.what == other.what
            && other.prefix.starts_with(&self.prefix)
            && (self.filter.is_empty() || self.filter == other.filter)
    }

    fn to_text(&self) -> String {
        let what = self.what;
        if self.prefix.is_empty() { what.to_owned() } else { format!("{what} below `{}`", self.prefix) }
    }
}

/// After how many days something is deleted.
struct Days {
    days: f64,
    is_certain: bool,
}

/// Returns what the enabled rules delete, after the fewest days; `None` if they cannot be read.
fn expirations((stack, configuration): (&Stack, Option<&Node>)) -> Option<BTreeMap<Deletes, Days>> {
    let mut found: BTreeMap<Deletes, Days> = BTreeMap::new();
    let configurations = Possible::of(stack, configuration);
    if configurations.is_open {
        return None;
    }
    for configuration in configurations.values.into_iter().flatten() {
        let Some(rules) = configuration.member("Rules") else { continue };
        let lists = Possible::of(stack, Some(rules));
        if lists.is_open {
            return None;
        }
        let is_one = configurations.is_certain && lists.is_certain;
        for rule in lists.values.into_iter().flatten().flat_map(|rules| rules.children()) {
            for rule in Possible::of(stack, Some(rule)).values.into_iter().flatten() {
                let status = Possible::of(stack, rule.member("Status"));
                if status.is_certain && status.values.iter().flatten().all(|word| word.word() == Some("Disabled")) {
                    continue;
                }
                for (path, what) in DELETES {
                    let days = Possible::of(stack, rule.at(path));
                    for value in days.values.iter().flatten() {
                        let number = value.word().and_then(|word| word.parse().ok());
                        let is_certain = is_one && days.is_certain && status.is_certain && number.is_some();
                        let days = Days { days: number.unwrap_or(0.0), is_certain };
                        let deletes = deletes(what, rule);
                        match found.get(&deletes) {
                            Some(known) if known.days <= days.days => {}
                            _ => drop(found.insert(deletes, days)),
                        }
                    }
                }
            }
        }
    }
    (found.len() <= MOST_RULES).then_some(found)
}

/// The most rules of a bucket with something to delete. S3 accepts 1 000 rules.
const MOST_RULES: usize = 3_000;

fn deletes(what: &'static str, rule: &Node) -> Deletes {
    let prefix = rule.member("Prefix").map_or_else(String::new, Node::to_text);
    let others = ["TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];
    Deletes { what, prefix, filter: others.iter().filter_map(|key| rule.member(key).cloned()).collect() }
}
