//! Follows `Fn::If` in the middle of a value: one value for each outcome.

use serde_json::{Value, json};

use crate::template::guard::Guards;
use crate::template::intrinsic::is_no_value;

/// Branches of one text, and alternatives of one statement, that are followed: two to this power.
const MOST_CONDITIONS: usize = 5;

/// Whether a value is `Fn::If` with a condition and two branches. CloudFormation refuses any other.
pub(super) fn is_choice(value: &Value) -> bool {
    let alone = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("Fn::If"));
    matches!(alone.and_then(Value::as_array).map(Vec::as_slice), Some([Value::String(_), _, _]))
}

/// Makes one value of several; if some depend on a condition, one value for each outcome.
pub(super) fn branched(items: &[Value], depth: usize, make: &dyn Fn(&[Value]) -> Value) -> Value {
    let condition = items.iter().find(|item| is_choice(item)).and_then(|item| item["Fn::If"][0].as_str());
    let Some(condition) = condition.filter(|_| depth < MOST_CONDITIONS) else { return make(items) };
    let side = |truth: bool| {
        let items: Vec<Value> = items.iter().map(|item| assumed(item, condition, truth)).collect();
        branched(&items, depth + 1, make)
    };
    json!({"Fn::If": [condition, side(true), side(false)]})
}

/// Returns a value as it is if a condition is true, or false: with every `Fn::If` of that condition replaced.
fn assumed(value: &Value, condition: &str, truth: bool) -> Value {
    match value {
        Value::Object(map) => {
            if is_choice(value)
                && let Some([Value::String(name), yes, no]) = map["Fn::If"].as_array().map(Vec::as_slice)
                && name == condition
            {
                return assumed(if truth { yes } else { no }, condition, truth);
            }
            let pairs = map.iter().map(|(key, value)| (key.clone(), assumed(value, condition, truth)));
            pairs.filter(|(_, value)| !is_no_value(value)).collect()
        }
        Value::Array(items) => {
            items.iter().map(|item| assumed(item, condition, truth)).filter(|item| !is_no_value(item)).collect()
        }
        scalar => scalar.clone(),
    }
}

/// Returns the first condition that a value depends on.
fn first_condition(value: &Value) -> Option<&str> {
    match value {
        Value::Object(map) if is_choice(value) => map["Fn::If"][0].as_str(),
        Value::Object(map) => map.values().find_map(first_condition),
        Value::Array(items) => items.iter().find_map(first_condition),
        _ => None,
    }
}

/// Returns the values that a statement has, each under its conditions; `None` if there are too many.
pub(super) fn alternatives(value: Value, keys: &[&str]) -> Option<Vec<(Value, Guards)>> {
    let mut open = vec![(value, Guards::new())];
    let mut found = Vec::new();
    while let Some((value, guards)) = open.pop() {
        let condition = keys.iter().filter_map(|key| value.get(*key)).find_map(first_condition).map(str::to_owned);
        let Some(condition) = condition else {
            found.push((value, guards));
            continue;
        };
        if guards.len() >= MOST_CONDITIONS {
            return None;
        }
        for (truth, guard) in [(true, condition.clone()), (false, format!("not {condition}"))] {
            let mut guards = guards.clone();
            guards.insert(guard);
            open.push((assumed(&value, &condition, truth), guards));
        }
    }
    Some(found)
}
