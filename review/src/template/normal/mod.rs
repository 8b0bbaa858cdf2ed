//! Reads template values into normal form, as [`Node`]s.
//!
//! Policy documents are read by [`policy`], whose terms are values again: the two modules call each other.

pub(crate) mod policy;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::intrinsic::is_no_value;
use super::node::{Node, Part};
use super::schema::ResourceSchema;

/// Keys of unordered lists in resources of AWS that no schema marks as such; IAM's lists are in [`policy`].
const SETS: [&str; 21] = [
    "AlarmActions",
    "AllowedValues",
    "Architectures",
    "DependsOn",
    "Dimensions",
    "Filters",
    "FunctionResponseTypes",
    "Groups",
    "InsufficientDataActions",
    "KafkaBootstrapServers",
    "ManagedPolicyArns",
    "NotificationARNs",
    "OKActions",
    "Policies",
    "Queues",
    "Roles",
    "SecurityGroupIds",
    "SourceAccessConfigurations",
    "SubnetIds",
    "Tags",
    "Users",
];

/// Lists whose items are identified by a member.
const KEYED: [(&str, &str); 3] = [("Tags", "Key"), ("Policies", "PolicyName"), ("Dimensions", "Name")];

/// Reads the value of `key` in a resource of AWS whose type has this schema.
pub(crate) fn node(value: &Value, key: &str, schema: ResourceSchema) -> Node {
    Normalizer { schema, knows_lists: true, path: String::new() }.node(value, key)
}

/// Reads a value that does not belong to a resource.
pub(crate) fn plain(value: &Value) -> Node {
    node(value, "", ResourceSchema::default())
}

/// Reads a value of which nobody knows what its keys mean, such as a custom resource's: all its lists have an order.
pub(crate) fn foreign(value: &Value) -> Node {
    Normalizer { schema: ResourceSchema::default(), knows_lists: false, path: String::new() }.node(value, "")
}

/// Reads a text that contains `${…}` references.
fn text(text: &str) -> Node {
    Node::from_parts(parts(text, &BTreeMap::new()))
}

/// Reads JSON that is not part of a template: numbers differ from their text, and intrinsics have no meaning.
pub(crate) fn document(value: &Value) -> Node {
    json(value, false, "")
}

struct Normalizer {
    schema: ResourceSchema,
    /// Whether lists under the keys in [`SETS`] and [`KEYED`] are unordered.
    knows_lists: bool,
    /// The path below `Properties`, with `*` for any list item.
    path: String,
}

impl Normalizer {
    fn node(&mut self, value: &Value, key: &str) -> Node {
        match value {
            Value::Null => Node::Null,
            Value::Bool(truth) => Node::Text(truth.to_string()),
            Value::Number(number) => Node::Text(number.to_string()),
            Value::String(text) if self.knows_lists && key == "DependsOn" => {
                Node::Set(BTreeSet::from([Node::Text(text.clone())]))
            }
            Value::String(text) => self.embedded(text, key).unwrap_or_else(|| Node::Text(text.clone())),
            Value::Array(items) => self.list(items, key),
            Value::Object(map) => self.object(map, key),
        }
    }

    fn list(&mut self, items: &[Value], key: &str) -> Node {
        let unordered = self.knows_lists && SETS.contains(&key) || self.schema.is_unordered(&self.path);
        let nodes: Vec<Node> = self.below("*", |normal| {
            items.iter().filter(|item| !is_no_value(item)).map(|item| normal.node(item, "")).collect()
        });
        let by = KEYED.iter().find(|(list, _)| self.knows_lists && *list == key);
        if let Some(keyed) = by.and_then(|(_, by)| keyed(&nodes, by)) {
            return keyed;
        }
        if unordered { Node::Set(nodes.into_iter().collect()) } else { Node::List(nodes) }
    }

    fn object(&mut self, map: &Map<String, Value>, key: &str) -> Node {
        if let Some((name, argument)) = map.iter().next().filter(|_| map.len() == 1)
            && (name.starts_with("Fn::") || ((name == "Ref" || name == "Condition") && argument.is_string()))
        {
            return self.call(name, argument, key);
        }
        if let Some(policy) = self.policy(map) {
            return policy;
        }
        let mut pairs = BTreeMap::new();
        for (key, value) in map.iter().filter(|(_, value)| !is_no_value(value)) {
            pairs.insert(key.clone(), self.below(key, |normal| normal.node(value, key)));
        }
        Node::Map(pairs)
    }

    /// Reads a policy document or a bare statement, where the schema has one.
    fn policy(&self, map: &Map<String, Value>) -> Option<Node> {
        if self.schema.is_policy(&self.path) {
            return policy::document(map);
        }
        if self.schema.is_statement(&self.path) { policy::statement(map) } else { None }
    }

