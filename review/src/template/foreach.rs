//! Expands `Fn::ForEach` as `AWS::LanguageExtensions` does: one resource for each word of a list.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::limit::{Excess, MOST_RESOURCES, Size};

const LOOP: &str = "Fn::ForEach::";

/// Expands the loops over literal words in a section. Loops over values known only at deployment stay.
///
/// # Errors
/// If the loops expand to more than a template may have; see [`Excess`].
pub(crate) fn expanded(entries: &Map<String, Value>) -> Result<Cow<'_, Map<String, Value>>, Excess> {
    if !entries.keys().any(|key| key.starts_with(LOOP)) {
        return Ok(Cow::Borrowed(entries));
    }
    expand(entries, &mut Budget::default()).map(Cow::Owned)
}

/// What all loops together have been expanded to, nested ones included.
#[derive(Default)]
struct Budget {
    rounds: usize,
    size: Size,
}

impl Budget {
    fn round(&mut self) -> Result<(), Excess> {
        self.rounds += 1;
        if self.rounds > MOST_RESOURCES { Err(Excess::Resources) } else { Ok(()) }
    }

    fn add(&mut self, size: Size) -> Result<(), Excess> {
        self.size += size;
        self.size.check()
    }
}

fn expand(entries: &Map<String, Value>, budget: &mut Budget) -> Result<Map<String, Value>, Excess> {
    let mut all = Map::new();
    for (key, value) in entries {
        let parts = key.strip_prefix(LOOP).and_then(|_| parts(value));
        let Some((name, words, body)) = parts else {
            all.insert(key.clone(), value.clone());
            continue;
        };
        for word in words {
            budget.round()?;
            let mut round = Map::new();
            for (key, value) in body {
                round.insert(replaced(key, name, word, budget)?, substituted(value, name, word, budget)?);
            }
            all.extend(expand(&round, budget)?);
        }
    }
    Ok(all)
}

/// Returns the name, the words and the body of `[name, [word, …], {key: value}]`.
fn parts(value: &Value) -> Option<(&str, Vec<&str>, &Map<String, Value>)> {
    let [Value::String(name), Value::Array(words), Value::Object(body)] = value.as_array()?.as_slice() else {
        return None;
    };
    Some((name, words.iter().map(Value::as_str).collect::<Option<_>>()?, body))
}

/// Substitutes a word for the loop's name in a value.
fn substituted(value: &Value, name: &str, word: &str, budget: &mut Budget) -> Result<Value, Excess> {
    budget.add(Size { values: 1, bytes: 0 })?;
    Ok(match value {
        Value::String(text) => Value::String(replaced(text, name, word, budget)?),
        Value::Array(items) => {
            items.iter().map(|item| substituted(item, name, word, budget)).collect::<Result<_, _>>()?
        }
        Value::Object(map) if map.len() == 1 && map.get("Ref").is_some_and(|target| target == name) => {
            budget.add(Size::of_text(word))?;
            Value::String(word.to_owned())
        }
        Value::Object(map) => {
            let mut pairs = Map::new();
            for (key, value) in map {
                pairs.insert(replaced(key, name, word, budget)?, substituted(value, name, word, budget)?);
            }
            Value::Object(pairs)
        }
        scalar => scalar.clone(),
    })
}

/// Replaces `${Name}` with the word and `&{Name}` with its letters and digits.
fn replaced(text: &str, name: &str, word: &str, budget: &mut Budget) -> Result<String, Excess> {
    let (value, key) = (format!("${{{name}}}"), format!("&{{{name}}}"));
    let places = text.matches(&value).count() + text.matches(&key).count();
    budget.add(Size { values: 0, bytes: text.len().saturating_add(places.saturating_mul(word.len())) })?;
    let letters: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(text.replace(&value, word).replace(&key, &letters))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn out(entries: &Value) -> Value {
        Value::Object(expanded(entries.as_object().unwrap()).unwrap().into_owned())
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
    fn loops_that_multiply_are_refused() {
        let words: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let nest = |words: &[String], key: &str, body: &Value| {
            ["A", "B", "C", "D"]
                .iter()
                .fold(body.clone(), |body, name| json!({format!("Fn::ForEach::{name}{key}"): [name, words, body]}))
        };
        let refused = |entries: &Value| expanded(entries.as_object().unwrap()).err();
        // More rounds than resources, though every round writes the same key.
        assert_eq!(refused(&nest(&words, "", &json!({"T": {}}))), Some(Excess::Resources));
        // Few rounds over much.
        let body = json!({"T${A}": vec![0; 1_000], "U${B}": vec!["x"; 1_000]});
        assert_eq!(refused(&nest(&words[..8], "", &body)), Some(Excess::Values));
        // Words that double: each loop's word is twice the one of the loop around it.
        let doubling = (0..30).rev().fold(json!({"T": "${L29}"}), |body, level: usize| {
            let word = level.checked_sub(1).map_or("x".to_owned(), |above| format!("${{L{above}}}${{L{above}}}"));
            json!({format!("Fn::ForEach::L{level}"): [format!("L{level}"), [word], body]})
        });
        assert_eq!(refused(&doubling), Some(Excess::Bytes));
        assert_eq!(refused(&nest(&words[..3], "", &json!({"T${A}${B}${C}${D}": {}}))), None);
    }
}
