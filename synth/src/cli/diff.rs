//! `synth diff`: shows what a change does to a deployed stack.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{ValueEnum, ValueHint};
use model::visible::visible;
use review::compare::report::{AccessChange, Hazard, ResourceEffect};
use review::{Report, Side, both, diff, write};

use super::git::Revision;
use super::input::Input;
use super::{Outcome, side};

/// Show what a change does to a deployed stack: replaced resources, wider permissions, public exposure, effects on users and
/// runs
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth diff                               what this branch changes
  synth diff v1.2.0                        since a tag or other revision
  synth diff old.yaml --head new.yaml      compare any two templates
  synth diff ./deployed                    since the output in a folder
  synth diff --format markdown             for a pull request comment
  synth diff --format html > diff.html     a page with diagrams
  synth diff --fail-on failure,deletion,exposure

Exit codes: 0 done; 1 --exit-code or --fail-on refuses the change, or the input files have errors; 2 synth itself failed.")]
pub(super) struct Args {
    /// A Git revision, a template such as old.yaml, or a path that begins with `.` or `/` [default: merge base with the
    /// default branch]
    #[arg(value_name = "BASE")]
    base: Option<OsString>,
    /// Compare with the output in this folder instead of a revision
    #[arg(long, value_name = "DIR", conflicts_with = "base", value_hint = ValueHint::DirPath)]
    base_dir: Option<PathBuf>,
    /// Compare with this folder or template instead of building the input files
    #[arg(long, value_name = "PATH")]
    head: Option<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Exit with 1 if anything changes
    #[arg(long)]
    exit_code: bool,
    /// Exit with 1 if one of these happens or may happen
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<Gate>,
    /// Output folder, looked up in the revision
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a GitHub comment
    Markdown,
    /// For tools
    Json,
    /// A self-contained page with before and after diagrams
    Html,
}

/// A change that a team may not want to merge unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// A resource is replaced or renamed
    Replacement,
    /// A resource is deleted with its data
    Deletion,
    /// Permissions are widened, or a resource becomes public
    WidenedIam,
    /// A resource becomes public
    Exposure,
    /// The deployment fails
    Failure,
    /// Data loses protection, such as backups or a deletion policy
    Protection,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (old, new) = if let Some(path) = &args.head {
        // Both can be large, so they are read at the same time.
        let (new, old) = both(|| side::at_path(path), || args.old(err));
        (old?, new?)
    } else {
        let old = args.old(err)?;
        let Some(built) = args.input.made(err)? else { return Ok(Outcome::Refused) };
        (old, side::from_build(format!("`{}`", args.input.blueprints.display()), built)?)
    };
    let report = diff(&old, &new);
    match args.format {
        Format::Text => out.write_all(write::text(&report).as_bytes())?,
        Format::Markdown => out.write_all(write::markdown(&report).as_bytes())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
        Format::Html => out.write_all(write::html(&report, &old.template, &new.template)?.as_bytes())?,
    }
    let mut outcome = Outcome::Done;
    for gate in &args.fail_on {
        if let Some(reason) = gate.happens(&report) {
            writeln!(err, "error: --fail-on {}: {reason}", name(*gate))?;
            outcome = Outcome::Refused;
        }
    }
    if args.exit_code && !report.is_empty() {
        outcome = Outcome::Refused;
    }
    Ok(outcome)
}

fn name(gate: Gate) -> String {
    gate.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Gate {
    /// Returns the reason if it happens or may happen.
    fn happens(self, report: &Report) -> Option<String> {
        // What was not compared may be anything.
        if let Some(reason) = &report.uncompared {
            return Some(visible(reason).into_owned());
        }
        let having = |effects: &[ResourceEffect], verb: &str| {
            let resources = report.resources.iter().filter(|resource| effects.contains(&resource.effect));
            let ids: Vec<String> = resources.map(|resource| format!("`{}`", visible(&resource.id))).collect();
            (!ids.is_empty()).then(|| format!("{} {verb}", ids.join(", ")))
        };
        let of = |hazards: &[Hazard], does: &str, may: &str| {
            let certain: BTreeSet<&String> = hazards.iter().filter(|one| !one.uncertain).map(|one| &one.id).collect();
            let all: BTreeSet<&String> = hazards.iter().map(|hazard| &hazard.id).collect();
            let named = |ids: Vec<&String>, verb: &str| {
                let ids: Vec<String> = ids.into_iter().map(|id| format!("`{}`", visible(id))).collect();
                (!ids.is_empty()).then(|| format!("{} {verb}", ids.join(", ")))
            };
            let perhaps = all.difference(&certain).copied().collect();
            [named(certain.iter().copied().collect(), does), named(perhaps, may)]
        };
        let reasons = match self {
            Self::Replacement => [
                having(&[ResourceEffect::Replaced, ResourceEffect::Renamed], "would be replaced"),
                having(&[ResourceEffect::MayBeReplaced], "may be replaced"),
            ],
            Self::Deletion => [
                having(&[ResourceEffect::Deleted], "would be deleted"),
                having(&[ResourceEffect::MayBeDeleted], "may be deleted"),
            ],
            Self::WidenedIam if report.permissions.iter().any(|change| change.direction == AccessChange::Widened) => {
                [Some("permissions are widened".to_owned()), None]
            }
            Self::WidenedIam | Self::Exposure => of(&report.exposures, "would be more exposed", "may be more exposed"),
            Self::Failure => of(&report.failures, "would fail to deploy", "may fail to deploy"),
            Self::Protection => of(&report.protections, "would be less protected", "may be less protected"),
        };
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

impl Args {
    /// Reads the deployed side.
    fn old(&self, err: &mut dyn Write) -> anyhow::Result<Side> {
        let base = match (&self.base_dir, &self.base) {
            (Some(folder), _) => Base::Path(folder),
            (None, Some(base)) => Base::named(base)?,
            (None, None) => Base::Revision(Revision::merge_base()?),
        };
        match base {
            Base::Path(path) => side::at_path(path),
            Base::Revision(revision) => side::at_revision(&revision, &self.out, err),
        }
    }
}

/// What to compare with.
enum Base<'a> {
    Path(&'a Path),
    Revision(Revision),
}

impl<'a> Base<'a> {
    /// Finds out what a name means. A revision stays one whatever lies in the folder: who changes the stack also decides
    /// what files there are.
    fn named(name: &'a OsStr) -> anyhow::Result<Self> {
        let path = Path::new(name);
        if path.is_absolute() || name.as_encoded_bytes().starts_with(b".") {
            return Ok(Self::Path(path));
        }
        let endings = ["yaml", "yml", "json", "template"];
        let is_template = path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
        match Revision::named(&name.to_string_lossy()) {
            Ok(revision) => Ok(Self::Revision(revision)),
            Err(_) if is_template && !path.is_dir() => Ok(Self::Path(path)),
            Err(error) if path.is_dir() => {
                let name = path.display();
                Err(anyhow!("`{name}` is not a Git revision; for the folder use `./{name}`\n  {error:#}"))
            }
            Err(error) => Err(anyhow!("there is no Git revision or template `{}`\n  {error:#}", path.display())),
        }
    }
}
