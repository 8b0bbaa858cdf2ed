//! `synth filter-test`: shows which records pass the event filter, and why the others do not.

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
use synth::files;
use synth::plan::filter::{self, Filter};

use super::{Outcome, planned};

/// Show which records pass the event filter, and why the others do not
///
/// Lambda compares each record with the patterns in the template before it invokes the function. The exit code is 0 if
/// all records pass, and 1 if one does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth filter-test event.json
  synth event --action create_vm | synth filter-test -")]
pub(super) struct Args {
    /// A Lambda event for Kafka or the JSON of one message; `-` reads standard input
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
            writeln!(err, "error: `{}` is not valid JSON: {error}", args.event.display())?;
            return Ok(Outcome::Refused);
        }
    };
    let Some((catalog, names)) = planned(&args.blueprints, err)? else { return Ok(Outcome::Refused) };
    let filter = filter::compile(&synth::plan::compile::compile(&catalog, &names, &Config::default()));
    let records = records(&event);
    let mut passed = 0;
    for (name, record) in &records {
        passed += usize::from(report(name, record, &filter, out)?);
    }
    writeln!(err, "records passed: {passed} of {}", records.len())?;
    Ok(if passed == records.len() { Outcome::Done } else { Outcome::Refused })
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        return Ok(text);
    }
    files::text(path)
}

/// Returns each record by name as Lambda compares it, with its value decoded; a reason if its value cannot be decoded.
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
    let bytes = STANDARD.decode(value).map_err(|_| "its value is not valid base64")?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| "its value is not valid JSON")?;
    Ok(json!({ "value": value }))
}

/// Prints whether a record passes, or why not. Returns whether it passes.
fn report(
    name: &str,
    record: &Result<Value, &'static str>,
    filter: &Filter,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let record = match record {
        Ok(record) => record,
        Err(why) => {
            writeln!(out, "{name}: does not pass, {why}")?;
            return Ok(false);
        }
    };
    let reasons: Vec<_> = filter.patterns.iter().map(|pattern| mismatches(pattern, record)).collect();
    if let Some(at) = reasons.iter().position(Vec::is_empty) {
        writeln!(out, "{name}: passes, matches pattern {} of {}", at + 1, reasons.len())?;
        return Ok(true);
    }
    writeln!(out, "{name}: does not pass")?;
    for (at, reasons) in reasons.iter().enumerate() {
        for reason in reasons {
            writeln!(out, "  pattern {}: {}", at + 1, Reason(reason))?;
        }
    }
    Ok(false)
}

/// Why a record does not match a pattern.
pub(crate) struct Reason<'a>(pub(crate) &'a Mismatch);

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
            return f.write_str(if found.is_none() {
                "; the pattern requires it"
            } else {
                "; expected a single value"
            });
        }
        if words.len() <= MOST_WORDS {
            return write!(f, "; expected {}", one_of(&words));
        }
        write!(f, "; expected one of {} names", words.len())?;
        match found.as_ref().and_then(Value::as_str).and_then(|text| nearest(text, &words)) {
            Some(word) => write!(f, ", the closest is `{word}`"),
            None => Ok(()),
        }
    }
}

/// Up to this many names are listed; more are only counted.
const MOST_WORDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_show_found_and_expected_values() {
        let names: Vec<String> = (0..20).map(|n| format!("vm_{n}")).collect();
        let many = json!({ "value": { "action": names, "context": { "blueprint": ["vm"] } } });
        let few = json!({ "value": { "action": ["db_0", "old_db_0"], "context": { "blueprint": ["db"] } } });
        let anything = json!({ "value": { "action": [{ "exists": true }] } });
        for (pattern, value, want) in [
            (
                &few,
                json!({ "action": "db_0", "context": { "blueprint": "vm" } }),
                &["`context.blueprint` is `vm`; expected `db`"][..],
            ),
            (
                &many,
                json!({ "action": "vm_20", "context": { "blueprint": "vm" } }),
                &["`action` is `vm_20`; expected one of 20 names, the closest is `vm_0`"],
            ),
            (
                &few,
                json!({ "action": 7, "context": [] }),
                &["`action` is 7; expected `db_0` or `old_db_0`", "`context.blueprint` is missing; expected `db`"],
            ),
            (&anything, json!({ "action": {} }), &["`action` is an object; expected a single value"]),
        ] {
            let reasons = mismatches(pattern, &json!({ "value": value }));
            let reasons: Vec<String> = reasons.iter().map(|reason| Reason(reason).to_string()).collect();
            assert_eq!(reasons, want, "{value}");
        }
    }
}
