//! Rules for strings, with better messages than a pattern could give.

use model::identifier::{self, Illegal, Kind};

/// A rule for a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Names a blueprint.
    BlueprintIdentifier,
    /// Names an action.
    ActionIdentifier,
    /// The key of a property, a relation or an input.
    Key,
    /// The label of a button.
    ButtonText,
    /// The path of a mirror property.
    MirrorPath,
    /// A URL with its scheme.
    AbsoluteUrl,
}

/// How a string breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) code: &'static str,
    /// The end of the message "`x` …".
    pub(super) words: String,
    /// Whether Port accepts it anyway, according to its API.
    pub(super) taken: bool,
}

impl Rule {
    /// Returns the rule with this name in the grammar.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "blueprint-identifier" => Self::BlueprintIdentifier,
            "action-identifier" => Self::ActionIdentifier,
            "key" => Self::Key,
            "button-text" => Self::ButtonText,
            "mirror-path" => Self::MirrorPath,
            "absolute-url" => Self::AbsoluteUrl,
            _ => return None,
        })
    }

    /// Checks a string. `longest` is the `maxLength` next to the rule, if there is one.
    pub(super) fn check(self, text: &str, longest: Option<usize>) -> Result<(), Broken> {
        match self {
            Self::BlueprintIdentifier => identifier(Kind::Blueprint, text, longest),
            Self::ActionIdentifier => identifier(Kind::Action, text, longest),
            Self::Key => identifier(Kind::Key, text, longest),
            Self::ButtonText => button(text),
            Self::MirrorPath => mirror(text),
            Self::AbsoluteUrl => url(text),
        }
    }
}

fn identifier(kind: Kind, text: &str, longest: Option<usize>) -> Result<(), Broken> {
    identifier::check(kind, text).map_err(|illegal| Broken {
        code: "illegal-identifier",
        words: illegal.to_string(),
        taken: longest.is_none() && matches!(illegal, Illegal::TooLong { .. }),
    })
}

/// `^[^\s].*[^\s]$`
fn button(text: &str) -> Result<(), Broken> {
    let broken = |words: &str| Err(Broken { code: "illegal-text", words: words.to_owned(), taken: false });
    if text.chars().count() < 2 {
        return broken("is too short for a button; use at least 2 characters");
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return broken("begins or ends with a space");
    }
    if text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) { broken("has more than one line") } else { Ok(()) }
}

/// `^(?:[A-Za-z0-9@_=\-$]+\.)+?(\w|\$|@|-)*?[^\.]+$`
fn mirror(text: &str) -> Result<(), Broken> {
    let broken = |words: String| Err(Broken { code: "illegal-path", words, taken: false });
    let Some((relations, property)) = text.rsplit_once('.') else {
        return broken(
            "does not follow a relation; write relations and a final property, such as `service.$title`".to_owned(),
        );
    };
    if property.is_empty() || relations.split('.').any(str::is_empty) {
        return broken("has an empty part".to_owned());
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "@_=-$.".contains(c);
    match relations.chars().find(|c| !legal(*c)) {
        Some(c) => broken(format!(
            "contains {} in a relation; only letters, digits and the characters @ _ = - $ are allowed",
            identifier::named(c)
        )),
        None => Ok(()),
    }
}

fn url(text: &str) -> Result<(), Broken> {
    let absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && !text.contains(char::is_whitespace)
    });
    let words = "is not an absolute URL such as `https://example.com/hook`".to_owned();
    if absolute { Ok(()) } else { Err(Broken { code: "illegal-url", words, taken: true }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for (rule, text, legal) in [
            (Rule::ButtonText, "Go", true),
            (Rule::ButtonText, "a b", true),
            (Rule::ButtonText, "G", false),
            (Rule::ButtonText, "", false),
            (Rule::ButtonText, "Go ", false),
            (Rule::ButtonText, "G\no", false),
            (Rule::MirrorPath, "service.$title", true),
            (Rule::MirrorPath, "a.b-c.d=e.f g", true),
            (Rule::MirrorPath, "a.ü", true),
            (Rule::MirrorPath, "title", false),
            (Rule::MirrorPath, ".title", false),
            (Rule::MirrorPath, "a..b", false),
            (Rule::MirrorPath, "a.", false),
            (Rule::MirrorPath, "ä.b", false),
            (Rule::AbsoluteUrl, "https://example.com", true),
            (Rule::AbsoluteUrl, "example.com/a:b", false),
            (Rule::AbsoluteUrl, "https://a b", false),
            (Rule::Key, "cpu_cores", true),
            (Rule::Key, "größe", false),
            (Rule::BlueprintIdentifier, "a/b", true),
            (Rule::ActionIdentifier, "a/b", false),
        ] {
            assert_eq!(rule.check(text, Some(100)).is_ok(), legal, "{rule:?} {text:?}");
        }
    }

    #[test]
    fn a_length_that_port_does_not_bound_is_accepted() {
        let long = "a".repeat(101);
        assert!(Rule::ActionIdentifier.check(&long, None).is_err_and(|broken| broken.taken));
        assert!(Rule::BlueprintIdentifier.check(&long, Some(100)).is_err_and(|broken| !broken.taken));
    }
}
