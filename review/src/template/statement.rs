//! A statement of an IAM policy as data: one principal, one action and one resource.

use std::collections::BTreeSet;

use super::guard::Guards;
use super::node::Node;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    /// `Effect` is `Allow`.
    pub(crate) allows: bool,
    /// None in a policy that is attached to its principal.
    pub(crate) principal: Option<Term>,
    /// `Action`, or what `NotAction` leaves out.
    pub(crate) action: Term,
    /// `Resource`, or what `NotResource` leaves out. A trust policy has none.
    pub(crate) resource: Option<Term>,
    /// By operator and key, values as sets; null without one.
    pub(crate) condition: Node,
    /// Conditions of the template under which it is there.
    pub(crate) only_if: Guards,
}

/// One word of a statement, or everything but some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// This one, with wildcards.
    One(String),
    /// Everything except these.
    AllBut(BTreeSet<String>),
}

impl Term {
    /// Writes it for a person.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::One(word) => word.clone(),
            Self::AllBut(words) => {
                format!("everything but {}", words.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
