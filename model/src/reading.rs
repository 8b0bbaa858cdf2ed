//! A record's bytes, read as a message: as JSON; if they are not JSON, tolerantly; and if that fails too, only the ids.
//!
//! A run whose message cannot be read must still end. So its ids are taken from the damaged text, but only from where a
//! message has them: text that merely quotes a message is never taken for one.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Value;

use crate::identifier::{self, Kind};
use crate::json::parts::{Budget, Seed};
use crate::json::tolerant::{self, Damage};
use crate::message::{self, Message, PARTS};

/// The most values in a message, which limits the memory of a run and the cost of a template. No form has as many.
pub const MOST_VALUES: usize = 10_000;

/// The most MiB of a message's text. It is held several times while a run is carried out, and what is not UTF-8 takes
/// three times its bytes.
const MOST_MIB: usize = 4;

/// Why the message of a run cannot be used. People read it in Port as the run's summary. It says nothing of what the
/// message contains.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The text is damaged.
    #[error("the message of this run cannot be read: {0}")]
    Damaged(#[from] Damage),
    /// It would take too much memory.
    #[error("the message of this run is too large to be carried out: it contains more than {MOST_VALUES} values")]
    TooLarge,
    /// Its text alone would.
    #[error("the message of this run is too large to be carried out: it is longer than {MOST_MIB} MiB")]
    TooLong,
}

/// What could be read of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the record asks for, if it asks for anything. Has only ids if the rest is unreadable.
    pub message: Option<Message>,
    /// Why only the ids could be read.
    pub unreadable: Option<Unreadable>,
    /// The record is not JSON. What was read may be incomplete, even where nothing is unreadable.
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
        let mut refused = (text.len() > MOST_MIB * 1024 * 1024).then_some(Unreadable::TooLong);
        if let (Cow::Borrowed(text), None) = (&text, &refused) {
            let budget = Budget::new(MOST_VALUES);
            if let Some(root) = json(text, &budget) {
                return Self::new(root, None, false, &budget);
            }
            refused = budget.is_exceeded().then_some(Unreadable::TooLarge);
        }
        // What was refused for its size may still be JSON; anything else that comes here is not.
        let damaged = refused.is_none() || serde_json::from_str::<IgnoredAny>(&text).is_err();
        let budget = Budget::new(MOST_VALUES);
        let read = match refused {
            Some(why) => Err(why),
            None => tolerant::read(&text, Seed { parts: PARTS, budget: &budget })
                .map_err(|damage| if budget.is_exceeded() { Unreadable::TooLarge } else { damage.into() }),
        };
        let (root, unreadable) = match read {
            Ok(root) => (root, None),
            Err(unreadable) => (Value::Object(PARTS.strings(tolerant::body(&text))), Some(unreadable)),
        };
        Self::new(root, unreadable, damaged, &budget)
    }

    fn new(root: Value, unreadable: Option<Unreadable>, damaged: bool, budget: &Budget) -> Self {
        let legible = |key| root.get(key).and_then(Value::as_str).is_none_or(|word| is_legible(Kind::Action, word));
        let is_news = legible("status") && legible("resourceType") && root.as_object().is_some_and(message::is_news);
        Self { message: Message::read(root), unreadable, damaged, is_news, values: budget.used() }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Returns the action and the run that a record names, and whether the rest is unreadable.
    fn ids(record: &[u8]) -> (Option<String>, Option<String>, bool) {
        let reading = Reading::of(record);
        let unreadable = reading.unreadable.is_some();
        let message = reading.message.map(|message| (Some(message.action), message.run_id));
        let (action, run_id) = message.unwrap_or_default();
        (action, run_id, unreadable)
    }

    #[test]
    fn ids_are_found_only_where_a_message_has_them() {
        let (a, r) = (Some("a".to_owned()), Some("r".to_owned()));
        for (text, want) in [
            (r#"{"action":"a","context":{"runId":"r"},"x":\"#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a","port_context":{"run_id":"r""#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a","run":{"id":"r","x":"#, (a.clone(), r.clone(), true)),
            (r#"{"run_id":"r","inputs":{"a":"\q","b":[{}]},"action":"a"}"#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a","context":{"runId":"r"#, (a.clone(), None, true)),
            (r#"{"action":"b","inputs":{"action":"a","runId":"r"#, (Some("b".to_owned()), None, true)),
            (r#"{"inputs":"{\"action\":\"a\",\"runId\":\"r\"}","action":"b",\"#, (Some("b".to_owned()), None, true)),
            (r#"{"context":{"action":"a"},"payload":{"action":"a","runId":"r"},"x":"#, (None, None, true)),
            (r#"[{"action":"a","runId":"r"},"#, (None, None, true)),
            (r#"{"action":"b","action":"a","runId":"r","x":"#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a","runId":"r","action":"#, (None, None, true)),
            (r#"x{"action":"a","runId":"r"}"#, (None, None, true)),
            (r#"{"action":"a""context":{"runId":"r"}}"#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a" "context" : {"runId":"r" "blueprint":"b"}}"#, (a.clone(), r.clone(), true)),
            (r#"{"action":"a"b","context":{"runId":"r"}}"#, (None, None, true)),
            (r#"{"action":"b","context":{"runId":"r"},"action":"a","x":"#, (a.clone(), r.clone(), true)),
        ] {
            assert_eq!(ids(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn only_what_is_used_counts_as_a_value() {
        let many = json!(vec![0; 20_000]);
        for (message, unreadable) in [
            (json!({"action": "a", "payload": {"action": {"userInputs": many}}}), None),
            (json!({"action": "a", "payload": {"properties": {"x": many}}}), Some(Unreadable::TooLarge)),
            (json!({"action": "a", "entity": {"x": many}}), Some(Unreadable::TooLarge)),
            (json!({"action": "a", "trigger": [many]}), Some(Unreadable::TooLarge)),
            (json!({"action": "a", "diff": many}), None),
        ] {
            let reading = Reading::of(message.to_string().as_bytes());
            assert_eq!((reading.unreadable, reading.damaged), (unreadable, false));
        }
        let broken = json!({"action": "a", "inputs": many}).to_string().replace("]}", "]");
        let reading = Reading::of(broken.as_bytes());
        assert_eq!((reading.unreadable, reading.damaged), (Some(Unreadable::TooLarge), true));
    }

    proptest! {
        /// Where the tolerant reader reads a message, the search for ids finds the same ones.
        #[test]
        fn both_ways_find_the_same_ids(
            members in proptest::collection::vec(
                (
                    proptest::sample::select(vec!["action", "context", "run", "runId", "run_id", "inputs", "port_context", "x"]),
                    proptest::sample::select(vec![
                        r#""a""#, r#""\u0061b""#, r#""x\ud83d""#, "1", "NaN", "1e999", "null", r#"["]",{"action":"c"}]"#,
                        r#"{"runId":"d","id":"e","run_id":"f"}"#, r#"{"runId":"\ud83d","id":"g"}"#,
                    ]),
                ),
                0..6,
            ),
            blank in "[ \n]{0,2}",
        ) {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{blank}\"{key}\"{blank}:{value}{blank}")).collect();
            let text = format!("{{{}}}", members.join(","));
            let (action, run_id, unreadable) = ids(text.as_bytes());
            prop_assert!(!unreadable);
            // The same, cut where another member begins.
            let comma = if members.is_empty() { "" } else { "," };
            let damaged = format!("{}{comma}\"z\":", &text[..text.len() - 1]);
            prop_assert_eq!(ids(damaged.as_bytes()), (action, run_id, true));
        }
    }
}
