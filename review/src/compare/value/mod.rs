//! What a value of a template is when it is deployed. Everything that compares values asks here.
//!
//! * **Known** is a literal, what a resource of the template returns (it is the same as long as the resource is), a pseudo
//!   parameter of AWS (a stack keeps its account and Region), an entry of a mapping under literal keys, and a text whose parts
//!   are known. A condition that only literals decide is always or never true.
//! * **Alternatives** are the branches of `Fn::If`, the entries that a key of a mapping may find, the values that a parameter
//!   allows, and the default of a parameter. Each has *guards*, what must hold for it: a condition by its definition, so that
//!   one with another name is the same and a redefined one is not; a key by the value that it has; a parameter by its default,
//!   because the deployment may set another value. What depends on a guard is uncertain.
//! * **Unknown** is a parameter without a default or with one that only names its value (`AWS::SSM::Parameter::Value`), what a
//!   custom resource or another stack returns, and any other intrinsic. It is the same only as the same unknown.
//!
//! Two sides are compared by alternatives that can be true together. A deployed stack need not take a changed default, so it
//! is uncertain; that of a new parameter is what it gets. A changed condition or entry counts wherever it is used. A key that
//! only one side has changes nothing by itself: no stack could be deployed without it, unless the lookup has a `DefaultValue`.
//!
//! [`possible`] returns the alternatives at a path; [`followed`] puts what is known into a value and keeps the rest as written.
//! `permission::known` does the same in policies, where names of both sides are shown to people.

mod parameter;
mod mapping;
mod condition;
mod followed;
mod possible;
mod redefined;

use crate::template::stack::{DeployedResource, Stack};
pub(super) use condition::decide;
pub(super) use followed::{Follow, followed, open_parameters};
pub(super) use mapping::{ChangedLookup, all_lookups, changed_lookups, entry};
pub(super) use parameter::{Default, changed_defaults, default};
pub(super) use possible::{Found, Seen, at, contradict, is_same, may_be_same};
pub(super) use redefined::{Redefined, changed_conditions};

/// The template that a value is in, and the one that it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) own: &'a Stack,
    pub(super) other: &'a Stack,
    /// Whether it is the new template.
    is_new: bool,
}

impl<'a> Scope<'a> {
    /// Returns the scopes of both sides.
    pub(super) fn both(old: &'a Stack, new: &'a Stack) -> [Self; 2] {
        [Self { own: old, other: new, is_new: false }, Self { own: new, other: old, is_new: true }]
    }

    /// Whether a parameter is new: the deployment that brings it has its default, if nobody sets it at once.
    fn brings(&self, parameter: &str) -> bool {
        self.is_new && self.other.entry("Parameters", parameter).is_none()
    }

    /// Returns a resource that a value refers to. A renamed one may be written with its name on the other side.
    fn resource(&self, name: &str) -> Option<&'a DeployedResource> {
        self.own.resources.get(name).or_else(|| self.other.resources.get(name))
    }
}

#[cfg(test)]
mod tests;