    fn call(&mut self, name: &str, argument: &Value, key: &str) -> Node {
        match (name, argument) {
            ("Ref", Value::String(target)) => Node::Ref(target.clone()),
            ("Fn::GetAtt", Value::String(path)) => {
                let (target, attribute) = path.split_once('.').unwrap_or((path, ""));
                Node::Attr(target.to_owned(), attribute.to_owned())
            }
            ("Fn::GetAtt", Value::Array(items)) => {
                let words: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                match words.as_deref() {
                    Some([target, attribute @ ..]) => Node::Attr((*target).to_owned(), attribute.join(".")),
                    _ => other(name, argument),
                }
            }
            ("Fn::Sub", Value::String(text)) => Node::from_parts(parts(text, &BTreeMap::new())),
            ("Fn::Sub", Value::Array(items)) => self.sub(items).unwrap_or_else(|| other(name, argument)),
            ("Fn::Join", Value::Array(items)) => self.join(items).unwrap_or_else(|| other(name, argument)),
            // The branches are values of the same key.
            ("Fn::If", Value::Array(items)) => {
                let nodes = items.iter().enumerate();
                let nodes = nodes.map(|(n, item)| if n == 0 { plain(item) } else { self.node(item, key) });
                Node::Call(name.to_owned(), Box::new(Node::List(nodes.collect())))
            }
            ("Fn::Equals" | "Fn::And" | "Fn::Or", Value::Array(items)) => {
                let mut nodes: Vec<Node> = items.iter().map(|item| self.node(item, "")).collect();
                nodes.sort();
                Node::Call(name.to_owned(), Box::new(Node::List(nodes)))
            }
            _ => other(name, argument),
        }
    }

    /// Reads JSON inside a string, such as a filter pattern or a policy. What JSON's readers disagree about stays text:
    /// keys that are there twice, and numbers that do not fit.
    fn embedded(&self, text: &str, key: &str) -> Option<Node> {
        if !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let (value, duplicates) = super::json::read(text)?;
        if !duplicates.is_empty() {
            return None;
        }
        let document = value.as_object().and_then(|map| self.policy(map));
        let pattern = matches!(key, "Pattern" | "FilterPattern" | "EventPattern");
        Some(Node::Json(Box::new(document.unwrap_or_else(|| json(&value, pattern, "")))))
    }

    /// Reads `[text, {Name: value}]` if every value is a text and is used.
    fn sub(&mut self, items: &[Value]) -> Option<Node> {
        let [Value::String(text), Value::Object(variables)] = items else { return None };
        let mut values = BTreeMap::new();
        for (name, value) in variables {
            values.insert(name.as_str(), self.node(value, "").parts()?);
        }
        let used: BTreeSet<&str> = names(text).collect();
        if variables.keys().any(|name| !used.contains(name.as_str())) {
            return None;
        }
        Some(Node::from_parts(parts(text, &values)))
    }

    /// Reads `[delimiter, [text, …]]` if `Fn::Sub` could express every item, and the delimiter is between two of them.
    fn join(&mut self, items: &[Value]) -> Option<Node> {
        let [Value::String(delimiter), Value::Array(items)] = items else { return None };
        let items: Vec<&Value> = items.iter().filter(|item| !is_no_value(item)).collect();
        if items.len() < 2 {
            return None;
        }
        let mut joined = Vec::new();
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                joined.push(Part::Text(delimiter.clone()));
            }
            joined.extend(self.node(item, "").parts()?);
        }
        Some(Node::from_parts(joined))
    }

    fn below<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(key);
        let result = inner(self);
        self.path.truncate(length);
        result
    }
}

/// Reads any other call. Its arguments are not values of the property: the names after `Fn::FindInMap` have an order even
/// where the property is an unordered list.
fn other(name: &str, argument: &Value) -> Node {
    Node::Call(name.to_owned(), Box::new(foreign(argument)))
}

/// Converts a list to a map by the member that identifies its items; `None` if the member is missing or repeated, and for
/// an empty list.
fn keyed(nodes: &[Node], by: &str) -> Option<Node> {
    if nodes.is_empty() {
        return None;
    }
    let mut pairs = BTreeMap::new();
    for node in nodes {
        let Node::Map(members) = node else { return None };
        let mut members = members.clone();
        let Some(Node::Text(name)) = members.remove(by) else { return None };
        let value = match members.remove("Value") {
            Some(value) if members.is_empty() && !matches!(value, Node::Map(_)) => value,
            Some(value) => {
                members.insert("Value".to_owned(), value);
                Node::Map(members)
            }
            None => Node::Map(members),
        };
        if pairs.insert(name, value).is_some() {
            return None;
        }
    }
    Some(Node::Map(pairs))
}

/// Returns the names in the text of `Fn::Sub`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.trim())
}

/// Splits the text of `Fn::Sub` into parts.
fn parts(text: &str, values: &BTreeMap<&str, Vec<Part>>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        parts.push(Part::Text(before.to_owned()));
        let Some((name, behind)) = after.split_once('}') else {
            parts.push(Part::Text("${".to_owned()));
            rest = after;
            continue;
        };
        let trimmed = name.trim();
        match (name.strip_prefix('!'), values.get(trimmed)) {
            (Some(literal), _) => parts.push(Part::Text(format!("${{{literal}}}"))),
            (None, Some(value)) => parts.extend(value.iter().cloned()),
            (None, None) => parts.push(match trimmed.split_once('.') {
                Some((name, attribute)) => Part::Attr(name.to_owned(), attribute.to_owned()),
                None => Part::Ref(trimmed.to_owned()),
            }),
        }
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}

