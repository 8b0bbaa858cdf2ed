//! Puts what is known into a value: entries of mappings, defaults of parameters.

use std::collections::BTreeSet;

use super::mapping::{LOOKUP, entry};
use super::{Scope, parameter};
use crate::template::node::{Dependency, Node, Part};
use crate::template::stack::Stack;

/// How far to follow a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compare) enum Follow {
    /// Lookups with literal keys: a deployment cannot change what they find.
    Mappings,
    /// Defaults of parameters too: a deployment may set another value.
    Defaults,
}

/// Returns a value with the lookups and parameters in it replaced by what they give.
pub(in crate::compare) fn followed(node: &Node, stack: &Stack, follow: Follow) -> Node {
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

/// Returns the parameters in a value whose own values only the deployment gives: all but new ones with a default.
pub(in crate::compare) fn open_parameters<'a>(node: &'a Node, scope: Scope<'_>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    node.dependencies(&mut names);
    let is_open = |name: &str| {
        let has_default = scope.brings(name) && default(name, scope.own, Follow::Defaults).is_some();
        scope.own.entry("Parameters", name).is_some() && !has_default
    };
    let parameters = names.into_iter().filter_map(|dependency| match dependency {
        Dependency::Name(name) => Some(name),
        _ => None,
    });
    parameters.filter(|name| is_open(name)).collect()
}

/// Returns the default of a parameter, if defaults are followed.
fn default(name: &str, stack: &Stack, follow: Follow) -> Option<Node> {
    let parameter = stack.entry("Parameters", name).filter(|_| follow == Follow::Defaults)?;
    match parameter::default(parameter)? {
        parameter::Default::Value(value) => Some(value),
        parameter::Default::Stored(_) => None,
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
                "Named": {"Type": "AWS::SSM::Parameter::Name", "Default": "a"},
                "Open": {"Type": "String"},
            },
        }))
        .unwrap()
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
            (json!({"Ref": "Named"}), json!({"Ref": "Named"}), json!("a")),
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
    fn only_new_parameters_with_a_default_are_not_open() {
        let value = plain(&json!([{"Fn::Sub": "${Open}"}, {"Ref": "Known"}, {"Ref": "Stored"}, {"Ref": "Queue"}]));
        let (old, new) = (Stack::default(), stack(&json!({})));
        let [_, brought] = Scope::both(&old, &new);
        assert_eq!(open_parameters(&value, brought), BTreeSet::from(["Open", "Stored"]));
        let [kept, _] = Scope::both(&new, &new);
        assert_eq!(open_parameters(&value, kept), BTreeSet::from(["Known", "Open", "Stored"]));
    }
}
