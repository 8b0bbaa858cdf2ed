//! The fields of a mapping: their names, their places, and the rules for their values.

use model::plan::EntityTemplate;
use model::pointer::below;
use model::template::{self, Tree};
use model::{Action, Blueprint, Entity, EntityFault, Operation};
use serde_json::{Map, Value};

use super::fault::{Class, Fault};
use super::reads::Reads;
use crate::mapping::fit::{self, Misfit};

/// A field of a mapping.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Name,
    /// The template. For a pair, an object with only that pair.
    pub(super) template: Value,
    pub(super) reads: Reads,
    /// The input that it passes on unchanged.
    pub(super) plain: Option<String>,
    /// The compiled template; `None` if its syntax is invalid.
    pub(super) tree: Option<Tree>,
}

/// The name of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `identifier`, `title`, `icon` or `team`.
    Meta(&'static str),
    /// A key of `properties` or `relations`.
    Pair(Group, String),
    /// A whole group, because the value of one of its keys depends on the run.
    Whole(Group),
}

/// A group of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Properties,
    Relations,
}

impl Group {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Properties => "properties",
            Self::Relations => "relations",
        }
    }

    pub(super) fn pointer(self) -> String {
        format!("/{}", self.as_str())
    }

    pub(super) fn singular(self) -> &'static str {
        match self {
            Self::Properties => "property",
            Self::Relations => "relation",
        }
    }

    pub(super) fn fields(self, entity: &EntityTemplate) -> &Map<String, Value> {
        match self {
            Self::Properties => &entity.properties,
            Self::Relations => &entity.relations,
        }
    }

    /// Returns the keys that a new entity must have, except those with a default, which Port fills in.
    pub(super) fn required(self, blueprint: &Blueprint) -> Vec<&str> {
        let preset = |key: &str| blueprint.property_document(key).is_some_and(|rules| rules.get("default").is_some());
        match self {
            Self::Properties => blueprint.required.iter().map(String::as_str).filter(|key| !preset(key)).collect(),
            Self::Relations => {
                blueprint.relations.iter().filter(|r| r.required).map(|relation| relation.key.as_str()).collect()
            }
        }
    }

    fn declares(self, blueprint: &Blueprint, key: &str) -> bool {
        match self {
            Self::Properties => blueprint.property(key).is_some(),
            Self::Relations => blueprint.relation(key).is_some(),
        }
    }
}

/// Returns whether a key is a template or spreads an object.
pub(super) fn is_dynamic(key: &str) -> bool {
    key.contains("{{")
}

impl Field {
    fn new(name: Name, template: Value) -> Self {
        let mut field = Self { name, reads: Reads::new(&template), template, plain: None, tree: None };
        if !matches!(field.name, Name::Whole(_)) {
            field.plain = field.value().as_str().and_then(template::sole_expression).and_then(plain_input);
        }
        field
    }

    /// Returns the pointer to its template, relative to `runner.entity`.
    pub(super) fn base(&self) -> String {
        match &self.name {
            Name::Meta(key) => format!("/{key}"),
            Name::Pair(group, _) | Name::Whole(group) => group.pointer(),
        }
    }

    /// Returns the pointer to it, relative to `runner.entity`.
    pub(super) fn pointer(&self) -> String {
        match &self.name {
            Name::Pair(group, key) => below(&group.pointer(), key),
            _ => self.base(),
        }
    }

    /// Returns the template of its value.
    pub(super) fn value(&self) -> &Value {
        match &self.name {
            Name::Pair(_, key) => self.template.get(key).unwrap_or(&self.template),
            _ => &self.template,
        }
    }
}

/// Returns the key of `.inputs.key`, `.inputs["key"]` or `.inputs."key"`.
fn plain_input(expression: &str) -> Option<String> {
    let rest = expression.strip_prefix(".inputs")?;
    if let Some(name) = rest.strip_prefix('.').filter(|name| !name.starts_with('"')) {
        let plain = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        return plain.then(|| name.to_owned());
    }
    let quoted = rest.strip_prefix('.').or_else(|| rest.strip_prefix('[')?.strip_suffix(']'))?;
    serde_json::from_str(quoted).ok()
}

/// Returns the fields that a mapping sets.
pub(super) fn fields(entity: &EntityTemplate) -> Vec<Field> {
    let meta =
        [("identifier", &entity.identifier), ("title", &entity.title), ("icon", &entity.icon), ("team", &entity.team)];
    let mut fields: Vec<Field> = meta
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| Field::new(Name::Meta(key), value.clone()))
        .collect();
    for group in [Group::Properties, Group::Relations] {
        let pairs = group.fields(entity);
        if pairs.keys().any(|key| is_dynamic(key)) {
            fields.push(Field::new(Name::Whole(group), Value::Object(pairs.clone())));
            continue;
        }
        let pair = |(key, value): (&String, &Value)| {
            let pair = Map::from_iter([(key.clone(), value.clone())]);
            Field::new(Name::Pair(group, key.clone()), Value::Object(pair))
        };
        fields.extend(pairs.iter().map(pair));
    }
    fields
}

/// The rules for an entity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) action: &'a Action,
    pub(super) operation: Operation,
    pub(super) blueprint: &'a Blueprint,
}

