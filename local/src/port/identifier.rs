//! The identifiers that Port accepts. The patterns are from its `OpenAPI` document.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::answer::Refusal;

/// What an identifier names. Each kind has its own characters.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$`, at most 100.
    Blueprint,
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$`.
    Action,
    /// `^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$`, at most 1000.
    Entity,
    /// `^[\p{L}0-9@_:-]+$`, at most 60; also of a node.
    Workflow,
}

impl Kind {
    fn symbols(self) -> &'static str {
        match self {
            Self::Blueprint => "@_.+:\\/-",
            Self::Action => "@_.+:=-",
            Self::Entity => "@_.+:\\/=-",
            Self::Workflow => "@_:-",
        }
    }

    fn longest(self) -> usize {
        match self {
            Self::Blueprint => 100,
            Self::Action => usize::MAX,
            Self::Entity => 1000,
            Self::Workflow => 60,
        }
    }
}

/// Refuses an identifier that Port would refuse.
pub(super) fn check(kind: Kind, identifier: &str) -> Result<(), Refusal> {
    let legal = |letter: char| {
        letter.is_ascii_digit()
            || kind.symbols().contains(letter)
            || letter.general_category_group() == GeneralCategoryGroup::Letter
    };
    if identifier.is_empty() || matches!(identifier, "." | "..") || !identifier.chars().all(legal) {
        return Err(Refusal::invalid(format!("body/identifier must match pattern: \"{identifier}\"")));
    }
    // JSON Schema counts characters, not bytes.
    if identifier.chars().count() > kind.longest() {
        return Err(Refusal::invalid(format!("body/identifier must NOT have more than {} characters", kind.longest())));
    }
    Ok(())
}

/// Returns whether a text may name a property or a relation: `^[A-Za-z0-9@_=\\-]+$`, at most 100.
pub(super) fn is_key(text: &str) -> bool {
    !text.is_empty() && text.len() <= 100 && text.chars().all(|l| l.is_ascii_alphanumeric() || "@_=\\-".contains(l))
}
