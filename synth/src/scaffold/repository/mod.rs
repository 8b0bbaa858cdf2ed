//! The files of a repository of one's own, as `synth init` writes them.

mod name;

use std::collections::BTreeMap;
use std::path::PathBuf;

use documents::style;
use port::Region;
use serde_json::{Value, json};

pub use self::name::{AwsRegion, GitHubRepository, Malformed, OrganizationId, StageName};
use super::runner::{self, Library};
use super::{home, render};
use crate::template::types::LogicalId;

/// What a repository is made of.
#[derive(Clone, Debug)]
pub struct Repository {
    /// In the order of their deployment. Their logical ids differ: see [`Stage::alike`].
    pub stages: Vec<Stage>,
    /// Port's region.
    pub port_region: Region,
    /// Where the stacks are deployed.
    pub aws_region: AwsRegion,
    /// Where the repository will be; without it, there are no workflows and no role for them.
    pub github: Option<GitHubRepository>,
    /// The input files by their names in `blueprints/`; without them, the example.
    pub blueprints: Option<BTreeMap<PathBuf, Value>>,
    /// Where the crate with code for the example gets its library from; without it, there is no crate.
    pub code: Option<Library>,
}

/// A stage, which is a stack with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: StageName,
    /// The organisation whose runs it carries out.
    pub organization: OrganizationId,
}

impl Stage {
    /// Returns two names that cannot be distinguished everywhere a stage's name is used.
    pub fn alike(names: &[StageName]) -> Option<(&StageName, &StageName)> {
        let same = |a: &StageName, b: &StageName| a.logical().eq_ignore_ascii_case(&b.logical());
        let pairs = names.iter().enumerate().flat_map(|(at, b)| names.iter().take(at).map(move |a| (a, b)));
        pairs.into_iter().find(|(a, b)| same(a, b))
    }

    /// Returns the name of the stage's stack.
    pub fn stack(&self) -> String {
        format!("{STACK}-{}", self.name)
    }

    /// Returns the name of its file of parameters.
    pub fn parameters(&self) -> String {
        format!("params.{}.yaml", self.name)
    }
}

/// Begins the names of stacks and of secrets.
pub const STACK: &str = "port-action-runner";

/// The file that says which release of `synth` the workflows install.
pub const RELEASE: &str = ".github/synth-release";
/// The script with which they do.
pub const INSTALLER: &str = ".github/install-synth.sh";

/// The files that say where releases of `synth` come from.
const RELEASE_SOURCES: &[&str] = &[INSTALLER, "renovate.json"];

/// The alarms that the stack may have.
const ALARMS: [LogicalId; 6] = [
    LogicalId::FailureQueueAlarm,
    LogicalId::ErrorsAlarm,
    LogicalId::OffsetLagAlarm,
    LogicalId::UnfinishedRunsAlarm,
    LogicalId::RejectedMessagesAlarm,
    LogicalId::RefusedRunsAlarm,
];

/// The tutorial's blueprint, the same as this project's own.
pub const EXAMPLE: &str = include_str!("vm.json");
/// The name of its file.
pub const EXAMPLE_NAME: &str = "vm.json";

/// What is written in any case. The stage's file of parameters is written for each stage.
const FILES: [(&str, &str); 5] = [
    (".gitignore", include_str!("gitignore.hbs")),
    (".pre-commit-config.yaml", include_str!("pre-commit-config.yaml.hbs")),
    ("renovate.json", include_str!("renovate.json.hbs")),
    ("samconfig.toml", include_str!("samconfig.toml.hbs")),
    ("synth.toml", include_str!("synth.toml.hbs")),
];

/// What is written for GitHub.
const GITHUB: [(&str, &str); 6] = [
    (RELEASE, include_str!("synth-release.hbs")),
    (INSTALLER, include_str!("install-synth.sh.hbs")),
    (".github/workflows/deploy.yml", include_str!("deploy.yml.hbs")),
    (".github/workflows/review.yml", include_str!("review.yml.hbs")),
    ("deploy-role.yaml", include_str!("deploy-role.yaml.hbs")),
    ("overrides.json", include_str!("overrides.json.hbs")),
];

impl Repository {
    /// Returns the files by their paths in the repository.
    ///
    /// # Errors
    /// If a Handlebars template is broken, which a test would find.
    pub fn files(&self) -> anyhow::Result<BTreeMap<PathBuf, String>> {
        let context = self.context();
        let mut files = BTreeMap::new();
        for (path, template) in FILES.iter().chain(GITHUB.iter().filter(|_| self.github.is_some())) {
            files.insert(PathBuf::from(path), render(template, &context)?);
        }
        for (stage, context) in self.stages.iter().zip(context["stages"].as_array().into_iter().flatten()) {
            files.insert(PathBuf::from(stage.parameters()), render(include_str!("params.yaml.hbs"), context)?);
        }
        let blueprints = PathBuf::from("blueprints");
        if let Some(library) = &self.code {
            files.extend(runner::files(library)?);
        }
        match &self.blueprints {
            None => {
                let coded = self.code.as_ref().and_then(|_| runner::ask_for_code(EXAMPLE, "/actions/0"));
                files.insert(blueprints.join(EXAMPLE_NAME), coded.unwrap_or_else(|| EXAMPLE.to_owned()));
            }
            Some(documents) => files.extend(
                documents.iter().map(|(name, document)| (blueprints.join(name), style::written(document, 0) + "\n")),
            ),
        }
        Ok(files)
    }

    /// Returns the files in which somebody has to say whose repository of this project is used, because it is not known.
    pub fn unknown(&self) -> Vec<&'static str> {
        let files = [(RELEASE_SOURCES, self.github.is_some()), (&[runner::MANIFEST], self.code.is_some())];
        let known = !home::is_unknown(&home::address());
        files.into_iter().filter(|(_, written)| *written && !known).flat_map(|(files, _)| files).copied().collect()
    }

    fn context(&self) -> Value {
        let stage = |(at, stage): (usize, &Stage)| {
            let before = at.checked_sub(1).and_then(|at| self.stages.get(at));
            let later = self.stages.iter().skip(at + 1);
            let shared = self.stages.iter().filter(|other| other.organization == stage.organization);
            json!({
                "name": stage.name.as_str(),
                "logical": stage.name.logical(),
                "stack": stage.stack(),
                "parameters": stage.parameters(),
                "organization": stage.organization.as_str(),
                "portRegion": self.port_region.as_str(),
                "awsRegion": self.aws_region.as_str(),
                "after": before.map(|before| before.name.as_str()),
                // Of several stages with one organisation, the last publishes.
                "publishes": later.into_iter().all(|later| later.organization != stage.organization),
                "shares": shared.count() > 1,
            })
        };
        let home = home::address();
        json!({
            "stages": self.stages.iter().enumerate().map(stage).collect::<Vec<_>>(),
            "prefix": STACK,
            "portRegion": self.port_region.as_str(),
            "awsRegion": self.aws_region.as_str(),
            "github": self.github.as_ref().map(GitHubRepository::as_str),
            "version": VERSION,
            "home": home,
            "homeName": home::name(&home),
            "tag": home::TAG,
            "code": self.code.is_some(),
            "alarms": ALARMS.map(|alarm| alarm.to_string()),
        })
    }
}

/// The version that the repository pins: the minor one, within which nothing that is written changes its meaning.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
