//! JSON lines on standard output in Lambda's own format: `timestamp`, `level`, `message`, `requestId`, then the facts.
//!
//! A line consists only of the types here: no text from a message, an input, an answer or a token can get into it.

use std::io::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// Lambda's levels (developer guide, "Log-level filtering").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Every record that is skipped.
    Debug,
    /// Every run and every batch.
    Info,
    /// Something an operator should look at eventually.
    Warn,
    /// Something an operator should look at now.
    Error,
}

impl Level {
    /// Reads `AWS_LAMBDA_LOG_LEVEL`. Anything unknown is INFO.
    pub fn parse(text: &str) -> Self {
        match text {
            "TRACE" | "DEBUG" => Self::Debug,
            "WARN" => Self::Warn,
            "ERROR" | "FATAL" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// The log, with the lowest level that it writes.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Lines below this level are left out.
    pub level: Level,
}

/// What a line may contain besides its message: ids and numbers.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    /// The version of this library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'a str>,
    /// How often this process has received the run, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<u32>,
    /// Why, in our own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unfinished: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    facts: &'a Facts<'a>,
}

impl Log {
    /// Writes one line. If standard output is broken, there is nowhere to report it.
    pub(crate) fn write(self, level: Level, message: &str, facts: &Facts<'_>) {
        if level < self.level {
            return;
        }
        let timestamp = timestamp();
        if let Ok(mut line) = serde_json::to_vec(&Line { timestamp, level, message, facts }) {
            line.push(b'\n');
            let _ = std::io::stdout().lock().write_all(&line);
        }
    }

    /// Writes the last line of a process that could not start: the error and its causes.
    pub fn start_failed(error: &dyn std::error::Error) {
        let mut cause = error.source();
        let mut words = error.to_string();
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        Self { level: Level::Error }.write(Level::Error, &words, &Facts::default());
    }

    /// Logs panics of a team's code: where they happened, but not their message, which may contain an input.
    pub(crate) fn catch_panics(self) {
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string);
            self.write(Level::Error, "panic", &Facts { cause: place.as_deref(), ..Facts::default() });
        }));
    }
}

/// Returns the current time in Lambda's format.
pub(crate) fn timestamp() -> String {
    format!("{:.3}", Timestamp::now())
}

/// Returns a duration in milliseconds.
pub(crate) fn millis(time: Duration) -> Option<u64> {
    u64::try_from(time.as_millis()).ok()
}
