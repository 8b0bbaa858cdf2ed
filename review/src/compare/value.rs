//! What a value is as far as its template says: entries of mappings, defaults of parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::node::{Dependency, Node, Part};
use crate::template::stack::Stack;

/// The intrinsic that looks up an entry of a mapping.
pub(super) const LOOKUP: &str = "Fn::FindInMap";

/// How far to follow a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// Lookups with literal keys: a deployment cannot change what they find.
    Mappings,
    /// Defaults of parameters too: a deployment may set another value.
    Defaults,
}

/// Returns a value with the lookups and parameters in it replaced by what they give.
pub(super) fn followed(node: &Node, stack: &Stack, follow: Follow) -> Node {
    let inner = |node: &Node| followed(node, stack, follow);
    match node {
        Node::Ref(name) => default(name, stack, follow).unwrap_or_else(|| node.clone()),
        Node::Sub(parts) => {
            let part = |part: &Part| match part {
                Part::Ref(name) => default(name, stack, follow).and_then(|value| value.parts()),
                _ => None,
            };
            Node::from_parts(parts.iter().flat_map(|it| part(it).unwrap_or_else(|| vec![it.clone()])).collect())
        }
        Node::Call(name, argument) => {
            let argument = inner(argument);
            let found = match &argument {
                // A mapping holds no intrinsics, so nothing in it is followed.
                Node::List(keys) if name == LOOKUP => entry(stack, keys).cloned(),
                _ => None,
            };
            found.unwrap_or_else(|| Node::Call(name.clone(), Box::new(argument)))
        }
        Node::List(items) => Node::List(items.iter().map(inner).collect()),
        Node::Set(items) => Node::Set(items.iter().map(inner).collect()),
        Node::Map(pairs) => Node::Map(pairs.iter().map(|(key, value)| (key.clone(), inner(value))).collect()),
        Node::Json(value) => Node::Json(Box::new(inner(value))),
        scalar => scalar.clone(),
    }
}

/// Returns the parameters in a value whose own values only the deployment gives.
pub(super) fn open_parameters<'a>(node: &'a Node, stack: &Stack) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    node.dependencies(&mut names);
    let is_open =
        |name: &str| stack.entry("Parameters", name).is_some() && default(name, stack, Follow::Defaults).is_none();
    let parameters = names.into_iter().filter_map(|dependency| match dependency {
        Dependency::Name(name) => Some(name),
        _ => None,
    });
    parameters.filter(|name| is_open(name)).collect()
}

/// Returns the default of a parameter. The default of an SSM parameter is only the name of its value.
fn default(name: &str, stack: &Stack, follow: Follow) -> Option<Node> {
    let parameter = stack.entry("Parameters", name).filter(|_| follow == Follow::Defaults)?;
    let (Node::Text(default), Node::Text(kind)) = (parameter.member("Default")?, parameter.member("Type")?) else {
        return None;
    };
    if kind.starts_with("AWS::SSM::") {
        return None;
    }
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        return Some(Node::List(default.split(',').map(|item| Node::Text(item.trim().to_owned())).collect()));
    }
    Some(Node::Text(default.clone()))
}

/// Returns the entry that a lookup with literal keys finds.
fn entry<'a>(stack: &'a Stack, keys: &'a [Node]) -> Option<&'a Node> {
    let [Node::Text(mapping), Node::Text(top), Node::Text(second), rest @ ..] = keys else { return None };
    let found = stack.entry("Mappings", mapping).and_then(|mapping| mapping.at(&[top, second]));
    found.or_else(|| rest.first()?.member("DefaultValue"))
}

/// A lookup in a mapping whose result differs between two templates.
#[derive(Debug)]
pub(super) struct ChangedLookup<'a> {
    /// The path to it.
    pub(super) path: Vec<String>,
    /// The lookup.
    pub(super) node: &'a Node,
    /// The mapping.
    pub(super) mapping: &'a str,
    /// What it finds, before and after; `None` if that is known only at deployment.
    pub(super) values: Option<(Node, Node)>,
}

/// Returns the lookups in a value of the new template that find something else than with the mappings of the old one. An
/// entry that is only added changes no lookup that worked before.
pub(super) fn changed_lookups<'a>(node: &'a Node, old: &Stack, new: &'a Stack) -> Vec<ChangedLookup<'a>> {
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
pub(super) fn all_lookups(node: &Node) -> BTreeSet<&Node> {
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
            "Parameters": {
                "Known": {"Type": "String", "Default": "a"},
                "Listed": {"Type": "List<String>", "Default": "a, b"},
                "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "a"},
                "Open": {"Type": "String"},
            },
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

    #[test]
    fn values_are_followed() {
        let stack = stack(&json!({"a": {"x": "one", "y": {"Ref": "Known"}}}));
        let lookup = |key: &str| json!({"Fn::FindInMap": ["M", "a", key]});
        for (value, by_mappings, by_defaults) in [
            (lookup("x"), json!("one"), json!("one")),
            (lookup("z"), lookup("z"), lookup("z")),
            (json!({"Ref": "Known"}), json!({"Ref": "Known"}), json!("a")),
            (json!({"Ref": "Stored"}), json!({"Ref": "Stored"}), json!({"Ref": "Stored"})),
            (json!({"Ref": "Open"}), json!({"Ref": "Open"}), json!({"Ref": "Open"})),
            (json!({"Ref": "Listed"}), json!({"Ref": "Listed"}), json!(["a", "b"])),
            (
                json!({"Fn::Sub": "${Known}-${Open}"}),
                json!({"Fn::Sub": "${Known}-${Open}"}),
                json!({"Fn::Sub": "a-${Open}"}),
            ),
            (
                json!({"Fn::FindInMap": ["M", {"Ref": "Known"}, "x"]}),
                json!({"Fn::FindInMap": ["M", {"Ref": "Known"}, "x"]}),
                json!("one"),
            ),
            (json!([{"k": lookup("x")}]), json!([{"k": "one"}]), json!([{"k": "one"}])),
        ] {
            assert_eq!(followed(&plain(&value), &stack, Follow::Mappings), plain(&by_mappings), "{value}");
            assert_eq!(followed(&plain(&value), &stack, Follow::Defaults), plain(&by_defaults), "{value}");
        }
    }

    #[test]
    fn only_parameters_without_a_known_value_are_open() {
        let value = plain(&json!([{"Fn::Sub": "${Open}"}, {"Ref": "Known"}, {"Ref": "Stored"}, {"Ref": "Queue"}]));
        let stack = stack(&json!({}));
        assert_eq!(open_parameters(&value, &stack), BTreeSet::from(["Open", "Stored"]));
    }
}
