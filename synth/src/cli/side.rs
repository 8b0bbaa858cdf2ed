//! What is compared and drawn: what the input makes, what a revision of git has, or what a folder holds.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use model::plan::Document;
use review::Side;
use review::template::yaml;
use serde_json::Value;
use synth::Build;
use synth::output::{PLAN, PORT, TEMPLATE};

use super::git::Revision;

/// The side that was made in memory.
pub(super) fn from_build(name: String, build: Build) -> anyhow::Result<Side> {
    let documents = build.published.iter().map(|(name, entry)| Ok((file_name(name), entry.document()?)));
    let port = Some(documents.collect::<serde_json::Result<_>>()?);
    Ok(Side { name, template: build.template, plan: Some(build.plan), port })
}

/// What the output folder holds in a revision. Where it holds nothing yet, everything is new.
pub(super) fn at_revision(revision: &Revision, out: &Path, err: &mut dyn Write) -> anyhow::Result<Side> {
    let template = out.join(TEMPLATE);
    let Some(text) = revision.read(&template)? else {
        writeln!(err, "note: `{}` is not in {}: everything is new", template.display(), revision.name)?;
        return Ok(Side { name: revision.name.clone(), ..Side::default() });
    };
    let side = Side { name: revision.name.clone(), template: parsed(revision, &template, &text)?, ..Side::default() };
    beside(side, revision, out)
}

/// A template, or a folder with one and what belongs to it.
pub(super) fn at_path(path: &Path) -> anyhow::Result<Side> {
    let name = format!("`{}`", path.display());
    if !path.is_dir() {
        return Ok(Side { template: parsed(&Disk, path, &read(path)?)?, name, ..Side::default() });
    }
    let known = [TEMPLATE, "template.yml", "template.json"];
    let Some(template) = known.iter().map(|name| path.join(name)).find(|path| path.is_file()) else {
        bail!("{name} holds no `{TEMPLATE}`; say which file is the template");
    };
    let side = Side { name, template: parsed(&Disk, &template, &read(&template)?)?, ..Side::default() };
    beside(side, &Disk, path)
}

/// Where the files of a side are.
trait Place {
    /// What a file is called in a message.
    fn describe(&self, path: &Path) -> String;
    /// A file's text, if it is there.
    fn text(&self, path: &Path) -> anyhow::Result<Option<String>>;
    /// Every `*.json` directly in a folder, if that is there.
    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>>;
}

/// The disk as it is now.
struct Disk;

impl Place for Disk {
    fn describe(&self, path: &Path) -> String {
        format!("`{}`", path.display())
    }

    fn text(&self, path: &Path) -> anyhow::Result<Option<String>> {
        path.is_file().then(|| read(path)).transpose()
    }

    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let list = || {
            let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
            entries.collect::<io::Result<Vec<PathBuf>>>()
        };
        if !folder.is_dir() {
            return Ok(None);
        }
        let mut paths = list().with_context(|| format!("cannot read `{}`", folder.display()))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        Ok(Some(paths))
    }
}

impl Place for Revision {
    fn describe(&self, path: &Path) -> String {
        format!("`{}` of {}", path.display(), self.name)
    }

    fn text(&self, path: &Path) -> anyhow::Result<Option<String>> {
        self.read(path)
    }

    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        self.files(folder)
    }
}

/// Adds the plan and the documents for Port that are beside the template in `folder`.
fn beside(side: Side, place: &dyn Place, folder: &Path) -> anyhow::Result<Side> {
    let parse = |path: &Path, text: &str| -> anyhow::Result<Value> {
        serde_json::from_str(text).with_context(|| format!("{} is no JSON", place.describe(path)))
    };
    let plan = folder.join(PLAN);
    let plan = place
        .text(&plan)?
        .map(|text| {
            Document::from_older_json(&text)
                .with_context(|| format!("{} cannot be read as a plan", place.describe(&plan)))
        })
        .transpose()?;
    let Some(paths) = place.json_files(&folder.join(PORT))? else { return Ok(Side { plan, ..side }) };
    let mut port = BTreeMap::new();
    for path in paths {
        if let Some(text) = place.text(&path)? {
            port.insert(file_name(&path), parse(&path, &text)?);
        }
    }
    Ok(Side { plan, port: Some(port), ..side })
}

fn parsed(place: &dyn Place, path: &Path, text: &str) -> anyhow::Result<Value> {
    let template = yaml::read(text).with_context(|| format!("{} is no template", place.describe(path)))?;
    if !template.get("Resources").is_some_and(Value::is_object) {
        bail!("{} is no template: it has no `Resources`", place.describe(path));
    }
    Ok(template)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
