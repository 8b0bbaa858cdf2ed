//! A blueprint, as far as it is needed to write its entities.

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
    /// All types, in Port's order.
    pub const ALL: [Self; 5] = [Self::String, Self::Number, Self::Boolean, Self::Object, Self::Array];

    /// Returns its name in Port.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    /// Returns its name with an article, for a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Object => "an object",
            Self::Array => "an array",
        }
    }

    /// Returns the type with this name in Port.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns the type of a JSON value; null has none.
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
    /// The whole document, as Port should have it.
    pub document: Value,
}

/// A property of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its key in `schema.properties`.
    pub key: String,
    /// The type of its value.
    pub value_type: ValueType,
}

/// A relation of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its key in `relations`.
    pub key: String,
    /// The blueprint that it points at.
    pub target: String,
    /// Whether every entity must have it.
    pub required: bool,
    /// Whether it holds a list of identifiers.
    pub many: bool,
}

impl Blueprint {
    /// Returns the property with this key.
    pub fn property(&self, key: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.key == key)
    }

    /// Returns a property as the blueprint defines it, with its constraints.
    pub fn property_document(&self, key: &str) -> Option<&Value> {
        self.document.get("schema")?.get("properties")?.get(key)
    }

    /// Returns the relation with this key.
    pub fn relation(&self, key: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.key == key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_are_found_by_their_keys() {
        let property = |key: &str| Property { key: key.to_owned(), value_type: ValueType::String };
        let relation =
            |key: &str| Relation { key: key.to_owned(), target: "t".to_owned(), required: false, many: false };
        let blueprint = Blueprint {
            identifier: "vm".to_owned(),
            properties: vec![property("a"), property("b")],
            required: Vec::new(),
            relations: vec![relation("c"), relation("d")],
            document: json!({"schema": {"properties": {"a": {"type": "string"}, "b": {"type": "string", "maxLength": 2}}}}),
        };
        assert_eq!(blueprint.property("b"), blueprint.properties.last());
        assert_eq!(blueprint.relation("d"), blueprint.relations.last());
        assert_eq!(blueprint.property_document("b"), Some(&json!({"type": "string", "maxLength": 2})));
        let none = (blueprint.property("c"), blueprint.relation("a"), blueprint.property_document("c"));
        assert_eq!(none, (None, None, None));
    }
}
