//! `overrides.json`: a team's changes to the generated template, as JSON merge patches (RFC 7386) by logical id.
//!
//! The id of a new resource starts with a plus, `"+MyQueue"`, so that a typo does not add a resource. Changes are listed in
//! the template's metadata.

mod merge;
mod origin;
mod patch;
mod attribute;

pub use attribute::attribute;
pub use patch::Overrides;
