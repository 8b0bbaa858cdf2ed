//! The answers that a repository is made of.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use port::Region;
use synth::scaffold::repository::{GitHubRepository, Malformed, OrganizationId, Repository, Stage, StageName};

use super::Args;
use super::question::{Answers, Question};

/// An organisation's id, of one stage or of all.
#[derive(Clone, Debug)]
pub(super) struct Organization {
    stage: Option<StageName>,
    id: OrganizationId,
}

impl FromStr for Organization {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.split_once('=') {
            Some((stage, id)) => Ok(Self { stage: Some(stage.parse()?), id: id.parse()? }),
            None => Ok(Self { stage: None, id: text.parse()? }),
        }
    }
}

/// Port's region, as it is typed.
#[derive(Clone, Copy)]
struct TypedRegion(Region);

impl FromStr for TypedRegion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Region::parse(text).map(Self).ok_or("Port's regions are eu and us")
    }
}

/// The stages, as they are typed.
struct TypedStages(Vec<StageName>);

impl FromStr for TypedStages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stage = |name: &str| name.trim().parse().map_err(|malformed: Malformed| malformed.to_string());
        let names = text.split(',').map(stage).collect::<Result<Vec<_>, _>>()?;
        distinct(&names)?;
        Ok(Self(names))
    }
}

/// A repository on GitHub, or none.
#[derive(Clone, Debug)]
pub(super) struct GitHub(Option<GitHubRepository>);

impl FromStr for GitHub {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text == NONE { Ok(Self(None)) } else { text.parse().map(|found| Self(Some(found))) }
    }
}

/// The answer of those who are not on GitHub.
const NONE: &str = "none";

/// Checks that stages can be distinguished everywhere.
fn distinct(names: &[StageName]) -> Result<(), String> {
    match Stage::alike(names) {
        Some((one, other)) if one == other => Err(format!("stage `{one}` is there twice")),
        Some((one, other)) => Err(format!("stages `{one}` and `{other}` have to differ by more than hyphens")),
        None => Ok(()),
    }
}

/// Finds all answers. `None` if some are missing or do not fit together, which is printed.
pub(super) fn answered(args: &Args, err: &mut dyn Write) -> anyhow::Result<Option<Repository>> {
    if let Err(wrong) = distinct(&args.stages) {
        writeln!(err, "error: {wrong}; nothing was written")?;
        return Ok(None);
    }
    let mut answers = Answers::new(args.yes);
    let given = (!args.stages.is_empty()).then(|| TypedStages(args.stages.clone()));
    let stages = answers
        .find(given, &question("Stages, in the order of their deployment", "--stages STAGE,…", Some("dev,prod")))?;
    let mut organizations = Vec::new();
    if let Some(again) = repeated(args) {
        writeln!(err, "error: --organization is there twice for {again}; keep one of the two; nothing was written")?;
        return Ok(None);
    }
    if let Some(unknown) = stray(args, stages.as_ref()) {
        writeln!(err, "error: --organization names the stage `{unknown}`, which is not one; nothing was written")?;
        return Ok(None);
    }
    // Without stages, which is reported below, one question covers the organisations.
    let names = stages.as_ref().map_or(vec![None], |stages| stages.0.iter().map(Some).collect());
    for name in names {
        let of = |stage: Option<&StageName>| args.organization.iter().rfind(|given| given.stage.as_ref() == stage);
        let given = name.and_then(|name| of(Some(name))).or_else(|| of(None)).map(|given| given.id.clone());
        let text = name.map_or_else(String::new, |name| format!("Id of the organisation in Port for `{name}`"));
        let default: Option<String> = organizations.last().map(OrganizationId::to_string);
        let found = answers.find(given, &question(&text, "--organization ID", default.as_deref()))?;
        let Some(found) = found else { break };
        organizations.push(found);
    }
    let region = args.access.region().map(TypedRegion);
    let region = answers.find(region, &question("Port's region, eu or us", "--region REGION", Some("eu")))?;
    let near = brokers_region(region.map_or(Region::Eu, |region| region.0));
    let aws = answers
        .find(args.aws_region.clone(), &question("AWS region of the stacks", "--aws-region REGION", Some(near)))?;
    let origin = origin(&args.folder).map(|found| found.to_string());
    let text = format!("Repository on GitHub, ORG/REPO, or {NONE}");
    let github =
        answers.find(args.github.clone(), &question(&text, "--github ORG/REPO (or none)", origin.as_deref()))?;
    if answers.lacking(err)? {
        return Ok(None);
    }
    let (Some(stages), Some(region), Some(aws_region), Some(github)) = (stages, region, aws, github) else {
        return Ok(None);
    };
    let stage = |(name, organization)| Stage { name, organization };
    Ok(Some(Repository {
        stages: stages.0.into_iter().zip(organizations).map(stage).collect(),
        port_region: region.0,
        aws_region,
        github: github.0,
        blueprints: None,
        code: None,
    }))
}

fn question<'a>(text: &'a str, flag: &'a str, default: Option<&str>) -> Question<'a> {
    Question { text, flag, default: default.map(str::to_owned) }
}

/// Returns a stage that has an organisation and is not one of the stages.
fn stray<'a>(args: &'a Args, stages: Option<&TypedStages>) -> Option<&'a StageName> {
    let stages = &stages?.0;
    args.organization.iter().filter_map(|given| given.stage.as_ref()).find(|stage| !stages.contains(stage))
}

/// Returns the stage, in words, that has several organisations.
fn repeated(args: &Args) -> Option<String> {
    let mut seen = BTreeSet::new();
    let again = args.organization.iter().find(|given| !seen.insert(given.stage.as_ref().map(StageName::as_str)))?;
    Some(again.stage.as_ref().map_or_else(|| "all stages".to_owned(), |stage| format!("the stage `{stage}`")))
}

/// Returns the AWS region of the brokers of Port's region, so that a batch does not cross an ocean.
fn brokers_region(region: Region) -> &'static str {
    match region {
        Region::Eu => "eu-west-1",
        Region::Us => "us-east-1",
    }
}

/// Returns the repository on GitHub that a folder's remote leads to.
fn origin(folder: &Path) -> Option<GitHubRepository> {
    if !folder.join(".git").exists() {
        return None;
    }
    let output = Command::new("git").arg("-C").arg(folder).args(["remote", "get-url", "origin"]).output().ok()?;
    GitHubRepository::of_remote(String::from_utf8_lossy(&output.stdout).trim())
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            Some(stage) => write!(f, "{stage}={}", self.id),
            None => self.id.fmt(f),
        }
    }
}
