//! Escapes text in markup, so that it stays text.

use model::visible::visible_but;

/// Escapes text for XML and HTML, also in quoted attributes. Hidden characters become visible, among them those
/// that XML cannot represent.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible_but(text, &['\n', '\t']).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Formats a sentence with code in backticks; `escape` escapes the rest.
pub(super) fn prose(text: &str, escape: fn(&str) -> String) -> String {
    let mut pieces: Vec<&str> = text.split('`').collect();
    // The last backtick is not closed.
    let open = if pieces.len().is_multiple_of(2) { pieces.pop() } else { None };
    let mut markup = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        markup += &if at.is_multiple_of(2) { escape(piece) } else { code(piece, escape) };
    }
    if let Some(open) = open {
        markup.extend([escape("`"), escape(open)]);
    }
    markup
}

/// Formats a word as code.
pub(super) fn code(word: &str, escape: fn(&str) -> String) -> String {
    format!("<code>{}</code>", escape(word))
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(
            escape("<a b=\"c\" d='e'>&\u{0}\u{1b}"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\\u0000\\u001b"
        );
    }
}
