//! How strongly a value protects, and whether another one protects less.

use crate::compare::value::{Found, Seen, contradict};
use crate::template::node::Node;

/// How strongly values protect.
#[derive(Debug)]
pub(super) enum Strength {
    /// Words, weakest first, with the one that holds if it is unset; any other word if AWS does not document it.
    Words(&'static [&'static str], &'static str),
    /// A number: more is stronger. The number that holds if it is unset, if AWS documents it, and one that means "forever".
    Longer { unset: Option<f64>, forever: Option<f64> },
    /// A number of `Days` or of `Years`: more is stronger, and unset protects nothing.
    Duration,
    /// It protects as long as it is set.
    Set,
    /// A key that encrypts: any other key counts too, because the old one is still needed for what it encrypted.
    Key,
}

impl Strength {
    /// Returns how strongly something protects; `None` if that is unknown.
    fn seen(&self, seen: &Seen) -> Option<f64> {
        match seen {
            Seen::Absent => self.of(None),
            Seen::Value(value) => self.of(Some(value)),
            // A parameter's value is a key, whichever it is.
            Seen::Unknown(_) => matches!(self, Self::Set | Self::Key).then_some(1.0),
        }
    }

    /// Returns how strongly a value protects; `None` if that is unknown.
    pub(super) fn of(&self, value: Option<&Node>) -> Option<f64> {
        let place = |words: &[&str], word: &str| words.iter().position(|known| known.eq_ignore_ascii_case(word));
        #[expect(clippy::cast_precision_loss, reason = "a place among a few words")]
        let rank = |place: usize| place as f64;
        match (self, value) {
            (Self::Words(words, unset), None) => place(words, unset).map(rank),
            (Self::Words(words, _), Some(value)) => place(words, value.word()?).map(rank),
            (Self::Longer { unset, .. }, None) => *unset,
            (Self::Duration, Some(value)) => {
                let number = |unit| value.member(unit).map_or(Some(0.0), |node| node.word()?.parse::<f64>().ok());
                Some(number("Days")? + 365.0 * number("Years")?)
            }
            (Self::Longer { forever, .. }, Some(value)) => {
                let number: f64 = value.word()?.parse().ok()?;
                Some(if Some(number) == *forever { f64::INFINITY } else { number })
            }
            (Self::Duration, None) | (Self::Set | Self::Key, None | Some(Node::Null)) => Some(0.0),
            (Self::Set | Self::Key, Some(_)) => Some(1.0),
        }
    }

    /// Returns the weakest and the strongest that a value can be.
    fn range(&self) -> (f64, f64) {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a place among a few words")]
            Self::Words(words, _) => (0.0, words.len().saturating_sub(1) as f64),
            Self::Longer { .. } | Self::Duration => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Set | Self::Key => (0.0, 1.0),
        }
    }

    /// Explains the default, where one of two values is unset.
    pub(super) fn unset(&self, old: &[Found], new: &[Found]) -> String {
        if old.iter().chain(new).all(|found| found.seen != Seen::Absent) {
            return String::new();
        }
        match self {
            Self::Words(words, unset) if words.contains(unset) && !unset.is_empty() => {
                format!("; the default is `{unset}`")
            }
            Self::Longer { unset: Some(unset), .. } if unset.is_infinite() => {
                "; without it, nothing is deleted".to_owned()
            }
            Self::Longer { unset: Some(unset), .. } => format!("; the default is `{unset}`"),
            _ => String::new(),
        }
    }
}

/// The most pairs of an old and a new value that are compared.
const MOST_CHOICES: usize = 100_000;

/// Whether the new value protects less, and then whether that is uncertain. Only what can be true together is compared.
pub(super) fn weaker(strength: &Strength, old: &[Found], new: &[Found]) -> Option<bool> {
    let (lowest, highest) = strength.range();
    let units = ["Days", "Years"];
    let is_same = |was: &Seen, is: &Seen| match (strength, was, is) {
        (Strength::Duration, Seen::Value(was), Seen::Value(is)) => {
            units.iter().all(|unit| was.member(unit) == is.member(unit))
        }
        _ => was == is,
    };
    let lost = |was: &Found, is: &Found| {
        let is_other_key = matches!(strength, Strength::Key) && was.seen != Seen::Absent;
        let is_less = strength.seen(&was.seen).unwrap_or(highest) > strength.seen(&is.seen).unwrap_or(lowest);
        !is_same(&was.seen, &is.seen) && (is_other_key || is_less) && !contradict(&was.when, &is.when)
    };
    // Nobody knows which of so many values it is.
    if old.len().saturating_mul(new.len()) > MOST_CHOICES {
        return Some(true);
    }
    if !old.iter().any(|was| new.iter().any(|is| lost(was, is))) {
        return None;
    }
    Some(match (old, new) {
        // Two unknown values may be the same.
        ([Found { seen: Seen::Unknown(_), .. }], [Found { seen: Seen::Unknown(_), .. }]) => true,
        ([was], [is]) => [was, is].into_iter().any(|found| {
            let is_given = !matches!(found.seen, Seen::Unknown(_)) && !found.when.is_empty();
            is_given || strength.seen(&found.seen).is_none()
        }),
        _ => true,
    })
}
