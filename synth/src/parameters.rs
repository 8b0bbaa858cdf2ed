//! Values of the template's parameters in files that are under version control: `params.STAGE.yaml` next to `synth.toml`, what
//! `samconfig.toml` says or names, and what these include.
//!
//! A file is read as the SAM CLI reads it (`parameter_overrides`, `samcli/cli/types.py`). No finding shows a line of such a
//! file, because its neighbour may be a secret.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use documents::finding::{Findings, Place};
use documents::wording::plural;
use documents::{Source, Sources};
use regex::Regex;
use review::template::yaml::{self, YamlError};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::template::types::Param;
use crate::{files, folder};

/// The SAM CLI's settings.
const SETTINGS: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
/// The endings of files that the SAM CLI reads parameters from.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "toml"];

/// The files of parameters that belong to a project.
#[derive(Debug, Default)]
pub struct Parameters(Vec<ParameterFile>);

/// A file, and what it says.
#[derive(Debug)]
struct ParameterFile {
    source: Source,
    /// Names and values, in the order of the file.
    given: Vec<(String, String)>,
    /// Other files that it takes values from.
    included: Vec<PathBuf>,
    /// Whether a stack is deployed with it.
    is_stage: bool,
    /// Why it cannot be understood.
    fault: Option<String>,
}

impl Parameters {
    /// Reads the files next to a `synth.toml`. Those that git ignores by the names that `synth init` chose are left out, and so
    /// is `params.example.yaml`, which has examples.
    pub fn beside(config: &Path) -> Self {
        let folder = config.parent().unwrap_or(Path::new(""));
        let mut read = Self::default();
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<(PathBuf, bool)> = stages(folder).into_iter().map(|path| (path, true)).collect();
        for settings in SETTINGS.map(|name| folder.join(name)) {
            if let Ok(Some(source)) = files::find(&settings, false) {
                let file = ParameterFile::of(source, true);
                waiting.extend(file.included.iter().map(|path| (path.clone(), true)));
                read.0.push(file);
            }
        }
        while let Some((path, is_stage)) = waiting.pop() {
            if is_private(folder, &path) || !seen.insert(path.clone()) {
                continue;
            }
            // A file that is missing is reported by the SAM CLI.
            let Ok(Some(source)) = files::find(&path, false) else { continue };
            let file = ParameterFile { is_stage, ..ParameterFile::of(source, false) };
            waiting.extend(file.included.iter().map(|path| (path.clone(), false)));
            read.0.push(file);
        }
        read.0.sort_by(|a, b| a.source.path.cmp(&b.source.path));
        read
    }

    /// Reads one file from memory, for a stage of its own.
    pub fn of(source: Source) -> Self {
        Self(vec![ParameterFile { is_stage: true, ..ParameterFile::of(source, false) }])
    }

    /// Returns the paths of the files.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.0.iter().map(|file| file.source.path.clone())
    }

    /// Reports secrets in the files, stages whose alarms notify nobody, and what cannot be read. Which parameters are secrets is
    /// in the template.
    pub fn check(&self, template: &Value, sources: &mut Sources, findings: &mut Findings) {
        let secrets = masked(template);
        let alarms = alarms(template);
        for file in &self.0 {
            let held = file.given.iter().filter(|(name, value)| secrets.contains(name.as_str()) && is_secret(value));
            let held: BTreeSet<&str> = held.map(|(name, _)| name.as_str()).collect();
            let is_silent = file.is_stage && alarms > 0 && file.fault.is_none() && self.topic(file).is_empty();
            if held.is_empty() && !is_silent && file.fault.is_none() {
                continue;
            }
            // Without its text, so that nothing can show a line of it.
            let id = sources.add(Source { text: String::new(), ..file.source.clone() });
            if let Some(fault) = &file.fault {
                if sources.get(id).is_none_or(|source| source.is_readable(id, findings)) {
                    findings.error(id, Place::File, "syntax", fault.clone());
                }
                continue;
            }
            for name in held {
                let message = format!("{} has a value for the secret `{name}`", file.place(name));
                findings.error(id, Place::File, "secret-in-parameters", message).help(
                    "store it with `aws secretsmanager create-secret`, and set the parameter that takes the secret's ARN; if this was \
                     committed, replace the secret. A file that git ignores is next to `synth.toml` and named `params.local.yaml` or `params.STAGE.local.yaml`",
                );
            }
            if is_silent {
                let message = format!(
                    "`{}` is not set, so the stack's {} would notify nobody",
                    Param::AlarmTopicArn,
                    plural(alarms, "alarm")
                );
                findings
                    .warning(id, Place::File, "silent-alarms", message)
                    .help(format!("set `{}` to the ARN of an SNS topic that notifies people", Param::AlarmTopicArn));
            }
        }
    }

    /// Returns the topic that a file, or what it includes, sets for alarms.
    fn topic<'a>(&'a self, file: &'a ParameterFile) -> &'a str {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![file];
        while let Some(file) = waiting.pop() {
            let topic =
                file.given.iter().rfind(|(name, value)| *name == Param::AlarmTopicArn.to_string() && !value.is_empty());
            if let Some((_, topic)) = topic {
                return topic;
            }
            let included = file.included.iter().filter(|path| seen.insert(*path));
            waiting.extend(included.filter_map(|path| self.0.iter().find(|other| other.source.path == *path)));
        }
        ""
    }
}

