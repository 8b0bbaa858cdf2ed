//! Lines and columns, as people and as tools count them.

use std::ops::Range;

/// A place in a text. Lines end with `\r\n`, `\n` or `\r`; lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Of the text.
    pub(super) line: usize,
    /// In characters (Unicode code points).
    pub(super) column: usize,
    /// In UTF-16 code units.
    pub(super) utf16: usize,
    /// Bytes before it.
    pub(super) byte: usize,
}

/// Where the lines of a text start.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { text, starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// Where a byte is. One that is inside a character counts as the character's start.
    pub(super) fn position(&self, byte: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        let byte = (0..=byte.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let before = self.text.get(start..byte).unwrap_or_default();
        Position { line, column: before.chars().count() + 1, utf16: before.encode_utf16().count() + 1, byte }
    }

    /// Where bytes start and, exclusively, end.
    pub(super) fn region(&self, span: &Range<usize>) -> [Position; 2] {
        [self.position(span.start), self.position(span.end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_code_units_are_counted_apart() {
        // Byte by byte: "a\r\n" 3, "\t" 1, "é" as e and a combining accent 3, "漢" 3, "👩‍💻" as three characters 11.
        let text = "a\r\n\te\u{301}漢👩\u{200d}💻x\rb\nc";
        let lines = Lines::new(text);
        for (needle, line, column, utf16) in [
            ("a", 1, 1, 1),
            ("\t", 2, 1, 1),
            ("e", 2, 2, 2),
            ("漢", 2, 4, 4),
            ("👩", 2, 5, 5),
            ("x", 2, 8, 10),
            ("b", 3, 1, 1),
            ("c", 4, 1, 1),
        ] {
            let byte = text.find(needle).unwrap();
            assert_eq!(lines.position(byte), Position { line, column, utf16, byte }, "{needle:?}");
        }
        assert_eq!(lines.position(text.len()).column, 2);
        assert_eq!(lines.position(1000).byte, text.len());
    }
}
