//! Sample entities of the catalogue's blueprints, as messages contain them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::{Blueprint, Relation};
use serde_json::{Map, Value, json};

use super::answers::{Weight, values};

/// The blueprints of the catalogue by identifier, for samples of entity inputs.
#[derive(Debug, Default)]
pub(crate) struct Blueprints<'a>(BTreeMap<&'a str, Known<'a>>);

/// A blueprint with sample entities, which are built on demand.
#[derive(Debug)]
struct Known<'a> {
    blueprint: &'a Blueprint,
    entities: OnceLock<Entities>,
}

/// Sample entities of a blueprint.
#[derive(Clone, Debug)]
pub(super) struct Entities {
    /// An entity with everything that the blueprint declares.
    pub(super) whole: Value,
    /// An entity with only what the blueprint requires.
    pub(super) least: Value,
    /// Keys below them whose values are unknown.
    pub(super) unknown: Vec<String>,
}

impl<'a> FromIterator<&'a Blueprint> for Blueprints<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Blueprint>>(blueprints: I) -> Self {
        let known = |blueprint| Known { blueprint, entities: OnceLock::new() };
        Self(blueprints.into_iter().map(|blueprint| (blueprint.identifier.as_str(), known(blueprint))).collect())
    }
}

impl Blueprints<'_> {
    /// Returns sample entities of a blueprint. For one that is not in the catalogue, all properties are unknown.
    pub(super) fn entities(&self, name: &str) -> Cow<'_, Entities> {
        if let Some(known) = self.0.get(name) {
            return Cow::Borrowed(known.entities.get_or_init(|| Entities::new(known.blueprint)));
        }
        let bare = entity(name, false, &Map::new(), &Map::new());
        let unknown = ["properties", "relations", "team", "icon"].map(str::to_owned).into();
        Cow::Owned(Entities { whole: bare.clone(), least: bare, unknown })
    }
}

impl Entities {
    fn new(blueprint: &Blueprint) -> Self {
        let computed = ["mirrorProperties", "aggregationProperties", "calculationProperties"]
            .into_iter()
            .filter_map(|group| blueprint.document.get(group)?.as_object());
        let mut unknown: Vec<String> = computed.flat_map(Map::keys).cloned().collect();
        let (mut properties, mut needed) = (Map::new(), Map::new());
        for property in &blueprint.properties {
            let rules = blueprint.property_document(&property.key).unwrap_or(&Value::Null);
            let Some(ordinary) = values(rules, property.value_type, &Blueprints::default()).into_iter().next() else {
                continue;
            };
            if ordinary.weight == Weight::Unknown {
                unknown.push(property.key.clone());
            }
            let value = ordinary.value.unwrap_or_default();
            if blueprint.required.contains(&property.key) {
                needed.insert(property.key.clone(), value.clone());
            }
            properties.insert(property.key.clone(), value);
        }
        let related = |whole: bool| -> Map<String, Value> {
            let relation = |relation: &Relation| {
                let value = match (relation.many, whole || relation.required) {
                    (false, true) => json!("sample"),
                    (false, false) => Value::Null,
                    (true, true) => json!(["sample"]),
                    (true, false) => json!([]),
                };
                (relation.key.clone(), value)
            };
            blueprint.relations.iter().map(relation).collect()
        };
        let name = &blueprint.identifier;
        Self {
            whole: entity(name, true, &properties, &related(true)),
            least: entity(name, false, &needed, &related(false)),
            unknown,
        }
    }
}

/// Builds an entity of the blueprint `name` as messages contain it.
fn entity(name: &str, whole: bool, properties: &Map<String, Value>, relations: &Map<String, Value>) -> Value {
    json!({
        "identifier": "sample",
        "title": "Sample",
        "icon": if whole { json!("Server") } else { Value::Null },
        "blueprint": name,
        "team": if whole { json!(["Platform"]) } else { json!([]) },
        "properties": properties,
        "relations": relations,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "createdBy": "auth0|sample",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "updatedBy": "auth0|sample",
    })
}
