//! Walks a document together with its shape. The path from the root is a list on the stack, so that a JSON Pointer is
//! written only for a finding.

use model::jq;
use model::pointer::below;
use serde_json::{Map, Value};

use super::choice::{Choice, Picked};
use super::vocabulary::{KEYWORDS, SYNONYMS};
use super::{Grammar, Id, Key, List, Number, Object, Rest, Shape, Text};
use crate::cursor::Cursor;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::grammar::runner;
use crate::sources::FileId;
use crate::wording::{join, must_be, nearest, one_of, plural, unknown_value};

pub(super) struct Walk<'a> {
    pub(super) grammar: &'a Grammar,
    pub(super) file: FileId,
    pub(super) findings: &'a mut Findings,
}

/// The place of the walk.
#[derive(Clone, Copy)]
struct At<'p> {
    parent: Option<&'p At<'p>>,
    token: Token<'p>,
    /// Whether mistakes below this place are warnings.
    left_open: bool,
}

#[derive(Clone, Copy)]
enum Token<'p> {
    /// The document, with the pointer to it.
    Root(&'p str),
    Key(&'p str),
    Index(usize),
}

impl At<'_> {
    fn key<'q>(&'q self, key: &'q str, left_open: bool) -> At<'q> {
        At { parent: Some(self), token: Token::Key(key), left_open: self.left_open || left_open }
    }

    fn index(&self, index: usize) -> At<'_> {
        At { parent: Some(self), token: Token::Index(index), left_open: self.left_open }
    }

    fn pointer(&self) -> String {
        let parent = self.parent.map(At::pointer).unwrap_or_default();
        match self.token {
            Token::Root(pointer) => pointer.to_owned(),
            Token::Key(key) => below(&parent, key),
            Token::Index(index) => format!("{parent}/{index}"),
        }
    }

    fn value(&self) -> Place {
        Place::Value(self.pointer())
    }

    fn below(&self, key: &str) -> Place {
        Place::Key(below(&self.pointer(), key))
    }

    /// Returns the name of this place in a message: "`title`", "item 2 of `tags`".
    fn name(&self) -> String {
        match (self.token, self.parent) {
            (Token::Key(key), _) => format!("`{key}`"),
            (Token::Index(index), Some(list)) => format!("item {} of {}", index + 1, list.name()),
            (Token::Root(_) | Token::Index(_), _) => "the document".to_owned(),
        }
    }
}

