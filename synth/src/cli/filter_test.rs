//! `synth filter-test`: which records the event filter lets pass, and why not the others.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueHint;
use documents::wording::{nearest, one_of};
use model::filter_pattern::{Mismatch, mismatches};
use serde_json::{Value, json};
use synth::config::Config;
use synth::plan::filter::{self, Filter};

use super::{Outcome, planned};

/// Tell which records the event filter lets pass, and why it holds back the others
///
/// Lambda compares each record with the patterns of the template before it invokes the function. Exit code 0 when all
/// records pass, 1 when one does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth filter-test event.json                         an event of Lambda, or one message
  synth event --action create_vm | synth filter-test -")]
pub(super) struct Args {
    /// An event of Lambda for Kafka, or the JSON of one message; `-` is standard input
    #[arg(value_name = "EVENT")]
    event: PathBuf,
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let text = read(&args.event)?;
    let event: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(event) => event,
        Err(error) => {
            writeln!(err, "error: `{}` is no JSON: {error}", args.event.display())?;
            return Ok(Outcome::Refused);
        }
    };
    let Some((catalog, names)) = planned(&args.blueprints, err)? else { return Ok(Outcome::Refused) };
    let filter = filter::compile(&synth::plan::compile::compile(&catalog, &names, &Config::default()));
    let records = records(&event);
    let mut passed = 0;
    for (name, record) in &records {
        passed += usize::from(tell(name, record, &filter, out)?);
    }
    writeln!(err, "records that pass: {passed} of {}", records.len())?;
    Ok(if passed == records.len() { Outcome::Done } else { Outcome::Refused })
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Each record by name, as Lambda compares it: with its value decoded. Without a value, or with one that is no JSON,
/// there is nothing to compare.
fn records(event: &Value) -> Vec<(String, Result<Value, &'static str>)> {
    let Some(batches) = event.get("records").and_then(Value::as_object) else {
        return vec![("the message".to_owned(), Ok(json!({ "value": event })))];
    };
    let records = batches.iter().flat_map(|(batch, records)| {
        let records = records.as_array().into_iter().flatten();
        records.map(move |record| {
            let offset = record.get("offset").unwrap_or(&Value::Null);
            (format!("{batch}, offset {offset}"), decoded(record))
        })
    });
    records.collect()
}

fn decoded(record: &Value) -> Result<Value, &'static str> {
    let value = record.get("value").and_then(Value::as_str).ok_or("it has no value")?;
    let bytes = STANDARD.decode(value).map_err(|_| "its value is no base64")?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| "its value is no JSON")?;
    Ok(json!({ "value": value }))
}

/// Tells of one record, and whether it passes.
fn tell(
    name: &str,
    record: &Result<Value, &'static str>,
    filter: &Filter,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let record = match record {
        Ok(record) => record,
        Err(why) => {
            writeln!(out, "{name}: held back, {why}")?;
            return Ok(false);
        }
    };
    let reasons: Vec<_> = filter.patterns.iter().map(|pattern| mismatches(pattern, record)).collect();
    if let Some(at) = reasons.iter().position(Vec::is_empty) {
        writeln!(out, "{name}: passes by pattern {} of {}", at + 1, reasons.len())?;
        return Ok(true);
    }
    writeln!(out, "{name}: held back")?;
    for (at, reasons) in reasons.iter().enumerate() {
        for reason in reasons {
            writeln!(out, "  pattern {}: {}", at + 1, Reason(reason))?;
        }
    }
    Ok(false)
}

/// Why a pattern holds a record back, as a sentence without its full stop.
struct Reason<'a>(&'a Mismatch);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { path, found, wanted } = self.0;
        write!(f, "`{path}` is ")?;
        match found {
            None => f.write_str("missing")?,
            Some(Value::String(text)) => write!(f, "`{text}`")?,
            Some(Value::Object(_)) => f.write_str("an object")?,
            Some(Value::Array(_)) => f.write_str("an array")?,
            Some(other) => write!(f, "{other}")?,
        }
        let words: Vec<&str> = wanted.iter().filter_map(Value::as_str).collect();
        if words.is_empty() {
            return f.write_str(", the pattern wants it to be there");
        }
        if words.len() <= MOST_WORDS {
            return write!(f, ", the pattern wants {}", one_of(&words));
        }
        write!(f, ", the pattern wants one of {} names", words.len())?;
        match found.as_ref().and_then(Value::as_str).and_then(|text| nearest(text, &words)) {
            Some(word) => write!(f, ", the nearest is `{word}`"),
            None => Ok(()),
        }
    }
}

/// More names than this are counted, not listed.
const MOST_WORDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_say_what_is_there_and_what_is_wanted() {
        let names: Vec<String> = (0..20).map(|n| format!("vm_{n}")).collect();
        let many = json!({ "value": { "action": names, "context": { "blueprint": ["vm"] } } });
        let few = json!({ "value": { "action": ["db_0", "old_db_0"], "context": { "blueprint": ["db"] } } });
        let anything = json!({ "value": { "action": [{ "exists": true }] } });
        for (pattern, value, want) in [
            (
                &few,
                json!({ "action": "db_0", "context": { "blueprint": "vm" } }),
                &["`context.blueprint` is `vm`, the pattern wants `db`"][..],
            ),
            (
                &many,
                json!({ "action": "vm_20", "context": { "blueprint": "vm" } }),
                &["`action` is `vm_20`, the pattern wants one of 20 names, the nearest is `vm_0`"],
            ),
            (
                &few,
                json!({ "action": 7, "context": [] }),
                &[
                    "`action` is 7, the pattern wants `db_0` or `old_db_0`",
                    "`context.blueprint` is missing, the pattern wants `db`",
                ],
            ),
            (&anything, json!({ "action": {} }), &["`action` is an object, the pattern wants it to be there"]),
        ] {
            let reasons = mismatches(pattern, &json!({ "value": value }));
            let reasons: Vec<String> = reasons.iter().map(|reason| Reason(reason).to_string()).collect();
            assert_eq!(reasons, want, "{value}");
        }
    }
}
