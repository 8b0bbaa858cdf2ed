//! `overrides.json`: what a team changes in the generated template, as a JSON merge patch (RFC 7386) by logical id.
//!
//! An id that the template has not yet is written with a plus, `"+MyQueue"`, so that a slip of the pen is not a new
//! resource. What is changed is named in the template's metadata.

mod merge;
mod origin;
mod patch;
mod attribute;

pub use attribute::attribute;
pub use patch::Overrides;
