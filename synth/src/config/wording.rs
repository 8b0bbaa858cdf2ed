//! What is wrong with `synth.toml`, in words that have nothing of the reader's source.

use documents::wording::nearest;

/// Returns a reader's error in the words of the other findings.
pub(super) fn described(error: &toml::de::Error) -> String {
    let message = error.message().trim_end().replace('\n', ", ");
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field ")
        && let [key, known @ ..] = quoted.as_slice()
    {
        return match nearest(key, known) {
            Some(word) => format!("unknown key `{key}`; did you mean `{word}`?"),
            None => format!("unknown key `{key}`; the keys are {}", known.join(", ")),
        };
    }
    let number = |message: String, kind: &&str| message.replace(&format!("expected {kind}"), "expected a whole number");
    let message = ["u8", "u16", "u32", "u64"].iter().fold(message, number);
    // What the reader says of a key that takes one of some words.
    if message.starts_with("wanted ") {
        return "the value must be a string, but this is not".to_owned();
    }
    if let Some((found, expected)) = message.strip_prefix("invalid type: ").and_then(|it| it.split_once(", expected "))
    {
        let expected = match expected.split_once(' ') {
            // serde names the type in the source.
            Some(("struct", _)) => "a table".to_owned(),
            Some(("enum", _)) => "a string".to_owned(),
            _ => expected.replace("a sequence", "an array").replace("a map", "a table"),
        };
        return format!("the value must be {expected}, but this is {}", article(found));
    }
    if let Some((found, _)) = message.strip_prefix("invalid value: ").and_then(|it| it.split_once(", expected ")) {
        return format!("{} is out of range", found.trim_start_matches(|c| c != '`'));
    }
    match message.strip_prefix("unknown variant ") {
        Some(rest) => format!("unknown value {}", rest.replacen(", expected ", "; use ", 1)),
        None => message,
    }
}

/// Returns the type of a value with its article, from a reader's description such as `string "128"`.
fn article(found: &str) -> &'static str {
    match found.split([' ', '`']).next() {
        Some("string") => "a string",
        Some("boolean") => "a boolean",
        Some("sequence") => "an array",
        Some("map") => "a table",
        Some("integer" | "floating") => "a number",
        _ => "something else",
    }
}
