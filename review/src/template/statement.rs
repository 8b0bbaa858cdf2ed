//! A statement of an IAM policy with one principal, one action and one resource.

use std::collections::BTreeSet;

use super::guard::Guards;
use super::node::Node;

/// A statement of an IAM policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    /// Whether `Effect` is `Allow`.
    pub(crate) allows: bool,
    /// `None` in a policy that is attached to its principal.
    pub(crate) principal: Option<Term>,
    /// `Action`, or everything except `NotAction`.
    pub(crate) action: Term,
    /// `Resource`, or everything except `NotResource`; `None` in a trust policy.
    pub(crate) resource: Option<Term>,
    /// The condition by operator and key, with values as sets; null without a condition.
    pub(crate) condition: Node,
    /// The template conditions that it depends on.
    pub(crate) only_if: Guards,
}

/// An element of a statement: one word, or everything except some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// One word, possibly with wildcards.
    One(String),
    /// Everything except these.
    AllBut(BTreeSet<String>),
}

impl Term {
    /// Writes the term for people.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::One(word) => word.clone(),
            Self::AllBut(words) => {
                format!("everything but {}", words.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
