//! How strongly a value protects, and whether another one protects less.

use crate::compare::possible::Possible;
use crate::template::node::Node;

/// How strongly values protect.
#[derive(Debug)]
pub(super) enum Strength {
    /// Words, weakest first, with the one that holds if it is unset; any other word if AWS does not document it.
    Words(&'static [&'static str], &'static str),
    /// A number: more is stronger. The number that holds if it is unset, and one that means "forever".
    Longer { unset: f64, forever: Option<f64> },
    /// It protects as long as it is set.
    Set,
    /// A key that encrypts: any other key counts too, because the old one is still needed for what it encrypted.
    Key,
}

impl Strength {
    /// Returns how strongly a value protects; `None` if that is unknown.
    pub(super) fn of(&self, value: Option<&Node>) -> Option<f64> {
        let place = |words: &[&str], word: &str| words.iter().position(|known| known.eq_ignore_ascii_case(word));
        #[expect(clippy::cast_precision_loss, reason = "a place among a few words")]
        let rank = |place: usize| place as f64;
        match (self, value) {
            (Self::Words(words, unset), None) => place(words, unset).map(rank),
            (Self::Words(words, _), Some(value)) => place(words, value.word()?).map(rank),
            (Self::Longer { unset, .. }, None) => Some(*unset),
            (Self::Longer { forever, .. }, Some(value)) => {
                let number: f64 = value.word()?.parse().ok()?;
                Some(if Some(number) == *forever { f64::INFINITY } else { number })
            }
            (Self::Set | Self::Key, None | Some(Node::Null)) => Some(0.0),
            (Self::Set | Self::Key, Some(_)) => Some(1.0),
        }
    }

    /// Returns the weakest and the strongest that a value can be.
    fn range(&self) -> (f64, f64) {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a place among a few words")]
            Self::Words(words, _) => (0.0, words.len().saturating_sub(1) as f64),
            Self::Longer { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Set | Self::Key => (0.0, 1.0),
        }
    }

    /// Explains the default, where one of two values is unset.
    pub(super) fn unset(&self, old: &Possible<'_>, new: &Possible<'_>) -> String {
        if [old, new].iter().all(|possible| possible.values.iter().all(Option::is_some)) {
            return String::new();
        }
        match self {
            Self::Words(words, unset) if words.contains(unset) && !unset.is_empty() => {
                format!("; the default is `{unset}`")
            }
            Self::Longer { unset, .. } if unset.is_infinite() => "; without it, nothing is deleted".to_owned(),
            Self::Longer { unset, .. } => format!("; the default is `{unset}`"),
            _ => String::new(),
        }
    }
}

/// The most pairs of an old and a new value that are compared.
const MOST_CHOICES: usize = 100_000;

/// Whether the new value protects less, and then whether that is uncertain. `is_open_choice` says that a condition chooses
/// differently now.
pub(super) fn weaker(
    strength: &Strength,
    old: &Possible<'_>,
    new: &Possible<'_>,
    is_open_choice: bool,
) -> Option<bool> {
    let (lowest, highest) = strength.range();
    let lost = |was: Option<&Node>, is: Option<&Node>| {
        let is_other_key = matches!(strength, Strength::Key) && was.is_some();
        let is_less = strength.of(was).unwrap_or(highest) > strength.of(is).unwrap_or(lowest);
        was != is && (is_other_key || is_less)
    };
    let same_choice = old.conditions == new.conditions && old.values.len() == new.values.len() && !is_open_choice;
    // Nobody knows which of so many values it is.
    if !same_choice && old.values.len().saturating_mul(new.values.len()) > MOST_CHOICES {
        return Some(true);
    }
    let is_lost = if same_choice {
        old.values.iter().zip(&new.values).any(|(was, is)| lost(*was, *is))
    } else {
        old.values.iter().any(|was| new.values.iter().any(|is| lost(*was, *is)))
    };
    let is_known = |possible: &Possible<'_>| {
        let of_resource = matches!(strength, Strength::Set | Strength::Key) && possible.is_open;
        (possible.is_certain || of_resource)
            && possible.values.len() == 1
            && possible.values.iter().all(|value| strength.of(*value).is_some())
    };
    is_lost.then(|| !(is_known(old) && is_known(new)))
}
