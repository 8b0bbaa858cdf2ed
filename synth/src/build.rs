//! The result of a build, before it is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use documents::entry::Entry;
use documents::parallel;
use model::plan::Document;
use serde_json::Value;

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
    /// What Port should have, by the name of the input file.
    pub published: Vec<(PathBuf, Arc<Entry>)>,
    /// How exact the event filter is.
    pub filter: Exactness,
    pub(crate) texts: Texts,
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

    /// Returns the template as JSON, for tools.
    pub fn template_json(&self) -> String {
        emit::json(&self.template)
    }

    /// Returns `plan.json`.
    pub fn plan_json(&self) -> &str {
        &self.texts.plan
    }

    /// Returns every file of the output folder.
    ///
    /// # Errors
    /// Never for JSON that was read, although the serializer's signature allows it.
    pub fn files(&self) -> anyhow::Result<Output> {
        let mut output = Output::default();
        output.0.insert(PathBuf::from(TEMPLATE), self.texts.template.clone());
        output.0.insert(PathBuf::from(PLAN), self.texts.plan.clone());
        let documents = parallel::map(&self.published, |(name, entry)| {
            Ok::<_, serde_json::Error>((Path::new(PORT).join(name), entry.published()?.to_owned()))
        });
        for document in documents {
            output.0.extend([document?]);
        }
        output.0.extend(schema::files()?);
        Ok(output)
    }
}
