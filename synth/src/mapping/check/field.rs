//! The fields of a mapping: what each is called, where it is, and what its value must be.

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
    /// The template: of a pair, an object of that pair alone.
    pub(super) template: Value,
    pub(super) reads: Reads,
    /// The input that it hands on as it is.
    pub(super) plain: Option<String>,
    /// Compiled; None where its grammar is broken.
    pub(super) tree: Option<Tree>,
}

/// Which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `identifier`, `title`, `icon` or `team`.
    Meta(&'static str),
    /// A key of `properties` or `relations`.
    Pair(Group, String),
    /// All of a group together, because it has a key that only a run decides.
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

    /// Keys that a new entity must have. Port fills in a default itself.
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

/// The key is a template itself, or spreads an object.
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

    /// Where its template's root is, below `runner.entity`.
    pub(super) fn base(&self) -> String {
        match &self.name {
            Name::Meta(key) => format!("/{key}"),
            Name::Pair(group, _) | Name::Whole(group) => group.pointer(),
        }
    }

    /// Where it is, below `runner.entity`.
    pub(super) fn pointer(&self) -> String {
        match &self.name {
            Name::Pair(group, key) => below(&group.pointer(), key),
            _ => self.base(),
        }
    }

    /// The template of its value alone.
    pub(super) fn value(&self) -> &Value {
        match &self.name {
            Name::Pair(_, key) => self.template.get(key).unwrap_or(&self.template),
            _ => &self.template,
        }
    }
}

/// The key of `.inputs.key`, `.inputs["key"]` or `.inputs."key"`.
fn plain_input(expression: &str) -> Option<String> {
    let rest = expression.strip_prefix(".inputs")?;
    if let Some(name) = rest.strip_prefix('.').filter(|name| !name.starts_with('"')) {
        let plain = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        return plain.then(|| name.to_owned());
    }
    let quoted = rest.strip_prefix('.').or_else(|| rest.strip_prefix('[')?.strip_suffix(']'))?;
    serde_json::from_str(quoted).ok()
}

/// The fields of a mapping that are set.
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

/// What an entity must be like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) action: &'a Action,
    pub(super) operation: Operation,
    pub(super) blueprint: &'a Blueprint,
}

impl Wanted<'_> {
    /// What is wrong with the value of a field that hands an input on.
    pub(super) fn handed_on(&self, field: &Field, value: Option<&Value>) -> Vec<Fault> {
        match &field.name {
            Name::Pair(group, key) => self.pair(*group, key, value, || field.pointer()).into_iter().collect(),
            _ => self.faults(field, value.unwrap_or(&Value::Null)),
        }
    }

    /// What is wrong with the value of a field: of a pair or a group, an object of what is written.
    pub(super) fn faults(&self, field: &Field, value: &Value) -> Vec<Fault> {
        let fault = |code, class, words: String| {
            vec![Fault { words, value: value.clone(), ..Fault::new(field.pointer(), code, class) }]
        };
        match &field.name {
            Name::Meta("identifier") => match Entity::identifier(value) {
                Ok(_) => Vec::new(),
                Err(EntityFault::NoIdentifier("null")) => {
                    fault("required-unset", Class::Nothing, "there is no value for the identifier".to_owned())
                }
                Err(EntityFault::NoIdentifier(found)) => {
                    fault(Misfit::TYPE, Class::Wrong, format!("the identifier must be text, this gives {found}"))
                }
                Err(error) => {
                    let words = error.to_string().replacen("the entity's identifier", "", 1);
                    fault("illegal-identifier", Class::Wrong, format!("the identifier {}{words}", fit::quote(value)))
                }
            },
            Name::Meta("team") if !value.is_null() => fit::team(value)
                .map_or_else(Vec::new, |misfit| fault(misfit.code, Class::Wrong, format!("`team` {}", misfit.words))),
            Name::Meta(key) if value.is_object() || value.is_array() => {
                let words = format!("`{key}` wants text, this gives {} and its JSON is written", fit::kind(value));
                fault(Misfit::TYPE, Class::Odd, words)
            }
            Name::Meta(_) => Vec::new(),
            Name::Pair(group, key) => self.pair(*group, key, value.get(key), || field.pointer()).into_iter().collect(),
            Name::Whole(group) => self.whole(*group, field, value),
        }
    }

    /// A group with keys that only the run decides.
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
            // A key that the file itself has is found without a run.
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

    /// One property or relation; no value is one that the template left out.
    fn pair(&self, group: Group, key: &str, value: Option<&Value>, pointer: impl Fn() -> String) -> Option<Fault> {
        let blueprint = &self.blueprint.identifier;
        let required = || group.required(self.blueprint).contains(&key);
        let unset = |words| Some(Fault { words, ..Fault::new(pointer(), "required-unset", Class::Nothing) });
        let value = match value {
            None if self.operation == Operation::Create && required() => {
                return unset(format!("there is no value for `{key}`, which blueprint `{blueprint}` requires"));
            }
            Some(Value::Null) if required() => {
                return unset(format!("`null` clears `{key}`, which blueprint `{blueprint}` requires"));
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