impl Walk<'_> {
    pub(super) fn document(&mut self, root: Id, document: &Cursor<'_>) {
        let at = At { parent: None, token: Token::Root(&document.pointer), left_open: false };
        self.value(&at, root, document.value, None);
    }

    /// Checks a value. `choice` is the choice that the shape was picked from.
    fn value(&mut self, at: &At<'_>, id: Id, value: &Value, choice: Option<&Choice>) {
        let grammar = self.grammar;
        match (grammar.shape(id), value) {
            (Shape::Any, _) | (Shape::Null, Value::Null) | (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Number(number), Value::Number(found)) => self.number(at, number, found),
            (Shape::Text(text), Value::String(found)) => self.text(at, text, found),
            (Shape::List(list), Value::Array(elements)) => self.list(at, list, elements),
            (Shape::Object(object), Value::Object(pairs)) => self.object(at, object, pairs, choice),
            (Shape::Choice(choice), value) => self.choice(at, choice, value),
            (_, value) => self.wrong_type(at, &[id], value),
        }
    }

    fn choice(&mut self, at: &At<'_>, choice: &Choice, value: &Value) {
        match choice.pick(self.grammar, value) {
            Picked::Branch(branch) => self.value(at, branch, value, Some(choice)),
            Picked::Unfit => self.unfit(at, &choice.branches, value),
            Picked::TagUnfit(tag, having, left) => {
                if let Some(value) = value.get(tag) {
                    self.unfit(&at.key(tag, false), &having, value);
                }
                self.shared(at, tag, &left, value);
            }
            Picked::TagMissing(tag, left) => {
                let objects: Vec<&Object> = left.iter().filter_map(|branch| self.grammar.object(*branch)).collect();
                let is_unknown = |key: &&String| objects.iter().all(|object| !object.keys.contains_key(*key));
                let keys = value.as_object().into_iter().flat_map(Map::keys).filter(is_unknown);
                match keys.into_iter().find(|key| nearest(key, &[tag]).is_some()) {
                    Some(key) => self.misspelled(at, key, tag),
                    None => self.missing(at, tag),
                }
                self.shared(at, tag, &left, value);
            }
            Picked::Strange(branches) => {
                let needs = branches.iter().filter_map(|branch| self.grammar.object(*branch)).map(|object| {
                    object.required.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ")
                });
                let needs: Vec<String> = needs.filter(|keys| !keys.is_empty()).collect();
                let message = format!("this object needs {}", needs.join(", or "));
                self.report(at, || at.value(), "missing-key", message);
            }
        }
    }

    /// Checks what the possible branches have in common, if none of them could be chosen.
    fn shared(&mut self, at: &At<'_>, tag: &str, branches: &[Id], value: &Value) {
        let grammar = self.grammar;
        let objects: Vec<&Object> = branches.iter().filter_map(|branch| grammar.object(*branch)).collect();
        let ([first, others @ ..], Value::Object(pairs)) = (objects.as_slice(), value) else { return };
        let everywhere = |key: &str| others.iter().all(|object| object.keys.contains_key(key));
        for key in first.required.iter().filter(|key| *key != tag && !pairs.contains_key(*key)) {
            if others.iter().all(|object| object.required.contains(key)) {
                self.missing(at, key);
            }
        }
        for (key, value) in pairs.iter().filter(|(key, _)| *key != tag && everywhere(key)) {
            if let Some(Key { shape, left_open }) = first.keys.get(key) {
                self.value(&at.key(key, *left_open), *shape, value, None);
            }
        }
        if others.is_empty() {
            for key in pairs.keys().filter(|key| !first.keys.contains_key(*key)) {
                self.unknown_key(at, first, key, None);
            }
        }
    }

    /// Reports a value that has none of the shapes: its word or its type is wrong.
    fn unfit(&mut self, at: &At<'_>, ids: &[Id], value: &Value) {
        let grammar = self.grammar;
        let mut words: Vec<&str> = Vec::new();
        for id in ids {
            if let Shape::Text(text) = grammar.shape(*id) {
                words.extend(
                    text.words.iter().map(String::as_str).filter(|word| !words.contains(word)).collect::<Vec<_>>(),
                );
            }
        }
        match value {
            Value::String(found) if !words.is_empty() => self.unknown_variant(at, found, &words),
            _ => self.wrong_type(at, ids, value),
        }
    }

    fn number(&mut self, at: &At<'_>, number: &Number, found: &serde_json::Number) {
        let value = found.as_f64().unwrap_or_default();
        if number.whole && value.fract() != 0.0 {
            let message = format!("{} must be a whole number, but this is `{found}`", at.name());
            self.report(at, || at.value(), "wrong-type", message);
        } else if number.least.is_some_and(|least| value < least) || number.most.is_some_and(|most| value > most) {
            let bounds = match (number.least, number.most) {
                (Some(least), Some(most)) => format!("use {least} to {most}"),
                (Some(least), None) => format!("use at least {least}"),
                (None, most) => format!("use at most {}", most.unwrap_or_default()),
            };
            self.report(at, || at.value(), "out-of-range", format!("`{found}` is out of range; {bounds}"));
        }
    }

    fn text(&mut self, at: &At<'_>, text: &Text, found: &str) {
        if !text.words.is_empty() && !text.words.iter().any(|word| word == found) {
            let words: Vec<&str> = text.words.iter().map(String::as_str).collect();
            self.unknown_variant(at, found, &words);
        } else if !self.rule(at, || at.value(), text, found) {
            self.text_length(at, text, found);
        }
        if text.jq
            && let Err(fault) = jq::grammar(found)
        {
            self.jq(at, found, fault);
        }
    }

    /// Reports invalid jq as a warning, since Port evaluates it with its own version of jq.
    fn jq(&mut self, at: &At<'_>, found: &str, fault: jq::CompileError) {
        // The lexer's own message for a single quote is misleading.
        if let Some(quote) = found.find('\'').filter(|quote| !found[..*quote].contains('"')) {
            let fault = jq::CompileError {
                message: "a string cannot be in single quotes".to_owned(),
                at: quote,
                length: 1,
                unknown: None,
            };
            let message = format!("invalid jq: {fault}");
            self.add(Severity::Warning, || Place::Inside(at.pointer(), fault), "port-jq", message)
                .help("use double quotes, written `\\\"` in JSON");
        } else {
            let message = format!("invalid jq: {fault}");
            self.add(Severity::Warning, || Place::Inside(at.pointer(), fault), "port-jq", message);
        }
    }

    /// Reports a string or a key that breaks its rule. Returns whether it does.
    fn rule(&mut self, at: &At<'_>, place: impl FnOnce() -> Place, text: &Text, found: &str) -> bool {
        let Some(Err(broken)) = text.rule.map(|rule| rule.check(found, text.most)) else { return false };
        let message = format!("`{found}` {}", broken.words);
        if broken.taken {
            self.add(Severity::Warning, place, broken.code, message);
        } else {
            self.report(at, place, broken.code, message);
        }
        true
    }

    fn text_length(&mut self, at: &At<'_>, text: &Text, found: &str) {
        let length = found.chars().count();
        let message = match text.most {
            Some(most) if length > most => format!("this is {length} characters long; use at most {most}"),
            _ if length < text.least && length == 0 => "this must not be empty".to_owned(),
            _ if length < text.least => {
                format!("this is {length} characters long; use at least {}", text.least)
            }
            _ => return,
        };
        self.report(at, || at.value(), "length", message);
    }

    fn list(&mut self, at: &At<'_>, list: &List, elements: &[Value]) {
        let length = elements.len();
        if length < list.least {
            let message = format!("this list has {}; use at least {}", plural(length, "item"), list.least);
            self.report(at, || at.value(), "length", message);
        }
        if let Some(most) = list.most.filter(|most| length > *most) {
            let message = format!("this list has {}; use at most {most}", plural(length, "item"));
            self.report(at, || at.value(), "length", message);
        }
        for (index, element) in elements.iter().enumerate() {
            self.value(&at.index(index), list.items, element, None);
        }
    }

    fn object(&mut self, at: &At<'_>, object: &Object, pairs: &Map<String, Value>, choice: Option<&Choice>) {
        let misspelled = misspelled(object, pairs);
        for key in object.required.iter().filter(|key| !pairs.contains_key(*key)) {
            if !misspelled.iter().any(|(_, meant)| meant == key) {
                self.missing(at, key);
            }
        }
        if let [first, .., last] = object.exclusive.as_slice()
            && pairs.contains_key(first)
            && pairs.contains_key(last)
        {
            let message = format!("`{first}` and `{last}` cannot be used together");
            self.report(at, || at.below(last), "exclusive-keys", message).help(format!("remove `{first}` or `{last}`"));
        }
        for (key, value) in pairs {
            match (object.keys.get(key), &object.rest) {
                (Some(Key { shape, left_open }), _) => self.value(&at.key(key, *left_open), *shape, value, None),
                (None, Rest::Named { names, value: shape }) => {
                    if names.rule.is_some() {
                        self.rule(at, || at.below(key), names, key);
                    }
                    self.value(&at.key(key, false), *shape, value, None);
                }
                (None, _) if object.json_schema && KEYWORDS.contains(&key.as_str()) => {}
                (None, _) if let Some((_, meant)) = misspelled.iter().find(|(written, _)| written == key) => {
                    self.misspelled(at, key, meant);
                }
                (None, _) => self.unknown_key(at, object, key, choice),
            }
        }
    }

    fn missing(&mut self, at: &At<'_>, key: &str) {
        self.report(at, || at.value(), "missing-key", format!("`{key}` is missing"));
    }

    fn unknown_key(&mut self, at: &At<'_>, object: &Object, key: &str, choice: Option<&Choice>) {
        // Port ignores what it does not know, but a mapping that nobody reads is a mistake.
        let is_ours = object.keys.contains_key(runner::KEY) && nearest(key, &[runner::KEY]).is_some();
        let severity = match object.rest {
            Rest::Open | Rest::Named { .. } if !is_ours => Severity::Warning,
            _ if at.left_open => Severity::Warning,
            _ => Severity::Error,
        };
        let (message, help) = if self.findings.is_full(severity) {
            (String::new(), None)
        } else if let Some(help) = self.elsewhere(object, key, choice) {
            (format!("`{key}` is not allowed here"), Some(help))
        } else {
            let known: Vec<&str> = object.keys.keys().map(String::as_str).collect();
            let word = nearest(key, &known).map(|word| format!("did you mean `{word}`?"));
            (format!("unknown key `{key}`"), word.or_else(|| object.others.clone()))
        };
        self.add(severity, || at.below(key), "unknown-key", message).help = help;
    }

    /// Reports a required key under a wrong name: one mistake, although a key is missing and another is unknown.
    fn misspelled(&mut self, at: &At<'_>, key: &str, meant: &str) {
        let message = format!("unknown key `{key}`");
        self.report(at, || at.below(key), "unknown-key", message).help(format!("did you mean `{meant}`?"));
    }

    /// Returns where a key belongs that an object does not have, but its neighbours do.
    fn elsewhere(&self, object: &Object, key: &str, choice: Option<&Choice>) -> Option<String> {
        let grammar = self.grammar;
        let has = |id: &Id| grammar.object(*id).is_some_and(|object| object.keys.contains_key(key));
        let inside = object.keys.iter().find(|(_, Key { shape, .. })| match grammar.shape(*shape) {
            Shape::Choice(choice) => choice.branches.iter().any(has),
            _ => has(shape),
        });
        if let Some((parent, _)) = inside.filter(|_| matches!(object.rest, Rest::Closed)) {
            return Some(format!("move it into `{parent}`"));
        }
        let (tag, words) = choice?.elsewhere(grammar, object, key)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Some(format!("remove it; it is allowed only if `{tag}` is {}", one_of(&words)))
    }

    fn unknown_variant(&mut self, at: &At<'_>, found: &str, words: &[&str]) {
        let finding = self.report(at, || at.value(), "unknown-variant", unknown_value(found, words));
        let synonym = SYNONYMS.iter().find(|(synonym, word)| *synonym == found && words.contains(word));
        if let Some(word) = synonym.map(|(_, word)| *word).or_else(|| nearest(found, words)) {
            finding.help(format!("did you mean `{word}`?"));
        }
    }

    fn wrong_type(&mut self, at: &At<'_>, ids: &[Id], value: &Value) {
        let mut expected: Vec<&str> = Vec::new();
        for id in ids {
            self.describe(*id, &mut expected);
        }
        let message = format!("{} {}", at.name(), must_be(&join(&expected, "or"), value));
        let finding = self.report(at, || at.value(), "wrong-type", message);
        if value.is_null() {
            finding.help("remove the key");
        }
    }

    fn describe(&self, id: Id, into: &mut Vec<&str>) {
        let words = match self.grammar.shape(id) {
            Shape::Choice(choice) => return choice.branches.iter().for_each(|branch| self.describe(*branch, into)),
            Shape::Any => "anything",
            Shape::Null => "null",
            Shape::Flag => "a boolean",
            Shape::Number(_) => "a number",
            Shape::Text(_) => "a string",
            Shape::List(_) => "an array",
            Shape::Object(_) => "an object",
        };
        if !into.contains(&words) {
            into.push(words);
        }
    }

    fn report(
        &mut self,
        at: &At<'_>,
        place: impl FnOnce() -> Place,
        code: &'static str,
        message: String,
    ) -> &mut Finding {
        let severity = if at.left_open { Severity::Warning } else { Severity::Error };
        self.add(severity, place, code, message)
    }

    /// Adds a finding. Its place is written only if it is kept, since a file may have a million.
    fn add(
        &mut self,
        severity: Severity,
        place: impl FnOnce() -> Place,
        code: &'static str,
        message: String,
    ) -> &mut Finding {
        let place = if self.findings.is_full(severity) { Place::File } else { place() };
        self.findings.add(severity, self.file, place, code, message)
    }
}

/// Returns the keys that are probably required ones under a wrong name, each with the right name.
fn misspelled<'o>(object: &'o Object, pairs: &'o Map<String, Value>) -> Vec<(&'o str, &'o str)> {
    let is_missing = |key: &&str| !pairs.contains_key(*key);
    let mut missing: Vec<&str> = object.required.iter().map(String::as_str).filter(is_missing).collect();
    let mut found = Vec::new();
    for key in pairs.keys().filter(|key| !object.keys.contains_key(*key)) {
        if let Some(meant) = nearest(key, &missing) {
            missing.retain(|key| *key != meant);
            found.push((key.as_str(), meant));
        }
    }
    found
}
