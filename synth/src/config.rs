//! `synth.toml`: settings of the template that are the same for every stage.
//!
//! What differs from stage to stage, and every secret, is a parameter of the template instead.

mod wording;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};

use documents::finding::{Findings, Place};
use documents::{Source, Sources};
use model::plan::{LoggedRuns, Signatures};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{files, pin};
use wording::described;

/// `synth.toml`. Every key is optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "synth.toml")]
pub struct Config {
    /// The versions of synth that may build this folder, as Cargo writes them: `0.1` is any 0.1.x.
    pub version: Option<String>,
    /// The instruction set that the function is built for.
    pub architecture: Architecture,
    /// Which function carries out the runs: the one that comes with `synth`, or the crate in `runner/`.
    pub runtime: Runtime,
    /// Memory of the function in MB; its share of the processor grows with it.
    #[schemars(range(min = 128, max = 10240))]
    pub memory: u16,
    /// Seconds that an invocation may take; Lambda allows 840 for a Kafka event source.
    #[schemars(range(min = 3, max = 840))]
    pub timeout: u16,
    /// Maximum number of records in an invocation.
    #[schemars(range(min = 1, max = 10000))]
    pub batch_size: u16,
    /// Seconds to wait for a batch to fill; by default Lambda waits half a second.
    #[schemars(range(min = 0, max = 300))]
    pub batch_window: Option<u16>,
    /// Runs of a batch that are handled at the same time.
    #[schemars(range(min = 1, max = 256))]
    pub concurrency: u16,
    /// Which signatures of messages are checked: `off`, `if-present` or `required`.
    #[schemars(with = "String", extend("enum" = ["off", "if-present", "required"]))]
    pub signatures: Signatures,
    /// Seconds by which the time of a signature may differ from that of its record.
    pub replay_window: u32,
    /// Which runs also get a line in their log in Port: `failures`, or `all` at the cost of a call per run.
    #[schemars(with = "String", extend("enum" = ["failures", "all"]))]
    pub run_log: LoggedRuns,
    /// Days to keep the function's log.
    #[schemars(extend("enum" = RETENTION))]
    pub log_retention: u16,
    /// Provisioned polling: retry limits and partial batch responses, billed by the hour.
    #[serde(deserialize_with = "table")]
    pub provisioned_polling: Option<ProvisionedPolling>,
    /// The alarms to create.
    #[schemars(extend("uniqueItems" = true))]
    pub alarms: Vec<Alarm>,
}

/// Lambda's instruction sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Architecture {
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
    /// Graviton.
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// Returns Lambda's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Returns that of this machine; `None` if Lambda has no such one.
    pub fn here() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }
}

/// Where the function comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// The function that comes with `synth`, which only writes entities.
    #[default]
    Stock,
    /// The crate in the folder `runner/` next to `synth.toml`, with a team's own code. `synth build` has cargo build it.
    Cargo,
}

/// `[provisioned_polling]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProvisionedPolling {
    /// Minimum number of pollers, which are always billed.
    #[schemars(range(min = 1, max = 200))]
    pub minimum: u16,
    /// Maximum number of pollers.
    #[schemars(range(min = 1, max = 2000))]
    pub maximum: u16,
    /// Retries of a batch before it goes to the failure queue.
    #[schemars(range(min = 0, max = 10000))]
    pub retries: u16,
}

/// Reads a table. serde would also take an array, as the values without their keys.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct OfTable<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for OfTable<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }

        fn visit_map<A: MapAccess<'de>>(self, pairs: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(pairs))
        }
    }
    deserializer.deserialize_map(OfTable(PhantomData)).map(Some)
}

/// An alarm of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// The failure queue is not empty.
    FailureQueue,
    /// Invocations fail.
    Errors,
    /// The function falls behind the topic.
    OffsetLag,
    /// Runs are returned to Kafka.
    UnfinishedRuns,
    /// Messages are rejected.
    RejectedMessages,
    /// Port refuses the end of runs, which may stay open.
    RefusedRuns,
}

