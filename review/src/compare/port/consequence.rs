//! What people and runs notice, collected in the order of the report.

use std::collections::BTreeSet;

use crate::compare::report::{Happens, Meaning, Subject};

/// What a consequence is about, with its blueprint and action.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) subject: Subject,
    pub(super) blueprint: &'a str,
    pub(super) action: Option<&'a str>,
}

/// All that was found so far.
#[derive(Default)]
pub(super) struct Consequences(BTreeSet<Meaning>);

impl Consequences {
    pub(super) fn add(&mut self, about: About<'_>, name: Option<&str>, happens: Happens, text: String) {
        self.0.insert(Meaning {
            subject: about.subject,
            blueprint: about.blueprint.to_owned(),
            action: about.action.map(str::to_owned),
            name: name.map(str::to_owned),
            happens,
            text,
        });
    }

    pub(super) fn into_vec(self) -> Vec<Meaning> {
        self.0.into_iter().collect()
    }
}
