//! The result of a build, before it is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use documents::entry::Entry;
use documents::{Catalog, FileId, Sources, parallel};
use model::plan::Document;
use serde::Deserialize as _;
use serde_json::Value;

use crate::config::{Architecture, Runtime};
use crate::output::{Output, PLAN, PORT, TEMPLATE};
use crate::plan::filter::Exactness;
use crate::schema;
use crate::template::emit;

/// Everything that `synth build` makes from its input.
#[derive(Debug)]
pub struct Build {
    /// The template, with overrides applied.
    pub template: Value,
    /// The plan that the function follows.
    pub plan: Document,
    /// Where the function comes from.
    pub runtime: Runtime,
    /// What Port should have, by input file.
    pub published: Vec<PublishedFile>,
    /// How exact the event filter is.
    pub filter: Exactness,
    pub(crate) texts: Texts,
}

/// What Port should have of one input file. An array stays an array; an answer of Port's API becomes its content.
#[derive(Debug)]
pub struct PublishedFile {
    /// Its path below `out/port/`, which mirrors the one of the input file.
    pub name: PathBuf,
    /// Its blueprints with their actions.
    entries: Vec<Arc<Entry>>,
    list: bool,
}

impl PublishedFile {
    /// Returns the files of a catalogue. Those without a blueprint are left out.
    pub(crate) fn all(catalog: &Catalog, sources: &Sources) -> Vec<Self> {
        let inputs: BTreeSet<&Path> = sources.iter().map(|(_, source)| source.name.as_path()).collect();
        let published = |(file, list, entries): (FileId, bool, Vec<Arc<Entry>>)| {
            let written = &sources.get(file)?.name;
            let name = written.with_extension("json");
            // `vm.jsonc` is published as `vm.json`, unless there is an input file of that name too.
            let taken = name != *written && inputs.contains(name.as_path());
            let name = if taken { written.with_added_extension("json") } else { name };
            (!entries.is_empty()).then_some(Self { name, entries, list })
        };
        catalog.files().filter_map(published).collect()
    }

    /// Returns the file's text.
    ///
    /// # Errors
    /// Never for JSON that was read, although the serializer's signature allows it.
    pub fn text(&self) -> serde_json::Result<String> {
        match self.entries.as_slice() {
            [only] if !self.list => Ok(only.published()?.to_owned()),
            entries => Entry::published_list(entries.iter().map(|entry| &**entry)),
        }
    }

    /// Returns the file's JSON.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn document(&self) -> serde_json::Result<Value> {
        match self.entries.as_slice() {
            [only] if !self.list => only.document(),
            entries => entries.iter().map(|entry| entry.document()).collect(),
        }
    }
}

/// Texts that already exist, because their size is checked.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) template: String,
    pub(crate) plan: String,
}

impl Build {
    /// Returns the template as it is deployed.
    pub fn template_yaml(&self) -> &str {
        &self.texts.template
    }

    /// Returns the architecture of the function in the template, which an override may have changed.
    pub fn architecture(&self) -> Architecture {
        let named = self.template.pointer("/Resources/Runner/Properties/Architectures/0");
        // Lambda's default is x86_64.
        named.and_then(|name| Architecture::deserialize(name).ok()).unwrap_or(Architecture::X86_64)
    }

    /// Returns the template as JSON, for tools.
    pub fn template_json(&self) -> String {
        emit::json(&self.template)
    }

    /// Returns each blueprint as Port gets it, with its actions, in the order of the files.
    ///
    /// # Errors
    /// Never for JSON that was read, although the serializer's signature allows it.
    pub fn port_documents(&self) -> serde_json::Result<Vec<(Value, Vec<Value>)>> {
        let mut all = Vec::new();
        for file in &self.published {
            let entries = match file.document()? {
                Value::Array(entries) => entries,
                only => vec![only],
            };
            all.extend(entries.into_iter().map(|mut entry| {
                let actions = match entry["actions"].take() {
                    Value::Array(actions) => actions,
                    _ => Vec::new(),
                };
                (entry["blueprint"].take(), actions)
            }));
        }
        Ok(all)
    }

    /// Returns `plan.json`.
    pub fn plan_json(&self) -> &str {
        &self.texts.plan
    }

    /// Returns every file of the output folder, but for the package.
    ///
    /// # Errors
    /// Never for JSON that was read, although the serializer's signature allows it.
    pub fn files(&self) -> anyhow::Result<Output> {
        let mut output = Output::default();
        output.0.insert(PathBuf::from(TEMPLATE), self.texts.template.clone());
        output.0.insert(PathBuf::from(PLAN), self.texts.plan.clone());
        let documents = parallel::map(&self.published, |file| {
            Ok::<_, serde_json::Error>((Path::new(PORT).join(&file.name), file.text()?))
        });
        for document in documents {
            output.0.extend([document?]);
        }
        output.0.extend(schema::files()?);
        Ok(output)
    }
}
