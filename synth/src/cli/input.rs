//! What everything is made of: the folder of input files and what stands beside it.

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
    /// Folder of input files, one blueprint with its actions each
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    pub(super) blueprints: PathBuf,
    /// What shapes the template [default: synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What changes the template, by logical id [default: overrides.json beside synth.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    overrides: Option<PathBuf>,
}

/// What the files beside the input say.
pub(super) struct Settings {
    /// A mistaken one is the default here, so that the input is checked all the same.
    pub(super) config: Config,
    pub(super) mistaken: Option<ConfigError>,
    pub(super) overrides: Option<Source>,
}

impl Input {
    /// Where the files beside the input are, or would be.
    pub(super) fn settings(&self) -> [PathBuf; 2] {
        let config = self.config.clone().unwrap_or_else(|| PathBuf::from("synth.toml"));
        let overrides = self.overrides.clone().unwrap_or_else(|| config.with_file_name("overrides.json"));
        [config, overrides]
    }

    /// Reads the files beside the input.
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

    /// What it all makes, in memory. None where findings refuse it; they are told then.
    pub(super) fn made(&self, err: &mut dyn Write) -> anyhow::Result<Option<Build>> {
        let Settings { config, mistaken, overrides } = self.read()?;
        let sources = files::read(std::slice::from_ref(&self.blueprints))?;
        let (mut sources, mut findings, built) = build_with(sources, &config, overrides)?;
        if let Some(mistaken) = mistaken {
            mistaken.tell(&mut sources, &mut findings);
        }
        if findings.refuse() {
            show(&findings, &sources, err)?;
            return Ok(None);
        }
        Ok(built)
    }
}
