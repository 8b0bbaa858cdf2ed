//! The sides that are compared and drawn: a build of the input, a Git revision, or a folder.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use model::plan::Document;
use review::Side;
use review::template::yaml::{self, YamlError};
use serde_json::Value;
use synth::Build;
use synth::files;
use synth::output::{PACKAGED_PLAN, PLAN, PORT, TEMPLATE, json_files};

use super::git::Revision;

/// Converts a build in memory to a side.
pub(super) fn from_build(name: String, build: Build) -> anyhow::Result<Side> {
    let documents = build.published.iter().map(|file| Ok((below_port(&file.name), file.document()?)));
    let port = Some(documents.collect::<serde_json::Result<_>>()?);
    Ok(Side { name, template: build.template, plan: Some(build.plan), port, ..Side::default() })
}

/// Reads the output folder of a revision. Without a template there, everything is new.
pub(super) fn at_revision(revision: &Revision, out: &Path, err: &mut dyn Write) -> anyhow::Result<Side> {
    let template = out.join(TEMPLATE);
    let Some(text) = revision.read(&template)? else {
        writeln!(err, "note: `{}` is not in {}, so everything is new", template.display(), revision.name)?;
        return Ok(Side { name: revision.name.clone(), ..Side::default() });
    };
    with_outputs(parsed(revision, revision.name.clone(), &template, &text)?, revision, out)
}

/// Reads a template, or a folder with a template and its other output files.
pub(super) fn at_path(path: &Path) -> anyhow::Result<Side> {
    let name = format!("`{}`", path.display());
    if !path.is_dir() {
        return parsed(&Disk, name, path, &read(path)?);
    }
    let known = [TEMPLATE, "template.yml", "template.json"];
    let Some(template) = known.iter().map(|name| path.join(name)).find(|path| path.is_file()) else {
        bail!("{name} has no `{TEMPLATE}`; name the template file instead");
    };
    with_outputs(parsed(&Disk, name, &template, &read(&template)?)?, &Disk, path)
}

/// A place that has the files of a side.
trait Place {
    /// Returns the name of a file for messages.
    fn describe(&self, path: &Path) -> String;
    /// Reads a file, if it exists.
    fn text(&self, path: &Path) -> anyhow::Result<Option<String>>;
    /// Lists the `*.json` files in a folder and its subfolders, if it exists.
    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>>;
}

/// The working tree on disk.
struct Disk;

impl Place for Disk {
    fn describe(&self, path: &Path) -> String {
        format!("`{}`", path.display())
    }

    fn text(&self, path: &Path) -> anyhow::Result<Option<String>> {
        path.is_file().then(|| read(path)).transpose()
    }

    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        folder.is_dir().then(|| json_files(folder)).transpose()
    }
}

impl Place for Revision {
    fn describe(&self, path: &Path) -> String {
        format!("`{}` in {}", path.display(), self.name)
    }

    fn text(&self, path: &Path) -> anyhow::Result<Option<String>> {
        self.read(path)
    }

    fn json_files(&self, folder: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        self.files(folder)
    }
}

/// Adds the plan and Port's documents from the template's folder.
fn with_outputs(side: Side, place: &dyn Place, folder: &Path) -> anyhow::Result<Side> {
    let parse = |path: &Path, text: &str| -> anyhow::Result<Value> {
        serde_json::from_str(text).with_context(|| format!("{} is not valid JSON", place.describe(path)))
    };
    let mut plan = None;
    for path in [PLAN, PACKAGED_PLAN].map(|plan| folder.join(plan)) {
        if let Some(text) = place.text(&path)? {
            let read = Document::from_older_json(&text);
            plan = Some(read.with_context(|| format!("{} is not a valid plan", place.describe(&path)))?);
            break;
        }
    }
    let port_folder = folder.join(PORT);
    let Some(paths) = place.json_files(&port_folder)? else { return Ok(Side { plan, ..side }) };
    let mut port = BTreeMap::new();
    for path in paths {
        if let Some(text) = place.text(&path)? {
            port.insert(below_port(path.strip_prefix(&port_folder).unwrap_or(&path)), parse(&path, &text)?);
        }
    }
    Ok(Side { plan, port: Some(port), ..side })
}

/// Parses a template into a side with this name. One that is too large is not an error: its side says so.
fn parsed(place: &dyn Place, name: String, path: &Path, text: &str) -> anyhow::Result<Side> {
    let (template, notes) = match yaml::noted(text) {
        Err(YamlError::TooLarge(excess)) => return Ok(Side { name, excess: Some(excess), ..Side::default() }),
        read => read.with_context(|| format!("{} is not a template", place.describe(path)))?,
    };
    if !template.get("Resources").is_some_and(Value::is_object) {
        bail!("{} is not a template: it has no `Resources`", place.describe(path));
    }
    Ok(Side { name, template, notes, ..Side::default() })
}

fn read(path: &Path) -> anyhow::Result<String> {
    files::text(path)
}

/// Returns the name of a file below `port/`.
fn below_port(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
