//! Mappings: what a lookup finds, and where two templates find something else.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::node::Node;
use crate::template::stack::Stack;

/// The intrinsic that looks up an entry of a mapping.
pub(in crate::compare) const LOOKUP: &str = "Fn::FindInMap";

/// Returns the entry that a lookup with literal keys finds.
pub(in crate::compare) fn entry<'a>(stack: &'a Stack, keys: &'a [Node]) -> Option<&'a Node> {
    let [Node::Text(mapping), Node::Text(top), Node::Text(second), rest @ ..] = keys else { return None };
    let found = stack.entry("Mappings", mapping).and_then(|mapping| mapping.at(&[top, second]));
    found.or_else(|| rest.first()?.member("DefaultValue"))
}

/// A lookup in a mapping whose result differs between two templates.
#[derive(Debug)]
pub(in crate::compare) struct ChangedLookup<'a> {
    /// The path to it.
    pub(in crate::compare) path: Vec<String>,
    /// The lookup.
    pub(in crate::compare) node: &'a Node,
    /// The mapping.
    pub(in crate::compare) mapping: &'a str,
    /// What it finds, before and after; `None` if that is known only at deployment.
    pub(in crate::compare) values: Option<(Node, Node)>,
}

/// Returns the lookups in a value of the new template that find something else than with the mappings of the old one. An
/// entry that is only added changes no lookup that worked before.
pub(in crate::compare) fn changed_lookups<'a>(node: &'a Node, old: &Stack, new: &'a Stack) -> Vec<ChangedLookup<'a>> {
    let mut changed = Vec::new();
    if new.sections.contains_key("Mappings") {
        lookups(node, &mut Vec::new(), &mut |path, node, keys| {
            let Some(Node::Text(mapping)) = keys.first() else { return };
            let (Some(before), Some(after)) = (old.entry("Mappings", mapping), new.entry("Mappings", mapping)) else {
                return;
            };
            let path = path.to_vec();
            match keys.get(1..3) {
                Some([Node::Text(_), Node::Text(_)]) => {
                    let (was, is) = (entry(old, keys), entry(new, keys));
                    if was.is_some() && was != is {
                        let values = was.cloned().zip(is.cloned());
                        changed.push(ChangedLookup { path, node, mapping, values });
                    }
                }
                Some([top, second]) if differs(before, after, top, second, keys.len() > 3) => {
                    changed.push(ChangedLookup { path, node, mapping, values: None });
                }
                _ => {}
            }
        });
    }
    changed
}

/// Returns all lookups in a value.
pub(in crate::compare) fn all_lookups(node: &Node) -> BTreeSet<&Node> {
    let mut found = BTreeSet::new();
    lookups(node, &mut Vec::new(), &mut |_, lookup, _| {
        found.insert(lookup);
    });
    found
}

/// Whether any entry that fits two keys changed. An added one counts only if the lookup worked without it.
fn differs(before: &Node, after: &Node, top: &Node, second: &Node, with_default: bool) -> bool {
    let fits = |key: &Node, name: &str| !matches!(key, Node::Text(text) if text != name);
    let entries = |mapping: &Node| -> BTreeMap<(String, String), Node> {
        let Node::Map(tops) = mapping else { return BTreeMap::new() };
        let mut entries = BTreeMap::new();
        for (name, below) in tops.iter().filter(|(name, _)| fits(top, name)) {
            let Node::Map(below) = below else { continue };
            for (key, value) in below.iter().filter(|(key, _)| fits(second, key)) {
                entries.insert((name.clone(), key.clone()), value.clone());
            }
        }
        entries
    };
    let (before, after) = (entries(before), entries(after));
    before.iter().any(|(keys, value)| after.get(keys) != Some(value))
        || with_default && after.keys().any(|keys| !before.contains_key(keys))
}

/// Calls a function with each lookup in a value, its path and its keys.
fn lookups<'a>(node: &'a Node, path: &mut Vec<String>, each: &mut impl FnMut(&[String], &'a Node, &'a [Node])) {
    if let Node::Call(name, argument) = node
        && let Node::List(keys) = &**argument
        && name == LOOKUP
    {
        each(path, node, keys);
    }
    let mut below = |step: Option<String>, child: &'a Node| {
        let length = path.len();
        path.extend(step);
        lookups(child, path, each);
        path.truncate(length);
    };
    match node {
        Node::Map(pairs) => pairs.iter().for_each(|(key, value)| below(Some(key.clone()), value)),
        Node::List(items) => items.iter().enumerate().for_each(|(n, item)| below(Some(n.to_string()), item)),
        Node::Set(items) => items.iter().for_each(|item| below(Some("-".to_owned()), item)),
        Node::Call(name, argument) => below(Some(name.clone()), argument),
        Node::Json(inner) => below(None, inner),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::template::normal::plain;

    fn stack(mapping: &Value) -> Stack {
        Stack::from_template(&json!({
            "Mappings": {"M": mapping},
        }))
        .unwrap()
    }

    /// What a change of a mapping changes in a lookup: nothing, one value to another, or perhaps something.
    #[test]
    fn changed_entries_change_the_lookups_that_find_them() {
        let before = json!({"a": {"x": "one", "y": "two"}});
        let literal = json!(["M", "a", "x"]);
        let open = json!(["M", {"Ref": "AWS::Region"}, "x"]);
        let certain = |from: &str, to: &str| Some(Some((from.to_owned(), to.to_owned())));
        for (keys, after, want) in [
            (&literal, json!({"a": {"x": "one", "y": "two", "z": "new"}, "b": {"x": "new"}}), None),
            (&literal, json!({"a": {"x": "one", "y": "changed"}}), None),
            (&literal, json!({"a": {"x": "changed"}}), certain("one", "changed")),
            (&literal, json!({"a": {"y": "two"}}), Some(None)),
            (&open, json!({"a": {"x": "one", "y": "changed"}, "b": {"x": "new"}}), None),
            (&open, json!({"a": {"x": "changed", "y": "two"}}), Some(None)),
            (&open, json!({"a": {"y": "two"}}), Some(None)),
            (
                &json!(["M", "b", "x", {"DefaultValue": "none"}]),
                json!({"a": {}, "b": {"x": "new"}}),
                certain("none", "new"),
            ),
            (
                &json!(["M", {"Ref": "AWS::Region"}, "x", {"DefaultValue": "none"}]),
                json!({"a": {"x": "one"}, "b": {"x": "new"}}),
                Some(None),
            ),
            (&json!(["M", "b", "x"]), json!({"a": {}, "b": {"x": "new"}}), None),
            (&json!(["Other", "a", "x"]), json!({"a": {}}), None),
        ] {
            let value = plain(&json!({"Name": {"Fn::Join": ["-", [{"Fn::FindInMap": keys}]]}}));
            let (old, new) = (stack(&before), stack(&after));
            let found = changed_lookups(&value, &old, &new);
            let values = found.first().map(|lookup| lookup.values.as_ref().map(|(a, b)| (a.to_text(), b.to_text())));
            assert_eq!(values, want, "{keys} {after}");
            assert!(found.iter().all(|lookup| lookup.path[..2] == ["Name", "Fn::Join"] && lookup.mapping == "M"));
        }
    }
}