impl ParameterFile {
    /// Reads a file of parameters, or the SAM CLI's `settings`.
    fn of(mut source: Source, settings: bool) -> Self {
        if let Some(obstacle) = &mut source.unreadable
            && let Some(at) = obstacle.at.take()
        {
            obstacle.message = format!("line {}: {}", line(&source.text, at.start), obstacle.message);
        }
        let value = match &source.unreadable {
            Some(_) => Err(String::new()),
            None => parsed(&source),
        };
        let mut file = Self { source, given: Vec::new(), included: Vec::new(), is_stage: false, fault: None };
        match value {
            Ok(value) if settings => file.overrides(&value),
            Ok(value) => file.collect(&value),
            Err(fault) => file.fault = Some(fault),
        }
        file
    }

    /// Collects every `parameter_overrides` of the SAM CLI's settings.
    fn overrides(&mut self, value: &Value) {
        for (key, value) in value.as_object().into_iter().flatten() {
            if key == "parameter_overrides" { self.collect(value) } else { self.overrides(value) }
        }
    }

    /// Collects names and values, at whatever depth: what is behind an anchor is in the file too.
    fn collect(&mut self, value: &Value) {
        match value {
            Value::String(text) => match text.strip_prefix("file://") {
                Some(path) => self.included.push(self.source.path.with_file_name(path)),
                None => self.given.extend(pairs(text)),
            },
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(object) => {
                if let (Some(name), Some(value)) = (object.get("ParameterKey"), object.get("ParameterValue")) {
                    self.given.push((text(name), text(value)));
                }
                for (key, value) in object {
                    match value {
                        value if key == "$include" => self.collect(value),
                        Value::Object(_) => {
                            self.given.push((text(&key.as_str().into()), text(value)));
                            self.collect(value);
                        }
                        Value::Array(items) => {
                            self.given.push((text(&key.as_str().into()), text(value)));
                            items.iter().filter(|item| !item.is_string()).for_each(|item| self.collect(item));
                        }
                        value => self.given.push((text(&key.as_str().into()), text(value))),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Returns the line that names a parameter first, in words.
    fn place(&self, name: &str) -> String {
        let line = self.source.text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains(name));
        line.map_or_else(|| "this file".to_owned(), |line| format!("line {}", line + 1))
    }
}

/// Lists the files of stages in a folder, sorted.
fn stages(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(here).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let is_stage = |name: &str| {
        let parts: Vec<&str> = name.split('.').collect();
        matches!(parts.as_slice(), ["params", stage, .., ending] if *stage != "example" && ENDINGS.contains(ending))
    };
    let mut stages: Vec<PathBuf> =
        names.filter(|name| name.to_str().is_some_and(is_stage)).map(|name| folder.join(name)).collect();
    stages.sort();
    stages
}

/// Whether git ignores a file by the names in the `.gitignore` of a folder, as `synth init` writes it: most of them only next to it.
fn is_private(folder: &Path, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parts: Vec<&str> = name.split('.').collect();
    let place = |path: Option<&Path>| path.and_then(|path| folder::resolved(path).ok());
    match parts.as_slice() {
        [_, .., "secret", "json"] => true,
        ["params", "yaml"] | ["params", .., "local", "yaml"] => place(path.parent()) == place(Some(folder)),
        _ => false,
    }
}

/// Parses a file by its ending, as the SAM CLI does.
fn parsed(source: &Source) -> Result<Value, String> {
    let is_toml = source.path.extension().is_some_and(|ending| ending == "toml");
    if source.text.trim().is_empty() {
        return Ok(Value::Null);
    }
    if is_toml {
        return toml::from_str(&source.text).map(of_toml).map_err(|error| {
            let line = line(&source.text, error.span().map_or(0, |span| span.start));
            format!("line {line} is not valid TOML")
        });
    }
    let is_json = source.path.extension().is_some_and(|ending| ending == "json");
    if is_json && let Err(error) = serde_json::from_str::<IgnoredAny>(&source.text) {
        return Err(format!("line {} is not valid JSON", error.line()));
    }
    match yaml::noted(&source.text) {
        Ok((value, duplicates)) if duplicates.is_empty() => Ok(value),
        // The SAM CLI refuses the file, and the value that does not count may be a secret.
        Ok(_) => Err("this file has a key twice in one mapping; keep one of the two".to_owned()),
        Err(YamlError::Documents(0)) => Ok(Value::Null),
        Err(YamlError::Documents(_)) => Err("this file has several YAML documents; join them".to_owned()),
        Err(YamlError::Syntax { line, .. }) => Err(format!("line {line} is not valid YAML")),
        Err(YamlError::TooLarge(excess)) => Err(format!("this file {excess}")),
    }
}

/// Returns the number of the line that a byte of a text is in.
fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// Converts TOML to JSON. What JSON does not have becomes text.
fn of_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) if number.is_finite() => number.into(),
        toml::Value::Float(number) => number.to_string().into(),
        toml::Value::Boolean(whether) => whether.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(of_toml).collect(),
        toml::Value::Table(pairs) => {
            Value::Object(pairs.into_iter().map(|(key, value)| (key, of_toml(value))).collect())
        }
    }
}

/// Returns a value as the SAM CLI passes it on. Quotes around the whole are removed.
fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text).filter(|item| !item.is_empty()).collect();
            items.join(",")
        }
        other => other.to_string(),
    };
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map_or_else(|| text.clone(), str::to_owned).trim().to_owned()
}

