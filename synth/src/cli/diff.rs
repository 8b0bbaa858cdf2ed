//! `synth diff`: what a change does to a deployed stack.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use model::plan::Document;
use review::compare::report::ResourceEffect;
use review::template::yaml;
use review::{Report, Side, diff, write};
use serde_json::Value;
use synth::{Build, Output};

use super::Outcome;
use super::git::Revision;
use super::input::Input;

/// Say what a change does to a deployed stack: what is replaced, who may do more, what runs and people notice
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth diff                               what this branch changes
  synth diff v1.2.0                        since a tag, or any other revision
  synth diff old.yaml --head new.yaml      any two SAM or CloudFormation templates
  synth diff --format markdown             for a comment on a pull request
  synth diff --format html > diff.html     a page with pictures, to read before a review
  synth diff --fail-on replacement,deletion,widened-iam

Exit codes: 0 done, 1 --exit-code and something changes, or --fail-on and it happens, 2 synth itself failed.")]
pub(super) struct Args {
    /// A revision of git, a folder such as out/, or a template [default: where this branch left the default branch]
    #[arg(value_name = "BASE")]
    base: Option<String>,
    /// Compare with this folder or template instead of what the input makes
    #[arg(long, value_name = "PATH")]
    head: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Exit 1 when anything changes
    #[arg(long)]
    exit_code: bool,
    /// Exit 1 when one of these happens, or may happen
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<Hazard>,
    /// Folder that is written to, looked up in the revision
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a comment at GitHub
    Markdown,
    /// For tools
    Json,
    /// A page with pictures of before and after, in one file
    Html,
}

/// What a team may not want to merge unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hazard {
    /// A resource is replaced or renamed
    Replacement,
    /// A resource is deleted with what it holds
    Deletion,
    /// Somebody may do more
    WidenedIam,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let old = args.old(err)?;
    let new = match &args.head {
        Some(path) => at_path(path)?,
        None => match args.input.made(err)? {
            Some(built) => of_build(format!("`{}`", args.input.blueprints.display()), &built)?,
            None => return Ok(Outcome::Refused),
        },
    };
    let report = diff(&old, &new);
    match args.format {
        Format::Text => out.write_all(write::text(&report).as_bytes())?,
        Format::Markdown => out.write_all(write::markdown(&report).as_bytes())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        Format::Html => out.write_all(write::html(&report, &old.template, &new.template)?.as_bytes())?,
    }
    let mut outcome = Outcome::Done;
    for hazard in &args.fail_on {
        if let Some(reason) = hazard.happens(&report) {
            writeln!(err, "error: --fail-on {}: {reason}", name(*hazard))?;
            outcome = Outcome::Refused;
        }
    }
    if args.exit_code && !report.is_empty() {
        outcome = Outcome::Refused;
    }
    Ok(outcome)
}

