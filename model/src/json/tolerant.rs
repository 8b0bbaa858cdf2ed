//! A reader for JSON that `serde_json` refuses although it can be understood.
//!
//! It accepts, besides JSON: half a surrogate pair (U+FFFD), raw control characters in a string, a byte order mark before
//! the document and NULs after it, and up to [`MOST_LEVELS`] levels of nesting. A number that no JSON number type holds
//! (`1e999`), and Python's and JavaScript's `NaN` and `Infinity`, are read as text, so that no digit is lost. Whatever
//! `serde_json` reads is read the same.

use std::borrow::Cow;
use std::fmt::Display;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::{is_padding, literal, members, trimmed};

/// The most levels of nesting that are read. No form has as many.
pub const MOST_LEVELS: usize = 256;

/// Why a text cannot be read, in words that name a place but contain nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The text is empty.
    #[error("it is empty")]
    Empty,
    /// A value, an object or an array does not end.
    #[error("it ends in the middle, after {0} bytes")]
    Cut(usize),
    /// Something other than JSON requires.
    #[error("it is not JSON after {0} bytes")]
    Syntax(usize),
    /// An escape that JSON does not have.
    #[error("a string has an unknown escape after {0} bytes")]
    Escape(usize),
    /// More than [`MOST_LEVELS`].
    #[error("it is nested more than {MOST_LEVELS} levels deep, after {0} bytes")]
    Depth(usize),
    /// Something follows the document.
    #[error("something else follows its end, after {0} bytes")]
    Tail(usize),
    /// What is built of the text refuses it.
    #[error("it has an unexpected form")]
    Form,
}

impl serde::de::Error for Damage {
    /// Drops the words: they may quote the text.
    fn custom<T: Display>(_words: T) -> Self {
        Self::Form
    }
}

/// Reads a text with `seed`.
///
/// # Errors
/// When the text is not JSON even so.
pub fn read<'a, S: DeserializeSeed<'a>>(text: &'a str, seed: S) -> Result<S::Value, Damage> {
    let mut reader = Reader { text, at: text.len() - body(text).len(), levels: 0 };
    if is_padding(reader.rest()) {
        return Err(Damage::Empty);
    }
    let value = seed.deserialize(&mut reader)?;
    if is_padding(reader.rest()) { Ok(value) } else { Err(Damage::Tail(reader.at)) }
}

