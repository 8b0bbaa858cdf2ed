//! The parts of its context that a template reads, judged by its text. If that is uncertain, more counts as read.

use std::collections::BTreeSet;

use model::template;
use serde_json::Value;

/// The parts of the context that a template reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// Inputs by name.
    pub(crate) inputs: BTreeSet<String>,
    /// Whether it may read any input, for example with `.inputs | keys`.
    pub(crate) all_inputs: bool,
    /// Whether it reads the entity of the run.
    pub(crate) entity: bool,
    /// Paths below `.trigger`.
    pub(crate) trigger: Vec<Vec<String>>,
    /// Every name after a dot, or in quotes between brackets.
    pub(crate) words: BTreeSet<String>,
}

impl Reads {
    /// Reads every string and key below `value`.
    pub(crate) fn new(value: &Value) -> Self {
        let mut reads = Self::default();
        reads.value(value);
        reads
    }

    /// Returns whether it reads nothing that differs between runs, except the run's id.
    pub(crate) fn nothing(&self) -> bool {
        self.inputs.is_empty() && !self.all_inputs && !self.entity && self.trigger.is_empty()
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(map) => map.iter().for_each(|(key, item)| {
                self.text(key);
                self.value(item);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        for source in template::expressions(text) {
            self.expression(source);
        }
    }

    fn expression(&mut self, source: &str) {
        // After a pipe, or inside a call, `.` is a different value.
        let mut piped = false;
        let mut rest = source;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let after_value = before.is_some_and(|c: char| c.is_alphanumeric() || "_)]\"?".contains(c));
            if c == '.' && !after_value {
                let (path, length) = path(rest);
                self.words.extend(path.iter().cloned());
                match path.first().map(String::as_str) {
                    Some("inputs") => match path.get(1) {
                        Some(name) => drop(self.inputs.insert(name.clone())),
                        None => self.all_inputs = true,
                    },
                    Some("entity") => self.entity = true,
                    Some("trigger") => self.trigger.push(path.into_iter().skip(1).collect()),
                    None if !piped => (self.all_inputs, self.entity) = (true, true),
                    Some(_) | None => {}
                }
                before = rest.get(..length).and_then(|text| text.chars().next_back());
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            if c == '.' {
                // A path on a computed value, such as `(…).name`.
                let (path, length) = path(rest);
                self.words.extend(path);
                before = Some('.');
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            piped |= c == '|' || (c == '(' && before.is_some_and(|c| c.is_alphanumeric() || c == '_'));
            before = Some(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
}

/// Returns the names of a path such as `.inputs["my-key"].a?`, and the number of bytes of `text` that it takes, at least
/// one.
fn path(text: &str) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let name = rest.strip_prefix('.').map(name_length);
        let (start, length) = match name {
            Some(length) if length > 0 => (1, length),
            _ => {
                let bare = rest.strip_prefix('.').unwrap_or(rest);
                let dot = rest.len() - bare.len();
                match quoted(bare) {
                    Some((open, length, whole)) if dot == 1 || open == 1 => {
                        names.extend(serde_json::from_str::<String>(bare.get(open..open + length).unwrap_or_default()));
                        at += dot + whole;
                        at += usize::from(text.get(at..).is_some_and(|rest| rest.starts_with('?')));
                        continue;
                    }
                    _ => break,
                }
            }
        };
        names.push(rest.get(start..start + length).unwrap_or_default().to_owned());
        at += start + length;
        at += usize::from(text.get(at..).is_some_and(|rest| rest.starts_with('?')));
    }
    (names, at.max(1))
}

fn name_length(text: &str) -> usize {
    let letters = text.chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).count();
    if text.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { letters }
}

/// Reads `"name"` or `["name"]`. Returns where the quoted text starts, its length with quotes, and the whole length.
fn quoted(text: &str) -> Option<(usize, usize, usize)> {
    let bracket = usize::from(text.starts_with('['));
    let rest = text.get(bracket..)?;
    let inner = rest.strip_prefix('"')?;
    let length = inner.find('"')? + 2;
    if bracket == 1 && !rest.get(length..)?.starts_with(']') {
        return None;
    }
    Some((bracket, length, length + 2 * bracket))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_of_templates() {
        for (template, want) in [
            ("{{ .inputs.cpu }}", "cpu"),
            ("{{ .inputs.a // .inputs[\"b-c\"] | slug }}-{{.inputs.\"d\"}}", "a b-c d"),
            ("{{ .inputs[\"my\"].x }}", "my"),
            ("{{ .inputs | keys }}", "*"),
            ("{{ . as $all | $all.inputs.x }}", "* entity"),
            ("{{ .inputs.tags | map(. + \"x\") }}", "tags"),
            ("{{ .inputs.tags[]? | select(.name) }}", "tags"),
            ("{{ .inputs.zone? | .identifier }}", "zone"),
            ("{{ if .entity.properties.on then 1.5 else .run.id end }}", "entity"),
            ("{{ .trigger.by.user.email }}", "by.user.email"),
            ("{{ \"\\(.inputs.a)\" }}", "a"),
            (".inputs.a", ""),
            ("{{ .run.id }}", ""),
        ] {
            let reads = Reads::new(&json!([template]));
            let mut words: Vec<String> = reads.inputs.into_iter().collect();
            words.extend(reads.all_inputs.then(|| "*".to_owned()));
            words.extend(reads.entity.then(|| "entity".to_owned()));
            words.extend(reads.trigger.iter().map(|path| path.join(".")));
            assert_eq!(words.join(" "), want, "{template}");
        }
        let reads = Reads::new(&json!("{{ (.inputs.zone).properties[\"x y\"].z }}"));
        assert!(["zone", "properties", "x y", "z"].iter().all(|word| reads.words.contains(*word)), "{reads:?}");
    }
}