impl Wanted<'_> {
    /// Returns what is wrong with the value of a field that passes an input on.
    pub(super) fn handed_on(&self, field: &Field, value: Option<&Value>) -> Vec<Fault> {
        match &field.name {
            Name::Pair(group, key) => self.pair(*group, key, value, || field.pointer()).into_iter().collect(),
            _ => self.faults(field, value.unwrap_or(&Value::Null)),
        }
    }

    /// Returns what is wrong with the value of a field. For a pair or a group, the value is an object.
    pub(super) fn faults(&self, field: &Field, value: &Value) -> Vec<Fault> {
        let fault = |code, class, words: String| {
            vec![Fault { words, value: value.clone(), ..Fault::new(field.pointer(), code, class) }]
        };
        match &field.name {
            Name::Meta("identifier") => match Entity::identifier(value) {
                Ok(_) => Vec::new(),
                Err(EntityFault::NoIdentifier("null")) => {
                    fault("required-unset", Class::Nothing, "the identifier has no value".to_owned())
                }
                Err(EntityFault::NoIdentifier(found)) => {
                    fault(Misfit::TYPE, Class::Wrong, format!("the identifier must be a string, but this is {found}"))
                }
                Err(error) => {
                    let words = error.to_string().replacen("the entity's identifier", "", 1);
                    fault("illegal-identifier", Class::Wrong, format!("the identifier {}{words}", fit::quote(value)))
                }
            },
            Name::Meta("team") if !value.is_null() => fit::team(value)
                .map_or_else(Vec::new, |misfit| fault(misfit.code, Class::Wrong, format!("`team` {}", misfit.words))),
            Name::Meta(key) if value.is_object() || value.is_array() => {
                let words = format!(
                    "`{key}` should be a string, but this is {}; the function would write its JSON",
                    fit::kind(value)
                );
                fault(Misfit::TYPE, Class::Odd, words)
            }
            Name::Meta(_) => Vec::new(),
            Name::Pair(group, key) => self.pair(*group, key, value.get(key), || field.pointer()).into_iter().collect(),
            Name::Whole(group) => self.whole(*group, field, value),
        }
    }

    /// Checks a group with keys that depend on the run.
    fn whole(&self, group: Group, field: &Field, value: &Value) -> Vec<Fault> {
        let template = field.template.as_object();
        let dynamic: Vec<&String> = template.into_iter().flat_map(Map::keys).filter(|key| is_dynamic(key)).collect();
        let pointer = |key: &str| match (template.is_some_and(|map| map.contains_key(key)), dynamic.as_slice()) {
            (true, _) => below(&group.pointer(), key),
            (false, [only]) => below(&group.pointer(), only),
            (false, _) => group.pointer(),
        };
        let empty = Map::new();
        let written = value.as_object().unwrap_or(&empty);
        let mut faults = Vec::new();
        for key in written.keys().filter(|key| !group.declares(self.blueprint, key)) {
            // A key that is written in the file is checked without a run.
            if template.is_none_or(|map| !map.contains_key(key)) {
                let code = match group {
                    Group::Properties => "unknown-property",
                    Group::Relations => "unknown-relation",
                };
                let words = format!("blueprint `{}` has no {} `{key}`", self.blueprint.identifier, group.singular());
                faults.push(Fault { words, ..Fault::new(pointer(key), code, Class::Wrong) });
            }
        }
        let required = group.required(self.blueprint);
        let unset = required.into_iter().filter(|key| !written.contains_key(*key));
        let keys = written.keys().map(String::as_str).chain(unset);
        faults.extend(keys.filter_map(|key| self.pair(group, key, written.get(key), || pointer(key))));
        faults
    }

    /// Checks one property or relation. Without a value, the template omits it.
    fn pair(&self, group: Group, key: &str, value: Option<&Value>, pointer: impl Fn() -> String) -> Option<Fault> {
        let blueprint = &self.blueprint.identifier;
        let required = || group.required(self.blueprint).contains(&key);
        let unset = |words| Some(Fault { words, ..Fault::new(pointer(), "required-unset", Class::Nothing) });
        let value = match value {
            None if self.operation == Operation::Create && required() => {
                return unset(format!("`{key}` has no value, but blueprint `{blueprint}` requires it"));
            }
            Some(Value::Null) if required() => {
                return unset(format!("`null` clears `{key}`, but blueprint `{blueprint}` requires it"));
            }
            None | Some(Value::Null) => return None,
            Some(value) => value,
        };
        let misfit = match group {
            Group::Properties => fit::property(self.blueprint.property_document(key)?, value)?,
            Group::Relations => fit::relation(self.blueprint.relation(key)?, value)?,
        };
        let class = if misfit.code == Misfit::TYPE { Class::Wrong } else { Class::Outside };
        Some(Fault {
            words: format!("{}{} `{key}` {}", misfit.part, group.singular(), misfit.words),
            value: value.clone(),
            mirror: misfit.mirror,
            ..Fault::new(pointer(), misfit.code, class)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_references() {
        for (expression, want) in [
            (".inputs.cpu", Some("cpu")),
            (".inputs[\"my-input\"]", Some("my-input")),
            (".inputs.\"my-input\"", Some("my-input")),
            (".inputs.cpu + 1", None),
            (".inputs.zone.identifier", None),
            (".entity.x", None),
            (".inputs", None),
        ] {
            assert_eq!(plain_input(expression).as_deref(), want, "{expression}");
        }
    }
}
