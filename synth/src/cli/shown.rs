//! The last step of everything that is printed: hidden characters become visible, and no line is a command.
//!
//! Names, titles, file names and Port's answers reach standard output and standard error in many ways; all of them end
//! here. A terminal acts on escape sequences, and a runner of GitHub or Azure on lines such as `::error::`. Data is safe
//! here, too: in JSON, an escape means the same character.

use std::io::{self, Write};

use model::visible::{escape, is_hidden};

/// The byte that starts a colour of ours, instead of ESC. It is not UTF-8, so no text contains it.
const COLOR: u8 = 0xff;

/// Marks the escape sequences of a text whose hidden characters were escaped before it was coloured.
pub(super) fn colored(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte == 0x1b { COLOR } else { byte }).collect()
}

/// A stream for people, which escapes what they would not see.
pub(crate) struct Shown<W: Write> {
    /// Nothing once nobody reads any more, as after `synth … | head`: the command ends as it would have.
    stream: Option<W>,
    /// The start of a character whose end was not written yet.
    rest: Vec<u8>,
    line: Line,
    /// Nothing was written yet to a stream of data, where a byte order mark may come first.
    first: bool,
    /// Whether lines may end with `\r\n`, as in data.
    returns: bool,
    /// A carriage return was held back: it is shown unless a newline follows.
    held: bool,
}

/// What a line begins with, as far as it can still become a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Blanks, which runners skip.
    Blank,
    /// A colon after blanks.
    Colon,
    /// Text with `#` at its end; a command of the older form starts anywhere: `##[error]`, `##vso[…]`.
    Hash,
    /// Text with `##` and possibly a word at its end.
    Hashes,
    Text,
}

impl<W: Write> Shown<W> {
    /// Wraps a stream of messages.
    pub(crate) fn messages(stream: W) -> Self {
        Self::new(stream, false)
    }

    /// Wraps a stream of data, which may be a file of a person's: its byte order mark and its ends of lines are kept.
    pub(crate) fn data(stream: W) -> Self {
        Self::new(stream, true)
    }

    fn new(stream: W, data: bool) -> Self {
        Self { stream: Some(stream), rest: Vec::new(), line: Line::Blank, first: data, returns: data, held: false }
    }

    fn show(&mut self, text: &str, out: &mut String) {
        for character in text.chars() {
            if std::mem::take(&mut self.held) {
                if character == '\n' { out.push('\r') } else { escape('\r', out) }
            }
            let next = match (self.line, character) {
                (_, '\n') | (Line::Blank, ' ' | '\t') => Line::Blank,
                (Line::Blank, ':') => Line::Colon,
                (Line::Hash | Line::Hashes, '#') => Line::Hashes,
                (Line::Hashes, letter) if letter.is_ascii_alphabetic() => Line::Hashes,
                (_, '#') => Line::Hash,
                _ => Line::Text,
            };
            let command = matches!((self.line, character), (Line::Colon, ':') | (Line::Hashes, '['));
            let mark = std::mem::take(&mut self.first) && character == '\u{feff}';
            self.line = next;
            match character {
                '\n' | '\t' => out.push(character),
                '\r' if self.returns => self.held = true,
                other if command || (is_hidden(other) && !mark) => escape(other, out),
                other => out.push(other),
            }
        }
    }

    /// Shows what was held back, since nothing follows.
    fn finish(&mut self) -> io::Result<()> {
        let mut out = String::new();
        if std::mem::take(&mut self.held) {
            escape('\r', &mut out);
        }
        out.extend((!std::mem::take(&mut self.rest).is_empty()).then_some('\u{fffd}'));
        self.pass(|stream| stream.write_all(out.as_bytes()))
    }

    /// Writes to the stream, as long as there is a reader.
    fn pass(&mut self, write: impl FnOnce(&mut W) -> io::Result<()>) -> io::Result<()> {
        match self.stream.as_mut().map_or(Ok(()), write) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.stream = None,
            written => written?,
        }
        Ok(())
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let joined = [self.rest.as_slice(), bytes].concat();
        self.rest.clear();
        let mut out = String::with_capacity(joined.len());
        let mut chunks = joined.utf8_chunks().peekable();
        let mut shown = Vec::with_capacity(joined.len());
        while let Some(chunk) = chunks.next() {
            self.show(chunk.valid(), &mut out);
            shown.extend(std::mem::take(&mut out).into_bytes());
            match chunk.invalid() {
                [] => {}
                [COLOR] => shown.push(0x1b),
                // The rest of the character may be in the next write.
                cut if chunks.peek().is_none() && std::str::from_utf8(cut).is_err_and(|e| e.error_len().is_none()) => {
                    self.rest = cut.to_vec();
                }
                _ => shown.extend("\u{fffd}".bytes()),
            }
        }
        self.pass(|stream| stream.write_all(&shown))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(Write::flush)
    }
}

impl<W: Write> Drop for Shown<W> {
    fn drop(&mut self) {
        // There is nowhere to report it.
        let _ = self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], at: usize) -> String {
        let mut stream = Vec::new();
        let mut writer = Shown::data(&mut stream);
        let (first, second) = bytes.split_at(at.min(bytes.len()));
        writer.write_all(first).unwrap();
        writer.write_all(second).unwrap();
        drop(writer);
        String::from_utf8(stream).unwrap()
    }

    /// However the text is cut into writes.
    #[test]
    fn nothing_hidden_and_no_command_gets_through() {
        for (text, want) in [
            ("plain\n\tgrün 漢\n", "plain\n\tgrün 漢\n"),
            ("\u{1b}[31m\u{7}\0", "\\u001b[31m\\u0007\\u0000"),
            ("a\u{202e}b\u{2066}\u{200b}\u{85}", "a\\u202eb\\u2066\\u200b\\u0085"),
            ("::error::a\n  ::warning::b\n", ":\\u003aerror::a\n  :\\u003awarning::b\n"),
            ("a::b: :: c\n", "a::b: :: c\n"),
            ("x ##[error]y ###[a ##vso[b ## [c #[d", "x ##\\u005berror]y ###\\u005ba ##vso\\u005bb ## [c #[d"),
            ("\u{feff}{}\r\n\u{feff}a\rb\r", "\u{feff}{}\r\n\\ufeffa\\rb\\r"),
        ] {
            for at in 0..=text.len() {
                assert_eq!(shown(text.as_bytes(), at), want, "{text:?} {at}");
            }
        }
    }

    #[test]
    fn our_colors_get_through() {
        let text = [&colored("\u{1b}[31mred\u{1b}[0m "), "\u{1b}[31mnot\n".as_bytes()].concat();
        for at in 0..=text.len() {
            assert_eq!(shown(&text, at), "\u{1b}[31mred\u{1b}[0m \\u001b[31mnot\n");
        }
        assert_eq!(shown(b"a\xc3", 0), "a\u{fffd}");
    }
}
