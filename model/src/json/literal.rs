//! String literals: where they end, and what they mean even if they contain half a surrogate pair.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One character of a string, or what is left of one.
#[derive(Clone, Copy)]
enum Unit {
    Char(char),
    /// A surrogate without its other half: `JSON.stringify` writes `"\ud83d"` for an emoji that was cut.
    Lone(u16),
}

/// Returns the length in bytes of the string literal that `text` starts with; `None` if it starts with something else
/// or the literal does not end.
pub fn end(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut bytes = text.bytes().enumerate();
    bytes.next().filter(|(_, byte)| *byte == b'"')?;
    for (at, byte) in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the text of a literal. Half a surrogate pair becomes U+FFFD; raw control characters are kept.
///
/// # Errors
/// When an escape is not one of JSON's: the offset of its backslash in bytes.
pub fn read(literal: &str) -> Result<Cow<'_, str>, usize> {
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(0_usize)?;
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let mut text = String::with_capacity(inner.len());
    decode(inner, |unit| {
        text.push(match unit {
            Unit::Char(c) => c,
            Unit::Lone(_) => char::REPLACEMENT_CHARACTER,
        });
    })
    .map_err(|at| at + 1)?;
    Ok(Cow::Owned(text))
}

/// Writes a literal as `JSON.stringify` writes the same string. One that cannot be read is copied.
pub fn stringify(literal: &str, out: &mut String) {
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner.filter(|inner| inner.contains('\\')) else {
        out.push_str(literal);
        return;
    };
    let start = out.len();
    out.push('"');
    if decode(inner, |unit| quote(unit, out)).is_ok() {
        out.push('"');
    } else {
        out.truncate(start);
        out.push_str(literal);
    }
}

/// Writes one character inside a literal (ECMA-262, `QuoteJSONString`).
fn quote(unit: Unit, out: &mut String) {
    let escaped = match unit {
        Unit::Char('"') => "\\\"",
        Unit::Char('\\') => "\\\\",
        Unit::Char('\u{8}') => "\\b",
        Unit::Char('\u{c}') => "\\f",
        Unit::Char('\n') => "\\n",
        Unit::Char('\r') => "\\r",
        Unit::Char('\t') => "\\t",
        Unit::Char(c) if c >= ' ' => return out.push(c),
        Unit::Char(_) | Unit::Lone(_) => {
            let code = match unit {
                Unit::Char(c) => u32::from(c),
                Unit::Lone(half) => u32::from(half),
            };
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\u{code:04x}");
            return;
        }
    };
    out.push_str(escaped);
}

/// Takes a literal's inside apart. The error is the offset of an unknown escape.
fn decode(inner: &str, mut take: impl FnMut(Unit)) -> Result<(), usize> {
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        before.chars().for_each(|c| take(Unit::Char(c)));
        let (unit, length) = escape(after).ok_or(inner.len() - after.len() - 1)?;
        take(unit);
        rest = after.get(length..).unwrap_or_default();
    }
    rest.chars().for_each(|c| take(Unit::Char(c)));
    Ok(())
}

/// Reads an escape behind its backslash. Returns it with its length in bytes.
fn escape(text: &str) -> Option<(Unit, usize)> {
    let c = match text.bytes().next()? {
        b'u' => {
            let high = hex(text, 1)?;
            if let Some(c) = char::from_u32(u32::from(high)) {
                return Some((Unit::Char(c), 5));
            }
            let low = text.get(5..).filter(|next| next.starts_with("\\u")).and_then(|next| hex(next, 2));
            let pair = char::decode_utf16([high, low.unwrap_or_default()]).next();
            return Some(match pair {
                Some(Ok(c)) => (Unit::Char(c), 11),
                _ => (Unit::Lone(high), 5),
            });
        }
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        c @ (b'"' | b'\\' | b'/') => char::from(c),
        _ => return None,
    };
    Some((Unit::Char(c), 1))
}

/// Reads four hexadecimal digits at `at`.
fn hex(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_written_as_it_was() {
        for (literal, text, written) in [
            (r#""""#, Ok(""), r#""""#),
            (r#""a\ud83d""#, Ok("a\u{fffd}"), r#""a\ud83d""#),
            (r#""\uDE80a""#, Ok("\u{fffd}a"), r#""\ude80a""#),
            (r#""\ud83d\ude80""#, Ok("🚀"), "\"🚀\""),
            (r#""\ud83d\ud83d\ude80""#, Ok("\u{fffd}🚀"), "\"\\ud83d🚀\""),
            (r#""\ud83d\n""#, Ok("\u{fffd}\n"), r#""\ud83d\n""#),
            (r#""\ud83d\u0041""#, Ok("\u{fffd}A"), r#""\ud83dA""#),
            (r#""\ud83d\\ude80""#, Ok("\u{fffd}\\ude80"), r#""\ud83d\\ude80""#),
            (
                r#""\u0001\u00fc\/\"\b\f\r\t\u2028""#,
                Ok("\u{1}ü/\"\u{8}\u{c}\r\t\u{2028}"),
                "\"\\u0001ü/\\\"\\b\\f\\r\\t\u{2028}\"",
            ),
            (r#""ab\x""#, Err(3), r#""ab\x""#),
            (r#""\u12""#, Err(1), r#""\u12""#),
            (r#""\u+123""#, Err(1), r#""\u+123""#),
        ] {
            assert_eq!(read(literal).as_deref(), text.as_ref().copied(), "{literal}");
            let mut out = "x".to_owned();
            stringify(literal, &mut out);
            assert_eq!(out, format!("x{written}"), "{literal}");
        }
    }

    proptest::proptest! {
        /// What `serde_json` reads and writes, this reads and writes the same.
        #[test]
        fn literals_are_read_as_serde_json_does(text in r#"("|\\|u[0-9a-fA-F]{4}|\\u[dD][89a-fA-F][0-9a-f]{2}|[a-z/ü🚀]|\PC){0,12}"#) {
            let literal = format!("\"{text}\"");
            if let Ok(wanted) = serde_json::from_str::<String>(&literal) {
                proptest::prop_assert_eq!(end(&literal), Some(literal.len()));
                let text = read(&literal);
                proptest::prop_assert_eq!(text.as_deref(), Ok(wanted.as_str()));
                let mut out = String::new();
                stringify(&literal, &mut out);
                if literal.contains('\\') {
                    proptest::prop_assert_eq!(out, serde_json::to_string(&wanted).unwrap());
                }
            }
        }
    }
}
