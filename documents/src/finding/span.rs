//! The bytes of a place, looked up in the file's text.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use model::pointer;

use super::Place;
use crate::source::Source;

/// The bytes of each place. None for the file as a whole, and for a place that is not in it.
pub(super) fn spans<'p>(source: &Source, places: impl IntoIterator<Item = &'p Place>) -> Vec<Option<Range<usize>>> {
    // Read once for all of them: a large file may have a thousand findings.
    let tree = source.tree().ok().flatten();
    places.into_iter().map(|place| span(source, tree.as_ref(), place)).collect()
}

fn span(source: &Source, tree: Option<&ast::Value<'_>>, place: &Place) -> Option<Range<usize>> {
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
                let pair = object.properties.iter().find(|pair| pair.name.as_str() == token)?;
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
        Some(fault) => within(source, &range, fault.at, fault.length).unwrap_or(range),
        None => range,
    })
}

/// Bytes inside a string literal; `at` and `length` count bytes of its text, which escapes make shorter than its
/// source.
fn within(source: &Source, literal: &Range<usize>, at: usize, length: usize) -> Option<Range<usize>> {
    let source = source.text.get(literal.start + 1..literal.end - 1)?;
    // Where each character of the source begins, and how many bytes of text are before it.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let (mut from, mut decoded) = (0, 0);
    while let Some(rest) = source.get(from..).filter(|rest| !rest.is_empty()) {
        starts.push((from, decoded));
        let (taken, made) = character(rest)?;
        (from, decoded) = (from + taken, decoded + made);
    }
    if at + length > decoded {
        return None;
    }
    // A fault at the end has no bytes of its own: the character before it is shown.
    let at = if length == 0 { at.saturating_sub(1) } else { at };
    let first = starts.iter().rev().find(|(_, text)| *text <= at)?.0;
    let last = starts.iter().find(|(_, text)| *text >= at + length.max(1)).map_or(source.len(), |(from, _)| *from);
    Some(literal.start + 1 + first..literal.start + 1 + last)
}

/// Bytes of source that the first character of a string literal takes, and bytes of text that it makes.
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
                // The other half follows, and both are one character.
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
            let fault = model::jq::CompileError { message: String::new(), at, length };
            let span = spans(&source, [&Place::Inside("/a".to_owned(), fault)]).remove(0).unwrap();
            assert_eq!(&source.text[span], want, "{at} {length}");
        }
    }
}
