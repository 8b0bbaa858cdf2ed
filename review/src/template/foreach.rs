//! Expands `Fn::ForEach` as `AWS::LanguageExtensions` does: one resource for each word of a list.

use serde_json::{Map, Value};

const LOOP: &str = "Fn::ForEach::";
/// The most iterations of all loops together, nested ones included; CloudFormation allows five hundred resources.
const MOST: usize = 10_000;

/// Expands the loops over literal words in a section. Loops over values known only at deployment stay, and so do loops
/// that exceed [`MOST`] iterations.
pub(crate) fn expanded(entries: &Map<String, Value>) -> Map<String, Value> {
    let mut left = MOST;
    expand(entries, &mut left)
}

fn expand(entries: &Map<String, Value>, left: &mut usize) -> Map<String, Value> {
    let mut all = Map::new();
    for (key, value) in entries {
        let rounds = key.strip_prefix(LOOP).and_then(|_| rounds(value, *left));
        let Some(rounds) = rounds else {
            all.insert(key.clone(), value.clone());
            continue;
        };
        *left -= rounds.len().min(*left);
        for round in rounds {
            all.extend(expand(&round, left));
        }
    }
    all
}

/// Returns the body of `[name, [word, …], {key: value}]` once for each word; `None` for more than `most` words.
fn rounds(value: &Value, most: usize) -> Option<Vec<Map<String, Value>>> {
    let [Value::String(name), Value::Array(words), Value::Object(body)] = value.as_array()?.as_slice() else {
        return None;
    };
    let words: Option<Vec<&str>> = words.iter().map(Value::as_str).take(most + 1).collect();
    let words = words.filter(|words| words.len() <= most)?;
    let round = |word: &str| {
        let pairs = body.iter().map(|(key, value)| (replaced(key, name, word), substituted(value, name, word)));
        pairs.collect()
    };
    Some(words.into_iter().map(round).collect())
}

/// Substitutes a word for the loop's name in a value.
fn substituted(value: &Value, name: &str, word: &str) -> Value {
    match value {
        Value::String(text) => Value::String(replaced(text, name, word)),
        Value::Array(items) => items.iter().map(|item| substituted(item, name, word)).collect(),
        Value::Object(map) if map.len() == 1 && map.get("Ref").is_some_and(|target| target == name) => {
            Value::String(word.to_owned())
        }
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, value)| (replaced(key, name, word), substituted(value, name, word))).collect(),
        ),
        scalar => scalar.clone(),
    }
}

/// Replaces `${Name}` with the word and `&{Name}` with its letters and digits.
fn replaced(text: &str, name: &str, word: &str) -> String {
    let letters: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{name}}}"), word).replace(&format!("&{{{name}}}"), &letters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn out(entries: &Value) -> Value {
        Value::Object(expanded(entries.as_object().unwrap()))
    }

    #[test]
    fn loops_are_expanded() {
        let entries = json!({
            "A": 1,
            "Fn::ForEach::Outer": ["X", ["a", "b"], {
                "Fn::ForEach::Inner": ["Y", ["1.0"], {"T${X}&{Y}": {"Name": {"Ref": "X"}, "Text": {"Fn::Sub": "${X}-${Y}-${Z}"}}}],
            }],
        });
        let want = json!({
            "A": 1,
            "Ta10": {"Name": "a", "Text": {"Fn::Sub": "a-1.0-${Z}"}},
            "Tb10": {"Name": "b", "Text": {"Fn::Sub": "b-1.0-${Z}"}},
        });
        assert_eq!(out(&entries), want);
    }

    #[test]
    fn a_loop_over_a_parameter_stays() {
        let entries = json!({"Fn::ForEach::Loop": ["X", {"Ref": "Names"}, {"T${X}": {}}]});
        assert_eq!(out(&entries), entries);
    }

    #[test]
    fn nested_loops_terminate() {
        let words: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let mut entries = json!({"T": {}});
        for name in ["A", "B", "C", "D"] {
            entries = json!({format!("Fn::ForEach::{name}"): [name, words, entries]});
        }
        assert!(out(&entries).get("T").is_some());
    }
}
