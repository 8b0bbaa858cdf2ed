//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.

mod node;
mod normal;
mod policy;
mod replacement;
pub mod report;
mod sam;
mod stack;
mod tree;
pub mod yaml;

pub use report::Report;
