//! A template as what it deploys: resources in their one form, SAM's among them, and the sections beside them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{normal, sam};
use crate::template::node::{Node, Target};
use crate::template::replacement::{self, Facts};

/// A template.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// By logical id.
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Everything but resources: section, then key. A section that is no object has one key, the empty one.
    pub(crate) sections: BTreeMap<String, BTreeMap<String, Node>>,
}

/// A resource.
#[derive(Debug)]
pub(crate) struct Resource {
    /// Its type.
    pub(crate) kind: String,
    /// What SAM makes it of.
    pub(crate) of: Option<String>,
    /// Its attributes, such as `Properties` and `DeletionPolicy`.
    pub(crate) attributes: BTreeMap<String, Node>,
    /// Its properties as they are written.
    pub(crate) written: Map<String, Value>,
}

impl Stack {
    /// What a template deploys.
    pub(crate) fn of(template: &Value) -> Self {
        let mut stack = Self::default();
        for made in sam::resources(template) {
            stack.resources.insert(made.id, Resource::of(made.of, &made.resource));
        }
        for (section, value) in template.as_object().into_iter().flatten() {
            // Resources are told above, and what `Globals` say is told where it holds.
            if section == "Resources" || section == "Globals" {
                continue;
            }
            let entries = match value {
                Value::Object(entries) => entries
                    .iter()
                    .map(|(key, value)| (key.clone(), normal::node(value, key, &Facts::default())))
                    .collect(),
                other => BTreeMap::from([(String::new(), normal::plain(other))]),
            };
            stack.sections.insert(section.clone(), entries);
        }
        stack
    }

    /// Adds the conditions that depend on any of these, directly or through others.
    pub(crate) fn spread<'a>(&'a self, targets: &mut BTreeSet<Target<'a>>) {
        loop {
            let before = targets.len();
            for (name, condition) in self.sections.get("Conditions").into_iter().flatten() {
                let mut of_it = BTreeSet::new();
                condition.targets(&mut of_it);
                if !of_it.is_disjoint(targets) {
                    targets.insert(Target::Condition(name));
                }
            }
            if targets.len() == before {
                return;
            }
        }
    }

    /// An entry of a section.
    pub(crate) fn entry(&self, section: &str, name: &str) -> Option<&Node> {
        self.sections.get(section)?.get(name)
    }
}

impl Resource {
    fn of(of: Option<String>, resource: &Map<String, Value>) -> Self {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let none = Facts::default();
        let facts = replacement::facts(&kind).unwrap_or(&none);
        let mut attributes: BTreeMap<String, Node> = resource
            .iter()
            .filter(|(key, _)| *key != "Type")
            .map(|(key, value)| {
                let facts = if key == "Properties" { facts } else { &none };
                (key.clone(), normal::node(value, key, facts))
            })
            .collect();
        attributes.entry("Properties".to_owned()).or_insert_with(|| Node::Map(BTreeMap::new()));
        let written = match resource.get("Properties") {
            Some(Value::Object(properties)) => properties.clone(),
            _ => Map::new(),
        };
        Self { kind, of, attributes, written }
    }

    /// The value of a property.
    pub(crate) fn property(&self, path: &[&str]) -> Option<&Node> {
        self.attributes.get("Properties")?.at(path)
    }

    /// An attribute that is a word, such as `DeletionPolicy`.
    pub(crate) fn word(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute)? {
            Node::Text(word) => Some(word),
            _ => None,
        }
    }

    /// What its attributes depend on; the condition under which it is there among it.
    pub(crate) fn targets(&self) -> BTreeSet<Target<'_>> {
        let mut found = BTreeSet::new();
        for (name, value) in &self.attributes {
            if name != "DependsOn" && name != "Metadata" {
                value.targets(&mut found);
            }
        }
        found.extend(self.word("Condition").map(Target::Condition));
        found
    }
}
