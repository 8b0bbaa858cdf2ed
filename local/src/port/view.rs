//! The part of an entity that a caller asks for.

use serde_json::Value;

use super::answer::{Object, Refusal};
use crate::server::Request;

/// Which values an answer has. A name is that of a property or a relation, with or without `properties.` or
/// `relations.` before it, or a key of the entity, with or without `$` before it.
#[derive(Debug, Default)]
pub(super) struct View {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl View {
    /// Reads `include` and `exclude` in a query: repeated, or separated by commas.
    pub(super) fn of_query(request: &Request) -> Self {
        let list = |name: &str| request.params(name).flat_map(|list| list.split(',')).map(str::to_owned).collect();
        Self { include: list("include"), exclude: list("exclude") }
    }

    /// Reads `include` and `exclude` in a body.
    pub(super) fn of_body(body: &Object) -> Result<Self, Refusal> {
        let list = |key: &str| {
            let names = body.get(key).map_or(Some(&[][..]), |list| list.as_array().map(Vec::as_slice));
            let names: Option<Vec<String>> =
                names.and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
            names.ok_or_else(|| Refusal::invalid(format!("body/{key} must be array of strings")))
        };
        Ok(Self { include: list("include")?, exclude: list("exclude")? })
    }

    /// Returns the part of an entity that is asked for.
    pub(super) fn of(&self, entity: &Object) -> Object {
        let mut shown = Object::new();
        for (key, value) in entity.iter().filter(|(key, _)| !lists(&self.exclude, key)) {
            let is_whole = self.include.is_empty() || lists(&self.include, key);
            match value {
                Value::Object(values) if matches!(key.as_str(), "properties" | "relations") => {
                    let part = values.iter().filter(|(name, _)| {
                        (is_whole || lists_in(&self.include, key, name)) && !lists_in(&self.exclude, key, name)
                    });
                    let part: Object = part.map(|(name, value)| (name.clone(), value.clone())).collect();
                    if is_whole || !part.is_empty() {
                        shown.insert(key.clone(), part.into());
                    }
                }
                _ if is_whole => {
                    shown.insert(key.clone(), value.clone());
                }
                _ => {}
            }
        }
        shown
    }
}

/// Returns whether a list names a key of the entity.
fn lists(list: &[String], key: &str) -> bool {
    list.iter().any(|name| name.strip_prefix('$').unwrap_or(name) == key)
}

/// Returns whether a list names a value in a group.
fn lists_in(list: &[String], group: &str, key: &str) -> bool {
    let inner = |name: &str| name.strip_prefix(group).and_then(|rest| rest.strip_prefix('.')) == Some(key);
    list.iter().any(|name| name == key || inner(name))
}
