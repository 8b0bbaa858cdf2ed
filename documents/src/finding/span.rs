//! Finds the bytes of a place in the file's text.
//!
//! A file can have thousands of findings in one object or one string, so each object and each string is read only once.

use std::collections::BTreeMap;
use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use model::pointer;

use super::Place;
use crate::source::Source;

/// Returns the bytes of each place; `None` for the file as a whole, and for a place that is not in the file.
pub(super) fn spans<'p>(source: &Source, places: impl IntoIterator<Item = &'p Place>) -> Vec<Option<Range<usize>>> {
    let tree = source.tree().ok().flatten();
    let mut index = Index { text: &source.text, objects: BTreeMap::new(), strings: BTreeMap::new() };
    places.into_iter().map(|place| index.span(tree.as_ref(), place)).collect()
}

/// The parts of a file that were read so far.
struct Index<'a> {
    text: &'a str,
    /// The pairs of each object on the way to a place, by the byte that the object starts at.
    objects: BTreeMap<usize, Pairs<'a>>,
    /// The characters of each string with a place inside, by the byte that its literal starts at.
    strings: BTreeMap<usize, Characters>,
}

/// The pairs of an object by key; of equal keys the first.
type Pairs<'a> = BTreeMap<&'a str, &'a ast::ObjectProp<'a>>;

impl<'a> Index<'a> {
    fn span(&mut self, tree: Option<&'a ast::Value<'a>>, place: &Place) -> Option<Range<usize>> {
        let (pointer, key, inside) = match place {
            Place::Bytes(range) => return Some(range.clone()),
            Place::File => return None,
            Place::Value(pointer) => (pointer, false, None),
            Place::Key(pointer) => (pointer, true, None),
            Place::Inside(pointer, fault) => (pointer, false, Some(fault)),
        };
        let mut at = tree?;
        let mut name = at.range();
        for token in pointer::tokens(pointer) {
            match at {
                ast::Value::Object(object) => {
                    let pair = *self.pairs(object).get(token.as_str())?;
                    name = pair.name.range();
                    at = &pair.value;
                }
                ast::Value::Array(array) => {
                    at = array.elements.get(token.parse::<usize>().ok()?)?;
                    name = at.range();
                }
                _ => return None,
            }
        }
        let range = if key { name } else { at.range() };
        let range = range.start..range.end;
        Some(match inside {
            Some(fault) => self.within(&range, fault.at, fault.length).unwrap_or(range),
            None => range,
        })
    }

    fn pairs(&mut self, object: &'a ast::Object<'a>) -> &Pairs<'a> {
        self.objects.entry(object.range.start).or_insert_with(|| {
            let mut pairs = BTreeMap::new();
            for pair in &object.properties {
                pairs.entry(pair.name.as_str()).or_insert(pair);
            }
            pairs
        })
    }

    /// Returns bytes inside a string literal. `at` and `length` count bytes of its text, which is shorter than its
    /// source where there are escapes.
    fn within(&mut self, literal: &Range<usize>, at: usize, length: usize) -> Option<Range<usize>> {
        let source = self.text.get(literal.start + 1..literal.end - 1)?;
        let characters = self.strings.entry(literal.start).or_insert_with(|| Characters::new(source));
        let range = characters.source(at, length)?;
        Some(literal.start + 1 + range.start..literal.start + 1 + range.end)
    }
}

/// The characters of a string literal: for each, the byte of the source and the byte of the text where it starts. The end
/// comes last.
struct Characters(Vec<(usize, usize)>);

impl Characters {
    fn new(source: &str) -> Self {
        let mut starts = vec![(0, 0)];
        let (mut from, mut decoded) = (0, 0);
        while let Some((taken, made)) = source.get(from..).and_then(character) {
            (from, decoded) = (from + taken, decoded + made);
            starts.push((from, decoded));
        }
        Self(starts)
    }

    /// Returns the bytes of the source that make `length` bytes of the text from `at` on.
    fn source(&self, at: usize, length: usize) -> Option<Range<usize>> {
        if at + length > self.0.last()?.1 {
            return None;
        }
        // A fault at the end has no bytes of its own, so the character before it is shown.
        let at = if length == 0 { at.saturating_sub(1) } else { at };
        let first = self.0.partition_point(|(_, text)| *text <= at).checked_sub(1)?;
        let last = self.0.partition_point(|(_, text)| *text < at + length.max(1));
        let end = self.0.get(last).or(self.0.last())?;
        Some(self.0.get(first)?.0..end.0)
    }
}

/// Returns how many bytes of source the first character of a string literal takes, and how many bytes of text it makes.
fn character(source: &str) -> Option<(usize, usize)> {
    let unit = |at: usize| u32::from_str_radix(source.get(at..at + 4)?, 16).ok();
    let first = source.chars().next()?;
    if first != '\\' {
        return Some((first.len_utf8(), first.len_utf8()));
    }
    match source.as_bytes().get(1)? {
        b'u' => {
            let high = unit(2)?;
            if (0xD800..0xDC00).contains(&high) {
                // The other half of the pair follows.
                return Some((12, 4));
            }
            Some((6, char::from_u32(high)?.len_utf8()))
        }
        _ => Some((2, 1)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn places_inside_a_string_see_through_escapes() {
        let source = Source::new(PathBuf::from("a.json"), r#"{"a": "x\"ü\u00fc\ud83d\ude80\\é!"}"#);
        for (at, length, want) in [
            (0, 1, "x"),
            (1, 1, r#"\""#),
            (2, 2, "ü"),
            (4, 2, "\\u00fc"),
            (6, 4, "\\ud83d\\ude80"),
            (10, 1, r"\\"),
            (1, 0, "x"),
            (14, 0, "!"),
        ] {
            let fault = model::jq::CompileError { message: String::new(), at, length, unknown: None };
            let span = spans(&source, [&Place::Inside("/a".to_owned(), fault)]).remove(0).unwrap();
            assert_eq!(&source.text[span], want, "{at} {length}");
        }
    }

    /// Counts what is read for many places, since a clock would not be reliable: each pair of an object once, and each
    /// character of a string once.
    #[test]
    fn an_object_and_a_string_are_read_once_for_all_places() {
        let many = 5000;
        let pairs: Vec<String> = (0..many).map(|at| format!(r#""key{at}": {at}"#)).collect();
        let source = Source::new(
            PathBuf::from("a.json"),
            &format!(r#"{{"long": "{}", "object": {{{}}}}}"#, "é".repeat(many), pairs.join(", ")),
        );
        let tree = source.tree().unwrap();
        let mut index = Index { text: &source.text, objects: BTreeMap::new(), strings: BTreeMap::new() };
        for at in 0..many {
            let value = index.span(tree.as_ref(), &Place::Value(format!("/object/key{at}"))).unwrap();
            assert_eq!(source.text[value], at.to_string());
            let fault = model::jq::CompileError { message: String::new(), at: 2 * at, length: 2, unknown: None };
            let inside = index.span(tree.as_ref(), &Place::Inside("/long".to_owned(), fault)).unwrap();
            assert_eq!(inside.start, 10 + 2 * at);
        }
        assert_eq!(index.objects.values().map(BTreeMap::len).sum::<usize>(), 2 + many);
        assert_eq!(index.strings.values().map(|characters| characters.0.len()).sum::<usize>(), many + 1);
    }
}
