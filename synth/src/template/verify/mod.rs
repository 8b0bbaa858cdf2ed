//! What must hold of the template as it will be deployed, whatever was overridden.
//!
//! Other people's checkers see most mistakes in a template. Here are those that they let through and that deploy badly
//! or leak (each was tried on them), and the limits of AWS. A fault that an override brought about is shown there.

mod event_source;
mod limit;
mod permission;
mod reference;
mod runner;
mod secret;
mod shape;
mod text;

use documents::FileId;
use documents::finding::{Findings, Place, Severity};
use model::pointer::below;
use serde_json::{Map, Value};

use crate::template::overrides::Overrides;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// The template, with everything overridden.
    pub template: &'a Value,
    /// Bytes of the file that is deployed.
    pub template_bytes: usize,
    /// Bytes of the plan, which goes into the function's package.
    pub plan_bytes: usize,
    /// Whether the plan tells the function to answer with partial batch responses.
    pub partial_batch_response: bool,
}

/// Adds what is wrong. `generated` is the file that stands for what nothing overrode.
pub fn verify(deployed: &Deployed<'_>, overrides: Option<&Overrides>, generated: FileId, findings: &mut Findings) {
    let mut faults = Faults::default();
    let template = deployed.template;
    shape::check(template, &mut faults);
    event_source::check(template, &mut faults);
    runner::check(deployed, &mut faults);
    secret::check(template, &mut faults);
    reference::check(template, &mut faults);
    permission::check(template, &mut faults);
    text::check(template, &mut faults);
    limit::check(deployed, &mut faults);
    let mut told: Vec<(FileId, Place, Fault, Vec<String>)> = Vec::new();
    for mut fault in faults.0 {
        let here = overrides.and_then(|overrides| Some((overrides.file, overrides.origin(&fault.at)?)));
        let cause = overrides.and_then(|overrides| {
            Some((overrides.file, fault.causes.iter().find_map(|pointer| overrides.origin(pointer))?))
        });
        // What one change brought about in several places is told once.
        let elsewhere = here.is_none() && cause.is_some();
        let (file, place) = here.or(cause).unwrap_or((generated, Place::File));
        let same = told.iter_mut().find(|(_, other, earlier, _)| {
            elsewhere && *other == place && earlier.code == fault.code && earlier.message == fault.message
        });
        let at = std::mem::take(&mut fault.at);
        match same {
            Some((.., places)) => places.push(at),
            None if elsewhere => told.push((file, place, fault, vec![at])),
            None => {
                if file == generated && !at.is_empty() {
                    fault.message = format!("{at}: {}", fault.message);
                }
                told.push((file, place, fault, Vec::new()));
            }
        }
    }
    for (file, place, fault, places) in told {
        let finding = findings.add(fault.severity, file, place, fault.code, fault.message);
        let places = (!places.is_empty()).then(|| format!("it concerns\n{}", places.join("\n")));
        let help: Vec<String> = fault.help.into_iter().chain(places).collect();
        if !help.is_empty() {
            finding.help(help.join("\n"));
        }
    }
}

/// Something wrong with the template.
#[derive(Debug)]
struct Fault {
    /// Where in the template.
    at: String,
    /// Other places that may have brought it about.
    causes: Vec<String>,
    severity: Severity,
    code: &'static str,
    message: String,
    help: Option<String>,
}

#[derive(Debug, Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn error(&mut self, at: impl Into<String>, code: &'static str, message: impl Into<String>) -> &mut Fault {
        self.add(Severity::Error, at.into(), code, message.into())
    }

    fn warning(&mut self, at: impl Into<String>, code: &'static str, message: impl Into<String>) -> &mut Fault {
        self.add(Severity::Warning, at.into(), code, message.into())
    }

    #[expect(clippy::indexing_slicing, reason = "the element was pushed the line before")]
    fn add(&mut self, severity: Severity, at: String, code: &'static str, message: String) -> &mut Fault {
        self.0.push(Fault { at, causes: Vec::new(), severity, code, message, help: None });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}

impl Fault {
    fn caused_at(&mut self, pointer: String) -> &mut Self {
        self.causes.push(pointer);
        self
    }

    fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// A top-level section's entries.
fn section<'a>(template: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    template.get(name).and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The resources of some types: pointer to each, and its properties.
fn resources<'a>(template: &'a Value, types: &'a [&str]) -> impl Iterator<Item = (String, &'a Map<String, Value>)> {
    section(template, "Resources")
        .filter(move |(_, resource)| {
            resource.get("Type").and_then(Value::as_str).is_some_and(|kind| types.contains(&kind))
        })
        .filter_map(|(id, resource)| {
            Some((format!("{}/Properties", below("/Resources", id)), resource.get("Properties")?.as_object()?))
        })
}

/// Every function: pointer to its properties, and they.
fn functions(template: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    resources(template, &["AWS::Serverless::Function", "AWS::Lambda::Function"])
}

/// Calls `f` with every value below one, parents first, and the pointer to it.
fn walk<'a>(pointer: &str, value: &'a Value, f: &mut impl FnMut(&str, &'a Value)) {
    f(pointer, value);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| walk(&below(pointer, key), value, f)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(&format!("{pointer}/{index}"), item, f));
        }
        _ => {}
    }
}

/// The last key of a pointer.
fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

/// The one pair of an intrinsic.
fn intrinsic(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, argument) = map.iter().next()?;
    is_intrinsic(key).then_some((key, argument))
}

/// Whether a key is that of a function of `CloudFormation`'s.
pub(crate) fn is_intrinsic(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The argument of `Fn::If`.
fn choice(value: &Value) -> Option<(&str, &Value, &Value)> {
    match (intrinsic(value)?, value.get("Fn::If")?.as_array()?.as_slice()) {
        ((_, _), [Value::String(condition), yes, no]) => Some((condition, yes, no)),
        _ => None,
    }
}

fn is_no_value(value: &Value) -> bool {
    intrinsic(value).is_some_and(|(key, argument)| key == "Ref" && argument == "AWS::NoValue")
}

/// What a value may turn out to be: every outcome of its conditions, without the one that removes it.
fn outcomes(value: &Value) -> Vec<&Value> {
    match choice(value) {
        Some((_, yes, no)) => [yes, no].into_iter().flat_map(outcomes).collect(),
        None if is_no_value(value) => Vec::new(),
        None => vec![value],
    }
}

/// The same of a property that may be missing.
fn outcomes_of<'a>(properties: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    properties.get(key).map(outcomes).unwrap_or_default()
}

/// The condition, and the outcome of it, that a property hangs on; None for one that is always there.
fn guard(value: &Value) -> Option<(&str, bool)> {
    let (condition, yes, no) = choice(value)?;
    match (is_no_value(yes), is_no_value(no)) {
        (false, true) => Some((condition, true)),
        (true, false) => Some((condition, false)),
        _ => None,
    }
}

/// The text of a string or of an `Fn::Sub`, and the names that are put into it; None for anything else.
fn substituted(value: &Value) -> Option<(&str, Vec<&str>)> {
    if let Some(text) = value.as_str() {
        return Some((text, Vec::new()));
    }
    let (_, argument) = intrinsic(value).filter(|(key, _)| *key == "Fn::Sub")?;
    let text = argument.as_str().or_else(|| argument.get(0)?.as_str())?;
    let names = text.split("${").skip(1).filter(|rest| !rest.starts_with('!'));
    Some((text, names.filter_map(|rest| Some(rest.split_once('}')?.0.trim())).collect()))
}

/// A number as people write it: `61,234`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, want) in [(0, "0"), (999, "999"), (1000, "1,000"), (61_234, "61,234"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn names_in_a_text() {
        let sub = |text: &str| serde_json::json!({ "Fn::Sub": text });
        assert_eq!(substituted(&sub("a${B}c${!D}${E.Arn}")), Some(("a${B}c${!D}${E.Arn}", vec!["B", "E.Arn"])));
        assert_eq!(substituted(&serde_json::json!("${B}")), Some(("${B}", vec![])));
        assert_eq!(substituted(&serde_json::json!({ "Ref": "B" })), None);
    }
}
