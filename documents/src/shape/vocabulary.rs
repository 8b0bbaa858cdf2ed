//! Words that people write in documents and that the grammar does not have.

/// Words that other tools use, and Port's word for the same.
pub(super) const SYNONYMS: [(&str, &str); 8] = [
    ("integer", "number"),
    ("float", "number"),
    ("bool", "boolean"),
    ("text", "string"),
    ("enum", "string"),
    ("list", "array"),
    ("date", "date-time"),
    ("UPDATE", "DAY-2"),
];

/// Keywords of JSON Schema that properties and inputs may have, but that mean nothing to Port.
pub(super) const KEYWORDS: [&str; 21] = [
    "$comment",
    "$id",
    "$ref",
    "$schema",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "definitions",
    "dependencies",
    "deprecated",
    "else",
    "examples",
    "if",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "oneOf",
    "propertyNames",
    "then",
];
