//! What a template deploys: resources in normal form, including those that SAM generates, and the other sections.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::limit::Excess;
use super::node::{Dependency, Node};
use super::schema::{self, ResourceSchema};
use super::{normal, sam};

/// A template in normal form.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    /// Resources by logical id.
    pub(crate) resources: BTreeMap<String, DeployedResource>,
    /// Everything except resources, by section and key. A section that is not an object has a single, empty key.
    pub(crate) sections: BTreeMap<String, BTreeMap<String, Node>>,
}

/// A resource as CloudFormation deploys it.
#[derive(Debug)]
pub(crate) struct DeployedResource {
    /// Its type, such as `AWS::SQS::Queue`.
    pub(crate) resource_type: String,
    /// The resource that SAM generates it from, if any.
    pub(crate) generated_by: Option<String>,
    /// Its attributes, such as `Properties` and `DeletionPolicy`.
    pub(crate) attributes: BTreeMap<String, Node>,
    /// Its properties as written in the template.
    pub(crate) written: Map<String, Value>,
}

impl Stack {
    /// Reads a template.
    ///
    /// # Errors
    /// If it is larger than what can be compared; see [`Excess`].
    pub(crate) fn from_template(template: &Value) -> Result<Self, Excess> {
        let mut stack = Self::default();
        for transformed in sam::resources(template)? {
            let resource = DeployedResource::new(transformed.generated_by, transformed.resource);
            // CDK's record of the libraries in use: AWS deploys nothing for it, and it changes with every version of CDK.
            if resource.resource_type == "AWS::CDK::Metadata" {
                continue;
            }
            let id = if stack.resources.contains_key(&transformed.id) {
                // SAM refuses such a template. Neither may hide the other.
                format!("{} again", transformed.id)
            } else {
                transformed.id
            };
            stack.resources.insert(id, resource);
        }
        for (section, value) in template.as_object().into_iter().flatten() {
            if section == "Resources" {
                continue;
            }
            let entries = match value {
                Value::Object(entries) => entries
                    .iter()
                    .map(|(key, value)| {
                        let is_known = ["Parameters", "Conditions", "Globals"].contains(&section.as_str());
                        (key.clone(), if is_known { normal::plain(value) } else { normal::foreign(value) })
                    })
                    .collect(),
                other => BTreeMap::from([(String::new(), normal::foreign(other))]),
            };
            stack.sections.insert(section.clone(), entries);
        }
        Ok(stack)
    }

    /// Returns the conditions by what they depend on.
    pub(crate) fn condition_users(&self) -> ConditionUsers<'_> {
        let mut users = ConditionUsers::default();
        for (name, condition) in self.sections.get("Conditions").into_iter().flatten() {
            let mut own = BTreeSet::new();
            condition.dependencies(&mut own);
            for dependency in own {
                users.0.entry(dependency).or_default().push(name);
            }
        }
        users
    }

    /// Returns an entry of a section.
    pub(crate) fn entry(&self, section: &str, name: &str) -> Option<&Node> {
        self.sections.get(section)?.get(name)
    }
}

/// Conditions by what they depend on.
#[derive(Debug, Default)]
pub(crate) struct ConditionUsers<'a>(BTreeMap<Dependency<'a>, Vec<&'a str>>);

impl<'a> ConditionUsers<'a> {
    /// Returns the conditions that depend directly on this.
    pub(crate) fn of<'b>(&'b self, dependency: Dependency<'b>) -> impl Iterator<Item = &'b str> + use<'a, 'b> {
        self.0.get(&dependency).into_iter().flatten().copied()
    }

    /// Adds the conditions that depend on any of these, directly or through other conditions.
    pub(crate) fn close_over(&self, dependencies: &mut BTreeSet<Dependency<'a>>) {
        let mut open: Vec<Dependency<'a>> = dependencies.iter().copied().collect();
        while let Some(dependency) = open.pop() {
            for user in self.0.get(&dependency).into_iter().flatten() {
                let user = Dependency::Condition(user);
                if dependencies.insert(user) {
                    open.push(user);
                }
            }
        }
    }
}

impl DeployedResource {
    fn new(generated_by: Option<String>, mut resource: Map<String, Value>) -> Self {
        let resource_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let schema = schema::of(&resource_type).unwrap_or_default();
        let mut attributes: BTreeMap<String, Node> = resource
            .iter()
            .filter(|(key, value)| *key != "Type" || !value.is_string())
            .map(|(key, value)| {
                let value = match key.as_str() {
                    "Properties" if resource_type.starts_with("AWS::") && !is_custom(&resource_type) => {
                        normal::node(value, key, schema)
                    }
                    "Properties" | "Metadata" => normal::foreign(value),
                    _ => normal::node(value, key, ResourceSchema::default()),
                };
                (key.clone(), value)
            })
            .collect();
        attributes.entry("Properties".to_owned()).or_insert_with(|| Node::Map(BTreeMap::new()));
        let written = match resource.get_mut("Properties") {
            Some(Value::Object(properties)) => std::mem::take(properties),
            _ => Map::new(),
        };
        Self { resource_type, generated_by, attributes, written }
    }

    /// Returns the properties by name.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (&str, &Node)> {
        let pairs = match self.attributes.get("Properties") {
            Some(Node::Map(pairs)) => Some(pairs),
            _ => None,
        };
        pairs.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the value of a property.
    pub(crate) fn property(&self, path: &[&str]) -> Option<&Node> {
        self.attributes.get("Properties")?.at(path)
    }

    /// Returns an attribute that is plain text, such as `DeletionPolicy`.
    pub(crate) fn word(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute)? {
            Node::Text(word) => Some(word),
            _ => None,
        }
    }

    /// Returns everything that the attributes depend on, including the resource's own condition.
    pub(crate) fn dependencies(&self) -> BTreeSet<Dependency<'_>> {
        let mut found = BTreeSet::new();
        for (name, value) in &self.attributes {
            if name != "DependsOn" && name != "Metadata" {
                value.dependencies(&mut found);
            }
        }
        found.extend(self.word("Condition").map(Dependency::Condition));
        found
    }
}

/// Whether a resource is custom: only its provider knows what its properties mean.
fn is_custom(resource_type: &str) -> bool {
    resource_type.starts_with("AWS::CloudFormation::CustomResource")
}
