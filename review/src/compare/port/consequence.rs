//! Collects what changes for users and runs, in the order of the report.

use std::collections::BTreeSet;

use crate::compare::report::{ChangeKind, Consequence, Subject};

/// The subject of a consequence, with its blueprint and action.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) subject: Subject,
    pub(super) blueprint: &'a str,
    pub(super) action: Option<&'a str>,
}

/// The consequences found so far.
#[derive(Default)]
pub(super) struct Consequences(BTreeSet<Consequence>);

impl Consequences {
    pub(super) fn add(&mut self, about: About<'_>, name: Option<&str>, kind: ChangeKind, text: String) {
        self.0.insert(Consequence {
            subject: about.subject,
            blueprint: about.blueprint.to_owned(),
            action: about.action.map(str::to_owned),
            name: name.map(str::to_owned),
            kind,
            text,
        });
    }

    pub(super) fn into_vec(self) -> Vec<Consequence> {
        self.0.into_iter().collect()
    }
}
