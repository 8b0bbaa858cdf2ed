//! JSON lines on standard output, as Lambda's own: `timestamp`, `level`, `message`, `requestId`, then what is known.
//!
//! A line is made of the types here and of nothing else: no text of a message, an input, an answer or a token has a
//! way into it.

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
    /// Something an operator should look at some time.
    Warn,
    /// Something an operator should look at now.
    Error,
}

impl Level {
    /// From `AWS_LAMBDA_LOG_LEVEL`; what is not known is INFO.
    pub fn parse(text: &str) -> Self {
        match text {
            "TRACE" | "DEBUG" => Self::Debug,
            "WARN" => Self::Warn,
            "ERROR" | "FATAL" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Where lines go, and from which level on.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Lines below it are left out.
    pub level: Level,
}

/// What a line may say beside its message. Ids and numbers.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<&'a str>,
    /// How often this process was given the run, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<u32>,
    /// Why, in words of ours.
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
    /// Writes one line. Nothing can be done about a broken standard output.
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

    /// The last line of a process that could not start: the error and its causes.
    pub fn start_failed(error: &dyn std::error::Error) {
        let mut cause = error.source();
        let mut words = error.to_string();
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        Self { level: Level::Error }.write(Level::Error, &words, &Facts::default());
    }

    /// Turns a panic of a team's code into a line that says where, not what: its words may hold an input.
    pub(crate) fn catch_panics(self) {
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string);
            self.write(Level::Error, "panic", &Facts { cause: place.as_deref(), ..Facts::default() });
        }));
    }
}

/// Now, as Lambda writes it.
pub(crate) fn timestamp() -> String {
    format!("{:.3}", Timestamp::now())
}

/// In milliseconds, for a line.
pub(crate) fn millis(time: Duration) -> Option<u64> {
    u64::try_from(time.as_millis()).ok()
}
