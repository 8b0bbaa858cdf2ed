//! Words for values and places, the same in every sentence.

use super::node::Node;

/// A value in backticks, short enough for a sentence.
pub(crate) fn value(node: Option<&Node>) -> String {
    node.map_or_else(|| "nothing".to_owned(), |node| code(&node.to_text()))
}

/// Code in backticks.
pub(crate) fn code(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = if line.is_empty() { "\"\"".to_owned() } else { line };
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", line.get(..end).unwrap_or_default()),
        None => format!("`{line}`"),
    }
}

/// `a`, `b` and `c`; more than eight are counted.
pub(crate) fn list<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    const MOST: usize = 8;
    let mut words: Vec<String> = words.into_iter().map(|word| code(word.as_ref())).collect();
    if words.len() > MOST + 1 {
        let more = words.len() - MOST;
        words.truncate(MOST);
        words.push(format!("{more} more"));
    }
    match words.pop() {
        None => "nothing".to_owned(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
    }
}

/// The last words of a way that say which property it is: steps into lists and intrinsics left out.
pub(crate) fn property(path: &[String]) -> String {
    let is_name = |step: &&String| !step.starts_with("Fn::") && *step != "-" && step.parse::<usize>().is_err();
    path.iter().filter(is_name).map(String::as_str).collect::<Vec<_>>().join(".")
}
