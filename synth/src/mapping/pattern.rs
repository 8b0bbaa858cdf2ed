//! Regular expressions: whether text matches one, and sample texts that do.
//!
//! Port interprets patterns like JavaScript. A pattern that uses features only JavaScript has (look-ahead, back references)
//! is not checked.

use regex_syntax::hir::{Hir, HirKind};

/// A pattern that means the same in JavaScript and in this crate.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: regex::Regex,
    /// Whether it uses `\w` or similar classes, which match only ASCII in JavaScript.
    classes: bool,
}

impl Pattern {
    /// Returns `None` if the pattern cannot be checked.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let regex = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()?;
        Some(Self { regex, classes: ["\\w", "\\d", "\\s", "\\b"].iter().any(|class| pattern.contains(class)) })
    }

    /// Returns whether `text` matches, or `None` if JavaScript might disagree.
    pub(crate) fn matches(&self, text: &str) -> Option<bool> {
        (text.is_ascii() || !self.classes).then(|| self.regex.is_match(text))
    }
}

/// Returns texts that match `pattern`, short ones first; none if the pattern cannot be checked.
pub(crate) fn examples(pattern: &str) -> Vec<String> {
    let (Some(checked), Ok(hir)) = (Pattern::new(pattern), regex_syntax::parse(pattern)) else { return Vec::new() };
    let mut examples: Vec<String> = [0, 2].iter().filter_map(|more| example(&hir, *more)).collect();
    examples.retain(|text| checked.matches(text) == Some(true));
    examples.dedup();
    examples
}

/// The length of the longest sample.
const LONGEST: usize = 2000;

/// Returns one match. Repetitions are repeated `more` times beyond their minimum.
fn example(hir: &Hir, more: u32) -> Option<String> {
    let text = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok()?,
        HirKind::Class(class) => one_of(class)?.to_string(),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let count = usize::try_from(repetition.min.saturating_add(more).min(most)).ok()?;
            let once = example(&repetition.sub, more)?;
            if once.len().saturating_mul(count) > LONGEST {
                return None;
            }
            once.repeat(count)
        }
        HirKind::Capture(capture) => example(&capture.sub, more)?,
        HirKind::Concat(parts) => parts.iter().map(|part| example(part, more)).collect::<Option<_>>()?,
        HirKind::Alternation(branches) => example(branches.first()?, more)?,
    };
    (text.len() <= LONGEST).then_some(text)
}

/// Returns a character of a class, a readable one if possible.
fn one_of(class: &regex_syntax::hir::Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        regex_syntax::hir::Class::Unicode(class) => class.ranges().iter().map(|r| (r.start(), r.end())).collect(),
        regex_syntax::hir::Class::Bytes(class) => {
            class.ranges().iter().map(|r| (char::from(r.start()), char::from(r.end()))).collect()
        }
    };
    let within = |c: &char| ranges.iter().any(|(first, last)| first <= c && c <= last);
    ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("-_ ".chars()).find(within).or_else(|| Some(ranges.first()?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_match() {
        for (pattern, want) in [
            ("^[a-z][a-z0-9-]+$", &["aa", "aaaa"][..]),
            ("^.+:.+$", &["a:a", "aaa:aaa"]),
            ("^DELETE$", &["DELETE"]),
            ("^[^a-z]*$", &["", "AA"]),
            (r"^\d{3}-(prod|test)$", &["000-prod"]),
            ("[0-9]", &["0"]),
            ("^(?!x).*$", &[]),
            ("a{100000}", &[]),
            ("(", &[]),
        ] {
            assert_eq!(examples(pattern), want, "{pattern}");
        }
    }

    #[test]
    fn a_match_is_reported_only_if_it_is_certain() {
        for (pattern, text, want) in [
            ("^[a-z]+$", "ab", Some(true)),
            ("^[a-z]+$", "é", Some(false)),
            (r"^\w+$", "é", None),
            (r"^\w+$", "e", Some(true)),
            ("b", "abc", Some(true)),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(text), want, "{pattern} {text}");
        }
    }
}
