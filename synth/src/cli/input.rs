//! The input: the folder of input files, `synth.toml` and `overrides.json`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueHint;
use documents::source::Source;
use synth::config::{Config, ConfigError};
use synth::files;
use synth::{Build, build_with};

use super::show;

#[derive(Debug, clap::Args)]
pub(super) struct Input {
    /// Folder of input files, each a blueprint with its actions
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    pub(super) blueprints: PathBuf,
    /// Settings of the template [default: synth.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Changes to the template [default: overrides.json next to synth.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
}

/// `synth.toml` and `overrides.json`.
pub(super) struct Settings {
    /// The default if `synth.toml` is invalid, so that the input is still checked.
    pub(super) config: Config,
    pub(super) mistaken: Option<ConfigError>,
    pub(super) overrides: Option<Source>,
}

impl Input {
    /// Returns where `synth.toml` and `overrides.json` are expected.
    pub(super) fn settings(&self) -> [PathBuf; 2] {
        let config = self.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
        let overrides = self.overrides.clone().unwrap_or_else(|| config.with_file_name("overrides.json"));
        [config, overrides]
    }

    /// Reads `synth.toml` and `overrides.json`.
    pub(super) fn read(&self) -> anyhow::Result<Settings> {
        let [config, overrides] = self.settings();
        let (config, mistaken) = match Config::load(&config, self.config.is_some())? {
            Ok(config) => (config, None),
            Err(mistaken) => (Config::default(), Some(mistaken)),
        };
        let overrides = match &self.overrides {
            Some(path) => Some(files::read_file(path)?),
            None => files::find(&overrides)?,
        };
        Ok(Settings { config, mistaken, overrides })
    }

    /// Builds in memory. `None` if the input has errors, which are printed.
    pub(super) fn made(&self, err: &mut dyn Write) -> anyhow::Result<Option<Build>> {
        let Settings { config, mistaken, overrides } = self.read()?;
        let sources = files::read(std::slice::from_ref(&self.blueprints))?;
        let (mut sources, mut findings, built) = build_with(sources, &config, overrides)?;
        if let Some(mistaken) = mistaken {
            mistaken.report(&mut sources, &mut findings);
        }
        if findings.refuse() {
            show(&findings, &sources, err)?;
            return Ok(None);
        }
        Ok(built)
    }
}
