//! Phrases that messages share: the type of a value, a choice of words, a suggestion.

use serde_json::Value;

/// Returns the type of a value with its article.
pub fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Lists words: "`a`", "`a` or `b`", "one of `a`, `b`, `c`".
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] | [_] => quoted.concat(),
        [a, b] => format!("{a} or {b}"),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

/// Joins words: "a", "a or b", "a, b or c", where `last` is "or".
pub fn join<W: AsRef<str>>(words: &[W], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., end] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", first.join(", "), end.as_ref())
        }
    }
}

/// Says that a value has the wrong type, after the name of its place: "must be a string, but this is a number".
pub fn must_be(expected: &str, value: &Value) -> String {
    format!("must be {expected}, but this is {}", article(value))
}

/// Says that a word is not among those that a place accepts.
pub fn unknown_value(found: &str, words: &[&str]) -> String {
    format!("unknown value `{found}`; use {}", one_of(words))
}

/// Counts in words: "1 file", "2 files".
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Returns the word that was probably meant. It shares at least one letter with what was written.
pub fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    if words.len() > MOST_WORDS || text.len() > LONGEST {
        return None;
    }
    let text = text.to_lowercase();
    let length = text.chars().count();
    let far = |word: &str| 1 + word.chars().count() / 4;
    let possible = |word: &&str| word.len() <= LONGEST && word.chars().count().abs_diff(length) <= far(word);
    let distance = |word: &'w str| (strsim::damerau_levenshtein(&text, &word.to_lowercase()), word);
    let distances = words.iter().copied().filter(possible).map(distance);
    let (least, best) = distances.min_by_key(|(distance, _)| *distance)?;
    (least <= far(best) && least < length.max(best.chars().count())).then_some(best)
}

/// The most words that one of them is looked for in. A file may have thousands of unknown names.
const MOST_WORDS: usize = 2_000;
/// The longest word that may be a typing mistake, in bytes.
const LONGEST: usize = 200;

/// Writes a number with spaces between thousands: `61 234`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let words = ["CREATE", "DAY-2", "DELETE"];
        for (text, want) in
            [("DAY2", Some("DAY-2")), ("create", Some("CREATE")), ("DELTE", Some("DELETE")), ("UPDATE", None)]
        {
            assert_eq!(nearest(text, &words), want, "{text}");
        }
        for (text, want) in [("S", Some("s")), ("mm", Some("m")), ("l", None), ("", None)] {
            assert_eq!(nearest(text, &["s", "m"]), want, "{text}");
        }
    }

    #[test]
    fn words_are_joined_and_counted() {
        for (words, want) in [(&[][..], ""), (&["a"], "a"), (&["a", "b"], "a or b"), (&["a", "b", "c"], "a, b or c")] {
            assert_eq!(join(words, "or"), want);
        }
        assert_eq!([0, 1, 2].map(|count| plural(count, "file")), ["0 files", "1 file", "2 files"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, want) in [(1, "1"), (999, "999"), (4900, "4 900"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), want);
        }
    }
}
