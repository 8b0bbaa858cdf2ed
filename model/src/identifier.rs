//! Port's rules for identifiers, and `slug`, which turns any text into a legal one.
//!
//! The patterns are those of Port's API reference: "Create a blueprint", "Create an action" and "Create an entity".

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// What an identifier names. Each kind has its own pattern and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$`, at most 100 characters.
    Blueprint,
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$`; Port documents no maximum, so this is 100, as for other names.
    Action,
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$`, at most 1000 characters.
    Entity,
    /// The key of a property, relation or input: `^[A-Za-z0-9@_=\\-]+$`, at most 100 characters.
    Key,
}

impl Kind {
    /// Returns the characters that the pattern allows besides letters and digits.
    pub fn punctuation(self) -> &'static str {
        match self {
            Self::Blueprint => "@_.+:\\/-",
            Self::Action => "@_.+:=-",
            Self::Entity => "@_.+:\\/=-",
            Self::Key => "@_=\\-",
        }
    }

    /// Returns the maximum length in characters.
    pub fn longest(self) -> usize {
        match self {
            Self::Entity => 1000,
            Self::Blueprint | Self::Action | Self::Key => 100,
        }
    }

    fn allows(self, c: char) -> bool {
        let letter = match self {
            Self::Key => c.is_ascii_alphabetic(),
            _ => is_letter(c),
        };
        letter || c.is_ascii_digit() || self.punctuation().contains(c)
    }
}

/// Why Port would refuse an identifier. The message completes "`x` …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// `.` and `..` would be read as folders in a path.
    #[error("is only dots")]
    Dots,
    /// It is too long.
    #[error("is {length} characters long; at most {longest} are allowed")]
    TooLong {
        /// In characters.
        length: usize,
        /// In characters.
        longest: usize,
    },
    /// It contains a character that the pattern does not allow.
    #[error("contains {}; only letters, digits and the characters {} are allowed", named(*character), apart(allowed))]
    Character {
        /// The first such character.
        character: char,
        /// The characters that are allowed besides letters and digits.
        allowed: &'static str,
    },
}

/// Checks `text` against Port's pattern and length for `kind`.
///
/// # Errors
/// When it breaks a rule: the first one.
pub fn check(kind: Kind, text: &str) -> Result<(), Illegal> {
    if text.is_empty() {
        return Err(Illegal::Empty);
    }
    if kind != Kind::Key && (text == "." || text == "..") {
        return Err(Illegal::Dots);
    }
    if let Some(character) = text.chars().find(|&c| !kind.allows(c)) {
        return Err(Illegal::Character { character, allowed: kind.punctuation() });
    }
    let length = text.chars().count();
    if length > kind.longest() {
        return Err(Illegal::TooLong { length, longest: kind.longest() });
    }
    Ok(())
}

/// Makes a legal entity identifier of any text: lower case, with one hyphen for each run of other characters.
///
/// Text without any legal character is written as code points (`🚀` is `u1f680`), so that two such titles differ. Empty
/// text is `untitled`.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if Kind::Entity.allows(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let mut out = clip(out.trim_matches('-'));
    if out.is_empty() {
        let points: Vec<String> =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| format!("u{:x}", c as u32)).collect();
        out = clip(&points.join("-"));
    }
    if out.is_empty() {
        "untitled".to_owned()
    } else if out == "." || out == ".." {
        format!("{out}-")
    } else {
        out
    }
}

/// Names a character: "a space", "`ö`"; one that cannot be seen by its number.
pub fn named(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '`' => "a backtick".to_owned(),
        other if other.is_control() || other.is_whitespace() || is_mark(other) => {
            format!("the character U+{:04X}", u32::from(other))
        }
        other => format!("`{other}`"),
    }
}

/// Returns whether a character is drawn over the one before it, or is not drawn.
fn is_mark(c: char) -> bool {
    matches!(c.general_category_group(), GeneralCategoryGroup::Mark | GeneralCategoryGroup::Other)
}

/// Writes characters with a space between them.
fn apart(characters: &str) -> String {
    characters.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

fn clip(text: &str) -> String {
    text.chars().take(Kind::Entity.longest()).collect()
}

/// Returns whether `\p{L}` matches. `char::is_alphabetic` is wider: it includes vowel signs and circled letters, which
/// Port refuses.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn any_text_becomes_a_legal_slug() {
        for (text, want) in [
            ("Backend Prod VM", "backend-prod-vm"),
            ("run_q2mGf9ZYkFRnZJjB", "run_q2mgf9zykfrnzjjb"),
            ("  a#'b(\tc  ", "a-b-c"),
            ("Größe 2", "größe-2"),
            ("日本語 サーバ", "日本語-サーバ"),
            ("team/app:1.2", "team/app:1.2"),
            ("İstanbul", "i-stanbul"),
            ("🚀", "u1f680"),
            ("🚀 🎉", "u1f680-u1f389"),
            ("", "untitled"),
            (" - ", "untitled"),
            ("..", "..-"),
        ] {
            assert_eq!(slug(text), want, "slug({text:?})");
        }
    }

    #[test]
    fn illegal_identifiers_are_refused_with_a_reason() {
        for (kind, text, want) in [
            (Kind::Blueprint, "vm", None),
            (Kind::Blueprint, "a/b\\c", None),
            (
                Kind::Blueprint,
                "a=b",
                Some("contains `=`; only letters, digits and the characters @ _ . + : \\ / - are allowed"),
            ),
            (Kind::Action, "vm_create=1", None),
            (
                Kind::Action,
                "a/b",
                Some("contains `/`; only letters, digits and the characters @ _ . + : = - are allowed"),
            ),
            (Kind::Entity, "..", Some("is only dots")),
            (Kind::Entity, "", Some("is empty")),
            (
                Kind::Entity,
                "a b",
                Some("contains a space; only letters, digits and the characters @ _ . + : \\ / = - are allowed"),
            ),
            (Kind::Key, "größe", Some("contains `ö`; only letters, digits and the characters @ _ = \\ - are allowed")),
            (
                Kind::Entity,
                "कि",
                Some(
                    "contains the character U+093F; only letters, digits and the characters @ _ . + : \\ / = - are allowed",
                ),
            ),
        ] {
            let got = check(kind, text).err().map(|e| e.to_string());
            assert_eq!(got.as_deref(), want, "{kind:?} {text:?}");
        }
        assert!(check(Kind::Entity, &"a".repeat(1000)).is_ok());
        assert_eq!(check(Kind::Entity, &"a".repeat(1001)), Err(Illegal::TooLong { length: 1001, longest: 1000 }));
    }

    proptest! {
        #[test]
        fn a_slug_is_legal_and_its_own_slug(text in any::<String>()) {
            let once = slug(&text);
            prop_assert_eq!(check(Kind::Entity, &once), Ok(()));
            if once != "..-" && once != ".-" { prop_assert_eq!(slug(&once), once); }
        }
    }
}
