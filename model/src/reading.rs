//! A record's bytes, read as a message: as JSON; if they are not JSON, tolerantly; and if that fails too, only the ids.
//!
//! A run whose message cannot be read must still end. So its ids are taken from the damaged text, but only from where a
//! message has them: text that merely quotes a message is never taken for one.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Value;

use crate::identifier::{self, Kind};
use crate::json::parts::{Budget, Seed};
use crate::json::tolerant::{self, Fault};
use crate::message::{self, Message, PARTS};

/// The most values in a message, which limits the memory of a run and the cost of a template. No form has as many.
pub const MOST_VALUES: usize = 10_000;

/// Why the message of a run cannot be used. People read it in Port as the run's summary. It says nothing of what the
/// message contains.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The text is damaged.
    #[error("the message of this run cannot be read: {0}")]
    Fault(#[from] Fault),
    /// It would take too much memory.
    #[error("the message of this run is too large to be carried out: it contains more than {MOST_VALUES} values")]
    TooLarge,
}

/// What could be read of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the record asks for, if it asks for anything. Has only ids if there is a fault.
    pub message: Option<Message>,
    /// Why there is no more than ids.
    pub fault: Option<Unreadable>,
    /// The record is not JSON. What was read may be incomplete, even without a fault.
    pub damaged: bool,
    /// It reports something that has happened.
    is_news: bool,
    /// How many values the message has.
    pub values: usize,
}

impl Reading {
    /// Reads a record.
    pub fn of(record: &[u8]) -> Self {
        let text = String::from_utf8_lossy(record);
        let mut over = false;
        if let Cow::Borrowed(text) = text {
            let budget = Budget::new(MOST_VALUES);
            if let Some(root) = json(text, &budget) {
                return Self::new(root, None, false, &budget);
            }
            over = budget.is_exceeded();
        }
        let budget = Budget::new(MOST_VALUES);
        let read = if over {
            Err(Unreadable::TooLarge)
        } else {
            tolerant::read(&text, Seed { parts: PARTS, budget: &budget })
                .map_err(|fault| if budget.is_exceeded() { Unreadable::TooLarge } else { fault.into() })
        };
        let (root, fault) = match read {
            Ok(root) => (root, None),
            Err(fault) => (Value::Object(PARTS.strings(tolerant::body(&text))), Some(fault)),
        };
        let damaged = !over || serde_json::from_str::<IgnoredAny>(&text).is_err();
        Self::new(root, fault, damaged, &budget)
    }

    fn new(root: Value, fault: Option<Unreadable>, damaged: bool, budget: &Budget) -> Self {
        let legible = |key| root.get(key).and_then(Value::as_str).is_none_or(|word| is_legible(Kind::Action, word));
        let is_news = legible("status") && legible("resourceType") && root.as_object().is_some_and(message::is_news);
        Self { message: Message::read(root), fault, damaged, is_news, values: budget.used() }
    }

    /// Returns whether the record is certainly not a request for an action that `is_known`: it says legibly what it is.
    pub(crate) fn is_foreign(&self, is_known: impl Fn(&str) -> bool) -> bool {
        let names_another = |message: &Message| {
            is_legible(Kind::Action, &message.action)
                && (!is_known(&message.action)
                    || message.blueprint.as_ref().is_some_and(|blueprint| is_legible(Kind::Blueprint, blueprint)))
        };
        !self.damaged || self.is_news || self.message.as_ref().is_some_and(names_another)
    }
}

/// Returns whether a word of a damaged text can be what was written.
fn is_legible(kind: Kind, word: &str) -> bool {
    identifier::check(kind, word).is_ok()
}

fn json(text: &str, budget: &Budget) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Seed { parts: PARTS, budget }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(root)
}