impl Alarm {
    /// All alarms, in the order of the template.
    const ALL: [Self; 6] = [
        Self::FailureQueue,
        Self::Errors,
        Self::OffsetLag,
        Self::UnfinishedRuns,
        Self::RejectedMessages,
        Self::RefusedRuns,
    ];
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: None,
            architecture: Architecture::X86_64,
            runtime: Runtime::Stock,
            memory: 128,
            timeout: 60,
            batch_size: 100,
            batch_window: None,
            concurrency: 16,
            signatures: Signatures::IfPresent,
            replay_window: 300,
            run_log: LoggedRuns::Failures,
            log_retention: 30,
            provisioned_polling: None,
            alarms: Alarm::ALL.into(),
        }
    }
}

impl Default for ProvisionedPolling {
    fn default() -> Self {
        Self { minimum: 1, maximum: 2, retries: 10 }
    }
}

/// Retention periods that `CloudWatch` Logs accepts, in days.
const RETENTION: &[u16] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// An invalid `synth.toml`.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.describe())]
pub struct ConfigError {
    /// The file.
    pub source_file: Source,
    /// Errors with their places.
    pub faults: Vec<(Option<Range<usize>>, String)>,
}

impl ConfigError {
    fn describe(&self) -> String {
        let path = self.source_file.path.display();
        let unreadable = self.source_file.unreadable.iter().map(|unreadable| &unreadable.message);
        let messages = unreadable.chain(self.faults.iter().map(|(_, message)| message));
        let lines: Vec<String> = messages.map(|message| format!("{path}: {message}")).collect();
        lines.join("\n")
    }

    /// Adds the faults to the findings, and the file to the sources.
    pub fn report(self, sources: &mut Sources, findings: &mut Findings) {
        let file = sources.add(self.source_file);
        if let Some(source) = sources.get(file) {
            source.is_readable(file, findings);
        }
        for (span, message) in self.faults {
            findings.error(file, span.map_or(Place::File, Place::Bytes), "config", message);
        }
    }
}

impl Config {
    /// Reads a file. A file that does not exist gives the defaults, unless it was `asked` for by name.
    ///
    /// # Errors
    /// `Err` if it is not known whether the file exists; `Ok(Err)` if it cannot be read or its content is invalid.
    pub fn load(path: &Path, asked: bool) -> anyhow::Result<Result<Self, ConfigError>> {
        Ok(files::find(path, asked)?.map_or_else(|| Ok(Self::default()), Self::read))
    }

    /// Parses and checks the text of `path`.
    ///
    /// # Errors
    /// Returns all errors, or the first one if it is not valid TOML.
    pub fn parse(path: &str, text: &str) -> Result<Self, ConfigError> {
        Self::read(Source::new(PathBuf::from(path), text))
    }

    fn read(source_file: Source) -> Result<Self, ConfigError> {
        if source_file.unreadable.is_some() {
            return Err(ConfigError { source_file, faults: Vec::new() });
        }
        if let Some(fault) = pin::fault(&source_file.text) {
            return Err(ConfigError { source_file, faults: vec![fault] });
        }
        let faults = match toml::from_str::<Self>(&source_file.text) {
            Ok(config) => match config.faults() {
                faults if faults.is_empty() => return Ok(config),
                faults => faults.into_iter().map(|(key, message)| (span(&source_file.text, key), message)).collect(),
            },
            Err(error) => vec![(error.span(), described(&error))],
        };
        Err(ConfigError { source_file, faults })
    }

    /// Returns values that are out of range: the dotted key and the message.
    fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut within = |name: &'static str, value: u16, low: u16, high: u16, unit: &str| {
            if !(low..=high).contains(&value) {
                faults.push((name, format!("`{name}` is {value}; it must be {low} to {high}{unit}")));
            }
        };
        within("memory", self.memory, 128, 10_240, " MB");
        // Lambda stops an invocation for Kafka after 14 minutes (developer guide, "Kafka event source mappings").
        within("timeout", self.timeout, 3, 840, " seconds");
        within("batch_size", self.batch_size, 1, 10_000, " records");
        within("batch_window", self.batch_window.unwrap_or(0), 0, 300, " seconds");
        within("concurrency", self.concurrency, 1, 256, " runs");
        if let Some(polling) = &self.provisioned_polling {
            within("provisioned_polling.minimum", polling.minimum, 1, 200, " pollers");
            within("provisioned_polling.maximum", polling.maximum, polling.minimum, 2000, " pollers");
            within("provisioned_polling.retries", polling.retries, 0, 10_000, " retries");
        }
        if Alarm::ALL.iter().any(|alarm| self.alarms.iter().filter(|other| *other == alarm).count() > 1) {
            faults.push(("alarms", "`alarms` has a duplicate".to_owned()));
        }
        if !RETENTION.contains(&self.log_retention) {
            let days: Vec<String> = RETENTION.iter().map(ToString::to_string).collect();
            let message =
                format!("`log_retention` is {}; CloudWatch Logs allows {} days", self.log_retention, days.join(", "));
            faults.push(("log_retention", message));
        }
        faults
    }
}

