//! A blueprint, as far as writing entities of it needs.

use serde_json::Value;

/// The JSON types of properties and inputs (API reference, "Create a blueprint", `schema.properties.*.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// Text.
    String,
    /// Whole or not.
    Number,
    /// True or false.
    Boolean,
    /// Any object.
    Object,
    /// Any list.
    Array,
}

impl ValueType {
    /// All of them, in Port's order.
    pub const ALL: [Self; 5] = [Self::String, Self::Number, Self::Boolean, Self::Object, Self::Array];

    /// As Port writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    /// With its article, for a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Object => "an object",
            Self::Array => "an array",
        }
    }

    /// The type that Port writes as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The type of a JSON value; null has none.
    pub fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::String(_) => Self::String,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Boolean,
            Value::Object(_) => Self::Object,
            Value::Array(_) => Self::Array,
        })
    }
}

/// A blueprint.
#[derive(Clone, Debug, PartialEq)]
pub struct Blueprint {
    /// Unique in the organisation.
    pub identifier: String,
    /// In the order of the document.
    pub properties: Vec<Property>,
    /// Keys of properties that every entity must have.
    pub required: Vec<String>,
    /// In the order of the document.
    pub relations: Vec<Relation>,
    /// The whole, as Port should hold it.
    pub document: Value,
}

/// A property of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its key in `schema.properties`.
    pub key: String,
    /// What it holds.
    pub value_type: ValueType,
}

/// A relation of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its key in `relations`.
    pub key: String,
    /// The blueprint that it points at.
    pub target: String,
    /// Every entity must have it.
    pub required: bool,
    /// It holds a list of identifiers.
    pub many: bool,
}

impl Blueprint {
    /// The property of a key.
    pub fn property(&self, key: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.key == key)
    }

    /// A property as the blueprint has it, with its constraints.
    pub fn property_document(&self, key: &str) -> Option<&Value> {
        self.document.get("schema")?.get("properties")?.get(key)
    }

    /// The relation of a key.
    pub fn relation(&self, key: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.key == key)
    }
}
