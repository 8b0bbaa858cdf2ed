//! Expands SAM resources into the resources that CloudFormation deploys.
//!
//! A reviewer needs to know what happens to those, and CloudFormation's schemas describe their properties. Generated
//! resources have the logical ids that SAM gives them, except those that end with a hash. A SAM resource itself keeps its
//! properties, apart from those that became a generated resource: nothing that a template says is lost.
//!
//! ```text
//! globals ─► function, state_machine ─► role; mapping and push for events ─┐
//!        └─► api, layer                                                     ├─► Generated
//! Connectors, AWS::Serverless::Connector ─► connector ─────────────────────┘
//! ```
//!
//! The source for every rule is SAM's own translator (`aws-sam-translator`).

mod api;
mod connector;
mod destination;
mod function;
mod globals;
mod mapping;
mod policy;
mod push;
mod role;
mod state_machine;

use serde_json::{Map, Value, json};

use super::foreach;
use super::limit::{self, Budget, Excess, MOST_RESOURCES, Size};

/// A resource after SAM's transform.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transformed {
    /// Its logical id.
    pub(super) id: String,
    /// The resource that SAM generates it from; `None` for a resource of the template itself.
    pub(super) generated_by: Option<String>,
    /// `Type`, `Properties` and other attributes.
    pub(super) resource: Map<String, Value>,
}

/// Returns every resource of a template after SAM's transform, those of the template itself first.
///
/// # Errors
/// If it is larger than what can be compared; see [`Excess`].
pub(super) fn resources(template: &Value) -> Result<Vec<Transformed>, Excess> {
    let resources = template.get("Resources").and_then(Value::as_object);
    let resources = resources.map(foreach::expanded).transpose()?.unwrap_or_default();
    let resources = &*resources;
    limit::check(template, resources)?;
    let budget = Budget::of_size();
    let mut own = Vec::new();
    let mut generated = Vec::new();
    let mut apis = api::Implicit::default();
    for (id, resource) in resources {
        let Value::Object(resource) = resource else {
            own.push(unknown(id, resource));
            continue;
        };
        let Some(kind) = resource.get("Type").and_then(Value::as_str) else {
            own.push(if id.starts_with("Fn::") {
                unknown(id, &Value::Object(resource.clone()))
            } else {
                Transformed { id: id.clone(), generated_by: None, resource: resource.clone() }
            });
            continue;
        };
        let mut resource = resource.clone();
        if let Some(properties) = globals::applied(template, kind, &resource) {
            resource.insert("Properties".to_owned(), Value::Object(properties));
        }
        let mut made = Generated { of: id, passed_on: passed_on(&resource), found: &mut generated, budget: &budget };
        match kind {
            "AWS::Serverless::Function" => function::expand(template, resources, &mut resource, &mut made, &mut apis),
            "AWS::Serverless::StateMachine" => state_machine::expand(&mut resource, &mut made, &mut apis),
            "AWS::Serverless::Api" => api::rest(&mut resource, &mut made),
            "AWS::Serverless::HttpApi" => api::http(&resource, &mut made),
            "AWS::Serverless::LayerVersion" => layer(&mut resource),
            "AWS::Serverless::Connector" => connector::expand(resources, &resource, &mut made),
            _ => {}
        }
        connector::embedded(resources, id, &resource, &mut made);
        made.check()?;
        own.push(Transformed { id: id.clone(), generated_by: None, resource });
    }
    apis.expand(template, resources, &mut generated, &budget)?;
    own.extend(generated);
    Ok(own)
}

/// The resources that SAM generates from one of the template's.
struct Generated<'a> {
    /// The logical id of that one.
    of: &'a str,
    /// The attributes that it passes on.
    passed_on: Map<String, Value>,
    found: &'a mut Vec<Transformed>,
    /// What all of them together may become.
    budget: &'a Budget,
}

impl Generated<'_> {
    /// Checks the bounds.
    ///
    /// # Errors
    /// See [`Excess`].
    fn check(&self) -> Result<(), Excess> {
        if self.found.len() > MOST_RESOURCES {
            return Err(Excess::Resources);
        }
        self.budget.check()
    }

    /// Adds a generated resource.
    fn add(&mut self, id: String, kind: &str, properties: Value) {
        let mut resource = Map::from_iter([("Type".to_owned(), json!(kind)), ("Properties".to_owned(), properties)]);
        let passed_on = self.passed_on.values().map(Size::of_value).fold(Size::default(), |all, size| all + size);
        // What is refused in the end need not be generated.
        let size = resource.values().map(Size::of_value).fold(passed_on, |all, size| all + size);
        if !self.budget.spend(size) || self.found.len() > MOST_RESOURCES {
            return;
        }
        resource.extend(self.passed_on.clone());
        self.found.push(Transformed { id, generated_by: Some(self.of.to_owned()), resource });
    }
}

