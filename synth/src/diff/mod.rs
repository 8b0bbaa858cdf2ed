//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.

pub(crate) mod node;
pub(crate) mod normal;
pub(crate) mod policy;
mod replacement;
pub mod report;
mod sam;
pub(crate) mod stack;
mod tree;
pub mod yaml;

pub use report::Report;