/// Returns the text without a byte order mark.
pub fn body(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    levels: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes to the next token and returns the text from there.
    fn token(&mut self) -> &'a str {
        let token = trimmed(self.rest());
        self.at = self.text.len() - token.len();
        token
    }

    /// Passes `text` if it comes next.
    fn passes(&mut self, character: char) -> bool {
        let found = self.token().starts_with(character);
        self.at += if found { character.len_utf8() } else { 0 };
        found
    }

    /// Returns the damage of a token that is not what it should be.
    fn unexpected<T>(&self) -> Result<T, Damage> {
        Err(if is_padding(self.rest()) { Damage::Cut(self.text.len()) } else { Damage::Syntax(self.at) })
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Damage> {
        let token = self.token();
        let end = literal::end(token).ok_or(Damage::Cut(self.text.len()))?;
        let text = literal::read(token.get(..end).unwrap_or_default()).map_err(|at| Damage::Escape(self.at + at))?;
        self.at += end;
        Ok(text)
    }

    /// Passes the comma before the next item. Returns whether there is an item.
    fn next(&mut self, first: &mut bool, closing: char) -> Result<bool, Damage> {
        if self.passes(closing) {
            return Ok(false);
        }
        if !std::mem::take(first) && !self.passes(',') {
            return self.unexpected();
        }
        Ok(true)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Damage;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        let token = self.token();
        match token.bytes().next() {
            Some(b'"') => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(bracket @ (b'{' | b'[')) => {
                if self.levels == MOST_LEVELS {
                    return Err(Damage::Depth(self.at));
                }
                self.levels += 1;
                self.at += 1;
                let items = Items { reader: self, first: true };
                let value = if bracket == b'{' { visitor.visit_map(items) } else { visitor.visit_seq(items) }?;
                self.levels -= 1;
                Ok(value)
            }
            _ => {
                let word = token.get(..members::end_of_word(token)).unwrap_or_default();
                let start = self.at;
                self.at += word.len();
                match word {
                    "true" => visitor.visit_bool(true),
                    "false" => visitor.visit_bool(false),
                    "null" => visitor.visit_unit(),
                    "NaN" | "Infinity" | "-Infinity" => visitor.visit_borrowed_str(word),
                    _ => match serde_json::from_str::<Number>(word) {
                        Ok(number) => number.deserialize_any(visitor).map_err(|_| Damage::Form),
                        Err(_) if is_number(word) => visitor.visit_borrowed_str(word),
                        Err(_) => {
                            self.at = start;
                            self.unexpected()
                        }
                    },
                }
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Damage> {
        let token = self.token();
        let Some(end) = members::end_of_value(token) else {
            return if token.starts_with([',', ':', '}', ']']) {
                self.unexpected()
            } else {
                Err(Damage::Cut(self.text.len()))
            };
        };
        self.at += end;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The items of an array, or the members of an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Damage;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Damage> {
        if self.reader.next(&mut self.first, ']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Damage;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Damage> {
        if !self.reader.next(&mut self.first, '}')? {
            return Ok(None);
        }
        if !self.reader.token().starts_with('"') {
            return self.reader.unexpected();
        }
        match self.reader.string()? {
            Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
            Cow::Owned(key) => seed.deserialize(serde::de::value::StringDeserializer::new(key)),
        }
        .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Damage> {
        if self.reader.passes(':') { seed.deserialize(&mut *self.reader) } else { self.reader.unexpected() }
    }
}

/// Returns whether a word is a number in JSON's grammar.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (word, None),
    };
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, part)| (whole, Some(part)));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn value(text: &str) -> Result<Value, Damage> {
        read(text, std::marker::PhantomData::<Value>)
    }

    #[test]
    fn what_can_be_understood_is_read() {
        for (text, want) in [
            (r#"{"a":"x\ud83d","\udfff":[1,-0.5e3]}"#, json!({"a": "x\u{fffd}", "\u{fffd}": [1, -0.5e3]})),
            ("\u{feff} [true,false,null] \0\0\n", json!([true, false, null])),
            ("[1e999,-1e999,NaN,Infinity,-Infinity]", json!(["1e999", "-1e999", "NaN", "Infinity", "-Infinity"])),
            ("\"a\u{1}\n\"", json!("a\u{1}\n")),
            (r#"{"a":1,"a":{"b":2}}"#, json!({"a": {"b": 2}})),
            (&format!("{}1{}", "[".repeat(MOST_LEVELS), "]".repeat(MOST_LEVELS)), {
                (0..MOST_LEVELS).fold(json!(1), |value, _| json!([value]))
            }),
        ] {
            assert_eq!(value(text), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused_at_its_place() {
        for (text, damage) in [
            ("", Damage::Empty),
            ("\u{feff} \0", Damage::Empty),
            ("{", Damage::Cut(1)),
            (r#"{"a":"#, Damage::Cut(5)),
            (r#"{"a":"x"#, Damage::Cut(7)),
            ("[1,", Damage::Cut(3)),
            ("tru", Damage::Syntax(0)),
            ("[1 2]", Damage::Syntax(3)),
            ("[1,]", Damage::Syntax(3)),
            ("[,1]", Damage::Syntax(1)),
            ("[1}", Damage::Syntax(2)),
            (r#"{"a":1,}"#, Damage::Syntax(7)),
            (r#"{"a",1}"#, Damage::Syntax(4)),
            ("{a:1}", Damage::Syntax(1)),
            ("[01]", Damage::Syntax(1)),
            ("[1.]", Damage::Syntax(1)),
            ("[+1]", Damage::Syntax(1)),
            ("[-]", Damage::Syntax(1)),
            ("[1e]", Damage::Syntax(1)),
            (r#"["ü\x"]"#, Damage::Escape(4)),
            ("{} {}", Damage::Tail(2)),
            (&"[".repeat(100_000), Damage::Depth(MOST_LEVELS)),
        ] {
            assert_eq!(value(text), Err(damage), "{text:.40}");
        }
        // What a type refuses is not quoted.
        let refused = read(r#""secret""#, std::marker::PhantomData::<u8>);
        assert_eq!(refused.map_err(|damage| damage.to_string()), Err("it has an unexpected form".to_owned()));
    }
}
