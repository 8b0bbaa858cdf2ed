//! Characters that a reader does not see, made visible.
//!
//! What people write is shown in terminals, logs, comments and pages. There an escape sequence acts on the terminal, and
//! a bidirectional control changes the order in which a line is read. All of these are shown as JSON writes them, so that
//! JSON in which they are replaced is still the same JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on what shows it, or cannot be seen there: controls, bidirectional controls, characters
/// without a width, separators of lines, and those that XML cannot represent. Newlines and tabs are among them.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Replaces the hidden characters of a name or another text of one line, newlines and tabs too.
pub fn visible(text: &str) -> Cow<'_, str> {
    visible_but(text, &[])
}

/// Replaces the hidden characters of a text except `kept`, such as the newlines of a text with several lines.
pub fn visible_but<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let hidden = |character: char| is_hidden(character) && !kept.contains(&character);
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hidden(character) { escape(character, &mut shown) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

/// Writes a character as an escape sequence of JSON.
pub fn escape(character: char, out: &mut String) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_json_escapes() {
        for (text, want) in [
            ("plain grün 漢字 🦀", "plain grün 漢字 🦀"),
            ("a\u{1b}[31mb", "a\\u001b[31mb"),
            ("\u{7}\0\u{7f}\u{9b}", "\\u0007\\u0000\\u007f\\u009b"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{202e}\u{2066}\u{61c}\u{200b}\u{2028}\u{feff}", "\\u202e\\u2066\\u061c\\u200b\\u2028\\ufeff"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ] {
            assert_eq!(visible(text), want);
        }
        assert_eq!(visible_but("a\nb\u{1b}", &['\n']), "a\nb\\u001b");
    }

    /// Every hidden character, in a JSON string without escapes of its own, keeps its value.
    #[test]
    fn json_keeps_its_value() {
        for hidden in ('\u{7f}'..=char::MAX).filter(|character| is_hidden(*character)) {
            let text = format!("a{hidden}b");
            let json = serde_json::to_string(&text).unwrap();
            let read: String = serde_json::from_str(&visible(&json)).unwrap();
            assert!(read == text && !visible(&json).contains(hidden), "{:x}", u32::from(hidden));
        }
    }
}
