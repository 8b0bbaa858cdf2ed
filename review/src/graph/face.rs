//! Measures and wraps text.
//!
//! The reader's fonts are unknown, so widths are those of `DejaVu Sans`, the widest common font.

/// The typeface of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Names, in a monospaced font.
    Code,
    /// Everything else.
    Text,
}

/// Returns the maximum width of a character, in hundredths of the font size.
fn hundredths(character: char, face: Face) -> u32 {
    match character {
        // Hangul, kana, ideographs, emoji: full width.
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{ffff}' | '\u{1f000}'.. => 115,
        _ if face == Face::Code => 61,
        'i' | 'j' | 'l' | 'I' | 'J' | '\'' | '|' => 30,
        ' ' | '.' | ',' | ':' | ';' | 'f' | 't' | '/' | '-' => 40,
        'r' | '(' | ')' | '[' | ']' | '!' => 43,
        'c' | 'k' | 's' | 'z' | '_' | '*' | 'L' => 60,
        'm' | 'M' | 'w' | 'W' | '@' | '%' => 101,
        'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' => 81,
        'A'..='Z' => 71,
        'a'..='z' | '0'..='9' | '$' | '{' | '}' => 65,
        _ => 85,
    }
}

/// Returns the maximum width of a text in pixels.
pub(crate) fn width(text: &str, face: Face, size: u32) -> u32 {
    (text.chars().map(|character| hundredths(character, face)).sum::<u32>() * size).div_ceil(100)
}

/// Wraps a text into at most `most` lines; the last one ends in `…` if it is truncated.
pub(crate) fn wrap(text: &str, face: Face, size: u32, room: u32, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let text: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == most {
            lines.push(cut(rest, face, size, room));
            return lines;
        }
        let end = end_of_line(rest, face, size, room);
        let (line, next) = rest.split_at(end);
        lines.push(line.trim_end().to_owned());
        rest = next.trim_start();
    }
    lines
}

/// Returns where the first line ends: at a space, else after punctuation, else inside a `CamelCase` name, else where the
/// line is full.
fn end_of_line(text: &str, face: Face, size: u32, room: u32) -> usize {
    if width(text, face, size) <= room {
        return text.len();
    }
    let mut full = 0;
    let mut places = [0; 3];
    let mut before = 'x';
    for (at, character) in text.char_indices() {
        let place = match before {
            ' ' => Some(0),
            ':' | '/' | '.' | '-' | '_' | ',' | '}' | ']' => Some(1),
            _ if before.is_lowercase() && character.is_uppercase() => Some(2),
            _ => None,
        };
        if let Some(place) = place.and_then(|place| places.get_mut(place)) {
            *place = at;
        }
        let end = at + character.len_utf8();
        // Take at least one character, or wrapping would never end.
        if width(text.get(..end).unwrap_or_default(), face, size) > room && at > 0 {
            break;
        }
        (full, before) = (end, character);
    }
    // A line that breaks in its first third looks like a mistake.
    places.into_iter().find(|place| *place <= full && place * 3 > full).unwrap_or(full)
}

fn cut(text: &str, face: Face, size: u32, room: u32) -> String {
    if width(text, face, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if width(&format!("{kept}…"), face, size) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{Face, width, wrap};

    #[test]
    fn lines_fit_and_lose_no_text() {
        for text in [
            "secretsmanager:GetSecretValue on KafkaSecret, PortSecret",
            "OneLongCamelCaseNameOfAResource",
            "名前は長い名前は長い",
            "x",
        ] {
            for face in [Face::Code, Face::Text] {
                for room in [40, 90, 180] {
                    let lines = wrap(text, face, 14, room, 99);
                    assert!(lines.iter().all(|line| width(line, face, 14) <= room), "{lines:?} in {room}");
                    let bare = |text: &str| text.replace(' ', "");
                    assert_eq!(bare(&lines.concat()), bare(text));
                }
            }
        }
    }

    #[test]
    fn truncated_text_ends_in_an_ellipsis() {
        let lines = wrap("one two three four five six seven", Face::Text, 14, 80, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, Face::Text, 14) <= 80), "{lines:?}");
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert_eq!(wrap("no end", Face::Text, 14, 1, 2).len(), 2);
    }
}