/// Returns the attributes of a resource that SAM passes on to everything that it generates from it.
fn passed_on(resource: &Map<String, Value>) -> Map<String, Value> {
    let attributes = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];
    let given = attributes.iter().filter_map(|key| Some(((*key).to_owned(), resource.get(*key)?.clone())));
    given.collect()
}

/// The property that holds all of what is in place of a resource.
pub(crate) const AS_WRITTEN: &str = "";

/// Wraps what is in place of a resource: an intrinsic, such as `Fn::Transform`, or what is not an object. What an
/// intrinsic generates is known only at deployment, so it is compared as written.
fn unknown(id: &str, value: &Value) -> Transformed {
    let kind =
        if id.starts_with("Fn::") { id.splitn(3, "::").take(2).collect::<Vec<_>>().join("::") } else { String::new() };
    let resource = [("Type".to_owned(), json!(kind)), ("Properties".to_owned(), json!({ AS_WRITTEN: value }))];
    Transformed { id: id.to_owned(), generated_by: None, resource: Map::from_iter(resource) }
}

/// Keeps the old versions of a layer, as SAM does unless `RetentionPolicy` says otherwise.
fn layer(resource: &mut Map<String, Value>) {
    let word = |value: &Value| value.as_str().map(str::to_lowercase);
    let policy = resource.get("Properties").and_then(|properties| properties.get("RetentionPolicy"));
    let policy = match policy.and_then(word).as_deref() {
        Some("delete") => json!("Delete"),
        Some(_) => json!("Retain"),
        None => resource.get("DeletionPolicy").cloned().unwrap_or_else(|| json!("Retain")),
    };
    for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
        resource.insert(attribute.to_owned(), policy.clone());
    }
}

/// Returns the properties of a resource; none if they are not an object.
fn properties(resource: &Map<String, Value>) -> Map<String, Value> {
    resource.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Takes the events that can be read out of a resource's properties: their names, types and properties.
fn events(properties: &mut Map<String, Value>) -> Vec<(String, String, Map<String, Value>)> {
    let mut found = Vec::new();
    let Some(Value::Object(events)) = properties.get_mut("Events").filter(|events| **events != json!({})) else {
        return found;
    };
    events.retain(|name, event| {
        let known = event.as_object().filter(|event| event.keys().all(|key| key == "Type" || key == "Properties"));
        let kind = known.and_then(|event| event.get("Type")).and_then(Value::as_str);
        match (kind, event.get("Properties")) {
            (Some(kind), None) => found.push((name.clone(), kind.to_owned(), Map::new())),
            (Some(kind), Some(Value::Object(properties))) => {
                found.push((name.clone(), kind.to_owned(), properties.clone()));
            }
            _ => return true,
        }
        false
    });
    if events.is_empty() {
        properties.shift_remove("Events");
    }
    found
}

/// Removes a key from a map and keeps the order of the rest.
fn take(map: &mut Map<String, Value>, key: &str) -> Option<Value> {
    map.shift_remove(key)
}

/// Sets a key that SAM sets. A value that the template has there although SAM knows no such key stays visible beside it.
fn set(map: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some(written) = map.insert(key.to_owned(), value) {
        map.insert(format!("{key} as written"), written);
    }
}

/// Moves these keys of one map into another, if they are there.
fn move_keys(from: &mut Map<String, Value>, to: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if let Some(value) = take(from, key) {
            to.insert((*key).to_owned(), value);
        }
    }
}

/// Gives a key of a map another name, if it is there.
fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if !map.contains_key(to)
        && let Some(value) = take(map, from)
    {
        map.insert(to.to_owned(), value);
    }
}

/// Returns the letters and digits of a word that becomes part of a logical id.
fn alphanumeric(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Returns a reference to the ARN of a resource of this template.
fn arn(id: &str) -> Value {
    json!({"Fn::GetAtt": [id, "Arn"]})
}

/// Returns the logical id to which `Ref` or `Fn::GetAtt` refers.
fn referred(value: &Value) -> Option<&str> {
    if let Some(id) = value.get("Ref") {
        return id.as_str();
    }
    match value.get("Fn::GetAtt")? {
        Value::String(path) => path.split('.').next(),
        path => path.get(0)?.as_str(),
    }
}