/// Returns the pairs of `Name=value` and of `ParameterKey=Name,ParameterValue=value`.
fn pairs(line: &str) -> Vec<(String, String)> {
    static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let value = r#""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s"'\\])+"#;
        Regex::new(&format!(r#"(?:^|\s)(?:ParameterKey=)?["']?([A-Za-z0-9]+)["']?(?:,\s*ParameterValue)?=({value})?"#))
            .ok()
    });
    let Some(pair) = PAIR.as_ref() else { return Vec::new() };
    let of = |found: regex::Captures<'_>| {
        let group = |at| found.get(at).map_or("", |group| group.as_str());
        (group(1).to_owned(), text(&group(2).into()))
    };
    pair.captures_iter(line).map(of).collect()
}

/// Returns the names of the template's masked parameters.
fn masked(template: &Value) -> BTreeSet<&str> {
    let parameters = template.get("Parameters").and_then(Value::as_object).into_iter().flatten();
    let is_masked = |parameter: &Value| parameter.get("NoEcho").is_some_and(|masked| text(masked) == "true");
    parameters.filter(|(_, parameter)| is_masked(parameter)).map(|(name, _)| name.as_str()).collect()
}

/// Whether the value of a masked parameter has to stay out of a file. A dynamic reference of CloudFormation's, alone, only says
/// where the secret is.
fn is_secret(value: &str) -> bool {
    let inner = value.strip_prefix("{{resolve:").and_then(|rest| rest.strip_suffix("}}"));
    let place = inner.filter(|inner| !inner.contains(['{', '}'])).and_then(|inner| inner.split_once(':'));
    let is_reference = place
        .is_some_and(|(service, key)| ["ssm", "ssm-secure", "secretsmanager"].contains(&service) && !key.is_empty());
    !value.is_empty() && !is_reference
}

/// Counts the alarms that notify nobody without `AlarmTopicArn`.
fn alarms(template: &Value) -> usize {
    let topic = Param::AlarmTopicArn.to_string();
    let parameter = template.get("Parameters").and_then(|parameters| parameters.get(&topic));
    let has_default =
        parameter.and_then(|parameter| parameter.get("Default")).is_some_and(|value| !text(value).is_empty());
    if has_default {
        return 0;
    }
    let needs_topic = |resource: &&Value| {
        let actions = resource.pointer("/Properties/AlarmActions");
        resource.get("Type").is_some_and(|kind| kind == "AWS::CloudWatch::Alarm")
            && actions.is_some_and(|actions| actions.to_string().contains(&format!("\"{topic}\"")))
    };
    let resources = template.get("Resources").and_then(Value::as_object).into_iter().flatten();
    resources.map(|(_, resource)| resource).filter(needs_topic).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_in_both_notations() {
        for (line, want) in [
            ("A=1 B=2", vec![("A", "1"), ("B", "2")]),
            ("A=\"x y\" B='p q'", vec![("A", "x y"), ("B", "p q")]),
            ("ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=\"2 3\"", vec![("A", "1"), ("B", "2 3")]),
            ("A= B=1", vec![("A", ""), ("B", "1")]),
            ("Url=http://x?A=1", vec![("Url", "http://x?A=1")]),
        ] {
            let found = pairs(line);
            let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, want, "{line}");
        }
    }

    #[test]
    fn names_decide_what_git_ignores() {
        for (name, want) in [
            ("params.yaml", true),
            ("params.local.yaml", true),
            ("params.dev.local.yaml", true),
            ("kafka.dev.secret.json", true),
            ("params.dev.yaml", false),
            ("params.local.dev.yaml", false),
            ("local.yaml", false),
            ("secret.json", false),
            ("./params.yaml", true),
            ("b/../params.yaml", true),
            ("b/params.yaml", false),
            ("../params.yaml", false),
            ("b/params.dev.local.yaml", false),
            ("b/kafka.secret.json", true),
        ] {
            assert_eq!(is_private(Path::new("a"), &Path::new("a").join(name)), want, "{name}");
        }
    }
}
