//! The documents of a file in the catalogue, and what is published of them.

use std::sync::OnceLock;

use model::{Action, Blueprint};
use serde::Serialize;
use serde_json::Value;

use crate::document::DocumentKind;
use crate::generation::Generation;
use crate::sources::FileId;

/// A blueprint with its actions.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its file.
    pub file: FileId,
    /// The JSON Pointer to it in the file.
    pub pointer: String,
    /// Whether it is an input file or a blueprint without actions.
    pub kind: DocumentKind,
    /// The blueprint.
    pub blueprint: Blueprint,
    /// Its actions, and where each is written.
    pub actions: Vec<(Pointers, Action)>,
    /// The cache of [`Entry::published`].
    published: OnceLock<String>,
}

/// The places of an action in its file.
#[derive(Clone, Debug)]
pub struct Pointers {
    /// The JSON Pointer to it.
    pub action: String,
    /// The JSON Pointer to its inputs, whether or not it has any.
    pub inputs: String,
}

/// An action outside of a blueprint's `actions`. Without its blueprint it can be checked, but not synthesized.
#[derive(Debug)]
pub struct Alone {
    /// Its file.
    pub file: FileId,
    /// The JSON Pointer to it in the file.
    pub pointer: String,
    /// Its identifier, as written.
    pub identifier: String,
    /// The blueprint that it names, which is not in its file.
    pub blueprint: Option<String>,
}

/// `{"blueprint": …, "actions": […]}`: bodies for `POST /v1/blueprints` and `POST /v1/actions`.
#[derive(Debug, Serialize)]
struct Published<'a> {
    blueprint: &'a Value,
    actions: Vec<&'a Value>,
}

impl Pointers {
    pub(crate) fn new(action: String, generation: Generation) -> Self {
        Self { inputs: format!("{action}{}", generation.inputs()), action }
    }
}

impl Entry {
    pub(crate) fn new(
        (file, pointer): (FileId, String),
        kind: DocumentKind,
        blueprint: Blueprint,
        actions: Vec<(Pointers, Action)>,
    ) -> Self {
        Self { file, pointer, kind, blueprint, actions, published: OnceLock::new() }
    }

    /// Returns the JSON Pointers to actions that are beside the blueprint instead of in its `actions`.
    pub fn beside(&self) -> impl Iterator<Item = &str> {
        let within = format!("{}/actions/", self.pointer);
        let pointers = self.actions.iter().map(|(pointers, _)| pointers.action.as_str());
        pointers.filter(move |pointer| !pointer.starts_with(&within))
    }

    /// Returns the documents that are published to Port.
    ///
    /// # Errors
    /// Never for JSON that was read; only the serializer's type allows it.
    pub fn document(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self.publish())
    }

    /// Returns [`Self::document`] as text. The text is cached, so that a watched catalogue serializes only what changed.
    ///
    /// # Errors
    /// Same as [`Self::document`].
    pub fn published(&self) -> serde_json::Result<&str> {
        if let Some(text) = self.published.get() {
            return Ok(text);
        }
        let text = serde_json::to_string_pretty(&self.publish())? + "\n";
        Ok(self.published.get_or_init(|| text))
    }

    /// Returns the documents of several entries as the text of one list.
    ///
    /// # Errors
    /// Same as [`Self::document`].
    pub fn published_list<'a>(entries: impl Iterator<Item = &'a Self>) -> serde_json::Result<String> {
        let list: Vec<Published<'_>> = entries.map(Self::publish).collect();
        Ok(serde_json::to_string_pretty(&list)? + "\n")
    }

    fn publish(&self) -> Published<'_> {
        Published {
            blueprint: &self.blueprint.document,
            actions: self.actions.iter().map(|(_, action)| &action.document).collect(),
        }
    }
}