fn name(hazard: Hazard) -> String {
    hazard.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Hazard {
    /// Why it happens, if it does.
    fn happens(self, report: &Report) -> Option<String> {
        let ids = |wanted: &[ResourceEffect]| {
            let ids: Vec<String> = report
                .resources
                .iter()
                .filter(|resource| wanted.contains(&resource.effect))
                .map(|resource| format!("`{}`", resource.id))
                .collect();
            (!ids.is_empty()).then(|| ids.join(", "))
        };
        match self {
            Self::Replacement => {
                ids(&[ResourceEffect::Replaced, ResourceEffect::MayBeReplaced, ResourceEffect::Renamed])
                    .map(|ids| format!("{ids} would be replaced, or may be"))
            }
            Self::Deletion => ids(&[ResourceEffect::Deleted, ResourceEffect::MayBeDeleted])
                .map(|ids| format!("{ids} would be deleted, or may be")),
            Self::WidenedIam => report.summary.widened.then(|| "somebody may do more than before".to_owned()),
        }
    }
}

impl Args {
    /// The side that is deployed.
    fn old(&self, err: &mut dyn Write) -> anyhow::Result<Side> {
        if let Some(base) = &self.base {
            let path = Path::new(base);
            if path.exists() {
                return at_path(path);
            }
        }
        let revision = match &self.base {
            Some(base) => {
                Revision::named(base).with_context(|| format!("`{base}` is no file, no folder and no revision"))?
            }
            None => Revision::merge_base()?,
        };
        self.at_revision(&revision, err)
    }

    /// What the folder of outputs holds in a revision. Where it holds nothing yet, all is new.
    fn at_revision(&self, revision: &Revision, err: &mut dyn Write) -> anyhow::Result<Side> {
        let template = self.out.join("template.yaml");
        let Some(text) = revision.read(&template)? else {
            writeln!(err, "note: `{}` is not in {}: everything is new", template.display(), revision.name)?;
            return Ok(Side { name: revision.name.clone(), ..Side::default() });
        };
        let place = format!("`{}` of {}", template.display(), revision.name);
        let mut side = Side { name: revision.name.clone(), template: template_of(&text, &place)?, ..Side::default() };
        let place = |path: &Path| format!("`{}` of {}", path.display(), revision.name);
        let plan = self.out.join("runner/plan.json");
        side.plan = revision.read(&plan)?.map(|text| plan_of(&text, &place(&plan))).transpose()?;
        let mut port = BTreeMap::new();
        for path in revision.files(&self.out.join("port"))? {
            if let Some(text) = revision.read(&path)? {
                port.insert(file_name(&path), parse(&text, &place(&path))?);
            }
        }
        side.port = (!port.is_empty()).then_some(port);
        Ok(side)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn parse(text: &str, place: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text).with_context(|| format!("{place} is no JSON"))
}

fn plan_of(text: &str, place: &str) -> anyhow::Result<Document> {
    Document::from_older_json(text).with_context(|| format!("{place} is no JSON"))
}

fn template_of(text: &str, place: &str) -> anyhow::Result<Value> {
    let template = yaml::read(text).with_context(|| format!("{place} is no template"))?;
    if !template.get("Resources").is_some_and(Value::is_object) {
        bail!("{place} is no template: it has no `Resources`");
    }
    Ok(template)
}

/// What was made in memory.
pub(super) fn of_build(name: String, built: &Build) -> anyhow::Result<Side> {
    let Output(files) = &built.output;
    let mut side = Side { name, template: serde_json::from_str(&built.template_json)?, ..Side::default() };
    let mut port = BTreeMap::new();
    for (path, text) in files {
        if path == Path::new("runner/plan.json") {
            side.plan = Some(serde_json::from_str(text)?);
        } else if path.starts_with("port") {
            port.insert(file_name(path), serde_json::from_str(text)?);
        }
    }
    side.port = Some(port);
    Ok(side)
}

/// A template, or a folder with one and what belongs to it.
pub(super) fn at_path(path: &Path) -> anyhow::Result<Side> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()));
    let name = format!("`{}`", path.display());
    if !path.is_dir() {
        return Ok(Side { template: template_of(&read(path)?, &name)?, name, ..Side::default() });
    }
    let known = ["template.yaml", "template.yml", "template.json"];
    let Some(template) = known.iter().map(|name| path.join(name)).find(|path| path.is_file()) else {
        bail!("{name} holds no `template.yaml`; say which file is the template");
    };
    let place = |path: &Path| format!("`{}`", path.display());
    let plan = path.join("runner/plan.json");
    let plan = if plan.is_file() { Some(plan_of(&read(&plan)?, &place(&plan))?) } else { None };
    let folder = path.join("port");
    let port = if folder.is_dir() {
        let mut port = BTreeMap::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
            let path = entry.with_context(|| format!("cannot read `{}`", folder.display()))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                port.insert(file_name(&path), parse(&read(&path)?, &place(&path))?);
            }
        }
        Some(port)
    } else {
        None
    };
    Ok(Side { name, template: template_of(&read(&template)?, &place(&template))?, plan, port })
}
