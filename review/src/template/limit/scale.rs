//! Weighs values as what they become.

use std::collections::BTreeMap;
use std::ops::Add as _;

use serde_json::{Map, Value};

use super::{Excess, Known, MOST_COMBINATIONS, MOST_LEVELS, MOST_PERMISSIONS, Size};
use crate::template::intrinsic::is_no_value;

/// Adds up sizes until a bound is exceeded.
#[derive(Default)]
pub(super) struct Scale<'a> {
    known: Known<'a>,
    pub(super) size: Size,
    permissions: usize,
    /// How many values the current one is in.
    levels: usize,
    /// The conditions above the current value: how many, and their bytes. Each value below is listed with all of them.
    guards: Size,
}

impl<'a> Scale<'a> {
    /// Starts from nothing, with these values behind names.
    pub(super) fn with(known: Known<'a>) -> Self {
        Self { known, ..Self::default() }
    }

    pub(super) fn add(&mut self, size: Size) -> Result<(), Excess> {
        self.size += size;
        self.size.check()
    }

    pub(super) fn weigh(&mut self, value: &Value) -> Result<(), Excess> {
        self.add(Size { values: 1, bytes: 0 })?;
        self.add(self.guards)?;
        if self.levels == MOST_LEVELS {
            return Err(Excess::Levels);
        }
        self.levels += 1;
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.weigh(item)),
            Value::Object(map) => self.object(map),
            _ => Ok(()),
        }?;
        self.levels -= 1;
        Ok(())
    }

    /// Adds a text: its references are values, and so is what is in JSON in it.
    fn text(&mut self, text: &str) -> Result<(), Excess> {
        self.add(Size { values: text.matches("${").count(), bytes: text.len() })?;
        if !self.known.parameters.is_empty() {
            let names = text.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0.trim()));
            for size in names.filter_map(|name| self.known.parameters.get(name).copied()) {
                self.size += size;
            }
            self.size.check()?;
        }
        if !text.trim_start().starts_with(['{', '[']) {
            return Ok(());
        }
        let commas = text.bytes().filter(|byte| *byte == b',').count();
        let inside = Size { values: self.size.values.saturating_add(commas), ..self.size };
        match serde_json::from_str::<Value>(text) {
            _ if inside.check().is_err() => inside.check(),
            Ok(value) => self.weigh(&value),
            Err(_) => Ok(()),
        }
    }

    fn object(&mut self, map: &Map<String, Value>) -> Result<(), Excess> {
        if let Some(Value::Array(items)) = map.get("Fn::If")
            && let [Value::String(condition), branches @ ..] = items.as_slice()
        {
            let before = self.guards;
            self.guards += Size::of_text(condition);
            let weighed = branches.iter().try_for_each(|branch| self.weigh(branch));
            self.guards = before;
            return weighed;
        }
        for (key, value) in map {
            self.add(Size { values: 0, bytes: key.len() })?;
            self.weigh(value)?;
            match (key.as_str(), value) {
                ("Ref", Value::String(name)) => {
                    let default = self.known.parameters.get(name.as_str()).copied().unwrap_or_default();
                    self.add(default)?;
                }
                ("Fn::FindInMap", Value::Array(keys)) => {
                    let found = self.known.lookup(keys);
                    self.add(found)?;
                }
                _ => {}
            }
        }
        if map.len() == 1 && (map.contains_key("Fn::Sub") || map.contains_key("Fn::Join")) {
            self.add(written_out(map))?;
        }
        if map.contains_key("Action") || map.contains_key("NotAction") {
            self.statement(map)?;
        }
        Ok(())
    }

    /// Adds what a policy's statement becomes: one for each combination of principal, action and resource.
    fn statement(&mut self, map: &Map<String, Value>) -> Result<(), Excess> {
        let mut combinations: usize = 1;
        let mut words = self.guards;
        for keys in [["Principal", "NotPrincipal"], ["Action", "NotAction"], ["Resource", "NotResource"]] {
            let mut terms = Terms::default();
            keys.iter().filter_map(|key| map.get(*key)).for_each(|value| terms.count(value));
            combinations = combinations.saturating_mul(terms.count.max(1));
            words += terms.longest;
        }
        if combinations > MOST_COMBINATIONS {
            // It is not split: each of its effects has all words.
            combinations = 1;
            words += map.values().map(Size::of_value).fold(Size::default(), Size::add);
        }
        let mut effects = Terms::default();
        map.get("Effect").into_iter().for_each(|effect| effects.count(effect));
        combinations = combinations.saturating_mul(effects.count.max(1));
        self.permissions += combinations;
        if self.permissions > MOST_PERMISSIONS {
            return Err(Excess::Permissions);
        }
        if let Some(condition) = map.get("Condition") {
            let mut scale = Self::default();
            scale.weigh(condition)?;
            words += scale.size;
        }
        self.add(words.times(combinations - 1))
    }
}

/// The terms of a statement's element.
#[derive(Default)]
struct Terms {
    count: usize,
    /// The longest of them.
    longest: Size,
}

impl Terms {
    fn count(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(map) => map.values().for_each(|value| self.count(value)),
            value if is_no_value(value) => {}
            value => {
                self.count += 1;
                let bytes = value.as_str().map_or(0, str::len);
                self.longest = Size { values: 0, bytes: self.longest.bytes.max(bytes) };
            }
        }
    }
}

/// Returns the size of a text as it is written out: `Fn::Sub` repeats the values of its variables.
fn text_size(value: &Value) -> Size {
    match value {
        Value::String(text) => Size { values: 1 + text.matches("${").count(), bytes: text.len() },
        Value::Array(items) => sum(items.iter()),
        Value::Object(map) => written_out(map),
        _ => Size { values: 1, bytes: 0 },
    }
}

fn written_out(map: &Map<String, Value>) -> Size {
    let mut size = Size::default();
    match map.iter().next() {
        Some((name, Value::Array(items))) if name == "Fn::Sub" => {
            let [Value::String(text), Value::Object(variables)] = items.as_slice() else { return sum(items.iter()) };
            size += Size::of_text(text);
            let sizes: BTreeMap<&str, Size> =
                variables.iter().map(|(name, value)| (name.as_str(), text_size(value))).collect();
            let names = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim()));
            names.filter_map(|name| sizes.get(name)).for_each(|variable| size += *variable);
        }
        Some((name, Value::Array(items))) if name == "Fn::Join" => {
            let [Value::String(delimiter), Value::Array(joined)] = items.as_slice() else { return sum(items.iter()) };
            size += Size::of_text(delimiter).times(joined.len());
            size += sum(joined.iter());
        }
        _ => size += sum(map.values()),
    }
    size
}

fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> Size {
    let mut size = Size::default();
    values.for_each(|value| size += text_size(value));
    size
}
