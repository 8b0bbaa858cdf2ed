//! Finds the places where two values differ.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use model::pointer::below;
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::report::ValueChange;
use crate::template::node::Node;
use crate::template::normal;

/// Returns the differences between two JSON documents, which need not be templates.
pub fn differences(old: &Value, new: &Value) -> Vec<ValueChange> {
    between(&normal::document(old), &normal::document(new)).iter().map(Difference::to_change).collect()
}

/// One difference between two values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// The path to it, with `-` for an item of a set.
    pub(super) path: Vec<String>,
    /// The old value.
    pub(super) old: Option<Node>,
    /// The new value.
    pub(super) new: Option<Node>,
}

impl Difference {
    /// Returns the path as a JSON Pointer.
    pub(super) fn pointer(&self) -> String {
        pointer(&self.path)
    }

    /// Converts the difference for the report.
    pub(super) fn to_change(&self) -> ValueChange {
        ValueChange {
            pointer: self.pointer(),
            old: self.old.as_ref().map(Node::to_value),
            new: self.new.as_ref().map(Node::to_value),
        }
    }
}

/// Formats a path as a JSON Pointer.
pub(super) fn pointer<S: AsRef<str>>(path: &[S]) -> String {
    path.iter().fold(String::new(), |pointer, step| below(&pointer, step.as_ref()))
}

/// Returns all differences between two values, in order.
pub(super) fn between(old: &Node, new: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(Some(old), Some(new), &mut Vec::new(), &mut found);
    found
}

/// Returns all differences between the members of two objects.
pub(super) fn members(old: &BTreeMap<String, Node>, new: &BTreeMap<String, Node>) -> Vec<Difference> {
    let mut found = Vec::new();
    maps(old, new, &mut Vec::new(), &mut found);
    found
}

fn walk(old: Option<&Node>, new: Option<&Node>, path: &mut Vec<String>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Some(Node::Map(old)), Some(Node::Map(new))) => maps(old, new, path, found),
        (Some(Node::Set(old)), Some(Node::Set(new))) => sets(old, new, path, found),
        (Some(Node::List(old)), Some(Node::List(new))) => lists(old, new, path, found),
        (Some(Node::Json(old)), Some(Node::Json(new))) => walk(Some(&**old), Some(&**new), path, found),
        (Some(Node::Call(name, old)), Some(Node::Call(new_name, new))) if name == new_name => {
            step(path, name, |path| walk(Some(&**old), Some(&**new), path, found));
        }
        _ => found.push(Difference { path: path.clone(), old: old.cloned(), new: new.cloned() }),
    }
}

fn step(path: &mut Vec<String>, name: &str, inner: impl FnOnce(&mut Vec<String>)) {
    path.push(name.to_owned());
    inner(path);
    path.pop();
}

fn maps(
    old: &BTreeMap<String, Node>,
    new: &BTreeMap<String, Node>,
    path: &mut Vec<String>,
    found: &mut Vec<Difference>,
) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        step(path, key, |path| walk(old.get(key), new.get(key), path, found));
    }
}

/// Compares sets by their items; if exactly one item is left on each side, those two are compared in turn.
fn sets(old: &BTreeSet<Node>, new: &BTreeSet<Node>, path: &mut Vec<String>, found: &mut Vec<Difference>) {
    let (removed, added): (Vec<_>, Vec<_>) = (old.difference(new).collect(), new.difference(old).collect());
    step(path, "-", |path| match (removed.as_slice(), added.as_slice()) {
        ([old], [new]) => walk(Some(old), Some(new), path, found),
        (removed, added) => {
            for item in removed {
                walk(Some(item), None, path, found);
            }
            for item in added {
                walk(None, Some(item), path, found);
            }
        }
    });
}

/// The most items of two lists that are aligned, without those that both begin and end with: the time grows with the square.
const MOST_ALIGNED: usize = 500;

/// Compares lists by alignment, so that an inserted item does not change the ones after it.
fn lists(old: &[Node], new: &[Node], path: &mut Vec<String>, found: &mut Vec<Difference>) {
    for (before, after) in unaligned(old, new) {
        for n in 0..before.len().max(after.len()) {
            let (was, is) = (before.clone().nth(n), after.clone().nth(n));
            let place = is.or(was).unwrap_or_default().to_string();
            step(path, &place, |path| {
                walk(was.and_then(|n| old.get(n)), is.and_then(|n| new.get(n)), path, found);
            });
        }
    }
}

/// Returns the ranges of two lists that differ. Long ones are one range: item by item.
fn unaligned(old: &[Node], new: &[Node]) -> Vec<(Range<usize>, Range<usize>)> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = |list: &[Node]| list.len() - start;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest(old).min(rest(new)));
    let end = ends.take_while(|(old, new)| old == new).count();
    let (before, after) = (start..old.len() - end, start..new.len() - end);
    if before.len() + after.len() > MOST_ALIGNED {
        return vec![(before, after)];
    }
    let middle = |list, range: &Range<usize>| -> &[Node] { <[Node]>::get(list, range.clone()).unwrap_or_default() };
    let operations = capture_diff_slices(Algorithm::Myers, middle(old, &before), middle(new, &after)).into_iter();
    let shifted = |range: Range<usize>| range.start + start..range.end + start;
    let differ = operations.filter(|operation| !matches!(operation, DiffOp::Equal { .. }));
    differ.map(|operation| (shifted(operation.old_range()), shifted(operation.new_range()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::normal::plain;

    fn places(old: &Value, new: &Value) -> Vec<(String, Value, Value)> {
        let changes = between(&plain(old), &plain(new)).into_iter().map(|found| found.to_change());
        changes.map(|c| (c.pointer, c.old.unwrap_or_default(), c.new.unwrap_or_default())).collect()
    }

    #[test]
    fn an_inserted_item_is_one_difference() {
        let found = places(&json!({"L": ["a", "b", "c"]}), &json!({"L": ["a", "x", "b", "c"]}));
        assert_eq!(found, [("/L/1".to_owned(), json!(null), json!("x"))]);
    }

    /// Whatever was inserted or removed, as long as it is aligned: nothing but that is a difference.
    #[test]
    fn long_lists_are_aligned_up_to_a_bound() {
        let list = |from: usize, to: usize| (from..to).map(|n| json!(n)).collect::<Vec<_>>();
        let count = |old: Vec<Value>, new: Vec<Value>| places(&json!({"L": old}), &json!({"L": new})).len();
        let shuffled = |most: usize| (0..most).map(|n| json!((n * 7_919 + 1) % most)).collect::<Vec<_>>();
        assert_eq!(count(list(0, 50_000), [list(0, 20_000), list(0, 1), list(20_000, 50_000)].concat()), 1);
        assert_eq!(count([list(0, 200), list(5_000, 5_001)].concat(), [list(5_002, 5_003), list(0, 200)].concat()), 2);
        assert_eq!(count(list(0, 40_000), shuffled(40_000)), 40_000);
    }

    #[test]
    fn an_item_of_a_set_has_no_index() {
        let found = places(&json!({"Filters": ["a", "b"]}), &json!({"Filters": ["c", "a", "b"]}));
        assert_eq!(found, [("/Filters/-".to_owned(), json!(null), json!("c"))]);
    }

    #[test]
    fn differences_inside_intrinsics_are_found() {
        let with = |name: &str| json!({"a/b": {"Fn::If": ["C", {"Ref": name}, 1]}});
        let found = places(&with("A"), &with("B"));
        assert_eq!(found, [("/a~1b/Fn::If/1".to_owned(), json!({"Ref": "A"}), json!({"Ref": "B"}))]);
    }
}
