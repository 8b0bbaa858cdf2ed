//! A template value in normal form.
//!
//! Values that mean the same are the same [`Node`]: scalars are text, intrinsics have one spelling, unordered lists are
//! sets. Reading a template into this form is the job of [`super::normal`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::intrinsic::NO_VALUE;

/// A value in normal form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    /// `null`.
    Null,
    /// A scalar.
    Text(String),
    /// A number, boolean or null inside JSON in a string, where it differs from its text.
    Literal(String),
    /// `Ref`.
    Ref(String),
    /// `Fn::GetAtt`.
    Attr(String, String),
    /// `Fn::Sub`, and any `Fn::Join` that `Fn::Sub` could express; at least two parts.
    Sub(Vec<Part>),
    /// Any other intrinsic.
    Call(String, Box<Node>),
    /// A list whose order matters.
    List(Vec<Node>),
    /// A list whose order does not matter.
    Set(BTreeSet<Node>),
    /// An object.
    Map(BTreeMap<String, Node>),
    /// JSON inside a string.
    Json(Box<Node>),
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// Literal text.
    Text(String),
    /// `${Name}`.
    Ref(String),
    /// `${Name.Attribute}`.
    Attr(String, String),
}

/// Something a value depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependency<'a> {
    /// A parameter or a resource.
    Name(&'a str),
    /// A condition.
    Condition(&'a str),
    /// A mapping.
    Mapping(&'a str),
}

impl Node {
    /// Joins parts into a text; fewer than two become the plain value.
    pub(crate) fn from_parts(parts: Vec<Part>) -> Self {
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (joined.last_mut(), part) {
                (_, Part::Text(text)) if text.is_empty() => {}
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        match (joined.pop(), joined.is_empty()) {
            (None, _) => Self::Text(String::new()),
            (Some(Part::Text(text)), true) => Self::Text(text),
            (Some(Part::Ref(name)), true) => Self::Ref(name),
            (Some(Part::Attr(name, attribute)), true) => Self::Attr(name, attribute),
            (Some(last), false) => {
                joined.push(last);
                Self::Sub(joined)
            }
        }
    }

    /// Returns the parts of a text; `None` for any other value.
    pub(crate) fn parts(&self) -> Option<Vec<Part>> {
        match self {
            Self::Text(text) => Some(vec![Part::Text(text.clone())]),
            Self::Ref(name) => Some(vec![Part::Ref(name.clone())]),
            Self::Attr(name, attribute) => Some(vec![Part::Attr(name.clone(), attribute.clone())]),
            Self::Sub(parts) => Some(parts.clone()),
            _ => None,
        }
    }

    /// Returns a text without references.
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a member of an object.
    pub(crate) fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.get(key),
            _ => None,
        }
    }

    /// Returns the value at a path below this one.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.member(key))
    }

    /// Returns the value at a path, or the last one on the way that is not an object.
    pub(crate) fn nearest(&self, path: &[String]) -> Option<&Self> {
        match (path, self) {
            ([key, rest @ ..], Self::Map(pairs)) => pairs.get(key)?.nearest(rest),
            _ => Some(self),
        }
    }

    /// Whether it is `AWS::NoValue`.
    pub(crate) fn is_no_value(&self) -> bool {
        matches!(self, Self::Ref(name) if name == NO_VALUE)
    }

    /// Counts this value and all values below it.
    pub(crate) fn size(&self) -> usize {
        1 + self.children().map(Self::size).sum::<usize>()
    }

    /// Returns the values directly below this one.
    pub(crate) fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::Call(_, inner) | Self::Json(inner) => Box::new(std::iter::once(&**inner)),
            Self::List(items) => Box::new(items.iter()),
            Self::Set(items) => Box::new(items.iter()),
            Self::Map(pairs) => Box::new(pairs.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Collects everything this value depends on.
    pub(crate) fn dependencies<'a>(&'a self, found: &mut BTreeSet<Dependency<'a>>) {
        match self {
            Self::Ref(name) | Self::Attr(name, _) => drop(found.insert(Dependency::Name(name))),
            Self::Sub(parts) => found.extend(parts.iter().filter_map(|part| match part {
                Part::Ref(name) | Part::Attr(name, _) => Some(Dependency::Name(name.as_str())),
                Part::Text(_) => None,
            })),
            Self::Call(name, inner) => {
                let first = match &**inner {
                    Self::List(items) => items.first(),
                    single => Some(single),
                };
                match (name.as_str(), first) {
                    ("Condition" | "Fn::If", Some(Self::Text(name))) => drop(found.insert(Dependency::Condition(name))),
                    ("Fn::FindInMap", Some(Self::Text(name))) => drop(found.insert(Dependency::Mapping(name))),
                    _ => {}
                }
            }
            _ => {}
        }
        for child in self.children() {
            child.dependencies(found);
        }
    }

    /// Returns a copy with resource names replaced.
    pub(crate) fn renamed(&self, names: &BTreeMap<String, String>) -> Self {
        if names.is_empty() {
            return self.clone();
        }
        let new = |name: &String| names.get(name).unwrap_or(name).clone();
        match self {
            Self::Ref(name) => Self::Ref(new(name)),
            Self::Attr(name, attribute) => Self::Attr(new(name), attribute.clone()),
            Self::Sub(parts) => Self::Sub(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Part::Text(text.clone()),
                        Part::Ref(name) => Part::Ref(new(name)),
                        Part::Attr(name, attribute) => Part::Attr(new(name), attribute.clone()),
                    })
                    .collect(),
            ),
            Self::Call(name, inner) => Self::Call(name.clone(), Box::new(inner.renamed(names))),
            Self::Json(inner) => Self::Json(Box::new(inner.renamed(names))),
            Self::List(items) => Self::List(items.iter().map(|item| item.renamed(names)).collect()),
            Self::Set(items) => Self::Set(items.iter().map(|item| item.renamed(names)).collect()),
            Self::Map(pairs) => {
                Self::Map(pairs.iter().map(|(key, value)| (key.clone(), value.renamed(names))).collect())
            }
            scalar => scalar.clone(),
        }
    }

    /// Converts to JSON: intrinsics in their long form, JSON in strings as objects.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Literal(text) => serde_json::from_str(text).unwrap_or_default(),
            Self::Ref(name) => json!({ "Ref": name }),
            Self::Attr(name, attribute) => json!({ "Fn::GetAtt": [name, attribute] }),
            Self::Sub(parts) => json!({ "Fn::Sub": text(parts) }),
            Self::Call(name, inner) => Value::Object(Map::from_iter([(name.clone(), inner.to_value())])),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Set(items) => items.iter().map(Self::to_value).collect(),
            Self::Map(pairs) => {
                Value::Object(pairs.iter().map(|(key, value)| (key.clone(), value.to_value())).collect())
            }
            Self::Json(inner) => inner.to_value(),
        }
    }

    /// Converts to text, with `${…}` for what is known only at deployment.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Text(text) | Self::Literal(text) => text.clone(),
            Self::Ref(name) => format!("${{{name}}}"),
            Self::Attr(name, attribute) => format!("${{{name}.{attribute}}}"),
            Self::Sub(parts) => text(parts),
            other => other.to_value().to_string(),
        }
    }
}

fn text(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.replace("${", "${!"),
        Part::Ref(name) => format!("${{{name}}}"),
        Part::Attr(name, attribute) => format!("${{{name}.{attribute}}}"),
    };
    parts.iter().map(part).collect()
}
