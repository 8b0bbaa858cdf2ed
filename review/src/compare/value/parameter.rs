//! The parameters of a template: what they are unless the deployment sets another value.

use std::collections::BTreeSet;

use crate::template::node::Node;
use crate::template::stack::Stack;

/// The default of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::compare) enum Default {
    /// The value.
    Value(Node),
    /// The name of a parameter in Systems Manager, which has the value.
    Stored(String),
}

/// Returns the default of a parameter.
pub(in crate::compare) fn default(parameter: &Node) -> Option<Default> {
    let value = parameter.member("Default")?;
    Some(if is_stored(parameter) { Default::Stored(value.to_text()) } else { Default::Value(read(parameter, value)) })
}

/// Returns the values that a parameter allows; `None` if any, or if they only name a value.
pub(super) fn allowed(parameter: &Node) -> Option<Vec<Node>> {
    let allowed = parameter.member("AllowedValues").filter(|_| !is_stored(parameter))?;
    matches!(allowed, Node::Set(_) | Node::List(_))
        .then(|| allowed.children().map(|value| read(parameter, value)).collect())
}

/// Returns the parameters of both templates whose default changed.
pub(in crate::compare) fn changed_defaults<'a>(old: &Stack, new: &'a Stack) -> BTreeSet<&'a str> {
    let parameters = new.sections.get("Parameters").into_iter().flatten();
    let differs =
        |name: &str, now: &Node| old.entry("Parameters", name).is_some_and(|before| default(before) != default(now));
    parameters.filter(|(name, now)| differs(name, now)).map(|(name, _)| name.as_str()).collect()
}

fn kind(parameter: &Node) -> &str {
    parameter.member("Type").and_then(Node::word).unwrap_or_default()
}

/// Whether the value of a parameter is in Systems Manager. `AWS::SSM::Parameter::Name` is a name itself (User Guide,
/// "Systems Manager parameter types").
fn is_stored(parameter: &Node) -> bool {
    kind(parameter).starts_with("AWS::SSM::Parameter::Value")
}

/// Reads a value of a parameter: of a list, it is a text with commas.
fn read(parameter: &Node, value: &Node) -> Node {
    let kind = kind(parameter);
    match value {
        Node::Text(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
            Node::List(text.split(',').map(|item| Node::Text(item.trim().to_owned())).collect())
        }
        value => value.clone(),
    }
}
