//! jq's errors in our words: what the compiler expects, and why an expression fails on a sample.

/// Says what a parser or lexer of jq misses, from its own word for it: "a value", "`)`".
pub(super) fn expected(word: &str) -> String {
    match word {
        "term" => "a value".to_owned(),
        "closing parenthesis" => "a closing `)`".to_owned(),
        "closing bracket" => "a closing `]`".to_owned(),
        "closing brace" => "a closing `}`".to_owned(),
        "closing quote" => "a closing `\"`".to_owned(),
        "semicolon or right parenthesis" => "`;` or `)`".to_owned(),
        "comma or right bracket" => "`,` or `]`".to_owned(),
        "comma or right brace" => "`,` or `}`".to_owned(),
        "else or end" => "`else` or `end`".to_owned(),
        "nothing" => "the end of the expression".to_owned(),
        "digit" | "key" | "pattern" | "string" | "variable" => format!("a {word}"),
        "identifier" => "a name".to_owned(),
        "argument" => "an argument".to_owned(),
        "string escape sequence" => "an escape such as `\\n`".to_owned(),
        "4-digit hexadecimal UTF-8 code point" => "four hexadecimal digits".to_owned(),
        "token" => "jq".to_owned(),
        other => format!("`{other}`"),
    }
}

/// Says why an expression fails, from jq's own message. A message of an unknown form, such as one of `error(…)` in the
/// expression, is kept.
pub(super) fn why(message: &str, source: &str) -> String {
    translated(message, source).unwrap_or_else(|| message.to_owned())
}

fn translated(message: &str, source: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("cannot use ") {
        let (value, wanted) = rest.rsplit_once(" as ")?;
        let wanted = match wanted {
            "iterable (array or object)" => "an array or an object",
            "rangeable (array or string)" => "an array or a string",
            "array" => "an array",
            "integer" => "a whole number",
            "number" => "a number",
            "string" => "a string",
            "character" => "the code of a character",
            other => return Some(format!("`{value}` is not {other}")),
        };
        return Some(format!("it needs {wanted}, but gets `{value}`"));
    }
    if let Some(rest) = message.strip_prefix("cannot calculate ") {
        let by_zero = [" / 0", " % 0", " / 0.0", " % 0.0"].iter().any(|end| rest.ends_with(end));
        return Some(if by_zero {
            format!("`{rest}` divides by zero")
        } else {
            format!("`{rest}` cannot be calculated with these types")
        });
    }
    if let Some(rest) = message.strip_prefix("cannot index ") {
        let (value, key) = rest.rsplit_once(" with ")?;
        return Some(format!("`{value}` has no key or item `{}`", key.trim_matches('"')));
    }
    if let Some(rest) = message.strip_prefix("cannot parse ") {
        // `tonumber` and `fromjson` both read JSON.
        let (value, _) = rest.split_once(" as JSON")?;
        let what = if source.contains("tonumber") { "a number" } else { "JSON" };
        return Some(format!("`{}` is not {what}", value.trim_matches('"')));
    }
    let value = message.strip_prefix("cannot convert ")?.strip_suffix(" to time")?;
    Some(format!("`{value}` is not a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_jq_are_translated() {
        for (message, want) in [
            ("cannot use 1 as string", "it needs a string, but gets `1`"),
            ("cannot use null as iterable (array or object)", "it needs an array or an object, but gets `null`"),
            ("cannot use \"a as b\" as number", "it needs a number, but gets `\"a as b\"`"),
            ("cannot calculate \"text\" + 1", "`\"text\" + 1` cannot be calculated with these types"),
            ("cannot calculate 100 % 0", "`100 % 0` divides by zero"),
            ("cannot index 7 with \"id\"", "`7` has no key or item `id`"),
            ("cannot parse \"text\" as JSON: byte offset 0: value expected", "`text` is not a number"),
            ("cannot convert \"x\" to time", "`\"x\"` is not a time"),
            ("out of stock", "out of stock"),
        ] {
            assert_eq!(why(message, ".inputs.size | tonumber"), want);
        }
    }
}
