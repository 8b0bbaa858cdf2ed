//! Lines and columns, as people and tools count them.

use std::ops::Range;

/// A place in a text. Lines end with `\r\n`, `\n` or `\r`; lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The line.
    pub(super) line: usize,
    /// The column in characters (Unicode code points).
    pub(super) column: usize,
    /// The column in UTF-16 code units.
    pub(super) utf16: usize,
    /// The number of bytes before it.
    pub(super) byte: usize,
}

/// The lines of a text, prepared for many lookups.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    /// The start of each line, and a position at least every [`APART`] bytes within a line, in order.
    marks: Vec<Position>,
}

/// The most bytes that a lookup counts. Without it, a file that is one long line would be counted from the start for
/// every finding.
const APART: usize = 256;

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut at = START;
        let mut marks = vec![at];
        let mut marked = 0;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            at.byte += char.len_utf8();
            at.column += 1;
            at.utf16 += char.len_utf16();
            let ends = char == '\n' || (char == '\r' && chars.peek() != Some(&'\n'));
            if ends {
                at = Position { line: at.line + 1, column: 1, utf16: 1, byte: at.byte };
            }
            if ends || at.byte - marked > APART - '\u{10ffff}'.len_utf8() {
                marks.push(at);
                marked = at.byte;
            }
        }
        Self { text, marks }
    }

    /// Returns where a byte is. A byte inside a character counts as the start of the character.
    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = (0..=byte.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let mark = self.mark(|mark| mark.byte <= byte);
        let before = self.text.get(mark.byte..byte).unwrap_or_default();
        Position {
            line: mark.line,
            column: mark.column + before.chars().count(),
            utf16: mark.utf16 + before.encode_utf16().count(),
            byte,
        }
    }

    /// Returns where bytes start and, exclusively, end.
    pub(super) fn region(&self, span: &Range<usize>) -> [Position; 2] {
        [self.position(span.start), self.position(span.end)]
    }

    /// Returns the start of the line that is `before` lines above a byte's, or of the first line.
    pub(super) fn start(&self, byte: usize, before: usize) -> Position {
        let line = self.mark(|mark| mark.byte <= byte).line.saturating_sub(before).max(1);
        let first = self.marks.partition_point(|mark| mark.line < line);
        self.marks.get(first).copied().unwrap_or(START)
    }

    /// Returns the end of the line that is `after` lines below a byte's, with its line break.
    pub(super) fn end(&self, byte: usize, after: usize) -> usize {
        let line = self.mark(|mark| mark.byte <= byte).line + after;
        let next = self.marks.partition_point(|mark| mark.line <= line);
        self.marks.get(next).map_or(self.text.len(), |mark| mark.byte)
    }

    /// Returns the last mark that matches `before`.
    fn mark(&self, before: impl Fn(&Position) -> bool) -> Position {
        let after = self.marks.partition_point(before);
        after.checked_sub(1).and_then(|at| self.marks.get(at)).copied().unwrap_or(START)
    }
}

/// The first place of every text.
const START: Position = Position { line: 1, column: 1, utf16: 1, byte: 0 };

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

    #[test]
    fn a_lookup_counts_few_bytes_even_in_one_long_line() {
        let line = "aé漢💻".repeat(1000);
        let text = format!("first\n{line}\nlast");
        let lines = Lines::new(&text);
        for (mark, next) in lines.marks.iter().zip(&lines.marks[1..]) {
            assert!(next.byte - mark.byte <= APART, "{mark:?} {next:?}");
        }
        for (byte, _) in text.char_indices() {
            let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
            let before = &text[start..byte];
            let want = Position {
                line: text[..byte].matches('\n').count() + 1,
                column: before.chars().count() + 1,
                utf16: before.encode_utf16().count() + 1,
                byte,
            };
            assert_eq!(lines.position(byte), want);
        }
        assert_eq!(lines.start(text.len(), 1).byte, 6);
        assert_eq!(lines.start(text.len(), 9).byte, 0);
    }
}
