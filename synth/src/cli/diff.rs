//! `synth diff`: what a change does to a deployed stack.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use review::compare::report::ResourceEffect;
use review::{Report, Side, diff, write};

use super::git::Revision;
use super::input::Input;
use super::{Outcome, side};

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
        Some(path) => side::at_path(path)?,
        None => match args.input.made(err)? {
            Some(built) => side::from_build(format!("`{}`", args.input.blueprints.display()), built)?,
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
                return side::at_path(path);
            }
        }
        let revision = match &self.base {
            Some(base) => {
                Revision::named(base).with_context(|| format!("`{base}` is no file, no folder and no revision"))?
            }
            None => Revision::merge_base()?,
        };
        side::at_revision(&revision, &self.out, err)
    }
}