/// Returns the bytes of a dotted key's value, or of the table that lacks the key.
fn span(text: &str, key: &str) -> Option<Range<usize>> {
    let root = toml::de::DeTable::parse(text).ok()?;
    let mut table = root.get_ref();
    let mut span = None;
    for part in key.split('.') {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else { break };
        span = Some(value.span());
        let toml::de::DeValue::Table(below) = value.get_ref() else { break };
        span = Some(name.span());
        table = below;
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(Config::parse("synth.toml", "").unwrap(), Config::default());
    }

    /// Whatever is written for a key, the message has no word of the source code.
    #[test]
    fn errors_do_not_name_types_of_the_source() {
        let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap();
        let keys = schema["properties"].as_object().unwrap();
        let values =
            ["true", "1", "-1", "1.5", "\"x\"", "[1]", "[[]]", "{}", "{ x = 1 }", "2026-01-31", "1e400", "nan"];
        for key in keys.keys().map(String::as_str).chain(["provisioned_polling.minimum", "version.x", "alarms.x"]) {
            for value in values {
                let Err(error) = Config::parse("synth.toml", &format!("{key} = {value}")) else { continue };
                let message = error.to_string();
                let is_foreign = |word: &str| {
                    [
                        "struct", "enum", "variant", "u16", "u32", "i64", "f64", "map", "sequence", "wanted",
                        "newtype", "Option",
                    ]
                    .contains(&word)
                        || word.chars().skip(1).zip(word.chars()).any(|(b, a)| a.is_lowercase() && b.is_uppercase())
                };
                let words = message.split(|letter: char| !letter.is_alphanumeric());
                let found: Vec<&str> = words.filter(|word| is_foreign(word) && *word != "CloudWatch").collect();
                assert!(found.is_empty(), "{key} = {value}: {message}");
            }
        }
    }

    #[test]
    fn errors_say_what_is_allowed() {
        for (text, want) in [
            ("timeout = 900", "synth.toml: `timeout` is 900; it must be 3 to 840 seconds"),
            ("memory = 64", "synth.toml: `memory` is 64; it must be 128 to 10240 MB"),
            (
                "[provisioned_polling]\nminimum = 3",
                "synth.toml: `provisioned_polling.maximum` is 2; it must be 3 to 2000 pollers",
            ),
            ("log_retention = 31", "synth.toml: `log_retention` is 31; CloudWatch Logs allows 1, 3, 5, 7"),
            ("timeuot = 9", "unknown key `timeuot`; did you mean `timeout`?"),
            ("colour = 9", "unknown key `colour`; the keys are version, architecture, "),
            ("memory = \"128\"", "the value must be a whole number, but this is a string"),
            ("memory = 128.5", "the value must be a whole number, but this is a number"),
            ("memory = -1", "`-1` is out of range"),
            ("alarms = 1", "the value must be an array, but this is a number"),
            ("provisioned_polling = true", "the value must be a table, but this is a boolean"),
            ("provisioned_polling = [1]", "the value must be a table, but this is an array"),
            ("architecture = 1", "the value must be a string"),
            (
                "timeout = 900\nmemory = 64",
                "synth.toml: `memory` is 64; it must be 128 to 10240 MB\nsynth.toml: `timeout` is 900",
            ),
            ("architecture = \"arm\"", "unknown value `arm`; use `x86_64` or `arm64`"),
        ] {
            let error = Config::parse("synth.toml", text).unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
