//! Faults as one writes them: the name of an effect, and which calls it hits.
//!
//! ```text
//! status=503,times=3          delay=400ms,path=/entities,always          kafka-code=16,api=OffsetCommit
//! ```

use std::str::FromStr;
use std::time::Duration;

use crate::kafka::{ApiKey, KafkaEffect, KafkaFault};
use crate::port::{Effect, Fault};

/// The effects, each as it is written.
pub const EFFECTS: [&str; 18] = [
    "status=CODE",
    "retry-after=SECONDS",
    "rate-limit=SECONDS",
    "gateway=CODE",
    "page=CODE",
    "delay=TIME",
    "reset",
    "reset-applied",
    "half-body",
    "garbage",
    "garbage-applied",
    "token-lapse",
    "hang",
    "kill",
    "kafka-delay=TIME",
    "kafka-code=CODE",
    "kafka-disconnect",
    "kafka-disconnect-applied",
];

/// A fault of one of the services.
#[derive(Debug, Clone)]
pub enum FaultSpec {
    /// Of Port.
    Port(Fault),
    /// Of the broker.
    Kafka(KafkaFault),
    /// The function's process is killed in this many invocations.
    Kill {
        /// How many.
        times: u64,
    },
}

impl FromStr for FaultSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let (name, value) = pair(parts.next().unwrap_or_default());
        let options: Vec<(&str, Option<&str>)> = parts.map(pair).collect();
        let effect = name.strip_prefix("kafka-");
        match (name, effect) {
            ("kill", _) => kill(value, &options),
            (_, Some(effect)) => kafka(effect, value, &options),
            (effect, None) => port(effect, value, &options),
        }
    }
}

/// Returns the name before an equals sign and the value after it.
fn pair(text: &str) -> (&str, Option<&str>) {
    text.split_once('=').map_or((text, None), |(name, value)| (name.trim(), Some(value.trim())))
}

fn port(name: &str, value: Option<&str>, options: &[(&str, Option<&str>)]) -> Result<FaultSpec, String> {
    let plain = |effect| without_value(name, value).map(|()| Fault::new(effect));
    let mut fault = match name {
        "status" => Fault::status(code(name, value)?),
        "retry-after" => Fault::retry_after(429, number(name, value)?),
        "rate-limit" => Fault::rate_limit(number(name, value)?),
        "gateway" => Fault::gateway(code(name, value)?),
        "page" => Fault::page(code(name, value)?),
        "delay" => Fault::new(Effect::Delay(time(name, value)?)),
        "reset" => plain(Effect::Reset { applied: false })?,
        "reset-applied" => plain(Effect::Reset { applied: true })?,
        "half-body" => plain(Effect::HalfBody)?,
        "garbage" => plain(Effect::Garbage { applied: false })?,
        "garbage-applied" => plain(Effect::Garbage { applied: true })?,
        "token-lapse" => plain(Effect::TokenLapse)?,
        "hang" => plain(Effect::Hang)?,
        other => return Err(format!("`{other}` is not a fault; there are {}", EFFECTS.join(", "))),
    };
    let seed = options.iter().find(|(name, _)| *name == "seed");
    let seed = seed.map_or(Ok(0), |(name, value)| number(name, *value))?;
    // A probability removes the limit, which an option may set again.
    let chance = options.iter().find(|(name, _)| *name == "chance");
    if let Some((name, value)) = chance {
        let chance: Option<f64> = value.and_then(|value| value.parse().ok());
        let chance = chance.filter(|chance| (0.0..=1.0).contains(chance));
        fault = fault.with_probability(chance.ok_or_else(|| format!("`{name}` takes a number from 0 to 1"))?, seed);
    }
    for (name, value) in options {
        fault = match *name {
            "method" => fault.method(&text(name, *value)?.to_ascii_uppercase()),
            "path" => fault.path(text(name, *value)?),
            "times" => fault.times(number(name, *value)?),
            "after" => fault.after(number(name, *value)?),
            "always" => without_value(name, *value).map(|()| fault.always())?,
            "chance" | "seed" => fault,
            other => return Err(unknown(other, "method, path, times, after, always, chance, seed")),
        };
    }
    Ok(FaultSpec::Port(fault))
}

fn kafka(name: &str, value: Option<&str>, options: &[(&str, Option<&str>)]) -> Result<FaultSpec, String> {
    let shown = format!("kafka-{name}");
    let effect = match name {
        "delay" => KafkaEffect::Delay(time(&shown, value)?),
        "code" => KafkaEffect::Code(code(&shown, value)?),
        "disconnect" => without_value(&shown, value).map(|()| KafkaEffect::Disconnect { applied: false })?,
        "disconnect-applied" => without_value(&shown, value).map(|()| KafkaEffect::Disconnect { applied: true })?,
        _ => return Err(format!("`{shown}` is not a fault; there are {}", EFFECTS.join(", "))),
    };
    let api = options.iter().find(|(name, _)| *name == "api").and_then(|(_, value)| *value);
    let api = api.ok_or_else(|| format!("`{shown}` needs the kind of request, such as `api=Fetch`"))?;
    let is_named = |key: &ApiKey| format!("{key:?}").trim_end_matches("Key").eq_ignore_ascii_case(api);
    let key = (0..100).filter_map(|number| ApiKey::try_from(number).ok()).find(is_named);
    let key = key.ok_or_else(|| format!("`{api}` is not a kind of request to Kafka; `Fetch` is one"))?;
    let mut fault = KafkaFault::new(key, effect);
    for (name, value) in options {
        fault = match *name {
            "api" => fault,
            "times" => fault.times(number(name, *value)?),
            "always" => without_value(name, *value).map(|()| fault.always())?,
            other => return Err(unknown(other, "api, times, always")),
        };
    }
    Ok(FaultSpec::Kafka(fault))
}

fn kill(value: Option<&str>, options: &[(&str, Option<&str>)]) -> Result<FaultSpec, String> {
    without_value("kill", value)?;
    let mut times = 1;
    for (name, value) in options {
        times = match *name {
            "times" => number(name, *value)?,
            "always" => without_value(name, *value).map(|()| u64::MAX)?,
            other => return Err(unknown(other, "times, always")),
        };
    }
    Ok(FaultSpec::Kill { times })
}

fn unknown(option: &str, known: &str) -> String {
    format!("`{option}` does not say which calls a fault hits; these do: {known}")
}

fn without_value(name: &str, value: Option<&str>) -> Result<(), String> {
    value.map_or(Ok(()), |value| Err(format!("`{name}` takes no value, and `{value}` is one")))
}

fn text<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| format!("`{name}` needs a value: `{name}=…`"))
}

fn number(name: &str, value: Option<&str>) -> Result<u64, String> {
    text(name, value)?.parse().map_err(|_| format!("`{name}` takes a whole number"))
}

/// Reads a code that the answer has: an HTTP status, or Kafka's number of an error.
fn code<T: FromStr>(name: &str, value: Option<&str>) -> Result<T, String> {
    text(name, value)?.parse().map_err(|_| format!("`{name}` takes a code, such as `{name}=503`"))
}

/// Reads a time, such as `400ms` or `2s`.
fn time(name: &str, value: Option<&str>) -> Result<Duration, String> {
    let text = text(name, value)?;
    let millis = text.strip_suffix("ms").map(|millis| millis.parse().map(Duration::from_millis));
    let seconds = || text.strip_suffix('s').unwrap_or(text).parse().map(Duration::from_secs);
    millis.unwrap_or_else(seconds).map_err(|_| format!("`{name}` takes a time, such as `400ms` or `2s`"))
}
