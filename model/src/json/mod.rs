//! JSON as it is written: string literals, the ends of values, the members of an object in order; and a reader that
//! accepts what `serde_json` refuses.
//!
//! There is one scanner, [`literal::end`] and [`members::end_of_value`]. The signature, the tolerant reader and the
//! search for a run's id in a damaged message all use it, so they agree on where a value begins and ends.

pub mod literal;
pub mod members;
pub mod parts;
pub mod tolerant;

/// White space between tokens.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Returns the rest of `text` after white space.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(BLANKS)
}

/// Returns whether nothing follows the end of a document: white space or the NULs that some producers pad with.
pub fn is_padding(text: &str) -> bool {
    text.chars().all(|c| c == '\0' || BLANKS.contains(&c))
}
