//! Descriptions of Port's API that calls and answers are checked against: our own `description.json`, with what these
//! tests need, and Port's `OpenAPI` document if `PORT_OPENAPI` names it.

#![allow(dead_code, reason = "every test program uses only the part that it needs")]
#![expect(clippy::unwrap_used, reason = "a description that cannot be read fails the test")]

pub(crate) mod reference;

use std::fs;

use jsonschema::{Draft, Validator};
use local::Call;
use serde_json::{Value, json};

/// An `OpenAPI` document.
pub(crate) struct Description(Value);

impl Description {
    /// Returns ours, and Port's if it is named.
    pub(crate) fn all() -> Vec<Self> {
        [Some(Self::ours()), Self::ports()].into_iter().flatten().collect()
    }

    pub(crate) fn ours() -> Self {
        Self::parse(include_bytes!("description.json"))
    }

    pub(crate) fn ports() -> Option<Self> {
        reference::path("PORT_OPENAPI").map(|path| Self::parse(&fs::read(path).unwrap()))
    }

    fn parse(text: &[u8]) -> Self {
        let mut document = serde_json::from_slice(text).unwrap();
        modern(&mut document);
        Self(document)
    }

    /// Returns every call: its method, the template of its path, and the call itself.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str, Operation<'_>)> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(template, calls)| {
            let calls = calls.as_object().into_iter().flatten();
            calls.map(move |(method, call)| (method.to_ascii_uppercase(), template.as_str(), Operation(call)))
        })
    }

    /// Returns the schema of what is posted to a path.
    pub(crate) fn posted(&self, path: &str) -> Validator {
        self.validator(&self.operation("POST", path).unwrap()["requestBody"]["content"]["application/json"]["schema"])
    }

    /// Returns everything in these calls that Port does not describe: paths, parameters, bodies.
    pub(crate) fn misfits(&self, calls: &[Call]) -> Vec<String> {
        calls
            .iter()
            .flat_map(|call| {
                let at = format!("{} {}", call.method, call.path);
                self.call(call).into_iter().map(move |misfit| format!("{at}: {misfit}"))
            })
            .collect()
    }

    /// Returns why an answer does not fit Port's description. Nothing is wrong with one that Port mentions but does not
    /// describe.
    pub(crate) fn answer(&self, method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else { return vec!["no such call".to_owned()] };
        let responses = &operation["responses"];
        match (&responses[status.to_string()], status) {
            // For calls about actions, only the refusals are described.
            (Value::Null, 200 | 201) if responses.get("200").or(responses.get("201")).is_none() => Vec::new(),
            (Value::Null, _) => vec![format!("status {status} is not described")],
            (response, _) => self.fit(&response["content"]["application/json"]["schema"], body),
        }
    }

    fn call(&self, call: &Call) -> Vec<String> {
        let Some(operation) = self.operation(&call.method, &call.path) else {
            return if self.is_known(call) { Vec::new() } else { vec!["no such call".to_owned()] };
        };
        let parameters: Vec<&Value> =
            operation["parameters"].as_array().into_iter().flatten().filter(|is| is["in"] == "query").collect();
        let mut misfits = Vec::new();
        for (name, value) in &call.query {
            match parameters.iter().find(|parameter| parameter["name"] == name.as_str()) {
                None => misfits.push(format!("parameter {name} is not described")),
                Some(parameter) => misfits.extend(
                    self.parameter(&parameter["schema"], value).into_iter().map(|why| format!("{name}: {why}")),
                ),
            }
        }
        let body = &operation["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        match &call.body {
            Some(_) if schema.is_null() => misfits.push("a body is not described".to_owned()),
            Some(value) => misfits.extend(self.fit(schema, value)),
            None if body["required"] == true => misfits.push("the body is missing".to_owned()),
            None => {}
        }
        misfits
    }

    /// Returns the call by its method and path; if several match, the one with the fewest placeholders.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let placeholders = |template: &str| template.matches('{').count();
        self.0["paths"]
            .as_object()?
            .iter()
            .filter(|(template, _)| is_of(template, path))
            .filter_map(|(template, calls)| Some((template, calls.get(method.to_ascii_lowercase())?)))
            .min_by_key(|(template, _)| placeholders(template))
            .map(|(_, operation)| operation)
    }

    /// Returns whether Port's own programs make this call although Port does not describe it.
    fn is_known(&self, call: &Call) -> bool {
        let known = self.0["x-undocumented"].as_array();
        known.into_iter().flatten().any(|known| {
            known["method"] == call.method.as_str()
                && known["path"].as_str().is_some_and(|template| is_of(template, &call.path))
        })
    }

    /// A parameter's value is text on the wire; a list is the parameter repeated.
    fn parameter(&self, schema: &Value, text: &str) -> Vec<String> {
        match schema["type"].as_str() {
            Some("array") => self.parameter(&schema["items"], text),
            Some("number" | "integer" | "boolean") => match serde_json::from_str(text) {
                Ok(value) => self.fit(schema, &value),
                Err(_) => vec![format!("{text} is not a {}", schema["type"])],
            },
            _ => self.fit(schema, &text.into()),
        }
    }

    fn fit(&self, schema: &Value, value: &Value) -> Vec<String> {
        self.validator(schema).iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect()
    }

    /// A missing schema accepts nothing.
    fn validator(&self, schema: &Value) -> Validator {
        let mut schema = if schema.is_object() { schema.clone() } else { json!(false) };
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("components".to_owned(), self.0["components"].clone());
        }
        jsonschema::options().with_draft(Draft::Draft202012).build(&schema).unwrap()
    }
}

/// A call of an `OpenAPI` document.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a>(&'a Value);

impl<'a> Operation<'a> {
    /// Returns the names of the query's parameters.
    pub(crate) fn queries(self) -> impl Iterator<Item = &'a str> {
        let parameters = self.0["parameters"].as_array().into_iter().flatten();
        parameters.filter(|parameter| parameter["in"] == "query").filter_map(|parameter| parameter["name"].as_str())
    }

    /// Returns whether the call takes a body.
    pub(crate) fn has_body(self) -> bool {
        self.0.get("requestBody").is_some()
    }

    /// Returns whether a status is described.
    pub(crate) fn describes(self, status: u16) -> bool {
        self.0["responses"].get(status.to_string()).is_some()
    }
}

/// Returns whether a path fits a template such as `/v1/blueprints/{identifier}`.
fn is_of(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(
            |(step, segment)| {
                if step.starts_with('{') { !segment.is_empty() } else { *step == segment }
            },
        )
}

/// Port writes `dependencies`, as in older drafts; in the draft that `OpenAPI` 3.1 uses it is `dependentRequired`.
fn modern(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(dependencies) = map.remove("dependencies") {
                map.insert("dependentRequired".to_owned(), dependencies);
            }
            map.values_mut().for_each(modern);
        }
        Value::Array(items) => items.iter_mut().for_each(modern),
        _ => {}
    }
}
