//! The bytes of a file as text: UTF-8, or a finding that says why not.

use std::path::PathBuf;

use crate::source::{Obstacle, Source};

/// What to do with a file in another encoding.
const SAVE: &str = "save it as UTF-8";

impl Source {
    /// Creates a source from the bytes of a file. If they are not UTF-8, the source is unreadable, and its text is for the
    /// excerpt only.
    pub fn from_bytes(path: PathBuf, bytes: Vec<u8>) -> Self {
        if let Some(wide) = Wide::of(&bytes) {
            let source = Self::new(path, &wide.text(&bytes));
            let first = source.text.chars().next().map_or(0, char::len_utf8);
            let message = format!("this file is {}, not UTF-8", wide.name());
            let unreadable = Obstacle { code: "unreadable", message, help: Some(SAVE.into()), at: Some(0..first) };
            return Self { mark: 0, unreadable: Some(Box::new(unreadable)), ..source };
        }
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Self::new(path, &text),
            Err(error) => error,
        };
        let (at, cut) = (error.utf8_error().valid_up_to(), error.utf8_error().error_len().is_none());
        let bytes = error.into_bytes();
        if bytes.iter().any(|byte| *byte < b' ' && !b"\t\n\r".contains(byte)) {
            return Self::refused(
                path,
                Obstacle {
                    code: "unreadable",
                    message: "this file is not UTF-8, and has control characters".to_owned(),
                    help: Some("input is JSON in UTF-8; if this is text, save it as UTF-8".into()),
                    at: None,
                },
            );
        }
        // Which other encoding it is cannot be known: most of them give every byte a meaning.
        let message = match (bytes.get(at..).unwrap_or_default(), cut) {
            (_, true) => "this file ends in the middle of a character of UTF-8".to_owned(),
            ([0xED, 0xA0..=0xBF, ..], _) => {
                "this file is not UTF-8: half of a surrogate pair is encoded here".to_owned()
            }
            ([byte, ..], _) => format!("this file is not UTF-8: byte 0x{byte:02X} begins no character here"),
            ([], _) => "this file is not UTF-8".to_owned(),
        };
        let help = if cut { "it may be cut off; save the whole file as UTF-8" } else { SAVE };
        let source = Self::new(path, &String::from_utf8_lossy(&bytes));
        let start = at.saturating_sub(source.mark);
        let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
        let unreadable = Obstacle { code: "unreadable", message, help: Some(help.into()), at: Some(start..end) };
        Self { unreadable: Some(Box::new(unreadable)), ..source }
    }
}

/// An encoding with two or four bytes for each character of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    Utf16Little,
    Utf16Big,
    Utf32Little,
    Utf32Big,
}

impl Wide {
    /// Recognises the encoding by its byte order mark, or by the zero bytes around the first two characters, which are
    /// ASCII in JSON (RFC 4627, section 3).
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xFE, 0, 0, ..] => Some(Self::Utf32Little),
            [0, 0, 0xFE, 0xFF, ..] => Some(Self::Utf32Big),
            [0xFF, 0xFE, ..] => Some(Self::Utf16Little),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Big),
            [a, b, c, d, ..] => match [a, b, c, d].map(|byte| *byte == 0) {
                [false, true, true, true] => Some(Self::Utf32Little),
                [true, true, true, false] => Some(Self::Utf32Big),
                [false, true, false, true] => Some(Self::Utf16Little),
                [true, false, true, false] => Some(Self::Utf16Big),
                _ => None,
            },
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf16Little | Self::Utf16Big => "UTF-16",
            Self::Utf32Little | Self::Utf32Big => "UTF-32",
        }
    }

    fn text(self, bytes: &[u8]) -> String {
        let two = |unit: fn([u8; 2]) -> u16| {
            let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
            char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        let four = |unit: fn([u8; 4]) -> u32| {
            let units = bytes.chunks_exact(4).filter_map(|four| four.try_into().ok().map(unit));
            units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        match self {
            Self::Utf16Little => two(u16::from_le_bytes),
            Self::Utf16Big => two(u16::from_be_bytes),
            Self::Utf32Little => four(u32::from_le_bytes),
            Self::Utf32Big => four(u32::from_be_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law: the message names an encoding only if the bytes prove it, and the first wrong character is at its line and
    /// column.
    #[test]
    fn encodings_are_recognised() {
        let json = "{\n \"a\": 1}";
        let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
            [mark, &json.encode_utf16().flat_map(unit).collect::<Vec<_>>()].concat()
        };
        let wider = |mark: &[u8], unit: fn(u32) -> [u8; 4]| {
            [mark, &json.chars().flat_map(|char| unit(char.into())).collect::<Vec<_>>()].concat()
        };
        for (bytes, want, at) in [
            (wide(&[0xFF, 0xFE], u16::to_le_bytes), "UTF-16", Some(0..1)),
            (wide(&[0xFE, 0xFF], u16::to_be_bytes), "UTF-16", Some(0..1)),
            (wide(&[], u16::to_le_bytes), "UTF-16", Some(0..1)),
            (wide(&[], u16::to_be_bytes), "UTF-16", Some(0..1)),
            (wider(&[0xFF, 0xFE, 0, 0], u32::to_le_bytes), "UTF-32", Some(0..1)),
            (wider(&[], u32::to_be_bytes), "UTF-32", Some(0..1)),
            (b"{\"a\": \"\xC3\xBC \xFC\"}".to_vec(), "byte 0xFC begins", Some(10..13)),
            (b"\xEF\xBB\xBF{\"a\": \"\xFC\"}".to_vec(), "byte 0xFC begins", Some(7..10)),
            (b"{\"a\": \"\xC4\xE3\xBA\xC3\"}".to_vec(), "byte 0xC4 begins", Some(7..10)),
            (b"{\"a\": \"\xED\xA0\xBD\xED\xB8\x80\"}".to_vec(), "surrogate", Some(7..10)),
            (b"{\"a\": \"\xE2\x82\"}".to_vec(), "byte 0xE2 begins", Some(7..10)),
            (b"{\"a\": \"\xE2\x82".to_vec(), "middle of a character", Some(7..10)),
            (b"\xC0\x7F\x81\x7F\x7A\x40\xF1\xD0".to_vec(), "byte 0xC0 begins", Some(0..3)),
            (b"\xC0\x25\x81\x15\xD0".to_vec(), "control characters", None),
            (b"PK\x03\x04\xFF\xFF".to_vec(), "control characters", None),
        ] {
            let unreadable = Source::from_bytes("a.json".into(), bytes).unreadable.unwrap();
            assert!(unreadable.message.contains(want), "{}", unreadable.message);
            assert_eq!(unreadable.at, at, "{want}");
        }
        for text in ["", "{", "[]", "{\"a\": \"ü\"}", "\u{feff}{}"] {
            assert_eq!(Source::from_bytes("a.json".into(), text.as_bytes().to_vec()).unreadable, None, "{text:?}");
        }
    }
}
