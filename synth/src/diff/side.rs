//! One side of a comparison: a template, and the plan and the documents for Port that lie beside it, if any.

use std::collections::BTreeMap;

use serde_json::Value;

use super::yaml::{self, YamlError};

/// Names of a template in a folder, the first that is there counts.
pub const TEMPLATES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];
/// The plan in a folder.
pub const PLAN: &str = "runner/plan.json";
/// The folder of Port's documents in a folder.
pub const PORT: &str = "port/";

/// One side.
#[derive(Clone, Debug)]
pub struct Side {
    name: String,
    template: Value,
    plan: Option<Value>,
    documents: Option<Vec<Value>>,
    notes: Vec<String>,
}

/// Why a side cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// None of [`TEMPLATES`] is among its files.
    #[error("no `template.yaml` in {0}")]
    NoTemplate(String),
    /// Its template cannot be read.
    #[error("the template of {side} cannot be read")]
    Yaml {
        /// Which side.
        side: String,
        /// Where and why.
        source: YamlError,
    },
    /// It is YAML or JSON, and no template.
    #[error("the template of {0} has no `Resources`")]
    NoResources(String),
}

impl Side {
    /// Reads the files of an output folder, by their path below it; those that are no part of a side are left alone.
    ///
    /// # Errors
    /// When there is no template that can be read. A plan or a document that cannot be read is a note.
    pub fn read(name: &str, files: &BTreeMap<String, String>) -> Result<Self, SideError> {
        let text = TEMPLATES.iter().find_map(|path| files.get(*path));
        let text = text.ok_or_else(|| SideError::NoTemplate(name.to_owned()))?;
        let template = yaml::read(text).map_err(|source| SideError::Yaml { side: name.to_owned(), source })?;
        if !template.get("Resources").is_some_and(Value::is_object) {
            return Err(SideError::NoResources(name.to_owned()));
        }
        let mut side = Self { name: name.to_owned(), template, plan: None, documents: None, notes: Vec::new() };
        side.plan = files.get(PLAN).and_then(|text| side.json(PLAN, text));
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with(PORT) && path.ends_with(".json")) {
            let document = side.json(path, text);
            side.documents.get_or_insert_default().extend(document);
        }
        Ok(side)
    }

    /// The template alone.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of_template(name: &str, text: &str) -> Result<Self, SideError> {
        Self::read(name, &BTreeMap::from([("template.yaml".to_owned(), text.to_owned())]))
    }

    fn json(&mut self, path: &str, text: &str) -> Option<Value> {
        let value = serde_json::from_str(text);
        if let Err(error) = &value {
            self.notes.push(format!("`{path}` of {} is left out: {error}", self.name));
        }
        value.ok()
    }

    /// Where it is from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The template, with intrinsics in their long form.
    pub fn template(&self) -> &Value {
        &self.template
    }

    pub(crate) fn plan(&self) -> Option<&Value> {
        self.plan.as_ref()
    }

    /// Port's documents: `{"blueprint": …, "actions": […]}` each.
    pub(crate) fn documents(&self) -> &[Value] {
        self.documents.as_deref().unwrap_or_default()
    }

    pub(crate) fn has_documents(&self) -> bool {
        self.documents.is_some()
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }
}