/// Reads plain JSON: it has no intrinsics, and numbers differ from their text. Lists in a filter pattern are unordered
/// alternatives, except for the comparisons of `numeric`.
fn json(value: &Value, pattern: bool, key: &str) -> Node {
    match value {
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) if pattern && key != "numeric" => {
            Node::Set(items.iter().map(|item| json(item, pattern, "")).collect())
        }
        Value::Array(items) => Node::List(items.iter().map(|item| json(item, pattern, "")).collect()),
        Value::Object(map) => {
            Node::Map(map.iter().map(|(key, value)| (key.clone(), json(value, pattern, key))).collect())
        }
        scalar => Node::Literal(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equivalent_values_are_equal() {
        for (left, right) in [
            (json!(10), json!("10")),
            (json!(true), json!("true")),
            (json!({"Fn::GetAtt": "A.B.C"}), json!({"Fn::GetAtt": ["A", "B.C"]})),
            (json!({"Fn::Sub": "text"}), json!("text")),
            (json!({"Fn::Sub": "${A}"}), json!({"Ref": "A"})),
            (json!({"Fn::Sub": "${A.Arn}"}), json!({"Fn::GetAtt": ["A", "Arn"]})),
            (json!({"Fn::Sub": "${!A}"}), json!("${A}")),
            (json!({"Fn::Sub": ["${x}-${A}", {"x": "y"}]}), json!({"Fn::Sub": "y-${A}"})),
            (
                json!({"Fn::Join": [":", ["arn", {"Ref": "P"}, {"Fn::GetAtt": "A.B"}]]}),
                json!({"Fn::Sub": "arn:${P}:${A.B}"}),
            ),
            (json!({"a": {"Ref": "AWS::NoValue"}, "b": 1}), json!({"b": "1"})),
            (json!([1, {"Ref": "AWS::NoValue"}]), json!(["1"])),
            (json!({"Fn::Equals": [{"Ref": "A"}, "x"]}), json!({"Fn::Equals": ["x", {"Ref": "A"}]})),
            (json!({"DependsOn": "A"}), json!({"DependsOn": ["A"]})),
            (
                json!({"Filters": [{"Pattern": "{\"a\":[1,2]}"}, 1]}),
                json!({"Filters": [1, {"Pattern": "{ \"a\": [2, 1] }"}]}),
            ),
            (json!({"Tags": [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]}), json!({"Tags": {"b": 2, "a": 1}})),
        ] {
            assert_eq!(plain(&left), plain(&right), "{left} and {right}");
        }
    }

    #[test]
    fn different_values_differ() {
        for (left, right) in [
            (json!("010"), json!(10)),
            // An engine's version, which YAML reads as a number.
            (json!(8.0), json!(8)),
            (json!({"Fn::Sub": ["a", {"Unused": "b"}]}), json!({"Fn::Sub": ["a", {"Unused": "c"}]})),
            (json!({"Fn::Join": ["-", ["a"]]}), json!({"Fn::Join": ["+", ["a"]]})),
            (json!({"Ref": "AWS::NoValue", "Other": 1}), json!({"Ref": "AWS::NoValue", "Other": 2})),
            (json!("{\"a\": 1, \"a\": 2}"), json!("{\"a\": 3, \"a\": 2}")),
            (json!("[12345678901234567890123]"), json!("[12345678901234567890124]")),
            (json!({"Tags": [{"Key": "a"}]}), json!({"Tags": [{"Key": "a", "Value": {}}]})),
            (json!({"Statement": [], "Id": "a"}), json!({"Statement": [], "Id": "b"})),
            (
                json!({"Roles": {"Fn::FindInMap": ["M", "a", "b"]}}),
                json!({"Roles": {"Fn::FindInMap": ["M", "b", "a"]}}),
            ),
            (json!(""), json!(null)),
            (json!(["a", "b"]), json!(["b", "a"])),
            (json!({"Fn::Sub": "${A}b"}), json!({"Fn::Sub": "${Ab}"})),
            (json!("{\"a\": 1}"), json!("{\"a\": \"1\"}")),
            (
                json!({"Pattern": "{\"a\":[{\"numeric\":[\">\",1]}]}"}),
                json!({"Pattern": "{\"a\":[{\"numeric\":[1,\">\"]}]}"}),
            ),
            (json!({"Fn::If": ["C", 1, 2]}), json!({"Fn::If": ["C", 2, 1]})),
        ] {
            assert_ne!(plain(&left), plain(&right), "{left} and {right}");
        }
    }

    #[test]
    fn texts_survive_a_round_trip() {
        for text in ["a ${A} ${B.C.D} ${!literal} $ {x}", "${!A}${B}"] {
            let node = plain(&json!({ "Fn::Sub": text }));
            assert_eq!(plain(&node.to_value()), node, "{text}");
        }
    }
}
