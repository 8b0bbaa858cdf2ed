//! The input: the folder of input files, `synth.toml`, `overrides.json` and the stages' parameters.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use documents::{Findings, Source};
use synth::config::{Config, ConfigError};
use synth::files;
use synth::mapping::check::Memory;
use synth::scaffold::runner;
use synth::{Build, Parameters};

use super::read::Read;
use super::show;
use super::watch::Watched;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Input {
    /// Folder of input files, each a blueprint with its actions
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    pub(crate) blueprints: PathBuf,
    /// Settings of the template [default: synth.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Changes to the template [default: overrides.json next to synth.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
}

/// What is beside the input files.
struct Settings {
    /// The default if `synth.toml` is invalid, so that the input is still checked.
    config: Config,
    mistaken: Option<ConfigError>,
    overrides: Option<Source>,
    parameters: Parameters,
}

impl Input {
    /// Returns where `synth.toml` and `overrides.json` are expected.
    fn settings(&self) -> [PathBuf; 2] {
        let config = self.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
        let overrides = self.overrides.clone().unwrap_or_else(|| config.with_file_name("overrides.json"));
        [config, overrides]
    }

    /// Reads `synth.toml`, `overrides.json` and the parameters.
    fn read(&self) -> anyhow::Result<Settings> {
        let [path, overrides] = self.settings();
        let (config, mistaken) = match Config::load(&path, self.config.is_some())? {
            Ok(config) => (config, None),
            Err(mistaken) => (Config::default(), Some(mistaken)),
        };
        let overrides = files::find(&overrides, self.overrides.is_some())?;
        let parameters = Parameters::beside(&path);
        Ok(Settings { config, mistaken, overrides, parameters })
    }

    /// Builds in memory. `None` if the input has errors, which are printed.
    pub(crate) fn made(&self, err: &mut dyn Write) -> anyhow::Result<Option<Build>> {
        let (mut read, mut findings) = Read::new(std::slice::from_ref(&self.blueprints))?;
        let built = self.make(&mut read, &mut Memory::default(), &mut findings)?;
        if findings.refuse() {
            show(&findings, &read.sources, err)?;
            return Ok(None);
        }
        Ok(built)
    }

    /// Builds in memory what was read, with `synth.toml` and `overrides.json`, and checks the stages' parameters. What is wrong is
    /// added to the findings.
    pub(crate) fn make(
        &self,
        read: &mut Read,
        memory: &mut Memory,
        findings: &mut Findings,
    ) -> anyhow::Result<Option<Build>> {
        self.build(read, memory, findings, true)
    }

    /// [`Self::make`], for what is not deployed: nobody looks at the stages' parameters.
    pub(crate) fn make_undeployed(&self, read: &mut Read, findings: &mut Findings) -> anyhow::Result<Option<Build>> {
        self.make_undeployed_again(read, &mut Memory::default(), findings)
    }

    /// [`Self::make_undeployed`], with what is remembered of the last time.
    pub(crate) fn make_undeployed_again(
        &self,
        read: &mut Read,
        memory: &mut Memory,
        findings: &mut Findings,
    ) -> anyhow::Result<Option<Build>> {
        self.build(read, memory, findings, false)
    }

    fn build(
        &self,
        Read { sources, catalog, .. }: &mut Read,
        memory: &mut Memory,
        findings: &mut Findings,
        is_deployed: bool,
    ) -> anyhow::Result<Option<Build>> {
        let Settings { config, mistaken, overrides, parameters } = self.read()?;
        let overrides = overrides.map(|source| sources.add(source));
        let built = synth::make(catalog, sources, memory, findings, &config, overrides)?;
        if let Some(built) = built.as_ref().filter(|_| is_deployed) {
            parameters.check(&built.template, sources, findings);
        }
        if let Some(mistaken) = mistaken {
            mistaken.report(sources, findings);
        }
        Ok(built.filter(|_| !findings.refuse()))
    }

    /// Returns where the crate with a team's own code is expected.
    pub(crate) fn crate_folder(&self) -> PathBuf {
        let [config, _] = self.settings();
        config.with_file_name(runner::FOLDER)
    }

    /// Returns what `--watch` watches.
    pub(crate) fn watched(&self) -> Watched {
        let [config, overrides] = self.settings();
        let parameters = Parameters::beside(&config);
        let settings = parameters.paths().chain([config, overrides]).collect();
        Watched { paths: vec![self.blueprints.clone()], settings }
    }
}
