//! The members of an object in the order of the text, even if the text is damaged further on.

use std::borrow::Cow;

use super::{is_padding, literal, trimmed};

/// The members of an object, up to its end or to the first place where its structure is broken.
///
/// Only quotes and brackets are looked at. A word or an escape that JSON does not have leaves the structure as it is.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a str,
    done: bool,
    tail: Option<&'a str>,
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// What its key means.
    pub key: Cow<'a, str>,
    /// Its key as it is written, with the quotes.
    pub literal: &'a str,
    /// Its value as it is written; up to the end of the text if the value does not end.
    pub value: &'a str,
    /// Whether its value ends where another member or the object's end follows. If it does not, the value may be part
    /// of something else.
    pub whole: bool,
}

impl<'a> Members<'a> {
    /// Returns the members of the object that `text` starts with, after white space; `None` if it starts with
    /// something else.
    pub fn of(text: &'a str) -> Option<Self> {
        Some(Self { rest: trimmed(text).strip_prefix('{')?, done: false, tail: None })
    }

    /// Returns the last member with this key, as `JSON.parse` does.
    pub fn last(self, key: &str) -> Option<Member<'a>> {
        self.filter(|member| member.key == key).last()
    }

    /// Returns whether the object ended, and nothing but padding follows. Only known when all members were taken.
    pub fn end_of_text(&self) -> bool {
        self.tail.is_some_and(is_padding)
    }

    fn member(&mut self) -> Option<Member<'a>> {
        let text = trimmed(self.rest);
        if let Some(tail) = text.strip_prefix('}') {
            self.tail = Some(tail);
            return None;
        }
        let (literal, text) = text.split_at_checked(literal::end(text)?)?;
        let value = trimmed(trimmed(text).strip_prefix(':')?);
        let key = literal::read(literal).unwrap_or(Cow::Borrowed(literal));
        let Some((value, after)) = end_of_value(value).and_then(|end| value.split_at_checked(end)) else {
            self.done = true;
            return Some(Member { key, literal, value, whole: false });
        };
        let after = trimmed(after);
        self.rest = after.strip_prefix(',').unwrap_or(after);
        // A comma that is missing after a string hides nothing.
        let goes_on = after.starts_with([',', '}']) || (value.starts_with('"') && is_key(after));
        self.done = !goes_on;
        // A string is complete with its quote; a word may continue.
        let whole = !self.done || (after.is_empty() && value.starts_with('"'));
        Some(Member { key, literal, value, whole })
    }
}

/// Returns whether `text` starts with a key and its colon.
fn is_key(text: &str) -> bool {
    let behind = literal::end(text).and_then(|end| text.get(end..));
    text.starts_with('"') && behind.is_some_and(|behind| trimmed(behind).starts_with(':'))
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        if self.done {
            return None;
        }
        let member = self.member();
        self.done |= member.is_none();
        member
    }
}

/// Returns the length in bytes of the value that `text` starts with; `None` if the value does not end, or its brackets
/// do not match.
pub fn end_of_value(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'"' => literal::end(text),
        b'{' | b'[' => {
            let mut closing = Vec::new();
            let mut at = 0;
            loop {
                let length = match bytes.get(at)? {
                    b'"' => literal::end(text.get(at..)?)?,
                    b'{' => {
                        closing.push(b'}');
                        1
                    }
                    b'[' => {
                        closing.push(b']');
                        1
                    }
                    bracket @ (b'}' | b']') => {
                        if closing.pop()? != *bracket {
                            return None;
                        }
                        1
                    }
                    _ => 1,
                };
                at += length;
                if closing.is_empty() {
                    return Some(at);
                }
            }
        }
        _ => Some(end_of_word(text)).filter(|end| *end > 0),
    }
}

/// Returns the length in bytes of the number, `true`, `false`, `null` or other word that `text` starts with.
pub(super) fn end_of_word(text: &str) -> usize {
    text.find(|c| matches!(c, ',' | ':' | '"' | '{' | '}' | '[' | ']' | '\0') || super::BLANKS.contains(&c))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<(String, String, bool)> {
        let members = Members::of(text).into_iter().flatten();
        members.map(|member| (member.key.into_owned(), member.value.to_owned(), member.whole)).collect()
    }

    #[test]
    fn members_end_where_the_structure_is_broken() {
        let member = |key: &str, value: &str, whole| (key.to_owned(), value.to_owned(), whole);
        for (text, want) in [
            (r#" { "a" : 1 , "b":"x" } "#, vec![member("a", "1", true), member("b", "\"x\"", true)]),
            (r#"{"a":{"b":[1,"}"]},"c":tru}"#, vec![member("a", r#"{"b":[1,"}"]}"#, true), member("c", "tru", true)]),
            (r#"{"\u0061":"\x","b":1}"#, vec![member("a", "\"\\x\"", true), member("b", "1", true)]),
            (r#"{"a":"x"#, vec![member("a", "\"x", false)]),
            (r#"{"a":"x""#, vec![member("a", "\"x\"", true)]),
            (r#"{"a":12"#, vec![member("a", "12", false)]),
            (r#"{"a":"x"y","b":1}"#, vec![member("a", "\"x\"", false)]),
            (r#"{"a":"x" "b":1}"#, vec![member("a", "\"x\"", true), member("b", "1", true)]),
            (r#"{"a":{"b":1],"c":1}"#, vec![member("a", r#"{"b":1],"c":1}"#, false)]),
            (r#"{"a":1,}"#, vec![member("a", "1", true)]),
            (r#"{"a" 1}"#, vec![]),
            ("{a:1}", vec![]),
            ("[1]", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(members(text), want, "{text}");
        }
    }
}
