//! `synth port import`: writes input files from what Port has.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueHint;
use documents::entry::Entry;
use documents::wording::{nearest, plural};
use documents::{FileId, Findings, Sources, style};
use serde_json::Value;
use synth::files::{self, Listing};
use synth::output;
use synth::sync::{PortState, written};

use super::access::Access;
use super::{held, word};
use crate::cli::Outcome;

/// Write input files from Port: one for each blueprint, with its actions
///
/// Leaves out keys that are null, and keys that only Port sets, such as `createdAt`. A blueprint that an input
/// file already has, alone or in an array, is not overwritten there without --force.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port import                            every blueprint
  synth port import --blueprint vm --blueprint zone")]
pub(super) struct Args {
    /// Import only this blueprint; may be repeated
    #[arg(long, value_name = "ID")]
    blueprint: Vec<String>,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(args: &Args, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let held = held(&args.access.session()?).await?;
    let known: Vec<&str> = held.blueprints.keys().map(String::as_str).collect();
    for name in &args.blueprint {
        if !held.blueprints.contains_key(name) {
            let meant = nearest(name, &known).map_or_else(String::new, |word| format!("; did you mean `{word}`?"));
            bail!("blueprint `{name}` is not in Port{meant}");
        }
    }
    let wanted = |name: &str| args.blueprint.is_empty() || args.blueprint.iter().any(|wanted| wanted == name);
    let (files, homeless) = files(&held);
    let mut folder = Folder::read(&args.blueprints);
    let mut names = BTreeSet::new();
    let (mut made, mut kept) = (0, 0);
    for (name, document) in &files {
        // Also for files that are not written, so that a blueprint's file name does not depend on --blueprint.
        let new = args.blueprints.join(file_name(name, &mut names));
        if !wanted(name) {
            continue;
        }
        let path = folder.place(name).unwrap_or_else(|| new.clone());
        let written = match folder.place(name) {
            None => output::create(&new, &(style::written(document, 0) + "\n"))?,
            Some(_) => false,
        };
        if written {
            made += 1;
        } else if args.force {
            folder.replace(name, &new, document)?;
            made += 1;
        } else {
            writeln!(err, "`{}` already exists and was not changed", path.display())?;
            kept += 1;
        }
    }
    let outcome = if kept > 0 { Outcome::Refused } else { Outcome::Done };
    if args.blueprint.is_empty() {
        for name in homeless {
            writeln!(err, "note: action `{name}` was left out: it does not belong to a blueprint")?;
        }
    }
    writeln!(err, "wrote {} to `{}`", plural(made, "file"), args.blueprints.display())?;
    if made > 0 {
        writeln!(err, "to see what the runner still needs, run\n  synth check")?;
    }
    if kept > 0 {
        writeln!(err, "  help: overwrite {} with --force", plural(kept, "existing file"))?;
    }
    Ok(outcome)
}

/// Returns an input file for each blueprint in Port, by its name.
pub(super) async fn all(access: &Access) -> anyhow::Result<BTreeMap<PathBuf, Value>> {
    let held = held(&access.session()?).await?;
    let mut names = BTreeSet::new();
    let file = |(name, document)| (PathBuf::from(file_name(name, &mut names)), document);
    Ok(files(&held).0.into_iter().map(file).collect())
}

/// The input files that there are.
struct Folder {
    sources: Sources,
    places: BTreeMap<String, Placed>,
}

/// Where a blueprint is.
#[derive(Clone)]
struct Placed {
    file: FileId,
    /// The JSON Pointer to it.
    pointer: String,
    /// The JSON Pointers to its actions that are beside it.
    beside: Vec<String>,
}

impl Folder {
    /// Reads a folder, which may be missing.
    fn read(folder: &Path) -> Self {
        Self::of(Sources::from(Listing::find(&[folder.to_owned()]).unwrap_or_default().read()))
    }

    fn of(sources: Sources) -> Self {
        let catalog = documents::load(&sources, &mut Findings::default());
        let place = |entry: &Entry| {
            let beside = entry.beside().map(str::to_owned).collect();
            (entry.blueprint.identifier.clone(), Placed { file: entry.file, pointer: entry.pointer.clone(), beside })
        };
        Self { places: catalog.entries().map(place).collect(), sources }
    }

    /// Returns the file that a blueprint is in.
    fn place(&self, name: &str) -> Option<PathBuf> {
        self.sources.get(self.places.get(name)?.file).map(|source| source.path.clone())
    }

    /// Writes a document where the blueprint is now, or to the `new` file. What else is in the file stays, apart from the
    /// blueprint's actions, which are in the document.
    fn replace(&mut self, name: &str, new: &Path, document: &Value) -> anyhow::Result<()> {
        let whole = style::written(document, 0) + "\n";
        let Some(Placed { file, pointer, beside }) = self.places.get(name).cloned() else {
            return output::put(new, &whole);
        };
        let Some(source) = self.sources.get_mut(file) else { return output::put(new, &whole) };
        if pointer.is_empty() {
            return output::put(&source.path, &whole);
        }
        source.text = style::replaced(&source.text, &pointer, document)
            .and_then(|text| style::without(&text, &beside))
            .with_context(|| format!("cannot find blueprint `{name}` in `{}`", source.path.display()))?;
        output::rewrite(source, &source.text)?;
        if !beside.is_empty() {
            // What came after the actions has moved.
            *self = Self::of(std::mem::take(&mut self.sources));
        }
        Ok(())
    }
}

/// Returns a document for each blueprint, and the actions that do not belong to one.
fn files(held: &PortState) -> (BTreeMap<&str, Value>, Vec<&str>) {
    let mut files: BTreeMap<&str, Value> =
        held.blueprints.iter().map(|(name, blueprint)| (name.as_str(), written(blueprint))).collect();
    let mut homeless = Vec::new();
    for (name, action) in &held.actions {
        let places = ["/trigger/blueprintIdentifier", "/trigger/event/blueprintIdentifier"];
        let blueprint =
            places.iter().map(|place| word(action, place)).find(|name| !name.is_empty()).unwrap_or_default();
        match files.get_mut(blueprint) {
            Some(Value::Object(file)) => {
                let actions = file.entry("actions").or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(actions) = actions {
                    actions.push(written(action));
                }
            }
            _ => homeless.push(name.as_str()),
        }
    }
    (files, homeless)
}

/// Returns a file name that no other blueprint has.
fn file_name(identifier: &str, taken: &mut BTreeSet<String>) -> String {
    let stem = files::stem(identifier);
    let mut name = format!("{stem}.json");
    let mut number = 2;
    // Some file systems ignore case.
    while !taken.insert(name.to_lowercase()) {
        name = format!("{stem}-{number}.json");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blueprint_has_a_file_of_its_own() {
        let mut taken = BTreeSet::new();
        let names = ["vm", "a/b:c", "a_b_c", "VM", "größe", "..", ".vm"].map(|name| file_name(name, &mut taken));
        assert_eq!(names, ["vm.json", "a_b_c.json", "a_b_c-2.json", "VM-2.json", "größe.json", "_..json", "_vm.json"]);
    }
}
