//! The properties that make a resource public, by resource type.
//!
//! Sources: the CloudFormation Template Reference of each type, for the properties and their defaults; where a default is
//! documented elsewhere, the row says so. Properties that only the service sets, such as `Visibility` of an extension's version,
//! have no row.

mod data;
mod servers;
mod apis;

/// A way in which resources of some types are public.
pub(in crate::compare::exposure) struct Row {
    pub(in crate::compare::exposure) types: &'static [&'static str],
    /// All must hold; the first one names the property in the report.
    pub(in crate::compare::exposure) clauses: &'static [Clause],
    /// What is public, as a sentence without a full stop.
    pub(in crate::compare::exposure) text: &'static str,
    /// Whether it counts only where an existing resource becomes public: a new one is usually meant to be.
    pub(in crate::compare::exposure) only_existing: bool,
}

/// A property with the values that make it public.
pub(in crate::compare::exposure) struct Clause {
    /// The path below the properties; `*` is any item of a list, `>` goes on in the resource that is referred to.
    pub(in crate::compare::exposure) path: &'static str,
    /// The value of a property that is not set; `None` if only the deployment decides.
    pub(in crate::compare::exposure) default: Option<&'static str>,
    pub(in crate::compare::exposure) test: Test,
}

/// What makes a value public.
pub(in crate::compare::exposure) enum Test {
    /// One of these, in any case of letters.
    Is(&'static [&'static str]),
    /// Anything else than these.
    IsNot(&'static [&'static str]),
    /// An address range with a large part of the internet.
    Everyone,
    /// Nothing, or what names nobody: a wildcard in place of an account or a name.
    Unlimited,
    /// The key of a route with a method and a path; browsers send no credentials with OPTIONS.
    Method,
    /// A resource of this type, or an id with this prefix.
    RefersTo(&'static str, &'static str),
}

/// The value of a property that is not set, in clauses that test this.
pub(in crate::compare::exposure) const UNSET: &str = "";

const TRUE: Test = Test::Is(&["true"]);
const FALSE: Test = Test::Is(&["false"]);
const SET: Test = Test::IsNot(&[UNSET]);
const NOT_SET: Test = Test::Is(&[UNSET]);
const EVERYONE: Test = Test::Is(&["*"]);

const fn row(types: &'static [&'static str], clauses: &'static [Clause], text: &'static str) -> Row {
    Row { types, clauses, text, only_existing: false }
}

const fn change(types: &'static [&'static str], clauses: &'static [Clause], text: &'static str) -> Row {
    Row { types, clauses, text, only_existing: true }
}

const fn if_set(path: &'static str, test: Test) -> Clause {
    Clause { path, default: Some(UNSET), test }
}

const fn by_default(path: &'static str, default: &'static str, test: Test) -> Clause {
    Clause { path, default: Some(default), test }
}

/// The rows. Those of the same types with the same first property are a scale from the most to the least public: one step
/// down it is not an exposure.
pub(in crate::compare::exposure) fn rows() -> impl Iterator<Item = &'static Row> {
    [data::ROWS, servers::ROWS, apis::ROWS].into_iter().flatten()
}

impl Row {
    /// Returns the property that names the row in the report; empty for the resource as a whole.
    pub(in crate::compare::exposure) fn path(&self) -> &'static str {
        self.clauses.first().map_or("", |clause| clause.path)
    }
}
