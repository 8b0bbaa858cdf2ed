//! Changes to actions that users notice: their inputs, and where their runs are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::consequence::{About, Consequences};
use super::field;
use super::json::{both, names, pairs, text};
use crate::compare::report::{ChangeKind, Subject};

/// Adds the changes to actions. Added and removed actions in `planned` are reported by the plan.
pub(super) fn changes(
    old: &BTreeMap<&str, &Value>,
    new: &BTreeMap<&str, &Value>,
    planned: &BTreeSet<&str>,
    found: &mut Consequences,
) {
    for (name, before, after) in both(old, new) {
        let trigger = |action: &Value, key: &str| action.get("trigger")?.get(key)?.as_str().map(str::to_owned);
        let document = after.or(before);
        let blueprint = document.and_then(|action| trigger(action, "blueprintIdentifier")).unwrap_or_default();
        let about = About { subject: Subject::Action, blueprint: &blueprint, action: Some(name) };
        match (before, after) {
            (Some(before), Some(after)) => {
                inputs(about, name, before, after, found);
                invocation(about, name, before, after, found);
                let approval = |action: &Value| action.get("requiredApproval").is_some_and(|it| it != false);
                if approval(before) != approval(after) {
                    let verb = if approval(after) { "now require approval" } else { "no longer require approval" };
                    found.add(about, Some("approval"), ChangeKind::Changed, format!("runs of `{name}` {verb}"));
                }
                let condition =
                    |action: &Value| action.get("trigger").and_then(|trigger| trigger.get("condition")).cloned();
                if condition(before) != condition(after) {
                    let text = format!("`{name}` may be offered for different entities: its `condition` changed");
                    found.add(about, Some("condition"), ChangeKind::Changed, text);
                }
            }
            _ if planned.contains(name) => {}
            (None, _) => {
                let text = format!("action `{name}` added in Port; its runs do not reach the function");
                found.add(about, None, ChangeKind::Added, text);
            }
            (_, None) => {
                found.add(about, None, ChangeKind::Removed, format!("action `{name}` removed from `out/port`"));
            }
        }
    }
}

/// Adds changes to where runs are sent, and to their message.
fn invocation(about: About<'_>, name: &str, before: &Value, after: &Value, found: &mut Consequences) {
    let invocation = |action: &'_ Value| action.get("invocationMethod").cloned().unwrap_or_default();
    let (old, new) = (method(before).unwrap_or("?"), method(after).unwrap_or("?"));
    if old != new {
        let text = format!("runs of `{name}` now use `{new}` instead of `{old}`");
        found.add(about, Some("invocation"), ChangeKind::Changed, text);
    } else if invocation(before).get("payload") != invocation(after).get("payload") {
        let text = format!("runs of `{name}` send a different message: its `payload` changed");
        found.add(about, Some("payload"), ChangeKind::Changed, text);
    } else if invocation(before) != invocation(after) {
        let text = format!("runs of `{name}` may be sent elsewhere: its `invocationMethod` changed");
        found.add(about, Some("invocation"), ChangeKind::Changed, text);
    }
}

fn inputs(about: About<'_>, action: &str, before: &Value, after: &Value, found: &mut Consequences) {
    let inputs = |document: &'_ Value| -> Map<String, Value> {
        let inputs = document.get("trigger").and_then(|trigger| trigger.get("userInputs"));
        inputs.and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let (before, after) = (inputs(before), inputs(after));
    let about = About { subject: Subject::Input, ..about };
    let words = |name: &str| format!("input `{name}` of `{action}`");
    let required = (&names(before.get("required")), &names(after.get("required")));
    let properties = (&pairs(before.get("properties")), &pairs(after.get("properties")));
    field::changes(about, properties, required, &words, found);
    let by_jq = |inputs: &Map<String, Value>| inputs.get("required").filter(|it| it.is_object()).cloned();
    if by_jq(&before) != by_jq(&after) {
        let text = format!("the jq that decides which inputs of `{action}` are required changed");
        found.add(about, Some(""), ChangeKind::Changed, text);
    }
}

/// Returns the invocation method of an action.
pub(super) fn method(action: &Value) -> Option<&str> {
    text(action.get("invocationMethod")?, "type")
}
