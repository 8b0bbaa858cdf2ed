//! Compiles the JSON Schema of the grammar to shapes.
//!
//! Supports only the parts of JSON Schema that the grammar's types use.

use std::collections::BTreeMap;

use serde_json::Value;

use super::choice::{self, Choice};
use super::{Grammar, Id, Key, List, Number, Object, Rest, Rule, Shape, Text};
use crate::grammar::InputFile;
use crate::grammar::schema::annotated;

/// Compiles the grammar of input files and of actions in files of their own.
pub(super) fn grammar() -> Grammar {
    let schema = annotated::<InputFile>().to_value();
    let mut compiler = Compiler { root: &schema, named: BTreeMap::new(), shapes: Vec::new() };
    let file = compiler.schema(&schema);
    let action = compiler.reference("#/definitions/AnyAction");
    let shapes = compiler.choices();
    Grammar { shapes, file, action }
}

struct Compiler<'a> {
    root: &'a Value,
    /// Definitions that have a number, whether or not their shape is finished.
    named: BTreeMap<String, Id>,
    /// `None` while a shape is being compiled.
    shapes: Vec<Option<Shape>>,
}

impl<'a> Compiler<'a> {
    fn reserve(&mut self) -> Id {
        self.shapes.push(None);
        self.shapes.len() - 1
    }

    fn reference(&mut self, reference: &str) -> Id {
        if let Some(id) = self.named.get(reference) {
            return *id;
        }
        let id = self.reserve();
        self.named.insert(reference.to_owned(), id);
        let root: &'a Value = self.root;
        let shape = match reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
            Some(schema) => self.shape(schema),
            None => Shape::Any,
        };
        self.fill(id, shape);
        id
    }

    fn schema(&mut self, schema: &'a Value) -> Id {
        if let Some(reference) = refers(schema) {
            return self.reference(reference);
        }
        let id = self.reserve();
        let shape = self.shape(schema);
        self.fill(id, shape);
        id
    }

    fn fill(&mut self, id: Id, shape: Shape) {
        if let Some(slot) = self.shapes.get_mut(id) {
            *slot = Some(shape);
        }
    }

    fn shape(&mut self, schema: &'a Value) -> Shape {
        if let Some(reference) = refers(schema) {
            let branches = vec![self.reference(reference)];
            return Shape::Choice(Choice { branches, tags: Vec::new() });
        }
        if let Some(Value::Array(branches)) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
            if let Some(words) = branches.iter().map(word).collect::<Option<Vec<String>>>() {
                return Shape::Text(Text { words, ..Text::default() });
            }
            let branches = branches.iter().map(|branch| self.schema(branch)).collect();
            return Shape::Choice(Choice { branches, tags: Vec::new() });
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("null") => Shape::Null,
            Some("boolean") => Shape::Flag,
            Some(name @ ("number" | "integer")) => {
                let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
                Shape::Number(Number { least: bound("minimum"), most: bound("maximum"), whole: name == "integer" })
            }
            Some("string") => Shape::Text(text(schema)),
            Some("array") => Shape::List(List {
                items: match schema.get("items") {
                    Some(items) => self.schema(items),
                    None => self.any(),
                },
                least: count(schema, "minItems").unwrap_or(0),
                most: count(schema, "maxItems"),
            }),
            Some("object") => Shape::Object(self.object(schema)),
            _ => Shape::Any,
        }
    }

    fn any(&mut self) -> Id {
        let id = self.reserve();
        self.fill(id, Shape::Any);
        id
    }

    fn object(&mut self, schema: &'a Value) -> Object {
        let strings = |value: Option<&Value>| -> Vec<String> {
            let strings = value.and_then(Value::as_array).into_iter().flatten();
            strings.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let left_open = strings(schema.get("x-left-open"));
        let keys = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let keys = keys
            .map(|(key, schema)| {
                let key_shape = Key { shape: self.schema(schema), left_open: left_open.contains(key) };
                (key.clone(), key_shape)
            })
            .collect();
        let rest = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Rest::Closed,
            Some(value) => Rest::Named {
                names: schema.get("propertyNames").map(text).unwrap_or_default(),
                value: self.schema(value),
            },
            None => Rest::Open,
        };
        Object {
            keys,
            required: strings(schema.get("required")),
            rest,
            others: schema.get("x-others").and_then(Value::as_str).map(str::to_owned),
            json_schema: schema.get("x-json-schema").is_some(),
            exclusive: strings(schema.pointer("/not/required")),
        }
    }

    /// Returns the finished shapes. Replaces branches that are choices by their own branches, and finds the tags.
    fn choices(mut self) -> Vec<Shape> {
        for id in 0..self.shapes.len() {
            if let Some(Some(Shape::Choice(_))) = self.shapes.get(id) {
                let mut branches = Vec::new();
                self.flatten(id, &mut branches);
                self.fill(id, Shape::Choice(Choice { branches, tags: Vec::new() }));
            }
        }
        let tags: BTreeMap<Id, Vec<String>> = self
            .shapes
            .iter()
            .enumerate()
            .filter_map(|(id, shape)| match shape {
                Some(Shape::Choice(choice)) => Some((id, choice::tags(&self.shapes, &choice.branches))),
                _ => None,
            })
            .collect();
        for (id, found) in tags {
            if let Some(Some(Shape::Choice(choice))) = self.shapes.get_mut(id) {
                choice.tags = found;
            }
        }
        self.shapes.into_iter().map(|shape| shape.unwrap_or(Shape::Any)).collect()
    }

    fn flatten(&self, id: Id, into: &mut Vec<Id>) {
        match self.shapes.get(id) {
            Some(Some(Shape::Choice(choice))) => choice.branches.iter().for_each(|branch| self.flatten(*branch, into)),
            _ => into.push(id),
        }
    }
}

/// Returns the reference that a schema consists of. In draft 7 it is wrapped if the schema has other keys.
fn refers(schema: &Value) -> Option<&str> {
    let wrapped = schema.get("allOf").and_then(|all| all.get(0));
    wrapped.unwrap_or(schema).get("$ref")?.as_str()
}

fn word(schema: &Value) -> Option<String> {
    schema.get("const")?.as_str().map(str::to_owned)
}

fn text(schema: &Value) -> Text {
    let words: Vec<String> = match schema.get("enum").and_then(Value::as_array) {
        Some(words) => words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect(),
        None => word(schema).into_iter().collect(),
    };
    Text {
        words,
        rule: schema.get("x-rule").and_then(Value::as_str).and_then(Rule::parse),
        least: count(schema, "minLength").unwrap_or(0),
        most: count(schema, "maxLength"),
        jq: schema.get("x-jq").is_some(),
    }
}

fn count(schema: &Value, key: &str) -> Option<usize> {
    usize::try_from(schema.get(key)?.as_u64()?).ok()
}
