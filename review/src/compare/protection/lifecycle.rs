//! The rules that delete a bucket's objects, or their versions, after some days.

use std::collections::BTreeMap;

use crate::compare::value::{Found, Scope, Seen, at};
use crate::template::node::Node;

/// What a rule deletes: the way to the number of days, and the words for it.
const DELETES: [(&[&str], &str); 3] = [
    (&["ExpirationInDays"], "objects"),
    (&["NoncurrentVersionExpirationInDays"], "noncurrent versions"),
    (&["NoncurrentVersionExpiration", "NoncurrentDays"], "noncurrent versions"),
];

/// Returns what is deleted earlier than before, as sentences, and whether that is uncertain.
pub(super) fn shorter(old: (Scope<'_>, Option<&Node>), new: (Scope<'_>, Option<&Node>)) -> Vec<(String, bool)> {
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
fn expirations((scope, configuration): (Scope<'_>, Option<&Node>)) -> Option<BTreeMap<Deletes, Days>> {
    let mut found: BTreeMap<Deletes, Days> = BTreeMap::new();
    for rule in at(scope, configuration, &["Rules", "*"]) {
        let node = match &rule.seen {
            Seen::Value(node @ Node::Map(_)) => node,
            Seen::Absent => continue,
            _ => return None,
        };
        for status in at(scope, Some(node), &["Status"]) {
            if matches!(&status.seen, Seen::Value(word) if word.word() == Some("Disabled")) {
                continue;
            }
            for (path, what) in DELETES {
                for days in at(scope, Some(node), path).iter().filter(|days| days.seen != Seen::Absent) {
                    let number = match &days.seen {
                        Seen::Value(node) => node.word().and_then(|word| word.parse().ok()),
                        _ => None,
                    };
                    let certain = |found: &&Found| found.when.is_empty() && !matches!(found.seen, Seen::Unknown(_));
                    let is_certain = number.is_some() && [&rule, &status, days].iter().all(certain);
                    let days = Days { days: number.unwrap_or(0.0), is_certain };
                    let deletes = deletes(what, node);
                    match found.get(&deletes) {
                        Some(known) if known.days <= days.days => {}
                        _ => drop(found.insert(deletes, days)),
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
